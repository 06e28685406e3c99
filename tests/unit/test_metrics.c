/* SPDX-License-Identifier: Apache-2.0 */
/* Counters of the services, and their text. */
#include "services/metrics.h"

#include "launchsec/memory.h"
#include "services/verdict.h"
#include "support.h"

/* Services that count, and a log that nobody reads. */
struct counted {
	struct lsec_metrics metrics;
	struct lsec_log log;
	struct lsec_services services;
	struct lsec_rpc_service table[LSEC_SERVICES + 1];
};

static void open_counted(struct counted *counted)
{
	*counted = (struct counted){
		.metrics.start = 1795983462,
		.log = {.fd = -1, .least = LSEC_LEVELS},
	};
	counted->services.log = &counted->log;
	counted->services.metrics = &counted->metrics;
	lsec_services_table(&counted->services, counted->table);
}

static char *text_of(const struct counted *counted)
{
	struct lsec_buffer text = {0};
	lsec_metrics_write(&text, &counted->metrics, counted->table);
	return lsec_buffer_take(&text);
}

#define HELP(name, type, help)                                                                     \
	"# HELP launchsec_" name " " help "\n# TYPE launchsec_" name " " type "\n"
#define HEAD                                                                                                                                                               \
	HELP("build_info", "gauge", "The version that runs; always 1.")                                                                                                    \
	"launchsec_build_info{version=\"" LAUNCHSEC_VERSION                                                                                                                \
	"\"} 1\n" HELP("process_start_time_seconds", "gauge", "When the server started, in seconds since 1970.") "launchsec_process_start_time_seconds 1795983462\n" HELP( \
		"requests_total", "counter", "Calls answered, by method and gRPC status.")
#define ACCEPTED                                                                                   \
	HELP("accepted_total", "counter", "Requests for a VM that was accepted, by its TEE.")
#define REFUSALS HELP("refusals_total", "counter", "Calls refused, by reason.")
#define DURATION HELP("request_duration_seconds", "histogram", "Time to decide about a VM.")
#define BUCKET "launchsec_request_duration_seconds_bucket{le="

/* All but the methods is there from the start, so that the first increase of a counter shows. */
static void test_nothing(void **state)
{
	(void)state;
	struct counted counted;
	open_counted(&counted);
	cleanup_free char *text = text_of(&counted);
	assert_string_equal(text, HEAD ACCEPTED
	                    "launchsec_accepted_total{tee=\"none\"} 0\n"
	                    "launchsec_accepted_total{tee=\"sev-snp\"} 0\n"
	                    "launchsec_accepted_total{tee=\"tdx\"} 0\n" REFUSALS
	                    "launchsec_refusals_total{reason=\"vm\"} 0\n"
	                    "launchsec_refusals_total{reason=\"host\"} 0\n"
	                    "launchsec_refusals_total{reason=\"internal\"} 0\n"
	                    "launchsec_refusals_total{reason=\"call\"} 0\n" DURATION BUCKET
	                    "\"0.001\"} 0\n" BUCKET "\"0.01\"} 0\n" BUCKET "\"0.1\"} 0\n" BUCKET
	                    "\"1\"} 0\n" BUCKET "\"+Inf\"} 0\n"
	                    "launchsec_request_duration_seconds_sum 0.000000\n"
	                    "launchsec_request_duration_seconds_count 0\n");
}

static void accept(struct counted *counted, enum lsec_tee tee, double ms)
{
	const struct lsec_vmi vmi = {0};
	const struct lsec_logged request = {.vmi = &vmi, .duration = ms};
	const struct lsec_verdict verdict = {.message = "m", .code = LSEC_RPC_OK, .tee = tee};
	lsec_verdict_log(&counted->services, &request, &verdict);
}

static enum lsec_rpc_code refuse(struct counted *counted, bool failed, bool of_host, double ms)
{
	const struct lsec_vmi vmi = {0};
	const struct lsec_logged request = {.vmi = &vmi, .duration = ms};
	struct lsec_problems problems LSEC_CLEANUP(lsec_problems_clear) = {0};
	struct lsec_rpc_answer answer = {0};
	lsec_problem_add(&problems, "place", "what");
	problems.failed = failed;
	problems.of_host = of_host;
	lsec_verdict_refuse(&counted->services, &request, &problems, &answer);
	enum lsec_rpc_code code = answer.code;
	lsec_rpc_answer_clear(&answer);
	return code;
}

/* As the transport counts: a method of a service. */
static void answer(struct counted *counted, size_t service, size_t method, enum lsec_rpc_code code)
{
	counted->table[service].counts[method].of[code]++;
}

