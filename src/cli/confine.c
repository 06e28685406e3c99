/* SPDX-License-Identifier: Apache-2.0 */
/* The sandbox, as the options ask for it. */
#include "confine.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/json.h"
#include "base/text.h"
#include "core/host.h"
#include "sources.h"
#include "transport/socket.h"

static const char *const layer_names[] = {
	[LSEC_LAYER_PRIVILEGES] = "no new privileges",
	[LSEC_LAYER_CAPABILITIES] = "no capabilities",
	[LSEC_LAYER_LANDLOCK] = "Landlock",
	[LSEC_LAYER_FILTER] = "system call filter",
};
_Static_assert(sizeof(layer_names) / sizeof(layer_names[0]) == LSEC_LAYERS, "a name a layer");

int lsec_confine_tell(const struct lsec_sandbox *sandbox, bool all, struct lsec_log *log,
                      struct lsec_problems *problems)
{
	cleanup_buffer struct lsec_buffer said = {0};
	enum lsec_level level = LSEC_INFO;
	int status = 0;
	for (size_t i = 0; i < LSEC_LAYERS; i++) {
		const int reason = sandbox->reasons[i];
		lsec_buffer_format(&said, "%s%s", i == 0 ? "" : ", ", layer_names[i]);
		if (reason == 0)
			continue;
		lsec_buffer_format(&said, ": missing (%s)", strerror(reason));
		/* Kernels and container runtimes of some years ago have none. */
		if (i != LSEC_LAYER_LANDLOCK)
			level = LSEC_WARNING;
		if (all)
			status = lsec_problem_failed(
				problems, "--sandbox",
				"is on, but this system lacks the layer \"%s\": %s; use a kernel and a container runtime that support it, or --sandbox auto",
				layer_names[i], strerror(reason));
	}
	cleanup_free char *text = lsec_buffer_take(&said);
	if (status == 0)
		lsec_log_say(log, level, "sandbox: %s", text);
	return status;
}

/* What libraries ask the system for when they first need it: the seed of json-c's hash tables, and
 * the time zone, which glibc reads even for UTC. */
static void read_ahead(void)
{
	cleanup_json struct json_object *object = lsec_json_new_object();
	lsec_json_add(object, "", NULL);
	gmtime_r(&(time_t){0}, &(struct tm){0});
}

#define SOCKETS 3

/* Paths for the kernel, to be freed; lists of them end with NULL. */
struct paths {
	char *removable[SOCKETS + 1], *readable[LSEC_FACT_DIRECTORIES + 1], *replaceable[2];
};

static void clear_paths(struct paths *paths)
{
	for (size_t i = 0; i < SOCKETS; i++)
		free(paths->removable[i]);
	for (size_t i = 0; i < LSEC_FACT_DIRECTORIES; i++)
		free(paths->readable[i]);
	free(paths->replaceable[0]);
}

static void find_paths(const struct lsec_options *options, struct paths *ret)
{
	const char *const sockets[] = {options->plugin_socket, options->node_socket};
	const char *hook = lsec_hook_directory(options);
	const char *root = lsec_host_root(options);
	size_t count = 0;
	if (hook != NULL)
		ret->removable[count++] = lsec_strdup(hook);
	for (size_t i = 0; i < sizeof(sockets) / sizeof(sockets[0]); i++)
		if (sockets[i] != NULL)
			ret->removable[count++] = lsec_socket_directory(sockets[i]);
	/* The node hook reads the host's facts at each call. */
	for (size_t i = 0; root != NULL && i < LSEC_FACT_DIRECTORIES; i++)
		ret->readable[i] = lsec_format("%s%s", root, lsec_fact_directories[i]);
	if (options->metrics_file != NULL)
		ret->replaceable[0] = lsec_socket_directory(options->metrics_file);
}

/* An empty list permits the system calls all the same; none does not. */
static const char *const *list(char *const *paths)
{
	return paths[0] == NULL ? NULL : (const char *const *)paths;
}

int lsec_confine(const struct lsec_options *options, struct lsec_log *log,
                 struct lsec_problems *problems)
{
	struct paths paths LSEC_CLEANUP(clear_paths) = {0};
	struct lsec_sandbox sandbox;
	if (options->sandbox == LSEC_CONFINE_OFF || !lsec_sandbox_built()) {
		if (options->sandbox == LSEC_CONFINE_ON)
			return lsec_problem_failed(
				problems, "--sandbox",
				"is on, but this build is for tests and has no sandbox; use another build, or --sandbox auto");
		lsec_log_say(log, LSEC_INFO, "sandbox: off");
		return 0;
	}
	find_paths(options, &paths);
	const struct lsec_sandbox_needs needs = {
		.removable = list(paths.removable),
		.readable = list(paths.readable),
		.replaceable = list(paths.replaceable),
	};
	read_ahead();
	lsec_sandbox_enter(&needs, &sandbox);
	return lsec_confine_tell(&sandbox, options->sandbox == LSEC_CONFINE_ON, log, problems);
}
