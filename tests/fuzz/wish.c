/* SPDX-License-Identifier: Apache-2.0 */
/* What a request asks for, by docs/annotations.md, for one that was taken: what
 * should have been refused is aborted over. */
#include <jansson.h>

#include "decode.h"
#include "fuzz.h"

#define SNP LSEC_TEE_SEV_SNP
#define TDX LSEC_TEE_TDX

static const struct {
	const char *name;
	unsigned tees;
	const char *xml; /* FUZZ_BYTES and FUZZ_ATTRIBUTE */
	size_t bytes;    /* FUZZ_BYTES */
	bool digest;     /* may be sha256-of: */
} keys[LSEC_KEYS] = {
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
	[LSEC_KEY_OEM_STRINGS] = {"oem-strings", SNP | TDX, NULL, 0, false},
};

struct asker {
	const struct lsec_request *request;
	const xmlNode *root, *security;
	enum lsec_tee tee;
};

static const char *annotation(const struct lsec_request *request, size_t key)
{
	const char *found = NULL;
	for (size_t i = 0; i < request->vmi->annotation_count; i++)
		if (strcmp(request->vmi->annotations[i].key, keys[key].name) == 0) {
			HOLDS(found == NULL, "%s twice was taken", keys[key].name);
			found = request->vmi->annotations[i].value;
		}
	return found;
}

static const char *cluster(const struct asker *asker, size_t key)
{
	return asker->request->config->defaults[asker->tee == TDX][key].text;
}

/* The annotation, else the cluster's default. */
static const char *value_of(const struct asker *asker, size_t key)
{
	const char *text = annotation(asker->request, key);
	if ((keys[key].tees & asker->tee) == 0)
		return NULL;
	return text != NULL ? text : cluster(asker, key);
}

