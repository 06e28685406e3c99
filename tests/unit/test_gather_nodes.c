/* SPDX-License-Identifier: Apache-2.0 */
/* Gathering device nodes and sockets. */
#include <sys/socket.h>
#include <sys/un.h>

#include "host_tree.h"

/* Device nodes and sockets, of which a container has only its own. */
static void test_nodes(void **state)
{
	(void)state;
	TREE tree;
	plant(&tree);
	cleanup_free char *sev = path_in(&tree, "/dev/sev");
	cleanup_free char *kvm = path_in(&tree, "/dev/kvm");
	cleanup_free char *qgs = path_in(&tree, QGS "/qgs.socket");
	cleanup_free char *pipe = path_in(&tree, INTEL "tdx");
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	assert_int_equal(symlink("/dev/null", sev), 0);
	assert_int_equal(symlink("/dev/null", kvm), 0);
	assert_int_equal(mkfifo(pipe, 0600), 0);
	assert_true(strlen(qgs) < sizeof(address.sun_path));
	strcpy(address.sun_path, qgs);
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(listener, (const struct sockaddr *)&address, sizeof(address)), 0);
	const struct lsec_host host = gather(&tree);
	close(listener);
	assert_true(lsec_host_has(&host, LSEC_FACT_DEV_SEV));
	assert_true(lsec_host_has(&host, LSEC_FACT_DEV_KVM));
	assert_true(lsec_host_has(&host, LSEC_FACT_QGS_SOCKET));
	/* Nobody writes to it, and it is not waited for. */
	assert_int_equal(host.of[LSEC_FACT_KVM_INTEL_TDX].state, LSEC_UNKNOWN);
}

/* QEMU's user is neither the owner nor of the group here, unless root made it so. */
static void test_rights(void **state)
{
	(void)state;
	static const struct {
		uid_t owner, group; /* 0: as they are */
		mode_t socket, directory;
		bool may;
	} cases[] = {
		{0, 0, 0775, 0755, false},  {0, 0, 0777, 0755, true},
		{0, 0, 0666, 0711, true},   {0, 0, 0777, 0750, false},
		{107, 0, 0700, 0755, true}, {107, 0, 0577, 0755, false},
		{0, 107, 0770, 0755, true}, {0, 107, 0757, 0755, false},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		if ((cases[i].owner != 0 || cases[i].group != 0) && geteuid() != 0)
			continue;
		TREE tree;
		plant(&tree);
		cleanup_free char *directory = path_in(&tree, QGS "/");
		cleanup_free char *qgs = path_in(&tree, QGS "/qgs.socket");
		struct sockaddr_un address = {.sun_family = AF_UNIX};
		strcpy(address.sun_path, qgs);
		int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
		assert_int_equal(bind(listener, (const struct sockaddr *)&address, sizeof(address)),
		                 0);
		if (cases[i].owner != 0 || cases[i].group != 0)
			assert_int_equal(chown(qgs, cases[i].owner, cases[i].group), 0);
		assert_int_equal(chmod(qgs, cases[i].socket), 0);
		assert_int_equal(chmod(directory, cases[i].directory), 0);
		const struct lsec_host host = gather(&tree);
		close(listener);
		if (host.of[LSEC_FACT_QGS_WRITABLE].state != (cases[i].may ? LSEC_YES : LSEC_NO))
			fail_msg("case %zu", i);
	}
}

/* A whole host's root, whose /var/run is an absolute link: from here it leads elsewhere. */
static void test_linked_run(void **state)
{
	(void)state;
	static const enum lsec_state states[] = {LSEC_UNKNOWN, LSEC_NO, LSEC_YES};
	TREE tree;
	plant(&tree);
	cleanup_free char *link = path_in(&tree, "/var/run");
	assert_int_equal(symlink("/no-such-directory", link), 0);
	for (size_t i = 0; i < COUNT(states); i++) {
		struct sockaddr_un address = {.sun_family = AF_UNIX};
		cleanup_free char *path = i == 0 ? NULL : path_in(&tree, "/run/tdx-qgs/qgs.socket");
		int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (states[i] == LSEC_YES) {
			strcpy(address.sun_path, path);
			assert_int_equal(
				bind(listener, (const struct sockaddr *)&address, sizeof(address)),
				0);
		}
		const struct lsec_host host = gather(&tree);
		close(listener);
		assert_int_equal(host.of[LSEC_FACT_QGS_SOCKET].state, states[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nodes),
		cmocka_unit_test(test_rights),
		cmocka_unit_test(test_linked_run),
	};
	return cmocka_run_group_tests_name("gather nodes", tests, NULL, NULL);
}
