/* SPDX-License-Identifier: Apache-2.0 */
/* Facts of a host: decoded, recorded, and what they come to. */
#include "recorded_host.h"

/* CPUID 0x8000001F as recorded (AMD 24594; "cpuid -l 0x8000001f -r"). */
static void test_decode(void **state)
{
	(void)state;
	static const struct {
		uint32_t eax, ebx;
		bool sev, sev_es, sev_snp;
		unsigned cbitpos, reduced_phys_bits; /* C-bit 0: unknown */
	} cases[] = {
		{0x00000000, 0x00000000, false, false, false, 0, 0}, /* no AMD, or no SME */
		{0x00000001, 0x0000016f, false, false, false, 0, 0}, /* SME only */
		{0x0000000f, 0x0000016f, true, true, false, 47, 5},  /* EPYC 7001 (Naples) */
		{0x0001000f, 0x0000016f, true, true, false, 47, 5},  /* EPYC 7002 (Rome) */
		{0x0001fc3f, 0x00004173, true, true, true, 51, 5},   /* EPYC 7763 (Milan) */
		{0x0001fc3f, 0x00004133, true, true, true, 51, 4},   /* EPYC 7313P (Milan) */
		{0x0101fd3f, 0x000041b3, true, true, true, 51, 6},   /* EPYC 9004 (Genoa) */
		{0x01018177, 0x00000000, true, false, true, 0, 0},
		{0x00000002, 0xffffffff, true, false, false, 63, 63},
		{0x00000002, 0xfffff000, true, false, false, 0, 0},
		/* Each counts by itself. */
		{0x00000002, 0x00000040, true, false, false, 0, 1},
		{0x00000002, 0x00000033, true, false, false, 51, 0},
		{0xffffffe5, 0xffffffff, false, false, false, 0, 0},
		{0x0000000a, 0x00000073, true, true, false, 51, 1},
		{0x00000012, 0x00000073, true, false, true, 51, 1},
		{SNP_EAX, SNP_EBX, true, true, true, 51, 1},
	};
	struct lsec_host host = {0};
	for (size_t i = 0; i < COUNT(cases); i++) {
		enum lsec_state reduced = cases[i].reduced_phys_bits > 0 ? LSEC_YES
		                          : cases[i].sev                 ? LSEC_NO
		                                                         : LSEC_UNKNOWN;
		lsec_host_decode(cases[i].eax, cases[i].ebx, &host);
		assert_int_equal(host.of[LSEC_FACT_SEV].state, cases[i].sev ? LSEC_YES : LSEC_NO);
		assert_int_equal(host.of[LSEC_FACT_SEV_ES].state,
		                 cases[i].sev_es ? LSEC_YES : LSEC_NO);
		assert_int_equal(host.of[LSEC_FACT_SEV_SNP].state,
		                 cases[i].sev_snp ? LSEC_YES : LSEC_NO);
		assert_int_equal(host.of[LSEC_FACT_CBITPOS].state,
		                 cases[i].cbitpos > 0 ? LSEC_YES : LSEC_UNKNOWN);
		assert_int_equal(host.of[LSEC_FACT_CBITPOS].number, cases[i].cbitpos);
		assert_int_equal(host.of[LSEC_FACT_REDUCED_PHYS_BITS].state, reduced);
		assert_int_equal(host.of[LSEC_FACT_REDUCED_PHYS_BITS].number,
		                 cases[i].reduced_phys_bits);
	}
}

/* Every row says what it has to, and only what fits it. */
static void test_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < LSEC_FACTS; i++) {
		const struct lsec_fact_row *row = lsec_fact(i);
		assert_int_equal(row->id, i);
		assert_non_null(row->name);
		assert_non_null(row->path);
		assert_non_null(row->help);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(row->name, lsec_fact(j)->name);
		/* What rules a TEE out can be fixed, and what proves it is needed. */
		assert_true(row->needed == 0 || row->fix != NULL);
		assert_int_equal(row->proof & ~row->needed, 0);
		assert_true((row->needed | row->tells) != 0 && (row->needed & row->tells) == 0);
		assert_int_equal(row->kind == LSEC_FACT_NUMBER, row->most > 0);
		assert_int_equal(row->word != NULL, row->place == LSEC_FACT_AT_CGROUP ||
		                                            row->place == LSEC_FACT_AT_FIRMWARE);
		assert_int_equal(row->kind == LSEC_FACT_PATH, row->place == LSEC_FACT_AT_FIRMWARE);
	}
}

