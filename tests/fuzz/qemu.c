/* SPDX-License-Identifier: Apache-2.0 */
/* What must not stand in QEMU's namespace of a domain that was taken, by docs/qemu-arguments.md. */

#include "decode.h"
#include "fuzz.h"

#define NAMESPACE "http://libvirt.org/schemas/domain/qemu/1.0"

struct qemu {
	const xmlNode *root;
	bool allowed, firmware_pinned;
	char *previous; /* argument, with - for _, or NULL */
};

/* To be freed. */
static char *folded(const xmlNode *element, const char *name)
{
	char *text = fuzz_attribute(element, name);
	for (char *at = text; at != NULL && *at != '\0'; at++)
		*at = *at == '_' ? '-' : *at;
	return text;
}

static bool is_one_of(const char *text, const char *const *words)
{
	while (*words != NULL && strcmp(text, *words) != 0)
		words++;
	return *words != NULL;
}

/* An option's name, or NULL. */
static const char *option_of(const char *argument)
{
	if (argument == NULL || argument[0] != '-')
		return NULL;
	return argument + strspn(argument, "-");
}

static bool is_guest(const char *type, size_t len)
{
	return len >= 6 && memcmp(type + len - 6, "-guest", 6) == 0;
}

/* Where launchsec writes its own, and nowhere else. */
static bool is_in_place(const struct qemu *qemu, const xmlNode *arg)
{
	return arg->parent->parent == qemu->root;
}

/* Each NAME=VALUE of an argument; of the first one the name may be left out. */
static void check_pieces(const struct qemu *qemu, const xmlNode *arg, const char *option,
                         const char *value)
{
	static const char *const protecting[] = {"confidential-guest-support", "memory-encryption",
	                                         "igvm-cfg", NULL};
	bool own = is_in_place(qemu, arg) &&
	           strcmp(value, "confidential-guest-support=lsec0,kernel-irqchip=split") == 0;
	for (bool first = true; *value != '\0' && !own; first = false) {
		size_t name = strcspn(value, "=,");
		bool named = value[name] == '=';
		char word[64] = "";
		if (named && name < sizeof(word))
			memcpy(word, value, name);
		const char *is = named ? value + name + 1 : value;
		size_t len = strcspn(is, ",");
		while (is[len] == ',' && is[len + 1] == ',')
			len += 2 + strcspn(is + len + 2, ",");
		if (strcmp(option, "object") == 0)
			HOLDS(!((named ? strcmp(word, "qom-type") == 0 : first) &&
			        is_guest(is, len)),
			      "an object that protects a VM");
		else
			HOLDS(!is_one_of(word, protecting), "the machine's %s", word);
		value = is + len + (is[len] == ',');
	}
}

static void check_object(const struct qemu *qemu, const xmlNode *arg)
{
	fuzz_owned text = fuzz_attribute(arg, "value");
	struct json_object *object = fuzz_json(text, strlen(text));
	const char *type = fuzz_string(json_object_object_get(object, "qom-type"));
	bool own = strncmp(text, "{\"qom-type\":\"tdx-guest\",\"id\":\"lsec0\"", 36) == 0;
	HOLDS(type == NULL || !is_guest(type, strlen(type)) || (own && is_in_place(qemu, arg)),
	      "an object that protects a VM, as JSON");
	json_object_put(object);
}

static void check_option(const struct qemu *qemu, const char *option)
{
	static const char *const never[] = {"readconfig", "set",    "preconfig", "incoming",
	                                    "loadvm",     "plugin", NULL};
	static const char *const firmware[] = {"bios", "pflash", "L", "option-rom", NULL};
	static const char *const others[] = {"kernel", "initrd", "append",     "cpu", "smp",
	                                     "m",      "accel",  "enable-kvm", NULL};
	HOLDS(!is_one_of(option, never), "-%s", option);
	HOLDS(!is_one_of(option, firmware) || (qemu->allowed && !qemu->firmware_pinned), "-%s",
	      option);
	HOLDS(!is_one_of(option, others) || qemu->allowed, "-%s", option);
}

static void check_argument(struct qemu *qemu, const xmlNode *arg)
{
	char *value = folded(arg, "value");
	const char *option = option_of(value);
	const char *before = option_of(qemu->previous);
	if (option != NULL)
		check_option(qemu, option);
	if (before != NULL && value != NULL && value[0] == '{' && strcmp(before, "object") == 0)
		check_object(qemu, arg);
	else if (before != NULL && value != NULL &&
	         (strcmp(before, "object") == 0 || strcmp(before, "machine") == 0 ||
	          strcmp(before, "M") == 0))
		check_pieces(qemu, arg, before, value);
	free(qemu->previous);
	qemu->previous = value;
}

static void check_capability(const xmlNode *element)
{
	fuzz_owned name = folded(element, "capability");
	HOLDS(name == NULL || (strcmp(name, "confidential-guest-support") != 0 &&
	                       !is_guest(name, strlen(name))),
	      "capability %s", name);
}

void fuzz_check_qemu(const struct lsec_request *request, bool allowed, const xmlNode *root)
{
	struct qemu qemu = {.root = root, .allowed = allowed};
	qemu.firmware_pinned = request->config->forbidden[LSEC_KEY_FIRMWARE] != NULL;
	const xmlNode *node = root;
	while (node != NULL) {
		bool ours = node->type == XML_ELEMENT_NODE && node->ns != NULL &&
		            strcmp((const char *)node->ns->href, NAMESPACE) == 0;
		if (ours && strcmp((const char *)node->name, "arg") == 0)
			check_argument(&qemu, node);
		else if (ours && (strcmp((const char *)node->name, "add") == 0 ||
		                  strcmp((const char *)node->name, "del") == 0))
			check_capability(node);
		if (node->type == XML_ELEMENT_NODE && node->children != NULL) {
			node = node->children;
			continue;
		}
		while (node != root && node->next == NULL)
			node = node->parent;
		node = node == root ? NULL : node->next;
	}
	free(qemu.previous);
}
