/* SPDX-License-Identifier: Apache-2.0 */
/* Gathering, on trees of files. */
#include "host_tree.h"
#include "launchsec/measure.h"

#define FIRMWARE(features, mapping)                                                                \
	"{\"description\":\"x\",\"features\":[" features "],\"mapping\":{" mapping "}}"
#define ROM(path) "\"device\":\"memory\",\"filename\":\"" path "\""

/* One or two files, and what a fact comes to. */
static void test_states(void **state)
{
	(void)state;
	static const struct {
		enum lsec_fact_id id;
		const char *files[2][2];
		enum lsec_state state;
		unsigned number;
		const char *path;
	} cases[] = {
		{LSEC_FACT_KVM_AMD_SEV, {{AMD "sev", "Y\n"}}, LSEC_YES, 0, NULL},
		{LSEC_FACT_KVM_AMD_SEV, {{AMD "sev", "1\n"}}, LSEC_YES, 0, NULL},
		{LSEC_FACT_KVM_AMD_SEV, {{AMD "sev", "N\n"}}, LSEC_NO, 0, NULL},
		{LSEC_FACT_KVM_AMD_SEV, {{AMD "sev", "0\n"}}, LSEC_NO, 0, NULL},
		{LSEC_FACT_KVM_AMD_SEV, {{AMD "sev", ""}}, LSEC_UNKNOWN, 0, NULL},
		{LSEC_FACT_KVM_AMD_SEV, {{AMD "sev", "Y"}}, LSEC_UNKNOWN, 0, NULL},
		{LSEC_FACT_KVM_AMD_SEV, {{AMD "sev", "YES\n"}}, LSEC_UNKNOWN, 0, NULL},
		{LSEC_FACT_KVM_AMD_SEV, {{AMD "sev", "2\n"}}, LSEC_UNKNOWN, 0, NULL},
		{LSEC_FACT_KVM_AMD_SEV, {{AMD "sev/", ""}}, LSEC_UNKNOWN, 0, NULL},
		/* The kernel is too old, the module not loaded; no sysfs at all. */
		{LSEC_FACT_KVM_AMD_SEV_SNP, {{AMD "sev", "Y\n"}}, LSEC_NO, 0, NULL},
		{LSEC_FACT_KVM_AMD_SEV_SNP, {{"/sys/module/kvm/", ""}}, LSEC_NO, 0, NULL},
		{LSEC_FACT_KVM_AMD_SEV_SNP, {{"/sys/", ""}}, LSEC_UNKNOWN, 0, NULL},
		{LSEC_FACT_KVM_AMD_SEV_SNP, {{"/sys", ""}}, LSEC_UNKNOWN, 0, NULL},
		/* Where one may not look: here a file is in place of a directory. */
		{LSEC_FACT_KVM_AMD_SEV_SNP, {{"/sys/module/kvm_amd", ""}}, LSEC_UNKNOWN, 0, NULL},
		{LSEC_FACT_KVM_AMD_SEV_SNP, {{AMD "sev_snp", "Y\n"}}, LSEC_YES, 0, NULL},
		{LSEC_FACT_KVM_AMD_SEV_ES, {{AMD "sev_es", "Y\n"}}, LSEC_YES, 0, NULL},
		{LSEC_FACT_KVM_AMD_SEV_ES, {{AMD "sev_es", "N\n"}}, LSEC_NO, 0, NULL},
		{LSEC_FACT_KVM_INTEL_TDX, {{INTEL "tdx", "Y\n"}}, LSEC_YES, 0, NULL},
		{LSEC_FACT_KVM_INTEL_TDX, {{INTEL "tdx", "N\n"}}, LSEC_NO, 0, NULL},
		{LSEC_FACT_KVM_INTEL_TDX, {{AMD "sev", "Y\n"}}, LSEC_NO, 0, NULL},
		{LSEC_FACT_SEV_ES_SLOTS,
	         {{CGROUP "misc.capacity", "sev 410\nsev_es 99\n"}},
	         LSEC_YES,
	         99,
	         NULL},
		{LSEC_FACT_SEV_ES_SLOTS, {{CGROUP "misc.capacity", "sev 509\n"}}, LSEC_NO, 0, NULL},
		{LSEC_FACT_SEV_ES_SLOTS, {{CGROUP "misc.capacity", ""}}, LSEC_NO, 0, NULL},
		{LSEC_FACT_SEV_ES_SLOTS, {{CGROUP "cgroup.procs", "1\n"}}, LSEC_UNKNOWN, 0, NULL},
		{LSEC_FACT_SEV_ES_SLOTS,
	         {{CGROUP "misc.capacity", "sev_es x\n"}},
	         LSEC_UNKNOWN,
	         0,
	         NULL},
		{LSEC_FACT_SEV_ES_SLOTS,
	         {{CGROUP "misc.capacity", "sev_es 9 9\n"}},
	         LSEC_UNKNOWN,
	         0,
	         NULL},
		{LSEC_FACT_SEV_ES_SLOTS,
	         {{CGROUP "misc.capacity", "sev_es 4294967296\n"}},
	         LSEC_UNKNOWN,
	         0,
	         NULL},
		{LSEC_FACT_SEV_ES_SLOTS,
	         {{CGROUP "misc.capacity", "sev_es 9"}},
	         LSEC_UNKNOWN,
	         0,
	         NULL},
		/* A container's own misc.current says nothing of the host's. */
		{LSEC_FACT_SEV_ES_SLOTS_USED,
	         {{CGROUP "misc.current", "sev_es 1\n"}},
	         LSEC_UNKNOWN,
	         0,
	         NULL},
		{LSEC_FACT_SEV_ES_SLOTS_USED,
	         {{CGROUP "misc.current", "sev_es 7\n"}, {CGROUP "misc.capacity", "sev_es 9\n"}},
	         LSEC_YES,
	         7,
	         NULL},
		{LSEC_FACT_SEV_ES_SLOTS_USED,
	         {{CGROUP "misc.current", "sev_es 0\n"}, {CGROUP "misc.capacity", "sev_es 9\n"}},
	         LSEC_NO,
	         0,
	         NULL},
		{LSEC_FACT_SEV_ES_SLOTS_USED,
	         {{CGROUP "misc.capacity", "sev_es 9\n"}},
	         LSEC_UNKNOWN,
	         0,
	         NULL},
		{LSEC_FACT_TDX_SLOTS, {{CGROUP "misc.capacity", "tdx 31\n"}}, LSEC_YES, 31, NULL},
		{LSEC_FACT_TDX_SLOTS, {{CGROUP "misc.capacity", "tdx_es 31\n"}}, LSEC_NO, 0, NULL},
		{LSEC_FACT_TDX_SLOTS, {{CGROUP "misc.max", "tdx 31\n"}}, LSEC_UNKNOWN, 0, NULL},
		{LSEC_FACT_TDX_SLOTS_USED,
	         {{CGROUP "misc.current", "tdx 3\n"}, {CGROUP "misc.capacity", "tdx 31\n"}},
	         LSEC_YES,
	         3,
	         NULL},
		{LSEC_FACT_TDX_SLOTS_USED,
	         {{CGROUP "misc.current", ""}, {CGROUP "misc.capacity", "tdx 31\n"}},
	         LSEC_NO,
	         0,
	         NULL},
		{LSEC_FACT_TDX_SLOTS_USED,
	         {{CGROUP "misc.current", "tdx 3\n"}},
	         LSEC_UNKNOWN,
	         0,
	         NULL},
		{LSEC_FACT_DEV_SEV, {{"/sys/class/misc/sev", ""}}, LSEC_YES, 0, NULL},
		{LSEC_FACT_DEV_SEV, {{"/sys/class/misc/kvm", ""}}, LSEC_NO, 0, NULL},
		{LSEC_FACT_DEV_SEV, {{"/dev/sev", "no device"}}, LSEC_UNKNOWN, 0, NULL},
		{LSEC_FACT_DEV_SEV, {{"/dev/", ""}}, LSEC_UNKNOWN, 0, NULL},
		{LSEC_FACT_DEV_KVM, {{"/sys/class/misc/kvm", ""}}, LSEC_YES, 0, NULL},
		{LSEC_FACT_DEV_KVM, {{"/sys/class/misc/", ""}}, LSEC_NO, 0, NULL},
		{LSEC_FACT_DEV_KVM, {{"/sys/class/", ""}}, LSEC_UNKNOWN, 0, NULL},
		{LSEC_FACT_QGS_SOCKET, {{QGS "/qgs.socket", "no socket"}}, LSEC_NO, 0, NULL},
		{LSEC_FACT_QGS_SOCKET, {{QGS "/", ""}}, LSEC_NO, 0, NULL},
		{LSEC_FACT_QGS_SOCKET, {{"/var/run/", ""}}, LSEC_UNKNOWN, 0, NULL},
		{LSEC_FACT_QGS_SOCKET, {{QGS, ""}}, LSEC_UNKNOWN, 0, NULL},
		{LSEC_FACT_QGS_WRITABLE, {{QGS "/qgs.socket", "no socket"}}, LSEC_UNKNOWN, 0, NULL},
		{LSEC_FACT_QGS_WRITABLE, {{QGS "/", ""}}, LSEC_UNKNOWN, 0, NULL},
		{LSEC_FACT_FIRMWARE_TDX,
	         {{DESCRIPTORS "60.json", FIRMWARE("\"acpi-s4\",\"intel-tdx\"", ROM("/tdx.fd"))}},
	         LSEC_YES,
	         0,
	         "/tdx.fd"},
		{LSEC_FACT_FIRMWARE_SEV_SNP,
	         {{DESCRIPTORS "60.json", FIRMWARE("\"intel-tdx\"", ROM("/tdx.fd"))}},
	         LSEC_NO,
	         0,
	         NULL},
		{LSEC_FACT_FIRMWARE_SEV_SNP,
	         {{DESCRIPTORS "60.json",
	           FIRMWARE(
			   "\"amd-sev\",\"amd-sev-es\",\"amd-sev-snp\"",
			   "\"device\":\"flash\",\"executable\":{\"filename\":\"/snp.fd\",\"format\":\"raw\"}")}},
	         LSEC_YES,
	         0,
	         "/snp.fd"},
		/* The first by name, in whichever order they are read. */
		{LSEC_FACT_FIRMWARE_TDX,
	         {{DESCRIPTORS "60.json", FIRMWARE("\"intel-tdx\"", ROM("/second.fd"))},
	          {DESCRIPTORS "50.json", FIRMWARE("\"intel-tdx\"", ROM("/first.fd"))}},
	         LSEC_YES,
	         0,
	         "/first.fd"},
		{LSEC_FACT_FIRMWARE_TDX,
	         {{DESCRIPTORS "50.json", FIRMWARE("\"intel-tdx\"", ROM("/first.fd"))},
	          {DESCRIPTORS "60.json", FIRMWARE("\"intel-tdx\"", ROM("/second.fd"))}},
	         LSEC_YES,
	         0,
	         "/first.fd"},
		{LSEC_FACT_FIRMWARE_TDX, {{DESCRIPTORS, ""}}, LSEC_NO, 0, NULL},
		{LSEC_FACT_FIRMWARE_TDX, {{DESCRIPTORS "README", "x"}}, LSEC_NO, 0, NULL},
		{LSEC_FACT_FIRMWARE_TDX, {{DESCRIPTORS "a.json", "{}"}}, LSEC_NO, 0, NULL},
		{LSEC_FACT_FIRMWARE_TDX,
	         {{DESCRIPTORS "a.json", "{\"features\":{}}"}},
	         LSEC_NO,
	         0,
	         NULL},
		{LSEC_FACT_FIRMWARE_TDX,
	         {{DESCRIPTORS "a.json", "{\"features\":[7]}"}},
	         LSEC_NO,
	         0,
	         NULL},
		{LSEC_FACT_FIRMWARE_TDX, {{"/usr/share/qemu/", ""}}, LSEC_UNKNOWN, 0, NULL},
		{LSEC_FACT_FIRMWARE_TDX,
	         {{DESCRIPTORS "a.json", "{\"features\":[\"intel-tdx\""}},
	         LSEC_UNKNOWN,
	         0,
	         NULL},
		/* What does not name it cannot have it. */
		{LSEC_FACT_FIRMWARE_TDX, {{DESCRIPTORS "a.json", "{"}}, LSEC_NO, 0, NULL},
		{LSEC_FACT_FIRMWARE_TDX, {{DESCRIPTORS "a.json", ""}}, LSEC_NO, 0, NULL},
		{LSEC_FACT_FIRMWARE_TDX,
	         {{DESCRIPTORS "a.json", "{\"description\":\"for intel-tdx\"}"}},
	         LSEC_NO,
	         0,
	         NULL},
		{LSEC_FACT_FIRMWARE_TDX, {{DESCRIPTORS "a.json/", ""}}, LSEC_UNKNOWN, 0, NULL},
		{LSEC_FACT_FIRMWARE_TDX,
	         {{DESCRIPTORS "a.json", FIRMWARE("\"intel-tdx\"", "")}},
	         LSEC_UNKNOWN,
	         0,
	         NULL},
		{LSEC_FACT_FIRMWARE_TDX,
	         {{DESCRIPTORS "a.json", FIRMWARE("\"intel-tdx\"", ROM("relative"))}},
	         LSEC_UNKNOWN,
	         0,
	         NULL},
		/* One that cannot be read does not hide one that can. */
		{LSEC_FACT_FIRMWARE_TDX,
	         {{DESCRIPTORS "a.json", "intel-tdx"},
	          {DESCRIPTORS "b.json", FIRMWARE("\"intel-tdx\"", ROM("/b.fd"))}},
	         LSEC_YES,
	         0,
	         "/b.fd"},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		TREE tree;
		plant(&tree);
		for (size_t j = 0; j < 2 && cases[i].files[j][0] != NULL; j++)
			put(&tree, cases[i].files[j][0], cases[i].files[j][1]);
		const struct lsec_host host = gather(&tree);
		const struct lsec_fact *fact = &host.of[cases[i].id];
		const char *path = cases[i].path == NULL ? "" : cases[i].path;
		if (fact->state != cases[i].state || fact->number != cases[i].number)
			print_message("case %zu: %s, %s\n", i, lsec_fact(cases[i].id)->name,
			              cases[i].files[0][0]);
		assert_int_equal(fact->state, cases[i].state);
		assert_int_equal(fact->number, cases[i].number);
		assert_string_equal(fact->path, path);
	}
}

