/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Theory of operation. The value of a key is the first of these: the VM's annotation; the cluster's
 * default; the domain's own <launchSecurity> or loader, since KubeVirt or another hook may have
 * bound the VM; launchsec's own default. A key that the administrator forbids is refused as an
 * annotation, and for keys with forbids_own in the table of keys the domain's own value does not
 * count either. bind, initdata and provision then fill the TEE's field for data of the owner's
 * choice (bound.c). The quote generation service has an order of its own: resolve_qgs().
 */
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
	return lsec_concat(LSEC_PREFIX, name);
}

/* Whether Kubernetes would accept a key: others may contain anything. */
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
		                        "unknown key; did you mean " LSEC_PREFIX "%s?", nearest);
	return lsec_problem_add(
		problems, place,
		"unknown key; use one that \"launchsec annotations\" lists, or remove it");
}

static int ask(const struct lsec_annotation *annotation, struct lsec_asked *asked,
               struct lsec_problems *problems)
{
	if (annotation->mistyped) {
		asked->mistyped = true;
		return lsec_key_refuse_mistyped(annotation->key, problems);
	}
	const struct lsec_key *key = lsec_key_find(annotation->key);
	cleanup_free char *place = full_key(
		is_plain(annotation->key) ? annotation->key : lsec_quote(annotation->key).text);
	if (key == NULL) {
		asked->mistyped |= lsec_equal(lsec_key_nearest(annotation->key), "type");
		return refuse_unknown(place, annotation->key, problems);
	}
	if (asked->of[key->id] != NULL)
		return lsec_problem_add(problems, place, "duplicate key; remove one");
	asked->of[key->id] = annotation->value;
	const char *forbidden = asked->request->config->forbidden[key->id];
	if (forbidden != NULL)
		return lsec_problem_add(
			problems, place,
			"the cluster's administrator forbids this annotation (%s); remove it",
			forbidden);
	return 0;
}

int lsec_settings_ask(const struct lsec_request *request, struct lsec_asked *ret,
                      struct lsec_problems *problems)
{
	int status = 0;
	*ret = (struct lsec_asked){.request = request};
	for (size_t i = 0; i < request->vmi->annotation_count; i++)
		status |= ask(&request->vmi->annotations[i], ret, problems);
	return status;
}

/*
 * The TEE of the domain's own. In an earlier call QEMU arguments may have replaced launchSecurity,
 * and KubeVirt's struct may have dropped them.
 */
static enum lsec_tee own_tee(const struct lsec_vmi *vmi, const struct lsec_domain *domain)
{
	if (domain == NULL)
		return LSEC_TEE_NONE;
	bool by_arguments = domain->security == NULL &&
	                    (lsec_equal(vmi->launch_security, "tdx") || domain->arguments.own);
	return by_arguments ? LSEC_TEE_TDX : domain->tee;
}

/* Without `type`. */
static int tee_of_domain(const struct lsec_asked *asked, const struct lsec_domain *domain,
                         enum lsec_tee *ret, struct lsec_problems *problems)
{
	const char *own = domain->security;
	*ret = own_tee(asked->request->vmi, domain);
	if (*ret != LSEC_TEE_NONE)
		return 0;
	if (asked->mistyped) /* it may be the type, and is refused already */
		return -1;
	return lsec_problem_add(
		problems, LSEC_PREFIX "type",
		"missing although the VM has other annotations of launchsec, and the %s has %s%s; set it to sev-snp or tdx, or add snp or tdx to spec.domain.launchSecurity of the VM",
		domain->root == NULL ? "VM" : "domain",
		own == NULL ? "no launchSecurity" : "launchSecurity ",
		own == NULL ? "" : lsec_quote(own).text);
}

