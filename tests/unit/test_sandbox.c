/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a process in the sandbox can do and what not, tried for real: each attempt in a child of its
 * own. Where this kernel has no Landlock, files are expected to be what the filter alone makes of
 * them; and what Landlock alone makes of them on an architecture without a filter.
 */
#include "sandbox/sandbox.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sandbox/parts.h"
#include "support.h"

/*
 * The directory that all of it happens in:
 *
 *   sockets/s   a socket that is served       sockets/empty/
 *   kept/file                                 kept/link -> ../other/file
 *   other/file                                alone
 *   metrics/file
 */
static char base[64];
static int listener = -1;
static int landlock; /* version; 0: none */

static const char *in(const char *name)
{
	static char paths[4][128];
	static unsigned turn;
	char *path = paths[turn++ % 4];
	snprintf(path, sizeof(paths[0]), "%s/%s", base, name);
	return path;
}

static void make_file(const char *name)
{
	FILE *file = fopen(in(name), "we");
	assert_non_null(file);
	fputs("text", file);
	fclose(file);
}

static struct sockaddr_un address(void)
{
	struct sockaddr_un ret = {.sun_family = AF_UNIX};
	snprintf(ret.sun_path, sizeof(ret.sun_path), "%s/sockets/s", base);
	return ret;
}

static int make_files(void **state)
{
	(void)state;
	snprintf(base, sizeof(base), "/tmp/launchsec-test.XXXXXX");
	assert_non_null(mkdtemp(base));
	static const char *const directories[] = {"sockets", "sockets/empty", "kept", "other",
	                                          "metrics"};
	for (size_t i = 0; i < COUNT(directories); i++)
		assert_int_equal(mkdir(in(directories[i]), 0700), 0);
	make_file("kept/file");
	make_file("other/file");
	make_file("alone");
	make_file("metrics/file");
	assert_int_equal(symlink("../other/file", in("kept/link")), 0);
	const struct sockaddr_un to = address();
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(listener, (const struct sockaddr *)&to, sizeof(to)), 0);
	assert_int_equal(listen(listener, 8), 0);
	landlock = (int)syscall(SYS_landlock_create_ruleset, NULL, 0, LSEC_LANDLOCK_VERSION);
	if (landlock < 1) {
		print_message("this kernel has no Landlock (%s): tested without it\n",
		              strerror(errno));
		landlock = 0;
	}
	return 0;
}

static int remove_files(void **state)
{
	(void)state;
	static const char *const files[] = {
		"sockets/s", "sockets/gone", "kept/file",    "kept/link",   "other/file",
		"other/new", "alone",        "metrics/file", "metrics/new",
	};
	static const char *const directories[] = {"sockets/empty", "sockets", "kept",
	                                          "other",         "metrics", "."};
	close(listener);
	for (size_t i = 0; i < COUNT(files); i++)
		unlink(in(files[i]));
	for (size_t i = 0; i + 1 < COUNT(directories); i++)
		rmdir(in(directories[i]));
	return rmdir(base);
}

/* Attempts: each returns what the system call does. They run in a child, which may not look at
 * anything else. */
#define ATTEMPT(name, call)                                                                        \
	static long name(void)                                                                     \
	{                                                                                          \
		return call;                                                                       \
	}

static long run_program(void)
{
	char *const argv[] = {(char[]){"true"}, NULL};
	return execve("/bin/true", argv, argv + 1);
}

static long run_from_descriptor(void)
{
	char *const argv[] = {(char[]){"true"}, NULL};
	return syscall(SYS_execveat, listener, "", argv, argv + 1, AT_EMPTY_PATH);
}

static long make_process(void)
{
	pid_t child = fork();
	if (child == 0)
		_exit(0);
	return child;
}

ATTEMPT(make_process_anew, syscall(SYS_clone3, NULL, 0))
ATTEMPT(be_traced, ptrace(PTRACE_TRACEME, 0, NULL, NULL))

static long read_a_process(void)
{
	char byte;
	struct iovec here = {&byte, 1};
	return process_vm_readv(getpid(), &here, 1, &here, 1, 0);
}

