/* SPDX-License-Identifier: Apache-2.0 */
#include "settings.h"

#include <string.h>

#include "annotations/prefix.h"
#include "annotations/qgs.h"
#include "annotations/values.h"
#include "base/text.h"
#include "bound.h"
#include "launchsec/policy.h"
#include "own.h"

/* The full key of an annotation. */
static char *full_key(const char *name)
{
	return lsec_format(LSEC_PREFIX "%s", name);
}

/* Whether a key is one that Kubernetes would take: others may hold anything. */
static bool is_plain(const char *name)
{
	static const char good[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
	size_t len = strlen(name);
	return len > 0 && len <= 63 && strspn(name, good) == len;
}

static int refuse_unknown(const char *place, const char *name, struct lsec_problems *problems)
{
	const char *nearest = lsec_key_nearest(name);
	if (nearest != NULL)
		return lsec_problem_add(problems, place,
		                        "found an unknown key; did you mean " LSEC_PREFIX
		                        "%s? (\"launchsec annotations\" lists all)",
		                        nearest);
	return lsec_problem_add(
		problems, place,
		"found an unknown key; want one that \"launchsec annotations\" lists: correct or remove it");
}

static int ask(const struct lsec_request *request, const struct lsec_annotation *annotation,
               struct lsec_asked *asked, struct lsec_problems *problems)
{
	if (annotation->mistyped) {
		asked->mistyped = true;
		return lsec_key_refuse_mistyped(annotation->key, problems);
	}
	const struct lsec_key *key = lsec_key_find(annotation->key);
	cleanup_free char *place = full_key(
		is_plain(annotation->key) ? annotation->key : lsec_quote(annotation->key).text);
	if (place == NULL)
		return lsec_problem_no_memory(problems);
	if (key == NULL)
		return refuse_unknown(place, annotation->key, problems);
	if (asked->of[key->id] != NULL)
		return lsec_problem_add(problems, place,
		                        "found the key twice; want it once: remove one");
	asked->of[key->id] = annotation->value;
	const char *forbidden = request->config->forbidden[key->id];
	if (forbidden != NULL)
		return lsec_problem_add(
			problems, place,
			"found a key that the cluster's administrator keeps from VMs (%s); want the cluster's choice: remove the annotation",
			forbidden);
	return 0;
}

int lsec_settings_ask(const struct lsec_request *request, struct lsec_asked *ret,
                      struct lsec_problems *problems)
{
	int status = 0;
	*ret = (struct lsec_asked){0};
	for (size_t i = 0; i < request->vmi->annotation_count; i++)
		status |= ask(request, &request->vmi->annotations[i], ret, problems);
	return status;
}

/*
 * The TEE that the domain names by itself. One without launchSecurity may have lost it to QEMU's
 * arguments in an earlier call, and those to KubeVirt's struct.
 */
static enum lsec_tee own_tee(const struct lsec_vmi *vmi, const struct lsec_domain *domain)
{
	if (domain == NULL)
		return LSEC_TEE_NONE;
	bool of_vmi = vmi->launch_security != NULL && strcmp(vmi->launch_security, "tdx") == 0;
	bool by_arguments = domain->security == NULL && (of_vmi || domain->arguments.own);
	return by_arguments ? LSEC_TEE_TDX : domain->tee;
}

/* Without `type`. */
static int tee_of_domain(const struct lsec_vmi *vmi, const struct lsec_asked *asked,
                         const struct lsec_domain *domain, enum lsec_tee *ret,
                         struct lsec_problems *problems)
{
	const char *own = domain->security;
	*ret = own_tee(vmi, domain);
	if (*ret != LSEC_TEE_NONE)
		return 0;
	if (asked->mistyped) /* it may be the type that was meant, and is refused already */
		return -1;
	return lsec_problem_add(
		problems, LSEC_PREFIX "type",
		"found other annotations of ours but no type, and a domain %s%s; want sev-snp or tdx: add the annotation, or snp or tdx to spec.domain.launchSecurity of the VM",
		own == NULL ? "without launchSecurity" : "whose launchSecurity is ",
		own == NULL ? "" : lsec_quote(own).text);
}

int lsec_settings_tee(const struct lsec_request *request, const struct lsec_asked *asked,
                      const struct lsec_domain *domain, enum lsec_tee *ret,
                      struct lsec_problems *problems)
{
	*ret = LSEC_TEE_NONE;
	if (asked->of[LSEC_KEY_TYPE] == NULL)
		return domain == NULL ? -1
		                      : tee_of_domain(request->vmi, asked, domain, ret, problems);
	struct lsec_value type LSEC_CLEANUP(lsec_value_clear) = {0};
	if (lsec_value_parse(lsec_key(LSEC_KEY_TYPE), LSEC_TEE_NONE, LSEC_FROM_ANNOTATION,
	                     LSEC_PREFIX "type", asked->of[LSEC_KEY_TYPE], &type, problems) < 0)
		return -1;
	enum lsec_tee tee = lsec_tee_find(type.text);
	if (type.word == LSEC_WORD_AUTO &&
	    lsec_host_choose(request->host, own_tee(request->vmi, domain), LSEC_PREFIX "type", &tee,
	                     problems) < 0)
		return -1;
	*ret = tee;
	const char *own = domain == NULL ? NULL : domain->security;
	bool upgrade = own != NULL && tee == LSEC_TEE_SEV_SNP && strcmp(own, "sev") == 0;
	if (tee == LSEC_TEE_NONE || own == NULL || strcmp(own, lsec_tee_name(tee)) == 0 || upgrade)
		return 0;
	return lsec_problem_add(
		problems, LSEC_PREFIX "type",
		"found %s%s, but the domain's launchSecurity is %s; want the two to agree: correct the annotation or spec.domain.launchSecurity of the VM",
		lsec_tee_name(tee), type.word == LSEC_WORD_AUTO ? " by auto" : "",
		lsec_quote(own).text);
}

bool lsec_asked_type_is(const struct lsec_asked *asked, const char *word)
{
	const char *type = asked->of[LSEC_KEY_TYPE];
	return type != NULL && strcmp(type, word) == 0;
}

/* The value that an annotation or, without one, the cluster gives a key. */
static int read_value(const struct lsec_request *request, const struct lsec_asked *asked,
                      enum lsec_tee tee, const struct lsec_key *key, struct lsec_value *ret,
                      struct lsec_problems *problems)
{
	const char *text = asked->of[key->id];
	const struct lsec_default *standard =
		&request->config->defaults[lsec_tee_index(tee)][key->id];
	bool applies = (key->tees & tee) != 0;
	if (text == NULL && (!applies || standard->text == NULL))
		return 0;
	if (text == NULL)
		return lsec_value_parse(key, tee, LSEC_FROM_CLUSTER, standard->source,
		                        standard->text, ret, problems);
	cleanup_free char *place = full_key(key->name);
	if (place == NULL)
		return lsec_problem_no_memory(problems);
	if (!applies && lsec_asked_type_is(asked, "auto"))
		return lsec_problem_add(
			problems, place,
			"found a key of %s, but type auto takes %s on this host; want keys of both TEEs only (bind, not host-data or mr-config-id): remove it, or name the type",
			lsec_tee_name(key->tees), lsec_tee_name(tee));
	if (!applies)
		return lsec_problem_add(
			problems, place,
			"found a key of %s on a VM of type %s; want keys of one TEE only: remove it, or correct the type",
			lsec_tee_name(key->tees), lsec_tee_name(tee));
	return lsec_value_parse(key, tee, LSEC_FROM_ANNOTATION, place, text, ret, problems);
}

/* A path, or libvirt's choice, that was found in the domain. */
static int take_firmware(struct lsec_value *firmware, enum lsec_origin origin, const char *place,
                         const char *path, struct lsec_problems *problems)
{
	struct lsec_value found LSEC_CLEANUP(lsec_value_clear) = {
		.origin = origin,
		.word = path == NULL ? LSEC_WORD_AUTO : LSEC_WORD_LITERAL,
		.text = strdup(path == NULL ? "auto" : path),
		.place = strdup(place),
	};
	if (found.text == NULL || found.place == NULL)
		return lsec_problem_no_memory(problems);
	lsec_value_clear(firmware);
	*firmware = found;
	found = (struct lsec_value){0};
	return 0;
}

static int resolve_firmware(const struct lsec_request *request, const struct lsec_domain *domain,
                            struct lsec_settings *settings, struct lsec_problems *problems)
{
	struct lsec_value *firmware = &settings->of[LSEC_KEY_FIRMWARE];
	const char *path = domain->loader_path;
	bool pinned = lsec_key(LSEC_KEY_FIRMWARE)->forbids_own &&
	              request->config->forbidden[LSEC_KEY_FIRMWARE] != NULL;
	bool rom = domain->loader_type != NULL && strcmp(domain->loader_type, "rom") == 0;
	bool keep = firmware->word == LSEC_WORD_KEEP;
	bool own = keep || (rom && !pinned);
	if (firmware->origin != LSEC_FROM_NOBODY && !keep)
		return 0;
	if (path != NULL && own) {
		if (lsec_value_check_text("/domain/os/loader", path, problems) < 0 ||
		    lsec_value_check_path("/domain/os/loader", path, LSEC_MAX_PATH, problems) < 0)
			return -1;
		return take_firmware(firmware, LSEC_FROM_DOMAIN, "/domain/os/loader", path,
		                     problems);
	}
	if (domain->firmware_efi && own)
		return take_firmware(firmware, LSEC_FROM_DOMAIN, "/domain/os/@firmware", NULL,
		                     problems);
	if (keep)
		return lsec_problem_add(
			problems, firmware->place,
			"found keep, but the domain has no firmware image to keep (BIOS boot?); want auto or an absolute path, or EFI in spec.domain.firmware.bootloader of the VM");
	return take_firmware(firmware, LSEC_FROM_STANDARD, "launchsec",
	                     settings->tee == LSEC_TEE_TDX ? LSEC_FIRMWARE_TDX : LSEC_FIRMWARE_SNP,
	                     problems);
}

/* cbitpos and reduced-phys-bits: what auto stands for, else the host's, where CPUID has it. */
static int resolve_cpuid(const struct lsec_host *host, const struct lsec_key *key,
                         struct lsec_value *value, struct lsec_problems *problems)
{
	bool fixed = key->automatic > 0;
	bool known = fixed || lsec_host_has(host, LSEC_FACT_CBITPOS);
	bool nobody = value->origin == LSEC_FROM_NOBODY;
	if (value->word == LSEC_WORD_OMIT || (nobody && !known)) {
		lsec_value_clear(value);
		return 0;
	}
	if (!nobody && value->word != LSEC_WORD_AUTO)
		return 0;
	if (!known)
		return lsec_problem_add(
			problems, value->place,
			"found auto, but this CPU has no SEV (CPUID 0x8000001f EAX bit 1) to take it from; want a number, omit (libvirt fills it in), or a node with SEV-SNP");
	enum lsec_origin origin = nobody ? LSEC_FROM_STANDARD : value->origin;
	cleanup_free char *place = nobody ? strdup(fixed ? "launchsec" : "CPUID 0x8000001f")
	                                  : lsec_steal(&value->place);
	lsec_value_clear(value);
	if (place == NULL)
		return lsec_problem_no_memory(problems);
	return lsec_value_from_number(origin, place, false,
	                              fixed ? key->automatic : host->of[LSEC_FACT_CBITPOS].number,
	                              value, problems);
}

/*
 * A field that neither an annotation nor the cluster sets: the domain's own value, else what
 * launchsec writes by itself. One that was asked for and could not be read is not made up for.
 */
static int resolve_field(const struct lsec_request *request, const struct lsec_asked *asked,
                         const struct lsec_domain *domain, const struct lsec_key *key,
                         struct lsec_settings *settings, struct lsec_problems *problems)
{
	struct lsec_value *value = &settings->of[key->id];
	const char *own = lsec_own_text(request, settings->tee, domain, key);
	bool nobody = value->origin == LSEC_FROM_NOBODY && asked->of[key->id] == NULL;
	if (nobody && own != NULL)
		return lsec_own_read(key, own, value, problems);
	if (key->type == LSEC_VALUE_CPUID)
		return resolve_cpuid(request->host, key, value, problems);
	if (!nobody || key->type != LSEC_VALUE_POLICY)
		return 0;
	return lsec_value_from_number(LSEC_FROM_STANDARD, "launchsec", true,
	                              settings->tee == LSEC_TEE_TDX ? LSEC_POLICY_TDX_DEFAULT
	                                                            : LSEC_POLICY_SNP_DEFAULT,
	                              value, problems);
}

/*
 * The quote generation service: our annotation; then the domain's own path, which is KubeVirt's
 * reading of its own annotation; then that annotation; the cluster's choice; libvirt's default.
 * Where the administrator keeps the key from VMs, the cluster's choice comes before all that a VM
 * can influence.
 */
static int resolve_qgs(const struct lsec_request *request, const struct lsec_domain *domain,
                       struct lsec_settings *settings, struct lsec_problems *problems)
{
	struct lsec_value *qgs = &settings->of[LSEC_KEY_QGS];
	const struct lsec_key *key = lsec_key(LSEC_KEY_QGS);
	bool pinned =
		qgs->origin == LSEC_FROM_CLUSTER && request->config->forbidden[key->id] != NULL;
	if (qgs->origin == LSEC_FROM_ANNOTATION || pinned)
		return 0;
	const char *path = request->vmi->qgs_socket_path;
	const char *place = LSEC_KUBEVIRT_QGS;
	enum lsec_origin origin = LSEC_FROM_ANNOTATION;
	if (lsec_own_text(request, settings->tee, domain, key) != NULL) {
		path = lsec_own_text(request, settings->tee, domain, key);
		place = "/domain/launchSecurity/quoteGenerationService/@path";
		origin = LSEC_FROM_DOMAIN;
	}
	if (path == NULL || path[0] == '\0') {
		if (qgs->origin != LSEC_FROM_NOBODY)
			return 0;
		return lsec_value_parse(key, settings->tee, LSEC_FROM_STANDARD, "launchsec",
		                        "default", qgs, problems);
	}
	if (origin == LSEC_FROM_DOMAIN && path[0] != '/')
		return lsec_problem_add(
			problems, place,
			"must be the absolute path of a UNIX socket, got %s; correct it, or set " LSEC_PREFIX
			"qgs, which replaces it and may be vsock:CID:PORT or HOST:PORT, too",
			lsec_quote(path).text);
	if (lsec_value_check_text(place, path, problems) < 0 ||
	    lsec_value_check_path(place, path, LSEC_MAX_SOCKET_PATH, problems) < 0)
		return -1;
	lsec_value_clear(qgs);
	return lsec_value_parse(key, settings->tee, origin, place, path, qgs, problems);
}

int lsec_settings_resolve(const struct lsec_request *request, const struct lsec_asked *asked,
                          enum lsec_tee tee, const struct lsec_domain *domain,
                          struct lsec_settings *ret, struct lsec_problems *problems)
{
	int status = 0;
	*ret = (struct lsec_settings){.tee = tee, .automatic = lsec_asked_type_is(asked, "auto")};
	for (size_t i = 0; i < LSEC_KEYS; i++)
		if (i != LSEC_KEY_TYPE)
			status |=
				read_value(request, asked, tee, lsec_key(i), &ret->of[i], problems);
	status |= lsec_bind(request->config, tee, ret->of, problems);
	if (tee == LSEC_TEE_TDX)
		status |= resolve_qgs(request, domain, ret, problems);
	if (domain == NULL)
		return status;
	status |= resolve_firmware(request, domain, ret, problems);
	for (size_t i = 0; i < LSEC_KEYS; i++)
		if (lsec_is_field(lsec_key(i), tee) && lsec_key(i)->type != LSEC_VALUE_QGS)
			status |= resolve_field(request, asked, domain, lsec_key(i), ret, problems);
	return status;
}

bool lsec_by_arguments(const struct lsec_settings *settings)
{
	return settings->tee == LSEC_TEE_TDX && lsec_qgs_elsewhere(&settings->of[LSEC_KEY_QGS]);
}

char *lsec_settings_reason(const struct lsec_value *value)
{
	static const char *const by[] = {
		[LSEC_FROM_NOBODY] = "launchsec's default",
		[LSEC_FROM_ANNOTATION] = "asked for by",
		[LSEC_FROM_CLUSTER] = "cluster default in",
		[LSEC_FROM_DOMAIN] = "the domain's own, in",
		[LSEC_FROM_STANDARD] = "launchsec's default",
	};
	if (value->origin == LSEC_FROM_NOBODY ||
	    (value->origin == LSEC_FROM_STANDARD && strcmp(value->place, "launchsec") == 0))
		return strdup(by[value->origin]);
	if (value->origin == LSEC_FROM_STANDARD)
		return lsec_format("%s, from %s", by[value->origin], value->place);
	return lsec_format("%s %s", by[value->origin], value->place);
}

void lsec_settings_clear(struct lsec_settings *settings)
{
	for (size_t i = 0; i < LSEC_KEYS; i++)
		lsec_value_clear(&settings->of[i]);
}