int lsec_settings_tee(const struct lsec_asked *asked, const struct lsec_domain *domain,
                      enum lsec_tee *ret, struct lsec_problems *problems)
{
	const struct lsec_request *request = asked->request;
	*ret = LSEC_TEE_NONE;
	if (asked->of[LSEC_KEY_TYPE] == NULL)
		return domain == NULL ? -1 : tee_of_domain(asked, domain, ret, problems);
	struct lsec_value type LSEC_CLEANUP(lsec_value_clear) = {0};
	const struct lsec_reading reading = {
		.key = lsec_key(LSEC_KEY_TYPE),
		.place = LSEC_PREFIX "type",
		.text = asked->of[LSEC_KEY_TYPE],
		.problems = problems,
	};
	if (lsec_value_parse(&reading, LSEC_FROM_ANNOTATION, &type) < 0)
		return -1;
	enum lsec_tee tee = lsec_tee_find(type.text);
	if (type.word == LSEC_WORD_AUTO &&
	    lsec_host_choose(request->host, own_tee(request->vmi, domain), LSEC_PREFIX "type", &tee,
	                     problems) < 0)
		return -1;
	*ret = tee;
	const char *own = domain == NULL ? NULL : domain->security;
	bool upgrade = tee == LSEC_TEE_SEV_SNP && lsec_equal(own, "sev");
	if (tee == LSEC_TEE_NONE || own == NULL || strcmp(own, lsec_tee_name(tee)) == 0 || upgrade)
		return 0;
	const char *automatic = type.word == LSEC_WORD_AUTO ? " (by auto)" : "";
	if (domain->root == NULL) /* planned from the VM */
		return lsec_problem_add(
			problems, LSEC_PREFIX "type",
			"%s%s contradicts spec.domain.launchSecurity.%s of the VM; correct one of them",
			lsec_tee_name(tee), automatic, strcmp(own, "sev-snp") == 0 ? "snp" : own);
	return lsec_problem_add(
		problems, LSEC_PREFIX "type",
		"%s%s contradicts the domain's launchSecurity %s; correct the annotation or spec.domain.launchSecurity of the VM",
		lsec_tee_name(tee), automatic, lsec_quote(own).text);
}

bool lsec_asked_type_is(const struct lsec_asked *asked, const char *word)
{
	return lsec_equal(asked->of[LSEC_KEY_TYPE], word);
}

/* What is being resolved, for whom. `domain` may be NULL. */
struct resolving {
	const struct lsec_asked *asked;
	const struct lsec_domain *domain;
	struct lsec_settings *settings;
	struct lsec_problems *problems;
};

/* The value that an annotation or, without one, the cluster gives a key. */
static int read_value(const struct resolving *r, const struct lsec_key *key)
{
	enum lsec_tee tee = r->settings->tee;
	const struct lsec_default *standard =
		&r->asked->request->config->defaults[lsec_tee_index(tee)][key->id];
	const char *text = r->asked->of[key->id];
	bool applies = (key->tees & tee) != 0;
	cleanup_free char *place = full_key(key->name);
	struct lsec_reading reading = {key, tee, place, text, r->problems};
	if (text == NULL && (!applies || standard->text == NULL))
		return 0;
	if (text == NULL) {
		reading.place = standard->source;
		reading.text = standard->text;
		return lsec_value_parse(&reading, LSEC_FROM_CLUSTER, &r->settings->of[key->id]);
	}
	if (!applies && lsec_asked_type_is(r->asked, "auto"))
		return lsec_problem_add(
			r->problems, place,
			"the key is for %s only, but type auto is %s on this host; use keys of both TEEs (bind instead of host-data or mr-config-id), or set the type",
			lsec_tee_name(key->tees), lsec_tee_name(tee));
	if (!applies)
		return lsec_problem_add(
			r->problems, place,
			"the key is for %s only, but the VM is of type %s; remove it or correct the type%s",
			lsec_tee_name(key->tees), lsec_tee_name(tee),
			key == lsec_key_bound(key->tees) ? ", or use bind, for both TEEs" : "");
	return lsec_value_parse(&reading, LSEC_FROM_ANNOTATION, &r->settings->of[key->id]);
}

/* A path, or libvirt's choice, that was found in the domain. */
static void take_firmware(struct lsec_value *firmware, enum lsec_origin origin, const char *place,
                          const char *path)
{
	lsec_value_clear(firmware);
	*firmware = (struct lsec_value){
		.origin = origin,
		.word = path == NULL ? LSEC_WORD_AUTO : LSEC_WORD_LITERAL,
		.text = lsec_strdup(path == NULL ? "auto" : path),
		.place = lsec_strdup(place),
	};
}

