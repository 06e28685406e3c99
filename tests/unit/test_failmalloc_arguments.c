/* SPDX-License-Identifier: Apache-2.0 */
/* Allocations that fail while a TDX guest is protected by QEMU's arguments. */
#include "failscene.h"

#if INTERPOSE

#include "domain/arguments.h"
#include "failscenes.h"

#define QEMU "xmlns:qemu='" LSEC_QEMU_NAMESPACE "'"
#define OWN                                                                                        \
	"<qemu:arg value='-object'/>\n<qemu:arg value='" LSEC_OWN_OBJECT "}'/>\n"                  \
	"<qemu:arg value='-machine'/>\n<qemu:arg value='" LSEC_OWN_MACHINE "'/>\n"

static int run_scene(const char *qgs, const char *domain, struct lsec_problems *problems)
{
	const char *const annotations[][2] = {{"type", "tdx"},
	                                      {"mr-owner", "sha384-of:x"},
	                                      {"policy", "0x10000000"},
	                                      {"qgs", qgs}};
	return apply_scene(annotations, COUNT(annotations), domain, problems);
}

/* The namespace has to be declared, and launchSecurity goes. */
static int run_plain(struct lsec_problems *problems)
{
	return run_scene("vsock:2:4050",
	                 TDX_DOMAIN("<policy>10000000</policy><mrOwner>x</mrOwner><new/>"),
	                 problems);
}

/* Others in front of altered ones of ours. */
static int run_replaced(struct lsec_problems *problems)
{
	return run_scene("[2001:db8::7]:4050",
	                 "<domain type='kvm' " QEMU
	                 "><os><type machine='q35'>hvm</type></os>\n<qemu:commandline>\n"
	                 "<qemu:arg value='-name'/>\n<qemu:arg value='x'/>\n" OWN
	                 "<qemu:env name='a' value='b'/></qemu:commandline></domain>",
	                 problems);
}

/* A UNIX socket now. */
static int run_removed(struct lsec_problems *problems)
{
	return run_scene("/run/qgs",
	                 "<domain type='kvm' " QEMU
	                 "><os><type machine='q35'>hvm</type></os>\n<qemu:commandline>\n" OWN
	                 "</qemu:commandline></domain>",
	                 problems);
}

static int run_refused(struct lsec_problems *problems)
{
	return run_scene(
		"host:4050",
		"<domain type='kvm' " QEMU
		"><os firmware='efi'><type machine='q35'>hvm</type><loader type='rom'/></os><qemu:commandline><qemu:arg value='-machine'/><qemu:arg value='confidential-guest-support=lsec0,x=y'/></qemu:commandline><launchSecurity type='tdx'><policy>0</policy></launchSecurity></domain>",
		problems);
}

/* Another namespace has the prefix. */
static int run_taken(struct lsec_problems *problems)
{
	return run_scene(
		"host:4050",
		"<domain type='kvm' xmlns:qemu='urn:other'><os><type machine='q35'>hvm</type></os></domain>",
		problems);
}

/* All that may stand there, where it may stand, and JSON in both kinds of quotes. */
static int run_warned(struct lsec_problems *problems)
{
	const char *const annotations[][2] = {{"type", "sev-snp"}, {"allow-qemu-arguments", "yes"}};
	return apply_scene(
		annotations, COUNT(annotations),
		"<domain type='kvm' " QEMU
		"><os><type machine='q35'>hvm</type></os><metadata><qemu:commandline><qemu:arg value='-S'/><qemu:env name='TZ'/></qemu:commandline></metadata><qemu:commandline><qemu:arg value='-bios'/><qemu:arg value='/x'/><qemu:arg value='-device'/><qemu:arg value=\"{'driver':'loader'}\"/><qemu:arg value='-global'/><qemu:arg value='a.b=c,,d'/><qemu:arg value='bare'/><qemu:arg value='-machine=q35'/><qemu:arg value='-unheard-of'/><qemu:env name='A'/></qemu:commandline><qemu:capabilities><qemu:add capability='kvm'/></qemu:capabilities><qemu:override><qemu:device alias='x'><qemu:frontend><qemu:property name='romfile' type='remove'/></qemu:frontend></qemu:device></qemu:override><qemu:other/></domain>",
		problems);
}

/* The administrator forbids nothing, the VM asked for nothing. */
static int run_not_allowed(struct lsec_problems *problems)
{
	const char *const annotations[][2] = {{"type", "sev-snp"}};
	return apply_scene(
		annotations, COUNT(annotations),
		"<domain type='kvm' " QEMU
		"><os><type machine='q35'>hvm</type></os><qemu:commandline><qemu:arg value='-cpu'/><qemu:arg value='host'/></qemu:commandline></domain>",
		problems);
}

SCENE_TEST(warned, 0)
SCENE_TEST(not_allowed, -1)
SCENE_TEST(plain, 0)
SCENE_TEST(replaced, 0)
SCENE_TEST(removed, 0)
SCENE_TEST(refused, -1)
SCENE_TEST(taken, -1)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),       cmocka_unit_test(test_replaced),
		cmocka_unit_test(test_removed),     cmocka_unit_test(test_refused),
		cmocka_unit_test(test_taken),       cmocka_unit_test(test_warned),
		cmocka_unit_test(test_not_allowed),
	};
	lsec_memory_watch();
	xmlInitParser();
	lsec_memory_watch();
	return cmocka_run_group_tests_name("failmalloc arguments", tests, NULL, NULL);
}

#endif
