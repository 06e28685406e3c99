/* SPDX-License-Identifier: Apache-2.0 */
/* The .proto files of the three versions: v1alpha3's messages serve all. */
#include "services_stage.h"

#define PROTOS "src/services/proto/"

/* A copy of a .proto file without comments, and with single blanks. */
static char *squeezed_proto(const char *name)
{
	cleanup_free char *path = lsec_format(PROTOS "%s.proto", name);
	char *text = read_whole(path, NULL);
	char *to = text;
	for (const char *from = text; *from != '\0'; from++) {
		if (from[0] == '/' && from[1] == '/')
			from += strcspn(from, "\n");
		bool blank = *from == ' ' || *from == '\n' || *from == '\t';
		if (!blank)
			*to++ = *from;
		else if (to > text && to[-1] != ' ')
			*to++ = ' ';
	}
	*to = '\0';
	return text;
}

/* "message NAME { ... }" or NULL; to be freed. None of them nests. */
static char *message_block(const char *proto, const char *name)
{
	cleanup_free char *head = lsec_format("message %s {", name);
	const char *start = strstr(proto, head);
	return start == NULL ? NULL : strndup(start, strcspn(start, "}") + 1);
}

/* Whether all of the version's messages are v1alpha3's, word for word. */
static size_t compare_messages(const char *old_proto, const char *new_proto)
{
	size_t count = 0;
	for (const char *at = old_proto; (at = strstr(at, "message ")) != NULL; at++) {
		cleanup_free char *name = strndup(at + 8, strcspn(at + 8, " {"));
		cleanup_free char *old_block = message_block(old_proto, name);
		cleanup_free char *new_block = message_block(new_proto, name);
		assert_non_null(old_block);
		assert_non_null(new_block);
		assert_string_equal(old_block, new_block);
		count++;
	}
	return count;
}

static void test_protos(void **state)
{
	(void)state;
	cleanup_free char *first = squeezed_proto("callbacks_v1alpha1");
	cleanup_free char *second = squeezed_proto("callbacks_v1alpha2");
	cleanup_free char *third = squeezed_proto("callbacks_v1alpha3");
	assert_int_equal(compare_messages(first, third), 2);
	assert_int_equal(compare_messages(second, third), 4);
	assert_int_equal(compare_messages(third, third), 6);
	/* And they are what KubeVirt sends. */
	cleanup_free char *params = message_block(third, "OnDefineDomainParams");
	assert_string_equal(params,
	                    "message OnDefineDomainParams { bytes domainXML = 1; bytes vmi = 2; }");
	cleanup_free char *iso = message_block(third, "PreCloudInitIsoResult");
	assert_string_equal(
		iso,
		"message PreCloudInitIsoResult { bytes cloudInitNoCloudSource = 1; bytes cloudInitData = 3; }");
}

/* Every method that a .proto file has is in the table, and the other way. */
static void test_proto_methods(void **state)
{
	(void)state;
	static const char *const names[] = {"info",   "callbacks_v1alpha1", "callbacks_v1alpha2",
	                                    "plugin", "callbacks_v1alpha3", "health"};
	STAGE stage;
	size_t count = 0;
	stage_open(&stage);
	for (size_t i = 0; i < COUNT(names); i++) {
		cleanup_free char *proto = squeezed_proto(names[i]);
		const char *package = strstr(proto, "package ");
		const char *service = strstr(proto, "service ");
		assert_true(package != NULL && service != NULL);
		for (const char *rpc = proto; (rpc = strstr(rpc, "rpc ")) != NULL; rpc++) {
			void *context = NULL;
			/* The service that it stands in, the last one before it. */
			const char *next = strstr(service + 1, "service ");
			if (next != NULL && next < rpc)
				service = next;
			cleanup_free char *path =
				lsec_format("/%.*s.%.*s/%.*s", (int)strcspn(package + 8, ";"),
			                    package + 8, (int)strcspn(service + 8, " "),
			                    service + 8, (int)strcspn(rpc + 4, "("), rpc + 4);
			assert_non_null(find(stage.table, path, &context));
			count++;
		}
	}
	assert_int_equal(count, COUNT(paths));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_protos),
		cmocka_unit_test(test_proto_methods),
	};
	lsec_memory_setup();
	return cmocka_run_group_tests_name("protos", tests, NULL, NULL);
}
