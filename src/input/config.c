/* SPDX-License-Identifier: Apache-2.0 */
/* Cluster defaults: from options, the environment and the config file. */
#include "launchsec/config.h"

#include <ctype.h>
#include <string.h>

#include "annotations/values.h"
#include "base/text.h"
#include "core/host.h"
#include "yaml.h"

#define ENVIRONMENT "LAUNCHSEC_"

static const enum lsec_tee tees[LSEC_TEES] = {LSEC_TEE_SEV_SNP, LSEC_TEE_TDX};

/* Keeps a checked default, unless a weightier source set one before. Without a key it fails:
 * find_key() has reported why. */
static int keep_default(struct lsec_config *config, const struct lsec_reading *reading)
{
	struct lsec_value parsed LSEC_CLEANUP(lsec_value_clear) = {0};
	if (reading->key == NULL)
		return -1;
	struct lsec_default *standard =
		&config->defaults[lsec_tee_index(reading->tee)][reading->key->id];
	if (lsec_value_parse(reading, LSEC_FROM_CLUSTER, &parsed) < 0)
		return -1;
	if (standard->text != NULL)
		return 0;
	standard->text = lsec_strdup(reading->text);
	standard->source = lsec_strdup(reading->place);
	return 0;
}

static bool is_default(const struct lsec_key *key, enum lsec_tee tee)
{
	return key->cluster && (key->tees & tee) != 0;
}

/* The key of that name, when a cluster may set it for that TEE. */
static const struct lsec_key *find_key(const char *source, enum lsec_tee tee, const char *name,
                                       struct lsec_problems *problems)
{
	const struct lsec_key *key = lsec_key_find(name);
	if (key != NULL && is_default(key, tee))
		return key;
	const char *near = key == NULL ? lsec_key_nearest(name) : NULL;
	if (near != NULL && is_default(lsec_key_find(near), tee)) {
		lsec_problem_add(problems, source,
		                 "%s is not a cluster default for %s; did you mean %s?",
		                 lsec_quote(name).text, lsec_tee_name(tee), near);
		return NULL;
	}
	cleanup_buffer struct lsec_buffer list = {0};
	for (size_t i = 0; i < LSEC_KEYS; i++)
		if (is_default(lsec_key(i), tee))
			lsec_buffer_format(&list, "%s%s", list.len == 0 ? "" : ", ",
			                   lsec_key(i)->name);
	lsec_problem_add(problems, source, "%s is not a cluster default for %s; use one of: %s",
	                 lsec_quote(name).text, lsec_tee_name(tee), list.bytes);
	return NULL;
}

int lsec_config_set_default(struct lsec_config *config, const char *source, const char *tee_key,
                            const char *value, struct lsec_problems *problems)
{
	const char *dot = strchr(tee_key, '.');
	cleanup_free char *tee_name =
		lsec_strndup(tee_key, dot == NULL ? 0 : (size_t)(dot - tee_key));
	enum lsec_tee tee = lsec_tee_find(tee_name);
	if (tee == LSEC_TEE_NONE)
		return lsec_problem_add(
			problems, source,
			"must be sev-snp.KEY or tdx.KEY, such as sev-snp.firmware, got %s",
			lsec_quote(tee_key).text);
	const struct lsec_reading reading = {find_key(source, tee, dot + 1, problems), tee, source,
	                                     value, problems};
	return keep_default(config, &reading);
}

static int forbid(struct lsec_config *config, const char *source, const char *name,
                  struct lsec_problems *problems)
{
	const struct lsec_key *key = lsec_key_find(name);
	const char *near = key == NULL ? lsec_key_nearest(name) : NULL;
	if (near != NULL)
		return lsec_problem_add(
			problems, source,
			"cannot forbid %s, which is not an annotation; did you mean %s?",
			lsec_quote(name).text, near);
	if (key == NULL)
		return lsec_problem_add(
			problems, source,
			"cannot forbid %s, which is not an annotation; use a key from \"launchsec annotations\", without the prefix",
			lsec_quote(name).text);
	if (config->forbidden[key->id] != NULL)
		return 0;
	config->forbidden[key->id] = lsec_strdup(source);
	return 0;
}

int lsec_config_forbid(struct lsec_config *config, const char *source, const char *keys,
                       struct lsec_problems *problems)
{
	cleanup_free char *copy = lsec_strdup(keys);
	int status = 0;
	char *rest = copy;
	for (char *name = strsep(&rest, ","); name != NULL; name = strsep(&rest, ","))
		status |= forbid(config, source, name, problems);
	return status;
}

/* LAUNCHSEC_SEV_SNP_ and LAUNCHSEC_TDX_, in the names of the environment. */
static const char *variable_prefix(enum lsec_tee tee)
{
	return tee == LSEC_TEE_TDX ? ENVIRONMENT "TDX_" : ENVIRONMENT "SEV_SNP_";
}

/* "REDUCED_PHYS_BITS" to "reduced-phys-bits". */
static char *key_of_variable(const char *name)
{
	char *key = lsec_strdup(name);
	for (char *c = key; *c != '\0'; c++)
		*c = *c == '_' ? '-' : (char)tolower((unsigned char)*c);
	return key;
}

