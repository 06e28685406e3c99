/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state in which a vCPU starts: the VMSA (AMD 24593, appendix B), as QEMU resets the CPU
 * (target/i386/cpu.c, x86_cpu_reset_hold; target/i386/sev.c, sev_es_set_ap_context) and KVM writes
 * it down (arch/x86/kvm/svm/sev.c, sev_es_sync_vmsa). QEMU sets FCW and MXCSR of vCPUs other than
 * the first to 0 since 10.1, but marks neither as in use, so that KVM's initial values stand.
 */
#include <string.h>

#include "base/bytes.h"
#include "base/digest.h"
#include "metadata.h"
#include "snp.h"

#define RESET_ADDRESS 0xfffffff0U

/* A segment: selector 2, attributes 2, limit 4, base 8 bytes. */
#define CS_SELECTOR 0xf000U
static const struct {
	size_t at;
	unsigned selector, attributes;
} segments[] = {
	{0x000, 0, 0x93},           /* ES */
	{0x010, CS_SELECTOR, 0x9b}, /* CS; its base depends on the address */
	{0x020, 0, 0x93},           /* SS */
	{0x030, 0, 0x93},           /* DS */
	{0x040, 0, 0x93},           /* FS */
	{0x050, 0, 0x93},           /* GS */
	{0x060, 0, 0},              /* GDTR */
	{0x070, 0, 0x82},           /* LDTR */
	{0x080, 0, 0},              /* IDTR */
	{0x090, 0, 0x8b},           /* TR */
};
#define SEGMENT_LIMIT 0xffffU
#define CS_BASE 0x018

static const struct {
	size_t at, size;
	uint64_t value;
} registers[] = {
	{0x0d0, 8, 0x1000},                       /* EFER: SVME */
	{0x148, 8, 0x40},                         /* CR4: MCE */
	{0x158, 8, 0x10},                         /* CR0: ET */
	{0x160, 8, 0x400},                        /* DR7 */
	{0x168, 8, 0xffff0ff0},                   /* DR6 */
	{0x170, 8, 2},                            /* RFLAGS */
	{0x268, 8, UINT64_C(0x0007040600070406)}, /* PAT */
	{0x3e8, 8, 1},                            /* XCR0: x87 */
	{0x408, 4, 0x1f80},                       /* MXCSR */
	{0x410, 2, 0x37f},                        /* FCW */
};
#define RIP 0x178
#define RDX 0x310 /* CPUID leaf 1 EAX */
#define SEV_FEATURES 0x3b0

static void hash_state(uint32_t address, uint32_t cpu_signature, uint64_t vmsa_features,
                       uint8_t ret[LSEC_MEASUREMENT_SIZE])
{
	uint8_t page[LSEC_PAGE_SIZE] = {0};
	for (size_t i = 0; i < sizeof(segments) / sizeof(segments[0]); i++) {
		lsec_put_little_endian(segments[i].selector, page + segments[i].at, 2);
		lsec_put_little_endian(segments[i].attributes, page + segments[i].at + 2, 2);
		lsec_put_little_endian(SEGMENT_LIMIT, page + segments[i].at + 4, 4);
	}
	for (size_t i = 0; i < sizeof(registers) / sizeof(registers[0]); i++)
		lsec_put_little_endian(registers[i].value, page + registers[i].at,
		                       registers[i].size);
	lsec_put_little_endian(address & 0xffff0000U, page + CS_BASE, 8);
	lsec_put_little_endian(address & 0xffffU, page + RIP, 8);
	lsec_put_little_endian(cpu_signature, page + RDX, 8);
	lsec_put_little_endian(vmsa_features, page + SEV_FEATURES, 8);
	const struct lsec_digest digest = lsec_digest_of(LSEC_SHA_384, page, sizeof(page));
	memcpy(ret, digest.bytes, LSEC_MEASUREMENT_SIZE);
}

void lsec_vcpu_states(uint32_t ap_address, uint32_t cpu_signature, uint64_t vmsa_features,
                      struct lsec_vcpu_states *ret)
{
	hash_state(RESET_ADDRESS, cpu_signature, vmsa_features, ret->first);
	hash_state(ap_address, cpu_signature, vmsa_features, ret->other);
}
