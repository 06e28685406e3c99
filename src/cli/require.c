/* SPDX-License-Identifier: Apache-2.0 */
/* What must hold between the options of a command line, as a table. */
#include <string.h>

#include "base/text.h"
#include "options.h"
#include "overwrite.h"
#include "require_measure.h"

static bool lacks_domain(const struct lsec_options *given)
{
	return given->domain == NULL;
}

static bool lacks_vmi(const struct lsec_options *given)
{
	return given->vmi == NULL;
}

static bool lacks_file(const struct lsec_options *given)
{
	return given->file == NULL;
}

static bool lacks_tee(const struct lsec_options *given)
{
	return given->tee == 0;
}

static bool lacks_form(const struct lsec_options *given)
{
	return given->form == 0;
}

static bool has_many(unsigned mask)
{
	return (mask & (mask - 1)) != 0;
}

static bool has_two_tees(const struct lsec_options *given)
{
	return has_many(given->tee);
}

static bool has_two_forms(const struct lsec_options *given)
{
	return has_many(given->form);
}

static bool is_nameless(const char *text)
{
	return text != NULL && (text[0] == '\0' || !lsec_printable(text));
}

static bool has_bad_hook_name(const struct lsec_options *given)
{
	return is_nameless(given->hook_name);
}

/* node_exporter reads no others (collector/textfile.go). */
static bool has_bad_metrics_file(const struct lsec_options *given)
{
	const char *name = given->metrics_file;
	size_t len = name == NULL ? 0 : strlen(name);
	return name != NULL && (len < 5 || strcmp(name + len - 5, ".prom") != 0);
}

static bool has_bad_uri(const struct lsec_options *given)
{
	return is_nameless(given->connect);
}

static bool has_two_hosts(const struct lsec_options *given)
{
	return given->host != NULL && given->host_root != NULL;
}

static bool has_one_socket_twice(const struct lsec_options *given)
{
	return given->plugin_socket != NULL && lsec_equal(given->node_socket, given->plugin_socket);
}

static bool has_two_versions(const struct lsec_options *given)
{
	return given->kubevirt != NULL && given->openshift != NULL;
}

static bool connects_for_json(const struct lsec_options *given)
{
	return given->connect != NULL && given->format == LSEC_FORMAT_JSON;
}

static bool connects_without_check(const struct lsec_options *given)
{
	return given->connect != NULL && given->mode != LSEC_MODE_CHECK;
}

static bool reads_input_twice(const struct lsec_options *given)
{
	return given->domain != NULL && given->vmi != NULL && strcmp(given->domain, "-") == 0 &&
	       strcmp(given->vmi, "-") == 0;
}

static bool wants_json_diff(const struct lsec_options *given)
{
	return given->mode == LSEC_MODE_DIFF && given->format == LSEC_FORMAT_JSON;
}

static bool has_name_space_alone(const struct lsec_options *given)
{
	return given->name_space != NULL && given->vmi == NULL;
}

static bool lacks_socket(const struct lsec_options *given)
{
	return given->socket == NULL;
}

/* id-block makes one, or verifies one. */
static bool makes_without_digest(const struct lsec_options *given)
{
	return !given->verifies && given->digest == NULL;
}

static bool makes_without_key(const struct lsec_options *given)
{
	return !given->verifies && given->id_key == NULL;
}

static bool makes_of_a_pair(const struct lsec_options *given)
{
	return !given->verifies && (given->id_block != NULL || given->id_auth != NULL);
}

static bool verifies_no_block(const struct lsec_options *given)
{
	return given->verifies && given->id_block == NULL;
}

static bool verifies_no_auth(const struct lsec_options *given)
{
	return given->verifies && given->id_auth == NULL;
}

static bool verifies_with_keys(const struct lsec_options *given)
{
	return given->verifies && (given->id_key != NULL || given->author_key != NULL);
}

static bool verifies_with_more(const struct lsec_options *given)
{
	return given->verifies && (given->allow_debug || given->family_id != NULL ||
	                           given->image_id != NULL || given->guest_svn != NULL ||
	                           given->output != NULL || given->format != LSEC_FORMAT_TEXT);
}

static bool reads_twice(const struct lsec_options *given)
{
	const char *const values[] = {given->digest, given->id_key, given->author_key,
	                              given->id_block, given->id_auth};
	size_t count = 0;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		count += values[i] != NULL && strcmp(values[i], "-") == 0;
	return count > 1;
}