static bool ends_with(const char *name, const char *end)
{
	size_t len = strlen(name);
	return len >= strlen(end) && strcmp(name + len - strlen(end), end) == 0;
}

/* Kubernetes puts such variables into every container for each Service: those of one named
 * launchsec-tdx look like launchsec's. */
static bool is_service_link(const char *name)
{
	const char *port = strstr(name, "_PORT_");
	return ends_with(name, "_SERVICE_HOST") || strstr(name, "_SERVICE_PORT") != NULL ||
	       ends_with(name, "_PORT") || (port != NULL && isdigit((unsigned char)port[6]));
}

/* A variable, of the environment or of a ConfigMap; `source` names it in problems. */
static int read_variable(struct lsec_config *config, const char *source, const char *name,
                         const char *value, struct lsec_problems *problems)
{
	if (strcmp(name, ENVIRONMENT "FORBID") == 0)
		return lsec_config_forbid(config, source, value, problems);
	/* These two are read where files are. */
	if (strcmp(name, ENVIRONMENT "CONFIG") == 0 || strcmp(name, ENVIRONMENT "HOST") == 0 ||
	    is_service_link(name))
		return 0;
	for (size_t i = 0; i < LSEC_TEES; i++) {
		const char *prefix = variable_prefix(tees[i]);
		size_t len = strlen(prefix);
		if (strncmp(name, prefix, len) != 0)
			continue;
		cleanup_free char *key_name = key_of_variable(name + len);
		const struct lsec_reading reading = {find_key(source, tees[i], key_name, problems),
		                                     tees[i], source, value, problems};
		return keep_default(config, &reading);
	}
	return lsec_problem_add(problems, source,
	                        "unknown variable; use " ENVIRONMENT "CONFIG, " ENVIRONMENT
	                        "HOST, " ENVIRONMENT "FORBID, " ENVIRONMENT
	                        "SEV_SNP_<KEY> or " ENVIRONMENT "TDX_<KEY>, or unset it");
}

int lsec_config_read_environment(struct lsec_config *config, char *const *environment,
                                 struct lsec_problems *problems)
{
	int status = 0;
	for (; *environment != NULL; environment++) {
		const char *equals = strchr(*environment, '=');
		if (equals == NULL || strncmp(*environment, ENVIRONMENT, strlen(ENVIRONMENT)) != 0)
			continue;
		cleanup_free char *name =
			lsec_strndup(*environment, (size_t)(equals - *environment));
		status |= read_variable(config, name, name, equals + 1, problems);
	}
	return status;
}

static int read_defaults(struct lsec_config *config, const char *name, enum lsec_tee tee,
                         struct json_object *object, struct lsec_problems *problems)
{
	int status = 0;
	if (!json_object_is_type(object, json_type_object))
		return lsec_problem_add(problems, name, "%s must be an object of defaults, got %s",
		                        lsec_tee_name(tee), lsec_json_kind(object));
	const char *key_name = NULL;
	struct json_object *value = NULL;
	lsec_json_foreach (object, key_name, value) {
		cleanup_free char *source = lsec_format(
			"%s: %s.%s", name, lsec_tee_name(tee),
			lsec_key_find(key_name) != NULL ? key_name : lsec_quote(key_name).text);
		cleanup_free char *text = NULL;
		struct lsec_reading reading = {find_key(source, tee, key_name, problems), tee,
		                               source, NULL, problems};
		if (reading.key == NULL)
			status = -1;
		else if (!json_object_is_type(value, json_type_string))
			status = lsec_problem_add(
				problems, source,
				"must be a string, written as in the annotation, got %s",
				lsec_json_kind(value));
		else if (lsec_json_string(value, source, &text, problems) < 0)
			status = -1;
		else {
			reading.text = text;
			status |= keep_default(config, &reading);
		}
	}
	return status;
}

static int read_forbidden(struct lsec_config *config, const char *name, struct json_object *list,
                          struct lsec_problems *problems)
{
	cleanup_free char *source = lsec_format("%s: forbid", name);
	if (!json_object_is_type(list, json_type_array))
		return lsec_problem_add(problems, source,
		                        "must be a list of annotation keys, got %s",
		                        lsec_json_kind(list));
	int status = 0;
	for (size_t i = 0; i < lsec_json_count(list); i++) {
		struct json_object *item = json_object_array_get_idx(list, i);
		cleanup_free char *key = NULL;
		if (!json_object_is_type(item, json_type_string))
			status = lsec_problem_add(problems, source, "items must be strings, got %s",
			                          lsec_json_kind(item));
		else if (lsec_json_string(item, source, &key, problems) < 0 ||
		         forbid(config, source, key, problems) < 0)
			status = -1;
	}
	return status;
}