/* What is left out is unknown, but what has been recorded ever since. */
/* In its sandbox a server reads a new fact only where the directories have it. */
static void test_directories(void **state)
{
	(void)state;
	for (size_t i = 0; i < LSEC_FACTS; i++) {
		const struct lsec_fact_row *row = lsec_fact(i);
		size_t within = 0;
		for (size_t j = 0; j < LSEC_FACT_DIRECTORIES; j++) {
			size_t len = strlen(lsec_fact_directories[j]);
			within += strncmp(row->path, lsec_fact_directories[j], len) == 0 &&
			          (row->path[len] == '/' || row->path[len] == '\0');
		}
		bool is_read = row->place == LSEC_FACT_AT_PARAMETER ||
		               row->place == LSEC_FACT_AT_CGROUP ||
		               row->place == LSEC_FACT_AT_FIRMWARE;
		assert_int_equal(within, is_read ? 1 : 0);
	}
}

static void test_json_silence(void **state)
{
	(void)state;
	struct lsec_host host = host_of("{}");
	for (size_t i = 0; i < LSEC_FACTS; i++) {
		bool old = i == LSEC_FACT_SEV || i == LSEC_FACT_SEV_ES || i == LSEC_FACT_SEV_SNP;
		assert_int_equal(host.of[i].state, old ? LSEC_NO : LSEC_UNKNOWN);
		assert_int_equal(host.of[i].number, 0);
		assert_string_equal(host.of[i].path, "");
	}
}

/* Each fact as yes, no and unknown. */
static void test_json_states(void **state)
{
	(void)state;
	for (size_t i = 0; i < LSEC_FACTS; i++) {
		const struct lsec_fact_row *row = lsec_fact(i);
		bool number = row->kind == LSEC_FACT_NUMBER;
		const char *const values[] = {
			[LSEC_UNKNOWN] = "\"unknown\"",
			[LSEC_NO] = number ? (row->least > 0 ? NULL : "0") : "false",
			[LSEC_YES] = number                        ? "7"
		                     : row->kind == LSEC_FACT_PATH ? "\"/a.fd\""
		                                                   : "true",
		};
		for (enum lsec_state s = LSEC_UNKNOWN; s <= LSEC_YES; s++) {
			char text[160];
			cleanup_buffer struct lsec_buffer said = {0};
			if (values[s] == NULL)
				continue;
			/* SEV comes with its C-bit. */
			snprintf(text, sizeof(text), "{\"%s\":%s%s}", row->name, values[s],
			         i == LSEC_FACT_SEV && s == LSEC_YES ? ",\"cbitpos\":51" : "");
			struct lsec_host host = host_of(text);
			assert_int_equal(host.of[i].state, s);
			lsec_fact_say(&said, &host, i);
			assert_string_equal(said.bytes,
			                    s == LSEC_YES && number && row->hexadecimal
			                            ? "0x00000007"
			                    : s == LSEC_YES && number                      ? "7"
			                    : s == LSEC_YES && row->kind == LSEC_FACT_PATH ? "/a.fd"
			                    : s == LSEC_NO && number                       ? "0"
			                                             : lsec_state_name(s));
		}
	}
}

