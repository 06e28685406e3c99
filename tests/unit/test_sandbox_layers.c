/* SPDX-License-Identifier: Apache-2.0 */
/* The layers of the sandbox: what the kernel says of them, and what is said of those it refuses. */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/confine.h"
#include "sandbox/parts.h"
#include "support.h"

/* The kernel's headers say the same. */
_Static_assert(sizeof(struct lsec_bpf) == sizeof(struct sock_filter), "");
_Static_assert(offsetof(struct lsec_bpf, yes) == offsetof(struct sock_filter, jt), "");
_Static_assert(offsetof(struct lsec_bpf, k) == offsetof(struct sock_filter, k), "");
_Static_assert(sizeof(struct lsec_bpf_program) == sizeof(struct sock_fprog), "");
_Static_assert(offsetof(struct lsec_bpf_program, of) == offsetof(struct sock_fprog, filter), "");
_Static_assert(offsetof(struct lsec_seccomp_data, nr) == offsetof(struct seccomp_data, nr), "");
_Static_assert(offsetof(struct lsec_seccomp_data, arch) == offsetof(struct seccomp_data, arch), "");
_Static_assert(offsetof(struct lsec_seccomp_data, args) == offsetof(struct seccomp_data, args), "");
_Static_assert(LSEC_SECCOMP_KILL == SECCOMP_RET_KILL_PROCESS, "");
_Static_assert(LSEC_SECCOMP_ERRNO == SECCOMP_RET_ERRNO, "");
_Static_assert(LSEC_SECCOMP_ALLOW == SECCOMP_RET_ALLOW, "");
_Static_assert(LSEC_SECCOMP_FILTER == SECCOMP_MODE_FILTER, "");
_Static_assert(sizeof(struct lsec_landlock_path) == sizeof(struct landlock_path_beneath_attr), "");
_Static_assert(offsetof(struct lsec_landlock_path, parent) ==
                       offsetof(struct landlock_path_beneath_attr, parent_fd),
               "");
_Static_assert(LSEC_LANDLOCK_VERSION == LANDLOCK_CREATE_RULESET_VERSION, "");
_Static_assert(LSEC_LANDLOCK_PATH_BENEATH == LANDLOCK_RULE_PATH_BENEATH, "");
_Static_assert(LSEC_LANDLOCK_WRITE_FILE == LANDLOCK_ACCESS_FS_WRITE_FILE, "");
_Static_assert(LSEC_LANDLOCK_MAKE_FILE == LANDLOCK_ACCESS_FS_MAKE_REG, "");
_Static_assert(LSEC_LANDLOCK_READ_FILE == LANDLOCK_ACCESS_FS_READ_FILE, "");
_Static_assert(LSEC_LANDLOCK_READ_DIR == LANDLOCK_ACCESS_FS_READ_DIR, "");
_Static_assert(LSEC_LANDLOCK_REMOVE_FILE == LANDLOCK_ACCESS_FS_REMOVE_FILE, "");

#define HAS_FILTER (LSEC_ARCHITECTURE != 0)

static bool has_landlock(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0, LSEC_LANDLOCK_VERSION) > 0;
}

/* What /proc says of a process in the sandbox. */
static void read_status(char *ret, size_t room)
{
	int go[2];
	int ready[2];
	char path[64];
	char byte = 0;
	assert_int_equal(pipe2(go, O_CLOEXEC) | pipe2(ready, O_CLOEXEC), 0);
	fflush(NULL);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		const struct lsec_sandbox_needs none = {0};
		struct lsec_sandbox sandbox;
		close(go[1]);
		lsec_sandbox_enter(&none, &sandbox);
		/* Not _exit(): sanitizers do more before that. */
		syscall(SYS_exit_group,
		        write(ready[1], &byte, 1) == 1 && read(go[0], &byte, 1) == 0 ? 0 : 1);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	snprintf(path, sizeof(path), "/proc/%d/status", (int)child);
	FILE *file = fopen(path, "re");
	assert_non_null(file);
	ret[fread(ret, 1, room - 1, file)] = '\0';
	fclose(file);
	for (size_t i = 0; i < 2; i++) {
		close(go[i]);
		close(ready[i]);
	}
	int status = -1;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static uint64_t capabilities(const char *status, const char *set)
{
	const char *line = strstr(status, set);
	assert_non_null(line);
	return strtoull(line + strlen(set), NULL, 16);
}

static void test_status(void **state)
{
	(void)state;
	static char status[8192];
	const uint64_t kept = 1U << CAP_DAC_OVERRIDE;
	read_status(status, sizeof(status));
	expect_contains(status, "\nNoNewPrivs:\t1\n");
	expect_contains(status, HAS_FILTER ? "\nSeccomp:\t2\n" : "\nSeccomp:\t0\n");
	assert_int_equal(capabilities(status, "CapInh:") | capabilities(status, "CapAmb:"), 0);
	assert_int_equal(capabilities(status, "CapPrm:") & ~kept, 0);
	assert_int_equal(capabilities(status, "CapEff:") & ~kept, 0);
}

/* A container's runtime may forbid a layer: a call, by its first argument. */
static int reason_under(enum lsec_sandbox_layer layer, uint32_t call, uint32_t first, int error)
{
	struct sock_filter code[] = {
		{BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, nr)},
		{BPF_JMP | BPF_JEQ | BPF_K, 0, 3, call},
		{BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, args)},
		{BPF_JMP | BPF_JEQ | BPF_K, 0, 1, first},
		{BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | (uint32_t)error},
		{BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW},
	};
	const struct sock_fprog filter = {COUNT(code), code};
	fflush(NULL);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		const struct lsec_sandbox_needs none = {0};
		struct lsec_sandbox sandbox;
		int others = 0;
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
		    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) < 0)
			_exit(255);
		lsec_sandbox_enter(&none, &sandbox);
		for (size_t i = 0; i < LSEC_LAYERS; i++)
			others |= i == (size_t)layer ||
			                          (i == LSEC_LAYER_LANDLOCK && !has_landlock()) ||
			                          (i == LSEC_LAYER_FILTER && !HAS_FILTER)
			                  ? 0
			                  : sandbox.reasons[i];
		syscall(SYS_exit_group, others != 0 ? 254 : sandbox.reasons[layer]);
	}
	int status = -1;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* The other layers are put up all the same. */
