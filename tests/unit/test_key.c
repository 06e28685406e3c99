/* SPDX-License-Identifier: Apache-2.0 */
/* src/attest/key.c: private keys in PEM. */
#include "base/bytes.h"
#include "id_keys.h"

static const struct {
	const char *name, *pem, *what;
} bad_keys[] = {
	{"empty", "", "no complete private key"},
	{"p256",
         "-----BEGIN EC PRIVATE KEY-----\n"
         "MHcCAQEEIMTEZHYUM2IywaayOik3jDwxyhjLwhSF6+oiCYxLc0ijoAoGCCqGSM49\n"
         "AwEHoUQDQgAEbVxg5lBDDicbqEgB5tNanXejgnfyz4ae0OkYKD5yCJItfSKuDPQp\n"
         "5uyY/uJbW+RkzpTlWnwE1lDyx7VsRsx65g==\n"
         "-----END EC PRIVATE KEY-----\n",
         "curve P-384"},
	{"p521",
         "-----BEGIN PRIVATE KEY-----\n"
         "MIHuAgEAMBAGByqGSM49AgEGBSuBBAAjBIHWMIHTAgEBBEIBqr4zxrjyQ/icjaKB\n"
         "qAVOvROLxjLKAkJ6sw4bH2zMq78lvbqA6iog4nzUqO1Yxp1aBhd0L8CSF4ggKW2t\n"
         "GMFfoLqhgYkDgYYABABSZdQTZNf72JbkPHFo/0jSyAgzvoA1VeCz7kZOsRmkoGb1\n"
         "JTuiqTK2PLjTDQrfd0WTzCUFFKnPWk6HzriEFZcN7QGVcBCc6uQpORDp7t97PIJt\n"
         "25CRYjjKOmbNNKCgp1baQUCAXzcsdWX14msUpN044C2SIfcM7J3UeLFK9RazJl/m\n"
         "Qw==\n"
         "-----END PRIVATE KEY-----\n",
         "curve P-384"},
	{"rsa",
         "-----BEGIN PRIVATE KEY-----\n"
         "MIIEvAIBADANBgkqhkiG9w0BAQEFAASCBKYwggSiAgEAAoIBAQDm1UU5rROFcbMw\n"
         "SYaUG8dxbIHpvUgpCDXIN/Hv135oNeX7vKdkE11/GoIiNUR+N4pUzeQ2b5t6AzsX\n"
         "Qpyvion15bjU9NQeMLpQlnjPrsJ/V7cT/PidLkM8shnMJCtCpoA+BCsh/Aw7dC3i\n"
         "pEAW6D2gbO6VuNQR4oUBOv53W9mY/X46Ux8kacuO+8jpXsQWbsQC8j+SQ8Xq0k1N\n"
         "+b5kKjmf2F0Lln6ERwZu55gmhAPvUCkuIa3EFI2WOs3KGEzXDTJ3Lyaefge2h/IF\n"
         "+dfnBZ3Fks2gx+J0BLPOoFEYgpMJkXq3ltOIwXXCvsz7Gn/VWJyfoV3bCioWM+9d\n"
         "nKiyNoxRAgMBAAECggEAFkXCwa9pAEm5u/GEOjs58cBCAr8gPNFNey2muvkkecKl\n"
         "l7YawqW5sj9pCgrwumr6fndFS1lWe53fMD3dp3RrHl5ViLq80tLpz0fNjWBz5Nye\n"
         "Th/tDyF9HFik85UT1YECQ7mcPdG3jm8F1GX7xxoOhDGujaTBVZ5xLe62yeaDZubz\n"
         "wnQzOocM+kNZ1dRtgNkg8Xgh/ZAg6paPQvpX+jyM9umZMzNno3zmnvwn/aAgYAGe\n"
         "UTJ4NPcvwCKakBSAT2Jp0NMJ98dHidqczSCAfbx42NZlQ60nkP//3kMUe/bWZ0wM\n"
         "Fsz8Qx2H4V7mHd08MzuVJPDUjcQ2jXu9RTW5h+TTNwKBgQD16fqMuTx/prsx1/Ch\n"
         "fLMOZsHh3KLuBHwzrWvRS4QOTsOqxdZ3Yv8I8dUDfUG+0566B5SHxp+OGRUOw1L0\n"
         "p5mIl2i2c0B2hsLZdLdqY7No5FAPKVmV4VMKPUh/WqCpdTLRJx9S67zVZl8VJAVh\n"
         "DrLLA7Gz43CjkTfVp5lCgVvMawKBgQDwTPJsdK3p5zoWpVPY/VarhpFEE0NEANWC\n"
         "USlDxOMCJWVqr07Cp+N8BpCg2wyg9fZdfKD4GqukfP3NAZYarLhgfMcS9kw6zww4\n"
         "TA9pzI7ZHFEhxUjh1Lh4EMnaPdbOELfVMR/KnSXdJsMLwK4/fP79VK9/ReKBSgIU\n"
         "75oSD3s5MwKBgAO60sQDozlEbB5ragjo/UZApLwqPoZhpwiZnsMD5DLbWvhiG8if\n"
         "xcJ6+IIfCjo8t3GW39fXWWAsXTdmGwH+8MMzmLD7uoSRsq7dqFKCxJvYqqYwOF2f\n"
         "l0TWfR0BYOJxFp45e64kSS7raJHHhBVexbNykOVrk6/HahNhgV+S2rOVAoGALU4U\n"
         "lqYY8/SIWySofkylPomMcc0/7V5K4trycLh6JDlwuYB71O9aUFPciLdD1kUJQe7x\n"
         "WlWM7uIx56jY6AaQbICZ99U/4gaPQz3z2fqbJAvWsAtGBm3YqapgpCjsisVUI3mz\n"
         "iLvAG8XnGBwnvgiO+qwwukouvjl50wCph6YrkUkCgYAjMcjtW8EsBQHysfuNRpqG\n"
         "5k9BWqqOmF0YFDcDPzOTOquo1DWI5mcxXSLVea3JdMMVJTC7Aq35WCcMr4cFIbdX\n"
         "w4o9RvGZwbjT1T08BbyIK09Jsmiagix5UolPAHSy1Q+itkTA97ZBIzvEYxyQQT5s\n"
         "Ra7L3kb5/NC4m/ckb4IGvQ==\n"
         "-----END PRIVATE KEY-----\n",
         "curve P-384"},
	{"ed25519",
         "-----BEGIN PRIVATE KEY-----\n"
         "MC4CAQAwBQYDK2VwBCIEIN1XGkGlTtgcabpBdE7eFwx0eZfS4wHizG/vafUJJhgU\n"
         "-----END PRIVATE KEY-----\n",
         "curve P-384"},
	{"encrypted",
         "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
         "MIIBJDBfBgkqhkiG9w0BBQ0wUjAxBgkqhkiG9w0BBQwwJAQQYVo6yAffhRQ3UYQq\n"
         "1mWS8gICCAAwDAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEB5tlbD6OouagjWo\n"
         "EsFAITgEgcAXMhUCOJ2+zDJr2oSTNRyM9jnkd+3Yd2VCpm68MTLan5DLwH2vvj5/\n"
         "xlSpK3ONMf4PkYI7m9vaCZLVDd2Z/sgcYQjBhCHN6taCVGnorMRuhbL+1eq3s7le\n"
         "jj36J9kzzlue+L5TIQ3nW44FQrunvv2bqr1IY0fytFaMuHB9sTH7vMEkOaB13wQI\n"
         "/n/xsnwCIE1a/lh4rlyyTQQFtXrwj9B0jHt78NFwv4BYmTQ8LS3O8KVjBj9JxYfu\n"
         "APmbavvfeho=\n"
         "-----END ENCRYPTED PRIVATE KEY-----\n",
         "is encrypted"},
	{"not-pem", "hello\n", "no complete private key"},
	{"public",
         "-----BEGIN PUBLIC KEY-----\n"
         "MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEix1hj+7R7UQXDIt3gnfSzqKnILKYX+zB\n"
         "nrzIjxP1apoyIqd5tYBoYATFonuVToGfLRqeZ4JRL7SMOxEbrhR/FXgS0hWG1wni\n"
         "fP8tgIBs5AFOjwo+UK/SrLGjSpt5XaqB\n"
         "-----END PUBLIC KEY-----\n",
         "holds a public key"},
	{"truncated",
         "-----BEGIN EC PRIVATE KEY-----\n"
         "MIGkAgEBBDB1AJlQBiCEcLEYAr6OihTL2kpTRC5SKoZfvdW4k65zh/VNQmzRLzDO\n"
         "NBwX3S3xV9mgBwYFK4EEACKh\n"
         "-----END EC PRIVATE KEY-----\n",
         "is damaged"},
	{"zero",
         "-----BEGIN EC PRIVATE KEY-----\n"
         "MD4CAQEEMAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAKAHBgUrgQQAIg==\n"
         "-----END EC PRIVATE KEY-----\n",
         "is 0 or not less"},
};