static void test_json(void **state)
{
	(void)state;
	struct lsec_problems problems = {0};
	struct lsec_host host = host_of(
		"{\"sev\":true,\"sev-es\":false,\"sev-snp\":true,\"cbitpos\":63,\"reduced-phys-bits\":6}");
	assert_true(lsec_host_has(&host, LSEC_FACT_SEV));
	assert_false(lsec_host_has(&host, LSEC_FACT_SEV_ES));
	assert_true(lsec_host_has(&host, LSEC_FACT_SEV_SNP));
	assert_int_equal(host.of[LSEC_FACT_CBITPOS].number, 63);
	assert_int_equal(host.of[LSEC_FACT_REDUCED_PHYS_BITS].number, 6);
	static const char *const bad[][3] = {
		{"[]", "h.json", "is a list"},
		{"{\"sev\":1}", "h.json: \"sev\"", "true, false or \"unknown\""},
		{"{\"sev\":\"true\"}", "h.json: \"sev\"", "got a string"},
		{"{\"sev-snp\":null}", "h.json: \"sev-snp\"", "got null"},
		{"{\"cbitpos\":0}", "h.json: \"cbitpos\"", "from 1 to 63"},
		{"{\"cbitpos\":64}", "h.json: \"cbitpos\"", "from 1 to 63"},
		{"{\"cbitpos\":-1}", "h.json: \"cbitpos\"", "from 1 to 63"},
		{"{\"cbitpos\":51.5}", "h.json: \"cbitpos\"", "from 1 to 63"},
		{"{\"cbitpos\":4294967347}", "h.json: \"cbitpos\"", "from 1 to 63"},
		{"{\"cbitpos\":\"51\"}", "h.json: \"cbitpos\"", "got \"51\""},
		{"{\"cpu-signature\":0}", "h.json: \"cpu-signature\"", "from 1 to 268374015"},
		{"{\"cpu-signature\":268374016}", "h.json: \"cpu-signature\"", "to 268374015"},
		{"{\"cpu-signature\":\"0x00a00f11\"}", "h.json: \"cpu-signature\"",
	         "got \"0x00a00f11\""},
		{"{\"tdx-slots\":1000001}", "h.json: \"tdx-slots\"", "from 0 to 1000000"},
		{"{\"tdx-slots\":-1}", "h.json: \"tdx-slots\"", "from 0 to 1000000"},
		{"{\"tdx-slots\":false}", "h.json: \"tdx-slots\"", "got a boolean"},
		{"{\"reduced-phys-bits\":true}", "h.json: \"reduced-phys-bits\"", "got a boolean"},
		{"{\"firmware-tdx\":true}", "h.json: \"firmware-tdx\"", "got a boolean"},
		{"{\"firmware-tdx\":\"a\"}", "h.json: \"firmware-tdx\"", "got \"a\""},
		{"{\"firmware-tdx\":\"/\\n\"}", "h.json: \"firmware-tdx\"", "got \"/\\x0a\""},
		{"{\"firmware-tdx\":\"/a\\u0000b\"}", "h.json: \"firmware-tdx\"", "absolute path"},
		{"{\"firmware-tdx\":\"\"}", "h.json: \"firmware-tdx\"", "absolute path"},
		{"{\"sevv\":true}", "h.json: \"sevv\"", "unknown fact"},
		{"{\"sev\":true}", "h.json", "without cbitpos"},
		{"{\"reduced-phys-bits\":64}", "h.json: \"reduced-phys-bits\"", "from 0 to 63"},
		{"{\"sev\":true,\"reduced-phys-bits\":6}", "h.json", "without cbitpos"},
		{"{\"sev\":true,\"sev\":false}", NULL, ": which of the two counts is undefined"},
	};
	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_int_equal(read_host(bad[i][0], &host, &problems), -1);
		expect_problem(&problems, bad[i][1], bad[i][2]);
		assert_int_equal(host.of[LSEC_FACT_CBITPOS].number, 63);
	}
	/* A fault that a good fact follows is still one. */
	assert_int_equal(read_host("{\"x\":1,\"sev\":false}", &host, &problems), -1);
	expect_problem(&problems, NULL, "unknown fact");
	/* For those who write no cbitpos anywhere. */
	static const char without[] = "{\"sev\":true,\"cpu-signature\":10555153}";
	struct lsec_host some = {0};
	assert_int_equal(lsec_host_read_some(without, strlen(without), "h.json", &some, &problems),
	                 0);
	assert_int_equal(some.of[LSEC_FACT_CPU_SIGNATURE].number, 0xa10f11);
	assert_int_equal(lsec_host_read_some("{\"x\":1}", 7, "h.json", &some, &problems), -1);
	expect_problem(&problems, NULL, "unknown fact");
	/* The longest path, and one byte more. */
	for (size_t len = LSEC_MAX_FACT_PATH; len <= LSEC_MAX_FACT_PATH + 1; len++) {
		char text[LSEC_MAX_FACT_PATH + 64] = "{\"firmware-tdx\":\"/";
		size_t start = strlen(text) - 1;
		memset(text + start + 1, 'a', len - 1);
		strcpy(text + start + len, "\"}");
		bool good = len == LSEC_MAX_FACT_PATH;
		assert_int_equal(read_host(text, &host, &problems), good ? 0 : -1);
		if (!good)
			expect_problem(&problems, NULL, "at most 255 bytes");
	}
}

/* What hosts offer, and what `auto` makes of it for a domain that names neither TEE, SEV-SNP or
 * TDX. NONE: refused. */