static void test_everything(void **state)
{
	(void)state;
	enum { NODE = 3, HEALTH = 4 };
	struct counted counted;
	open_counted(&counted);
	accept(&counted, LSEC_TEE_NONE, 0.25);
	accept(&counted, LSEC_TEE_SEV_SNP, 1);
	accept(&counted, LSEC_TEE_SEV_SNP, 50);
	accept(&counted, LSEC_TEE_TDX, 1000);
	for (size_t i = 0; i < 4; i++)
		answer(&counted, NODE, 0, LSEC_RPC_OK);
	answer(&counted, NODE, 0, refuse(&counted, false, false, 0));
	answer(&counted, NODE, 0, refuse(&counted, false, true, 5));
	answer(&counted, NODE, 0, refuse(&counted, false, true, 5));
	answer(&counted, NODE, 0, refuse(&counted, true, true, 2000));
	answer(&counted, NODE, 0, LSEC_RPC_INVALID_ARGUMENT); /* an unknown hook point */
	answer(&counted, HEALTH, 0, LSEC_RPC_NOT_FOUND);
	answer(&counted, LSEC_SERVICES, 0, LSEC_RPC_UNIMPLEMENTED);
	cleanup_free char *text = text_of(&counted);
	const char *node =
		"launchsec_requests_total{service=\"kubevirt.hooks.plugins.v1alpha1.NodeHookService\",method=\"ExecuteNodeHook\",code=";
	cleanup_free char *wanted = lsec_format(
		HEAD
		"%s\"OK\"} 4\n%s\"INVALID_ARGUMENT\"} 4\n%s\"INTERNAL\"} 1\n"
		"launchsec_requests_total{service=\"grpc.health.v1.Health\",method=\"Check\",code=\"NOT_FOUND\"} 1\n"
		"launchsec_requests_total{service=\"unknown\",method=\"unknown\",code=\"UNIMPLEMENTED\"} 1\n" ACCEPTED
		"launchsec_accepted_total{tee=\"none\"} 1\n"
		"launchsec_accepted_total{tee=\"sev-snp\"} 2\n"
		"launchsec_accepted_total{tee=\"tdx\"} 1\n" REFUSALS
		"launchsec_refusals_total{reason=\"vm\"} 1\n"
		"launchsec_refusals_total{reason=\"host\"} 2\n"
		"launchsec_refusals_total{reason=\"internal\"} 1\n"
		"launchsec_refusals_total{reason=\"call\"} 3\n" DURATION BUCKET
		"\"0.001\"} 3\n" BUCKET "\"0.01\"} 5\n" BUCKET "\"0.1\"} 6\n" BUCKET
		"\"1\"} 7\n" BUCKET "\"+Inf\"} 8\n"
		"launchsec_request_duration_seconds_sum 3.061250\n"
		"launchsec_request_duration_seconds_count 8\n",
		node, node, node);
	assert_string_equal(text, wanted);
}

/* Each method has a counter of its own. */
static void test_methods(void **state)
{
	(void)state;
	struct counted counted;
	open_counted(&counted);
	size_t most = 0;
	for (size_t i = 0; i < LSEC_SERVICES; i++) {
		size_t count = 0;
		while (counted.table[i].methods[count].path != NULL)
			count++;
		most = count > most ? count : most;
		assert_ptr_equal(counted.table[i].counts, counted.metrics.calls[i]);
	}
	assert_int_equal(most, LSEC_MOST_METHODS);
	assert_ptr_equal(counted.table[LSEC_SERVICES].counts, counted.metrics.calls[LSEC_SERVICES]);
}

/* A server without --metrics-file counts nothing. */
static void test_none(void **state)
{
	(void)state;
	struct counted counted;
	open_counted(&counted);
	counted.services.metrics = NULL;
	lsec_services_table(&counted.services, counted.table);
	accept(&counted, LSEC_TEE_TDX, 1);
	refuse(&counted, false, false, 1);
	for (size_t i = 0; i <= LSEC_SERVICES; i++)
		assert_null(counted.table[i].counts);
	assert_int_equal(counted.metrics.accepted[LSEC_TEE_TDX], 0);
	assert_int_equal(counted.metrics.refused[LSEC_REFUSAL_VM], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_everything),
		cmocka_unit_test(test_methods),
		cmocka_unit_test(test_none),
	};
	lsec_memory_setup();
	return cmocka_run_group_tests_name("metrics", tests, NULL, NULL);
}
