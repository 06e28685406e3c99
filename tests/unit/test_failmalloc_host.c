/* SPDX-License-Identifier: Apache-2.0 */
/* Allocations that fail while a host is looked at and judged. */
#include "failscene.h"

#if INTERPOSE

#include <sys/stat.h>

#include "cli/probe.h"
#include "core/host.h"

/* A host's root with two descriptors, one of them broken; made in main(). */
static char root[] = "/tmp/launchsec-test-XXXXXX";
static const char *const files[][2] = {
	{"/usr", NULL},
	{"/usr/share", NULL},
	{"/usr/share/qemu", NULL},
	{"/usr/share/qemu/firmware", NULL},
	{"/usr/share/qemu/firmware/a.json", "{\"features\": [\"intel-tdx\"}"},
	{"/usr/share/qemu/firmware/b.json",
         "{\"features\":[\"intel-tdx\"],\"mapping\":{\"filename\":\"/tdx.fd\"}}"},
};

static void plant(void)
{
	if (mkdtemp(root) == NULL)
		abort();
	for (size_t i = 0; i < COUNT(files); i++) {
		char path[128];
		snprintf(path, sizeof(path), "%s%s", root, files[i][0]);
		FILE *file = files[i][1] == NULL ? NULL : fopen(path, "we");
		if (files[i][1] == NULL
		            ? mkdir(path, 0755) < 0
		            : file == NULL || fputs(files[i][1], file) < 0 || fclose(file) != 0)
			abort();
	}
}

static void clear_away(void)
{
	for (size_t i = COUNT(files); i > 0; i--) {
		char path[128];
		snprintf(path, sizeof(path), "%s%s", root, files[i - 1][0]);
		remove(path);
	}
	remove(root);
}

static void note_host(const struct lsec_host *host)
{
	for (size_t i = 0; i < LSEC_FACTS; i++) {
		note("%d %u ", (int)host->of[i].state, host->of[i].number);
		note_bytes(host->of[i].path, strlen(host->of[i].path));
	}
}

static int run_gather(struct lsec_problems *problems)
{
	struct lsec_host host = {0};
	armed = true;
	int status = lsec_host_gather_files(root, &host, problems);
	armed = false;
	if (status == 0)
		note_host(&host);
	return status;
}

static int run_verdict(struct lsec_problems *problems)
{
	struct lsec_host host = {0};
	host.of[LSEC_FACT_DEV_SEV].state = LSEC_NO;
	lsec_fact_set_number(&host.of[LSEC_FACT_SEV_ES_SLOTS], 9);
	lsec_fact_set_number(&host.of[LSEC_FACT_SEV_ES_SLOTS_USED], 9);
	armed = true;
	lsec_host_verdict(&host, LSEC_TEE_SEV_SNP, false, problems);
	armed = false;
	return -1;
}

static int run_choose(struct lsec_problems *problems)
{
	struct lsec_host host = {0};
	enum lsec_tee tee = LSEC_TEE_NONE;
	armed = true;
	int status = lsec_host_choose(&host, LSEC_TEE_NONE, "type", &tee, problems);
	armed = false;
	return status;
}

static int note_text(struct lsec_buffer *text, struct lsec_problems *problems)
{
	cleanup_free char *bytes = lsec_buffer_take(text);
	if (bytes == NULL || problems->failed)
		return lsec_problem_no_memory(problems);
	note_bytes(bytes, strlen(bytes));
	return 0;
}

static int run_probe_text(struct lsec_problems *problems)
{
	struct lsec_host host = {0};
	struct lsec_buffer text = {0};
	host.of[LSEC_FACT_CPU_INTEL].state = LSEC_NO;
	lsec_fact_set_number(&host.of[LSEC_FACT_CBITPOS], 51);
	host.of[LSEC_FACT_FIRMWARE_SEV_SNP].state = LSEC_NO;
	armed = true;
	lsec_probe_text(&text, &host, problems);
	armed = false;
	return note_text(&text, problems);
}

static int run_probe_json(struct lsec_problems *problems)
{
	struct lsec_host host = {0};
	struct lsec_buffer text = {0};
	lsec_fact_set_number(&host.of[LSEC_FACT_CBITPOS], 51);
	strcpy(host.of[LSEC_FACT_FIRMWARE_TDX].path, "/tdx.fd");
	host.of[LSEC_FACT_FIRMWARE_TDX].state = LSEC_YES;
	armed = true;
	lsec_probe_json(&text, &host);
	armed = false;
	return note_text(&text, problems);
}

/* `type: auto` with bind, on a host that offers one TEE, or contradicts the domain. */
static int apply_auto(enum lsec_fact_id proof, const char *key, const char *domain,
                      struct lsec_problems *problems)
{
	struct lsec_host host = {0};
	struct lsec_config config = {0};
	struct lsec_result result = {0};
	struct lsec_vmi vmi = {.read = true};
	struct lsec_request request = {domain, strlen(domain), "d.xml", &vmi, &host, &config};
	const char *const annotations[][2] = {
		{"type", "auto"}, {"bind", "sha256-of:owner"}, {key, "sha256-of:owner"}};
	lsec_host_decode(SNP_EAX, SNP_EBX, &host);
	host.of[proof].state = LSEC_YES;
	int status = 0;
	armed = true;
	for (size_t i = 0; status == 0 && i < COUNT(annotations); i++)
		status = lsec_vmi_set(&vmi, annotations[i][0], annotations[i][1], problems);
	if (status == 0)
		status = lsec_apply(&request, false, &result, problems);
	armed = false;
	if (status == 0)
		note_bytes(result.domain, result.domain_len);
	for (size_t i = 0; status == 0 && i < result.report.warning_count; i++)
		note("!%s|%s\n", result.report.warnings[i].place, result.report.warnings[i].what);
	lsec_vmi_clear(&vmi);
	lsec_result_clear(&result);
	return status;
}

static int run_auto(struct lsec_problems *problems)
{
	return apply_auto(LSEC_FACT_KVM_AMD_SEV_SNP, "host-data", PLAIN, problems);
}

static int run_refused_auto(struct lsec_problems *problems)
{
	return apply_auto(LSEC_FACT_KVM_AMD_SEV_SNP, "mr-config-id", PLAIN, problems) |
	       apply_auto(LSEC_FACT_KVM_INTEL_TDX, "mr-config-id", SNP_DOMAIN(""), problems);
}

SCENE_TEST(auto, 0)
SCENE_TEST(refused_auto, -1)
SCENE_TEST(gather, 0)
SCENE_TEST(probe_text, 0)
SCENE_TEST(probe_json, 0)
SCENE_TEST(verdict, -1)
SCENE_TEST(choose, -1)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_auto),       cmocka_unit_test(test_refused_auto),
		cmocka_unit_test(test_gather),     cmocka_unit_test(test_probe_text),
		cmocka_unit_test(test_probe_json), cmocka_unit_test(test_verdict),
		cmocka_unit_test(test_choose),
	};
	plant();
	lsec_memory_watch();
	int status = cmocka_run_group_tests_name("failmalloc_host", tests, NULL, NULL);
	clear_away();
	return status;
}

#endif
