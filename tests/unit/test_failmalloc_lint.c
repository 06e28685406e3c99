/* SPDX-License-Identifier: Apache-2.0 */
/* Allocations that fail while manifests are checked. */
#include "failscene.h"

#if INTERPOSE

#include "cli/lint.h"
#include "failscenes.h"
#include "input/vmi.h"
#include "lint/lint.h"
#include "lint/rules.h"

static void note_findings(const struct lsec_findings *findings)
{
	for (size_t i = 0; i < findings->count; i++) {
		const struct lsec_finding *finding = &findings->of[i];
		note("%s %s %s %s %s\n", lsec_severity_name(finding->severity), finding->rule,
		     finding->place, finding->what, finding->mend == NULL ? "" : finding->mend);
	}
	note("%zu %zu %zu\n", findings->errors, findings->warnings, findings->omitted);
}

/* All objects of a text. */
static int lint_text(const char *text, struct lsec_problems *problems)
{
	struct lsec_config config = {0};
	json_t *list = NULL;
	armed = true;
	int status = lsec_objects_read(text, strlen(text), "vm.yaml", &list, problems);
	armed = false;
	for (size_t i = 0; status == 0 && i < json_array_size(list); i++) {
		struct lsec_findings findings = {0};
		unsigned tee = 0;
		const struct lsec_lint_request request = {json_array_get(list, i), "vm.yaml",
		                                          &config, LSEC_KUBEVIRT_ANY, false};
		armed = true;
		status = lsec_lint(&request, &tee, &findings, problems);
		armed = false;
		if (status == 0) {
			note("%d\n", (int)tee);
			note_findings(&findings);
		}
		lsec_findings_clear(&findings);
	}
	json_decref(list);
	return status;
}

#define HOOK                                                                                       \
	"\"" LSEC_HOOK_KEY                                                                         \
	"\":\"[{\\\"image\\\":1,\\\"configMap\\\":{\\\"hookpath\\\":\\\"/x\\\"}}]\""

/* JSON, since libyaml leaks where it grows. */
static int run_findings(struct lsec_problems *problems)
{
	return lint_text(
		"{\"kind\":\"VirtualMachine\",\"metadata\":{\"name\":\"a\",\"annotations\":{" HOOK
		"}},\"spec\":{\"template\":{\"metadata\":{\"annotations\":{\"" LSEC_PREFIX
		"type\":\"tdx\"," HOOK
		"}},\"spec\":{\"evictionStrategy\":\"LiveMigrate\",\"domain\":{\"launchSecurity\":{\"tdx\":{},\"SNP\":{}},\"devices\":{\"gpus\":[1,2],\"interfaces\":[{\"bootOrder\":1}]}}}}}}",
		problems);
}

static int run_warnings(struct lsec_problems *problems)
{
	return lint_text("kind: List\nitems:\n- kind: VirtualMachineInstance\n"
	                 "  metadata: {annotations: {" LSEC_PREFIX "type: sev-snp, " LSEC_PREFIX
	                 "author-key: \"yes\"}}\n"
	                 "  spec: {evictionStrategy: LiveMigrate, domain: {}}\n",
	                 problems);
}

static int run_command(unsigned format, struct lsec_problems *problems)
{
	const char *files[] = {"tests/golden/captures/native-snp.vmi.json",
	                       "tests/golden/captures/native-tdx.vmi.json"};
	const struct lsec_options options = {.files = {files, COUNT(files)},
	                                     .format = format,
	                                     .plugin = true,
	                                     .kubevirt = "1.9"};
	return command_scene(lsec_run_lint, &options, problems);
}

static int run_command_text(struct lsec_problems *problems)
{
	return run_command(LSEC_FORMAT_TEXT, problems);
}

static int run_command_json(struct lsec_problems *problems)
{
	return run_command(LSEC_FORMAT_JSON, problems);
}

SCENE_TEST(findings, 0)
SCENE_TEST(warnings, 0)
SCENE_TEST(command_text, 0)
SCENE_TEST(command_json, 0)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_findings),
		cmocka_unit_test(test_warnings),
		cmocka_unit_test(test_command_text),
		cmocka_unit_test(test_command_json),
	};
	lsec_memory_watch();
	xmlInitParser();
	lsec_memory_watch();
	return cmocka_run_group_tests_name("failmalloc lint", tests, NULL, NULL);
}

#endif
