/* SPDX-License-Identifier: Apache-2.0 */
/* What is refused, and what the domain looks like in the end. */
#include "support.h"

static void test_untouched(void **state)
{
	(void)state;
	static const char *const any[] = {"", "no XML", "<domain>\r\n", PLAIN, "<!DOCTYPE x><x/>"};
	for (size_t i = 0; i < COUNT(any); i++) {
		SCENE scene = {0};
		assert_int_equal(apply_to(&scene, any[i], strlen(any[i])), 0);
		assert_string_equal(scene.result.domain, any[i]);
		assert_string_equal(scene.result.before, any[i]);
		assert_int_equal(scene.result.tee, LSEC_TEE_NONE);
		set(&scene, "type", "none");
		set(&scene, "policy", "0x1");
		assert_int_equal(apply_to(&scene, any[i], strlen(any[i])), 0);
		assert_string_equal(scene.result.domain, any[i]);
		assert_int_equal(scene.result.report.change_count, 0);
	}
	/* Bytes that no text has. */
	SCENE scene = {0};
	assert_int_equal(apply_to(&scene, "a\0b", 3), 0);
	assert_int_equal(scene.result.domain_len, 3);
	assert_memory_equal(scene.result.domain, "a\0b", 4);
	/* none beside a typo: the typo counts. */
	set(&scene, "type", "none");
	set(&scene, "polcy", "0x1");
	refused(&scene, PLAIN);
	expect_problem(&scene.problems, LSEC_PREFIX "polcy", "did you mean " LSEC_PREFIX "policy?");
	/* Cluster defaults alone change nothing. */
	SCENE other = {0};
	set_default(&other, "sev-snp.policy", "smt");
	assert_int_equal(apply_to(&other, SNP_DOMAIN(""), strlen(SNP_DOMAIN(""))), 0);
	assert_string_equal(other.result.domain, SNP_DOMAIN(""));
}

/* All that is wrong is told at once. */
static void test_all_problems(void **state)
{
	(void)state;
	SCENE scene = {0};
	set(&scene, "type", "sev-snp");
	set(&scene, "polcy", "1");
	set(&scene, "", "1");
	set(&scene, "a b", "1");
	set(&scene, "policy", "debug");
	set(&scene, "id-auth", "x");
	set(&scene, "cbitpos", "auto");
	set(&scene, "kernel-hashes", "yes");
	refused(&scene,
	        "<domain type='qemu'><os><type arch='aarch64' machine='virt'>exe</type></os><os/><launchSecurity type='tdx'/></domain>");
	expect_among(&scene.problems, LSEC_PREFIX "polcy", "unknown key");
	expect_among(&scene.problems, LSEC_PREFIX "\"\"", "unknown key");
	expect_among(&scene.problems, LSEC_PREFIX "\"a b\"", "unknown key");
	expect_among(&scene.problems, "/domain/@type", "must be kvm");
	expect_among(&scene.problems, "/domain/os/type", "must be hvm");
	expect_among(&scene.problems, "/domain/os/type/@arch", "must be x86_64");
	expect_among(&scene.problems, "/domain/os/type/@machine", "must be q35");
	expect_among(&scene.problems, "/domain/os[2]", "duplicate <");
	expect_among(&scene.problems, LSEC_PREFIX "type", "contradicts");
}

