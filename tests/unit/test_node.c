/* SPDX-License-Identifier: Apache-2.0 */
#include "launchsec/node.h"

#include "recorded_host.h"

/* A node is asked of the annotations as apply is, as far as there is no domain yet. */
static void test_node_annotations(void **state)
{
	(void)state;
	static const struct {
		const char *key, *value, *defaults, *of_default, *place, *what;
	} cases[] = {
		{"policy", "debug", NULL, NULL, LSEC_PREFIX "policy", "bit 0 (debug)"},
		{"policy", "0x30000", NULL, NULL, LSEC_PREFIX "policy", "bits 16, 17"},
		{"firmware", "auto", "tdx.qgs", "vsock:2:1", LSEC_PREFIX "firmware",
	         "libvirt would choose the firmware"},
		{"qgs", "vsock:2:1", "tdx.firmware", "auto", "cluster",
	         "libvirt would choose the firmware"},
		{"qgs", "none", NULL, NULL, NULL, NULL},
		{"oem-strings", "a", "tdx.qgs", "vsock:2:1", NULL, NULL},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		SCENE scene = {.host = host_of(TDX_NODE)};
		const struct lsec_request request = {
			.vmi = &scene.vmi, .host = &scene.host, .config = &scene.config};
		enum lsec_tee tee = LSEC_TEE_NONE;
		set(&scene, "type", "tdx");
		set(&scene, cases[i].key, cases[i].value);
		if (cases[i].defaults != NULL)
			set_default(&scene, cases[i].defaults, cases[i].of_default);
		assert_int_equal(
			lsec_node_check(&request, &tee, &scene.result.report, &scene.problems),
			cases[i].what == NULL ? 0 : -1);
		assert_int_equal(tee, cases[i].what == NULL ? LSEC_TEE_TDX : LSEC_TEE_NONE);
		if (cases[i].what != NULL)
			expect_problem(&scene.problems, cases[i].place, cases[i].what);
	}
}

/* A VM without annotations of ours is as KubeVirt makes it: nothing else of it is judged. */
static void test_node_native(void **state)
{
	(void)state;
	static const struct {
		const char *path;
		bool usual;
	} cases[] = {
		{NULL, true},
		{"", true},
		{"/var/run/tdx-qgs/qgs.socket", true},
		{"rel", false},
		{"/run/other", false},
	};
	for (size_t i = 0; i < COUNT(cases); i++)
		for (unsigned how = 0; how < 4; how++) {
			SCENE scene = {.host = host_of(TDX_NODE)};
			const struct lsec_request request = {
				.vmi = &scene.vmi, .host = &scene.host, .config = &scene.config};
			enum lsec_tee tee = LSEC_TEE_NONE;
			bool missing = how % 2 == 1 && cases[i].usual;
			bool enforced = how / 2 == 1;
			scene.vmi.launch_security = "tdx";
			scene.vmi.quotes_enforced = enforced;
			if (cases[i].path != NULL)
				scene.vmi.qgs_socket_path = strdup(cases[i].path);
			set_default(&scene, "tdx.qgs", i % 2 == 0 ? "vsock:2:1" : "default");
			set_default(&scene, "tdx.firmware", "auto");
			scene.host.of[LSEC_FACT_QGS_SOCKET].state =
				how % 2 == 1 ? LSEC_NO : LSEC_YES;
			assert_int_equal(lsec_node_check(&request, &tee, &scene.result.report,
			                                 &scene.problems),
			                 missing && enforced ? -1 : 0);
			if (missing && enforced)
				expect_problem(&scene.problems, "/var/run/tdx-qgs/qgs.socket",
				               "start qgsd");
			assert_int_equal(warned(&scene.result, "/var/run/tdx-qgs/qgs.socket"),
			                 missing && !enforced);
		}
}

/* Whoever asks for quotes does not start without; others do, and are told of it. */
static void test_node_quotes(void **state)
{
	(void)state;
	static const struct {
		const char *qgs, *of_cluster, *kubevirt;
		bool enforced, asks, wants;
	} cases[] = {
		{NULL, NULL, NULL, false, false, true},
		{NULL, NULL, "/var/run/tdx-qgs/qgs.socket", false, false, true},
		{NULL, NULL, "/run/other", false, false, false},
		{"default", NULL, NULL, false, true, true},
		{"/var/run/tdx-qgs/qgs.socket", NULL, NULL, false, true, true},
		{"unix:/var/run/tdx-qgs/qgs.socket", NULL, "/run/other", false, true, true},
		{"/run/other", NULL, NULL, false, true, false},
		{"none", NULL, NULL, false, true, false},
		{"none", NULL, NULL, true, true, false},
		{"vsock:2:4050", NULL, NULL, true, true, false},
		{NULL, "default", NULL, false, true, true},
		{NULL, "none", NULL, false, true, false},
		{NULL, NULL, NULL, true, true, true},
		{NULL, NULL, "/run/other", true, true, false},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		SCENE scene = {.host = host_of(TDX_NODE)};
		const struct lsec_request request = {
			.vmi = &scene.vmi, .host = &scene.host, .config = &scene.config};
		enum lsec_tee tee = LSEC_TEE_NONE;
		bool refused = cases[i].asks && cases[i].wants;
		set(&scene, "type", "tdx");
		if (cases[i].qgs != NULL)
			set(&scene, "qgs", cases[i].qgs);
		if (cases[i].of_cluster != NULL)
			set_default(&scene, "tdx.qgs", cases[i].of_cluster);
		if (cases[i].kubevirt != NULL)
			scene.vmi.qgs_socket_path = strdup(cases[i].kubevirt);
		scene.vmi.quotes_enforced = cases[i].enforced;
		scene.host.of[LSEC_FACT_QGS_SOCKET].state = LSEC_NO;
		if (lsec_node_check(&request, &tee, &scene.result.report, &scene.problems) !=
		    (refused ? -1 : 0))
			fail_msg("case %zu", i);
		if (refused)
			expect_problem(&scene.problems, "/var/run/tdx-qgs/qgs.socket",
			               "start qgsd");
		assert_int_equal(warned(&scene.result, "/var/run/tdx-qgs/qgs.socket"),
		                 cases[i].wants && !cases[i].asks);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_node_annotations),
		cmocka_unit_test(test_node_native),
		cmocka_unit_test(test_node_quotes),
	};
	return cmocka_run_group_tests_name("node", tests, NULL, NULL);
}
