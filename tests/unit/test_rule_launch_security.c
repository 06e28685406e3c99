/* SPDX-License-Identifier: Apache-2.0 */
#include "core/rules.h"

#include "support.h"

/* launchSecurity is replaced whole, whatever was in it. */
static void test_launch_security(void **state)
{
	(void)state;
	static const char *const before[] = {
		SNP_DOMAIN(""),
		SNP_DOMAIN("<hostData>" ZEROS_32 "</hostData>"),
		SNP_DOMAIN("<policy>0x30000</policy><hostData>" ZEROS_32 "</hostData>"),
		SNP_DOMAIN("<policy> 0x30000</policy><idBlock/><idAuth> </idAuth>"),
		DOMAIN("", "<launchSecurity type='sev-snp' authorKey='' vcek='yes'/>"),
		DOMAIN("", "<launchSecurity type='sev-snp' vcek=' no '/>"),
		/* Just as wanted, but for what Go's libvirtxml would not read. */
		DOMAIN("",
	               "<launchSecurity type='sev-snp' vcek='no'><policy>0x30000<!-- c --></policy><hostData>" ZEROS_32
	               "</hostData></launchSecurity>"),
		DOMAIN("",
	               "<launchSecurity type='sev-snp' vcek='no'><policy> 0x30000</policy><hostData>" ZEROS_32
	               "</hostData></launchSecurity>"),
		DOMAIN("",
	               "<launchSecurity type='sev' x='y'><cbitpos>47</cbitpos><session>A</session><unknown/></launchSecurity>"),
	};
	for (size_t i = 0; i < COUNT(before); i++) {
		SCENE scene = {0};
		set(&scene, "type", "sev-snp");
		set(&scene, "vcek", "no");
		set(&scene, "host-data", ZEROS_32);
		expect_contains(
			applied(&scene, before[i]),
			" type=\"sev-snp\" vcek=\"no\"><reducedPhysBits>1</reducedPhysBits><policy>0x30000</policy><hostData>" ZEROS_32
			"</hostData></launchSecurity>");
	}
	/* All else stays where it is. */
	SCENE kept = {0};
	set(&kept, "type", "sev-snp");
	set(&kept, "host-data", ZEROS_32);
	expect_contains(
		applied(&kept,
	                "<domain type='kvm'><os><type machine='q35'>hvm</type></os><launchSecurity new='1' type='sev-snp'>text<policy x='y'>0x30000</policy><!-- c --><new/></launchSecurity></domain>"),
		"<launchSecurity new=\"1\" type=\"sev-snp\">text<reducedPhysBits>1</reducedPhysBits><policy x=\"y\">0x30000</policy><!-- c --><new/><hostData>" ZEROS_32
		"</hostData></launchSecurity>");
	/* The quote generation service, too. */
	SCENE scene = {0};
	set(&scene, "type", "tdx");
	set(&scene, "qgs", "/q");
	const char *out = applied(
		&scene,
		TDX_DOMAIN(
			"<policy>0x10000000</policy><quoteGenerationService path='/q' x='y'>z</quoteGenerationService>"));
	expect_contains(out, "<policy>0x10000000</policy><quoteGenerationService path=\"/q\"></");
}

static void test_place_of_launch_security(void **state)
{
	(void)state;
	SCENE scene = {0};
	set(&scene, "type", "sev-snp");
	expect_contains(applied(&scene, DOMAIN("", "<devices></devices><on_reboot>x</on_reboot>")),
	                "</launchSecurity><on_reboot>");
	expect_contains(applied(&scene, DOMAIN("", "<on_reboot>x</on_reboot><devices></devices>")),
	                "</launchSecurity></domain>");
	expect_contains(
		applied(&scene,
	                DOMAIN("", "<devices></devices><iommufd/><on_reboot>x</on_reboot>")),
		"</launchSecurity><iommufd/>");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_launch_security),
		cmocka_unit_test(test_place_of_launch_security),
	};
	return cmocka_run_group_tests_name("rule launch security", tests, NULL, NULL);
}
