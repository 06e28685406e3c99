/* SPDX-License-Identifier: Apache-2.0 */
/* Decides from the facts of a host: facts in, a TEE or reasons out. Pure. */
#include "host.h"

#include <string.h>

#include "launchsec/measure.h"

#define SNP LSEC_TEE_SEV_SNP
#define TDX LSEC_TEE_TDX
#define BOTH LSEC_TEE_BOTH

#define CPU .place = LSEC_FACT_AT_CPU
#define PARAMETER .place = LSEC_FACT_AT_PARAMETER
/* Room for what is recorded: more slots than any CPU has. */
#define CGROUP .kind = LSEC_FACT_NUMBER, .place = LSEC_FACT_AT_CGROUP, .most = 1000000
#define DEVICE .place = LSEC_FACT_AT_DEVICE
#define DESCRIPTORS                                                                                \
	.kind = LSEC_FACT_PATH, .place = LSEC_FACT_AT_FIRMWARE, .path = "/usr/share/qemu/firmware"

#define OTHER_NODE "choose a node with an AMD EPYC 7003 or newer"
#define SNP_KERNEL                                                                                 \
	"enable SMEE, SEV-SNP, RMP coverage and the IOMMU in the BIOS, and load kvm_amd of Linux " \
	"6.11 or newer without options that turn it off"
#define SEV_ES_ASIDS "set the SEV-ES ASID space limit in the BIOS above 1"
#define INSTALL_FIRMWARE                                                                           \
	"install the edk2 image and its descriptor, or set the annotation firmware to a path"

/*
 * Sources: CPUID, AMD 24594; module parameters, Linux arch/x86/kvm/svm/sev.c and vmx/tdx.c, which
 * set them to N where the hardware or its setup does not allow it; slots, Linux
 * kernel/cgroup/misc.c: misc.capacity is in the root cgroup only, and SEV-SNP guests count as
 * sev_es; descriptors, QEMU docs/interop/firmware.json.
 */
