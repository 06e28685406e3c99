/* SPDX-License-Identifier: Apache-2.0 */
/* A TDX guest that QEMU's arguments protect: which there are, what becomes of them. */
#include "domain/arguments.h"

#include "support.h"

#define OBJECT(rest)                                                                               \
	"{&quot;qom-type&quot;:&quot;tdx-guest&quot;,&quot;id&quot;:&quot;lsec0&quot;" rest "}"
#define SOCKET                                                                                     \
	",&quot;quote-generation-socket&quot;:{&quot;type&quot;:&quot;vsock&quot;,&quot;cid"       \
	"&quot;:&quot;2&quot;,&quot;port&quot;:&quot;4050&quot;},&quot;attributes&quot;:"
#define ARG(value) "<qemu:arg value=\"" value "\"/>"
#define OWN(attributes)                                                                            \
	ARG("-object") ARG(OBJECT(SOCKET attributes)) ARG("-machine") ARG(LSEC_OWN_MACHINE)
#define DEFAULT OWN("268435456")

/* A pair that comes to light when the one in it is gone. */
#define NESTED                                                                                     \
	ARG("-object") ARG("-machine") ARG("confidential-guest-support=lsec0") ARG(OBJECT(""))

/* A domain with such a section, or with any piece. */
#define WITH(piece)                                                                                \
	"<domain type='kvm' xmlns:qemu='" LSEC_QEMU_NAMESPACE "'><os><type machine='q35'>hvm"      \
	"</type></os><devices/>" piece "</domain>"
#define BARE DOMAIN("", "<devices/>")
#define TDX(inside) DOMAIN("", "<devices/><launchSecurity type='tdx'>" inside "</launchSecurity>")
#define LINE(args) "<qemu:commandline>" args "</qemu:commandline>"

static void ask(struct scene *scene)
{
	set(scene, "type", "tdx");
	set(scene, "qgs", "vsock:2:4050");
}

/* Wherever it comes from, the result is one. */
static void test_written(void **state)
{
	(void)state;
	static const struct {
		const char *domain, *wanted;
	} cases[] = {
		{BARE, "xmlns:qemu=\"" LSEC_QEMU_NAMESPACE "\""},
		{BARE, LINE(DEFAULT)},
		{TDX(""), LINE(DEFAULT)},
		{WITH(""), LINE(DEFAULT)},
		{WITH("<clock/><!-- c --><features/><cpu/>"),
	         "<clock/><!-- c -->" LINE(DEFAULT) "<features"},
		{WITH(LINE("")), LINE(DEFAULT)},
		{WITH(LINE(DEFAULT)), "<devices/>" LINE(DEFAULT) "<"},
		/* Others' stay, in front. */
		{WITH(LINE(ARG("-a"))), LINE(ARG("-a") DEFAULT)},
		{WITH(LINE(DEFAULT ARG("-a"))), LINE(ARG("-a") DEFAULT)},
		{WITH(LINE("<qemu:env name=\"e\"/>")), LINE(DEFAULT "<qemu:env name=\"e\"/>")},
		{WITH(LINE(ARG("-a") "<qemu:env name=\"e\"/>")),
	         LINE(ARG("-a") DEFAULT "<qemu:env name=\"e\"/>")},
		{WITH(LINE("<qemu:env name=\"e\"/>" ARG("-a"))),
	         LINE("<qemu:env name=\"e\"/>" ARG("-a") DEFAULT)},
		{WITH(LINE(ARG("-a")) "<vcpu/>" LINE(ARG("-b"))),
	         "<vcpu/>" LINE(ARG("-b") DEFAULT)},
		/* Ours, altered, doubled, or in part. */
		{WITH(LINE(OWN("1"))), "<devices/>" LINE(DEFAULT) "<"},
		{WITH(LINE(DEFAULT DEFAULT)), "<devices/>" LINE(DEFAULT) "<"},
		{WITH(LINE(ARG("-object") ARG(OBJECT("")))), "<devices/>" LINE(DEFAULT) "<"},
		{WITH(LINE(ARG("-object") ARG(OBJECT(",&quot;id&quot;:&quot;other&quot;")))),
	         "<devices/>" LINE(DEFAULT) "<"},
		{WITH(LINE(ARG("-machine") ARG("confidential-guest-support=lsec0"))),
	         "<devices/>" LINE(DEFAULT) "<"},
		{WITH(LINE(ARG("-machine") ARG(LSEC_OWN_MACHINE) ARG("-object")
	                           ARG(OBJECT(SOCKET "268435456")))),
	         "<devices/>" LINE(DEFAULT) "<"},
		{WITH(LINE(ARG("-object") ARG(OBJECT(SOCKET "268435456")))
	                      LINE(ARG("-machine") ARG(LSEC_OWN_MACHINE))),
	         "</qemu:commandline><qemu:commandline>" ARG("-machine") ARG(LSEC_OWN_MACHINE)},
		{WITH(LINE(NESTED)), "<devices/>" LINE(DEFAULT) "<"},
		/* Another prefix. */
		{"<domain type='kvm' xmlns:q='" LSEC_QEMU_NAMESPACE
	         "'><os><type machine='q35'>hvm</type></os><devices/></domain>",
	         "<q:commandline><q:arg value=\"-object\"/>"},
		{"<domain type='kvm'><os><type machine='q35'>hvm</type></os><commandline xmlns='" LSEC_QEMU_NAMESPACE
	         "'><arg value='-a'/></commandline></domain>",
	         "<arg value=\"-a\"/><arg value=\"-object\"/><arg value=\"{&quot;qom-type"},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		SCENE scene = {0};
		ask(&scene);
		const char *out = applied(&scene, cases[i].domain);
		expect_contains(out, cases[i].wanted);
		expect_lacks(out, "launchSecurity");
		assert_ptr_equal(strstr(out, LSEC_OWN_MACHINE),
		                 strstr(out, "confidential-guest-support"));
		assert_null(strstr(strstr(out, LSEC_OWN_MACHINE) + 1, LSEC_OWN_MACHINE));
		assert_true(warned(&scene.result, LSEC_PREFIX "qgs"));
	}
}

