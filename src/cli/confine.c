/* SPDX-License-Identifier: Apache-2.0 */
#include "confine.h"

#include <jansson.h>
#include <string.h>
#include <time.h>

#include "core/text.h"
#include "serve.h"
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
	lsec_owned_buffer said = {0};
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
				"found on, but a system without this layer: %s: %s; want a kernel "
				"and a container runtime with it, or --sandbox auto",
				layer_names[i], strerror(reason));
	}
	lsec_owned_text text = lsec_buffer_take(&said);
	if (status == 0 && text != NULL)
		lsec_log_say(log, level, "sandbox: %s", text);
	return status;
}

/* What libraries read from files when they first need it: the seed of jansson's hash
 * tables, without which it guesses one, and the time zone. */
static void read_ahead(void)
{
	json_object_seed(0);
	tzset();
}

int lsec_confine(const struct lsec_options *options, const struct lsec_sandbox_needs *needs,
                 struct lsec_log *log, struct lsec_problems *problems)
{
	const char *const hook = options->socket_dir;
	const char *const plugin = options->plugin_socket;
	const char *directories[3] = {hook != NULL ? hook : LSEC_SOCKET_DIR};
	lsec_owned_text owned = plugin == NULL ? NULL : lsec_socket_directory(plugin);
	struct lsec_sandbox_needs all = {0};
	struct lsec_sandbox sandbox;
	if (options->sandbox == LSEC_CONFINE_OFF || !lsec_sandbox_built()) {
		if (options->sandbox == LSEC_CONFINE_ON)
			return lsec_problem_failed(problems, "--sandbox",
			                           "found on, but a build for tests, which has "
			                           "none; want another build, or auto");
		lsec_log_say(log, LSEC_INFO, "sandbox: off");
		return 0;
	}
	if (plugin != NULL && owned == NULL)
		return lsec_problem_no_memory(problems);
	if (plugin != NULL)
		directories[hook != NULL] = owned;
	if (needs != NULL)
		all = *needs;
	all.removable = directories;
	read_ahead();
	lsec_sandbox_enter(&all, &sandbox);
	return lsec_confine_tell(&sandbox, options->sandbox == LSEC_CONFINE_ON, log, problems);
}