static const struct lsec_fact_row rows[] = {
	{LSEC_FACT_CPU_AMD, "cpu-amd", CPU, .path = "CPUID 0x0", .needed = SNP, .chain = true,
         .lack = "the CPU is not from AMD", .fix = OTHER_NODE, .help = "the CPU is from AMD"},
	{LSEC_FACT_CPU_INTEL, "cpu-intel", CPU, .path = "CPUID 0x0", .needed = TDX, .chain = true,
         .lack = "the CPU is not from Intel", .fix = "choose a node with an Intel CPU",
         .help = "the CPU is from Intel"},
	{LSEC_FACT_HYPERVISOR, "hypervisor", CPU, .path = "CPUID 0x1 ECX bit 31", .tells = BOTH,
         .help = "this host is a VM, and its hypervisor decides what CPUID reports"},
	{LSEC_FACT_SEV, "sev", CPU, .path = "CPUID 0x8000001f EAX bit 1", .needed = SNP,
         .chain = true, .old = true, .lack = "the CPU has no SEV", .fix = OTHER_NODE,
         .help = "the CPU has SEV"},
	{LSEC_FACT_SEV_ES, "sev-es", CPU, .path = "CPUID 0x8000001f EAX bit 3", .tells = SNP,
         .old = true, .help = "the CPU has SEV-ES"},
	{LSEC_FACT_SEV_SNP, "sev-snp", CPU, .path = "CPUID 0x8000001f EAX bit 4", .needed = SNP,
         .chain = true, .old = true, .lack = "the CPU has no SEV-SNP", .fix = OTHER_NODE,
         .help = "the CPU has SEV-SNP, whether or not it is set up"},
	{LSEC_FACT_CBITPOS, "cbitpos", LSEC_FACT_NUMBER, CPU,
         .path = "CPUID 0x8000001f EBX bits 5:0", .least = 1, .most = 63, .tells = SNP,
         .help = "the page table bit that marks encrypted memory"},
	{LSEC_FACT_REDUCED_PHYS_BITS, "reduced-phys-bits", LSEC_FACT_NUMBER, CPU,
         .path = "CPUID 0x8000001f EBX bits 11:6", .most = 63, .tells = SNP,
         .help = "physical address bits that the host loses to encryption; a guest loses 1"},
	{LSEC_FACT_CPU_SIGNATURE, "cpu-signature", LSEC_FACT_NUMBER, CPU, .path = "CPUID 0x1 EAX",
         .least = 1, .most = LSEC_CPU_SIGNATURE_BITS, .hexadecimal = true, .tells = SNP,
         .help = "family, model and stepping: part of the launch digest with host-passthrough"},
	{LSEC_FACT_DEV_KVM, "dev-kvm", DEVICE, .path = "/dev/kvm", .needed = BOTH, .chain = true,
         .lack = "KVM is missing",
         .fix = "enable virtualization in the BIOS and load kvm_amd or kvm_intel",
         .help = "KVM is available"},
	{LSEC_FACT_DEV_SEV, "dev-sev", DEVICE, .path = "/dev/sev", .needed = SNP, .chain = true,
         .lack = "missing although the CPU has SEV-SNP",
         .fix = "enable SEV-SNP in the BIOS and load the ccp module",
         .help = "the AMD Secure Processor is available"},
	{LSEC_FACT_KVM_AMD_SEV, "kvm-amd-sev", PARAMETER,
         .path = "/sys/module/kvm_amd/parameters/sev", .needed = SNP, .chain = true,
         .lack = "SEV is off in KVM", .fix = SNP_KERNEL, .help = "KVM has SEV on"},
	{LSEC_FACT_KVM_AMD_SEV_ES, "kvm-amd-sev-es", PARAMETER,
         .path = "/sys/module/kvm_amd/parameters/sev_es", .needed = SNP, .chain = true,
         .lack = "SEV-ES, which SEV-SNP needs, is off in KVM", .fix = SEV_ES_ASIDS,
         .help = "KVM has SEV-ES on"},
	{LSEC_FACT_KVM_AMD_SEV_SNP, "kvm-amd-sev-snp", PARAMETER,
         .path = "/sys/module/kvm_amd/parameters/sev_snp", .needed = SNP, .proof = SNP,
         .chain = true, .lack = "SEV-SNP is off in KVM", .fix = SNP_KERNEL,
         .help = "KVM has SEV-SNP on"},
	{LSEC_FACT_KVM_INTEL_TDX, "kvm-intel-tdx", PARAMETER,
         .path = "/sys/module/kvm_intel/parameters/tdx", .needed = TDX, .proof = TDX, .chain = true,
         .lack = "TDX is off in KVM",
         .fix = "enable TDX in the BIOS and boot Linux 6.16 or newer with kvm_intel.tdx=1",
         .help = "KVM has TDX on"},
	{LSEC_FACT_SEV_ES_SLOTS, "sev-es-slots", CGROUP, .path = "/sys/fs/cgroup/misc.capacity",
         .word = "sev_es", .needed = SNP, .chain = true,
         .lack = "this host has no key slots for SEV-SNP", .fix = SEV_ES_ASIDS,
         .help = "key slots for SEV-ES and SEV-SNP guests"},
	{LSEC_FACT_SEV_ES_SLOTS_USED, "sev-es-slots-used", CGROUP,
         .path = "/sys/fs/cgroup/misc.current", .word = "sev_es", .tells = SNP,
         .help = "of these, in use"},
	{LSEC_FACT_TDX_SLOTS, "tdx-slots", CGROUP, .path = "/sys/fs/cgroup/misc.capacity",
         .word = "tdx", .needed = TDX, .chain = true, .lack = "this host has no key slots for TDX",
         .fix = "reserve private key IDs for TDX in the BIOS", .help = "key slots for TDX guests"},
	{LSEC_FACT_TDX_SLOTS_USED, "tdx-slots-used", CGROUP, .path = "/sys/fs/cgroup/misc.current",
         .word = "tdx", .tells = TDX, .help = "of these, in use"},
	{LSEC_FACT_QGS_SOCKET, "qgs-socket", .place = LSEC_FACT_AT_SOCKET,
         .path = "/var/run/tdx-qgs/qgs.socket", .tells = TDX,
         .lack = "the quote generation service is missing, and the VM needs quotes",
         .fix = "start qgsd, or set the annotation qgs to its address",
         .help = "the quote generation service, without which there are no quotes"},
	{LSEC_FACT_QGS_WRITABLE, "qgs-writable", .place = LSEC_FACT_AT_RIGHTS,
         .path = "/var/run/tdx-qgs/qgs.socket", .tells = TDX,
         .lack = "QEMU's user in virt-launcher (107) cannot connect to the socket",
         .fix = "let user 107 write to the socket and enter its directory",
         .help = "QEMU's user in virt-launcher (107) may connect to it"},
	{LSEC_FACT_FIRMWARE_SEV_SNP, "firmware-sev-snp", DESCRIPTORS, .word = "amd-sev-snp",
         .tells = SNP, .lack = "no descriptor names an image for SEV-SNP", .fix = INSTALL_FIRMWARE,
         .help = "the first image for SEV-SNP that QEMU's descriptors name"},
	{LSEC_FACT_FIRMWARE_TDX, "firmware-tdx", DESCRIPTORS, .word = "intel-tdx", .tells = TDX,
         .lack = "no descriptor names an image for TDX", .fix = INSTALL_FIRMWARE,
         .help = "the first image for TDX that QEMU's descriptors name"},
};
_Static_assert(sizeof(rows) / sizeof(rows[0]) == LSEC_FACTS, "one row for each enum lsec_fact_id");

