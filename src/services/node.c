/* SPDX-License-Identifier: Apache-2.0 */
/*
 * KubeVirt's Plugin API for nodes (KubeVirt pkg/virt-handler/plugins): a VM that this host cannot
 * start is refused before anything of it is created here. Nothing is changed, so a call may repeat.
 */
#include "launchsec/node.h"
#include "base/clock.h"
#include "plugin.pb-c.h"
#include "protobuf.h"
#include "services.h"
#include "verdict.h"

typedef Kubevirt__Hooks__Plugins__V1alpha1__ExecuteNodeHookRequest node_request;
typedef Kubevirt__Hooks__Plugins__V1alpha1__ExecuteNodeHookResponse node_response;

/* Those of KubeVirt's admission policy for Plugins; a migration's target starts a VM too. The code
 * after 1.9 calls PreVMStop OnVMStop (kubevirt/kubevirt pull request 19160). */
static const struct {
	const char *name;
	bool starts;
} hook_points[] = {
	{"PreVMStart", true},           {"PostVMStart", false},
	{"PreVMStop", false},           {"OnVMStop", false},
	{"PostVMStop", false},          {"PreMigrationSource", false},
	{"PostMigrationSource", false}, {"PreMigrationTarget", true},
	{"PostMigrationTarget", false},
};
#define HOOK_POINTS (sizeof(hook_points) / sizeof(hook_points[0]))

/* What a check reads, and what it finds. */
struct check {
	struct lsec_vmi vmi;
	enum lsec_tee tee;
	struct lsec_report report;
	struct lsec_problems problems;
};

static void check_clear(struct check *check)
{
	lsec_vmi_clear(&check->vmi);
	lsec_report_clear(&check->report);
	lsec_problems_clear(&check->problems);
}

/* The facts change from call to call, as VMs start and stop and key slots with them. */
static int run_check(const struct lsec_services *services, const node_request *hook,
                     struct check *check)
{
	struct lsec_host found = {0};
	const struct lsec_request request = {
		.vmi = &check->vmi,
		.host = services->host_root == NULL ? services->host : &found,
		.config = services->config,
	};
	if (services->host_root != NULL)
		lsec_host_gather(services->host_root, &found);
	if (lsec_vmi_read_json((const char *)hook->vmi.data, hook->vmi.len, "vmi", &check->vmi,
	                       &check->problems) < 0)
		return -1;
	return lsec_node_check(&request, &check->tee, &check->report, &check->problems);
}

static void check_start(struct lsec_services *services, const node_request *hook,
                        const char *hook_point, struct lsec_rpc_answer *ret)
{
	struct check check LSEC_CLEANUP(check_clear) = {.tee = LSEC_TEE_NONE};
	struct lsec_lines warnings LSEC_CLEANUP(lsec_lines_clear) = {0};
	struct lsec_logged request = {
		.method = "ExecuteNodeHook",
		.occasion = lsec_plain_or_quote(hook_point),
		.too_large = hook->vmi.len > LSEC_MAX_VMI,
		.vmi = &check.vmi,
	};
	const int64_t start = lsec_clock();
	int status = run_check(services, hook, &check);
	request.duration = lsec_milliseconds_since(start);
	lsec_lines_of_warnings(&warnings, &check.report);
	const struct lsec_verdict verdict = {
		.message = check.tee == LSEC_TEE_NONE ? "VM requests no TEE" : "VM can start here",
		.level = check.report.warning_count > 0 ? LSEC_WARNING : LSEC_INFO,
		.code = LSEC_RPC_OK,
		.warnings = &warnings,
		.tee = check.tee,
	};
	if (status < 0)
		lsec_verdict_refuse(services, &request, &check.problems, ret);
	else
		lsec_verdict_log(services, &request, &verdict);
}

static void execute_node_hook(void *context, const char *message, size_t len,
                              struct lsec_rpc_answer *ret)
{
	struct lsec_services *services = context;
	cleanup_message ProtobufCMessage *base = lsec_protobuf_read(
		&kubevirt__hooks__plugins__v1alpha1__execute_node_hook_request__descriptor, message,
		len, services->log, ret);
	if (base == NULL)
		return;
	const node_request *hook = (const node_request *)base;
	size_t i = 0;
	while (i < HOOK_POINTS && !lsec_protobuf_is(hook->hookpoint, hook_points[i].name))
		i++;
	if (i == HOOK_POINTS) {
		lsec_protobuf_refuse(
			ret, services->log, "hookPoint",
			"must be PreVMStart or another hook point of KubeVirt 1.9, got %s; correct permittedHooks of the Plugin",
			lsec_quote_bytes((const char *)hook->hookpoint.data, hook->hookpoint.len)
				.text);
		return;
	}
	if (hook_points[i].starts)
		check_start(services, hook, hook_points[i].name, ret);
	else
		lsec_log_say(services->log, LSEC_DEBUG, "ExecuteNodeHook: nothing to do at %s",
		             hook_points[i].name);
	node_response response =
		KUBEVIRT__HOOKS__PLUGINS__V1ALPHA1__EXECUTE_NODE_HOOK_RESPONSE__INIT;
	if (ret->code == LSEC_RPC_OK)
		lsec_protobuf_write(&response.base, ret);
}

const struct lsec_rpc_method lsec_node_methods[] = {
	{"/kubevirt.hooks.plugins.v1alpha1.NodeHookService/ExecuteNodeHook", execute_node_hook},
	{NULL, NULL},
};
