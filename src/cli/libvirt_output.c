/* SPDX-License-Identifier: Apache-2.0 */
/* What a libvirt said of a domain and its host. */
#include "libvirt_output.h"

static void add_host(struct lsec_buffer *ret, const struct lsec_virt_capabilities *host)
{
	lsec_buffer_format(ret, "  launchSecurity types:%s%s%s%s\n", host->sev_type ? " sev" : "",
	                   host->sev_snp_type ? " sev-snp" : "", host->tdx_type ? " tdx" : "",
	                   host->sev_type || host->sev_snp_type || host->tdx_type ? "" : " none");
	if (host->cbitpos.told && host->reduced_phys_bits.told)
		lsec_buffer_format(ret, "  C-bit position %u, reduced physical address bits %u\n",
		                   host->cbitpos.value, host->reduced_phys_bits.value);
}

void lsec_output_libvirt(struct lsec_buffer *ret, const struct lsec_virt_facts *facts)
{
	lsec_buffer_format(ret, "%s: accepted by libvirt %s", facts->uri,
	                   lsec_virt_version(facts->libvirt).text);
	if (lsec_virt_is_qemu(facts) && facts->hypervisor != 0)
		lsec_buffer_format(ret, ", QEMU %s", lsec_virt_version(facts->hypervisor).text);
	lsec_buffer_text(ret, "\n");
	if (facts->has_capabilities)
		add_host(ret, &facts->capabilities);
}

static void put_version(struct json_object *root, const char *name, uint32_t version)
{
	lsec_json_add_text(root, name, version == 0 ? NULL : lsec_virt_version(version).text);
}

static void put_number(struct json_object *root, const char *name, struct lsec_virt_number number)
{
	lsec_json_add(root, name, number.told ? lsec_json_new_number(number.value) : NULL);
}

static void put_capabilities(struct json_object *root, const struct lsec_virt_capabilities *host)
{
	struct json_object *types = lsec_json_new_list();
	if (host->sev_type)
		lsec_json_append(types, lsec_json_new_text("sev"));
	if (host->sev_snp_type)
		lsec_json_append(types, lsec_json_new_text("sev-snp"));
	if (host->tdx_type)
		lsec_json_append(types, lsec_json_new_text("tdx"));
	lsec_json_add(root, "launch-security", types);
	put_number(root, "cbitpos", host->cbitpos);
	put_number(root, "reduced-phys-bits", host->reduced_phys_bits);
}

struct json_object *lsec_libvirt_to_json(const struct lsec_virt_facts *facts)
{
	struct json_object *item = lsec_json_new_object();
	lsec_json_add_text(item, "uri", facts->uri);
	lsec_json_add_text(item, "driver", facts->driver);
	put_version(item, "libvirt", facts->libvirt);
	put_version(item, "qemu", lsec_virt_is_qemu(facts) ? facts->hypervisor : 0);
	if (facts->has_capabilities)
		put_capabilities(item, &facts->capabilities);
	return item;
}