static void test_domains(void **state)
{
	(void)state;
	static const struct {
		const char *domain, *place, *what;
	} cases[] = {
		{"<Domain/>", "/domain", "must be the root element, without a namespace"},
		{"<domain xmlns='urn:x'/>", "/domain", "in a namespace"},
		{"<domain type='kvm'/>", "/domain/os", "missing"},
		{"<domain><os><type machine='q35'>hvm</type></os></domain>", "/domain/@type",
	         "none"},
		{"<domain type='kvm'><os/></domain>", "/domain/os/type", "none"},
		{DOMAIN("", "<launchSecurity/>"), "/domain/launchSecurity/@type",
	         "launchSecurity has no type"},
		{DOMAIN("", "<launchSecurity><policy>1</policy></launchSecurity>"),
	         "/domain/launchSecurity/@type", "launchSecurity has no type"},
		{DOMAIN("<loader/><loader/>", ""), "/domain/os/loader[2]", "duplicate <"},
		{DOMAIN("", "<features><smm/><smm/></features>"), "/domain/features/smm[2]",
	         "duplicate <"},
		{DOMAIN("", "<devices/><devices/>"), "/domain/devices[2]", "duplicate <"},
		{SNP_DOMAIN("<policy>0x30000</policy><policy/>"),
	         "/domain/launchSecurity/policy[2]", "duplicate <"},
		{DOMAIN("", "<launchSecurity type=' sev-snp'/>"), LSEC_PREFIX "type",
	         "contradicts"},
		/* Counted, these were as many fields as are wanted. */
		{SNP_DOMAIN("<policy>0x30000</policy><hostData/><hostData/>"),
	         "/domain/launchSecurity/hostData[2]", "duplicate <"},
		{DOMAIN("", "<launchSecurity xmlns:x='urn:x' type='sev-snp' x:type='1'/>"),
	         "/domain/launchSecurity/@type", "in a namespace"},
		{SNP_DOMAIN("<x:policy xmlns:x='urn:x'/>"), "/domain/launchSecurity/policy",
	         "in a namespace"},
		{SNP_DOMAIN("<policy>x</policy>"), "/domain/launchSecurity/policy",
	         "a hexadecimal number"},
		{DOMAIN("",
	                "<q:commandline xmlns:q='http://libvirt.org/schemas/domain/qemu/1.0'><q:arg value='-M'/><q:arg value='q35,confidential-guest-support=x'/></q:commandline>"),
	         "/domain/qemu:commandline/qemu:arg[2]/@value", "override launchSecurity"},
		{DOMAIN("",
	                "<commandline xmlns='http://libvirt.org/schemas/domain/qemu/1.0'><arg value='memory-encryption=x'/></commandline>"),
	         "/domain/qemu:commandline/qemu:arg[1]/@value", "override launchSecurity"},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		SCENE scene = {0};
		set(&scene, "type", "sev-snp");
		refused(&scene, cases[i].domain);
		expect_among(&scene.problems, cases[i].place, cases[i].what);
	}
	static const char *const machines[] = {"pc", "pc-i440fx-9.2", "pc-q35", "q35x", "Q35", ""};
	for (size_t i = 0; i < COUNT(machines); i++) {
		SCENE scene = {0};
		char domain[256];
		snprintf(domain, sizeof(domain),
		         "<domain type='kvm'><os><type machine='%s'>hvm</type></os></domain>",
		         machines[i]);
		set(&scene, "type", "tdx");
		refused(&scene, domain);
		expect_problem(&scene.problems, "/domain/os/type/@machine", "must be q35");
	}
	/* Another type, and a QGS without one. */
	SCENE scene = {0};
	set(&scene, "type", "tdx");
	refused(&scene,
	        DOMAIN("", "<launchSecurity><quoteGenerationService path='/x'/></launchSecurity>"));
	expect_among(&scene.problems, "/domain/launchSecurity/@type", "launchSecurity has no type");
	/* Good ones. */
	SCENE good = {0};
	set(&good, "type", "sev-snp");
	applied(&good,
	        "<domain type='kvm'><os><type machine='pc-q35-9.2'>hvm</type></os></domain>");
	applied(&good,
	        DOMAIN("",
	               "<q:commandline xmlns:q='http://libvirt.org/schemas/domain/qemu/1.0'><q:arg value='-foo'/><q:env name='memory-encryption'/></q:commandline>"));
	applied(&good, DOMAIN("", "<c xmlns='urn:x'><arg value='memory-encryption'/></c>"));
}

static void test_reported_changes(void **state)
{
	(void)state;
	SCENE scene = {0};
	set(&scene, "type", "sev-snp");
	set(&scene, "policy", "smt,cxl");
	applied(&scene, SNP_DOMAIN("<policy>0x30000</policy><hostData/>"));
	struct lsec_change policy = change_at(&scene.result, "/domain/launchSecurity/policy");
	assert_int_equal(policy.action, LSEC_SET);
	assert_string_equal(policy.old_value, "0x30000");
	assert_string_equal(policy.new_value, "0x230000");
	assert_string_equal(policy.reason, "asked for by " LSEC_PREFIX "policy: smt, cxl");
	struct lsec_change data = change_at(&scene.result, "/domain/launchSecurity/hostData");
	assert_int_equal(data.action, LSEC_REMOVED);
	assert_false(warned(&scene.result, "/domain/launchSecurity/hostData"));
	for (size_t i = 0; i < scene.result.report.change_count; i++) {
		const struct lsec_change *change = &scene.result.report.changes[i];
		assert_non_null(change->reason);
		assert_int_equal(change->action == LSEC_REMOVED, change->new_value == NULL);
	}
}