/* They go where they are not asked for; the section, where it held nothing else. */
static void test_removed(void **state)
{
	(void)state;
	static const char *const asked[][2] = {
		{"tdx", "/run/qgs"}, {"tdx", "default"}, {"tdx", "none"}, {"sev-snp", NULL}};
	static const struct {
		const char *domain, *left;
	} cases[] = {
		{WITH(LINE(DEFAULT)), NULL},
		{WITH(LINE(OWN("1") DEFAULT)), NULL},
		{WITH(LINE(NESTED)), NULL},
		{WITH(LINE(ARG("-a") NESTED DEFAULT)), LINE(ARG("-a"))},
		{WITH(LINE("\n  " ARG("-object") "\n  " ARG(OBJECT("")) "\n")), NULL},
		{WITH(LINE(ARG("-a") DEFAULT)), LINE(ARG("-a"))},
		{WITH(LINE(DEFAULT "<qemu:env name=\"e\"/>")), LINE("<qemu:env name=\"e\"/>")},
		{WITH(LINE(DEFAULT "<!-- c -->")), LINE("<!-- c -->")},
	};
	for (size_t i = 0; i < COUNT(cases); i++)
		for (size_t as = 0; as < COUNT(asked); as++) {
			SCENE scene = {0};
			set(&scene, "type", asked[as][0]);
			if (asked[as][1] != NULL)
				set(&scene, "qgs", asked[as][1]);
			const char *out = applied(&scene, cases[i].domain);
			expect_contains(out, "<launchSecurity type=\"");
			expect_lacks(out, "lsec0");
			if (cases[i].left == NULL)
				expect_lacks(out, "commandline");
			else
				expect_contains(out, cases[i].left);
			assert_false(warned(&scene.result, LSEC_PREFIX "qgs"));
		}
}

/* What is not quite ours, and would protect in another way. */
static void test_refused(void **state)
{
	(void)state;
	static const char *const bad[] = {
		ARG("-machine") ARG("confidential-guest-support=lsec0,kernel_irqchip=off"),
		ARG("-machine") ARG(LSEC_OWN_MACHINE ",x=y"),
		ARG("-machine") ARG("kernel_irqchip=split,confidential-guest-support=lsec0"),
		ARG("-machine") ARG("confidential-guest-support=lsec1"),
		ARG("-M") ARG(LSEC_OWN_MACHINE),
		ARG(LSEC_OWN_MACHINE),
		DEFAULT ARG(LSEC_OWN_MACHINE),
		DEFAULT ARG("-machine") ARG("confidential-guest-support=mine"),
		"<arg value='-machine'/><arg value='" LSEC_OWN_MACHINE "'/>",
		ARG("-machine") "<arg value='" LSEC_OWN_MACHINE "'/>",
		ARG("-object") ARG(
			"{&quot;qom-type&quot;:&quot;tdx-guest&quot;,&quot;id&quot;:&quot;lsec01&quot;}"),
		/* Side by side only where ours are gone, or where nobody but KubeVirt reads. */
		ARG("-machine") ARG("-object") ARG(OBJECT("")) ARG("memory_encryption=x"),
		ARG("-machine") "<x>" ARG("vmport=off") "</x>" ARG("memory_encryption="),
		"<x>" ARG("-machine") "</x>" ARG("memory_encryption="),
		"<x>" DEFAULT "</x>",
		ARG("-object") "<x>" ARG("tdx-guest,id=x") "</x>" ARG(OBJECT("")),
	};
	for (size_t i = 0; i < COUNT(bad); i++)
		for (size_t by = 0; by < 2; by++) {
			SCENE scene = {0};
			cleanup_free char *domain = lsec_format(WITH(LINE("%s")), bad[i]);
			set(&scene, "type", "tdx");
			set(&scene, "qgs", by == 0 ? "vsock:2:4050" : "/run/qgs");
			refused(&scene, domain);
			expect_among(&scene.problems, NULL, "override launchSecurity");
		}
}

