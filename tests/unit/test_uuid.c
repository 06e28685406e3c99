/* SPDX-License-Identifier: Apache-2.0 */
#include "base/uuid.h"

#include "support.h"

/* RFC 9562 6.6: the namespaces for DNS and URLs. */
static const uint8_t dns[LSEC_UUID_SIZE] = {0x6b, 0xa7, 0xb8, 0x10, 0x9d, 0xad, 0x11, 0xd1,
                                            0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8};
static const uint8_t url[LSEC_UUID_SIZE] = {0x6b, 0xa7, 0xb8, 0x11, 0x9d, 0xad, 0x11, 0xd1,
                                            0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8};

static void test_known(void **state)
{
	(void)state;
	/* RFC 9562 A.4, Python's documentation, Trustee's PROVISIONER_NAMESPACE. */
	assert_string_equal(lsec_uuid_of_name(dns, "www.example.com").text,
	                    "2ed6657d-e927-568b-95e1-2665a8aea6a2");
	assert_string_equal(lsec_uuid_of_name(dns, "python.org").text,
	                    "886313e1-3b8a-5372-9b90-0c9aee199e5d");
	assert_string_equal(lsec_uuid_of_name(url, "provisioner_plugin").text,
	                    "feab5599-6854-52bc-95f0-0241c03e620a");
}

static void test_lengths(void **state)
{
	(void)state;
	char *name = repeat('x', 1000);
	assert_string_equal(lsec_uuid_of_name(dns, "").text,
	                    "4ebd0208-8328-5d69-8c44-ec50939c0967");
	for (size_t len = 0; len <= 1000; len++) {
		cleanup_free char *part = lsec_strndup(name, len);
		const struct lsec_uuid uuid = lsec_uuid_of_name(url, part);
		assert_int_equal(strlen(uuid.text), LSEC_UUID_ROOM - 1);
		assert_int_equal(uuid.text[14], '5');
		assert_non_null(strchr("89ab", uuid.text[19]));
		assert_int_equal(strspn(uuid.text, "0123456789abcdef-"), LSEC_UUID_ROOM - 1);
	}
	free(name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known),
		cmocka_unit_test(test_lengths),
	};
	return cmocka_run_group_tests_name("uuid", tests, NULL, NULL);
}
