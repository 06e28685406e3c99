/* SPDX-License-Identifier: Apache-2.0 */
#include "options.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <string.h>

#include "core/text.h"
#include "launchsec/config.h"
#include "log/log.h"
#include "serve.h"

#define APPLY LSEC_COMMAND_APPLY
#define HOOK LSEC_COMMAND_HOOK
#define ANNOTATIONS LSEC_COMMAND_ANNOTATIONS
#define SERVE LSEC_COMMAND_SERVE
#define ONE_DOMAIN ((unsigned)APPLY | (unsigned)HOOK)
#define DOMAINS (ONE_DOMAIN | (unsigned)SERVE)
#define INITDATA LSEC_COMMAND_INITDATA
#define PROBE LSEC_COMMAND_PROBE
#define HOSTS (DOMAINS | (unsigned)PROBE)
#define LINT LSEC_COMMAND_LINT
#define CONFIGURED (DOMAINS | (unsigned)LINT)
#define ALL                                                                                        \
	(HOSTS | (unsigned)LINT | (unsigned)INITDATA | (unsigned)ANNOTATIONS |                     \
	 (unsigned)LSEC_COMMAND_VERSION)
#define FIELD(name) offsetof(struct lsec_options, name)

static const struct lsec_command commands[] = {
	{APPLY, "apply",
         "--domain FILE [--vmi FILE] [--set KEY=VALUE]... [--explain | --diff | --check] "
         "[--connect "
         "URI] [--format text|json] [-o FILE] [--config FILE] [--default TEE.KEY=VALUE]... "
         "[--forbid KEY]... "
         "[--host FILE]",
         "show on saved files what the hook would do",
         "Reads a libvirt domain and the VM it belongs to from files, and prints the domain as the "
         "hook would return it; or what it would change and why. Nothing else is touched."},
	{HOOK, "on-define-domain",
         "--vmi JSON --domain XML [--config FILE] [--default TEE.KEY=VALUE]... [--forbid KEY]... "
         "[--host FILE]",
         "KubeVirt's exec hook: print the domain for libvirt",
         "What KubeVirt's sidecar-shim runs under the name onDefineDomain, with the VMI and the "
         "domain "
         "as arguments. Under that name the program needs no command word."},
	{SERVE, "serve",
         "[--socket-dir DIRECTORY] [--plugin-socket PATH] [--node-socket PATH] [--version "
         "VERSION]... [--hook-name "
         "NAME] "
         "[--hook-priority NUMBER] [--config FILE] [--default TEE.KEY=VALUE]... [--forbid KEY]... "
         "[--host FILE | --host-root DIRECTORY] [--log-format FORMAT] [--log-level LEVEL] "
         "[--sandbox WHETHER]",
         "answer KubeVirt's calls: hook sidecar, plugin and node hook",
         "Serves KubeVirt's hook protocols (Info, Callbacks v1alpha1 to v1alpha3, the Plugin API's "
         "DomainHookService and NodeHookService) and gRPC's health check on UNIX sockets, until "
         "SIGTERM, SIGINT or a "
         "call of Shutdown. A refused VM's status shows the same lines as the command line. "
         "Without --socket-dir, --plugin-socket and --node-socket the socket is in " LSEC_SOCKET_DIR
         "."},
	{LINT, "lint",
         "[--kubevirt VERSION] [--plugin] [--strict] [--format text|json] [--config FILE] "
         "[--default "
         "TEE.KEY=VALUE]... [--forbid KEY]... FILE...",
         "check the manifest of a VM before it is applied",
         "Reads manifests of VMs and tells what KubeVirt, libvirt or launchsec would refuse in "
         "them, and what would start without protection: as errors; and what works otherwise than "
         "one might think: as warnings. Each finding has its place, its reason and how to mend "
         "it."},
	{INITDATA, "initdata", "--file FILE [--verify VALUE] [--format text|json]",
         "show what an initdata document becomes in the report",
         "Reads an initdata document (TOML or JSON, or base64 or gzip of it) and prints its "
         "digest, the "
         "value of the field that binds it in each TEE's attestation report, and what the guest "
         "finds; so that the owner of a VM knows, offline, what a verifier must expect."},
	{PROBE, "probe",
         "[--format text|json] [--require TEE]... [--connect URI] [--host FILE | --host-root "
         "DIRECTORY]",
         "show what this host offers, and what stands in the way",
         "Looks at this host (CPU, kernel, key slots, devices, firmware) and prints each fact with "
         "its source and what it means for SEV-SNP and TDX, a verdict for each, and what to do "
         "about "
         "a no. As JSON it is a file that --host takes. Changes nothing."},
	{ANNOTATIONS, "annotations", "[--format text|markdown|json]",
         "list the annotations that VMs may carry",
         "Prints the table of annotations: key, TEE, values, default and the place in the domain."},
	{LSEC_COMMAND_VERSION, "version", "", "print the version", "Prints the version."},
	{0, NULL, NULL, NULL, NULL},
};

