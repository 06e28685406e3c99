/* SPDX-License-Identifier: Apache-2.0 */
#include "annotations/values.h"
#include "support.h"

/* Kubernetes: at most 63 characters, letters and digits at both ends. */
static bool is_annotation_name(const char *name)
{
	static const char ends[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	static const char all[] = "abcdefghijklmnopqrstuvwxyz0123456789-_.";
	size_t len = strlen(name);
	return len > 0 && len <= 63 && strspn(name, all) == len && strchr(ends, name[0]) != NULL &&
	       strchr(ends, name[len - 1]) != NULL;
}

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < LSEC_KEYS; i++) {
		const struct lsec_key *key = lsec_key(i);
		assert_int_equal(key->id, i);
		assert_true(is_annotation_name(key->name));
		assert_ptr_equal(lsec_key_find(key->name), key);
		assert_true(key->tees != 0 && (key->tees & ~LSEC_TEE_BOTH) == 0);
		assert_true(key->type < LSEC_VALUE_TYPES);
		/* Where it goes, and how. */
		assert_int_equal(key->form == LSEC_XML_NOWHERE, key->xml == NULL);
		assert_int_equal(key->type == LSEC_VALUE_BYTES, key->bytes > 0);
		/* A field of TDX has to have a name in QEMU's arguments, too. */
		bool of_tdx = key->form != LSEC_XML_NOWHERE && (key->tees & LSEC_TEE_TDX) != 0;
		assert_int_equal(of_tdx, key->qemu != NULL);
		assert_true(key->automatic == 0 || key->type == LSEC_VALUE_CPUID);
		assert_true(key->bytes <= 4096);
		assert_non_null(key->written_to);
		assert_non_null(key->values);
		assert_non_null(key->standard);
		assert_non_null(key->help);
		assert_non_null(key->attested);
		assert_null(strchr(key->help, '\n'));
		if (key->xml != NULL)
			assert_non_null(strstr(key->written_to, key->xml));
		for (size_t j = 0; j < i; j++) {
			assert_string_not_equal(key->name, lsec_key(j)->name);
			if (key->xml != NULL && lsec_key(j)->xml != NULL)
				assert_string_not_equal(key->xml, lsec_key(j)->xml);
		}
	}
	/* The prefix, too: a DNS name and one slash. */
	assert_true(strlen(LSEC_PREFIX) - 1 <= 253);
	assert_int_equal(strcspn(LSEC_PREFIX, "/"), strlen(LSEC_PREFIX) - 1);
}

static void test_contract(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		unsigned tees;
		enum lsec_value_type type;
		size_t bytes;
		bool cluster;
	} rows[] = {
		{"type", LSEC_TEE_BOTH, LSEC_VALUE_TYPE, 0, false},
		{"firmware", LSEC_TEE_BOTH, LSEC_VALUE_FIRMWARE, 0, true},
		{"cbitpos", LSEC_TEE_SEV_SNP, LSEC_VALUE_CPUID, 0, true},
		{"reduced-phys-bits", LSEC_TEE_SEV_SNP, LSEC_VALUE_CPUID, 0, true},
		{"policy", LSEC_TEE_BOTH, LSEC_VALUE_POLICY, 0, true},
		{"allow-debug", LSEC_TEE_BOTH, LSEC_VALUE_YES_NO, 0, true},
		{"allow-qemu-arguments", LSEC_TEE_BOTH, LSEC_VALUE_YES_NO, 0, true},
		{"kernel-hashes", LSEC_TEE_SEV_SNP, LSEC_VALUE_YES_NO, 0, true},
		{"author-key", LSEC_TEE_SEV_SNP, LSEC_VALUE_YES_NO, 0, true},
		{"vcek", LSEC_TEE_SEV_SNP, LSEC_VALUE_YES_NO, 0, true},
		{"guest-visible-workarounds", LSEC_TEE_SEV_SNP, LSEC_VALUE_BYTES, 16, true},
		{"id-block", LSEC_TEE_SEV_SNP, LSEC_VALUE_BYTES, 96, false},
		{"id-auth", LSEC_TEE_SEV_SNP, LSEC_VALUE_BYTES, 4096, false},
		{"host-data", LSEC_TEE_SEV_SNP, LSEC_VALUE_BYTES, 32, false},
		{"mr-config-id", LSEC_TEE_TDX, LSEC_VALUE_BYTES, 48, false},
		{"mr-owner", LSEC_TEE_TDX, LSEC_VALUE_BYTES, 48, false},
		{"mr-owner-config", LSEC_TEE_TDX, LSEC_VALUE_BYTES, 48, false},
		{"qgs", LSEC_TEE_TDX, LSEC_VALUE_QGS, 0, true},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct lsec_key *key = lsec_key_find(rows[i].name);
		assert_non_null(key);
		assert_int_equal(key->tees, rows[i].tees);
		assert_int_equal(key->type, rows[i].type);
		assert_int_equal(key->bytes, rows[i].bytes);
		assert_int_equal(key->cluster, rows[i].cluster);
	}
}

