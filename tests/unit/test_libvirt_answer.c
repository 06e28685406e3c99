/* SPDX-License-Identifier: Apache-2.0 */
#include "libvirt/answer.h"

#include "domain_capabilities.h"
#include "support.h"

#define URI "qemu:///system"
#define END "\0"
/* failure, driver, libvirt, hypervisor, capabilities, none of them, refusal */
#define ANSWER(failure, driver, libvirt, hypervisor, capabilities, none, refusal)                  \
	failure END driver END libvirt END hypervisor END capabilities END none END refusal END

/* A literal with NULs in it, whose own is none of the answer. */
#define BUFFER(literal) ((struct lsec_buffer){(char[]){literal}, sizeof(literal) - 1, 0})

static void test_facts(void **state)
{
	(void)state;
	struct lsec_virt_facts facts LSEC_CLEANUP(lsec_virt_facts_clear) = {0};
	struct lsec_problems problems = {0};
	struct lsec_buffer answer =
		BUFFER(ANSWER("", "QEMU", "12008000", "11001003", SNP_HOST, "", ""));
	assert_int_equal(lsec_virt_answer_facts(URI, &answer, &facts, &problems), 0);
	expect_none(&problems);
	assert_true(lsec_virt_is_qemu(&facts) && facts.has_capabilities);
	assert_true(facts.capabilities.sev_snp_type);
	assert_null(facts.no_capabilities);
	assert_string_equal(lsec_virt_version(facts.libvirt).text, "12.8.0");
	assert_string_equal(lsec_virt_version(facts.hypervisor).text, "11.1.3");
	assert_string_equal(lsec_virt_version(UINT32_MAX).text, "4294.967.295");
}

static void test_test_driver(void **state)
{
	(void)state;
	struct lsec_virt_facts facts LSEC_CLEANUP(lsec_virt_facts_clear) = {0};
	struct lsec_problems problems = {0};
	struct lsec_buffer answer = BUFFER(ANSWER("", "TEST", "9000000", "2", "", "", ""));
	assert_int_equal(lsec_virt_answer_facts(URI, &answer, &facts, &problems), 0);
	assert_false(lsec_virt_is_qemu(&facts) || facts.has_capabilities);
	assert_null(facts.no_capabilities);
	expect_none(&problems);
}

/* A QEMU without KVM. */
static void test_no_capabilities(void **state)
{
	(void)state;
	struct lsec_virt_facts facts LSEC_CLEANUP(lsec_virt_facts_clear) = {0};
	struct lsec_problems problems = {0};
	struct lsec_buffer answer = BUFFER(
		ANSWER("", "QEMU", "12008000", "0", "", "invalid argument: no KVM.\nmore", ""));
	assert_int_equal(lsec_virt_answer_facts(URI, &answer, &facts, &problems), 0);
	assert_false(facts.has_capabilities);
	assert_string_equal(facts.no_capabilities, "invalid argument: no KVM");
	expect_none(&problems);
}

static void test_refusal(void **state)
{
	(void)state;
	char *refusal = NULL;
	struct lsec_problems problems = {0};
	struct lsec_buffer taken = BUFFER(ANSWER("", "QEMU", "", "", "", "", ""));
	struct lsec_buffer not_taken =
		BUFFER(ANSWER("", "TEST", "", "", "", "", "XML error: no memory. \n<a>\n--^"));
	assert_int_equal(lsec_virt_answer_refusal(URI, &taken, &refusal, &problems), 0);
	assert_null(refusal);
	assert_int_equal(lsec_virt_answer_refusal(URI, &not_taken, &refusal, &problems), 0);
	assert_string_equal(refusal, "XML error: no memory");
	free(refusal);
	expect_none(&problems);
}

/* Words that are nothing but a full stop, with one in front of the answer, too: of a byte in
 * front of the words nothing is read. */
static void test_full_stop(void **state)
{
	(void)state;
	static const struct {
		const char *words, *said;
	} cases[] = {
		{".", "no reason given"},
		{". ", "no reason given"},
		{"...", "no reason given"},
		{"\n.\n", "no reason given"},
		{".\nno memory.", "no memory"},
		{" x .. ", "x"},
		{"x", "x"},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct lsec_problems problems = {0};
		char bytes[100] = "....";
		char *refusal = NULL;
		/* The first field: the failure. */
		strcpy(bytes + 4, cases[i].words);
		struct lsec_buffer answer = {bytes + 4, strlen(cases[i].words) + LSEC_VIRT_FIELDS,
		                             0};
		assert_int_equal(lsec_virt_answer_refusal(URI, &answer, &refusal, &problems), -1);
		cleanup_free char *said = lsec_format("cannot be queried: %s; use", cases[i].said);
		assert_non_null(strstr(problems.items[0].what, said));
		lsec_problems_clear(&problems);
		/* The last one: the refusal. */
		memset(bytes, 0, sizeof(bytes));
		strcpy(bytes + 1, "TEST");
		strcpy(bytes + 10, cases[i].words);
		answer = (struct lsec_buffer){bytes, 10 + strlen(cases[i].words) + 1, 0};
		assert_int_equal(lsec_virt_answer_refusal(URI, &answer, &refusal, &problems), 0);
		assert_string_equal(refusal, cases[i].said);
		free(refusal);
		expect_none(&problems);
	}
}