static const struct lsec_option options[] = {
	{"domain", 0, "FILE", APPLY, LSEC_OPTION_TEXT, FIELD(domain), 0, "file",
         "the libvirt domain XML; - is standard input"},
	{"vmi", 0, "FILE", APPLY, LSEC_OPTION_TEXT, FIELD(vmi), 0, "file",
         "the VirtualMachineInstance or VirtualMachine, JSON or YAML; - is standard input"},
	{"domain", 0, "XML", HOOK, LSEC_OPTION_TEXT, FIELD(domain), 0, NULL,
         "the libvirt domain XML itself"},
	{"vmi", 0, "JSON", HOOK, LSEC_OPTION_TEXT, FIELD(vmi), 0, NULL,
         "the VirtualMachineInstance itself, as JSON"},
	{"set", 0, "KEY=VALUE", APPLY, LSEC_OPTION_TEXTS, FIELD(set), 0, "keys",
         "add or override an annotation, without its prefix"},
	{"explain", 0, NULL, APPLY, LSEC_OPTION_MODE, 0, LSEC_MODE_EXPLAIN, NULL,
         "print every change with its reason, and warnings, instead of the domain"},
	{"diff", 0, NULL, APPLY, LSEC_OPTION_MODE, 0, LSEC_MODE_DIFF, NULL,
         "print a unified diff instead of the domain, both sides written alike"},
	{"check", 0, NULL, APPLY, LSEC_OPTION_MODE, 0, LSEC_MODE_CHECK, NULL,
         "print nothing but the verdict"},
	{"connect", 0, "URI", APPLY, LSEC_OPTION_TEXT, FIELD(connect), 0, NULL,
         "with --check, ask the libvirt at URI whether it would take the new domain: "
         "qemu:///system, or test:///default"},
	{"format", 0, "FORMAT", APPLY, LSEC_OPTION_CHOICE, FIELD(format), 0, "text json",
         "text or json"},
	{"file", 0, "FILE", INITDATA, LSEC_OPTION_TEXT, FIELD(file), 0, "file",
         "the initdata document; - is standard input"},
	{"verify", 0, "VALUE", INITDATA, LSEC_OPTION_TEXT, FIELD(verify), 0, NULL,
         "compare with a value from a report, hex or base64: hostData, mrConfigId or the digest"},
	{"format", 0, "FORMAT", INITDATA, LSEC_OPTION_CHOICE, FIELD(format), 0, "text json",
         "text or json"},
	{"format", 0, "FORMAT", ANNOTATIONS, LSEC_OPTION_CHOICE, FIELD(format), 0,
         "text json markdown", "text, json or markdown"},
	{"format", 0, "FORMAT", PROBE, LSEC_OPTION_CHOICE, FIELD(format), 0, "text json",
         "text or json"},
	{"connect", 0, "URI", PROBE, LSEC_OPTION_TEXT, FIELD(connect), 0, NULL,
         "show what the libvirt at URI says, too, and where the two disagree: qemu:///system"},
	{"require", 0, "TEE", PROBE, LSEC_OPTION_MASK, FIELD(required), 0, "sev-snp tdx",
         "print nothing and end with status 3, unless a VM of this TEE can start here for certain"},
	{"FILE", 0, NULL, LINT, LSEC_OPTION_OPERANDS, FIELD(files), 0, "file",
         "the manifests, JSON or YAML, also several objects in one; - is standard input"},
	{"kubevirt", 0, "VERSION", LINT, LSEC_OPTION_TEXT, FIELD(kubevirt), 0, NULL,
         "the version of KubeVirt that is to run the VM, such as 1.8; without it what holds for "
         "some versions only is a warning"},
	{"plugin", 0, NULL, LINT, LSEC_OPTION_FLAG, FIELD(plugin), 0, NULL,
         "the cluster has launchsec as a Plugin, so VMs need no sidecar (from KubeVirt 1.9 on)"},
	{"strict", 0, NULL, LINT, LSEC_OPTION_FLAG, FIELD(strict), 0, NULL,
         "let warnings count as errors in the exit status"},
	{"format", 0, "FORMAT", LINT, LSEC_OPTION_CHOICE, FIELD(format), 0, "text json",
         "text or json"},
	{"output", 'o', "FILE", APPLY, LSEC_OPTION_TEXT, FIELD(output), 0, "file",
         "write to FILE, replaced as a whole, instead of standard output"},
	{"config", 0, "FILE", CONFIGURED, LSEC_OPTION_TEXT, FIELD(config), 0, "file",
         "read cluster defaults from FILE; without it from $LAUNCHSEC_CONFIG, else "
         "from " LSEC_CONFIG_FILE " if it exists"},
	{"default", 0, "TEE.KEY=VALUE", CONFIGURED, LSEC_OPTION_TEXTS, FIELD(standard), 0,
         "defaults",
         "set a cluster default, for example sev-snp.firmware=/usr/share/edk2/ovmf/OVMF.amdsev.fd"},
	{"forbid", 0, "KEY[,KEY]...", CONFIGURED, LSEC_OPTION_TEXTS, FIELD(forbid), 0, "keys",
         "keep annotations from setting these keys"},
	{"host", 0, "FILE", HOSTS, LSEC_OPTION_TEXT, FIELD(host), 0, "file",
         "take the host's facts from FILE (JSON) instead of this host; without it from "
         "$LAUNCHSEC_HOST"},
	{"socket-dir", 0, "DIRECTORY", SERVE, LSEC_OPTION_TEXT, FIELD(socket_dir), 0, "file",
         "put the socket of a hook sidecar into DIRECTORY, as launchsec-$CONTAINER_NAME.sock, or a "
         "random "
         "name"},
	{"plugin-socket", 0, "PATH", SERVE, LSEC_OPTION_TEXT, FIELD(plugin_socket), 0, "file",
         "serve on the socket PATH, as a Plugin's socketPath names it"},
	{"node-socket", 0, "PATH", SERVE, LSEC_OPTION_TEXT, FIELD(node_socket), 0, "file",
         "serve on the socket PATH for virt-handler, as a Plugin's node hook names it"},
	{"host-root", 0, "DIRECTORY", (unsigned)SERVE | (unsigned)PROBE, LSEC_OPTION_TEXT,
         FIELD(host_root), 0, "file", "look for the host's /sys, /dev and others under DIRECTORY"},
	{"version", 0, "VERSION", SERVE, LSEC_OPTION_MASK, FIELD(versions), 0,
         "v1alpha1 v1alpha2 v1alpha3", "tell KubeVirt this version of the hook protocol only"},
	{"hook-name", 0, "NAME", SERVE, LSEC_OPTION_TEXT, FIELD(hook_name), 0, NULL,
         "tell KubeVirt this name of the hook instead of launchsec"},
	{"hook-priority", 0, "NUMBER", SERVE, LSEC_OPTION_NUMBER, FIELD(priority), 0, NULL,
         "tell KubeVirt this priority: hooks with a higher one run first; 0 if not given"},
	{"log-format", 0, "FORMAT", SERVE, LSEC_OPTION_CHOICE, FIELD(log_format), 0,
         "auto json text", "json or text; auto is text on a terminal, else json"},
	{"log-level", 0, "LEVEL", SERVE, LSEC_OPTION_CHOICE, FIELD(log_level), 0,
         "debug info warning error", "leave out what is less than this; info if not given"},
	{"sandbox", 0, "WHETHER", SERVE, LSEC_OPTION_CHOICE, FIELD(sandbox), 0, "auto on off",
         "give up all that serving does not need, once the sockets are open: what the system "
         "permits "
         "(auto, if not given), all or end (on), nothing (off)"},
	{"help", 'h', NULL, ALL, LSEC_OPTION_HELP, 0, 0, NULL, "print help and stop"},
	{NULL, 0, NULL, 0, LSEC_OPTION_HELP, 0, 0, NULL, NULL},
};
#define OPTIONS (sizeof(options) / sizeof(options[0]))

