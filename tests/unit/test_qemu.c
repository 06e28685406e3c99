/* SPDX-License-Identifier: Apache-2.0 */
/* What QEMU's arguments, libvirt's capabilities and variables decide over, and where they are
 * found. */
#include "domain/qemu.h"

#include "domain/arguments.h"
#include "support.h"

static enum lsec_qemu_class judged(const char *option, const char *value)
{
	return lsec_qemu_judge(option, value).decides;
}

static const char *name_of(enum lsec_qemu_class decides)
{
	return lsec_qemu_class(decides)->name;
}

/* One line is an option, a value, or NULL for none, and what they decide over. */
static void test_arguments(void **state)
{
	(void)state;
	static const char *const cases[][3] = {
		/* One dash or more; - and _; the last of several; by a flag, by its head, by JSON.
	         */
		{"-machine", "confidential-guest-support=x", "protection"},
		{"--machine", "confidential_guest_support=", "protection"},
		{"---M", "memory_encryption=x", "protection"},
		{"-M", "q35,vmport=off,memory-encryption=x,usb=on", "protection"},
		{"-M", "memory-encryption.x=y", "protection"},
		{"-M", "q35,nomemory-encryption", "protection"},
		{"-M", "nomemory-encryption", "protection"},
		{"-M", "memory-encryption", "protection"},
		{"-M", "{\"memory-encryption\":null}", "protection"},
		{"-M", "{\"m\\u0065mory_encryption\":\"x\"}", "protection"},
		{"-M", "{'memory-encryption':'x'}", "protection"},
		{"-M", "igvm-cfg=x", "protection"},
		/* A comma that is doubled belongs to the value. */
		{"-M", "usb=a,,memory-encryption=x", "harmless"},
		{"-M", "usb=a,,,memory-encryption=x", "protection"},
		{"-M", "q35,x,,memory-encryption=x", "protection"},
		/* Joined, which QEMU refuses. */
		{"-machine=memory-encryption=x", NULL, "protection"},
		{"-machine memory-encryption=x", "y", "protection"},
		{"-bios=/x", NULL, "firmware"},
		/* What stands behind no known option. */
		{"-unheard-of", "memory-encryption=x", "protection"},
		{"memory-encryption=x", NULL, "protection"},
		{"/disk.img", NULL, "unknown"},
		{"-unheard-of", "x", "unknown"},
		{"-unheard-of", NULL, "unknown"},
		{"-unheard-of", "{bad", "unknown"},
		{"", NULL, "unknown"},
		{"-", "x", "unknown"},
		{"--", NULL, "unknown"},
		/* What cannot be read, or is not there. */
		{"-object", "{", "protection"},
		{"-object", "{\"qom-type\":\"iothread\",}", "protection"},
		{"-object", "{\"qom-type\":\"iothread\",\"qom-type\":\"iothread\"}", "protection"},
		{"-object", "{\"qom-type\":\"a\\u0000b\"}", "protection"},
		{"-device", "{x", "firmware"},
		{"-device", NULL, "firmware"},
		{"-machine", NULL, "protection"},
		{"-machine", "", "machine"},
		{"-netdev", "{x", "harmless"},
		{"-fw_cfg", NULL, "firmware"},
		{"-cpu", NULL, "cpu"},
		/* Objects. */
		{"-object", "sev-snp-guest,id=x", "protection"},
		{"-object", "id=x,qom-type=tdx-guest", "protection"},
		{"-object", "iothread,qom_type=sev-guest,id=x", "protection"},
		{"-object", "iothread,id=lsec0", "protection"},
		{"-object", "igvm-cfg,id=x", "protection"},
		{"-object", "{\"id\":\"lsec0\"}", "protection"},
		{"-object", "{'qom-type':'memory-backend-file','id':'a\\'\"b'}", "harmless"},
		{"-object", "{\"qom-type\":\"rng-random\",\"id\":\"it's\"}", "harmless"},
		{"-object", "iothread,id=x", "harmless"},
		{"-object", "secret,id=x,data=sev-guest", "harmless"},
		{"-object", "unheard-of,id=x", "unknown"},
		/* Firmware. */
		{"-bios", "/x", "firmware"},
		{"-pflash", "/x", "firmware"},
		{"-L", "/x", "firmware"},
		{"-M", "firmware=/x", "firmware"},
		{"-M", "pflash0=x", "firmware"},
		{"-drive", "file=/x,if=pflash", "firmware"},
		{"-drive", "if=pflash,if=none", "firmware"},
		{"-drive", "file=/x,,if=pflash", "harmless"},
		{"-drive", "file=/x,if=none", "harmless"},
		{"-fw_cfg", "name=opt/com.example,string=x", "harmless"},
		{"-fw_cfg", "opt/com.example,file=/x", "harmless"},
		{"-fw-cfg", "name=etc/x,string=y", "firmware"},
		{"-fw_cfg", "name=opt/x,name=etc/y", "firmware"},
		{"-device", "loader,file=/x", "firmware"},
		{"-device", "id=a,driver=guest-loader", "firmware"},
		{"-device", "virtio-net-pci,romfile=/x", "firmware"},
		{"-device", "{\"driver\":\"e1000\",\"romfile\":\"/x\"}", "firmware"},
		{"-device", "{\"driver\":\"e1000\",\"rombar\":1}", "firmware"},
		{"-device", "{\"driver\":\"e1000\",\"rombar\":0}", "harmless"},
		{"-device", "virtio-net-pci,romfile=", "harmless"},
		{"-device", "virtio-net-pci,romfile=,romfile=/x", "firmware"},
		{"-device", "virtio-net-pci,id=memory-encryption", "harmless"},
		{"-global", "virtio-net-pci.romfile=/x", "firmware"},
		{"-global", "driver=cfi.pflash01,property=secure,value=on", "firmware"},
		{"-global", "driver=sev-guest,property=policy,value=1", "protection"},
		{"-global", "sev-guest.policy=1", "protection"},
		{"-global", "EPYC-x86_64-cpu.x=y", "cpu"},
		{"-global", "ICH9-LPC.disable_s3=1", "harmless"},
		{"-global", "unheard-of.x=y", "unknown"},
		{"-global", "x", "harmless"},
		{"-acpitable", "file=/x", "firmware"},
		{"-option-rom", "/x", "firmware"},
		/* The rest. */
		{"-kernel", "/x", "kernel"},
		{"-append", "memory-encryption=x", "kernel"},
		{"-M", "kernel=/x,vmport=off", "kernel"},
		{"-cpu", "host", "cpu"},
		{"-smp", "4", "cpu"},
		{"-M", "smp.cpus=4", "cpu"},
		{"-device", "host-x86_64-cpu,id=x", "cpu"},
		{"-M", "q35", "machine"},
		{"-M", "hpet=off", "machine"},
		{"-m", "4G", "machine"},
		{"-M", "accel=tcg", "acceleration"},
		{"-M", "kernel_irqchip=off", "acceleration"},
		{"-enable-kvm", NULL, "acceleration"},
		{"-enable-kvm", "memory-encryption=x", "acceleration"},
		{"-accel", "kvm", "acceleration"},
		{"-M", "vmport=off,usb=on", "harmless"},
		{"-readconfig", "/x", "protection"},
		{"-set", "device.x.y=z", "protection"},
		{"-preconfig", NULL, "protection"},
		{"-incoming", "defer", "protection"},
		{"-loadvm", "x", "protection"},
		{"-S", NULL, "harmless"},
		{"-netdev", "user,id=x", "harmless"},
		{"-smbios", "type=11,value=x", "harmless"},
		{"-smbios", "file=/x", "unknown"},
		{"-qmp", "unix:/x", "unknown"},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *is = name_of(judged(cases[i][0], cases[i][1]));
		if (strcmp(is, cases[i][2]) != 0)
			print_message("%s %s: %s\n", cases[i][0],
			              cases[i][1] == NULL ? "" : cases[i][1], is);
		assert_string_equal(is, cases[i][2]);
	}
}