static void test_snp_devices(void **state)
{
	(void)state;
	static const char devices[] =
		"<devices><disk><target dev='a' bus='virtio'/></disk><disk><target dev='b' bus='sata'/></disk><disk><driver name='qemu' iommu='off'/><target bus='virtio'/></disk><interface type='bridge'><model type='virtio-non-transitional'/><rom bar='on' file='/r'/></interface><interface type='bridge'><model type='e1000'/></interface><controller type='scsi' model='virtio-scsi'/><controller type='usb' model='none'/><controller type='virtio-serial'/><memballoon model='none'/><rng model='virtio'/><hostdev/></devices>";
	static const char in[] = DOMAIN("", "%s");
	char domain[2048];
	snprintf(domain, sizeof(domain), in, devices);
	SCENE scene = {0};
	set(&scene, "type", "sev-snp");
	const char *out = applied(&scene, domain);
	expect_contains(
		out,
		"<disk><target dev=\"a\" bus=\"virtio\"/><driver name=\"qemu\" type=\"raw\" iommu=\"on\"/></disk>");
	expect_contains(out, "<disk><target dev=\"b\" bus=\"sata\"/></disk>");
	expect_contains(out, "<driver name=\"qemu\" iommu=\"on\"/>");
	expect_contains(
		out,
		"<model type=\"virtio-non-transitional\"/><driver iommu=\"on\"/><rom enabled=\"no\"/></interface>");
	expect_contains(out, "<model type=\"e1000\"/><rom enabled=\"no\"/></interface>");
	expect_contains(out, "model=\"virtio-scsi\"><driver iommu=\"on\"/>");
	expect_contains(out, "<controller type=\"usb\" model=\"none\"/>");
	expect_contains(out, "<controller type=\"virtio-serial\"><driver iommu=\"on\"/>");
	expect_contains(out, "<memballoon model=\"none\"/>");
	expect_contains(out, "<rng model=\"virtio\"><driver iommu=\"on\"/>");
	assert_true(warned(&scene.result, "/domain/devices/hostdev"));
	assert_string_equal(
		change_at(&scene.result, "/domain/devices/disk[3]/driver/@iommu").new_value, "on");
	assert_string_equal(
		change_at(&scene.result, "/domain/devices/controller[3]/driver/@iommu").new_value,
		"on");
	/* TDX leaves devices alone. */
	SCENE tdx = {0};
	set(&tdx, "type", "tdx");
	expect_lacks(applied(&tdx, domain), "iommu=\"on\"");
}

static void test_tdx_parts(void **state)
{
	(void)state;
	SCENE scene = {0};
	set(&scene, "type", "tdx");
	const char *out = applied(&scene, DOMAIN("", "<vcpu>1</vcpu>"));
	expect_contains(
		out,
		"<features><pmu state=\"off\"></pmu></features><cpu mode=\"host-passthrough\"></cpu><vcpu>1</vcpu>");
	out = applied(
		&scene,
		DOMAIN("",
	               "<features><acpi/><smm state='on'/><pmu state='on'/><ioapic driver='kvm'/></features><cpu mode='custom' match='exact'><model fallback='forbid'>EPYC</model><vendor>AMD</vendor><topology sockets='1'/><feature name='x'/></cpu>"));
	expect_contains(out, "<features><acpi/><pmu state=\"off\"/></features>");
	expect_contains(
		out,
		"<cpu mode=\"host-passthrough\"><topology sockets=\"1\"/><feature name=\"x\"/></cpu>");
	out = applied(&scene,
	              DOMAIN("", "<features><ioapic driver='qemu'/><smm/><vmport/></features>"));
	expect_contains(out, "<ioapic driver=\"qemu\"/><pmu state=\"off\"/><vmport/>");
	/* SEV-SNP takes only SMM out. */
	SCENE snp = {0};
	set(&snp, "type", "sev-snp");
	out = applied(
		&snp,
		DOMAIN("",
	               "<features><smm state='off'/><ioapic driver='kvm'/></features><cpu mode='host-model'/>"));
	expect_contains(out,
	                "<features><ioapic driver=\"kvm\"/></features><cpu mode=\"host-model\"/>");
}