const struct lsec_command *lsec_commands(void)
{
	return commands;
}

const struct lsec_option *lsec_option_table(void)
{
	return options;
}

const struct lsec_command *lsec_command(enum lsec_command_id id)
{
	const struct lsec_command *command = commands;
	while (command->id != id)
		command++;
	return command;
}

static int add_text(struct lsec_texts *texts, const char *text, struct lsec_problems *problems)
{
	const char **grown = reallocarray(texts->of, texts->count + 1, sizeof(*grown));
	if (grown == NULL)
		return lsec_problem_no_memory(problems);
	texts->of = grown;
	grown[texts->count++] = text;
	return 0;
}

static int refuse_text(const struct lsec_option *option, bool empty, struct lsec_problems *problems)
{
	lsec_owned_text place = lsec_format("--%s", option->name);
	lsec_owned_text argument = strdup(option->argument);
	if (place == NULL || argument == NULL)
		return lsec_problem_no_memory(problems);
	for (char *c = argument; *c != '\0'; c++)
		*c = (char)tolower((unsigned char)*c);
	if (empty)
		return lsec_problem_add(problems, place, "given an empty value; want a %s",
		                        argument);
	return lsec_problem_add(problems, place, "given twice; want it once");
}

static int set_text(const struct lsec_option *option, const char **field, const char *text,
                    struct lsec_problems *problems)
{
	bool empty = text[0] == '\0' && option->complete != NULL;
	if (*field != NULL || empty)
		return refuse_text(option, empty, problems);
	*field = text;
	return 0;
}