/* Each key is known, of this TEE, and nobody keeps it from VMs. */
static void check_keys(const struct asker *asker)
{
	for (size_t i = 0; i < asker->request->vmi->annotation_count; i++) {
		const char *name = asker->request->vmi->annotations[i].key;
		size_t key = 0;
		while (key < LSEC_KEYS && strcmp(keys[key].name, name) != 0)
			key++;
		HOLDS(key < LSEC_KEYS, "an unknown key was taken");
		HOLDS((keys[key].tees & asker->tee) != 0, "%s was taken for another TEE", name);
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
 * `auto` takes the domain's own, else what KVM has switched on. A domain without launchSecurity
 * is one for TDX where the VM's spec says so, or our own arguments stand in it.
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

/* Whatever was asked for: reserved bits are as they must be, and debug was allowed. */
static void check_policy(const struct asker *asker, uint64_t policy)
{
	uint64_t debug = asker->tee == SNP ? 0x80000 : 1;
	uint64_t known = asker->tee == SNP ? 0x1ffffff : 0x10000001;
	const char *allowed = value_of(asker, LSEC_KEY_ALLOW_DEBUG);
	HOLDS((policy & ~known) == 0, "policy 0x%llx", (unsigned long long)policy);
	HOLDS(asker->tee == TDX || (policy & 0x20000) != 0, "policy 0x%llx",
	      (unsigned long long)policy);
	HOLDS((policy & debug) == 0 || (allowed != NULL && decode_yes(allowed)),
	      "policy 0x%llx lets the host debug the guest", (unsigned long long)policy);
}

static struct fuzz_field *add(struct fuzz_wish *wish, size_t key, enum fuzz_kind kind)
{
	struct fuzz_field *field = &wish->fields[wish->field_count++];
	*field = (struct fuzz_field){.name = keys[key].xml, .kind = kind};
	return field;
}

static void wish_policy(const struct asker *asker, struct fuzz_wish *wish)
{
	struct fuzz_field *field = add(wish, LSEC_KEY_POLICY, FUZZ_POLICY);
	const char *text = value_of(asker, LSEC_KEY_POLICY);
	const xmlNode *own = fuzz_child(asker->security, "policy");
	bool same =
		fuzz_attribute_is(asker->security, "type", asker->tee == SNP ? "sev-snp" : "tdx");
	field->number = asker->tee == SNP ? 0x30000 : 0x10000000;
	if (text != NULL) {
		field->number = decode_policy(asker->tee, text);
	} else if (own != NULL && same) {
		fuzz_owned number = fuzz_element_text(own);
		field->number = decode_number(number);
	}
	check_policy(asker, field->number);
}

static void wish_cpuid(const struct asker *asker, enum lsec_key_id key, enum lsec_fact_id fact,
                       struct fuzz_wish *wish)
{
	const char *text = value_of(asker, key);
	const struct lsec_fact *of_host = &asker->request->host->of[fact];
	bool known = of_host->state == LSEC_YES;
	if (text == NULL ? !known : strcmp(text, "omit") == 0)
		return;
	struct fuzz_field *field = add(wish, key, FUZZ_DECIMAL);
	if (text != NULL && strcmp(text, "auto") != 0) {
		field->number = decode_number(text);
		HOLDS(field->number >= 1 && field->number <= 63, "%s: %.40s", keys[key].name, text);
		return;
	}
	HOLDS(known, "%s: this host has none", keys[key].name);
	field->number = of_host->number;
}

static void wish_bytes(const struct asker *asker, size_t key, struct fuzz_wish *wish)
{
	const char *text = value_of(asker, key);
	if (text == NULL)
		return;
	struct fuzz_field *field = add(wish, key, FUZZ_BYTES);
	size_t size = field->size = keys[key].bytes;
	field->bytes = calloc(1, size);
	HOLDS(field->bytes != NULL, "out of memory");
	if (keys[key].digest && strstr(text, "-of:") != NULL &&
	    decode_digest(text, field->bytes, size))
		return;
	if (strncmp(text, "base64:", 7) == 0) {
		HOLDS(decode_base64(text + 7, field->bytes, size), "bad base64 was taken");
	} else if (strncmp(text, "hex:", 4) == 0) {
		HOLDS(decode_hex(text + 4, field->bytes, size), "bad hex was taken");
	} else if (!decode_hex(text, field->bytes, size)) {
		HOLDS(decode_base64(text, field->bytes, size), "bad bytes were taken");
		HOLDS(strspn(text, "0123456789abcdefABCDEF") != strlen(text),
		      "bytes that can be read in two ways were taken");
	}
}

static void wish_yes_no(const struct asker *asker, enum lsec_key_id key, struct fuzz_wish *wish)
{
	const char *text = value_of(asker, key);
	if (text != NULL)
		add(wish, key, FUZZ_ATTRIBUTE)->text = decode_yes(text) ? "yes" : "no";
}

/* The ID block carries the policy, and comes with its signatures. */
static void check_id_block(const struct fuzz_wish *wish)
{
	const struct fuzz_field *block = NULL;
	uint64_t policy = 0;
	uint64_t inside = 0;
	bool auth = false;
	for (size_t i = 0; i < wish->field_count; i++) {
		const struct fuzz_field *field = &wish->fields[i];
		block = strcmp(field->name, "idBlock") == 0 ? field : block;
		auth |= strcmp(field->name, "idAuth") == 0;
		policy = strcmp(field->name, "policy") == 0 ? field->number : policy;
	}
	HOLDS((block != NULL) == auth, "an ID block or its signatures alone");
	for (size_t i = 0; block != NULL && i < 8; i++)
		inside |= (uint64_t)block->bytes[0x58 + i] << 8 * i;
	HOLDS(block == NULL || inside == policy, "an ID block for another policy");
}

static void wish_qgs(const struct asker *asker, struct fuzz_wish *wish)
{
	const struct lsec_request *request = asker->request;
	const char *text = annotation(request, LSEC_KEY_QGS);
	const xmlNode *service = fuzz_child(asker->security, "quoteGenerationService");
	static char of_domain[4096];
	fuzz_owned path = fuzz_attribute(service, "path");
	bool pinned = cluster(asker, LSEC_KEY_QGS) != NULL &&
	              request->config->forbidden[LSEC_KEY_QGS] != NULL;
	if (text == NULL && !pinned && path != NULL &&
	    fuzz_attribute_is(asker->security, "type", "tdx")) {
		HOLDS(strlen(path) < 108, "a socket of %zu bytes was taken", strlen(path));
		strcpy(of_domain, path);
		text = path[0] == '\0' ? NULL : of_domain;
	} else if (text == NULL && !pinned && request->vmi->qgs_socket_path != NULL &&
	           request->vmi->qgs_socket_path[0] != '\0') {
		text = request->vmi->qgs_socket_path;
	}
	if (text == NULL)
		text = cluster(asker, LSEC_KEY_QGS);
	if (text != NULL && strcmp(text, "none") == 0)
		return;
	struct fuzz_field *field = add(wish, LSEC_KEY_QGS, FUZZ_PATH);
	if (text == NULL || strcmp(text, "default") == 0)
		return;
	field->text = strncmp(text, "unix:", 5) == 0 ? text + 5 : text;
	if (field->text == text && text[0] != '/') {
		wish->remote = text;
		return;
	}
	HOLDS(field->text[0] == '/' && strlen(field->text) < 108, "a socket's path was taken");
}

static void wish_firmware(const struct asker *asker, struct fuzz_wish *wish)
{
	const char *text = value_of(asker, LSEC_KEY_FIRMWARE);
	const xmlNode *os = fuzz_child(asker->root, "os");
	const xmlNode *loader = fuzz_child(os, "loader");
	fuzz_owned own = loader == NULL ? NULL : fuzz_element_text(loader);
	bool keep = text != NULL && strcmp(text, "keep") == 0;
	bool has = own != NULL && own[0] != '\0';
	if (keep || (text == NULL && fuzz_attribute_is(loader, "type", "rom"))) {
		text = has ? own : fuzz_attribute_is(os, "firmware", "efi") ? "auto" : NULL;
		HOLDS(text != NULL || !keep, "there was no firmware to keep");
	}
	if (text == NULL)
		text = asker->tee == SNP ? "/usr/share/edk2/ovmf/OVMF.amdsev.fd"
		                         : "/usr/share/edk2/ovmf/OVMF.inteltdx.fd";
	if (strcmp(text, "auto") != 0) {
		HOLDS(text[0] == '/', "firmware %.40s was taken", text);
		wish->firmware = fuzz_text((const uint8_t *)text, strlen(text));
	}
}

static void add_string(struct fuzz_wish *wish, char *string)
{
	wish->strings = reallocarray(wish->strings, wish->string_count + 1, sizeof(char *));
	HOLDS(wish->strings != NULL && string != NULL, "out of memory");
	wish->strings[wish->string_count++] = string;
}

static void wish_strings(const struct asker *asker, struct fuzz_wish *wish)
{
	const char *initdata = value_of(asker, LSEC_KEY_INITDATA);
	const char *text = value_of(asker, LSEC_KEY_OEM_STRINGS);
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
	json_t *list = json_loads(text, FUZZ_JSON, NULL);
	HOLDS(json_array_size(list) > 0, "a bad list of strings was taken");
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *string = json_string_value(json_array_get(list, i));
		HOLDS(string != NULL && string[0] != '\0', "no string in a list was taken");
		add_string(wish, fuzz_text((const uint8_t *)string, strlen(string)));
	}
	json_decref(list);
}

static void wish_security(const struct asker *asker, struct fuzz_wish *wish)
{
	static const enum lsec_key_id flags[] = {LSEC_KEY_KERNEL_HASHES, LSEC_KEY_AUTHOR_KEY,
	                                         LSEC_KEY_VCEK};
	wish_policy(asker, wish);
	for (size_t key = 0; key < LSEC_KEYS; key++)
		if (keys[key].bytes > 0)
			wish_bytes(asker, key, wish);
	if (asker->tee == TDX) {
		wish_qgs(asker, wish);
		return;
	}
	for (size_t i = 0; i < COUNT(flags); i++)
		wish_yes_no(asker, flags[i], wish);
	wish_cpuid(asker, LSEC_KEY_CBITPOS, LSEC_FACT_CBITPOS, wish);
	wish_cpuid(asker, LSEC_KEY_REDUCED_PHYS_BITS, LSEC_FACT_REDUCED_PHYS_BITS, wish);
	check_id_block(wish);
}

static struct fuzz_field *find(struct fuzz_wish *wish, const char *name)
{
	for (size_t i = 0; i < wish->field_count; i++)
		if (strcmp(wish->fields[i].name, name) == 0)
			return &wish->fields[i];
	return NULL;
}

/* `bind` goes into the field of either TEE, cut or filled up, and agrees with what is asked for that. */
static void wish_bind(const struct asker *asker, struct fuzz_wish *wish)
{
	enum lsec_key_id key = asker->tee == SNP ? LSEC_KEY_HOST_DATA : LSEC_KEY_MR_CONFIG_ID;
	const char *text = value_of(asker, LSEC_KEY_BIND);
	uint8_t bytes[48] = {0};
	if (text == NULL)
		return;
	HOLDS(asker->request->config->forbidden[key] == NULL, "bind's field is forbidden");
	if (strncmp(text, "hex:", 4) == 0)
		HOLDS(decode_hex(text + 4, bytes, 32) || decode_hex(text + 4, bytes, 48),
		      "bad hex");
	else if (strncmp(text, "base64:", 7) == 0)
		HOLDS(decode_base64(text + 7, bytes, 32) || decode_base64(text + 7, bytes, 48),
		      "bad base64");
	else if (!decode_digest(text, bytes, 48))
		/* Of 64 hex digits nobody knows which they are. */
		HOLDS(decode_hex(text, bytes, 48) || decode_base64(text, bytes, 32) ||
		              (decode_base64(text, bytes, 48) && !decode_hex(text, bytes, 32)),
		      "%.40s was taken to bind", text);
	struct fuzz_field *field = find(wish, keys[key].xml);
	if (field == NULL) {
		field = add(wish, key, FUZZ_BYTES);
		field->size = keys[key].bytes;
		field->bytes = (uint8_t *)fuzz_copy(bytes, field->size);
	}
	HOLDS(memcmp(field->bytes, bytes, field->size) == 0, "bind does not agree");
}

/* A digest of the document is in its field, asked for as well or not. */
static void wish_digest(const struct asker *asker, struct fuzz_wish *wish)
{
	enum lsec_key_id key = asker->tee == SNP ? LSEC_KEY_HOST_DATA : LSEC_KEY_MR_CONFIG_ID;
	if (wish->document == NULL)
		return;
	HOLDS(asker->request->config->forbidden[key] == NULL, "initdata's field is forbidden");
	const struct fuzz_field *field = find(wish, keys[key].xml);
	if (field != NULL)
		HOLDS(fuzz_initdata_digest(wish->document, wish->document_len, field->bytes,
		                           field->size),
		      "%s is no digest of the initdata", keys[key].name);
	else /* of which digest it is, apply.c sees */
		add(wish, key, FUZZ_BYTES)->size = keys[key].bytes;
}

void fuzz_wish_read(const struct lsec_request *request, const xmlNode *root, struct fuzz_wish *ret)
{
	struct asker asker = {request, root, fuzz_child(root, "launchSecurity"), LSEC_TEE_NONE};
	const char *type = annotation(request, LSEC_KEY_TYPE);
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
	const char *allowed = value_of(&asker, LSEC_KEY_ALLOW_QEMU_ARGUMENTS);
	ret->qemu_arguments = allowed != NULL && decode_yes(allowed);
	wish_firmware(&asker, ret);
	wish_strings(&asker, ret);
	wish_security(&asker, ret);
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