ATTEMPT(open_to_write, open(in("sockets/s2"), O_WRONLY | O_CLOEXEC))
ATTEMPT(open_to_read_and_write, openat(AT_FDCWD, in("kept/file"), O_RDWR | O_CLOEXEC))
ATTEMPT(create_file, open(in("sockets/new"), O_RDONLY | O_CREAT | O_CLOEXEC, 0600))
ATTEMPT(truncate_opened, open(in("kept/file"), O_RDONLY | O_TRUNC | O_CLOEXEC))
ATTEMPT(create_without_a_name, open(in("sockets"), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600))

static long open_otherwise(void)
{
	uint64_t how[3] = {O_RDONLY};
	return syscall(SYS_openat2, AT_FDCWD, in("kept/file"), how, sizeof(how));
}

static long read_path(const char *name)
{
	char byte;
	int fd = open(in(name), O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -1 : read(fd, &byte, 1);
}

ATTEMPT(read_kept, read_path("kept/file"))
ATTEMPT(read_alone, read_path("alone"))
ATTEMPT(read_other, read_path("other/file"))
ATTEMPT(read_through_link, read_path("kept/link"))

static long list(const char *name)
{
	DIR *directory = opendir(in(name));
	if (directory == NULL)
		return -1;
	long found = readdir(directory) == NULL ? -1 : 0;
	closedir(directory);
	return found;
}

ATTEMPT(list_kept, list("kept"))
ATTEMPT(list_other, list("other"))

static long look_at_file(void)
{
	struct stat found;
	return lstat(in("other/file"), &found);
}

ATTEMPT(remove_socket, unlink(in("sockets/gone")))
ATTEMPT(remove_other, unlink(in("other/file")))
ATTEMPT(remove_directory, unlinkat(AT_FDCWD, in("sockets/empty"), AT_REMOVEDIR))
ATTEMPT(make_directory, mkdir(in("sockets/new"), 0700))
ATTEMPT(rename_socket, rename(in("sockets/s"), in("sockets/t")))
ATTEMPT(link_file, link(in("kept/file"), in("sockets/new")))
ATTEMPT(make_link, symlink("/", in("sockets/new")))
ATTEMPT(change_mode, chmod(in("kept/file"), 0777))
ATTEMPT(truncate_file, truncate(in("kept/file"), 0))

static long create(const char *name, int flags)
{
	return openat(AT_FDCWD, in(name), flags, 0600);
}

ATTEMPT(create_new, create("metrics/new", LSEC_SANDBOX_CREATES))
ATTEMPT(create_old, create("metrics/file", LSEC_SANDBOX_CREATES))
ATTEMPT(create_elsewhere, create("other/new", LSEC_SANDBOX_CREATES))
ATTEMPT(create_or_open, create("metrics/new", LSEC_SANDBOX_CREATES & ~O_EXCL))
ATTEMPT(create_to_read, create("metrics/new", LSEC_SANDBOX_CREATES | O_RDWR))
ATTEMPT(open_old, create("metrics/file", O_WRONLY | O_CLOEXEC))
ATTEMPT(truncate_old, create("metrics/file", O_WRONLY | O_TRUNC | O_CLOEXEC))
ATTEMPT(read_old, read_path("metrics/file"))

static long replace_file(void)
{
	int fd = openat(AT_FDCWD, in("metrics/new"), LSEC_SANDBOX_CREATES, 0600);
	if (fd < 0 || write(fd, "new", 3) != 3 || close(fd) < 0)
		return -1;
	return renameat(AT_FDCWD, in("metrics/new"), AT_FDCWD, in("metrics/file"));
}

static long move(const char *from, const char *to)
{
	long status = renameat(AT_FDCWD, in(from), AT_FDCWD, in(to));
	errno = errno == EXDEV ? EACCES : errno; /* Landlock says either */
	return status;
}

ATTEMPT(move_out, move("metrics/file", "other/new"))
ATTEMPT(move_in, move("other/file", "metrics/file"))
ATTEMPT(move_elsewhere, move("other/file", "other/new"))

static long map(int protection)
{
	return mmap(NULL, 4096, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1
	                                                                                      : 0;
}

ATTEMPT(map_memory, map(PROT_READ | PROT_WRITE))
ATTEMPT(map_code, map(PROT_READ | PROT_WRITE | PROT_EXEC))

static long make_code(void)
{
	static _Alignas(4096) char page[4096];
	return mprotect(page, sizeof(page), PROT_READ | PROT_EXEC);
}

ATTEMPT(file_in_memory, memfd_create("x", MFD_CLOEXEC))
ATTEMPT(ring, syscall(SYS_io_uring_setup, 1, NULL))
ATTEMPT(internet_socket, socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))
ATTEMPT(netlink_socket, socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0))
ATTEMPT(vsock_socket, socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0))
ATTEMPT(unix_socket, socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0))