/* Of the curve's order less 1, big-endian. */
static const char last_secret[] = "ffffffffffffffffffffffffffffffffffffffffffffffff"
				  "c7634d81f4372ddf581a0db248b0a77aecec196accc52972";
/* Objects of DER in hex: an ECPrivateKey's parts. */
#define VERSION_1 "020101"
#define OCTETS_48 "0430"
#define CURVE_TAGGED "a007" SECP384R1
#define SECP384R1 "06052b81040022"

/* PEM of DER in hex, to be freed. */
static char *pem_of(const char *label, const char *der)
{
	uint8_t bytes[400];
	size_t len = strlen(der) / 2;
	assert_true(lsec_hex_decode(der, bytes, len));
	char *base64 = lsec_base64_encode(bytes, len);
	char *pem = lsec_format("-----BEGIN %s-----\n%s\n-----END %s-----\n", label, base64, label);
	free(base64);
	return pem;
}

/* SEC1 with that private key and what is behind it, all in hex, to be freed. */
static char *sec1_of(const char *secret, const char *behind)
{
	char *content = lsec_format(VERSION_1 OCTETS_48 "%s%s", secret, behind);
	char *der = lsec_format("30%s%02zx%s", strlen(content) < 256 ? "" : "81",
	                        strlen(content) / 2, content);
	char *pem = pem_of("EC PRIVATE KEY", der);
	free(content);
	free(der);
	return pem;
}

