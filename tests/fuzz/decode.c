/* SPDX-License-Identifier: Apache-2.0 */
#include "decode.h"

#include <nettle/sha2.h>

#include "fuzz.h"

#define SNP LSEC_TEE_SEV_SNP
#define TDX LSEC_TEE_TDX

uint64_t decode_number(const char *text)
{
	char *end = NULL;
	bool hexadecimal = strncmp(text, "0x", 2) == 0 || strncmp(text, "0X", 2) == 0;
	const char *digits = text + (hexadecimal ? 2 : 0);
	HOLDS(digits[0] != '\0' &&
	              strlen(digits) ==
	                      strspn(digits, hexadecimal ? "0123456789abcdefABCDEF" : "0123456789"),
	      "%.40s was taken as a number", text);
	HOLDS(hexadecimal || digits[0] != '0' || digits[1] == '\0', "%.40s: octal?", text);
	return strtoull(digits, &end, hexadecimal ? 16 : 10);
}

bool decode_yes(const char *text)
{
	bool good = strcmp(text, "yes") == 0 || strcmp(text, "true") == 0;
	HOLDS(good || strcmp(text, "no") == 0 || strcmp(text, "false") == 0,
	      "%.40s was taken as yes or no", text);
	return good;
}

/* AMD 56860 4.3, and what libvirt takes of the TD attributes. */
static uint64_t flag_of(enum lsec_tee tee, const char *name, size_t len)
{
	static const struct {
		const char *name;
		enum lsec_tee tee;
		unsigned bit;
	} flags[] = {
		{"smt", SNP, 16},
		{"migration-agent", SNP, 18},
		{"debug", SNP, 19},
		{"single-socket", SNP, 20},
		{"cxl", SNP, 21},
		{"aes-256-xts", SNP, 22},
		{"rapl-disabled", SNP, 23},
		{"ciphertext-hiding", SNP, 24},
		{"page-swap-disabled", SNP, 25},
		{"debug", TDX, 0},
		{"sept-ve-disable", TDX, 28},
	};
	for (size_t i = 0; i < COUNT(flags); i++)
		if (flags[i].tee == tee && strlen(flags[i].name) == len &&
		    memcmp(flags[i].name, name, len) == 0)
			return UINT64_C(1) << flags[i].bit;
	HOLDS(tee == SNP && len > 4 && strncmp(name, "abi=", 4) == 0,
	      "%.*s was taken as a policy flag", (int)len, name);
	char *dot = NULL;
	char *end = NULL;
	unsigned long major = strtoul(name + 4, &dot, 0);
	HOLDS(*dot == '.' && major < 256, "%.*s was taken as an ABI", (int)len, name);
	unsigned long minor = strtoul(dot + 1, &end, 0);
	HOLDS(end == name + len && minor < 256, "%.*s was taken as an ABI", (int)len, name);
	return major << 8 | minor;
}

uint64_t decode_policy(enum lsec_tee tee, const char *text)
{
	uint64_t policy = tee == SNP ? 0x20000 : 0;
	if (text[0] >= '0' && text[0] <= '9')
		return decode_number(text);
	for (;;) {
		size_t len = strcspn(text, ",");
		policy |= flag_of(tee, text, len);
		if (text[len] == '\0')
			return policy;
		text += len + 1;
	}
}

static uint8_t digit_of(char c)
{
	return (uint8_t)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
}

bool decode_hex(const char *text, uint8_t *ret, size_t size)
{
	if (strlen(text) != 2 * size || strspn(text, "0123456789abcdefABCDEF") != 2 * size)
		return false;
	for (size_t i = 0; i < size; i++)
		ret[i] = (uint8_t)(digit_of(text[2 * i]) << 4 | digit_of(text[2 * i + 1]));
	return true;
}

/* sha256-of:TEXT, sha384-of:TEXT, cut or filled up. */
bool decode_digest(const char *text, uint8_t *ret, size_t size)
{
	uint8_t digest[SHA384_DIGEST_SIZE] = {0};
	struct sha256_ctx sha256;
	struct sha384_ctx sha384;
	const char *what = strchr(text, ':');
	if (what == NULL)
		return false;
	what++;
	if (strncmp(text, "sha256-of:", 10) == 0) {
		sha256_init(&sha256);
		sha256_update(&sha256, strlen(what), (const uint8_t *)what);
		sha256_digest(&sha256, SHA256_DIGEST_SIZE, digest);
	} else if (strncmp(text, "sha384-of:", 10) == 0) {
		sha384_init(&sha384);
		sha384_update(&sha384, strlen(what), (const uint8_t *)what);
		sha384_digest(&sha384, SHA384_DIGEST_SIZE, digest);
	} else {
		return false;
	}
	HOLDS(what[0] != '\0', "the digest of nothing was taken");
	memcpy(ret, digest, size);
	return true;
}

bool decode_base64(const char *text, uint8_t *ret, size_t size)
{
	uint8_t *bytes = NULL;
	size_t decoded = 0;
	bool good = fuzz_base64_decode(text, strlen(text), &bytes, &decoded) && decoded == size;
	if (good)
		memcpy(ret, bytes, size);
	free(bytes);
	return good;
}
