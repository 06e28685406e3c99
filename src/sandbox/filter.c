/* SPDX-License-Identifier: Apache-2.0 */
/* The filter of system calls: tables, and a program of the kernel's BPF made of them. */
#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "parts.h"

#if LSEC_ARCHITECTURE

/* What a server needs once it has its sockets, with current and later libraries. */
static const uint16_t allowed[] = {
#ifdef __NR_poll /* on older architectures */
	__NR_epoll_wait,
	__NR_lstat,
	__NR_poll,
	__NR_stat,
	__NR_time,
	__NR_unlink,
#endif
	/* the loop, its connections, the log */
	__NR_epoll_pwait,
	__NR_ppoll,
	__NR_epoll_ctl,
	__NR_recvfrom,
	__NR_sendto,
	__NR_accept4,
	__NR_shutdown,
	__NR_read,
	__NR_write,
	__NR_writev,
	__NR_close,
	__NR_restart_syscall,
	/* memory; mmap and mprotect are below */
	__NR_brk,
	__NR_munmap,
	__NR_mremap,
	__NR_madvise,
	__NR_futex,
	__NR_sched_yield,
	__NR_sysinfo, /* qsort() asks how much there is */
	/* times, random numbers */
	__NR_clock_gettime,
	__NR_gettimeofday,
	__NR_getrandom,
	/* its socket's file, at the end; how it is removed is below */
	__NR_fstat,
	__NR_newfstatat,
	__NR_statx,
	/* the end; abort(), which ends what went wrong */
	__NR_exit,
	__NR_exit_group,
	__NR_rt_sigaction,
	__NR_rt_sigprocmask,
	__NR_rt_sigreturn,
	__NR_getpid,
	__NR_gettid,
};

static const uint16_t allowed_to_readers[] = {
#ifdef __NR_access
	__NR_access,
#endif
	__NR_faccessat, __NR_faccessat2, __NR_getdents64, __NR_lseek, __NR_pread64, __NR_readv,
};

/* Calls that neither launchsec nor a libc makes, but an intruder does. */
static const uint16_t deadly[] = {
#ifdef __NR_fork /* on older architectures */
	__NR_fork,
	__NR_vfork,
#endif
	__NR_clone,
	__NR_clone3,
	__NR_execve,
	__NR_execveat,
	/* to look into processes */
	__NR_ptrace,
	__NR_process_vm_readv,
	__NR_process_vm_writev,
};

/* Good or bad by the lower half of an argument, which is all that the kernel looks at in these. */
struct rule {
	uint16_t nr;
	uint8_t argument;
	bool is_mask; /* good without any bit of `value`; else good where it is `value` */
	uint32_t value;
	uint32_t bad; /* what happens then */
};

#define GO_ON 0 /* a later rule for the same call decides */
#define REFUSE (LSEC_SECCOMP_ERRNO | EPERM)
#define WRITING ((uint32_t)(O_WRONLY | O_RDWR | O_CREAT | O_TRUNC))

static const struct rule rules[] = {
	/* not deadly: a libc that loads a character set asks for memory to execute */
	{__NR_mmap, 2, true, PROT_EXEC, REFUSE},
	{__NR_mprotect, 2, true, PROT_EXEC, REFUSE},
	{__NR_ioctl, 1, false, FIONREAD, REFUSE},
	{__NR_unlinkat, 2, false, 0, REFUSE},
};

static const struct rule rules_of_readers[] = {
#ifdef __NR_open
	{__NR_open, 1, true, WRITING, LSEC_SECCOMP_KILL},
#endif
	{__NR_openat, 2, true, WRITING, LSEC_SECCOMP_KILL},
	{__NR_fcntl, 1, true, ~UINT32_C(3), REFUSE}, /* to F_GETFL */
};

/* Before those of readers. */
static const struct rule rules_of_writers[] = {
	{__NR_openat, 2, false, LSEC_SANDBOX_CREATES, GO_ON},
};

/* Never good; not deadly where a libc may try to reach a service of its own. */
static const struct rule refused[] = {
	{__NR_socket, 0, false, AF_UNIX, LSEC_SECCOMP_KILL},
};

/* Bits of the instructions: linux/bpf_common.h. */
enum { LOAD = 0x20, EQUALS = 0x15, AT_LEAST = 0x35, HAS_BITS = 0x45, RETURN = 0x06 };