static int resolve_firmware(const struct resolving *r)
{
	const struct lsec_domain *domain = r->domain;
	struct lsec_problems *problems = r->problems;
	struct lsec_value *firmware = &r->settings->of[LSEC_KEY_FIRMWARE];
	const char *path = domain->loader_path;
	bool pinned = lsec_key(LSEC_KEY_FIRMWARE)->forbids_own &&
	              r->asked->request->config->forbidden[LSEC_KEY_FIRMWARE] != NULL;
	bool rom = lsec_equal(domain->loader_type, "rom");
	bool keep = firmware->word == LSEC_WORD_KEEP;
	bool own = keep || (rom && !pinned);
	if (lsec_is_set(firmware) && !keep)
		return 0;
	if (path != NULL && own) {
		if (lsec_value_check_text("/domain/os/loader", path, problems) < 0 ||
		    lsec_value_check_path("/domain/os/loader", path, LSEC_MAX_PATH, problems) < 0)
			return -1;
		take_firmware(firmware, LSEC_FROM_DOMAIN, "/domain/os/loader", path);
		return 0;
	}
	if (keep && !domain->firmware_efi)
		return lsec_problem_add(
			problems, firmware->place,
			"the domain has no firmware image to keep (BIOS boot?); set auto or an absolute path, or add EFI in spec.domain.firmware.bootloader of the VM");
	if (domain->firmware_efi && own)
		take_firmware(firmware, LSEC_FROM_DOMAIN, "/domain/os/@firmware", NULL);
	else
		take_firmware(firmware, LSEC_FROM_STANDARD, "launchsec",
		              r->settings->tee == LSEC_TEE_TDX ? LSEC_FIRMWARE_TDX
		                                               : LSEC_FIRMWARE_SNP);
	return 0;
}

/* cbitpos and reduced-phys-bits: what auto stands for, else the host's, where CPUID has it. */
static int resolve_cpuid(const struct lsec_host *host, const struct lsec_key *key,
                         struct lsec_value *value, struct lsec_problems *problems)
{
	bool fixed = key->automatic > 0;
	bool known = fixed || lsec_host_has(host, LSEC_FACT_CBITPOS);
	bool nobody = !lsec_is_set(value);
	if (value->word == LSEC_WORD_OMIT || (nobody && !known)) {
		lsec_value_clear(value);
		return 0;
	}
	if (!nobody && value->word != LSEC_WORD_AUTO)
		return 0;
	if (!known)
		return lsec_problem_add(
			problems, value->place,
			"auto is not possible, since this CPU has no SEV (CPUID 0x8000001f EAX bit 1); set a number or omit (libvirt fills it in), or use a node with SEV-SNP");
	enum lsec_origin origin = nobody ? LSEC_FROM_STANDARD : value->origin;
	cleanup_free char *place = nobody ? lsec_strdup(fixed ? "launchsec" : "CPUID 0x8000001f")
	                                  : lsec_steal(&value->place);
	lsec_value_clear(value);
	*value = lsec_value_from_number(
		origin, place, false, fixed ? key->automatic : host->of[LSEC_FACT_CBITPOS].number);
	return 0;
}

/*
 * A field that neither an annotation nor the cluster sets: the domain's own value, else launchsec's
 * default. An unreadable annotation gets no default.
 */
static int resolve_field(const struct resolving *r, const struct lsec_key *key)
{
	const struct lsec_request *request = r->asked->request;
	struct lsec_settings *settings = r->settings;
	struct lsec_value *value = &settings->of[key->id];
	const char *own = lsec_own_text(request, settings->tee, r->domain, key);
	bool nobody = !lsec_is_set(value) && r->asked->of[key->id] == NULL;
	if (nobody && own != NULL)
		return lsec_own_read(key, own, value, r->problems);
	if (key->type == LSEC_VALUE_CPUID)
		return resolve_cpuid(request->host, key, value, r->problems);
	if (nobody && key->type == LSEC_VALUE_POLICY)
		*value = lsec_value_from_number(LSEC_FROM_STANDARD, "launchsec", true,
		                                lsec_policy_default(settings->tee));
	return 0;
}

