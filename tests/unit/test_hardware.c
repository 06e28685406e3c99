/* SPDX-License-Identifier: Apache-2.0 */
/* What manifests say of CPUs and kernel. */
#include "launchsec/inputs.h"
#include "support.h"

#define VM(around, domain)                                                                         \
	"{\"kind\":\"VirtualMachine\",\"metadata\":{\"name\":\"x\"},\"spec\":{" around             \
	"\"template\":{\"metadata\":{},\"spec\":{\"domain\":{" domain "}}}}}"
#define VMI(domain)                                                                                \
	"{\"kind\":\"VirtualMachineInstance\",\"metadata\":{\"name\":\"x\"},\"spec\":{\"domain\":" \
	"{" domain "}}}"
#define LIMIT(value) "\"resources\":{\"limits\":{\"cpu\":" value "}}"
#define REQUEST(value) "\"resources\":{\"requests\":{\"cpu\":" value "}}"

#define HARDWARE LSEC_CLEANUP(lsec_hardware_clear) struct lsec_hardware

static int read_text(const char *text, struct lsec_hardware *ret, struct lsec_problems *problems)
{
	const struct lsec_manifest manifest = {text, strlen(text), "vm.json"};
	struct lsec_vmi vmi = {0};
	int status = lsec_manifest_read(&manifest, &vmi, ret, problems);
	if (status == 0)
		assert_string_equal(vmi.name, "x");
	lsec_vmi_clear(&vmi);
	return status;
}

static void test_vcpus(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		unsigned vcpus, plugged;
		const char *field;
	} cases[] = {
		{VMI(""), 1, 0, "spec.domain.cpu"},
		{VMI("\"cpu\":{}"), 1, 0, "spec.domain.cpu"},
		{VMI("\"cpu\":{\"cores\":3}"), 3, 0, "spec.domain.cpu"},
		{VMI("\"cpu\":{\"threads\":2}"), 2, 0, "spec.domain.cpu"},
		{VMI("\"cpu\":{\"sockets\":2,\"cores\":3,\"threads\":2}"), 12, 6,
	         "spec.domain.cpu"},
		{VMI("\"cpu\":{\"sockets\":0,\"cores\":2,\"threads\":0}"), 2, 0, "spec.domain.cpu"},
		{VMI("\"cpu\":{\"cores\":2,\"maxSockets\":9}"), 2, 0, "spec.domain.cpu"},
		{VMI("\"cpu\":{\"cores\":4294967295,\"sockets\":4294967295}"), LSEC_MAX_VCPUS + 1,
	         0, "spec.domain.cpu"},
		/* Resources are sockets, and count only without a topology. */
		{VMI("\"cpu\":{\"model\":\"EPYC\"}," LIMIT("\"1500m\"")), 2, 1,
	         "spec.domain.resources.limits.cpu"},
		{VMI(LIMIT("2")), 2, 1, "spec.domain.resources.limits.cpu"},
		{VMI(LIMIT("1.5")), 2, 1, "spec.domain.resources.limits.cpu"},
		{VMI(REQUEST("\"3\"")), 3, 2, "spec.domain.resources.requests.cpu"},
		{VMI("\"resources\":{\"limits\":{\"cpu\":\"1\"},\"requests\":{\"cpu\":\"3\"}}"), 1,
	         0, "spec.domain.resources.limits.cpu"},
		{VMI("\"cpu\":{\"cores\":4}," LIMIT("\"9\"")), 4, 0, "spec.domain.cpu"},
		/* An instancetype has them, and a preference has not. */
		{VM("\"instancetype\":{\"name\":\"a\"},", ""), 0, 0, "spec.domain.cpu"},
		{VM("\"instancetype\":{\"name\":\"a\"},",
	            "\"cpu\":{\"model\":\"EPYC\",\"cores\":0}"),
	         0, 0, "spec.domain.cpu"},
		{VM("\"preference\":{\"name\":\"a\"},", ""), 1, 0, "spec.domain.cpu"},
		{VM("\"instancetype\":{\"name\":\"a\"},", "\"cpu\":{\"cores\":2}"), 2, 0,
	         "spec.domain.cpu"},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		HARDWARE hardware = {0};
		struct lsec_problems problems = {0};
		assert_int_equal(read_text(cases[i].text, &hardware, &problems), 0);
		expect_none(&problems);
		assert_int_equal(hardware.vcpus, cases[i].vcpus);
		if (hardware.vcpus <= LSEC_MAX_VCPUS)
			assert_int_equal(hardware.plugged, cases[i].plugged);
		assert_string_equal(hardware.vcpus_field, cases[i].field);
	}
}