static void test_offers(void **state)
{
	(void)state;
	enum { NONE = LSEC_TEE_NONE, SNP = LSEC_TEE_SEV_SNP, TDX = LSEC_TEE_TDX };
	enum { UNKNOWN = LSEC_UNKNOWN, NO = LSEC_NO, YES = LSEC_YES };
	static const struct {
		const char *facts;
		int snp, tdx, chosen, with_snp, with_tdx;
	} cases[] = {
		{SNP_NODE, YES, NO, SNP, SNP, NONE},
		{TDX_NODE, NO, YES, TDX, NONE, TDX},
		{"{}", NO, UNKNOWN, NONE, NONE, TDX},
		/* An AMD CPU that can, with a kernel that does not say. */
		{"{" CPU_SNP "}", UNKNOWN, NO, NONE, SNP, NONE},
		{"{" CPU_SNP ",\"kvm-amd-sev-snp\":false}", NO, NO, NONE, NONE, NONE},
		{"{" CPU_SNP ",\"dev-kvm\":false," KVM_SNP "}", NO, NO, NONE, NONE, NONE},
		{"{" CPU_SNP ",\"sev-es-slots\":0," KVM_SNP "}", NO, NO, NONE, NONE, NONE},
		{"{" CPU_SNP ",\"dev-sev\":false," KVM_SNP "}", NO, NO, NONE, NONE, NONE},
		/* The kernel's word against the CPU's. */
		{"{" KVM_SNP "}", NO, UNKNOWN, NONE, NONE, TDX},
		{"{\"sev\":\"unknown\",\"sev-snp\":\"unknown\"," KVM_SNP "}", YES, UNKNOWN, SNP,
	         SNP, NONE},
		{"{" CPU_AMD "\"kvm-intel-tdx\":true}", NO, NO, NONE, NONE, NONE},
		/* An Intel CPU, and a kernel that does not say. */
		{"{" CPU_INTEL "\"sev\":false}", NO, UNKNOWN, NONE, NONE, TDX},
		{"{" CPU_INTEL "\"kvm-intel-tdx\":true,\"tdx-slots\":0}", NO, NO, NONE, NONE, NONE},
		{"{\"kvm-intel-tdx\":true}", NO, YES, TDX, NONE, TDX},
		/* Facts that no host can have together. */
		{"{\"cpu-amd\":true,\"cpu-intel\":true,\"sev\":\"unknown\",\"sev-snp\":\"unknown\",\"kvm-intel-tdx\":true," KVM_SNP
	         "}",
	         YES, YES, NONE, NONE, NONE},
		/* What tells only, decides nothing. */
		{"{" CPU_SNP "," KVM_SNP
	         ",\"firmware-sev-snp\":false,\"hypervisor\":true,\"sev-es-slots-used\":0}",
	         YES, NO, SNP, SNP, NONE},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct lsec_host host = host_of(cases[i].facts);
		const struct {
			int own, wanted;
		} choices[] = {{NONE, cases[i].chosen},
		               {SNP, cases[i].with_snp},
		               {TDX, cases[i].with_tdx}};
		assert_int_equal(lsec_host_offers(&host, LSEC_TEE_SEV_SNP), cases[i].snp);
		assert_int_equal(lsec_host_offers(&host, LSEC_TEE_TDX), cases[i].tdx);
		for (size_t j = 0; j < COUNT(choices); j++) {
			struct lsec_problems problems = {0};
			enum lsec_tee tee = LSEC_TEE_NONE;
			int status = lsec_host_choose(&host, (enum lsec_tee)choices[j].own, "p",
			                              &tee, &problems);
			assert_int_equal(status, choices[j].wanted == NONE ? -1 : 0);
			assert_int_equal(tee, choices[j].wanted);
			if (status < 0)
				expect_problem(&problems, "p", "but on this host SEV-SNP is ");
			expect_none(&problems);
		}
	}
}

/* A node's verdict: what stands in the way now. `reasons` are parts of the one problem, or NULL
 * for none. */