static void test_warnings(void **state)
{
	(void)state;
	static const struct {
		const char *strategy;
		bool warned;
	} strategies[] = {{"LiveMigrate", true},
	                  {"LiveMigrateIfPossible", true},
	                  {"None", false},
	                  {"External", false}};
	for (size_t i = 0; i < COUNT(strategies); i++) {
		SCENE scene = {0};
		set(&scene, "type", "tdx");
		scene.vmi.eviction_strategy = lsec_format("%s", strategies[i].strategy);
		applied(&scene, PLAIN);
		assert_int_equal(warned(&scene.result, "spec.evictionStrategy"),
		                 strategies[i].warned);
		assert_false(warned(&scene.result, "spec.domain.launchSecurity"));
	}
	SCENE scene = {.vmi = {.read = true, .secure_boot = true, .persistent_variables = true}};
	set(&scene, "type", "tdx");
	applied(&scene, PLAIN);
	assert_true(warned(&scene.result, "spec.domain.launchSecurity"));
	assert_true(warned(&scene.result, "/domain/os/loader"));
	assert_true(warned(&scene.result, "/domain/os/nvram"));
	scene.vmi.launch_security = "sev-snp";
	set(&scene, "firmware", "/usr/share/OVMF/OVMF.inteltdx.secboot.fd");
	applied(&scene, PLAIN);
	assert_false(warned(&scene.result, "spec.domain.launchSecurity"));
	assert_false(warned(&scene.result, "/domain/os/loader"));
	/* Secure Boot that only the domain asks for. */
	static const char *const asking[] = {
		DOMAIN("<loader secure='yes' type='pflash'>/p</loader>", ""),
		DOMAIN("<firmware><feature name='x'/><feature name='secure-boot' enabled='yes'/></firmware>",
	               "")};
	for (size_t i = 0; i < COUNT(asking); i++) {
		SCENE other = {0};
		set(&other, "type", "tdx");
		applied(&other, asking[i]);
		assert_true(warned(&other.result, "/domain/os/loader"));
	}
	/* A flash image as a ROM; a host's NIC. */
	SCENE kept = {0};
	set(&kept, "type", "tdx");
	set(&kept, "firmware", "keep");
	applied(&kept, DOMAIN("<loader type='pflash'>/p</loader>",
	                      "<devices><interface type='hostdev'/></devices>"));
	assert_true(warned(&kept.result, "/domain/os/loader"));
	assert_true(warned(&kept.result, "/domain/devices/hostdev"));
}

/* Attributes with white space around them are written anew: libvirt does not strip. */
static void test_blanks(void **state)
{
	(void)state;
	SCENE scene = {0};
	set(&scene, "type", "tdx");
	const char *out = applied(
		&scene,
		DOMAIN("<loader type=' rom ' stateless='yes '>/r</loader>",
	               "<features><pmu state=' off'/></features><cpu mode='host-passthrough '/>"));
	expect_lacks(out, "=\" ");
	expect_lacks(out, " \"");
}

static void test_before(void **state)
{
	(void)state;
	SCENE scene = {0};
	set(&scene, "type", "tdx");
	applied(&scene, "<domain type='kvm'>\n<os><type machine='q35'>hvm</type></os></domain>");
	assert_string_equal(
		scene.result.before,
		"<domain type=\"kvm\">\n<os><type machine=\"q35\">hvm</type></os></domain>\n");
	assert_int_equal(scene.result.before_len, strlen(scene.result.before));
	lsec_result_clear(NULL);
}

/* Every capture, for both: nothing is lost but what is to go. */
static void test_captures(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(captures); i++) {
		for (int tdx = 0; tdx < 2; tdx++) {
			SCENE scene = {0};
			char path[128];
			lsec_host_decode(SNP_EAX, SNP_EBX, &scene.host);
			if (strstr(captures[i], tdx ? "native-s" : "native-tdx") != NULL)
				continue;
			snprintf(path, sizeof(path), CAPTURES "%s.domain.xml", captures[i]);
			char *domain = read_whole(path, NULL);
			set(&scene, "type", tdx ? "tdx" : "sev-snp");
			const char *out = applied(&scene, domain);
			expect_contains(out, "\n\t<launchSecurity type=");
			expect_contains(out, "</launchSecurity>\n");
			expect_contains(out, "\n\t\t<policy>0x");
			expect_lacks(out, "<nvram");
			expect_lacks(out, "<smm");
			free(domain);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_untouched),   cmocka_unit_test(test_all_problems),
		cmocka_unit_test(test_domains),     cmocka_unit_test(test_reported_changes),
		cmocka_unit_test(test_snp_devices), cmocka_unit_test(test_tdx_parts),
		cmocka_unit_test(test_warnings),    cmocka_unit_test(test_blanks),
		cmocka_unit_test(test_before),      cmocka_unit_test(test_captures),
	};
	return cmocka_run_group_tests_name("apply", tests, NULL, NULL);
}