static void expect_refused(const char *pem, size_t len, const char *what)
{
	struct lsec_problems problems = {0};
	struct lsec_signing_key key = {.secret = {7}};
	assert_int_equal(lsec_signing_key_read(pem, len, "my.pem", &key, &problems), -1);
	assert_int_equal(key.secret[0], 7); /* left alone */
	expect_problem(&problems, "my.pem", what);
}

static void expect_taken(char *pem, const char *secret)
{
	struct lsec_signing_key key = read_key(pem);
	uint8_t bytes[LSEC_SECRET_SIZE];
	assert_true(lsec_hex_decode(secret, bytes, sizeof(bytes)));
	for (size_t i = 0; i < sizeof(bytes); i++)
		assert_int_equal(key.secret[i], bytes[sizeof(bytes) - 1 - i]);
	lsec_signing_key_clear(&key);
	assert_true(lsec_is_zero((const uint8_t *)&key, sizeof(key)));
	free(pem);
}

/* The digests of their public keys, as the vectors have them. */
static void test_good(void **state)
{
	(void)state;
	static const struct {
		const char *pem, *digest;
	} keys[] = {
		{KEY_SEC1,
	         "6534264e8d07c70c75716ed7f25f8f8260a2b3025f0d4b0a074b6df44fe11c3844b742a9c7096ea14ce302803f7c2c03"},
		{KEY_AUTHOR,
	         "6cffb33e5f1879e2028795cfa526b404e8dda05bb13a0a08b6348dea3d9eca4cb454298348aae8f94596b82bcd90086b"},
		{KEY_PKCS8,
	         "31e9358098eae7afe47a34f4a547e1d45edebc14c8619772e085e356d08af7b9f06eadede8be7cfa34f72c27e0df5833"},
		{KEY_SHORT_X,
	         "81024322f414a56499d6593e2ae66c07e955cdc0f0cb9f6dac1a008ea6e27f69ccf65b3ef7ce367e7cd84c0de8096d86"},
		{KEY_NO_PUBLIC,
	         "a026730b96c571281ed65ca781de809c95143635ed1eacb20b9208fcf7bfc123b8325aba3e7efe7dcf19d287af384a05"},
		{KEY_PARAMETERS,
	         "04f0c21104f0406f95739dafbc09c3c6905596f23eca52d763048f0eac24005e248d1add905d38a298c07ebe5353aa39"},
	};
	for (size_t i = 0; i < COUNT(keys); i++) {
		uint8_t digest[LSEC_LAUNCH_DIGEST_SIZE];
		struct lsec_signing_key key = read_key(keys[i].pem);
		lsec_id_key_digest(key.public_key, digest);
		char *hex = lsec_hex_encode(digest, sizeof(digest));
		assert_string_equal(hex, keys[i].digest);
		free(hex);
	}
	lsec_signing_key_clear(NULL);
}

