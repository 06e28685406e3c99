/* SPDX-License-Identifier: Apache-2.0 */
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
	lsec_buffer_format(ret, "%s: taken by libvirt %s", facts->uri,
	                   lsec_virt_version(facts->libvirt).text);
	if (lsec_virt_is_qemu(facts) && facts->hypervisor != 0)
		lsec_buffer_format(ret, ", QEMU %s", lsec_virt_version(facts->hypervisor).text);
	lsec_buffer_text(ret, "\n");
	if (facts->has_capabilities)
		add_host(ret, &facts->capabilities);
}

static void put_version(json_t *root, const char *name, uint32_t version, bool *failed)
{
	lsec_put_text(root, name, version == 0 ? NULL : lsec_virt_version(version).text, failed);
}

static void put_number(json_t *root, const char *name, struct lsec_virt_number number, bool *failed)
{
	lsec_put(root, name, number.told ? json_integer(number.value) : json_null(), failed);
}

static void put_capabilities(json_t *root, const struct lsec_virt_capabilities *host, bool *failed)
{
	json_t *types = json_array();
	if (types != NULL && host->sev_type)
		lsec_append(types, json_string("sev"), failed);
	if (types != NULL && host->sev_snp_type)
		lsec_append(types, json_string("sev-snp"), failed);
	if (types != NULL && host->tdx_type)
		lsec_append(types, json_string("tdx"), failed);
	lsec_put(root, "launch-security", types, failed);
	put_number(root, "cbitpos", host->cbitpos, failed);
	put_number(root, "reduced-phys-bits", host->reduced_phys_bits, failed);
}

json_t *lsec_libvirt_to_json(const struct lsec_virt_facts *facts, bool *failed)
{
	json_t *item = json_object();
	if (item == NULL)
		return NULL;
	lsec_put_text(item, "uri", facts->uri, failed);
	lsec_put_text(item, "driver", facts->driver, failed);
	put_version(item, "libvirt", facts->libvirt, failed);
	put_version(item, "qemu", lsec_virt_is_qemu(facts) ? facts->hypervisor : 0, failed);
	if (facts->has_capabilities)
		put_capabilities(item, &facts->capabilities, failed);
	return item;
}
