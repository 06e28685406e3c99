/* SPDX-License-Identifier: Apache-2.0 */
/* Allocations that fail in the core, its readers and the command line. */
#include "failscene.h"

#if INTERPOSE

#include "cli/diff.h"
#include "cli/io.h"
#include "cli/output.h"
#include "failscenes.h"
#include "launchsec/policy.h"

static void note_vmi(const struct lsec_vmi *vmi)
{
	note("%s|%s|%s|%s|%s|%d%d%d%d\n", or_null(vmi->name), or_null(vmi->name_space),
	     or_null(vmi->uid), or_null(vmi->qgs_socket_path), or_null(vmi->eviction_strategy),
	     vmi->read, vmi->launch_security != NULL, vmi->secure_boot, vmi->persistent_variables);
	for (size_t i = 0; i < vmi->annotation_count; i++)
		note("%s=%s\n", vmi->annotations[i].key, vmi->annotations[i].value);
}

static void note_config(const struct lsec_config *config)
{
	for (size_t i = 0; i < LSEC_KEYS; i++)
		note("%s=%s(%s) %s(%s) %s\n", lsec_key(i)->name,
		     or_null(config->defaults[0][i].text), or_null(config->defaults[0][i].source),
		     or_null(config->defaults[1][i].text), or_null(config->defaults[1][i].source),
		     or_null(config->forbidden[i]));
}

/* The scenes. Each arms itself around the calls that it is about. */

static const char domain_xml[] =
	"<?xml version='1.0' encoding='UTF-8'?>\n"
	"<!-- a comment -->\n"
	"<domain type='kvm' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>\n"
	"  <name>one &amp; two</name>\n"
	"  <metadata><k:x xmlns:k='urn:k' k:a='1'>text &lt; more<![CDATA[ raw <b> ]]></k:x></metadata>\n"
	"  <os>\n"
	"    <type arch='x86_64' machine='pc-q35-9.2'>hvm</type>\n"
	"    <loader readonly='yes' secure='yes' type='pflash'>/usr/share/OVMF/a-rather-long-path-of-a-firmware-image/OVMF_CODE.secboot.fd</loader>\n"
	"    <nvram template='/t'>/n</nvram>\n"
	"    <kernel>/kernel</kernel>\n"
	"    <firmware><feature name='secure-boot' enabled='yes'/></firmware>\n"
	"  </os>\n"
	"  <features><acpi/><smm state='on'/><ioapic driver='kvm'/></features>\n"
	"  <cpu mode='host-model' match='exact'><model>EPYC</model><topology cores='2'/></cpu>\n"
	"  <devices>\n"
	"    <disk type='file' device='disk'><source file='/d'/><target dev='vda' bus='virtio'/></disk>\n"
	"    <interface type='ethernet'>\n"
	"      <model type='virtio'/>\n"
	"      <?keep this?>\n"
	"    </interface>\n"
	"    <memballoon model='virtio'/>\n"
	"    <hostdev mode='subsystem'/>\n"
	"  </devices>\n"
	"  <unknown attribute='a value that is kept &quot;as it is&quot;'/>\n"
	"%s  <qemu:commandline><qemu:arg value='-foo'/></qemu:commandline>\n"
	"</domain>\n";

#define ID_BLOCK_ZEROS                                                                             \
	"hex:"                                                                                     \
	"00000000000000000000000000000000000000000000000000000000000000000000000000000000"         \
	"00000000000000000000000000000000000000000000000000000000000000000000000000000000"         \
	"0100000000000000"                                                                         \
	"0000030000000000"

static char snp_domain[8192], tdx_domain[8192], snp_vmi[32768], snp_yaml[32768];
static char *id_auth;
static struct lsec_host snp_host;

