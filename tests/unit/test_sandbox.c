/* SPDX-License-Identifier: Apache-2.0 */
/* What a process in the sandbox can do and what not, tried for real. */
#include <dirent.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <time.h>

#include "sandbox_stage.h"

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
/* Not rename(), which is renameat() on newer architectures. */
ATTEMPT(rename_socket,
        syscall(SYS_renameat2, AT_FDCWD, in("sockets/s"), AT_FDCWD, in("sockets/t"), 0))
ATTEMPT(link_file, link(in("kept/file"), in("sockets/new")))
ATTEMPT(make_link, symlink("/", in("sockets/new")))
ATTEMPT(change_mode, chmod(in("kept/file"), 0777))
ATTEMPT(truncate_file, truncate(in("kept/file"), 0))

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
		check(rows[i].name, rows[i].attempt, "nothing", &plain, rows[i].plain);
		check(rows[i].name, rows[i].attempt, "files", &reader, rows[i].reader);
		check(rows[i].name, rows[i].attempt, "a file to replace", &writer, rows[i].plain);
		check(rows[i].name, rows[i].attempt, "both", &both, rows[i].reader);
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
#ifdef __x86_64__
		cmocka_unit_test(test_other_architecture),
#endif
	};
	return cmocka_run_group_tests_name("sandbox", tests, make_files, remove_files);
}