static long connect_socket(void)
{
	const struct sockaddr_un to = address();
	int error = 0;
	socklen_t size = sizeof(error);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (const struct sockaddr *)&to, sizeof(to)) < 0)
		return -1;
	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
}

ATTEMPT(listen_again, listen(listener, 1))
ATTEMPT(signal_others, kill(getppid(), 0))
ATTEMPT(signal_a_thread_of_others, syscall(SYS_tgkill, getppid(), getppid(), 0))
ATTEMPT(signal_itself, syscall(SYS_tgkill, getpid(), getpid(), 0))

/* By a pointer, since sanitizers do more before a call that is known not to return. */
static long go_wrong(void)
{
	void (*volatile end)(void) = abort;
	end();
	return 0;
}

ATTEMPT(mount_something, mount("none", "/", "tmpfs", 0, NULL))
ATTEMPT(new_namespace, unshare(CLONE_NEWUSER))
ATTEMPT(change_user, setuid(getuid()))
ATTEMPT(type_for_another, ioctl(STDIN_FILENO, TIOCSTI, "x"))

static long count_bytes(void)
{
	int count;
	return ioctl(listener, FIONREAD, &count) < 0 && errno == EPERM ? -1 : 0;
}

ATTEMPT(another_filter, prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL))

static long serve(void)
{
	int epoll = listener;
	struct epoll_event event;
	struct timespec now;
	char byte = 0;
	/* Whatever these say to a wrong descriptor, it is not that they are forbidden. */
	bool good = epoll_wait(epoll, &event, 1, 0) == 0 || errno != EPERM;
	good &= epoll_ctl(epoll, EPOLL_CTL_ADD, epoll, &event) == 0 || errno != EPERM;
	good &= recv(epoll, &byte, 1, MSG_DONTWAIT) >= 0 || errno != EPERM;
	good &= send(epoll, &byte, 1, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0 || errno != EPERM;
	good &= accept4(-1, NULL, NULL, SOCK_CLOEXEC) >= 0 || errno != EPERM;
	good &= shutdown(-1, SHUT_WR) == 0 || errno != EPERM;
	good &= syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now) == 0;
	good &= syscall(SYS_getrandom, &byte, 1, 0) == 1;
	return good ? 0 : -1;
}

#ifdef __x86_64__
/* The 32-bit system call getpid(), whose number is another's in 64 bits. */
static long other_architecture(void)
{
	long ret = 20;
	__asm__ volatile("int $0x80" : "+a"(ret) : : "memory");
	return ret;
}

static long x32(void)
{
	return syscall(0x40000000 | SYS_getpid);
}
#endif

enum { KILLED = -SIGSYS, ABORTED = -SIGABRT };

/* What an attempt comes to: 0, its errno, or the signal that it died of, negative. */
static int outcome_of(long (*attempt)(void), const struct lsec_sandbox_needs *needs)
{
	fflush(NULL);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		struct lsec_sandbox sandbox;
		prctl(PR_SET_DUMPABLE, 0); /* no core files */
		lsec_sandbox_enter(needs, &sandbox);
		errno = 0;
		syscall(SYS_exit_group, attempt() < 0 ? errno : 0);
	}
	int status = 0;
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

/* By what is asked for: nothing but the socket's removal; reading. */
struct expected {
	const char *name;
	long (*attempt)(void);
	int plain, reader;
};