static const char tdx_vmi[] =
	"{\"kind\":\"VirtualMachineInstance\",\"metadata\":{\"name\":\"t\",\"namespace\":\"n\",\"uid\":\"0\",\"annotations\":{\"kubevirt.io/qgs-socket-path\":\"/var/run/a/quite/long/socket/path/qgs.socket\",\"" LSEC_PREFIX
	"type\":\"tdx\",\"" LSEC_PREFIX "policy\":\"debug,sept-ve-disable\",\"" LSEC_PREFIX
	"allow-debug\":\"yes\",\"" LSEC_PREFIX "mr-config-id\":\"base64:" ZEROS_48
	"\",\"" LSEC_PREFIX "mr-owner\":\"base64:" ZEROS_48 "\",\"" LSEC_PREFIX
	"firmware\":\"auto\",\"other/annotation\":\"" ZEROS_48 ZEROS_48 ZEROS_48
	"\"}},\"spec\":{\"evictionStrategy\":\"LiveMigrate\",\"domain\":{\"launchSecurity\":{\"tdx\":{}},\"firmware\":{\"bootloader\":{\"efi\":{\"persistent\":true}}},\"cpu\":{\"cores\":2,\"list\":[1,2.5,true,null,\"x\"]}}}}";

static void make_texts(void)
{
	id_auth = make_id_auth(true);
	snprintf(snp_domain, sizeof(snp_domain), domain_xml,
	         "  <launchSecurity type='sev'>\n    <policy>0x0001</policy>\n"
	         "    <dhCert>AAAA</dhCert>\n  </launchSecurity>\n");
	snprintf(tdx_domain, sizeof(tdx_domain), domain_xml, "");
	const char *const pairs[][2] = {
		{"type", "sev-snp"},
		{"policy", "0x30000"},
		{"firmware", "keep"},
		{"cbitpos", "auto"},
		{"reduced-phys-bits", "5"},
		{"host-data", ZEROS_32},
		{"author-key", "yes"},
		{"vcek", "no"},
		{"kernel-hashes", "true"},
		{"guest-visible-workarounds", "AAAAAAAAAAAAAAAAAAAAAA=="},
		{"id-block", ID_BLOCK_ZEROS},
		{"id-auth", id_auth},
	};
	int json = snprintf(
		snp_vmi, sizeof(snp_vmi),
		"{\"kind\":\"VirtualMachineInstance\",\"metadata\":{\"name\":\"a name that needs more room than the first buffer has\",\"annotations\":{");
	int yaml = snprintf(
		snp_yaml, sizeof(snp_yaml),
		"---\nkind: ConfigMap\n---\nkind: VirtualMachine\nmetadata: {name: 'a name that needs more room than the first buffer has'}\n"
		"spec:\n  template:\n    metadata:\n      annotations:\n");
	for (size_t i = 0; i < COUNT(pairs); i++) {
		json += snprintf(snp_vmi + json, sizeof(snp_vmi) - (size_t)json,
		                 "%s\"" LSEC_PREFIX "%s\":\"%s\"", i == 0 ? "" : ",", pairs[i][0],
		                 pairs[i][1]);
		yaml += snprintf(snp_yaml + yaml, sizeof(snp_yaml) - (size_t)yaml,
		                 "        " LSEC_PREFIX "%s: \"%s\"\n", pairs[i][0], pairs[i][1]);
	}
	snprintf(snp_vmi + json, sizeof(snp_vmi) - (size_t)json,
	         "}},\"spec\":{\"evictionStrategy\":\"LiveMigrateIfPossible\"}}");
	snprintf(
		snp_yaml + yaml, sizeof(snp_yaml) - (size_t)yaml,
		"    spec: &a\n      evictionStrategy: External\n      x: [1, 2.5, yes, ~, text, {a: b}]\n");
}

static int read_and_apply(const char *vmi, const char *domain, struct lsec_problems *problems)
{
	struct lsec_config config = {0};
	struct lsec_result result = {0};
	struct lsec_vmi read = {0};
	armed = true;
	int status = lsec_vmi_read_json(vmi, strlen(vmi), "vmi.json", &read, problems);
	struct lsec_request request = {domain, strlen(domain), "domain.xml",
	                               &read,  &snp_host,      &config};
	if (status == 0)
		status = lsec_apply(&request, true, &result, problems);
	armed = false;
	if (status == 0)
		note_result(&result);
	lsec_vmi_clear(&read);
	lsec_result_clear(&result);
	return status;
}

