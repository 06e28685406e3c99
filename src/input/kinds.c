/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the VirtualMachineInstance in a document, by the document's kind. */
#include "kinds.h"

#include <string.h>

static const struct lsec_vmi_kind kinds[] = {
	{"VirtualMachineInstance", "", false, false},
	{"VirtualMachine", "spec.template.", false, false},
	{"VirtualMachineInstanceReplicaSet", "spec.template.", false, true},
	{"VirtualMachinePool", "spec.virtualMachineTemplate.spec.template.", true, true},
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

const struct lsec_vmi_kind *lsec_vmi_kind_at(size_t index)
{
	return index < KINDS ? &kinds[index] : NULL;
}

const struct lsec_vmi_kind *lsec_vmi_kind(const struct json_object *document)
{
	const char *kind = lsec_json_text(lsec_json_member(document, "kind"));
	for (size_t i = 0; kind != NULL && i < KINDS; i++)
		if (strcmp(kind, kinds[i].name) == 0)
			return &kinds[i];
	return NULL;
}

const struct json_object *lsec_vmi_instance(const struct json_object *document,
                                            const struct json_object **ret_owner)
{
	const struct lsec_vmi_kind *kind = lsec_vmi_kind(document);
	*ret_owner = document;
	if (kind == NULL || kind->path[0] == '\0')
		return document;
	if (kind->pool)
		*ret_owner = lsec_json_at(document, "spec.virtualMachineTemplate", '.');
	return lsec_json_at(*ret_owner, "spec.template", '.');
}