/* What launchSecurity alone makes possible. */
static void test_needs_security(void **state)
{
	(void)state;
	SCENE scene = {0};
	ask(&scene);
	set(&scene, "firmware", "auto");
	refused(&scene, BARE);
	expect_problem(&scene.problems, LSEC_PREFIX "firmware",
	               "libvirt would choose the firmware");
	SCENE own = {0};
	ask(&own);
	refused(&own,
	        "<domain type='kvm'><os firmware='efi'><type machine='q35'>hvm</type><loader type='rom'/></os></domain>");
	expect_problem(&own.problems, "/domain/os/@firmware", "libvirt would choose the firmware");
	refused(&own, TDX("<policy>0</policy>"));
	expect_problem(&own.problems, "/domain/launchSecurity/policy", "a later call");
	set(&own, "policy", "0x0");
	expect_contains(applied(&own, TDX("<policy>0</policy>")), "attributes&quot;:0}");
	SCENE same = {0};
	ask(&same);
	expect_contains(applied(&same, TDX("<policy>0x10000000</policy>")), DEFAULT);
	refused(&same,
	        "<domain type='kvm' xmlns:qemu='urn:other'><os><type machine='q35'>hvm</type></os></domain>");
	expect_problem(&same.problems, "/domain/@xmlns:qemu", "another prefix");
	/* What another hook bound the VM to would be lost. */
	static const char bound[] = TDX("<mrOwner>" ZEROS_48 "</mrOwner><cbitpos>1</cbitpos>");
	refused(&same, bound);
	expect_problem(&same.problems, "/domain/launchSecurity/mrOwner", "a later call");
	set(&same, "mr-owner", "sha384-of:x");
	applied(&same, bound);
	assert_true(warned(&same.result, "/domain/launchSecurity/mrOwner"));
	assert_true(warned(&same.result, "/domain/launchSecurity/cbitpos"));
	assert_string_equal(change_at(&same.result, "/domain/launchSecurity").old_value, "tdx");
	SCENE equal = {0};
	ask(&equal);
	set(&equal, "mr-owner", "base64:" ZEROS_48);
	applied(&equal, TDX("<mrOwner>" ZEROS_48 "</mrOwner>"));
	assert_false(warned(&equal.result, "/domain/launchSecurity/mrOwner"));
}

/* Without `type`, what an earlier call or KubeVirt's struct left. */
static void test_which_tee(void **state)
{
	(void)state;
	SCENE scene = {0};
	set(&scene, "qgs", "vsock:2:4050");
	refused(&scene, BARE);
	expect_problem(&scene.problems, LSEC_PREFIX "type", "the domain has no launchSecurity");
	expect_contains(applied(&scene, TDX("")), DEFAULT);
	expect_contains(applied(&scene, WITH(LINE(OWN("1")))), DEFAULT);
	scene.vmi.launch_security = "sev-snp";
	refused(&scene, BARE);
	expect_problem(&scene.problems, LSEC_PREFIX "type", "the domain has no launchSecurity");
	scene.vmi.launch_security = "tdx";
	expect_contains(applied(&scene, BARE), LSEC_OWN_MACHINE);
	/* The domain's own element counts more. */
	refused(&scene, SNP_DOMAIN(""));
	expect_problem(&scene.problems, LSEC_PREFIX "qgs",
	               "the key is for tdx only, but the VM is of type sev-snp");
}

/* All fields, in libvirt's order, from the cluster's service. */
static void test_fields(void **state)
{
	(void)state;
	SCENE scene = {0};
	set(&scene, "type", "tdx");
	set(&scene, "allow-debug", "yes");
	set(&scene, "policy", "debug,sept-ve-disable");
	set(&scene, "mr-owner-config", "base64:" ZEROS_48);
	set(&scene, "mr-owner", "base64:" ZEROS_48);
	set(&scene, "mr-config-id", "base64:" ZEROS_48);
	set_default(&scene, "tdx.qgs", "qgs.example:4050");
	expect_contains(
		applied(&scene, WITH("")),
		OBJECT(",&quot;mrconfigid&quot;:&quot;" ZEROS_48
	               "&quot;,&quot;mrowner&quot;:&quot;" ZEROS_48
	               "&quot;,&quot;mrownerconfig&quot;:&quot;" ZEROS_48
	               "&quot;,&quot;quote-generation-socket&quot;:{&quot;type&quot;:&quot;inet&quot;,&quot;host&quot;:&quot;qgs.example&quot;,&quot;port&quot;:&quot;4050&quot;},&quot;attributes&quot;:268435457"));
	assert_true(warned(&scene.result, "cluster"));
	const char *place = "/domain/qemu:commandline/qemu:arg[2]/@value";
	expect_contains(change_at(&scene.result, place).reason, "cluster default in cluster");
	expect_contains(change_at(&scene.result, place).reason, "debug");
	/* The domain's own path comes before the cluster's service. */
	expect_contains(applied(&scene, TDX("<quoteGenerationService path='/q'/>")), "path=\"/q\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_written),   cmocka_unit_test(test_removed),
		cmocka_unit_test(test_refused),   cmocka_unit_test(test_needs_security),
		cmocka_unit_test(test_which_tee), cmocka_unit_test(test_fields),
	};
	return cmocka_run_group_tests_name("arguments", tests, NULL, NULL);
}