static void test_names(void **state)
{
	(void)state;
	static const struct {
		enum lsec_qemu_kind kind;
		const char *name, *decides;
	} cases[] = {
		{LSEC_QEMU_CAPABILITY, "confidential-guest-support", "protection"},
		{LSEC_QEMU_CAPABILITY, "sev-snp-guest", "protection"},
		{LSEC_QEMU_CAPABILITY, "tdx-guest", "protection"},
		{LSEC_QEMU_CAPABILITY, "kvm", "acceleration"},
		{LSEC_QEMU_CAPABILITY, "machine.hpet", "machine"},
		{LSEC_QEMU_CAPABILITY, "query-cpu-model-expansion", "cpu"},
		{LSEC_QEMU_CAPABILITY, "blockdev", "harmless"},
		{LSEC_QEMU_CAPABILITY, "", "unknown"},
		{LSEC_QEMU_CAPABILITY, "unheard-of", "unknown"},
		{LSEC_QEMU_ENVIRONMENT, "LD_PRELOAD", "protection"},
		{LSEC_QEMU_ENVIRONMENT, "QEMU_MODULE_DIR", "protection"},
		{LSEC_QEMU_ENVIRONMENT, "QEMU_AUDIO_DRV", "harmless"},
		{LSEC_QEMU_ENVIRONMENT, "UNHEARD_OF", "unknown"},
		{LSEC_QEMU_ENVIRONMENT, "-bios", "unknown"},
	};
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_string_equal(
			name_of(lsec_qemu_judge_name(cases[i].kind, cases[i].name, "").decides),
			cases[i].decides);
	static const char *const properties[][3] = {
		{"romfile", "/x", "firmware"},    {"romfile", "", "harmless"},
		{"romfile", NULL, "firmware"},    {"rombar", "0", "harmless"},
		{"driver", "loader", "firmware"}, {"x-pci-vendor-id", "1", "harmless"},
	};
	for (size_t i = 0; i < COUNT(properties); i++)
		assert_string_equal(
			name_of(lsec_qemu_judge_property(properties[i][0], properties[i][1])
		                        .decides),
			properties[i][2]);
}

