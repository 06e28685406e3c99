/* SPDX-License-Identifier: Apache-2.0 */
/* What a request asks for, by docs/annotations.md, for one that was taken: what should have been
 * refused is aborted over. */
#include "wish.h"

#include <strings.h>

#include "decode.h"

const struct wish_key wish_keys[LSEC_KEYS] = {
	[LSEC_KEY_TYPE] = {"type", SNP | TDX, NULL, 0, false},
	[LSEC_KEY_FIRMWARE] = {"firmware", SNP | TDX, NULL, 0, false},
	[LSEC_KEY_CBITPOS] = {"cbitpos", SNP, "cbitpos", 0, false},
	[LSEC_KEY_REDUCED_PHYS_BITS] = {"reduced-phys-bits", SNP, "reducedPhysBits", 0, false},
	[LSEC_KEY_POLICY] = {"policy", SNP | TDX, "policy", 0, false},
	[LSEC_KEY_ALLOW_DEBUG] = {"allow-debug", SNP | TDX, NULL, 0, false},
	[LSEC_KEY_ALLOW_QEMU_ARGUMENTS] = {"allow-qemu-arguments", SNP | TDX, NULL, 0, false},
	[LSEC_KEY_KERNEL_HASHES] = {"kernel-hashes", SNP, "kernelHashes", 0, false},
	[LSEC_KEY_AUTHOR_KEY] = {"author-key", SNP, "authorKey", 0, false},
	[LSEC_KEY_VCEK] = {"vcek", SNP, "vcek", 0, false},
	[LSEC_KEY_GUEST_VISIBLE_WORKAROUNDS] = {"guest-visible-workarounds", SNP,
                                                "guestVisibleWorkarounds", 16, false},
	[LSEC_KEY_ID_BLOCK] = {"id-block", SNP, "idBlock", 96, false},
	[LSEC_KEY_ID_AUTH] = {"id-auth", SNP, "idAuth", 4096, false},
	[LSEC_KEY_HOST_DATA] = {"host-data", SNP, "hostData", 32, true},
	[LSEC_KEY_MR_CONFIG_ID] = {"mr-config-id", TDX, "mrConfigId", 48, true},
	[LSEC_KEY_MR_OWNER] = {"mr-owner", TDX, "mrOwner", 48, true},
	[LSEC_KEY_MR_OWNER_CONFIG] = {"mr-owner-config", TDX, "mrOwnerConfig", 48, true},
	[LSEC_KEY_QGS] = {"qgs", TDX, "quoteGenerationService", 0, false},
	[LSEC_KEY_BIND] = {"bind", SNP | TDX, NULL, 0, true},
	[LSEC_KEY_INITDATA] = {"initdata", SNP | TDX, NULL, 0, false},
	[LSEC_KEY_PROVISION] = {"provision", SNP | TDX, NULL, 0, false},
	[LSEC_KEY_OEM_STRINGS] = {"oem-strings", SNP | TDX, NULL, 0, false},
};

const char *wish_annotation(const struct lsec_request *request, size_t key)
{
	const char *found = NULL;
	for (size_t i = 0; i < request->vmi->annotation_count; i++)
		if (strcmp(request->vmi->annotations[i].key, wish_keys[key].name) == 0) {
			HOLDS(found == NULL, "%s twice was taken", wish_keys[key].name);
			found = request->vmi->annotations[i].value;
		}
	return found;
}

const char *wish_cluster(const struct wish_asker *asker, size_t key)
{
	return asker->request->config->defaults[asker->tee == TDX][key].text;
}

const char *wish_value(const struct wish_asker *asker, size_t key)
{
	const char *text = wish_annotation(asker->request, key);
	if ((wish_keys[key].tees & asker->tee) == 0)
		return NULL;
	return text != NULL ? text : wish_cluster(asker, key);
}

/* Each key is known, of this TEE, and nobody keeps it from VMs. */
static void check_keys(const struct wish_asker *asker)
{
	for (size_t i = 0; i < asker->request->vmi->annotation_count; i++) {
		const char *name = asker->request->vmi->annotations[i].key;
		size_t key = 0;
		while (key < LSEC_KEYS && strcmp(wish_keys[key].name, name) != 0)
			key++;
		HOLDS(key < LSEC_KEYS, "an unknown key was taken");
		HOLDS((wish_keys[key].tees & asker->tee) != 0, "%s was taken for another TEE",
		      name);
		HOLDS(asker->request->config->forbidden[key] == NULL, "%s is forbidden", name);
	}
}

static enum lsec_tee tee_of(const char *name)
{
	HOLDS(name != NULL, "no TEE was named");
	bool snp = strcmp(name, "sev-snp") == 0;
	HOLDS(snp || strcmp(name, "tdx") == 0, "a TEE named \"%.40s\" was taken", name);
	return snp ? SNP : TDX;
}

/*
 * `auto` takes the domain's own, else what KVM has switched on. A domain without launchSecurity is
 * one for TDX where the VM's spec says so, or our own arguments stand in it.
 */
