/* SPDX-License-Identifier: Apache-2.0 */
/* The table of annotations, and the look-ups in it. */
#include "launchsec/keys.h"

#include <string.h>

#include "base/text.h"

#define SNP LSEC_TEE_SEV_SNP
#define TDX LSEC_TEE_TDX

static const struct lsec_key keys[] = {
	{.id = LSEC_KEY_TYPE,
         .name = "type",
         .tees = LSEC_TEE_BOTH,
         .type = LSEC_VALUE_TYPE,
         .written_to = "launchSecurity/@type",
         .values = "sev-snp, tdx, auto or none",
         .standard =
                 "the TEE of the domain's own launchSecurity, else tdx if the VM's spec has tdx, else an error",
         .help = "which TEE protects the VM: auto uses the one this host offers, none leaves the domain unchanged",
         .attested = "decides between a report of SEV-SNP and a quote of TDX",
         .example = "sev-snp"},
	{.id = LSEC_KEY_FIRMWARE,
         .name = "firmware",
         .tees = LSEC_TEE_BOTH,
         .type = LSEC_VALUE_FIRMWARE,
         .cluster = true,
         .forbids_own = true,
         .written_to = "os/loader, os/@firmware",
         .values =
                 "auto (libvirt's auto-selection), keep (the domain's own image), or an absolute path",
         .standard = "the domain's own loader if it is a ROM, else " LSEC_FIRMWARE_SNP
                     " (SEV-SNP) or " LSEC_FIRMWARE_TDX " (TDX)",
         .help = "the firmware image to measure and start",
         .attested = "measured: another image is another launch digest (SEV-SNP) or MRTD (TDX)",
         .example = LSEC_FIRMWARE_SNP},
	{.id = LSEC_KEY_CBITPOS,
         .name = "cbitpos",
         .tees = SNP,
         .type = LSEC_VALUE_CPUID,
         .form = LSEC_XML_ELEMENT,
         .xml = "cbitpos",
         .cluster = true,
         .written_to = "launchSecurity/cbitpos",
         .values = "a number from 1 to 63, auto (this host's CPUID), or omit (libvirt fills it in)",
         .standard = "the domain's own, else auto where this CPU has SEV, else omit",
         .help = "the page table bit that marks encrypted memory",
         .attested = "neither measured nor reported",
         .example = "51"},
	{.id = LSEC_KEY_REDUCED_PHYS_BITS,
         .name = "reduced-phys-bits",
         .tees = SNP,
         .type = LSEC_VALUE_CPUID,
         .form = LSEC_XML_ELEMENT,
         .xml = "reducedPhysBits",
         .automatic = 1,
         .cluster = true,
         .written_to = "launchSecurity/reducedPhysBits",
         .values =
                 "a number from 1 to 63, auto (1, what a guest loses), or omit (libvirt fills it in)",
         .standard = "the domain's own, else 1",
         .help = "the physical address bits that the guest loses to encryption: 1 on every host",
         .attested = "neither measured nor reported",
         .example = "1"},
	{.id = LSEC_KEY_POLICY,
         .name = "policy",
         .tees = LSEC_TEE_BOTH,
         .type = LSEC_VALUE_POLICY,
         .form = LSEC_XML_ELEMENT,
         .xml = "policy",
         .qemu = "attributes",
         .cluster = true,
         .forbids_own = true,
         .written_to = "launchSecurity/policy",
         .values = "a number (0x30000), or flag names joined by commas",
         .standard = "the domain's own, else 0x30000 (SEV-SNP) or 0x10000000 (TDX)",
         .help = "what the host may do to the guest, enforced by the TEE",
         .attested = "reported, as POLICY (SEV-SNP) or TD attributes (TDX)",
         .example = "0x30000"},
	{.id = LSEC_KEY_ALLOW_DEBUG,
         .name = "allow-debug",
         .tees = LSEC_TEE_BOTH,
         .type = LSEC_VALUE_YES_NO,
         .cluster = true,
         .written_to = "nowhere",
         .values = "yes or no",
         .standard = "no",
         .help = "accepts a policy with debug, which lets the host read the guest's memory",
         .attested = "not reported; debug itself is, in the policy",
         .example = "yes"},
	{.id = LSEC_KEY_ALLOW_QEMU_ARGUMENTS,
         .name = "allow-qemu-arguments",
         .tees = LSEC_TEE_BOTH,
         .type = LSEC_VALUE_YES_NO,
         .cluster = true,
         .written_to = "nowhere",
         .values = "yes or no",
         .standard = "no",
         .help = "accepts the domain's own QEMU arguments that change firmware, kernel, CPU, machine or acceleration",
         .attested = "not reported; what the arguments change may be measured",
         .example = "yes"},
	{.id = LSEC_KEY_KERNEL_HASHES,
         .name = "kernel-hashes",
         .tees = SNP,
         .type = LSEC_VALUE_YES_NO,
         .form = LSEC_XML_ATTRIBUTE,
         .xml = "kernelHashes",
         .cluster = true,
         .written_to = "launchSecurity/@kernelHashes",
         .values = "yes or no",
         .standard = "the domain's own, else not written (libvirt: no)",
         .help = "measures kernel, initrd and command line of a direct kernel boot",
         .attested = "measured: kernel, initrd and command line become part of the launch digest",
         .example = "yes"},
	{.id = LSEC_KEY_AUTHOR_KEY,
         .name = "author-key",
         .tees = SNP,
         .type = LSEC_VALUE_YES_NO,
         .form = LSEC_XML_ATTRIBUTE,
         .xml = "authorKey",
         .cluster = true,
         .written_to = "launchSecurity/@authorKey",
         .values = "yes or no",
         .standard = "the domain's own, else not written (libvirt: no)",
         .help = "states that id-auth contains an author key, to be checked and reported",
         .attested = "reported, as AUTHOR_KEY_EN and AUTHOR_KEY_DIGEST",
         .example = "yes"},
	{.id = LSEC_KEY_VCEK,
         .name = "vcek",
         .tees = SNP,
         .type = LSEC_VALUE_YES_NO,
         .form = LSEC_XML_ATTRIBUTE,
         .xml = "vcek",
         .cluster = true,
         .written_to = "launchSecurity/@vcek",
         .values = "yes or no",
         .standard = "the domain's own, else not written (libvirt: yes)",
         .help = "allows reports signed with the chip's own key (VCEK)",
         .attested = "reported, as SIGNING_KEY: without VCEK only VLEK signs reports",
         .example = "no"},
	{.id = LSEC_KEY_GUEST_VISIBLE_WORKAROUNDS,
         .name = "guest-visible-workarounds",
         .tees = SNP,
         .type = LSEC_VALUE_BYTES,
         .bytes = 16,
         .form = LSEC_XML_ELEMENT,
         .xml = "guestVisibleWorkarounds",
         .cluster = true,
         .written_to = "launchSecurity/guestVisibleWorkarounds",
         .values = "16 bytes in base64 or hex",
         .standard = "the domain's own, else not written (QEMU: zeros)",
         .help = "hypervisor-defined workarounds reported to the guest",
         .attested = "neither measured nor reported",
         .example = "AAAAAAAAAAAAAAAAAAAAAA=="},
	{.id = LSEC_KEY_ID_BLOCK,
         .name = "id-block",
         .tees = SNP,
         .type = LSEC_VALUE_BYTES,
         .bytes = 96,
         .form = LSEC_XML_ELEMENT,
         .xml = "idBlock",
         .written_to = "launchSecurity/idBlock",
         .values = "96 bytes in base64 or hex; with id-auth",
         .standard = "the domain's own, else not written",
         .help = "the signed identity that the launch digest and policy must match",
         .attested =
                 "reported, as FAMILY_ID, IMAGE_ID and GUEST_SVN; with another launch digest or policy than its the VM does not start",
         .example =
                 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABAAAAAAAAAAAAAwAAAAAA"},
	{.id = LSEC_KEY_ID_AUTH,
         .name = "id-auth",
         .tees = SNP,
         .type = LSEC_VALUE_BYTES,
         .bytes = 4096,
         .form = LSEC_XML_ELEMENT,
         .xml = "idAuth",
         .written_to = "launchSecurity/idAuth",
         .values = "4096 bytes in base64 or hex; with id-block",
         .standard = "the domain's own, else not written",
         .help = "the public keys and signatures that authenticate the ID block",
         .attested = "reported, as ID_KEY_DIGEST and AUTHOR_KEY_DIGEST"},
	{.id = LSEC_KEY_HOST_DATA,
         .name = "host-data",
         .tees = SNP,
         .type = LSEC_VALUE_BYTES,
         .bytes = 32,
         .digest = true,
         .form = LSEC_XML_ELEMENT,
         .xml = "hostData",
         .written_to = "launchSecurity/hostData",
         .values =
                 "32 bytes in base64 or hex, or sha256-of:TEXT or sha384-of:TEXT, the digest of a text",
         .standard = "the domain's own, else not written (QEMU: zeros)",
         .help = "data of your choice, shown in every attestation report",
         .attested = "reported, as HOST_DATA",
         .example = "hex:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"},
	{.id = LSEC_KEY_MR_CONFIG_ID,
         .name = "mr-config-id",
         .tees = TDX,
         .type = LSEC_VALUE_BYTES,
         .bytes = 48,
         .digest = true,
         .form = LSEC_XML_ELEMENT,
         .xml = "mrConfigId",
         .qemu = "mrconfigid",
         .written_to = "launchSecurity/mrConfigId",
         .values =
                 "48 bytes in base64 or hex, or sha256-of:TEXT or sha384-of:TEXT, the digest of a text",
         .standard = "the domain's own, else not written (QEMU: zeros)",
         .help = "MRCONFIGID: configuration of your choice, shown in every quote",
         .attested = "reported, as MRCONFIGID",
         .example =
                 "hex:768412320f7b0aa5812fce428dc4706b3cae50e02a64caa16a782249bfe8efc4b7ef1ccb126255d196047dfedf17a0a9"},
	{.id = LSEC_KEY_MR_OWNER,
         .name = "mr-owner",
         .tees = TDX,
         .type = LSEC_VALUE_BYTES,
         .bytes = 48,
         .digest = true,
         .form = LSEC_XML_ELEMENT,
         .xml = "mrOwner",
         .qemu = "mrowner",
         .written_to = "launchSecurity/mrOwner",
         .values =
                 "48 bytes in base64 or hex, or sha256-of:TEXT or sha384-of:TEXT, the digest of a text",
         .standard = "the domain's own, else not written (QEMU: zeros)",
         .help = "MROWNER: the guest owner's identity, shown in every quote",
         .attested = "reported, as MROWNER",
         .example = "base64:b3duZXIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},
	{.id = LSEC_KEY_MR_OWNER_CONFIG,
         .name = "mr-owner-config",
         .tees = TDX,
         .type = LSEC_VALUE_BYTES,
         .bytes = 48,
         .digest = true,
         .form = LSEC_XML_ELEMENT,
         .xml = "mrOwnerConfig",
         .qemu = "mrownerconfig",
         .written_to = "launchSecurity/mrOwnerConfig",
         .values =
                 "48 bytes in base64 or hex, or sha256-of:TEXT or sha384-of:TEXT, the digest of a text",
         .standard = "the domain's own, else not written (QEMU: zeros)",
         .help = "MROWNERCONFIG: the owner's configuration, shown in every quote",
         .attested = "reported, as MROWNERCONFIG",
         .example = "base64:Y29uZmlnAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},
	{.id = LSEC_KEY_QGS,
         .name = "qgs",
         .tees = TDX,
         .type = LSEC_VALUE_QGS,
         .form = LSEC_XML_PATH,
         .xml = "quoteGenerationService",
         .qemu = "quote-generation-socket",
         .cluster = true,
         .written_to =
                 "launchSecurity/quoteGenerationService/@path; for vsock:CID:PORT and HOST:PORT qemu:commandline, in place of launchSecurity",
         .values =
                 "an absolute path of a UNIX socket, unix:PATH, vsock:CID:PORT, HOST:PORT, default (libvirt's path), or none",
         .standard =
                 "the domain's own path, else the annotation kubevirt.io/qgs-socket-path, else the cluster's, else default",
         .help = "the quote generation service that signs the guest's quotes",
         .attested = "neither measured nor reported; without a service there are no quotes",
         .example = "/var/run/tdx-qgs/qgs.socket"},
	{.id = LSEC_KEY_BIND,
         .name = "bind",
         .tees = LSEC_TEE_BOTH,
         .type = LSEC_VALUE_BIND,
         .digest = true,
         .written_to =
                 "launchSecurity/hostData (SEV-SNP) or launchSecurity/mrConfigId (TDX), truncated or zero-padded at its end",
         .values =
                 "32 or 48 bytes in base64 or hex, or sha256-of:TEXT or sha384-of:TEXT, the digest of a text",
         .standard = "not written",
         .help = "data of your choice, bound to the attestation report of either TEE",
         .attested = "reported, as HOST_DATA (SEV-SNP) or MRCONFIGID (TDX)",
         .example = "sha256-of:ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ5u owner@example"},
	{.id = LSEC_KEY_INITDATA,
         .name = "initdata",
         .tees = LSEC_TEE_BOTH,
         .type = LSEC_VALUE_INITDATA,
         .written_to =
                 "launchSecurity/hostData (SEV-SNP) or launchSecurity/mrConfigId (TDX), from its digest; sysinfo/oemStrings/entry",
         .values = "an initdata document (TOML or JSON), or base64 of it, plain or gzipped",
         .standard = "not written",
         .help = "a document bound to the attestation report and passed to the guest",
         .attested = "its digest is reported, as HOST_DATA (SEV-SNP) or MRCONFIGID (TDX)",
         .example = "dmVyc2lvbiA9ICIwLjEuMCIKYWxnb3JpdGhtID0gInNoYTI1NiIKCltkYXRhXQo="},
	{.id = LSEC_KEY_PROVISION,
         .name = "provision",
         .tees = LSEC_TEE_BOTH,
         .type = LSEC_VALUE_PROVISION,
         .written_to =
                 "launchSecurity/hostData (SEV-SNP) or launchSecurity/mrConfigId (TDX), from the document's digest; sysinfo/oemStrings/entry",
         .values =
                 "the URL of a key broker (Trustee) with the provisioner plugin: http or https, a host, optionally a port and a path",
         .standard = "not written",
         .help = "an initdata document that points the guest to the VM's own disk key at a key broker",
         .attested =
                 "the document's digest is reported, as HOST_DATA (SEV-SNP) or MRCONFIGID (TDX)",
         .example = "https://kbs.example.com:8080"},
	{.id = LSEC_KEY_OEM_STRINGS,
         .name = "oem-strings",
         .tees = LSEC_TEE_BOTH,
         .type = LSEC_VALUE_OEM_STRINGS,
         .written_to = "sysinfo/oemStrings/entry",
         .values = "a JSON array of strings, or one string",
         .standard = "not written",
         .help = "strings for the guest (SMBIOS type 11), after the domain's own and initdata",
         .attested = "neither measured nor reported: the host can change them",
         .example = "kbs:///default/disk/key"},
};

_Static_assert(sizeof(keys) / sizeof(keys[0]) == LSEC_KEYS, "one row for each enum lsec_key_id");

const struct lsec_key *lsec_key(size_t id)
{
	return &keys[id];
}

const struct lsec_key *lsec_key_find(const char *name)
{
	for (size_t i = 0; i < LSEC_KEYS; i++)
		if (strcmp(keys[i].name, name) == 0)
			return &keys[i];
	return NULL;
}

const char *lsec_key_nearest(const char *name)
{
	const char *nearest = NULL;
	/* Two words of which no letter is the same are far from each other. */
	size_t least = strlen(name) < 4 ? strlen(name) : 4;
	for (size_t i = 0; i < LSEC_KEYS; i++) {
		size_t distance = lsec_edit_distance(name, keys[i].name);
		if (distance < least && distance < strlen(keys[i].name)) {
			least = distance;
			nearest = keys[i].name;
		}
	}
	return nearest;
}

const struct lsec_key *lsec_key_bound(enum lsec_tee tee)
{
	return lsec_key(tee == TDX ? LSEC_KEY_MR_CONFIG_ID : LSEC_KEY_HOST_DATA);
}

static const struct {
	enum lsec_tee tee;
	const char *name, *title;
} tees[] = {{SNP, "sev-snp", "SEV-SNP"}, {TDX, "tdx", "TDX"}, {LSEC_TEE_NONE, "none", "none"}};
_Static_assert(sizeof(tees) / sizeof(tees[0]) == LSEC_TEES + 1, "all TEEs, and none");

size_t lsec_tee_index(enum lsec_tee tee)
{
	return tee == TDX ? 1 : 0;
}

enum lsec_tee lsec_tee_at(size_t index)
{
	return tees[index].tee;
}

const char *lsec_tee_name(enum lsec_tee tee)
{
	return tees[tee == LSEC_TEE_NONE ? LSEC_TEES : lsec_tee_index(tee)].name;
}

const char *lsec_tee_title(enum lsec_tee tee)
{
	return tees[tee == LSEC_TEE_NONE ? LSEC_TEES : lsec_tee_index(tee)].title;
}

enum lsec_tee lsec_tee_find(const char *name)
{
	size_t i = 0;
	while (i < LSEC_TEES && strcmp(name, tees[i].name) != 0)
		i++;
	return tees[i].tee;
}
