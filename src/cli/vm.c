/* SPDX-License-Identifier: Apache-2.0 */
/* Manifests of VMs, and what kubectl's --namespace adds to them. */
#include "vm.h"

#include <string.h>

#include "annotations/provision.h"
#include "io.h"

/* As kubectl does: a manifest may leave its namespace out, but not contradict. */
static int set_name_space(const char *name, struct lsec_vmi *vmi, struct lsec_problems *problems)
{
	if (!lsec_is_name_space(name))
		return lsec_problem_add(
			problems, "--namespace",
			"%s is not a valid namespace name; use lowercase letters, digits and hyphens",
			lsec_quote(name).text);
	if (vmi->name_space != NULL && strcmp(vmi->name_space, name) != 0)
		return lsec_problem_add(
			problems, "--namespace",
			"%s differs from the manifest's metadata.namespace, %s; remove one of them",
			lsec_quote(name).text, lsec_quote(vmi->name_space).text);
	if (vmi->name_space == NULL)
		vmi->name_space = lsec_strdup(name);
	return 0;
}

int lsec_read_vm(const struct lsec_options *options, struct lsec_vmi *vmi,
                 struct lsec_hardware *hardware, struct lsec_problems *problems)
{
	cleanup_buffer struct lsec_buffer file = {0};
	if (lsec_read_file(options->vmi, LSEC_MAX_VMI, &file, problems) < 0)
		return -1;
	const struct lsec_manifest manifest = {file.bytes == NULL ? "" : file.bytes, file.len,
	                                       lsec_input_name(options->vmi)};
	if (options->domain != NULL && manifest.bytes[lsec_blanks(file.bytes, file.len)] == '<')
		return lsec_problem_add(
			problems, manifest.name,
			"is XML, not a VM in YAML or JSON; are --vmi and --domain swapped?");
	int status = hardware == NULL ? lsec_vmi_read_yaml(manifest.bytes, manifest.len,
	                                                   manifest.name, vmi, problems)
	                              : lsec_manifest_read(&manifest, vmi, hardware, problems);
	if (status < 0)
		return -1;
	return options->name_space == NULL ? 0 : set_name_space(options->name_space, vmi, problems);
}