const char *const lsec_fact_directories[LSEC_FACT_DIRECTORIES] = {
	"/sys/module",
	"/sys/fs/cgroup",
	"/usr/share/qemu/firmware",
};

const struct lsec_fact_row *lsec_fact(size_t id)
{
	return &rows[id];
}

static enum lsec_state state_of(bool yes)
{
	return yes ? LSEC_YES : LSEC_NO;
}

void lsec_fact_set_number(struct lsec_fact *fact, unsigned number)
{
	*fact = (struct lsec_fact){.state = state_of(number > 0), .number = number};
}

bool lsec_fact_set_path(struct lsec_fact *fact, const char *path)
{
	size_t len = strlen(path);
	if (path[0] != '/' || len > LSEC_MAX_FACT_PATH || !lsec_printable(path))
		return false;
	fact->state = LSEC_YES;
	memcpy(fact->path, path, len + 1);
	return true;
}

void lsec_host_decode(uint32_t eax, uint32_t ebx, struct lsec_host *ret)
{
	static const struct lsec_fact unknown = {LSEC_UNKNOWN, 0, ""};
	unsigned cbitpos = ebx & 0x3f;
	unsigned reduced = ebx >> 6 & 0x3f;
	ret->of[LSEC_FACT_SEV].state = state_of((eax >> 1 & 1) != 0);
	ret->of[LSEC_FACT_SEV_ES].state = state_of((eax >> 3 & 1) != 0);
	ret->of[LSEC_FACT_SEV_SNP].state = state_of((eax >> 4 & 1) != 0);
	ret->of[LSEC_FACT_CBITPOS] = ret->of[LSEC_FACT_REDUCED_PHYS_BITS] = unknown;
	/* Both are meant only with SEV; with it, the C-bit is never bit 0. */
	if (!lsec_host_has(ret, LSEC_FACT_SEV))
		return;
	if (cbitpos > 0)
		lsec_fact_set_number(&ret->of[LSEC_FACT_CBITPOS], cbitpos);
	lsec_fact_set_number(&ret->of[LSEC_FACT_REDUCED_PHYS_BITS], reduced);
}

const char *lsec_state_name(enum lsec_state state)
{
	return state == LSEC_YES ? "yes" : state == LSEC_NO ? "no" : "unknown";
}

void lsec_fact_say(struct lsec_buffer *ret, const struct lsec_host *host, size_t id)
{
	const struct lsec_fact *fact = &host->of[id];
	if (rows[id].kind == LSEC_FACT_NUMBER && fact->state != LSEC_UNKNOWN)
		lsec_buffer_format(ret, rows[id].hexadecimal ? "0x%08x" : "%u", fact->number);
	else
		lsec_buffer_text(ret,
		                 fact->path[0] != '\0' ? fact->path : lsec_state_name(fact->state));
}

void lsec_fact_say_source(struct lsec_buffer *ret, size_t id)
{
	const struct lsec_fact_row *row = &rows[id];
	lsec_buffer_format(ret, "%s%s%s", row->path, row->word == NULL ? "" : " ",
	                   row->word == NULL ? "" : row->word);
}

enum lsec_state lsec_host_offers(const struct lsec_host *host, enum lsec_tee tee)
{
	enum lsec_state offers = LSEC_UNKNOWN;
	for (size_t i = 0; i < LSEC_FACTS; i++) {
		if ((rows[i].needed & tee) != 0 && host->of[i].state == LSEC_NO)
			return LSEC_NO;
		if ((rows[i].proof & tee) != 0 && host->of[i].state == LSEC_YES)
			offers = LSEC_YES;
	}
	return offers;
}

