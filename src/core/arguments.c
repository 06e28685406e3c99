/* SPDX-License-Identifier: Apache-2.0 */
#include "arguments.h"

#include <string.h>

#include "text.h"
#include "xml.h"

/*
 * QEMU takes the last of several -machine options, and libvirt puts these
 * arguments last: such a one would start the guest with another protection
 * than <launchSecurity> says, or with none. What -readconfig reads nobody sees.
 */
static const char *const overriding[] = {"confidential-guest-support", "memory-encryption",
                                         "-readconfig"};

/* These change firmware, machine or CPU behind libvirt's back. */
static const char *const doubtful[] = {"-machine", "-M",   "-bios",  "-pflash",
                                       "-accel",   "-cpu", "-kernel"};

/* Whether a QEMU argument sets a property of that name, in the form of
 * name=value,… or of JSON. */
static bool sets(const char *value, const char *name)
{
	size_t len = strlen(name);
	for (const char *at = strstr(value, name); at != NULL; at = strstr(at + len, name)) {
		char before = at == value ? ',' : at[-1];
		if (strchr(",\".", before) != NULL && strchr("=\"", at[len]) != NULL &&
		    at[len] != '\0')
			return true;
	}
	return false;
}

/* The word of a list that a QEMU argument is, an option with one dash or two,
 * or sets, a property; NULL for none. */
static const char *match(const char *value, const char *const *words, size_t count)
{
	const char *option = strncmp(value, "--", 2) == 0 ? value + 1 : value;
	for (size_t i = 0; i < count; i++)
		if (words[i][0] == '-' ? strcmp(option, words[i]) == 0 : sets(value, words[i]))
			return words[i];
	return NULL;
}

char *lsec_argument_place(unsigned index)
{
	return lsec_format("/domain/qemu:commandline/qemu:arg[%u]/@value", index);
}

static int check(struct lsec_arguments *arguments, const struct lsec_argument *argument,
                 struct lsec_problems *problems)
{
	const char *value = argument->value;
	if (value == NULL || argument->own)
		return 0;
	const char *bad = match(value, overriding, sizeof(overriding) / sizeof(overriding[0]));
	if (arguments->doubtful == NULL)
		arguments->doubtful =
			match(value, doubtful, sizeof(doubtful) / sizeof(doubtful[0]));
	if (bad == NULL)
		return 0;
	lsec_owned_text place = lsec_argument_place(argument->index);
	if (place == NULL)
		return lsec_problem_no_memory(problems);
	return lsec_problem_add(problems, place,
	                        "found %s, by which QEMU would override launchSecurity; want no "
	                        "\"%s\" there: remove it",
	                        lsec_quote(value).text, bad);
}

bool lsec_is_qemu(const xmlNode *node, const char *name)
{
	return node->type == XML_ELEMENT_NODE && node->ns != NULL &&
	       strcmp((const char *)node->ns->href, LSEC_QEMU_NAMESPACE) == 0 &&
	       (name == NULL || strcmp((const char *)node->name, name) == 0);
}

/* Whether two arguments, the second behind the first, are a pair of ours. An object with our id
 * is, whatever else it says; a reference only if there is nothing else in it. */
static bool is_own_pair(const struct lsec_argument *option, const struct lsec_argument *argument)
{
	static const char alone[] = "confidential-guest-support=lsec0";
	size_t len = strlen(LSEC_OWN_OBJECT);
	const char *value = argument->value;
	if (option->value == NULL || value == NULL || !lsec_is_qemu(option->node, "arg") ||
	    !lsec_is_qemu(argument->node, "arg"))
		return false;
	if (strcmp(option->value, "-object") == 0)
		return strncmp(value, LSEC_OWN_OBJECT, len) == 0 &&
		       (value[len] == ',' || value[len] == '}');
	return strcmp(option->value, "-machine") == 0 &&
	       (strcmp(value, LSEC_OWN_MACHINE) == 0 || strcmp(value, alone) == 0);
}

static int add(struct lsec_arguments *arguments, xmlNode *node, unsigned index,
               struct lsec_problems *problems)
{
	struct lsec_argument argument = {.node = node, .index = index};
	if (lsec_xml_attribute(node, "value", &argument.value, problems) < 0)
		return -1;
	if (arguments->count == arguments->room) {
		size_t room = arguments->room * 2 + 16;
		struct lsec_argument *grown = reallocarray(arguments->of, room, sizeof(*grown));
		if (grown == NULL) {
			free(argument.value);
			return lsec_problem_no_memory(problems);
		}
		arguments->of = grown;
		arguments->room = room;
	}
	arguments->of[arguments->count++] = argument;
	return 0;
}

/* Marks ours, also those that stand next to each other only where others of ours are gone:
 * none may be left when these are taken out. */
static void mark_own(struct lsec_arguments *arguments)
{
	struct lsec_argument *of = arguments->of;
	size_t last = SIZE_MAX;
	for (size_t i = 0; i < arguments->count; i++) {
		if (last != SIZE_MAX && is_own_pair(&of[last], &of[i])) {
			arguments->own = of[last].own = of[i].own = true;
			last = of[last].before;
		} else {
			of[i].before = last;
			last = i;
		}
	}
}

int lsec_arguments_find(const xmlNode *root, struct lsec_arguments *ret,
                        struct lsec_problems *problems)
{
	int status = 0;
	for (const xmlNode *line = root->children; line != NULL; line = line->next) {
		unsigned index = 0;
		if (!lsec_is_qemu(line, NULL))
			continue;
		for (xmlNode *arg = line->children; arg != NULL; arg = arg->next)
			if (arg->type == XML_ELEMENT_NODE &&
			    strcmp((const char *)arg->name, "arg") == 0)
				status |= add(ret, arg, ++index, problems);
	}
	mark_own(ret);
	for (size_t i = 0; i < ret->count; i++)
		status |= check(ret, &ret->of[i], problems);
	return status;
}

void lsec_arguments_clear(struct lsec_arguments *arguments)
{
	for (size_t i = 0; i < arguments->count; i++)
		free(arguments->of[i].value);
	free(arguments->of);
	*arguments = (struct lsec_arguments){0};
}