static void test_refused_layers(void **state)
{
	(void)state;
	static const int errors[] = {EPERM, ENOSYS};
	for (size_t i = 0; i < COUNT(errors); i++) {
		int error = errors[i];
		assert_int_equal(
			reason_under(LSEC_LAYER_LANDLOCK, SYS_landlock_create_ruleset, 0, error),
			error);
		assert_int_equal(reason_under(LSEC_LAYER_FILTER, SYS_prctl, PR_SET_SECCOMP, error),
		                 HAS_FILTER ? error : ENOSYS);
	}
}

static char *told(const struct lsec_sandbox *sandbox)
{
	FILE *file = tmpfile();
	struct lsec_problems problems LSEC_CLEANUP(lsec_problems_clear) = {0};
	struct lsec_log log LSEC_CLEANUP(lsec_log_clear) = {.fd = fileno(file)};
	char *text = calloc(1, 1024);
	assert_non_null(text);
	assert_int_equal(lsec_confine_tell(sandbox, false, &log, &problems), 0);
	expect_none(&problems);
	rewind(file);
	assert_true(fread(text, 1, 1023, file) > 0);
	fclose(file);
	return text;
}

/* What is missing is in the log, or ends the server. */
static void test_tell(void **state)
{
	(void)state;
	struct lsec_problems problems LSEC_CLEANUP(lsec_problems_clear) = {0};
	struct lsec_log quiet LSEC_CLEANUP(lsec_log_clear) = {.fd = -1, .least = LSEC_LEVELS};
	const struct lsec_sandbox all = {.landlock = 7};
	const struct lsec_sandbox files = {.reasons = {[LSEC_LAYER_LANDLOCK] = ENOSYS}};
	const struct lsec_sandbox calls = {
		.reasons = {[LSEC_LAYER_LANDLOCK] = EPERM, [LSEC_LAYER_FILTER] = EPERM}};
	cleanup_free char *all_text = told(&all);
	cleanup_free char *files_text = told(&files);
	cleanup_free char *calls_text = told(&calls);
	assert_string_equal(
		all_text,
		"launchsec: info: sandbox: no new privileges, no capabilities, Landlock, system call filter\n");
	assert_string_equal(
		files_text,
		"launchsec: info: sandbox: no new privileges, no capabilities, Landlock: missing (Function not implemented), system call filter\n");
	assert_string_equal(
		calls_text,
		"launchsec: warning: sandbox: no new privileges, no capabilities, Landlock: missing (Operation not permitted), system call filter: missing (Operation not permitted)\n");
	assert_int_equal(lsec_confine_tell(&all, true, &quiet, &problems), 0);
	expect_none(&problems);
	assert_int_equal(lsec_confine_tell(&calls, true, &quiet, &problems), -1);
	assert_int_equal(problems.count, 2);
	assert_true(problems.failed);
	assert_string_equal(
		problems.items[1].what,
		"is on, but this system lacks the layer \"system call filter\": Operation not permitted; use a kernel and a container runtime that support it, or --sandbox auto");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_status),
		cmocka_unit_test(test_refused_layers),
		cmocka_unit_test(test_tell),
	};
	return cmocka_run_group_tests_name("sandbox layers", tests, NULL, NULL);
}
