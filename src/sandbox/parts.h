/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The layers of a sandbox, for its own files: landlock.c, filter.c; and the kernel's interface to
 * them. It is written here since the C library of the static build comes without the kernel's
 * headers, and older headers lack what newer kernels have; the unit test compares.
 */
#ifndef LAUNCHSEC_SANDBOX_PARTS_H
#define LAUNCHSEC_SANDBOX_PARTS_H

#include <stddef.h>
#include <stdint.h>

#include "sandbox.h"

/* linux/landlock.h. */
#define LSEC_LANDLOCK_VERSION 1
#define LSEC_LANDLOCK_PATH_BENEATH 1
#define LSEC_LANDLOCK_WRITE_FILE (1U << 1)
#define LSEC_LANDLOCK_READ_FILE (1U << 2)
#define LSEC_LANDLOCK_READ_DIR (1U << 3)
#define LSEC_LANDLOCK_REMOVE_FILE (1U << 5)
#define LSEC_LANDLOCK_MAKE_FILE (1U << 8)

struct lsec_landlock_ruleset {
	uint64_t files, net, scoped;
};

struct lsec_landlock_path {
	uint64_t allowed;
	int32_t parent;
} __attribute__((packed));

/* linux/filter.h, linux/seccomp.h. */
struct lsec_bpf {
	uint16_t code;
	uint8_t yes, no; /* instructions to skip */
	uint32_t k;
};

struct lsec_bpf_program {
	uint16_t len;
	struct lsec_bpf *of;
};

struct lsec_seccomp_data {
	int32_t nr;
	uint32_t arch;
	uint64_t instruction_pointer;
	uint64_t args[6];
};

#define LSEC_SECCOMP_FILTER 2
#define LSEC_SECCOMP_KILL UINT32_C(0x80000000)
#define LSEC_SECCOMP_ERRNO UINT32_C(0x00050000)
#define LSEC_SECCOMP_ALLOW UINT32_C(0x7fff0000)

/*
 * The architecture's number, linux/audit.h, and the first number of a system call that is none of
 * its own. Others have no filter, 0, and s390x cannot have this one: mmap() and the calls for
 * sockets have their arguments in memory there, which a filter cannot read.
 */
#if defined(__x86_64__) && !defined(__ILP32__)
#define LSEC_ARCHITECTURE UINT32_C(0xc000003e)
#define LSEC_OTHER_CALLS UINT32_C(0x40000000) /* x32's */
#elif defined(__aarch64__) && !defined(__ILP32__) && !defined(__AARCH64EB__)
#define LSEC_ARCHITECTURE UINT32_C(0xc00000b7)
#define LSEC_OTHER_CALLS UINT32_C(0x80000000)
#else
#define LSEC_ARCHITECTURE 0
#endif

/* Both return 0, or the errno of what the system refused. */
int lsec_landlock_enter(const struct lsec_sandbox_needs *needs, int *ret_version);
int lsec_filter_enter(const struct lsec_sandbox_needs *needs); /* ENOSYS: there is none */

#endif