/* A refusal without words is one nevertheless. */
static void test_said(void **state)
{
	(void)state;
	static const char *const silent[] = {NULL, "", "\n", ". "};
	for (size_t i = 0; i < COUNT(silent); i++)
		assert_string_equal(lsec_virt_said(silent[i]), "no reason given");
	assert_string_equal(lsec_virt_said("\nno memory"), "\nno memory");
}

/* Who answers may be no libvirt at all, and write to the terminal of who asks. */
static void test_hostile_words(void **state)
{
	(void)state;
	char *refusal = NULL;
	struct lsec_virt_facts facts LSEC_CLEANUP(lsec_virt_facts_clear) = {0};
	struct lsec_problems problems = {0};
	struct lsec_buffer refused =
		BUFFER(ANSWER("", "QEMU", "", "", "", "", "\n XML\x1b[2J\r\x9b\xc2\x9b"));
	struct lsec_buffer incapable = BUFFER(ANSWER("", "QEMU", "1", "0", "", "KVM\x1b[2J", ""));
	assert_int_equal(lsec_virt_answer_refusal(URI, &refused, &refusal, &problems), 0);
	assert_string_equal(refusal, "XML?[2J????");
	free(refusal);
	assert_int_equal(lsec_virt_answer_facts(URI, &incapable, &facts, &problems), 0);
	assert_string_equal(facts.no_capabilities, "KVM?[2J");
	expect_none(&problems);
}

/* A long word of libvirt's is cut. */
static void test_long_refusal(void **state)
{
	(void)state;
	char *refusal = NULL;
	struct lsec_problems problems = {0};
	cleanup_free char *words = repeat('x', 1000);
	cleanup_buffer struct lsec_buffer answer = {0};
	lsec_buffer_add(&answer, ANSWER("", "QEMU", "", "", "", "", ""), 6 + 4);
	lsec_buffer_add(&answer, words, 1001);
	assert_int_equal(lsec_virt_answer_refusal(URI, &answer, &refusal, &problems), 0);
	assert_non_null(refusal);
	assert_int_equal(strlen(refusal), 400);
	free(refusal);
}

static void expect_failure(const struct lsec_buffer *answer, const char *what)
{
	char left[] = "left alone";
	char *refusal = left;
	struct lsec_virt_facts facts = {.driver = left};
	struct lsec_problems problems = {0};
	assert_int_equal(lsec_virt_answer_facts(URI, answer, &facts, &problems), -1);
	assert_ptr_equal(facts.driver, left);
	assert_int_equal(lsec_virt_answer_refusal(URI, answer, &refusal, &problems), -1);
	assert_ptr_equal(refusal, left);
	assert_true(problems.failed);
	assert_int_equal(problems.count, 1); /* the same is told once */
	assert_string_equal(problems.items[0].place, URI);
	assert_string_equal(problems.items[0].what, what);
	lsec_problems_clear(&problems);
}

static void test_failures(void **state)
{
	(void)state;
	static const char whole[] = ANSWER("", "QEMU", "1", "1", "", "", "");
	struct lsec_buffer answer = BUFFER(ANSWER("no socket.", "", "", "", "", "", ""));
	expect_failure(
		&answer,
		"cannot be queried: no socket; start libvirtd or virtqemud, or name its socket, such as qemu+unix:///system?socket=PATH");
	answer = BUFFER(ANSWER("", "Xen", "1", "1", "", "", ""));
	expect_failure(
		&answer,
		"libvirt's driver \"Xen\" does not run KubeVirt's VMs; use the QEMU driver (qemu:///system) or the test driver (test:///default)");
	for (size_t len = 0; len < sizeof(whole) - 1; len++) {
		struct lsec_buffer half = {lsec_unconst(whole), len, 0};
		expect_failure(&half, "cannot be queried: the answer is incomplete; try again");
	}
}

/* Nonsense is a failure of libvirt's, and no refusal of the VM. */
static void test_bad_capabilities(void **state)
{
	(void)state;
	struct lsec_virt_facts facts = {0};
	struct lsec_problems problems = {0};
	struct lsec_buffer answer = BUFFER(ANSWER("", "QEMU", "1", "1", "<nonsense/>", "", ""));
	assert_int_equal(lsec_virt_answer_facts(URI, &answer, &facts, &problems), -1);
	assert_true(problems.failed);
	assert_true(has_problem(&problems, URI ": domain capabilities", "must be <domainCap"));
	lsec_problems_clear(&problems);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_facts),           cmocka_unit_test(test_test_driver),
		cmocka_unit_test(test_no_capabilities), cmocka_unit_test(test_refusal),
		cmocka_unit_test(test_full_stop),       cmocka_unit_test(test_said),
		cmocka_unit_test(test_hostile_words),   cmocka_unit_test(test_long_refusal),
		cmocka_unit_test(test_failures),        cmocka_unit_test(test_bad_capabilities),
	};
	return cmocka_run_group_tests_name("libvirt answer", tests, NULL, NULL);
}
