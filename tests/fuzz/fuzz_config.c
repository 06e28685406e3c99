/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a cluster's administrator sets: a byte for the domain and the host, then pieces: the config
 * file; environment variables, each behind a byte that is at least 0x80; then annotations. The
 * defaults are honoured, also against what the file says by json-c where it is JSON, and what is
 * forbidden is refused.
 */

#include "fuzz.h"

enum { MOST_VARIABLES = 8 };

struct environment {
	char *of[MOST_VARIABLES + 1];
	size_t count;
};

static void environment_clear(struct environment *environment)
{
	for (size_t i = 0; i < environment->count; i++)
		free(environment->of[i]);
}

/* Variables of ours, by the rest of their names: "TDX_QGS=default". */
static void read_environment(struct fuzz_input *input, struct environment *ret)
{
	static const char prefix[] = "LAUNCHSEC_";
	while (input->size > 0 && input->data[0] >= 0x80 && input->data[0] < 0xff &&
	       ret->count < MOST_VARIABLES) {
		struct fuzz_input piece = fuzz_piece(input);
		fuzz_byte(&piece);
		char *variable = malloc(sizeof(prefix) + piece.size);
		HOLDS(variable != NULL, "out of memory");
		memcpy(variable, prefix, sizeof(prefix) - 1);
		memcpy(variable + sizeof(prefix) - 1, piece.data, piece.size);
		variable[sizeof(prefix) - 1 + piece.size] = '\0';
		ret->of[ret->count++] = variable;
	}
}

/* The config has all that the file says, unless it had another before. */
static void check_defaults(const struct lsec_config *config, const struct lsec_config *earlier,
                           size_t tee, struct json_object *said)
{
	HOLDS(json_object_is_type(said, json_type_object), "defaults that are no object");
	struct json_object_iter member;
	json_object_object_foreachC (said, member) {
		const char *name = member.key;
		struct json_object *value = member.val;
		const struct lsec_key *key = lsec_key_find(name);
		HOLDS(key != NULL && key->cluster, "%.40s was taken for a default", name);
		HOLDS((key->tees & (1U << tee)) != 0, "%s was taken for another TEE", name);
		const char *text = earlier->defaults[tee][key->id].text;
		if (text == NULL)
			text = fuzz_string(value);
		HOLDS(text != NULL && config->defaults[tee][key->id].text != NULL &&
		              strcmp(text, config->defaults[tee][key->id].text) == 0,
		      "%s is another", name);
	}
}

static void check_file(const struct lsec_config *config, const struct lsec_config *earlier,
                       struct fuzz_input file)
{
	struct json_object *root = fuzz_json_in_yaml(file.data, file.size);
	if (root == NULL)
		return;
	HOLDS(json_object_is_type(root, json_type_object), "no object was taken");
	/* The Plugin's settings, which are variables. */
	const char *kind = fuzz_string(json_object_object_get(root, "kind"));
	if (kind != NULL && strcmp(kind, "ConfigMap") == 0) {
		json_object_put(root);
		return;
	}
	struct json_object_iter member;
	json_object_object_foreachC (root, member) {
		const char *name = member.key;
		struct json_object *value = member.val;
		if (strcmp(name, "forbid") != 0) {
			HOLDS(strcmp(name, "sev-snp") == 0 || strcmp(name, "tdx") == 0,
			      "%.40s was taken", name);
			check_defaults(config, earlier, strcmp(name, "tdx") == 0, value);
			continue;
		}
		HOLDS(json_object_is_type(value, json_type_array), "no list was taken for forbid");
		for (size_t i = 0; i < json_object_array_length(value); i++) {
			const char *text = fuzz_string(json_object_array_get_idx(value, i));
			const struct lsec_key *key = text == NULL ? NULL : lsec_key_find(text);
			HOLDS(key != NULL, "an unknown key was forbidden");
			HOLDS(config->forbidden[key->id] != NULL, "%s is not forbidden", text);
		}
	}
	json_object_put(root);
}

/* The texts only: to compare with, not to be freed. */
static bool read_all(struct fuzz_input *input, struct lsec_config *config)
{
	struct lsec_problems problems LSEC_CLEANUP(lsec_problems_clear) = {0};
	struct environment environment LSEC_CLEANUP(environment_clear) = {0};
	struct fuzz_input file = fuzz_piece(input);
	fuzz_owned copy = fuzz_copy(file.data, file.size);
	read_environment(input, &environment);
	int status = lsec_config_read_environment(config, environment.of, &problems);
	const struct lsec_config earlier = *config;
	if (file.size > 0 && lsec_config_read(config, copy, file.size, "config", &problems) < 0)
		status = -1;
	if (status < 0)
		fuzz_check_problems(&problems);
	else if (file.size > 0)
		check_file(config, &earlier, file);
	HOLDS(status < 0 || !lsec_problems_any(&problems), "a config and problems");
	return status == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = {data, size};
	unsigned choice = fuzz_byte(&input);
	const struct fuzz_input capture = fuzz_capture_domain(choice);
	const struct lsec_host host = fuzz_host(choice >> 4);
	struct lsec_config config LSEC_CLEANUP(lsec_config_clear) = {0};
	struct lsec_vmi vmi LSEC_CLEANUP(lsec_vmi_clear) = {0};
	if (!read_all(&input, &config))
		return 0;
	fuzz_read_annotations(&input, &vmi);
	const struct lsec_request request = {
		(const char *)capture.data, capture.size, "domain", &vmi, &host, &config,
	};
	fuzz_apply(&request);
	return 0;
}
