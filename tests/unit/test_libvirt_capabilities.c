/* SPDX-License-Identifier: Apache-2.0 */
#include "libvirt/capabilities.h"

#include "domain_capabilities.h"
#include "support.h"

static struct lsec_virt_capabilities read_good(const char *xml)
{
	struct lsec_virt_capabilities ret = {0};
	struct lsec_problems problems = {0};
	assert_int_equal(lsec_virt_capabilities_read(xml, strlen(xml), "caps", &ret, &problems), 0);
	expect_none(&problems);
	return ret;
}

static void expect_number(struct lsec_virt_number number, uint32_t value)
{
	assert_true(number.told);
	assert_int_equal(number.value, value);
}

static void test_snp_host(void **state)
{
	(void)state;
	struct lsec_virt_capabilities found = read_good(SNP_HOST);
	assert_true(found.tells_types && found.sev_type && found.sev_snp_type && found.sev);
	assert_false(found.tdx_type || found.tdx);
	expect_number(found.cbitpos, 51);
	expect_number(found.reduced_phys_bits, 1);
	expect_number(found.max_guests, 410);
	expect_number(found.max_es_guests, 99);
}

static void test_tdx_host(void **state)
{
	(void)state;
	struct lsec_virt_capabilities found = read_good(TDX_HOST);
	assert_true(found.tells_types && found.tdx_type && found.tdx);
	assert_false(found.sev_type || found.sev_snp_type || found.sev);
	assert_false(found.cbitpos.told || found.reduced_phys_bits.told || found.max_guests.told ||
	             found.max_es_guests.told);
}

static void test_plain_host(void **state)
{
	(void)state;
	struct lsec_virt_capabilities found = read_good(PLAIN_HOST);
	assert_true(found.tells_types);
	assert_false(found.sev_type || found.sev_snp_type || found.tdx_type || found.sev ||
	             found.tdx);
}

/* libvirt before 10.5 tells of the host only; before 8.0 not of the guests. */
static void test_old_host(void **state)
{
	(void)state;
	struct lsec_virt_capabilities found = read_good(OLD_HOST);
	assert_true(found.sev);
	assert_false(found.tells_types || found.sev_type);
	found = read_good(CAPABILITIES("<sev supported='yes'><cbitpos>47</cbitpos></sev>"));
	expect_number(found.cbitpos, 47);
	assert_false(found.reduced_phys_bits.told || found.max_guests.told);
	found = read_good("<domainCapabilities/>");
	assert_false(found.sev || found.tdx || found.tells_types);
}

/* What is not supported has no numbers and no types, and other lists are not the one. */
static void test_not_supported(void **state)
{
	(void)state;
	struct lsec_virt_capabilities found = read_good(CAPABILITIES(
		"<sev supported='no'><cbitpos>51</cbitpos></sev><launchSecurity supported='no'><enum name='sectype'><value>tdx</value></enum></launchSecurity>"));
	assert_false(found.cbitpos.told || found.tdx_type);
	found = read_good(CAPABILITIES(
		"<sev/><launchSecurity supported='yes'><enum name='other'><value>tdx</value></enum><enum><value>tdx</value></enum><enum name='sectype'><value>s390-pv</value><value> sev-snp </value></enum></launchSecurity>"));
	assert_false(found.sev || found.tdx_type);
	assert_true(found.sev_snp_type);
}

static void expect_refused(const char *xml, const char *what)
{
	struct lsec_virt_capabilities found = {.tdx = true, .cbitpos = {true, 5}};
	struct lsec_problems problems = {0};
	int status = lsec_virt_capabilities_read(xml, strlen(xml), "caps", &found, &problems);
	assert_int_equal(status, -1);
	assert_true(found.tdx && found.cbitpos.told && found.cbitpos.value == 5);
	expect_problem(&problems, NULL, what);
}

static void test_refused(void **state)
{
	(void)state;
	static const char *const numbers[] = {
		"", "-1", "+1", "0x33", "51 52", "2147483648", "99999999999999999999", "many"};
	expect_refused("", "is empty");
	expect_refused("<domainCapabilities>", "invalid XML");
	expect_refused("<!DOCTYPE a []><domainCapabilities/>", "document type");
	expect_refused("<domain/>", "must be <domainCapabilities>");
	expect_refused("<domainCapabilities xmlns='urn:x'/>", "must be <domainCapabilities>");
	expect_refused(CAPABILITIES("<sev supported='maybe'/>"),
	               "supported in <sev> must be yes or no, got \"maybe\"");
	expect_refused(CAPABILITIES("<tdx supported=''/>"), "in <tdx> must be yes or no");
	expect_refused(CAPABILITIES("<launchSecurity supported='1'/>"), "in <launchSecurity>");
	expect_refused(CAPABILITIES("<tdx x:supported='no' xmlns:x='urn:x'/>"), "in a namespace");
	for (size_t i = 0; i < COUNT(numbers); i++) {
		cleanup_free char *xml = lsec_format(
			CAPABILITIES("<sev supported='yes'><cbitpos>%s</cbitpos></sev>"),
			numbers[i]);
		assert_non_null(xml);
		expect_refused(xml, "<cbitpos> must be a whole number");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_snp_host),      cmocka_unit_test(test_tdx_host),
		cmocka_unit_test(test_plain_host),    cmocka_unit_test(test_old_host),
		cmocka_unit_test(test_not_supported), cmocka_unit_test(test_refused),
	};
	return cmocka_run_group_tests_name("libvirt capabilities", tests, NULL, NULL);
}