static int run_snp(struct lsec_problems *problems)
{
	return read_and_apply(snp_vmi, snp_domain, problems);
}

static int run_tdx(struct lsec_problems *problems)
{
	return read_and_apply(tdx_vmi, tdx_domain, problems);
}

/* The domain comes back from a first call, so little is to be changed. */
static int run_again(struct lsec_problems *problems)
{
	return read_and_apply(
		"{\"metadata\":{\"annotations\":{\"" LSEC_PREFIX "type\":\"sev-snp\"}}}",
		"<domain type='kvm'><os><type arch='x86_64' machine='q35'>hvm</type><loader type='rom' stateless='yes'>/f</loader></os><launchSecurity type='sev-snp'><policy>0x30000</policy></launchSecurity></domain>",
		problems);
}

static int run_untouched(struct lsec_problems *problems)
{
	return read_and_apply("{\"metadata\":{\"annotations\":{\"" LSEC_PREFIX "type\":\"none\"}}}",
	                      snp_domain, problems);
}

static int run_json(struct lsec_problems *problems)
{
	struct lsec_vmi vmi = {0};
	armed = true;
	int status = lsec_vmi_read_json(snp_vmi, strlen(snp_vmi), "vmi.json", &vmi, problems);
	armed = false;
	if (status == 0)
		note_vmi(&vmi);
	lsec_vmi_clear(&vmi);
	return status;
}

static int run_yaml(struct lsec_problems *problems)
{
	struct lsec_vmi vmi = {0};
	armed = true;
	int status = lsec_vmi_read_yaml(snp_yaml, strlen(snp_yaml), "vmi.yaml", &vmi, problems);
	armed = false;
	if (status == 0)
		note_vmi(&vmi);
	lsec_vmi_clear(&vmi);
	return status;
}

static int run_config(struct lsec_problems *problems)
{
	static const char json[] =
		"{\"sev-snp\":{\"firmware\":\"/usr/share/a/path/that/is/long/enough/to/make/jansson/need/more/room/OVMF.fd\",\"policy\":\"smt,single-socket\",\"cbitpos\":\"51\"},\"tdx\":{\"qgs\":\"unix:/run/qgs\",\"allow-debug\":\"no\"},\"forbid\":[\"firmware\",\"policy\"]}";
	char *environment[] = {(char[]){"PATH=/bin"}, (char[]){"LAUNCHSEC_TDX_FIRMWARE=/f.fd"},
	                       (char[]){"LAUNCHSEC_SEV_SNP_REDUCED_PHYS_BITS=omit"},
	                       (char[]){"LAUNCHSEC_FORBID=qgs,firmware"}, NULL};
	struct lsec_config config = {0};
	armed = true;
	int status = lsec_config_read_environment(&config, environment, problems);
	if (status == 0)
		status = lsec_config_set_default(&config, "--default", "tdx.policy", "debug",
		                                 problems);
	if (status == 0)
		status = lsec_config_read_json(&config, json, sizeof(json) - 1, "config.json",
		                               problems);
	armed = false;
	if (status == 0)
		note_config(&config);
	lsec_config_clear(&config);
	return status;
}

static int run_host(struct lsec_problems *problems)
{
	static const char json[] =
		"{\"sev\":true,\"sev-es\":true,\"sev-snp\":true,\"cbitpos\":51,\"reduced-phys-bits\":1,\"tdx-slots\":\"unknown\",\"firmware-tdx\":\"/usr/share/edk2/ovmf/OVMF.inteltdx.fd\"}";
	struct lsec_host host = {0};
	armed = true;
	int status = lsec_host_read_json(json, sizeof(json) - 1, "host.json", &host, problems);
	armed = false;
	if (status == 0)
		for (size_t i = 0; i < LSEC_FACTS; i++)
			note("%d %u %s\n", (int)host.of[i].state, host.of[i].number,
			     host.of[i].path);
	return status;
}

