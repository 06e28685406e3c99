/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fields that KubeVirt has, and messages about others. The names are those of
 * api/openapi-spec/swagger.json at KubeVirt's tags v1.5.0 to v1.9.0 (definitions
 * v1.VirtualMachineSpec, v1.VirtualMachineInstanceSpec, v1.DomainSpec, those of instancetypes and
 * preferences, and what they refer to); the version follows a field that came after 1.5. What
 * happens to an unknown field depends on the client: kubectl asks for strict validation (Kubernetes
 * 1.27), so the API server refuses it; for other clients it drops it.
 */
#include "schema.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "findings.h"
#include "kubevirt.h"

#define DOMAIN "spec.domain."
#define SECURITY DOMAIN "launchSecurity."
#define MATCHER "inferFromVolume inferFromVolumeFailurePolicy kind name revisionName"

static bool is_unknown_field(const struct lsec_spot *spot);

/* A place, and the fields there. */
struct row {
	const char *place;
	const char *words;
};

static const struct row rows[] = {
	{"^spec.*",
         "dataVolumeTemplates instancetype liveUpdateFeatures preference runStrategy running "
         "template updateVolumesStrategy"},
	{"^spec.instancetype.*", MATCHER},
	{"^spec.preference.*", MATCHER},
	{"*", "apiVersion kind metadata spec status"},
	{"spec.*",
         "accessCredentials affinity architecture dnsConfig dnsPolicy domain evictionStrategy "
         "hostname livenessProbe networks nodeSelector priorityClassName readinessProbe "
         "resourceClaims:6 schedulerName serviceAccountName:9 startStrategy subdomain "
         "terminationGracePeriodSeconds tolerations topologySpreadConstraints "
         "utilityVolumes:8 volumes"},
	{"spec.domain.*", "chassis clock cpu devices features firmware ioThreads ioThreadsPolicy "
                          "launchSecurity machine memory rebootPolicy:8 resources"},
	{SECURITY "sev.*", "attestation dhCert policy session"},
	{SECURITY "sev.attestation.*", ""},
	{SECURITY "sev.policy.*", "encryptedState"},
	{SECURITY "snp.*", ""},
	{SECURITY "tdx.*", ""},
	{DOMAIN "firmware.*", "acpi bootloader kernelBoot serial uuid"},
	{DOMAIN "firmware.kernelBoot.*", "container kernelArgs"},
	{DOMAIN "firmware.kernelBoot.container.*",
         "image imagePullPolicy imagePullSecret initrdPath kernelPath"},
	{DOMAIN "features.*", "acpi apic hyperv hypervPassthrough kvm pvspinlock smm"},
	{DOMAIN "features.smm.*", "enabled"},
	{DOMAIN "cpu.*",
         "cores dedicatedCpuPlacement features isolateEmulatorThread maxSockets model numa "
         "realtime sockets threads"},
	{DOMAIN "machine.*", "type"},
	{DOMAIN "memory.*", "guest hugepages maxGuest reservedOverhead:8"},
	{DOMAIN "devices.*",
         "autoattachGraphicsDevice autoattachInputDevice autoattachMemBalloon "
         "autoattachPodInterface autoattachSerialConsole autoattachVSOCK blockMultiQueue "
         "clientPassthrough disableHotplug disks downwardMetrics filesystems gpus "
         "hostDevices inputs interfaces logSerialConsole networkInterfaceMultiqueue "
         "panicDevices:6 rng sound tpm useVirtioTransitional video:6 watchdog"},
	{DOMAIN "devices.tpm.*", "enabled persistent"},
	{"%spec.*",
         "annotations cpu gpus hostDevices ioThreads:7 ioThreadsPolicy launchSecurity memory "
         "nodeSelector schedulerName"},
	{"%spec.cpu.*",
         "dedicatedCPUPlacement guest isolateEmulatorThread maxSockets model numa realtime"},
	{"&spec.*",
         "annotations clock cpu devices features firmware machine preferSpreadSocketToCoreRatio "
         "preferredArchitecture:7 preferredLaunchSecurity:9 preferredSubdomain "
         "preferredTerminationGracePeriodSeconds requirements volumes"},
	{"&spec.firmware.*", "preferredEfi preferredUseBios preferredUseBiosSerial preferredUseEfi "
                             "preferredUseSecureBoot"},
	{"&spec.firmware.preferredEfi.*", "persistent secureBoot"},
	{"&spec.machine.*", "preferredMachineType"},
};

bool lsec_field_rule(size_t i, struct lsec_rule *ret)
{
	if (i >= sizeof(rows) / sizeof(rows[0]))
		return false;
	/* Fields may come after the newest version that is known here. */
	*ret = (struct lsec_rule){
		.id = LSEC_FIELD_RULE,
		.severity = LSEC_SEVERITY_WARNING,
		.softens = LSEC_KUBEVIRT_NEWEST + 1,
		.is_wrong = is_unknown_field,
		.place = rows[i].place,
		.words = rows[i].words,
	};
	return true;
}

/* A field of a row. */
struct field {
	const char *name; /* borrowed; `len` bytes */
	size_t len;
	int since; /* x of KubeVirt 1.x; 0: as long as it matters */
};