static const struct expected always[] = {
	{"execve", run_program, KILLED, KILLED},
	{"execveat", run_from_descriptor, KILLED, KILLED},
	{"fork", make_process, KILLED, KILLED},
	{"clone3", make_process_anew, KILLED, KILLED},
	{"ptrace", be_traced, KILLED, KILLED},
	{"process_vm_readv", read_a_process, KILLED, KILLED},
	{"open for writing", open_to_write, KILLED, KILLED},
	{"open for both", open_to_read_and_write, KILLED, KILLED},
	{"open and create", create_file, KILLED, KILLED},
	{"open and truncate", truncate_opened, KILLED, KILLED},
	{"open without a name", create_without_a_name, KILLED, KILLED},
	{"openat2", open_otherwise, EPERM, EPERM},
	{"read what is kept", read_kept, EPERM, 0},
	{"read a kept file", read_alone, EPERM, 0},
	{"list what is kept", list_kept, EPERM, 0},
	{"lstat", look_at_file, 0, 0},
	{"remove a directory", remove_directory, EPERM, EPERM},
	{"mkdir", make_directory, EPERM, EPERM},
	{"rename", rename_socket, EPERM, EPERM},
	{"link", link_file, EPERM, EPERM},
	{"symlink", make_link, EPERM, EPERM},
	{"chmod", change_mode, EPERM, EPERM},
	{"truncate", truncate_file, EPERM, EPERM},
	{"memory", map_memory, 0, 0},
	{"memory to write and execute", map_code, EPERM, EPERM},
	{"memory made executable", make_code, EPERM, EPERM},
	{"memfd_create", file_in_memory, EPERM, EPERM},
	{"io_uring_setup", ring, EPERM, EPERM},
	{"AF_INET", internet_socket, KILLED, KILLED},
	{"AF_NETLINK", netlink_socket, KILLED, KILLED},
	{"AF_VSOCK", vsock_socket, KILLED, KILLED},
	{"AF_UNIX", unix_socket, EPERM, EPERM},
	{"connect", connect_socket, EPERM, EPERM},
	{"listen", listen_again, EPERM, EPERM},
	{"kill", signal_others, EPERM, EPERM},
	{"tgkill another", signal_a_thread_of_others, EPERM, EPERM},
	{"tgkill itself", signal_itself, 0, 0},
	{"abort", go_wrong, ABORTED, ABORTED},
	{"mount", mount_something, EPERM, EPERM},
	{"unshare", new_namespace, EPERM, EPERM},
	{"setuid", change_user, EPERM, EPERM},
	{"ioctl TIOCSTI", type_for_another, EPERM, EPERM},
	{"ioctl FIONREAD", count_bytes, 0, 0},
	{"prctl", another_filter, EPERM, EPERM},
	{"serving", serve, 0, 0},
#ifdef __x86_64__
	{"x32", x32, KILLED, KILLED},
#endif
	{"remove the socket", remove_socket, 0, 0},
};

/* Where Landlock has a say, and where it does not exist. */
static const struct expected with_landlock[] = {
	{"read another", read_other, EPERM, EACCES},
	{"read through a link", read_through_link, EPERM, EACCES},
	{"list another", list_other, EPERM, EACCES},
	{"remove another", remove_other, EACCES, EACCES},
};
static const struct expected without_landlock[] = {
	{"read another", read_other, EPERM, 0},
	{"list another", list_other, EPERM, 0},
	{"remove another", remove_other, 0, 0},
};

/* With a directory of files to replace: with Landlock, and without. */
static const struct {
	const char *name;
	long (*attempt)(void);
	int with, without;
} replacing[] = {
	{"create a file", create_new, 0, 0},
	{"replace a file", replace_file, 0, 0},
	{"create a file that exists", create_old, EEXIST, EEXIST},
	{"create or open", create_or_open, KILLED, KILLED},
	{"create to read", create_to_read, KILLED, KILLED},
	{"open a file that exists", open_old, KILLED, KILLED},
	{"truncate a file that exists", truncate_old, KILLED, KILLED},
	{"read a file that exists", read_old, EPERM, EPERM},
	{"create elsewhere", create_elsewhere, EACCES, 0},
	{"move out", move_out, EACCES, 0},
	{"move in", move_in, EACCES, 0},
	{"move elsewhere", move_elsewhere, EACCES, 0},
};