static void test_bad(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(bad_keys); i++)
		expect_refused(bad_keys[i].pem, strlen(bad_keys[i].pem), bad_keys[i].what);
}

/* Text around the block, line ends of Windows, one line, an older encryption. */
static void test_pem(void **state)
{
	(void)state;
	char *key = sec1_of(last_secret, CURVE_TAGGED);
	expect_taken(lsec_format("issued to: nobody\n\n%s\nmore text\n", key), last_secret);
	expect_taken(lsec_format("%s" KEY_AUTHOR, key), last_secret);
	char *windows = lsec_format("%s", "");
	for (const char *c = key; *c != '\0'; c++) {
		char *longer = lsec_format(*c == '\n' ? "%s\r%c" : "%s%c", windows, *c);
		free(windows);
		windows = longer;
	}
	expect_taken(windows, last_secret);
	char *headers = lsec_format("-----BEGIN EC PRIVATE KEY-----\n"
	                            "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n%s",
	                            strchr(key, '\n') + 1);
	expect_refused(headers, strlen(headers), "is encrypted");
	free(headers);
	free(key);
	expect_refused("-----BEGIN ", 11, "no complete private key");
	expect_refused("-----BEGIN EC PRIVATE KEY-----", 30, "no complete private key");
	expect_refused("-----BEGIN X-----\n-----END X-----\n", 34, "holds no EC private key");
}

static void test_limit(void **state)
{
	(void)state;
	char *blanks = repeat(' ', LSEC_MAX_KEY + 1);
	memcpy(blanks, KEY_SEC1, strlen(KEY_SEC1));
	expect_refused(blanks, LSEC_MAX_KEY + 1, "more than 65536 bytes");
	blanks[LSEC_MAX_KEY] = '\0';
	lsec_signing_key_clear(&(struct lsec_signing_key){0});
	struct lsec_signing_key key = read_key(blanks);
	lsec_signing_key_clear(&key);
	free(blanks);
}

/* Private keys at the ends of what may be. */
static void test_range(void **state)
{
	(void)state;
	static const struct {
		const char *secret;
		bool good;
	} cases[] = {
		{"000000000000000000000000000000000000000000000000"
	         "000000000000000000000000000000000000000000000000",
	         false},
		{"000000000000000000000000000000000000000000000000"
	         "000000000000000000000000000000000000000000000001",
	         true},
		{last_secret, true},
		{"ffffffffffffffffffffffffffffffffffffffffffffffff"
	         "c7634d81f4372ddf581a0db248b0a77aecec196accc52973",
	         false},
		{"ffffffffffffffffffffffffffffffffffffffffffffffff"
	         "ffffffffffffffffffffffffffffffffffffffffffffffff",
	         false},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		char *pem = sec1_of(cases[i].secret, CURVE_TAGGED);
		if (cases[i].good) {
			expect_taken(pem, cases[i].secret);
			continue;
		}
		expect_refused(pem, strlen(pem), "is 0 or not less");
		free(pem);
	}
}

/* The public key of the order less 1 is the base point, Y negated (SEC2 2.5.1). */
#define BASE_X                                                                                     \
	"aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e38" \
	"72760ab7"
#define NEGATED_Y                                                                                  \
	"c9e821b569d9d390a26167406d6d23d6070be242d765eb831625ceec4a0f473ef59f4e30e2817e6285bce284" \
	"6f15f1a0"