/* Everything has a limit: files, descriptors, their number, paths. */
static void test_limits(void **state)
{
	(void)state;
	TREE tree;
	plant(&tree);
	char capacity[LSEC_MAX_FACT_FILE + 1];
	static char descriptor[LSEC_MAX_DESCRIPTOR + 1];
	memset(capacity, 'x', sizeof(capacity));
	memcpy(capacity, "tdx 31\n", 7);
	capacity[LSEC_MAX_FACT_FILE - 2] = '\n';
	put_bytes(&tree, CGROUP "misc.capacity", capacity, LSEC_MAX_FACT_FILE - 1);
	struct lsec_host host = gather(&tree);
	assert_int_equal(host.of[LSEC_FACT_TDX_SLOTS].number, 31);
	put_bytes(&tree, CGROUP "misc.capacity", capacity, LSEC_MAX_FACT_FILE);
	host = gather(&tree);
	assert_int_equal(host.of[LSEC_FACT_TDX_SLOTS].state, LSEC_UNKNOWN);

	static const char tdx[] = FIRMWARE("\"intel-tdx\"", ROM("/tdx.fd"));
	memset(descriptor, ' ', sizeof(descriptor));
	memcpy(descriptor, tdx, strlen(tdx));
	put_bytes(&tree, DESCRIPTORS "a.json", descriptor, LSEC_MAX_DESCRIPTOR - 1);
	host = gather(&tree);
	assert_true(lsec_host_has(&host, LSEC_FACT_FIRMWARE_TDX));
	assert_int_equal(host.of[LSEC_FACT_FIRMWARE_SEV_SNP].state, LSEC_NO);
	put_bytes(&tree, DESCRIPTORS "a.json", descriptor, LSEC_MAX_DESCRIPTOR);
	host = gather(&tree);
	assert_int_equal(host.of[LSEC_FACT_FIRMWARE_TDX].state, LSEC_UNKNOWN);

	for (unsigned i = 0; i < LSEC_MAX_DESCRIPTORS; i++) {
		char name[64];
		snprintf(name, sizeof(name), DESCRIPTORS "%u.json", i);
		put(&tree, i == 0 ? DESCRIPTORS "a.json" : name, "{}");
	}
	host = gather(&tree);
	assert_int_equal(host.of[LSEC_FACT_FIRMWARE_TDX].state, LSEC_NO);
	put(&tree, DESCRIPTORS "one-more.json", "{}");
	host = gather(&tree);
	assert_int_equal(host.of[LSEC_FACT_FIRMWARE_TDX].state, LSEC_UNKNOWN);

	cleanup_free char *root = repeat('/', LSEC_MAX_PATH);
	lsec_host_gather_files(root, &host);
	for (size_t i = LSEC_FACT_DEV_KVM; i < LSEC_FACTS; i++)
		assert_int_equal(host.of[i].state, LSEC_UNKNOWN);
}