/* A fact that rules a TEE out, as a problem at its source. */
static void add_reason(size_t id, struct lsec_problems *problems)
{
	cleanup_buffer struct lsec_buffer source = {0};
	lsec_fact_say_source(&source, id);
	problems->of_host = true;
	lsec_problem_add(problems, source.bytes, "%s; %s", rows[id].lack, rows[id].fix);
}

/* Whether all key slots of a TEE are taken. */
static bool is_full(const struct lsec_host *host, enum lsec_fact_id slots)
{
	const struct lsec_fact *capacity = &host->of[slots];
	const struct lsec_fact *used = &host->of[slots + 1];
	return capacity->state == LSEC_YES && used->state == LSEC_YES &&
	       used->number >= capacity->number;
}

enum lsec_state lsec_host_verdict(const struct lsec_host *host, enum lsec_tee tee, bool quotes,
                                  struct lsec_problems *problems)
{
	enum lsec_state verdict = lsec_host_offers(host, tee);
	enum lsec_fact_id slots = tee == TDX ? LSEC_FACT_TDX_SLOTS : LSEC_FACT_SEV_ES_SLOTS;
	bool chained = false;
	for (size_t i = 0; i < LSEC_FACTS; i++) {
		if ((rows[i].needed & tee) == 0 || host->of[i].state != LSEC_NO ||
		    (rows[i].chain && chained))
			continue;
		chained = chained || rows[i].chain;
		add_reason(i, problems);
	}
	if (is_full(host, slots)) {
		verdict = LSEC_NO;
		problems->of_host = true;
		lsec_problem_add(
			problems, rows[slots + 1].path,
			"all %u key slots (%s) for %s are in use; stop a confidential VM on this node, or choose another node",
			host->of[slots].number, rows[slots].word, lsec_tee_title(tee));
	}
	if (tee == TDX && quotes && host->of[LSEC_FACT_QGS_SOCKET].state == LSEC_NO) {
		verdict = LSEC_NO;
		add_reason(LSEC_FACT_QGS_SOCKET, problems);
	}
	return verdict;
}

/* Whether it offers a TEE, with the first fact that rules it out, or that would have to prove it.
 */
static void say_offer(struct lsec_buffer *ret, const struct lsec_host *host, enum lsec_tee tee)
{
	enum lsec_state offers = lsec_host_offers(host, tee);
	size_t id = 0;
	while (offers == LSEC_NO ? (rows[id].needed & tee) == 0 || host->of[id].state != LSEC_NO
	                         : (rows[id].proof & tee) == 0)
		id++;
	lsec_buffer_format(ret, "%s is %s", lsec_tee_title(tee),
	                   offers == LSEC_NO    ? "missing ("
	                   : offers == LSEC_YES ? "present"
	                                        : "unknown (");
	if (offers == LSEC_YES)
		return;
	lsec_fact_say_source(ret, id);
	lsec_buffer_format(ret, "%s%s)", offers == LSEC_NO ? ": " : "",
	                   offers == LSEC_NO ? rows[id].lack : "");
}

int lsec_host_choose(const struct lsec_host *host, enum lsec_tee own, const char *place,
                     enum lsec_tee *ret, struct lsec_problems *problems)
{
	enum lsec_state snp = lsec_host_offers(host, SNP);
	enum lsec_state tdx = lsec_host_offers(host, TDX);
	enum lsec_state of_own = own == TDX ? tdx : snp;
	enum lsec_state of_other = own == TDX ? snp : tdx;
	enum lsec_tee certain = snp == LSEC_YES ? SNP : TDX;
	if (own == LSEC_TEE_NONE && (snp == LSEC_YES) != (tdx == LSEC_YES)) {
		*ret = certain;
		return 0;
	}
	if (own != LSEC_TEE_NONE && of_own != LSEC_NO && of_other != LSEC_YES) {
		*ret = own;
		return 0;
	}
	cleanup_buffer struct lsec_buffer offer = {0};
	say_offer(&offer, host, SNP);
	lsec_buffer_text(&offer, " and ");
	say_offer(&offer, host, TDX);
	problems->of_host = true;
	return lsec_problem_add(
		problems, place,
		"type is auto%s%s, but on this host %s; choose a node with the label kubevirt.io/sev-snp or kubevirt.io/tdx, or set the type",
		own == LSEC_TEE_NONE ? "" : " and the domain's launchSecurity is ",
		own == LSEC_TEE_NONE ? "" : lsec_tee_name(own), offer.bytes);
}