static int set_mode(const struct lsec_option *option, struct lsec_options *ret,
                    struct lsec_problems *problems)
{
	if (ret->mode_given && ret->mode != (enum lsec_mode)option->number)
		return lsec_problem_add(problems, "--explain, --diff, --check",
		                        "more than one given; want one of them");
	ret->mode = (enum lsec_mode)option->number;
	ret->mode_given = true;
	return 0;
}

/* Words in a row as people write them: "a, b or c". */
static char *words_for_people(const char *words)
{
	lsec_owned_buffer ret = {0};
	for (const char *at = words; *at != '\0';) {
		size_t len = strcspn(at, " ");
		const char *next = at + len + strspn(at + len, " ");
		lsec_buffer_add(&ret, at, len);
		if (*next != '\0')
			lsec_buffer_text(&ret, strchr(next, ' ') == NULL ? " or " : ", ");
		at = next;
	}
	return lsec_buffer_take(&ret);
}

/* The place of a word in a row of them; -1 where it is not there. */
static int place_of(const char *word, const char *words)
{
	int place = 0;
	for (const char *at = words; *at != '\0'; place++) {
		size_t len = strcspn(at, " ");
		if (strlen(word) == len && memcmp(word, at, len) == 0)
			return place;
		at += len + strspn(at + len, " ");
	}
	return -1;
}

static int set_choice(const struct lsec_option *option, const char *text, unsigned *field,
                      struct lsec_problems *problems)
{
	int place = place_of(text, option->complete);
	if (place >= 0) {
		*field = option->kind == LSEC_OPTION_MASK ? *field | 1U << place : (unsigned)place;
		return 0;
	}
	lsec_owned_text name = lsec_format("--%s", option->name);
	lsec_owned_text words = words_for_people(option->complete);
	if (name == NULL || words == NULL)
		return lsec_problem_no_memory(problems);
	return lsec_problem_add(problems, name, "found %s; want %s", lsec_quote(text).text, words);
}

static int set_number(const struct lsec_option *option, const char *text, int32_t *field,
                      struct lsec_problems *problems)
{
	char *end = NULL;
	errno = 0;
	long number = strtol(text, &end, 10);
	bool digits = text[text[0] == '-'] >= '0' && text[text[0] == '-'] <= '9';
	if (digits && *end == '\0' && errno == 0 && number >= INT32_MIN && number <= INT32_MAX) {
		*field = (int32_t)number;
		return 0;
	}
	lsec_owned_text name = lsec_format("--%s", option->name);
	if (name == NULL)
		return lsec_problem_no_memory(problems);
	return lsec_problem_add(problems, name, "found %s; want a whole number from %d to %d",
	                        lsec_quote(text).text, INT32_MIN, INT32_MAX);
}

static int take(const struct lsec_option *option, const char *text, struct lsec_options *ret,
                struct lsec_problems *problems)
{
	void *field = (char *)ret + option->offset;
	switch (option->kind) {
	case LSEC_OPTION_TEXT:
		return set_text(option, field, text, problems);
	case LSEC_OPTION_TEXTS:
		return add_text(field, text, problems);
	case LSEC_OPTION_MODE:
		return set_mode(option, ret, problems);
	case LSEC_OPTION_CHOICE:
	case LSEC_OPTION_MASK:
		return set_choice(option, text, field, problems);
	case LSEC_OPTION_NUMBER:
		return set_number(option, text, field, problems);
	case LSEC_OPTION_FLAG:
		*(bool *)field = true;
		return 0;
	case LSEC_OPTION_HELP:
		ret->help = true;
		return 0;
	case LSEC_OPTION_OPERANDS:
		break;
	}
	return -1;
}

