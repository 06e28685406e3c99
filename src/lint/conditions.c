/* SPDX-License-Identifier: Apache-2.0 */
/* What rules ask of a spot. */
#include "conditions.h"

#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "base/text.h"
#include "core/cpu_models.h"
#include "input/kinds.h"
#include "input/quantity.h"
#include "input/vmi.h"

bool lsec_is_any(const struct lsec_spot *spot)
{
	(void)spot;
	return true;
}

bool lsec_is_there(const struct lsec_spot *spot)
{
	return spot->value != NULL;
}

bool lsec_is_absent(const struct lsec_spot *spot)
{
	return !lsec_is_there(spot);
}

bool lsec_is_true(const struct lsec_spot *spot)
{
	return lsec_json_is(spot->value, true);
}

bool lsec_is_no_boolean(const struct lsec_spot *spot)
{
	return lsec_is_there(spot) && !json_object_is_type(spot->value, json_type_boolean);
}

bool lsec_is_no_object(const struct lsec_spot *spot)
{
	return !json_object_is_type(spot->value, json_type_object);
}

/* Whether a text is one of the words; `beginnings`: a word that ends in '-' matches all that
 * begin so. Sidecars are read as Go does: in any case. */
static bool is_one_of(const struct lsec_spot *spot, const char *text, bool beginnings)
{
	bool any_case = spot->rule->place[0] == '[';
	size_t len = strlen(text);
	for (const char *at = spot->rule->words; *at != '\0'; at += strspn(at, " ")) {
		size_t word = strcspn(at, " ");
		bool whole = len == word || (beginnings && at[word - 1] == '-' && len > word);
		if (whole &&
		    (any_case ? strncasecmp(at, text, word) : strncmp(at, text, word)) == 0)
			return true;
		at += word;
	}
	return false;
}

bool lsec_is_unknown(const struct lsec_spot *spot)
{
	return !is_one_of(spot, spot->name, false);
}

bool lsec_is_named(const struct lsec_spot *spot)
{
	return lsec_is_there(spot) && is_one_of(spot, spot->name, false);
}

bool lsec_is_no_string(const struct lsec_spot *spot)
{
	return lsec_is_named(spot) && lsec_json_text(spot->value) == NULL;
}

bool lsec_is_no_struct(const struct lsec_spot *spot)
{
	return lsec_is_named(spot) && lsec_is_no_object(spot);
}

bool lsec_is_named_beside_type(const struct lsec_spot *spot)
{
	return lsec_is_named(spot) && (spot->subject->tees & LSEC_TEE_TDX) == 0;
}

bool lsec_is_named_no_object(const struct lsec_spot *spot)
{
	return is_one_of(spot, spot->name, false) && lsec_is_no_object(spot);
}

bool lsec_is_other(const struct lsec_spot *spot)
{
	const char *text = lsec_json_text(spot->value);
	bool left_out = text != NULL && text[0] == '\0'; /* to KubeVirt, which fills it in */
	return lsec_is_there(spot) && !left_out && (text == NULL || !is_one_of(spot, text, true));
}

bool lsec_is_enabled(const struct lsec_spot *spot)
{
	return json_object_is_type(spot->value, json_type_object) &&
	       !lsec_json_is(lsec_json_member(spot->value, "enabled"), false);
}

/* What is neither true nor false is reported by itself. */
bool lsec_is_not_off(const struct lsec_spot *spot)
{
	return !lsec_is_no_boolean(spot) && json_object_is_type(spot->parent, json_type_object) &&
	       !lsec_json_is(spot->value, false);
}

bool lsec_is_blank(const struct lsec_spot *spot)
{
	const char *text = lsec_json_text(spot->value);
	return json_object_is_type(spot->parent, json_type_object) &&
	       (!lsec_is_there(spot) ||
	        (text != NULL && json_object_get_string_len(spot->value) == 0));
}

bool lsec_is_not_one(const struct lsec_spot *spot)
{
	unsigned native = spot->subject->native;
	/* Other members, and what is no object, are reported by themselves. */
	return json_object_is_type(spot->value, json_type_object) &&
	       (json_object_object_length(spot->value) == 0 || (native & (native - 1)) != 0);
}