static const char *type_of(const struct lsec_request *request, const char *type, const char *own)
{
	const struct lsec_fact *facts = request->host->of;
	const char *of_vmi = request->vmi->launch_security;
	bool elsewhere = (of_vmi != NULL && strcmp(of_vmi, "tdx") == 0) ||
	                 memmem(request->domain, request->domain_len, "lsec0", 5) != NULL;
	if (own == NULL && elsewhere)
		own = "tdx";
	bool named = own != NULL && (strcmp(own, "sev-snp") == 0 || strcmp(own, "tdx") == 0);
	if (type == NULL || strcmp(type, "auto") != 0)
		return type != NULL ? type : own;
	if (named)
		return own;
	HOLDS(facts[LSEC_FACT_KVM_AMD_SEV_SNP].state != facts[LSEC_FACT_KVM_INTEL_TDX].state,
	      "auto took one of two, or of none");
	return facts[LSEC_FACT_KVM_AMD_SEV_SNP].state == LSEC_YES ? "sev-snp" : "tdx";
}

static void wish_firmware(const struct wish_asker *asker, struct fuzz_wish *wish)
{
	const char *text = wish_value(asker, LSEC_KEY_FIRMWARE);
	const xmlNode *os = fuzz_child(asker->root, "os");
	const xmlNode *loader = fuzz_child(os, "loader");
	fuzz_owned own = loader == NULL ? NULL : fuzz_element_text(loader);
	bool keep = text != NULL && strcmp(text, "keep") == 0;
	bool has = own != NULL && own[0] != '\0';
	bool kept_from_vms = asker->request->config->forbidden[LSEC_KEY_FIRMWARE] != NULL;
	if (keep || (text == NULL && !kept_from_vms && fuzz_attribute_is(loader, "type", "rom"))) {
		text = has ? own : fuzz_attribute_is(os, "firmware", "efi") ? "auto" : NULL;
		HOLDS(text != NULL || !keep, "there was no firmware to keep");
	}
	if (text == NULL)
		text = asker->tee == SNP ? "/usr/share/edk2/ovmf/OVMF.amdsev.fd"
		                         : "/usr/share/edk2/ovmf/OVMF.inteltdx.fd";
	if (strcmp(text, "auto") != 0) {
		size_t len = strlen(text);
		HOLDS(text[0] == '/', "firmware %.40s was taken", text);
		HOLDS(len < 5 || strcasecmp(text + len - 5, ".igvm") != 0, "IGVM was taken");
		wish->firmware = fuzz_text((const uint8_t *)text, strlen(text));
	}
}

static void add_string(struct fuzz_wish *wish, char *string)
{
	wish->strings = reallocarray(wish->strings, wish->string_count + 1, sizeof(char *));
	HOLDS(wish->strings != NULL && string != NULL, "out of memory");
	wish->strings[wish->string_count++] = string;
}

static void wish_strings(const struct wish_asker *asker, struct fuzz_wish *wish)
{
	const char *initdata = wish_value(asker, LSEC_KEY_INITDATA);
	const char *provision = wish_value(asker, LSEC_KEY_PROVISION);
	const char *text = wish_value(asker, LSEC_KEY_OEM_STRINGS);
	HOLDS(initdata == NULL || provision == NULL, "two documents were taken");
	if (provision != NULL) {
		wish->document = (uint8_t *)fuzz_provision_document(asker->request->vmi, provision);
		wish->document_len = strlen((const char *)wish->document);
		add_string(wish, fuzz_base64_encode(wish->document, wish->document_len));
	}
	if (initdata != NULL) {
		wish->document =
			fuzz_initdata_document(initdata, strlen(initdata), &wish->document_len);
		add_string(wish, fuzz_base64_encode(wish->document, wish->document_len));
	}
	if (text == NULL)
		return;
	if (text[strspn(text, " \t\r\n")] != '[') {
		add_string(wish, fuzz_text((const uint8_t *)text, strlen(text)));
		return;
	}
	struct json_object *list = fuzz_json(text, strlen(text));
	HOLDS(json_object_is_type(list, json_type_array) && json_object_array_length(list) > 0,
	      "a bad list of strings was taken");
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		const char *string = fuzz_string(json_object_array_get_idx(list, i));
		HOLDS(string != NULL && string[0] != '\0', "no string in a list was taken");
		add_string(wish, fuzz_text((const uint8_t *)string, strlen(string)));
	}
	json_object_put(list);
}

void fuzz_wish_read(const struct lsec_request *request, const xmlNode *root, struct fuzz_wish *ret)
{
	struct wish_asker asker = {request, root, fuzz_child(root, "launchSecurity"),
	                           LSEC_TEE_NONE};
	const char *type = wish_annotation(request, LSEC_KEY_TYPE);
	fuzz_owned own = fuzz_attribute(asker.security, "type");
	*ret = (struct fuzz_wish){0};
	if (request->vmi->annotation_count == 0 || (type != NULL && strcmp(type, "none") == 0))
		return;
	type = type_of(request, type, own);
	asker.tee = ret->tee = tee_of(type);
	HOLDS(own == NULL || strcmp(type, own) == 0 ||
	              (asker.tee == SNP && strcmp(own, "sev") == 0),
	      "%.10s was taken for a domain of %.10s", type, own);
	check_keys(&asker);
	const char *allowed = wish_value(&asker, LSEC_KEY_ALLOW_QEMU_ARGUMENTS);
	ret->qemu_arguments = allowed != NULL && decode_yes(allowed);
	wish_firmware(&asker, ret);
	wish_strings(&asker, ret);
	wish_fields(&asker, ret);
	wish_bind(&asker, ret);
	wish_digest(&asker, ret);
}

void fuzz_wish_clear(struct fuzz_wish *wish)
{
	for (size_t i = 0; i < wish->field_count; i++)
		free(wish->fields[i].bytes);
	for (size_t i = 0; i < wish->string_count; i++)
		free(wish->strings[i]);
	free(wish->strings);
	free(wish->firmware);
	free(wish->document);
}