/* The row of a command's operands; NULL where it has none. */
static const struct lsec_option *operands_of(enum lsec_command_id command)
{
	for (const struct lsec_option *option = options; option->name != NULL; option++)
		if ((option->commands & command) != 0 && option->kind == LSEC_OPTION_OPERANDS)
			return option;
	return NULL;
}

/* The options of one command in the form of getopt_long(): row i of the table
 * is said by the value 256 + i. */
static void fill_getopt(enum lsec_command_id command, struct option ret[OPTIONS], char letters[])
{
	size_t count = 0;
	if (operands_of(command) == NULL)
		*letters++ = '+'; /* no permutation: what is left over is told */
	*letters++ = ':';
	for (size_t i = 0; options[i].name != NULL; i++) {
		if ((options[i].commands & command) == 0 || options[i].kind == LSEC_OPTION_OPERANDS)
			continue;
		ret[count++] = (struct option){
			.name = options[i].name,
			.has_arg = options[i].argument == NULL ? no_argument : required_argument,
			.val = 256 + (int)i,
		};
		if (options[i].letter == 0)
			continue;
		*letters++ = options[i].letter;
		if (options[i].argument != NULL)
			*letters++ = ':';
	}
	*letters = '\0';
	ret[count] = (struct option){0};
}

static const struct lsec_option *row_of(enum lsec_command_id command, int value)
{
	if (value >= 256)
		return &options[value - 256];
	const struct lsec_option *option = options;
	while (option->letter != value || (option->commands & command) == 0)
		option++;
	return option;
}

/* What getopt_long() did not take: `word`, or a letter, which may stand in a row of them. */
static int refuse(const struct lsec_command *command, const char *word, bool no_argument_given,
                  struct lsec_problems *problems)
{
	const char letter[] = {'-', (char)optopt, '\0'};
	if (optopt > 0 && optopt < 256)
		word = letter;
	if (no_argument_given)
		return lsec_problem_add(problems, lsec_quote(word).text,
		                        "has no value; want one behind it (launchsec %s --help)",
		                        command->name);
	return lsec_problem_add(
		problems, lsec_quote(word).text,
		"is no option of launchsec %s, or takes no value; \"launchsec %s --help\" "
		"lists them",
		command->name, command->name);
}

/* What the options left: for the command's operands where it has any. */
static int read_operands(const struct lsec_command *command, char **left, struct lsec_options *ret,
                         struct lsec_problems *problems)
{
	int status = 0;
	const struct lsec_option *operands = operands_of(command->id);
	if (operands != NULL && *left == NULL && !ret->help)
		return lsec_problem_add(problems, operands->name,
		                        "not given; want one at least (launchsec %s --help)",
		                        command->name);
	for (; *left != NULL; left++) {
		if (operands != NULL && **left == '\0')
			status |= lsec_problem_add(problems, operands->name,
			                           "given an empty name; want a file, or -");
		else if (operands != NULL)
			status |=
				add_text((void *)((char *)ret + operands->offset), *left, problems);
		else
			status |= lsec_problem_add(
				problems, lsec_quote(*left).text,
				"is left over; want options only (launchsec %s --help)",
				command->name);
	}
	return status;
}

static int read_options(const struct lsec_command *command, int argc, char **argv,
                        struct lsec_options *ret, struct lsec_problems *problems)
{
	struct option rows[OPTIONS];
	char letters[2 * OPTIONS + 3];
	int status = 0;
	int value;
	fill_getopt(command->id, rows, letters);
	opterr = 0;
	optind = 0; /* forgets an earlier command line altogether: glibc keeps a pointer into it */
	while ((value = getopt_long(argc, argv, letters, rows, NULL)) != -1) {
		if (value == '?' || value == ':')
			status |= refuse(command, argv[optind - 1], value == ':', problems);
		else
			status |= take(row_of(command->id, value), optarg, ret, problems);
	}
	return status | read_operands(command, argv + optind, ret, problems);
}