static void test_patterns(void **state)
{
	(void)state;
	static const struct {
		const char *pattern, *text;
		bool matches;
	} cases[] = {
		{"", "", true},
		{"", "a", false},
		{"*", "", true},
		{"a", "a", true},
		{"a", "ab", false},
		{"a*", "ab", true},
		{"*b", "ab", true},
		{"*b", "ba", false},
		{"a*c", "abbc", true},
		{"a*c", "abcd", false},
		{"*b*", "abc", true},
		{"x|a", "a", true},
		{"x|a*|y", "ab", true},
		{"x|a|y", "z", false},
		{"a-b", "a_b", true},
		{"a_b", "a-b", true},
		{"a*b*c", "axbxbxc", true},
		{"*-guest", "-guest", true},
		{"*-guest", "guest", false},
	};
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(
			lsec_qemu_matches(cases[i].pattern, cases[i].text, strlen(cases[i].text)),
			cases[i].matches);
}

/* The last row of an option is for all that no other is for, and only there a value is missing. */
static void test_table(void **state)
{
	(void)state;
	const struct lsec_qemu_row *row = NULL;
	for (size_t i = 0; (row = lsec_qemu_row(i)) != NULL; i++) {
		const struct lsec_qemu_row *last = row;
		size_t len = strcspn(row->name, "|");
		assert_true(row->decides < LSEC_QEMU_CLASSES);
		assert_true(strlen(row->why) > 0);
		assert_true(row->value == NULL || row->property != NULL ||
		            row->kind == LSEC_QEMU_ELEMENT);
		for (size_t j = i; row->kind == LSEC_QEMU_ARGUMENT && lsec_qemu_row(j) != NULL; j++)
			if (lsec_qemu_row(j)->kind == LSEC_QEMU_ARGUMENT &&
			    lsec_qemu_matches(lsec_qemu_row(j)->name, row->name, len))
				last = lsec_qemu_row(j);
		assert_true(last->property == NULL || row->kind == LSEC_QEMU_ELEMENT);
		assert_true(row == last || row->property != NULL);
		assert_true(!row->alone || row->property == NULL);
	}
}

#define QEMU(inside) DOMAIN("<metadata/>", "<devices/>" inside)
#define NS "xmlns:q='" LSEC_QEMU_NAMESPACE "'"
#define BAD "<q:arg value='-machine'/><q:arg value='memory_encryption='/>"