struct program {
	uint16_t len;
	struct lsec_bpf of[256];
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define CALLS (COUNT(allowed) + COUNT(allowed_to_readers) + COUNT(deadly))
#define RULES                                                                                      \
	(COUNT(rules) + COUNT(rules_of_writers) + COUNT(rules_of_readers) + COUNT(refused) + 2)
_Static_assert(11 + 2 * CALLS + 5 * RULES <= 256, "the program has room");

static void add(struct program *program, uint16_t code, uint32_t k, uint8_t yes, uint8_t no)
{
	program->of[program->len++] = (struct lsec_bpf){code, yes, no, k};
}

static void add_if(struct program *program, uint16_t code, uint32_t k, uint32_t action)
{
	add(program, code, k, 0, 1);
	add(program, RETURN, action, 0, 0);
}

static void add_calls(struct program *program, const uint16_t *calls, size_t count, uint32_t action)
{
	for (size_t i = 0; i < count; i++)
		add_if(program, EQUALS, calls[i], action);
}

static void add_rules(struct program *program, const struct rule *rule, size_t count, uint32_t good)
{
	for (; count > 0; count--, rule++) {
		size_t at = offsetof(struct lsec_seccomp_data, args) +
		            sizeof(uint64_t) * rule->argument;
		add(program, EQUALS, rule->nr, 0, 4);
		add(program, LOAD, (uint32_t)at, 0, 0); /* both architectures are little-endian */
		add_if(program, rule->is_mask ? HAS_BITS : EQUALS, rule->value,
		       rule->is_mask ? rule->bad : good);
		if (rule->bad == GO_ON)
			add(program, LOAD, offsetof(struct lsec_seccomp_data, nr), 0, 0);
		else
			add(program, RETURN, rule->is_mask ? good : rule->bad, 0, 0);
	}
}
#define ADD_CALLS(program, table, action) add_calls(program, table, COUNT(table), action)
#define ADD_RULES(program, table, good) add_rules(program, table, COUNT(table), good)

static void make(struct program *program, const struct lsec_sandbox_needs *needs)
{
	const uint32_t self = (uint32_t)getpid(); /* of its one thread, too */
	const struct rule signals[] = {
		{__NR_tgkill, 0, false, self, REFUSE},
		{__NR_tkill, 0, false, self, REFUSE},
	};
	const uint32_t reading = needs->readable == NULL ? REFUSE : LSEC_SECCOMP_ALLOW;
	add(program, LOAD, offsetof(struct lsec_seccomp_data, arch), 0, 0);
	add(program, EQUALS, LSEC_ARCHITECTURE, 1, 0);
	add(program, RETURN, LSEC_SECCOMP_KILL, 0, 0);
	add(program, LOAD, offsetof(struct lsec_seccomp_data, nr), 0, 0);
	/* A call that a tracer cancels becomes -1, which is no call. */
	add_if(program, EQUALS, UINT32_MAX, REFUSE);
	add_if(program, AT_LEAST, LSEC_OTHER_CALLS, LSEC_SECCOMP_KILL);
	ADD_CALLS(program, allowed, LSEC_SECCOMP_ALLOW);
	ADD_CALLS(program, allowed_to_readers, reading);
	ADD_CALLS(program, deadly, LSEC_SECCOMP_KILL);
	ADD_RULES(program, rules, LSEC_SECCOMP_ALLOW);
	ADD_RULES(program, signals, LSEC_SECCOMP_ALLOW);
	if (needs->replaceable != NULL) {
		add_if(program, EQUALS, __NR_renameat, LSEC_SECCOMP_ALLOW);
		ADD_RULES(program, rules_of_writers, LSEC_SECCOMP_ALLOW);
	}
	ADD_RULES(program, rules_of_readers, reading);
	ADD_RULES(program, refused, REFUSE);
	add(program, RETURN, REFUSE, 0, 0);
}

int lsec_filter_enter(const struct lsec_sandbox_needs *needs)
{
	struct program program = {0};
	make(&program, needs);
	const struct lsec_bpf_program filter = {program.len, program.of};
	return prctl(PR_SET_SECCOMP, LSEC_SECCOMP_FILTER, &filter) < 0 ? errno : 0;
}

#else

int lsec_filter_enter(const struct lsec_sandbox_needs *needs)
{
	(void)needs;
	return ENOSYS;
}

#endif