/*
 * The quote generation service: launchsec's annotation; then the domain's own path, which is
 * KubeVirt's reading of its own annotation; then that annotation; the cluster's choice; libvirt's
 * default. Where the administrator forbids the key, the cluster's choice comes before everything
 * that a VM can influence.
 */
static int resolve_qgs(const struct resolving *r)
{
	const struct lsec_request *request = r->asked->request;
	enum lsec_tee tee = r->settings->tee;
	struct lsec_value *qgs = &r->settings->of[LSEC_KEY_QGS];
	const struct lsec_key *key = lsec_key(LSEC_KEY_QGS);
	bool pinned =
		qgs->origin == LSEC_FROM_CLUSTER && request->config->forbidden[key->id] != NULL;
	if (qgs->origin == LSEC_FROM_ANNOTATION || pinned)
		return 0;
	const char *path = request->vmi->qgs_socket_path;
	const char *place = LSEC_KUBEVIRT_QGS;
	enum lsec_origin origin = LSEC_FROM_ANNOTATION;
	if (lsec_own_text(request, tee, r->domain, key) != NULL) {
		path = lsec_own_text(request, tee, r->domain, key);
		place = LSEC_SECURITY "/quoteGenerationService/@path";
		origin = LSEC_FROM_DOMAIN;
	}
	if (path == NULL || path[0] == '\0') {
		const struct lsec_reading usual = {key, tee, "launchsec", "default", r->problems};
		return lsec_is_set(qgs) ? 0 : lsec_value_parse(&usual, LSEC_FROM_STANDARD, qgs);
	}
	if (origin == LSEC_FROM_DOMAIN && path[0] != '/')
		return lsec_problem_add(
			r->problems, place,
			"must be the absolute path of a UNIX socket, got %s; correct it, or set " LSEC_PREFIX
			"qgs, which replaces it and may also be vsock:CID:PORT or HOST:PORT",
			lsec_quote(path).text);
	if (lsec_value_check_text(place, path, r->problems) < 0 ||
	    lsec_value_check_path(place, path, LSEC_MAX_SOCKET_PATH, r->problems) < 0)
		return -1;
	lsec_value_clear(qgs);
	const struct lsec_reading reading = {key, tee, place, path, r->problems};
	return lsec_value_parse(&reading, origin, qgs);
}

int lsec_settings_resolve(const struct lsec_asked *asked, enum lsec_tee tee,
                          const struct lsec_domain *domain, struct lsec_settings *ret,
                          struct lsec_problems *problems)
{
	const struct resolving r = {asked, domain, ret, problems};
	int status = 0;
	*ret = (struct lsec_settings){.tee = tee, .automatic = lsec_asked_type_is(asked, "auto")};
	for (size_t i = 0; i < LSEC_KEYS; i++)
		if (i != LSEC_KEY_TYPE)
			status |= read_value(&r, lsec_key(i));
	status |= lsec_provision(asked->request, ret->of, problems);
	status |= lsec_bind(asked->request->config, tee, ret->of, problems);
	if (tee == LSEC_TEE_TDX)
		status |= resolve_qgs(&r);
	if (domain == NULL)
		return status;
	status |= resolve_firmware(&r);
	for (size_t i = 0; i < LSEC_KEYS; i++)
		if (lsec_is_field(lsec_key(i), tee) && lsec_key(i)->type != LSEC_VALUE_QGS)
			status |= resolve_field(&r, lsec_key(i));
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
	if (!lsec_is_set(value) ||
	    (value->origin == LSEC_FROM_STANDARD && strcmp(value->place, "launchsec") == 0))
		return lsec_strdup(by[value->origin]);
	if (value->origin == LSEC_FROM_STANDARD)
		return lsec_concat(by[value->origin], ", from ", value->place);
	return lsec_concat(by[value->origin], " ", value->place);
}

void lsec_settings_clear(struct lsec_settings *settings)
{
	for (size_t i = 0; i < LSEC_KEYS; i++)
		lsec_value_clear(&settings->of[i]);
}