static int run_describe(struct lsec_problems *problems)
{
	armed = true;
	char *snp = lsec_policy_describe(LSEC_TEE_SEV_SNP, UINT64_MAX);
	char *tdx = snp == NULL ? NULL : lsec_policy_describe(LSEC_TEE_TDX, 0x10000003);
	armed = false;
	int status = tdx == NULL ? lsec_problem_no_memory(problems) : 0;
	if (status == 0)
		note("%s %s", snp, tdx);
	free(snp);
	free(tdx);
	return status;
}

/* What the command line does with a result. */
static int run_output(struct lsec_problems *problems)
{
	char *argv[] = {(char[]){"launchsec"}, (char[]){"apply"},    (char[]){"--domain=x"},
	                (char[]){"--set"},     (char[]){"type=tdx"}, (char[]){"--set=a=b"},
	                (char[]){"--forbid"},  (char[]){"qgs"},      NULL};
	struct lsec_change changes[] = {
		{LSEC_SET, (char[]){"/a"}, (char[]){"old\n"}, (char[]){"new"}, (char[]){"why"}},
		{LSEC_ADDED, (char[]){"/b"}, NULL, (char[]){"new"}, (char[]){"why"}}};
	struct lsec_warning warning = {(char[]){"/c"}, (char[]){"beware"}};
	struct lsec_result result = {.tee = LSEC_TEE_TDX,
	                             .domain = snp_domain,
	                             .domain_len = strlen(snp_domain),
	                             .report = {changes, 2, 2, &warning, 1, 1}};
	struct lsec_buffer texts[6] = {0};
	struct lsec_options options;
	armed = true;
	int status = lsec_options_read(8, argv, &options, problems);
	lsec_output_json(&texts[0], &result, NULL, LSEC_MODE_DOMAIN);
	lsec_output_explain(&texts[1], &result);
	lsec_output_annotations(&texts[2], LSEC_FORMAT_JSON);
	lsec_output_annotations(&texts[3], LSEC_FORMAT_MARKDOWN);
	lsec_output_help(&texts[4], NULL);
	lsec_diff(&texts[5], "a", "b", snp_domain, strlen(snp_domain), tdx_domain,
	          strlen(tdx_domain));
	armed = false;
	for (size_t i = 0; i < COUNT(texts); i++)
		if (texts[i].failed)
			status = lsec_problem_no_memory(problems);
	if (status == 0) {
		note("%zu %zu\n", options.set.count, options.forbid.count);
		for (size_t i = 0; i < COUNT(texts); i++)
			note_bytes(texts[i].bytes, texts[i].len);
	}
	for (size_t i = 0; i < COUNT(texts); i++)
		lsec_buffer_clear(&texts[i]);
	lsec_options_clear(&options);
	return status;
}

/* Refused requests: all their problems, or failed. */
static int run_refused(struct lsec_problems *problems)
{
	return read_and_apply(
		"{\"metadata\":{\"annotations\":{\"" LSEC_PREFIX "type\":\"sev-snp\",\"" LSEC_PREFIX
		"polcy\":\"1\",\"" LSEC_PREFIX "policy\":\"debug\",\"" LSEC_PREFIX
		"host-data\":\"abc\",\"" LSEC_PREFIX "cbitpos\":\"99\",\"" LSEC_PREFIX
		"qgs\":\"none\",\"" LSEC_PREFIX "id-auth\":\"x\"}}}",
		"<domain type='qemu'><os><type arch='arm' machine='virt'>hvm</type></os><os/><launchSecurity type='tdx'/><x:commandline xmlns:x='http://libvirt.org/schemas/domain/qemu/1.0'><x:arg value='memory-encryption'/></x:commandline></domain>",
		problems);
}