static int require_connect(const struct lsec_options *given, struct lsec_problems *problems)
{
	int status = 0;
	if (given->connect[0] == '\0' || !lsec_printable(given->connect))
		status =
			lsec_problem_add(problems, "--connect",
		                         "found %s; want a libvirt URI in printable ASCII, such as "
		                         "qemu:///system",
		                         lsec_quote(given->connect).text);
	if (given->command == PROBE && given->format == LSEC_FORMAT_JSON)
		status =
			lsec_problem_add(problems, "--connect",
		                         "found with --format json, which is a file of this host's "
		                         "facts only; want text");
	if (given->command == APPLY && given->mode != LSEC_MODE_CHECK)
		status = lsec_problem_add(problems, "--connect",
		                          "found without --check; want both: what libvirt says is "
		                          "part of the verdict");
	return status;
}

static int require(const struct lsec_options *given, struct lsec_problems *problems)
{
	int status = 0;
	bool hook = given->command == HOOK;
	if ((given->command & ONE_DOMAIN) != 0 && given->domain == NULL)
		status = lsec_problem_add(problems, "--domain",
		                          "not given; want the libvirt domain %s",
		                          hook ? "XML as its value" : "XML file");
	if (hook && given->vmi == NULL)
		status = lsec_problem_add(problems, "--vmi",
		                          "not given; want the VMI's JSON as its value");
	if (given->command == INITDATA && given->file == NULL)
		status = lsec_problem_add(problems, "--file",
		                          "not given; want the initdata document's file, or -");
	if (given->hook_name != NULL &&
	    (given->hook_name[0] == '\0' || !lsec_printable(given->hook_name)))
		status = lsec_problem_add(problems, "--hook-name",
		                          "found %s; want a name in printable ASCII",
		                          lsec_quote(given->hook_name).text);
	if (given->host != NULL && given->host_root != NULL)
		status = lsec_problem_add(problems, "--host-root",
		                          "found --host too, whose facts are from elsewhere; want "
		                          "one of them");
	if (given->connect != NULL)
		status |= require_connect(given, problems);
	if (given->command != APPLY)
		return status;
	if (given->domain != NULL && given->vmi != NULL && strcmp(given->domain, "-") == 0 &&
	    strcmp(given->vmi, "-") == 0)
		status = lsec_problem_add(problems, "--vmi",
		                          "found - for --domain too; want one of them from a file");
	if (given->mode == LSEC_MODE_DIFF && given->format == LSEC_FORMAT_JSON)
		status = lsec_problem_add(problems, "--format",
		                          "found json with --diff; want text, or --explain");
	return status;
}

static const struct lsec_command *find_command(const char *word, struct lsec_problems *problems)
{
	const struct lsec_command *nearest = NULL;
	size_t least = 4;
	for (const struct lsec_command *command = commands; command->name != NULL; command++) {
		size_t distance = lsec_edit_distance(word, command->name);
		if (distance == 0)
			return command;
		if (distance < least) {
			least = distance;
			nearest = command;
		}
	}
	lsec_problem_add(problems, lsec_quote(word).text,
	                 "is no command%s%s%s; \"launchsec --help\" lists them",
	                 nearest == NULL ? "" : "; did you mean ",
	                 nearest == NULL ? "" : nearest->name, nearest == NULL ? "" : "?");
	return NULL;
}

int lsec_options_read(int argc, char **argv, struct lsec_options *ret,
                      struct lsec_problems *problems)
{
	const char *slash = argc > 0 ? strrchr(argv[0], '/') : NULL;
	const char *called = slash != NULL ? slash + 1 : argc > 0 ? argv[0] : "";
	const struct lsec_command *command = lsec_command(HOOK);
	*ret = (struct lsec_options){0};
	if (strcmp(called, "onDefineDomain") != 0) {
		if (argc < 2)
			return lsec_problem_add(
				problems, "launchsec",
				"no command given; \"launchsec --help\" lists them");
		if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
		    strcmp(argv[1], "help") == 0) {
			ret->help = true;
			return 0;
		}
		command = strcmp(argv[1], "--version") == 0 ? lsec_command(LSEC_COMMAND_VERSION)
		                                            : find_command(argv[1], problems);
		if (command == NULL)
			return -1;
		argc--;
		argv++;
	}
	ret->command = command->id;
	ret->log_level = LSEC_INFO;
	int status = read_options(command, argc, argv, ret, problems);
	return ret->help ? status : status | require(ret, problems);
}

void lsec_options_clear(struct lsec_options *given)
{
	free(given->set.of);
	free(given->standard.of);
	free(given->forbid.of);
	free(given->files.of);
	*given = (struct lsec_options){0};
}