static void test_examples(void **state)
{
	(void)state;
	for (size_t i = 0; i < LSEC_KEYS; i++) {
		const struct lsec_key *key = lsec_key(i);
		if (key->example == NULL) {
			assert_true(key->bytes > 1000);
			continue;
		}
		for (size_t tee = 0; tee < LSEC_TEES; tee++) {
			enum lsec_tee of = tee == 0 ? LSEC_TEE_SEV_SNP : LSEC_TEE_TDX;
			struct lsec_value value = {0};
			struct lsec_problems problems = {0};
			if ((key->tees & of) == 0)
				continue;
			assert_int_equal(
				lsec_value_parse(&(struct lsec_reading){key, of, key->name,
			                                                key->example, &problems},
			                         LSEC_FROM_ANNOTATION, &value),
				0);
			expect_none(&problems);
			assert_string_equal(value.place, key->name);
			lsec_value_clear(&value);
		}
	}
}

static void test_find(void **state)
{
	(void)state;
	assert_null(lsec_key_find(""));
	assert_null(lsec_key_find("Type"));
	assert_null(lsec_key_find("typ"));
	assert_null(lsec_key_find("type "));
	assert_string_equal(lsec_key_nearest("polcy"), "policy");
	assert_string_equal(lsec_key_nearest("cbit-pos"), "cbitpos");
	assert_string_equal(lsec_key_nearest("hostdata"), "host-data");
	assert_string_equal(lsec_key_nearest("Type"), "type");
	assert_null(lsec_key_nearest(""));
	assert_null(lsec_key_nearest("something-else"));
	assert_null(lsec_key_nearest("id"));
}

static void test_tees(void **state)
{
	(void)state;
	assert_string_equal(lsec_tee_name(LSEC_TEE_SEV_SNP), "sev-snp");
	assert_string_equal(lsec_tee_name(LSEC_TEE_TDX), "tdx");
	assert_string_equal(lsec_tee_name(LSEC_TEE_NONE), "none");
	assert_int_equal(lsec_tee_find("sev-snp"), LSEC_TEE_SEV_SNP);
	assert_int_equal(lsec_tee_find("tdx"), LSEC_TEE_TDX);
	static const char *const others[] = {"", "sev", "snp", "SEV-SNP", "none", "tdx ", "auto"};
	for (size_t i = 0; i < COUNT(others); i++)
		assert_int_equal(lsec_tee_find(others[i]), LSEC_TEE_NONE);
	assert_int_equal(lsec_tee_index(LSEC_TEE_SEV_SNP), 0);
	assert_int_equal(lsec_tee_index(LSEC_TEE_TDX), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),     cmocka_unit_test(test_contract),
		cmocka_unit_test(test_examples), cmocka_unit_test(test_find),
		cmocka_unit_test(test_tees),
	};
	return cmocka_run_group_tests_name("keys", tests, NULL, NULL);
}
