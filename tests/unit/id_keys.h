/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private keys for tests, which everybody may know, and pairs signed with them. The keys and the
 * facts about them are from vectors that were made with python3-cryptography; key digests of the
 * first one are those of snp-create-id-block (AMD's sev-snp-measure), too.
 */
#ifndef LAUNCHSEC_TESTS_ID_KEYS_H
#define LAUNCHSEC_TESTS_ID_KEYS_H

#include "launchsec/id_block.h"
#include "support.h"

#define KEY_SEC1                                                                                   \
	"-----BEGIN EC PRIVATE KEY-----\n"                                                         \
	"MIGkAgEBBDAS0wp4JGySV49o+dMxmFVU5j+Gl7iMAdCh0Fzpn7p7Zp6PBwFVMnqx\n"                       \
	"ddjTML/gzRSgBwYFK4EEACKhZANiAASLHWGP7tHtRBcMi3eCd9LOoqcgsphf7MGe\n"                       \
	"vMiPE/VqmjIip3m1gGhgBMWie5VOgZ8tGp5nglEvtIw7ERuuFH8VeBLSFYbXCeJ8\n"                       \
	"/y2AgGzkAU6PCj5Qr9KssaNKm3ldqoE=\n"                                                       \
	"-----END EC PRIVATE KEY-----\n"

#define KEY_PKCS8                                                                                  \
	"-----BEGIN PRIVATE KEY-----\n"                                                            \
	"MIG2AgEAMBAGByqGSM49AgEGBSuBBAAiBIGeMIGbAgEBBDDQeb0arCAnppZoF1CR\n"                       \
	"8T8d86qwgYruAnY6VUH2AcFdD4sNRg4yxwLIYQJhRIIckuihZANiAASrNkCGMiEH\n"                       \
	"XVGpeCOB65Tb6vd0063r83vJsk8Szz0IwBNskMYid4O00pFaxKrOXSfuh/d2lg2m\n"                       \
	"0D3AK2WS+OuIz79JUw1xQIScA/RZT/bGmiD5CLgCjkJlaXAHGpAZz6s=\n"                               \
	"-----END PRIVATE KEY-----\n"

#define KEY_SHORT_X                                                                                \
	"-----BEGIN EC PRIVATE KEY-----\n"                                                         \
	"MIGkAgEBBDCp1wxM1kCG06zIhNZ6b5NvR1ixHUgrGRVXIn53EzESZiXlwkBjaMyG\n"                       \
	"ro1dnEi8QbigBwYFK4EEACKhZANiAAQAG//QWotONyfvDNzUmXM4RjwUZmuPC4bO\n"                       \
	"SyuGLa6AMMT56uV/Reg2ZpngYG4YMkE6rX6n1roRSmKMj2zDyxdmNBlzCI0JDUYt\n"                       \
	"ByRyS7Z9FVarjOBCfmkofehcHMEMsHk=\n"                                                       \
	"-----END EC PRIVATE KEY-----\n"

#define KEY_AUTHOR                                                                                 \
	"-----BEGIN PRIVATE KEY-----\n"                                                            \
	"MIG2AgEAMBAGByqGSM49AgEGBSuBBAAiBIGeMIGbAgEBBDD7Gwavx2CJ02yK6xBk\n"                       \
	"rYtt7xR9BeOx3SiSU+uWP2mq8dZkl58AEJQ1I06iCpn3YyahZANiAATYCerqkRsf\n"                       \
	"tYsfnThlT8TQSBaUY3zYQJWYnjkvWw6qLlZxr8fOgDmHEmwHRM17RcU3qcpwBXVg\n"                       \
	"CkWctJBj72Rw5NIpZ7QDYA85BdSZ8texCst6hnIEymkFSzB2cj7x2xw=\n"                               \
	"-----END PRIVATE KEY-----\n"

#define KEY_NO_PUBLIC                                                                              \
	"-----BEGIN EC PRIVATE KEY-----\n"                                                         \
	"MD4CAQEEMOqDE1q+B/+5CzTAggcqfCxHOoeV9zHKkNTU9e1QwHrYCzS0TMsgGPCT\n"                       \
	"L+YmM5cllKAHBgUrgQQAIg==\n"                                                               \
	"-----END EC PRIVATE KEY-----\n"

#define KEY_PARAMETERS                                                                             \
	"-----BEGIN EC PARAMETERS-----\n"                                                          \
	"BgUrgQQAIg==\n"                                                                           \
	"-----END EC PARAMETERS-----\n"                                                            \
	"-----BEGIN EC PRIVATE KEY-----\n"                                                         \
	"MIGkAgEBBDAqEwrWMdeuJmpMUTI1jJMhCHUrW0adF2ItimEF8YjzDGu/NA06yJXn\n"                       \
	"LXI7tSWdXaigBwYFK4EEACKhZANiAAS4rv0kKgKHb469IXle+Uiw3CS5XjELeBMc\n"                       \
	"Ig60F+xt8symdy68wxxq4jAXMuuawRerjncNU37xzjLeZUlyF8QFPBEidjncXwds\n"                       \
	"ZOlO99YsmQATTL+C8p4FAVuNBxHOCSE=\n"                                                       \
	"-----END EC PRIVATE KEY-----\n"

/* A key in one of the texts above, for lsec_signing_key_clear(). */
static inline struct lsec_signing_key read_key(const char *pem)
{
	struct lsec_problems problems = {0};
	struct lsec_signing_key key;
	int status = lsec_signing_key_read(pem, strlen(pem), "key.pem", &key, &problems);
	expect_none(&problems);
	assert_int_equal(status, 0);
	return key;
}

/* Nonces that nobody would use: the same each time. */
static inline ssize_t fixed_random(void *ret, size_t len, unsigned flags)
{
	assert_int_equal(flags, 0);
	memset(ret, 0x5a, len);
	return (ssize_t)len;
}

/* An ID block for a policy, signed with the first key, and by an author where asked for. */
static inline struct lsec_id_pair make_pair(uint64_t policy, bool author)
{
	struct lsec_problems problems = {0};
	const struct lsec_signing_key id_key = read_key(KEY_SEC1);
	const struct lsec_signing_key author_key = read_key(KEY_AUTHOR);
	const struct lsec_id_block block = {.policy = policy};
	const struct lsec_id_signers signers = {&id_key, author ? &author_key : NULL, fixed_random};
	struct lsec_id_pair pair;
	assert_int_equal(lsec_id_block_make(&block, &signers, &pair, &problems), 0);
	return pair;
}

#endif