static int run_refused_xml(struct lsec_problems *problems)
{
	return read_and_apply("{\"metadata\":{\"annotations\":{\"" LSEC_PREFIX
	                      "type\":\"sev-snp\"}}}",
	                      "<domain type='kvm'><os><type>hvm</os></domain>", problems);
}

static int run_refused_dtd(struct lsec_problems *problems)
{
	return read_and_apply(
		"{\"metadata\":{\"annotations\":{\"" LSEC_PREFIX "type\":\"sev-snp\"}}}",
		"<!DOCTYPE domain [<!ENTITY a 'b'>]><domain type='kvm'>&a;</domain>", problems);
}

static int run_refused_json(struct lsec_problems *problems)
{
	struct lsec_config config = {0};
	struct lsec_vmi vmi = {0};
	static const char json[] = "{\"metadata\":{\"annotations\":{\"" LSEC_PREFIX
				   "type\":7,\"other-name-that-is-long\":{\"a\":1}}},\"spec\":[]}";
	static const char bad_config[] =
		"{\"tdx\":{\"firmwar\":\"\",\"qgs\":1,\"policy\":\"x\"},\"forbid\":[1,\"nothing\"],\"more\":true}";
	armed = true;
	int status = lsec_vmi_read_json(json, sizeof(json) - 1, "vmi.json", &vmi, problems);
	status |= lsec_config_read_json(&config, bad_config, sizeof(bad_config) - 1, "config.json",
	                                problems);
	status |= lsec_vmi_read_json("{\"a\": [", 7, "short.json", &vmi, problems);
	status |= lsec_vmi_read_json("{\"a\":1,\"a\":2}", 13, "twice.json", &vmi, problems);
	armed = false;
	lsec_config_clear(&config);
	lsec_vmi_clear(&vmi);
	return status;
}

static int run_refused_yaml(struct lsec_problems *problems)
{
	struct lsec_vmi vmi = {0};
	static const char *const texts[] = {"a: b: c\n",    "a: &x [*x]\n", "{a: 1, a: 2}\n",
	                                    "<<: {a: 1}\n", "? [a]\n: b\n", "a\n--- b\n"};
	int status = 0;
	armed = true;
	for (size_t i = 0; i < COUNT(texts); i++)
		status |=
			lsec_vmi_read_yaml(texts[i], strlen(texts[i]), "bad.yaml", &vmi, problems);
	armed = false;
	lsec_vmi_clear(&vmi);
	return status;
}

SCENE_TEST(snp, 0)
SCENE_TEST(tdx, 0)
SCENE_TEST(again, 0)
SCENE_TEST(untouched, 0)
SCENE_TEST(json, 0)
SCENE_TEST(yaml, 0)
SCENE_TEST(config, 0)
SCENE_TEST(host, 0)
SCENE_TEST(describe, 0)
SCENE_TEST(output, 0)
SCENE_TEST(refused, -1)
SCENE_TEST(refused_xml, -1)
SCENE_TEST(refused_dtd, -1)
SCENE_TEST(refused_json, -1)
SCENE_TEST(refused_yaml, -1)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_snp),          cmocka_unit_test(test_tdx),
		cmocka_unit_test(test_again),        cmocka_unit_test(test_untouched),
		cmocka_unit_test(test_json),         cmocka_unit_test(test_yaml),
		cmocka_unit_test(test_config),       cmocka_unit_test(test_host),
		cmocka_unit_test(test_describe),     cmocka_unit_test(test_output),
		cmocka_unit_test(test_refused),      cmocka_unit_test(test_refused_xml),
		cmocka_unit_test(test_refused_dtd),  cmocka_unit_test(test_refused_json),
		cmocka_unit_test(test_refused_yaml),
	};
	make_texts();
	lsec_host_decode(SNP_EAX, SNP_EBX, &snp_host);
	lsec_memory_watch();
	xmlInitParser();
	lsec_memory_watch();
	return cmocka_run_group_tests_name("failmalloc", tests, NULL, NULL);
}

#endif