/* Wherever it stands, and whatever it is called. */
static void test_found(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"<q:commandline " NS ">" BAD "</q:commandline>",
		"<metadata><a><q:commandline " NS ">" BAD "</q:commandline></a></metadata>",
		"<q:commandline " NS "><b><c>" BAD "</c></b></q:commandline>",
		"<x " NS ">" BAD "</x>",
		"<x><q:arg " NS " value='-machine'/></x><y><q:arg " NS
		" value='memory_encryption='/></y>",
		"<qemu:commandline xmlns:qemu='urn:other'><qemu:arg value='-readconfig'/></qemu:commandline>",
		"<q:commandline " NS "><arg value='-readconfig'/></q:commandline>",
		"<x><q:capabilities " NS "><q:del capability='sev-guest'/></q:capabilities></x>",
		"<q:capabilities " NS "><add capability='tdx_guest'/></q:capabilities>",
		"<x><q:env " NS " name='LD_PRELOAD' value='/x.so'/></x>",
	};
	for (size_t i = 0; i < COUNT(bad); i++) {
		SCENE scene = {0};
		cleanup_free char *domain = lsec_format(QEMU("%s"), bad[i]);
		set(&scene, "type", "sev-snp");
		set(&scene, "allow-qemu-arguments", "yes");
		refused(&scene, domain);
		expect_among(&scene.problems, NULL, "override launchSecurity");
	}
}

/* What decides over less is refused, unless it is allowed; what the administrator pins stays. */
static void test_allowed(void **state)
{
	(void)state;
	static const struct {
		const char *inside, *can;
	} cases[] = {
		{"<q:commandline " NS "><q:arg value='-bios'/><q:arg value='/x'/></q:commandline>",
	         "override the domain's firmware"},
		{"<x><q:property " NS " name='romfile' value='/x'/></x>",
	         "override the domain's firmware"},
		{"<q:commandline " NS "><q:arg value='-append'/><q:arg value='x'/></q:commandline>",
	         "override the domain's kernel"},
		{"<q:commandline " NS "><q:arg value='-cpu'/><q:arg value='x'/></q:commandline>",
	         "override the domain's CPUs"},
		{"<q:commandline " NS "><q:arg value='-M'/><q:arg value='x'/></q:commandline>",
	         "override the domain's machine"},
		{"<q:capabilities " NS "><q:del capability='kvm'/></q:capabilities>",
	         "override how libvirt runs the VM"},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		SCENE scene = {0};
		cleanup_free char *domain = lsec_format(QEMU("%s"), cases[i].inside);
		set(&scene, "type", "tdx");
		refused(&scene, domain);
		expect_problem(&scene.problems, NULL, cases[i].can);
		set(&scene, "allow-qemu-arguments", "yes");
		applied(&scene, domain);
		assert_true(scene.result.report.warning_count > 0);
		bool told = false;
		for (size_t j = 0; j < scene.result.report.warning_count; j++)
			told |= strstr(scene.result.report.warnings[j].what, cases[i].can) != NULL;
		assert_true(told);
		lsec_config_forbid(&scene.config, "here", "firmware", &scene.problems);
		if (i < 2) {
			refused(&scene, domain);
			expect_problem(&scene.problems, NULL, "forbids firmware: here");
		} else {
			applied(&scene, domain);
		}
	}
}

/* Of many only some are told of, and none is let through for that. */
static void test_many(void **state)
{
	(void)state;
	SCENE scene = {0};
	cleanup_buffer struct lsec_buffer inside = {0};
	lsec_buffer_text(&inside, "<q:commandline " NS ">");
	for (unsigned i = 0; i < 100; i++)
		lsec_buffer_text(&inside, "<q:arg value='-unheard-of'/>");
	for (unsigned i = 0; i < 20; i++)
		lsec_buffer_text(&inside, "<q:arg value='-cpu'/><q:arg value='x'/>");
	lsec_buffer_text(&inside, "</q:commandline>");
	cleanup_free char *domain = lsec_format(QEMU("%s"), inside.bytes);
	set(&scene, "type", "sev-snp");
	refused(&scene, domain);
	assert_int_equal(scene.problems.count, LSEC_MAX_QEMU_FINDINGS + 1);
	expect_among(&scene.problems, "/domain", "4 more can override the domain's CPUs");
	lsec_problems_clear(&scene.problems);
	set(&scene, "allow-qemu-arguments", "yes");
	applied(&scene, domain);
	assert_true(scene.result.report.warning_count < 2 * LSEC_MAX_QEMU_FINDINGS + 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_arguments), cmocka_unit_test(test_names),
		cmocka_unit_test(test_patterns),  cmocka_unit_test(test_table),
		cmocka_unit_test(test_found),     cmocka_unit_test(test_allowed),
		cmocka_unit_test(test_many),
	};
	return cmocka_run_group_tests_name("qemu", tests, NULL, NULL);
}