bool lsec_is_without_smm(const struct lsec_spot *spot)
{
	const struct lsec_subject *subject = spot->subject;
	const struct json_object *domain = lsec_json_at(subject->instance, "spec.domain", '.');
	struct lsec_spot smm = *spot;
	smm.value = lsec_json_at(domain, "features.smm", '.');
	return subject->native == 0 && lsec_is_not_off(spot) && !lsec_is_enabled(&smm);
}

bool lsec_is_socket(const struct lsec_spot *spot)
{
	const char *text = lsec_json_text(spot->value);
	return text != NULL &&
	       (text[0] == '/' || strncmp(text, "unix:", 5) == 0 || strcmp(text, "default") == 0);
}

bool lsec_is_no_count(const struct lsec_spot *spot)
{
	return lsec_is_named(spot) && (!json_object_is_type(spot->value, json_type_int) ||
	                               json_object_get_int64(spot->value) < 0);
}

bool lsec_is_no_quantity(const struct lsec_spot *spot)
{
	const char *text = lsec_json_text(spot->value);
	bool number = json_object_is_type(spot->value, json_type_int) ||
	              json_object_is_type(spot->value, json_type_double);
	return lsec_is_named(spot) && !number && (text == NULL || !lsec_is_quantity(text));
}

bool lsec_is_plugged(const struct lsec_spot *spot)
{
	return json_object_is_type(spot->value, json_type_int) &&
	       json_object_get_int64(spot->value) > 1 && !spot->subject->asks;
}

bool lsec_is_unpaused(const struct lsec_spot *spot)
{
	const struct json_object *spec = lsec_json_member(spot->subject->instance, "spec");
	return lsec_is_there(spot) &&
	       !lsec_equal(lsec_json_text(lsec_json_member(spec, "startStrategy")), "Paused");
}

bool lsec_is_true_and_alone(const struct lsec_spot *spot)
{
	return lsec_is_true(spot) && !spot->subject->asks;
}

bool lsec_is_other_and_alone(const struct lsec_spot *spot)
{
	return lsec_is_other(spot) && !spot->subject->asks;
}

bool lsec_is_other_for_any(const struct lsec_spot *spot)
{
	return lsec_is_other(spot) && spot->subject->tees == LSEC_TEE_BOTH;
}

bool lsec_is_without_snp(const struct lsec_spot *spot)
{
	const char *model = lsec_json_text(spot->value);
	return model != NULL && !spot->subject->asks && lsec_cpu_lacks_snp(model);
}

/* Other rules report a model that TDX or SEV-SNP does not have. */
bool lsec_is_misspelt_model(const struct lsec_spot *spot)
{
	const struct lsec_subject *subject = spot->subject;
	const char *model = lsec_json_text(spot->value);
	bool judged = (subject->tees & LSEC_TEE_TDX) != 0 ||
	              (!subject->asks && (subject->native & LSEC_NATIVE_TDX) != 0);
	cleanup_free char *near = model == NULL || judged ? NULL : lsec_cpu_model_near(model);
	return near != NULL;
}

/* The configuration of the cluster's KubeVirt object, where that is in the input. */
static const struct json_object *configuration(const struct lsec_spot *spot)
{
	return lsec_json_member(spot->subject->cluster, "configuration");
}

bool lsec_is_live_in_vm(const struct lsec_spot *spot)
{
	const struct lsec_vmi_kind *kind = lsec_vmi_kind(spot->subject->document);
	const struct json_object *strategy =
		lsec_json_member(configuration(spot), "vmRolloutStrategy");
	return lsec_is_there(spot) && (kind->pool || strcmp(kind->name, "VirtualMachine") == 0) &&
	       !lsec_equal(lsec_json_text(strategy), "Stage");
}

bool lsec_is_ungated_vsock(const struct lsec_spot *spot)
{
	const struct json_object *gates =
		lsec_json_at(configuration(spot), "developerConfiguration.featureGates", '.');
	for (size_t i = 0; i < lsec_json_count(gates); i++)
		if (lsec_equal(lsec_json_text(json_object_array_get_idx(gates, i)), "VSOCK"))
			return false;
	return lsec_is_true(spot);
}

bool lsec_is_without_ovmf(const struct lsec_spot *spot)
{
	const struct json_object *architectures =
		lsec_json_member(configuration(spot), "architectureConfiguration");
	const char *path = lsec_json_text(lsec_json_at(architectures, "amd64.ovmfPath", '.'));
	return spot->subject->cluster != NULL && lsec_is_named(spot) &&
	       (path == NULL || strcmp(path, "/usr/share/OVMF") == 0);
}