static void test_public_key(void **state)
{
	(void)state;
	static const struct {
		const char *behind, *what; /* NULL: taken */
	} cases[] = {
		{CURVE_TAGGED "a16403620004" BASE_X NEGATED_Y, NULL},
		{CURVE_TAGGED "a13403320002" BASE_X, NULL},
		{CURVE_TAGGED "a13403320003" BASE_X, "is not its own"},
		{CURVE_TAGGED "a16403620004" NEGATED_Y BASE_X, "is not its own"},
		{CURVE_TAGGED "a16403620104" BASE_X NEGATED_Y, "is not its own"},
		{CURVE_TAGGED "a103030100", "is not its own"},
		{CURVE_TAGGED "a1020301", "is damaged"},
		{CURVE_TAGGED "a100", "is damaged"},
		{CURVE_TAGGED "a10204"
	                      "00",
	         "is damaged"},
		{CURVE_TAGGED "0500", "is damaged"},
		{"", "named curve P-384"},
		{"a000", "named curve P-384"},
		{"a00906072a8648ce3d0201", "named curve P-384"},
		{"a009" SECP384R1 "0500", "named curve P-384"},
		{SECP384R1, "is damaged"},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		char *pem = sec1_of(last_secret, cases[i].behind);
		if (cases[i].what == NULL) {
			expect_taken(pem, last_secret);
			continue;
		}
		expect_refused(pem, strlen(pem), cases[i].what);
		free(pem);
	}
}

/* Another private key. */
#define FORTIES                                                                                    \
	"404040404040404040404040404040404040404040404040"                                         \
	"404040404040404040404040404040404040404040404040"

/* What is not as DER wants it, or of another structure. */
static void test_structure(void **state)
{
	(void)state;
	static const char alg[] = "301006072a8648ce3d0201" SECP384R1;
	static const char inside[] = "04373035" VERSION_1 OCTETS_48 FORTIES;
	static const struct {
		const char *before, *algorithm, *behind;
		const char *what; /* NULL: taken */
	} cases[] = {
		{"020100", alg, "", NULL},
		{"020101", alg, "", NULL},
		{"020100", alg, "a000", NULL},
		{"020101", alg, "81020004", NULL},
		{"020102", alg, "", "is damaged"},
		{"02020000", alg, "", "is damaged"},
		{"", alg, "", "is damaged"},
		{"020100", "", "", "is damaged"},
		{"020100", alg, "0500", "is damaged"},
		{"020100", "3000", "", "curve P-384"},
		{"020100", "300906072a8648ce3d0201", "", "curve P-384"},
		{"020100", "301206072a8648ce3d0201" SECP384R1 "0500", "", "curve P-384"},
		{"020100", "300e06052b8104000c" SECP384R1, "", "curve P-384"},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		char *content = lsec_format("%s%s%s%s", cases[i].before, cases[i].algorithm, inside,
		                            cases[i].behind);
		char *der = lsec_format("30%02zx%s", strlen(content) / 2, content);
		char *pem = pem_of("PRIVATE KEY", der);
		if (cases[i].what == NULL)
			expect_taken(lsec_strdup(pem), FORTIES);
		else
			expect_refused(pem, strlen(pem), cases[i].what);
		free(content);
		free(der);
		free(pem);
	}
}

/* Every prefix of a file, and every changed byte: taken or refused, and nothing of it is told. */
static void test_damaged(void **state)
{
	(void)state;
	size_t len = strlen(KEY_PKCS8);
	for (size_t i = 0; i < 3 * len; i++) {
		struct lsec_problems problems = {0};
		struct lsec_signing_key key;
		size_t taken = i < len ? i : len;
		char *copy = lsec_memdup(KEY_PKCS8, len);
		if (i >= len)
			copy[i % len] = i < 2 * len ? 'A' : (char)(copy[i % len] ^ 0x80);
		char *exact = malloc(taken == 0 ? 1 : taken);
		assert_non_null(exact);
		memcpy(exact, copy, taken);
		if (lsec_signing_key_read(exact, taken, "k", &key, &problems) < 0) {
			assert_int_equal(problems.count, 1);
			assert_null(strstr(problems.items[0].what, "BEGIN"));
			for (size_t at = 28; at + 6 < len; at++) {
				char part[7] = {0};
				memcpy(part, &KEY_PKCS8[at], 6);
				assert_null(strstr(problems.items[0].what, part));
			}
		}
		lsec_problems_clear(&problems);
		free(copy);
		free(exact);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),      cmocka_unit_test(test_bad),
		cmocka_unit_test(test_pem),       cmocka_unit_test(test_limit),
		cmocka_unit_test(test_range),     cmocka_unit_test(test_public_key),
		cmocka_unit_test(test_structure), cmocka_unit_test(test_damaged),
	};
	return cmocka_run_group_tests_name("key", tests, NULL, NULL);
}
