/* SPDX-License-Identifier: Apache-2.0 */
/* The server: its sockets, its log, its services. */
#include "serve.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "confine.h"
#include "metrics.h"
#include "output.h"
#include "services/services.h"
#include "sources.h"
#include "transport/server.h"
#include "transport/socket.h"

/* What makes a container's socket its own: KubeVirt remembers sockets by their names, so two
 * sidecars of one pod must not have the same. */
static char *unique_part(struct lsec_problems *problems)
{
	static const char allowed[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
	const char *container = getenv("CONTAINER_NAME");
	uint64_t number = 0;
	if (container != NULL && container[0] != '\0') {
		if (container[strspn(container, allowed)] != '\0') {
			lsec_problem_add(
				problems, "CONTAINER_NAME",
				"must have letters, digits, hyphens, underscores and dots only, got %s",
				lsec_quote(container).text);
			return NULL;
		}
		return lsec_strdup(container);
	}
	if (getrandom(&number, sizeof(number), 0) == sizeof(number))
		return lsec_format("%016" PRIx64, number);
	lsec_problem_failed(problems, "launchsec", "no random number: %s", strerror(errno));
	return NULL;
}

static int listen_in(struct lsec_server *server, const char *directory, char **ret_path,
                     struct lsec_problems *problems)
{
	size_t len = strlen(directory);
	cleanup_free char *part = unique_part(problems);
	if (part == NULL)
		return -1;
	while (len > 1 && directory[len - 1] == '/')
		len--;
	cleanup_free char *path = lsec_format("%.*s%slaunchsec-%s.sock", (int)len, directory,
	                                      directory[len - 1] == '/' ? "" : "/", part);
	if (lsec_server_listen(server, path, problems) < 0)
		return -1;
	*ret_path = lsec_steal(&path);
	return 0;
}

static int listen_all(struct lsec_server *server, const struct lsec_options *options,
                      struct lsec_log *log, struct lsec_problems *problems)
{
	const char *directory = lsec_hook_directory(options);
	const char *paths[] = {NULL, options->plugin_socket, options->node_socket};
	cleanup_free char *path = NULL;
	int status = 0;
	if (directory != NULL)
		status |= listen_in(server, directory, &path, problems);
	for (size_t i = 1; i < sizeof(paths) / sizeof(paths[0]); i++)
		if (paths[i] != NULL)
			status |= lsec_server_listen(server, paths[i], problems);
	if (status < 0)
		return -1;
	paths[0] = path;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		if (paths[i] != NULL)
			lsec_log_say(log, LSEC_INFO,
			             "launchsec " LAUNCHSEC_VERSION " listens on %s", paths[i]);
	return 0;
}

/* KubeVirt dials every file in the directory of hook sidecars' sockets. */
static int check_metrics(const struct lsec_options *options, struct lsec_problems *problems)
{
	const char *hook = lsec_hook_directory(options);
	struct stat sockets;
	struct stat found;
	if (options->metrics_file == NULL || hook == NULL || stat(hook, &sockets) < 0)
		return 0;
	cleanup_free char *directory = lsec_socket_directory(options->metrics_file);
	if (stat(directory, &found) < 0 || found.st_dev != sockets.st_dev ||
	    found.st_ino != sockets.st_ino)
		return 0;
	return lsec_problem_add(
		problems, "--metrics-file",
		"is in the directory of hook sidecars' sockets, where KubeVirt treats every file as a socket; use another directory");
}

static int serve(const struct lsec_options *options, const struct lsec_config *config,
                 const struct lsec_host *host, struct lsec_problems *problems)
{
	struct lsec_log log LSEC_CLEANUP(lsec_log_clear) = {
		.fd = STDERR_FILENO,
		.json = options->log_format == LSEC_LOG_JSON ||
	                (options->log_format == LSEC_LOG_AUTO && !isatty(STDERR_FILENO)),
		.least = (enum lsec_level)options->log_level,
	};
	struct lsec_metrics_file metrics LSEC_CLEANUP(lsec_metrics_file_clear) =
		LSEC_METRICS_FILE_INIT;
	const bool counts = options->metrics_file != NULL;
	struct lsec_services services = {
		.config = config,
		.host = host,
		.host_root = lsec_host_root(options),
		.name = options->hook_name == NULL ? "launchsec" : options->hook_name,
		.priority = options->priority,
		.versions = options->versions == 0 ? LSEC_HOOK_ALL_VERSIONS : options->versions,
		.log = &log,
		.metrics = counts ? &metrics.counters : NULL,
	};
	struct lsec_rpc_service table[LSEC_SERVICES + 1];
	bool node_only = lsec_hook_directory(options) == NULL && options->plugin_socket == NULL;
	const struct lsec_server_setup setup = {
		.services = table,
		.longest = node_only ? LSEC_MAX_NODE_MESSAGE : LSEC_MAX_MESSAGE,
		.log = &log,
		.report = counts ? lsec_metrics_file_report : NULL,
		.report_context = &metrics,
	};
	struct lsec_server *server LSEC_CLEANUP(lsec_server_put) = NULL;
	lsec_services_table(&services, table);
	metrics.table = table;
	metrics.log = &log;
	if (lsec_server_new(&setup, &server, problems) < 0 ||
	    listen_all(server, options, &log, problems) < 0 ||
	    (counts && lsec_metrics_file_open(&metrics, options->metrics_file, problems) < 0) ||
	    lsec_confine(options, &log, problems) < 0 || lsec_server_run(server, problems) < 0)
		return -1;
	lsec_log_say(&log, LSEC_INFO, "ended");
	return 0;
}

enum lsec_exit lsec_run_serve(const struct lsec_options *options, struct lsec_problems *problems)
{
	struct lsec_config config LSEC_CLEANUP(lsec_config_clear) = {0};
	struct lsec_host host = {0};
	if ((lsec_read_config(options, &config, problems) |
	     lsec_read_host(options, &host, problems) | check_metrics(options, problems)) < 0 ||
	    serve(options, &config, &host, problems) < 0)
		return lsec_exit_of(problems, LSEC_EXIT_USAGE);
	return LSEC_EXIT_DONE;
}