/* Whatever this machine is, what is said of it fits together, twice. */
static void test_here(void **state)
{
	(void)state;
	struct lsec_host host[2];
	for (size_t i = 0; i < 2; i++)
		lsec_host_gather("", &host[i]);
	for (size_t i = 0; i < LSEC_FACTS; i++) {
		const struct lsec_fact *fact = &host[0].of[i];
		if (lsec_fact(i)->kind == LSEC_FACT_NUMBER)
			assert_int_equal(fact->state == LSEC_YES, fact->number > 0);
		assert_int_equal(fact->path[0] == '/',
		                 lsec_fact(i)->kind == LSEC_FACT_PATH && fact->state == LSEC_YES);
		if (lsec_fact(i)->place == LSEC_FACT_AT_CPU)
			assert_int_equal(fact->state, host[1].of[i].state);
		if (lsec_fact(i)->place == LSEC_FACT_AT_CPU &&
		    lsec_fact(i)->kind == LSEC_FACT_STATE)
			assert_int_not_equal(fact->state, LSEC_UNKNOWN);
	}
	assert_false(lsec_host_has(&host[0], LSEC_FACT_CPU_AMD) &&
	             lsec_host_has(&host[0], LSEC_FACT_CPU_INTEL));
	/* Of AMD's CPUs, and without the bits that are reserved. */
	assert_int_equal(host[0].of[LSEC_FACT_CPU_SIGNATURE].state,
	                 lsec_host_has(&host[0], LSEC_FACT_CPU_AMD) ? LSEC_YES : LSEC_UNKNOWN);
	assert_int_equal(host[0].of[LSEC_FACT_CPU_SIGNATURE].number & ~LSEC_CPU_SIGNATURE_BITS, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_states),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_here),
	};
	return cmocka_run_group_tests_name("gather", tests, NULL, NULL);
}