/* Without a filter. */
static const struct expected landlock_alone[] = {
	{"open and create", create_file, EACCES, EACCES},
	{"read what is kept", read_kept, EACCES, 0},
	{"read a kept file", read_alone, EACCES, 0},
	{"list what is kept", list_kept, EACCES, 0},
	{"read another", read_other, EACCES, EACCES},
	{"read through a link", read_through_link, EACCES, EACCES},
	{"list another", list_other, EACCES, EACCES},
	{"mkdir", make_directory, EACCES, EACCES},
	{"rename", rename_socket, EACCES, EACCES},
	{"mount", mount_something, EPERM, EPERM},
	{"serving", serve, 0, 0},
	{"remove another", remove_other, EACCES, EACCES},
	{"remove the socket", remove_socket, 0, 0},
};

static void check(const struct expected *row, const char *what,
                  const struct lsec_sandbox_needs *needs, int expected)
{
	make_file("sockets/gone");
	make_file("other/file");
	make_file("metrics/file");
	unlink(in("metrics/new"));
	unlink(in("other/new"));
	int found = outcome_of(row->attempt, needs);
	if (found != expected)
		fail_msg("%s, with %s: found %d; want %d", row->name, what, found, expected);
}

static void check_all(const struct expected *rows, size_t count)
{
	char sockets[128];
	char kept[128];
	char alone[128];
	snprintf(sockets, sizeof(sockets), "%s/sockets", base);
	snprintf(kept, sizeof(kept), "%s/kept", base);
	char metrics[128];
	snprintf(alone, sizeof(alone), "%s/alone", base);
	snprintf(metrics, sizeof(metrics), "%s/metrics", base);
	const char *const removable[] = {sockets, "/nowhere/at/all", NULL};
	const char *const readable[] = {"/nowhere/at/all", kept, alone, NULL};
	const char *const replaceable[] = {metrics, NULL};
	const struct lsec_sandbox_needs plain = {removable, NULL, NULL};
	const struct lsec_sandbox_needs reader = {removable, readable, NULL};
	const struct lsec_sandbox_needs writer = {removable, NULL, replaceable};
	const struct lsec_sandbox_needs both = {removable, readable, replaceable};
	for (size_t i = 0; i < count; i++) {
		check(&rows[i], "nothing", &plain, rows[i].plain);
		check(&rows[i], "files", &reader, rows[i].reader);
		check(&rows[i], "a file to replace", &writer, rows[i].plain);
		check(&rows[i], "both", &both, rows[i].reader);
	}
}

static void test_attempts(void **state)
{
	(void)state;
	if (LSEC_ARCHITECTURE == 0) {
		assert_true(landlock > 0);
		check_all(landlock_alone, COUNT(landlock_alone));
		return;
	}
	check_all(always, COUNT(always));
	if (landlock > 0)
		check_all(with_landlock, COUNT(with_landlock));
	else
		check_all(without_landlock, COUNT(without_landlock));
}

static void test_replacing(void **state)
{
	(void)state;
	char metrics[128];
	snprintf(metrics, sizeof(metrics), "%s/metrics", base);
	const char *const replaceable[] = {metrics, NULL};
	const struct lsec_sandbox_needs writer = {NULL, NULL, replaceable};
	const struct lsec_sandbox_needs plain = {0};
	for (size_t i = 0; i < COUNT(replacing); i++) {
		const struct expected row = {replacing[i].name, replacing[i].attempt, 0, 0};
		check(&row, "a file to replace", &writer,
		      landlock > 0 ? replacing[i].with : replacing[i].without);
		int found = outcome_of(row.attempt, &plain);
		assert_true(found == KILLED || found == EPERM);
	}
}

#ifdef __x86_64__
/* A kernel that knows no 32-bit calls ends it, too, in its own way. */
static void test_other_architecture(void **state)
{
	(void)state;
	const struct lsec_sandbox_needs none = {0};
	int found = outcome_of(other_architecture, &none);
	assert_true(found == KILLED || found == -SIGSEGV);
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_attempts),
		cmocka_unit_test(test_replacing),
#ifdef __x86_64__
		cmocka_unit_test(test_other_architecture),
#endif
	};
	return cmocka_run_group_tests_name("sandbox", tests, make_files, remove_files);
}