/* What must hold between the options of a command, in the order in which it is told. */
#define ALL (~0U)
static const struct requirement {
	unsigned commands; /* mask of enum lsec_command_id */
	bool (*is_broken)(const struct lsec_options *given);
	const char *option;
	const char *what;
	size_t value; /* of struct lsec_options: the text that `what` quotes at its %s; 0: none */
} requirements[] = {
	{LSEC_COMMAND_HOOK, lacks_domain, "--domain",
         "missing; give the libvirt domain XML as its value", 0},
	{LSEC_COMMAND_APPLY, lacks_domain, "--domain",
         "missing; name the file with the libvirt domain XML", 0},
	{LSEC_COMMAND_HOOK, lacks_vmi, "--vmi", "missing; give the VMI's JSON as its value", 0},
	{LSEC_COMMAND_INIT, lacks_tee, "--tee", "missing; give sev-snp, tdx or auto", 0},
	{LSEC_COMMAND_INIT, has_two_tees, "--tee", "given with two TEEs; choose one, or auto", 0},
	{LSEC_COMMAND_INIT, lacks_form, "--form", "missing; give configmap, image or plugin", 0},
	{LSEC_COMMAND_INIT, has_two_forms, "--form", "given with two forms; choose one", 0},
	{LSEC_COMMAND_BIND, lacks_file, "--file", "missing; name the file to bind, or -", 0},
	{LSEC_COMMAND_INITDATA, lacks_file, "--file",
         "missing; name the initdata document's file, or -", 0},
	{ALL, has_bad_hook_name, "--hook-name", "must be a name in printable ASCII, got %s",
         offsetof(struct lsec_options, hook_name)},
	{ALL, has_bad_metrics_file, "--metrics-file",
         "must end in .prom, because node_exporter ignores other files, got %s",
         offsetof(struct lsec_options, metrics_file)},
	{ALL, has_two_hosts, "--host-root",
         "cannot be combined with --host, whose facts are from elsewhere; remove one", 0},
	{ALL, has_one_socket_twice, "--node-socket",
         "is the path of --plugin-socket; choose another path", 0},
	{ALL, has_two_versions, "--openshift", "cannot be combined with --kubevirt; remove one", 0},
	{ALL, has_bad_uri, "--connect",
         "must be a libvirt URI in printable ASCII, such as qemu:///system, got %s",
         offsetof(struct lsec_options, connect)},
	{LSEC_COMMAND_PROBE, connects_for_json, "--connect",
         "cannot be combined with --format json, which has this host's facts only; use --format text",
         0},
	{LSEC_COMMAND_APPLY, connects_without_check, "--connect",
         "needs --check, whose verdict it is part of; add --check", 0},
	{LSEC_COMMAND_APPLY, reads_input_twice, "--domain, --vmi",
         "cannot both read standard input; name a file for one of them", 0},
	{LSEC_COMMAND_APPLY, wants_json_diff, "--format",
         "must be text with --diff; use --explain for json", 0},
	{LSEC_COMMAND_PROVISION, lacks_vmi, "--vmi",
         "missing; give the file of the VM's manifest, or - for standard input", 0},
	{LSEC_COMMAND_HEALTH, lacks_socket, "--socket",
         "missing; give the path of the server's socket", 0},
	{(unsigned)LSEC_COMMAND_APPLY | (unsigned)LSEC_COMMAND_MEASURE |
                 (unsigned)LSEC_COMMAND_EXPECT,
         has_name_space_alone, "--namespace", "is for the VM of --vmi; add --vmi, or remove it", 0},
	{LSEC_COMMAND_ID_BLOCK, makes_without_digest, "--digest",
         "missing; give the launch digest that the ID block is for, as launchsec measure prints it",
         0},
	{LSEC_COMMAND_ID_BLOCK, makes_without_key, "--id-key",
         "missing; give the file of the private key that signs the ID block", 0},
	{LSEC_COMMAND_ID_BLOCK, makes_of_a_pair, "--id-block, --id-auth",
         "can only be verified; add --verify", 0},
	{LSEC_COMMAND_ID_BLOCK, verifies_no_block, "--id-block",
         "missing; give the ID block to verify", 0},
	{LSEC_COMMAND_ID_BLOCK, verifies_no_auth, "--id-auth",
         "missing; give the ID authentication to verify", 0},
	{LSEC_COMMAND_ID_BLOCK, verifies_with_keys, "--id-key, --author-key",
         "cannot be combined with --verify, which uses the public keys in --id-auth; remove them",
         0},
	{LSEC_COMMAND_ID_BLOCK, verifies_with_more, "--verify",
         "can be combined with --id-block, --id-auth, --digest and --policy only; remove the others",
         0},
	{LSEC_COMMAND_ID_BLOCK, reads_twice, "standard input",
         "can be read by one option only; give the others as files or values", 0},
};

int lsec_options_require(const struct lsec_options *given, struct lsec_problems *problems)
{
	int status = lsec_refuse_overwriting(given, problems);
	if (given->command == LSEC_COMMAND_MEASURE || given->command == LSEC_COMMAND_EXPECT)
		status |= lsec_require_measure(given, problems);
	for (size_t i = 0; i < sizeof(requirements) / sizeof(requirements[0]); i++) {
		const struct requirement *row = &requirements[i];
		if ((row->commands & (unsigned)given->command) == 0 || !row->is_broken(given) ||
		    lsec_is_told(problems, row->option))
			continue;
		if (row->value == 0) {
			status = lsec_problem_add(problems, row->option, "%s", row->what);
			continue;
		}
		const char *const *value = (const void *)((const char *)given + row->value);
		const char *rest = strstr(row->what, "%s");
		status =
			lsec_problem_add(problems, row->option, "%.*s%s%s", (int)(rest - row->what),
		                         row->what, lsec_quote(*value).text, rest + 2);
	}
	return status;
}