static void test_rest(void **state)
{
	(void)state;
	HARDWARE plain = {0};
	HARDWARE full = {0};
	struct lsec_problems problems = {0};
	assert_int_equal(read_text(VMI(""), &plain, &problems), 0);
	assert_string_equal(plain.path, "");
	assert_null(plain.cpu_model);
	assert_null(plain.kernel_args);
	assert_false(plain.kernel || plain.initrd || plain.efi || plain.presets ||
	             plain.instancetype);
	assert_int_equal(
		read_text(
			VM("\"preference\":{},",
	                   "\"cpu\":{\"model\":\"host-passthrough\"},\"firmware\":{\"bootloader\":{\"efi\":{}},\"kernelBoot\":{\"kernelArgs\":\" a\\n\",\"container\":{\"kernelPath\":\"/k\",\"initrdPath\":\"\"}}}"),
			&full, &problems),
		0);
	expect_none(&problems);
	assert_string_equal(full.path, "spec.template.");
	assert_string_equal(full.cpu_model, "host-passthrough");
	assert_string_equal(full.kernel_args, " a\n");
	assert_true(full.kernel && full.efi && full.presets);
	assert_false(full.initrd || full.instancetype);
}

static void test_bad(void **state)
{
	(void)state;
	static const struct {
		const char *text, *place, *what;
	} cases[] = {
		{VMI("\"cpu\":{\"cores\":\"2\"}"), "spec.domain.cpu.cores", "got \"2\""},
		{VMI("\"cpu\":{\"sockets\":-1}"), "spec.domain.cpu.sockets", "got -1"},
		{VMI("\"cpu\":{\"threads\":1.5}"), "spec.domain.cpu.threads", "got 1.5"},
		{VMI("\"cpu\":{\"threads\":4294967296}"), "spec.domain.cpu.threads",
	         "got 4294967296"},
		{VMI("\"cpu\":\"x\""), "spec.domain.cpu", "must be an object, got \"x\""},
		{VMI("\"cpu\":[]"), "spec.domain.cpu", "must be an object, got a list"},
		{VMI("\"cpu\":7"), "spec.domain.cpu", "must be an object, got 7"},
		{VMI("\"resources\":[]"), "spec.domain.resources", "must be an object"},
		{VMI("\"resources\":{\"limits\":true}"), "spec.domain.resources.limits",
	         "got a boolean"},
		{VMI("\"resources\":{\"requests\":\"2\"}"), "spec.domain.resources.requests",
	         "got \"2\""},
		{VMI("\"firmware\":[]"), "spec.domain.firmware", "must be an object"},
		{VMI("\"firmware\":{\"bootloader\":\"efi\"}"), "spec.domain.firmware.bootloader",
	         "got \"efi\""},
		{VMI("\"firmware\":{\"kernelBoot\":[]}"), "spec.domain.firmware.kernelBoot",
	         "must be an object"},
		{VMI("\"firmware\":{\"kernelBoot\":{\"container\":\"k\"}}"),
	         "spec.domain.firmware.kernelBoot.container", "must be an object"},
		{VMI("\"firmware\":{\"kernelBoot\":{\"container\":{\"kernelPath\":1}}}"),
	         "spec.domain.firmware.kernelBoot.container.kernelPath", "must be a string"},
		{"{\"kind\":\"VirtualMachineInstance\",\"metadata\":{},\"spec\":{\"domain\":[]}}",
	         "spec.domain", "must be an object, got a list"},
		{VMI("\"cpu\":{\"model\":[]}"), "spec.domain.cpu.model", "got a list"},
		{VMI("\"cpu\":{\"model\":\"a\\u0000b\"}"), "spec.domain.cpu.model", ""},
		{VM("", LIMIT("\"x\"")), "spec.template.spec.domain.resources.limits.cpu",
	         "got \"x\""},
		{VM("", LIMIT("{}")), "spec.template.spec.domain.resources.limits.cpu",
	         "an object"},
		{VM("", REQUEST("\"0\"")), "spec.template.spec.domain.resources.requests.cpu",
	         "more than 0"},
		{VMI("\"firmware\":{\"kernelBoot\":{\"kernelArgs\":1}}"),
	         "spec.domain.firmware.kernelBoot.kernelArgs", "must be a string"},
		{"{\"kind\":\"Pod\",\"metadata\":{}}", "vm.json", "kind \"Pod\""},
		{"[", "vm.json:1:1", ""},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		HARDWARE hardware = {.vcpus = 77};
		struct lsec_problems problems = {0};
		assert_int_equal(read_text(cases[i].text, &hardware, &problems), -1);
		assert_true(problems.count >= 1);
		if (strncmp(cases[i].place, "vm.json:", 8) != 0)
			expect_among(&problems, cases[i].place, cases[i].what);
		assert_int_equal(hardware.vcpus, 77);
		lsec_problems_clear(&problems);
	}
	/* All of it at once. */
	HARDWARE hardware = {0};
	struct lsec_problems problems = {0};
	assert_int_equal(
		read_text(
			VMI("\"cpu\":{\"cores\":\"2\",\"sockets\":\"2\",\"threads\":\"2\",\"model\":2}"),
			&hardware, &problems),
		-1);
	assert_int_equal(problems.count, 4);
	lsec_problems_clear(&problems);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vcpus),
		cmocka_unit_test(test_rest),
		cmocka_unit_test(test_bad),
	};
	return cmocka_run_group_tests_name("hardware", tests, NULL, NULL);
}