static void test_verdict(void **state)
{
	(void)state;
	static const struct {
		const char *facts;
		enum lsec_tee tee;
		bool quotes;
		enum lsec_state verdict;
		const char *place, *what;
	} cases[] = {
		{SNP_NODE, LSEC_TEE_SEV_SNP, false, LSEC_YES, NULL, NULL},
		{TDX_NODE, LSEC_TEE_TDX, true, LSEC_YES, NULL, NULL},
		/* One reason, not all that follow from it. */
		{TDX_NODE, LSEC_TEE_SEV_SNP, false, LSEC_NO, "CPUID 0x0",
	         "the CPU is not from AMD"},
		{SNP_NODE, LSEC_TEE_TDX, false, LSEC_NO, "CPUID 0x0", "the CPU is not from Intel"},
		{"{" CPU_SNP "}", LSEC_TEE_SEV_SNP, false, LSEC_UNKNOWN, NULL, NULL},
		{"{" CPU_SNP ",\"kvm-amd-sev-snp\":false}", LSEC_TEE_SEV_SNP, false, LSEC_NO,
	         "/sys/module/kvm_amd/parameters/sev_snp", "in the BIOS"},
		{"{" CPU_SNP "," KVM_SNP ",\"sev-es-slots\":9,\"sev-es-slots-used\":8}",
	         LSEC_TEE_SEV_SNP, false, LSEC_YES, NULL, NULL},
		{"{" CPU_SNP "," KVM_SNP ",\"sev-es-slots\":9,\"sev-es-slots-used\":9}",
	         LSEC_TEE_SEV_SNP, false, LSEC_NO, "/sys/fs/cgroup/misc.current",
	         "all 9 key slots (sev_es) for SEV-SNP are in use"},
		{"{" CPU_SNP ",\"sev-es-slots\":9,\"sev-es-slots-used\":9}", LSEC_TEE_SEV_SNP,
	         false, LSEC_NO, "/sys/fs/cgroup/misc.current", "are in use"},
		{"{\"kvm-intel-tdx\":true,\"tdx-slots\":3,\"tdx-slots-used\":4}", LSEC_TEE_TDX,
	         false, LSEC_NO, "/sys/fs/cgroup/misc.current",
	         "all 3 key slots (tdx) for TDX are in use"},
		{"{\"kvm-intel-tdx\":true,\"tdx-slots\":3}", LSEC_TEE_TDX, false, LSEC_YES, NULL,
	         NULL},
		{"{\"kvm-intel-tdx\":true,\"tdx-slots\":0}", LSEC_TEE_TDX, false, LSEC_NO,
	         "/sys/fs/cgroup/misc.capacity tdx", "has no key slots for TDX"},
		{"{\"kvm-intel-tdx\":true,\"qgs-socket\":false}", LSEC_TEE_TDX, true, LSEC_NO,
	         "/var/run/tdx-qgs/qgs.socket", "start qgsd"},
		{"{\"kvm-intel-tdx\":true,\"qgs-socket\":false}", LSEC_TEE_TDX, false, LSEC_YES,
	         NULL, NULL},
		{"{\"kvm-intel-tdx\":true}", LSEC_TEE_TDX, true, LSEC_YES, NULL, NULL},
		{"{" CPU_SNP "," KVM_SNP ",\"qgs-socket\":false}", LSEC_TEE_SEV_SNP, true, LSEC_YES,
	         NULL, NULL},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct lsec_host host = host_of(cases[i].facts);
		struct lsec_problems problems = {0};
		assert_int_equal(lsec_host_verdict(&host, cases[i].tee, cases[i].quotes, &problems),
		                 cases[i].verdict);
		if (cases[i].what != NULL) {
			assert_int_equal(problems.count, 1);
			expect_problem(&problems, cases[i].place, cases[i].what);
		}
		expect_none(&problems);
	}
	/* What is wrong besides is told, too. */
	const struct lsec_host host = host_of(
		"{\"cpu-intel\":true,\"kvm-intel-tdx\":false,\"tdx-slots\":2,\"tdx-slots-used\":2,\"qgs-socket\":false}");
	struct lsec_problems problems = {0};
	assert_int_equal(lsec_host_verdict(&host, LSEC_TEE_TDX, true, &problems), LSEC_NO);
	assert_int_equal(problems.count, 3);
	lsec_problems_clear(&problems);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_decode),      cmocka_unit_test(test_table),
		cmocka_unit_test(test_directories), cmocka_unit_test(test_json_silence),
		cmocka_unit_test(test_json_states), cmocka_unit_test(test_json),
		cmocka_unit_test(test_offers),      cmocka_unit_test(test_verdict),
	};
	return cmocka_run_group_tests_name("host", tests, NULL, NULL);
}
