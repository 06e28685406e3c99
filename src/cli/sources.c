/* SPDX-License-Identifier: Apache-2.0 */
/* Settings from options, environment and files. */
#include "sources.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "io.h"

/* A setting from the command line, else from the environment, else NULL. */
static const char *option_or_variable(const char *option, const char *variable)
{
	const char *value = option != NULL ? option : getenv(variable);
	return value != NULL && value[0] == '\0' ? NULL : value;
}

/* The file named by option or environment; else the usual one, if it is there. */
static int read_config_file(const struct lsec_options *options, struct lsec_config *config,
                            struct lsec_problems *problems)
{
	const char *path = option_or_variable(options->config, "LAUNCHSEC_CONFIG");
	cleanup_buffer struct lsec_buffer file = {0};
	if (path == NULL && access(LSEC_CONFIG_FILE, F_OK) < 0 && errno == ENOENT)
		return 0;
	path = path == NULL ? LSEC_CONFIG_FILE : path;
	if (lsec_read_file(path, LSEC_MAX_CONFIG, &file, problems) < 0)
		return -1;
	return lsec_config_read(config, file.bytes == NULL ? "" : file.bytes, file.len, path,
	                        problems);
}

/* NAME=VALUE, cut at the first equals sign. */
int lsec_split_setting(const char *option, const char *text, char **ret_name,
                       const char **ret_value, struct lsec_problems *problems)
{
	const char *equals = strchr(text, '=');
	if (equals == NULL || equals == text) {
		lsec_problem_add(problems, option, "must be KEY=VALUE, got %s",
		                 lsec_quote(text).text);
		return -1;
	}
	*ret_name = lsec_strndup(text, (size_t)(equals - text));
	*ret_value = equals + 1;
	return 0;
}

/* Cluster defaults, the weightiest source first. */
int lsec_read_config(const struct lsec_options *options, struct lsec_config *ret,
                     struct lsec_problems *problems)
{
	int status = 0;
	for (size_t i = 0; i < options->standard.count; i++) {
		cleanup_free char *name = NULL;
		cleanup_free char *source = NULL;
		const char *value = NULL;
		if (lsec_split_setting("--default", options->standard.of[i], &name, &value,
		                       problems) < 0) {
			status = -1;
			continue;
		}
		source = lsec_format("--default %s", lsec_printable(name) ? name : "");
		status |= lsec_config_set_default(ret, source, name, value, problems);
	}
	for (size_t i = 0; i < options->forbid.count; i++)
		status |= lsec_config_forbid(ret, "--forbid", options->forbid.of[i], problems);
	status |= lsec_config_read_environment(ret, environ, problems);
	return status | read_config_file(options, ret, problems);
}

/* The key of KEY=VALUE, which may have our prefix. */
static const char *key_of(const char *setting)
{
	const size_t prefix = strlen(LSEC_PREFIX);
	return strncmp(setting, LSEC_PREFIX, prefix) == 0 ? setting + prefix : setting;
}

int lsec_set_annotations(const struct lsec_options *options, struct lsec_vmi *vmi,
                         struct lsec_problems *problems)
{
	int status = 0;
	for (size_t i = 0; i < options->set.count; i++) {
		const char *setting = key_of(options->set.of[i]);
		cleanup_free char *key = NULL;
		const char *value = NULL;
		if (lsec_split_setting("--set", setting, &key, &value, problems) < 0) {
			status = -1;
			continue;
		}
		for (size_t j = 0; j < i; j++)
			if (strncmp(key_of(options->set.of[j]), setting, strlen(key) + 1) == 0)
				status = lsec_problem_add(problems, "--set",
				                          "sets %s twice; remove one",
				                          lsec_quote(key).text);
		lsec_vmi_set(vmi, key, value);
	}
	return status;
}

/* The file of recorded facts, or NULL. An option weighs more than the environment. */
static const char *host_file(const struct lsec_options *options)
{
	if (options->host_root != NULL)
		return NULL;
	return option_or_variable(options->host, "LAUNCHSEC_HOST");
}

const char *lsec_host_root(const struct lsec_options *options)
{
	if (host_file(options) != NULL)
		return NULL;
	return options->host_root == NULL ? "" : options->host_root;
}

const char *lsec_hook_directory(const struct lsec_options *options)
{
	bool others = options->plugin_socket != NULL || options->node_socket != NULL;
	return options->socket_dir == NULL && !others ? LSEC_SOCKET_DIR : options->socket_dir;
}

/* Beneath a mistyped root nothing would be known of the host, and the node hook refuse nothing. */
static int check_root(const char *root, struct lsec_problems *problems)
{
	int fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return lsec_problem_failed(
			problems, root,
			"cannot be opened: %s; name the directory where the host's root is mounted",
			strerror(errno));
	close(fd);
	return 0;
}

int lsec_read_host(const struct lsec_options *options, struct lsec_host *ret,
                   struct lsec_problems *problems)
{
	const char *path = host_file(options);
	bool measures = ((unsigned)options->command &
	                 ((unsigned)LSEC_COMMAND_MEASURE | (unsigned)LSEC_COMMAND_EXPECT)) != 0;
	int (*const read)(const char *, size_t, const char *, struct lsec_host *,
	                  struct lsec_problems *) =
		measures ? lsec_host_read_some : lsec_host_read_recorded;
	cleanup_buffer struct lsec_buffer file = {0};
	if (options->host_root != NULL && check_root(options->host_root, problems) < 0)
		return -1;
	/* What is measured is of the VM's node, and not of this machine. */
	if (path == NULL && measures)
		return 0;
	if (path == NULL) {
		lsec_host_gather(lsec_host_root(options), ret);
		return 0;
	}
	if (lsec_read_file(path, LSEC_MAX_CONFIG, &file, problems) < 0)
		return -1;
	return read(file.bytes == NULL ? "" : file.bytes, file.len, path, ret, problems);
}