/* Takes the next field of a row; false at its end. */
static bool next_field(const char **words, struct field *ret)
{
	size_t word = strcspn(*words, " ");
	*ret = (struct field){*words, strcspn(*words, ": "), 0};
	if (word == 0)
		return false;
	if (ret->len < word)
		ret->since = atoi(*words + ret->len + 1);
	*words += word;
	*words += strspn(*words, " ");
	return true;
}

/* The field of that name; its length is 0 where the row has none. */
static struct field find_field(const struct lsec_spot *spot)
{
	struct field field;
	for (const char *words = spot->rule->words; next_field(&words, &field);)
		if (strlen(spot->name) == field.len &&
		    strncmp(field.name, spot->name, field.len) == 0)
			return field;
	return (struct field){NULL, 0, 0};
}

static bool is_unknown_field(const struct lsec_spot *spot)
{
	struct field field = find_field(spot);
	int version = spot->subject->kubevirt;
	/* Reported by src/lint/places.c. */
	if (lsec_means_launch_security(spot->name))
		return false;
	return field.len == 0 || (version != LSEC_KUBEVIRT_ANY && version < field.since);
}

bool lsec_means_launch_security(const char *name)
{
	char simple[LSEC_SIMPLE_ROOM];
	lsec_simplify(name, simple);
	size_t len = strlen(simple);
	return len > 11 && len < 17 && lsec_edit_distance(simple, "launchsecurity") <= 2;
}

/*
 * The annotation that does what a field was meant to: that of the same name (hostData,
 * MRCONFIGID), or what open proposals and forks of KubeVirt call so (VEP 340, pull requests 16872
 * and 18064, intel/kubevirt-tdx). NULL for others.
 */
static const char *annotation_for(const struct lsec_spot *spot)
{
	static const char *const others[][2] = {
		{"initdataref", "initdata"},
		{"initdatasecretref", "initdata"},
		{"quotegenerationservice", "qgs"},
		{"quotegenerationsocket", "qgs"},
		{"securenestedpaging", "type"},
		{"debug", "policy"},
		{"attributes", "policy"},
		{"smt", "policy"},
		{"workarounds", "guest-visible-workarounds"},
	};
	char simple[LSEC_SIMPLE_ROOM];
	char key[LSEC_SIMPLE_ROOM];
	bool firmware = strcmp(spot->rule->place, DOMAIN "firmware.*") == 0;
	lsec_simplify(spot->name, simple);
	if (!firmware && strncmp(spot->rule->place, SECURITY, strlen(SECURITY)) != 0)
		return NULL;
	for (size_t i = 0; i < LSEC_KEYS; i++) {
		lsec_simplify(lsec_key(i)->name, key);
		if (strcmp(simple, key) == 0)
			return lsec_key(i)->name;
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (strcmp(simple, others[i][0]) == 0)
			return others[i][1];
	return NULL;
}

/* The nearest of a row's fields; its length is 0 where none is near. */
static struct field nearest_field(const struct lsec_spot *spot)
{
	struct field field;
	struct field nearest = {"", 0, 0};
	size_t least = SIZE_MAX;
	for (const char *words = spot->rule->words; next_field(&words, &field);) {
		cleanup_free char *copy = lsec_format("%.*s", (int)field.len, field.name);
		size_t distance = lsec_name_distance(spot->name, copy);
		if (distance < least) {
			least = distance;
			nearest = field;
		}
	}
	return nearest;
}

/* Whether a VM that is to be protected has no such field without this one. */
static bool is_on_the_way(const struct lsec_spot *spot)
{
	static const char *const names[] = {"spec", "domain", "firmware", "bootloader"};
	const struct lsec_subject *subject = spot->subject;
	struct field near = nearest_field(spot);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i]) == near.len && strncmp(names[i], near.name, near.len) == 0)
			return subject->asks || subject->native != 0;
	return false;
}

bool lsec_field_matters(const struct lsec_spot *spot)
{
	return strncmp(spot->rule->place, SECURITY, strlen(SECURITY)) == 0 ||
	       strcmp(spot->name, "preferredLaunchSecurity") == 0 || annotation_for(spot) != NULL ||
	       is_on_the_way(spot);
}

char *lsec_field_near(const struct lsec_spot *spot)
{
	struct field near = nearest_field(spot);
	return near.len == 0 ? NULL : lsec_format("; did you mean %.*s?", (int)near.len, near.name);
}

char *lsec_field_told(const struct lsec_spot *spot)
{
	const char *key = annotation_for(spot);
	struct field field = find_field(spot);
	cleanup_free char *near = lsec_field_near(spot);
	if (field.len > 0)
		return lsec_format(
			"KubeVirt has this field from 1.%d on: an older one drops it, or kubectl refuses it; remove it, or upgrade KubeVirt",
			field.since);
	if (key != NULL)
		return lsec_format(
			"unknown field: KubeVirt drops it, and the VM starts without it, or kubectl refuses it; use the annotation " LSEC_PREFIX
			"%s instead",
			key);
	return lsec_concat("unknown field: KubeVirt drops it, or kubectl refuses it",
	                   near == NULL ? "; remove it" : near);
}
