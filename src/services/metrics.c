/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counters as text (Prometheus docs/instrumenting/exposition_formats.md). Names begin with
 * launchsec_, also that of the start time: node_exporter shows the file's metrics among its own and
 * refuses one that is there twice (its collector/textfile.go).
 */
#include "metrics.h"

#include <inttypes.h>
#include <string.h>

/* Bounds of the histogram, in seconds: a domain of usual size takes 0.0002. */
static const struct {
	double seconds;
	const char *text;
} bounds[] = {{0.001, "0.001"}, {0.01, "0.01"}, {0.1, "0.1"}, {1, "1"}};
_Static_assert(sizeof(bounds) / sizeof(bounds[0]) == LSEC_DURATION_BOUNDS, "a counter a bound");

void lsec_metrics_time(struct lsec_metrics *metrics, double seconds)
{
	metrics->seconds += seconds;
	for (size_t i = 0; i < LSEC_DURATION_BOUNDS; i++)
		metrics->within[i] += seconds <= bounds[i].seconds;
}

static void begin(struct lsec_buffer *ret, const char *name, const char *type, const char *help)
{
	lsec_buffer_format(ret, "# HELP launchsec_%s %s\n# TYPE launchsec_%s %s\n", name, help,
	                   name, type);
}

/* A sample with one label. */
static void add(struct lsec_buffer *ret, const char *name, const char *label, const char *value,
                uint64_t count)
{
	lsec_buffer_format(ret, "launchsec_%s{%s=\"%s\"} %" PRIu64 "\n", name, label, value, count);
}

/* Only what has been called: each form of the hook uses a few of the methods. Returns how many
 * answers were not OK. */
static uint64_t add_calls(struct lsec_buffer *ret, const char *path,
                          const struct lsec_rpc_count *count)
{
	const char *slash = strrchr(path, '/');
	uint64_t bad = 0;
	for (size_t code = 0; code < LSEC_RPC_CODES; code++) {
		bad += code == LSEC_RPC_OK ? 0 : count->of[code];
		if (count->of[code] > 0)
			lsec_buffer_format(
				ret,
				"launchsec_requests_total{service=\"%.*s\",method=\"%s\",code=\"%s\"} %" PRIu64
				"\n",
				(int)(slash - path - 1), path + 1, slash + 1,
				lsec_rpc_code_name((enum lsec_rpc_code)code), count->of[code]);
	}
	return bad;
}

/* Returns how many answers were not OK. */
static uint64_t add_requests(struct lsec_buffer *ret, const struct lsec_rpc_service *table)
{
	uint64_t bad = 0;
	begin(ret, "requests_total", "counter", "Calls answered, by method and gRPC status.");
	for (; table->methods != NULL; table++)
		for (size_t i = 0; table->methods[i].path != NULL; i++)
			bad += add_calls(ret, table->methods[i].path, &table->counts[i]);
	return bad + add_calls(ret, "/unknown/unknown", table->counts);
}

/* Returns how many requests with a VM there were. */
static uint64_t add_verdicts(struct lsec_buffer *ret, const struct lsec_metrics *metrics,
                             uint64_t bad)
{
	static const char *const reasons[] = {
		[LSEC_REFUSAL_VM] = "vm",
		[LSEC_REFUSAL_HOST] = "host",
		[LSEC_REFUSAL_INTERNAL] = "internal",
	};
	_Static_assert(sizeof(reasons) / sizeof(reasons[0]) == LSEC_REFUSALS, "a name a reason");
	uint64_t all = 0;
	begin(ret, "accepted_total", "counter", "Requests for a VM that was accepted, by its TEE.");
	for (size_t i = 0; i <= LSEC_TEES; all += metrics->accepted[i++])
		add(ret, "accepted_total", "tee", lsec_tee_name((enum lsec_tee)i),
		    metrics->accepted[i]);
	begin(ret, "refusals_total", "counter", "Calls refused, by reason.");
	for (size_t i = 0; i < LSEC_REFUSALS; i++) {
		add(ret, "refusals_total", "reason", reasons[i], metrics->refused[i]);
		all += metrics->refused[i];
		bad -= metrics->refused[i];
	}
	/* Those that were refused before there was a VM to look at. */
	add(ret, "refusals_total", "reason", "call", bad);
	return all;
}

void lsec_metrics_write(struct lsec_buffer *ret, const struct lsec_metrics *metrics,
                        const struct lsec_rpc_service *table)
{
	begin(ret, "build_info", "gauge", "The version that runs; always 1.");
	add(ret, "build_info", "version", LAUNCHSEC_VERSION, 1);
	begin(ret, "process_start_time_seconds", "gauge",
	      "When the server started, in seconds since 1970.");
	lsec_buffer_format(ret, "launchsec_process_start_time_seconds %" PRId64 "\n",
	                   metrics->start);
	const uint64_t all = add_verdicts(ret, metrics, add_requests(ret, table));
	begin(ret, "request_duration_seconds", "histogram", "Time to decide about a VM.");
	for (size_t i = 0; i < LSEC_DURATION_BOUNDS; i++)
		add(ret, "request_duration_seconds_bucket", "le", bounds[i].text,
		    metrics->within[i]);
	add(ret, "request_duration_seconds_bucket", "le", "+Inf", all);
	lsec_buffer_format(ret,
	                   "launchsec_request_duration_seconds_sum %.6f\n"
	                   "launchsec_request_duration_seconds_count %" PRIu64 "\n",
	                   metrics->seconds, all);
}