/* Refuses fields that a ConfigMap does not have: they may have been meant as settings. */
static int refuse_other_fields(const char *name, const struct json_object *root,
                               struct lsec_problems *problems)
{
	static const char *const fields[] = {"apiVersion", "kind",       "metadata",
	                                     "immutable",  "binaryData", "data"};
	int status = 0;
	const char *key = NULL;
	struct json_object *value = NULL;
	lsec_json_foreach (root, key, value) {
		size_t i = 0;
		while (i < sizeof(fields) / sizeof(fields[0]) && strcmp(key, fields[i]) != 0)
			i++;
		if (i == sizeof(fields) / sizeof(fields[0]))
			status = lsec_problem_add(
				problems, name,
				"a ConfigMap has no field %s; move settings into its data, as " ENVIRONMENT
				"...",
				lsec_quote(key).text);
	}
	return status;
}

/* Whether an entry was meant to be a variable: the Plugin ignores it. */
static bool is_almost_variable(const char *key)
{
	cleanup_free char *word = lsec_strndup(key, strcspn(key, "_-. "));
	return strncasecmp(key, ENVIRONMENT, strlen(ENVIRONMENT) - 1) == 0 ||
	       lsec_name_distance(word, "LAUNCHSEC") != SIZE_MAX;
}

/* The settings of deploy/plugin: a ConfigMap whose entries become variables of the Plugin. */
static int read_config_map(struct lsec_config *config, const char *name,
                           const struct json_object *root, struct lsec_problems *problems)
{
	const struct json_object *data = lsec_json_member(root, "data");
	int status = refuse_other_fields(name, root, problems);
	const char *key = NULL;
	struct json_object *value = NULL;
	bool settings = lsec_json_member(data, "image") != NULL;
	lsec_json_foreach (data, key, value) {
		bool variable = strncmp(key, ENVIRONMENT, strlen(ENVIRONMENT)) == 0;
		if (!variable && !is_almost_variable(key))
			continue;
		settings = true;
		cleanup_free char *source =
			lsec_format("%s: %s", name, lsec_plain_or_quote(key).text);
		cleanup_free char *text = NULL;
		if (!variable)
			status = lsec_problem_add(
				problems, source,
				"the Plugin ignores this entry, whose name does not begin with " ENVIRONMENT
				"; correct it");
		else if (!json_object_is_type(value, json_type_string))
			status = lsec_problem_add(problems, source,
			                          "must be a string, got %s; put it in quotes",
			                          lsec_json_kind(value));
		else if (lsec_json_string(value, source, &text, problems) < 0 ||
		         read_variable(config, source, key, text, problems) < 0)
			status = -1;
	}
	if (!settings)
		return lsec_problem_add(
			problems, name,
			"the ConfigMap has no image and no " ENVIRONMENT
			"... in its data, so it is not the Plugin's settings; name that one, or a config file");
	return status;
}

/* A file for another option. */
static int refuse_other_file(const char *name, const char *kind, struct lsec_problems *problems)
{
	if (kind == NULL)
		return lsec_problem_add(
			problems, name,
			"is the output of \"launchsec probe\", not cluster defaults; use it with --host");
	return lsec_problem_add(
		problems, name,
		"is a Kubernetes object of kind %s; must be cluster defaults (sev-snp, tdx, forbid) or the Plugin's ConfigMap",
		lsec_quote(kind).text);
}

int lsec_config_read(struct lsec_config *config, const char *bytes, size_t len, const char *name,
                     struct lsec_problems *problems)
{
	const struct lsec_json_text text = {
		.bytes = bytes,
		.len = len,
		.longest = LSEC_MAX_CONFIG,
		.name = name,
		.what = "an object of cluster defaults",
		.type = json_type_object,
	};
	cleanup_json struct json_object *root = NULL;
	if (lsec_yaml_read_one(&text, &root, problems) < 0)
		return -1;
	const char *kind = lsec_json_text(lsec_json_member(root, "kind"));
	if (lsec_equal(kind, "ConfigMap"))
		return read_config_map(config, name, root, problems);
	if (kind != NULL || lsec_json_member(root, lsec_fact(LSEC_FACT_SEV)->name) != NULL)
		return refuse_other_file(name, kind, problems);
	int status = 0;
	const char *key = NULL;
	struct json_object *value = NULL;
	lsec_json_foreach (root, key, value) {
		enum lsec_tee tee = lsec_tee_find(key);
		if (tee != LSEC_TEE_NONE)
			status |= read_defaults(config, name, tee, value, problems);
		else if (strcmp(key, "forbid") == 0)
			status |= read_forbidden(config, name, value, problems);
		else
			status = lsec_problem_add(problems, name,
			                          "unknown key %s; use sev-snp, tdx or forbid",
			                          lsec_quote(key).text);
	}
	return status;
}

void lsec_config_clear(struct lsec_config *config)
{
	if (config == NULL)
		return;
	for (size_t tee = 0; tee < LSEC_TEES; tee++) {
		for (size_t i = 0; i < LSEC_KEYS; i++) {
			free(config->defaults[tee][i].text);
			free(config->defaults[tee][i].source);
		}
	}
	for (size_t i = 0; i < LSEC_KEYS; i++)
		free(config->forbidden[i]);
	*config = (struct lsec_config){0};
}
