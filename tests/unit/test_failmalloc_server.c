/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Allocations that fail in the server: in a service, in opening sockets, in the middle of a call. A
 * client gets the very answer that it would get otherwise, or learns that there was none; never
 * another domain.
 */
#include "failscene.h"

#if INTERPOSE

#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "callbacks_v1alpha3.pb-c.h"
#include "client.h"
#include "health.pb-c.h"
#include "plugin.pb-c.h"
#include "services/protobuf.h"
#include "services/services.h"
#include "transport/server.h"
#include "transport/socket.h"

#define HOOKS "/kubevirt.hooks.v1alpha3.Callbacks/"
#define MUTATE "/kubevirt.hooks.plugins.v1alpha1.DomainHookService/MutateDomain"
#define NODE "/kubevirt.hooks.plugins.v1alpha1.NodeHookService/ExecuteNodeHook"

/* Nobody waits here: there are no events but those that are there, and a second has passed
 * whenever somebody looks. */
static unsigned turns; /* of the server's loop */

int epoll_wait(int fd, struct epoll_event *ret, int room, int timeout)
{
	(void)timeout;
	turns++;
	return (int)syscall(SYS_epoll_pwait, fd, ret, room, 0, NULL, 0);
}

int clock_gettime(clockid_t id, struct timespec *ret)
{
	static time_t seconds;
	int status = (int)syscall(SYS_clock_gettime, id, ret);
	if (id == CLOCK_MONOTONIC)
		ret->tv_sec += seconds++;
	return status;
}

/* The services, as a server has them. */
static struct lsec_config config;
static struct lsec_host host;
static struct lsec_log log_to_nowhere = {.json = true, .least = LSEC_DEBUG};
static struct lsec_log log_to_file = {.json = true, .least = LSEC_INFO};
static struct lsec_services services = {
	.config = &config,
	.host = &host,
	.name = "launchsec",
	.versions = LSEC_HOOK_ALL_VERSIONS,
	.log = &log_to_nowhere,
};
static struct lsec_rpc_service table[LSEC_SERVICES + 1];
static struct lsec_pool *small_pool;

/* Messages, packed before anything fails. */
struct packed {
	uint8_t bytes[8192];
	size_t len;
};
static struct packed define_snp, define_refused, mutate_tdx, mutate_type, iso, check_known,
	check_unknown, node_tdx, node_typo, node_point;

static void pack(struct packed *ret, const ProtobufCMessage *message)
{
	assert_true(protobuf_c_message_get_packed_size(message) <= sizeof(ret->bytes));
	ret->len = protobuf_c_message_pack(message, ret->bytes);
}

#define VMI(type, more)                                                                            \
	"{\"metadata\":{\"name\":\"a name\",\"namespace\":\"n\",\"uid\":\"u\\u001b\","             \
	"\"annotations\":{\"" LSEC_PREFIX "type\":\"" type "\"" more "}},\"spec\":{}}"

static void pack_messages(void)
{
	Kubevirt__Hooks__V1alpha3__OnDefineDomainParams define =
		KUBEVIRT__HOOKS__V1ALPHA3__ON_DEFINE_DOMAIN_PARAMS__INIT;
	Kubevirt__Hooks__V1alpha3__PreCloudInitIsoParams data =
		KUBEVIRT__HOOKS__V1ALPHA3__PRE_CLOUD_INIT_ISO_PARAMS__INIT;
	Kubevirt__Hooks__Plugins__V1alpha1__MutateDomainRequest mutate =
		KUBEVIRT__HOOKS__PLUGINS__V1ALPHA1__MUTATE_DOMAIN_REQUEST__INIT;
	Kubevirt__Hooks__Plugins__V1alpha1__SidecarContext context =
		KUBEVIRT__HOOKS__PLUGINS__V1ALPHA1__SIDECAR_CONTEXT__INIT;
	Kubevirt__Hooks__Plugins__V1alpha1__ExecuteNodeHookRequest node =
		KUBEVIRT__HOOKS__PLUGINS__V1ALPHA1__EXECUTE_NODE_HOOK_REQUEST__INIT;
	Grpc__Health__V1__HealthCheckRequest check = GRPC__HEALTH__V1__HEALTH_CHECK_REQUEST__INIT;
	define.domainxml =
		lsec_protobuf_text(DOMAIN("<nvram>/n</nvram>", "<devices><hostdev/></devices>"));
	define.vmi = lsec_protobuf_text(
		VMI("sev-snp", ",\"" LSEC_PREFIX "host-data\":\"" ZEROS_32 "\""));
	pack(&define_snp, &define.base);
	define.domainxml = lsec_protobuf_text("<domain type='xen'/>");
	define.vmi = lsec_protobuf_text(VMI("sev-snp", ",\"" LSEC_PREFIX "polcy\":\"1\""));
	pack(&define_refused, &define.base);
	data.cloudinitnocloudsource = lsec_protobuf_text("{\"some\": \"data\"}");
	data.vmi = lsec_protobuf_text("{}");
	data.cloudinitdata = lsec_protobuf_text("{\"other\": \"data\"}");
	pack(&iso, &data.base);
	context.invocation_context = lsec_protobuf_text("Boot");
	mutate.sidecar_context = &context;
	mutate.domain_type = lsec_protobuf_text("libvirt");
	mutate.domain = lsec_protobuf_text(PLAIN);
	mutate.vmi = lsec_protobuf_text(VMI("tdx", ""));
	pack(&mutate_tdx, &mutate.base);
	mutate.domain_type = lsec_protobuf_text("xen");
	pack(&mutate_type, &mutate.base);
	node.hookpoint = lsec_protobuf_text("PreVMStart");
	node.vmi = lsec_protobuf_text(VMI("tdx", ""));
	pack(&node_tdx, &node.base);
	node.vmi = lsec_protobuf_text(VMI("tdx", ",\"" LSEC_PREFIX "polcy\":\"1\""));
	pack(&node_typo, &node.base);
	node.hookpoint = lsec_protobuf_text("PreVMstart");
	pack(&node_point, &node.base);
	check.service = lsec_protobuf_text("grpc.health.v1.Health");
	pack(&check_known, &check.base);
	check.service = lsec_protobuf_text("another");
	pack(&check_unknown, &check.base);
}

static const struct lsec_rpc_method *find(const char *path, void **ret_context)
{
	for (size_t i = 0; i < LSEC_SERVICES; i++)
		for (const struct lsec_rpc_method *row = table[i].methods; row->path != NULL; row++)
			if (strcmp(row->path, path) == 0) {
				*ret_context = table[i].context;
				return row;
			}
	abort(); /* there is no such method */
}

/* Calls a method. What the transport makes INTERNAL is a failure, and so is that code. */
static int call_method(const char *path, const void *bytes, size_t len,
                       struct lsec_problems *problems)
{
	void *context = NULL;
	const struct lsec_rpc_method *method = find(path, &context);
	struct lsec_rpc_answer answer = {0};
	armed = true;
	method->handle(context, bytes, len, &answer);
	if (answer.later != NULL)
		answer.later->run(answer.later);
	armed = false;
	answer.later = NULL;
	bool failed =
		answer.message.failed || answer.text.failed || answer.code == LSEC_RPC_INTERNAL;
	if (!failed) {
		note("%d %d\n", (int)answer.code, answer.stop);
		note_bytes(answer.message.bytes, answer.message.len);
		note_bytes(answer.text.bytes, answer.text.len);
	}
	lsec_rpc_answer_clear(&answer);
	return failed ? lsec_problem_no_memory(problems) : 0;
}

/* Lines that are written in parts arrive whole, or not at all. */
static int run_log(struct lsec_problems *problems)
{
	static char got[200000];
	static char words[30000];
	struct lsec_log log = {.least = LSEC_INFO};
	size_t len = 0;
	int fds[2];
	ssize_t more;
	(void)problems;
	memset(words, 'w', sizeof(words) - 1);
	assert_int_equal(pipe2(fds, O_CLOEXEC | O_NONBLOCK), 0);
	assert_true(fcntl(fds[1], F_SETPIPE_SZ, 8192) > 0);
	log.fd = fds[1];
	for (size_t i = 0; i < 20; i++) {
		armed = i < 8;
		lsec_log_line(&log, LSEC_INFO, NULL, 0, i % 3 == 0 && i < 8 ? words : "short");
		armed = false;
		while ((more = read(fds[0], got + len, sizeof(got) - len)) > 0)
			len += (size_t)more;
	}
	for (const char *at = got, *end; at < got + len; at = end + 1) {
		end = memchr(at, '\n', (size_t)(got + len - at));
		bool whole = end != NULL && strncmp(at, "launchsec: ", 11) == 0 &&
		             memmem(at + 1, (size_t)(end - at), "launchsec: ", 11) == NULL;
		if (!whole)
			note("a line that is not whole\n");
		if (end == NULL)
			break;
	}
	lsec_log_clear(&log);
	close(fds[0]);
	close(fds[1]);
	return 0;
}

static int run_info(struct lsec_problems *problems)
{
	return call_method("/kubevirt.hooks.info.Info/Info", "", 0, problems);
}

static int run_define(struct lsec_problems *problems)
{
	return call_method(HOOKS "OnDefineDomain", define_snp.bytes, define_snp.len, problems);
}

static int run_define_refused(struct lsec_problems *problems)
{
	return call_method(HOOKS "OnDefineDomain", define_refused.bytes, define_refused.len,
	                   problems);
}

/* The same with a pool that is too small: some of it comes from malloc(). */
static int run_pool(struct lsec_problems *problems)
{
	services.pool = small_pool;
	int status =
		call_method(HOOKS "OnDefineDomain", define_snp.bytes, define_snp.len, problems);
	services.pool = NULL;
	return status;
}

static int run_iso(struct lsec_problems *problems)
{
	return call_method(HOOKS "PreCloudInitIso", iso.bytes, iso.len, problems);
}

static int run_shutdown(struct lsec_problems *problems)
{
	return call_method(HOOKS "Shutdown", "", 0, problems);
}

static int run_mutate(struct lsec_problems *problems)
{
	return call_method(MUTATE, mutate_tdx.bytes, mutate_tdx.len, problems);
}

static int run_mutate_type(struct lsec_problems *problems)
{
	return call_method(MUTATE, mutate_type.bytes, mutate_type.len, problems);
}

static int run_node(struct lsec_problems *problems)
{
	return call_method(NODE, node_tdx.bytes, node_tdx.len, problems);
}

static int run_node_typo(struct lsec_problems *problems)
{
	return call_method(NODE, node_typo.bytes, node_typo.len, problems);
}

static int run_node_point(struct lsec_problems *problems)
{
	return call_method(NODE, node_point.bytes, node_point.len, problems);
}

static int run_garbage(struct lsec_problems *problems)
{
	return call_method(MUTATE, "\x0a\x02x", 3, problems);
}

static int run_check(struct lsec_problems *problems)
{
	return call_method("/grpc.health.v1.Health/Check", check_known.bytes, check_known.len,
	                   problems);
}

static int run_check_unknown(struct lsec_problems *problems)
{
	return call_method("/grpc.health.v1.Health/Check", check_unknown.bytes, check_unknown.len,
	                   problems);
}

static char directory[] = "/tmp/launchsec-test.XXXXXX";
static char path[64];

/* Nothing may be left of a socket. */
static void note_file(void)
{
	struct stat found;
	if (lstat(path, &found) == 0)
		note("%s is left\n", path);
}

static int run_socket(struct lsec_problems *problems)
{
	struct lsec_socket made = LSEC_SOCKET_INIT;
	armed = true;
	int status = lsec_socket_open(path, &made, problems);
	armed = false;
	if (status < 0 && made.fd >= 0)
		note("a failure that made a socket\n");
	lsec_socket_close(&made);
	note_file();
	return output_len > 0 ? 0 : status;
}

static const struct lsec_server_setup setup = {table, LSEC_MAX_MESSAGE, &log_to_nowhere};

static int run_server(struct lsec_problems *problems)
{
	struct lsec_server *server = NULL;
	armed = true;
	int status = lsec_server_new(&setup, &server, problems);
	if (status == 0)
		status = lsec_server_listen(server, path, problems);
	armed = false;
	lsec_server_free(server);
	note_file();
	return output_len > 0 ? 0 : status;
}

/* Whole calls, over a socket. Nobody but this process: the client has sent all that it has to
 * say before the server runs, and reads what came when the server has ended. */

static void send_all(struct client *client)
{
	const uint8_t *bytes = NULL;
	ssize_t len;
	while ((len = nghttp2_session_mem_send(client->session, &bytes)) > 0)
		assert_int_equal(send(client->fd, bytes, (size_t)len, MSG_NOSIGNAL), len);
}

/* Tells the outcome of a call; false where the client knows that there was none, or was refused
 * without the reason. */
static bool note_call(const struct call *call)
{
	bool answered = call->closed && call->error == NGHTTP2_NO_ERROR &&
	                call->status[0] != '\0' && strcmp(call->status, "13") != 0 &&
	                (call->text != NULL || strcmp(call->status, "0") == 0);
	if (answered) {
		note("%s %s %s\n", call->http, call->status, call->text == NULL ? "" : call->text);
		note_bytes(call->in.bytes, call->in.len);
	}
	return answered;
}

static int serve(struct lsec_server *server, struct lsec_problems *problems)
{
	/* What was sent before counts: it is read before the end. */
	raise(SIGTERM);
	turns = 0;
	armed = true;
	int status = lsec_server_run(server, problems);
	armed = false;
	lsec_server_free(server);
	/* A client that gets no answer must learn it at once. */
	if (turns > 5)
		note("the server waited for %u turns\n", turns);
	return status;
}

static size_t count_in(const char *text, const char *word)
{
	size_t count = 0;
	while ((text = strstr(text, word)) != NULL) {
		text += strlen(word);
		count++;
	}
	return count;
}

/* How many calls the log has as answered well, since the last look. */
static size_t logged_ok(void)
{
	static char text[65536];
	ssize_t got = pread(log_to_file.fd, text, sizeof(text) - 1, 0);
	assert_true(got >= 0 && (size_t)got < sizeof(text) - 1);
	text[got] = '\0';
	assert_int_equal(ftruncate(log_to_file.fd, 0), 0);
	return count_in(text, "\"code\":\"OK\"");
}

static int make_call(const char *fields, const struct packed *message,
                     struct lsec_problems *problems)
{
	struct lsec_server *server = NULL;
	struct call calls[2];
	struct client client;
	bool answered = true;
	size_t refused = 0;
	services.log = &log_to_file;
	assert_int_equal(lsec_server_new(&setup, &server, problems), 0);
	assert_int_equal(lsec_server_listen(server, path, problems), 0);
	client_open(&client, path);
	for (size_t i = 0; i < COUNT(calls); i++)
		call_start(&client, &calls[i], fields, (const char *)message->bytes, message->len);
	send_all(&client);
	int status = serve(server, problems);
	while (!client.ended)
		client_turn(&client, 0);
	for (size_t i = 0; i < COUNT(calls); i++) {
		answered &= note_call(&calls[i]);
		refused += strcmp(calls[i].status, "13") == 0;
		call_clear(&calls[i]);
	}
	client_close(&client);
	services.log = &log_to_nowhere;
	/* An answer may be lost on its way, but what was refused was not answered. */
	bool wrong_log = logged_ok() + refused > COUNT(calls);
	if (wrong_log)
		note("the log has a call as answered that was not\n");
	if (status == 0 && !answered && turns <= 5 && !wrong_log)
		status = lsec_problem_no_memory(problems);
	return status;
}

static int run_call(struct lsec_problems *problems)
{
	return make_call(FIELDS("/grpc.health.v1.Health/Check"), &check_known, problems);
}

static int run_call_define(struct lsec_problems *problems)
{
	return make_call(FIELDS(MUTATE), &mutate_tdx, problems);
}

static int run_call_refused(struct lsec_problems *problems)
{
	return make_call(FIELDS("/grpc.health.v1.Health/Check"), &check_unknown, problems);
}

static int run_call_unknown(struct lsec_problems *problems)
{
	return make_call(FIELDS("/no/Method"), &check_unknown, problems);
}

SCENE_TEST(log, 0)
SCENE_TEST(info, 0)
SCENE_TEST(define, 0)
SCENE_TEST(define_refused, 0)
SCENE_TEST(pool, 0)
SCENE_TEST(iso, 0)
SCENE_TEST(shutdown, 0)
SCENE_TEST(mutate, 0)
SCENE_TEST(mutate_type, 0)
SCENE_TEST(garbage, 0)
SCENE_TEST(node, 0)
SCENE_TEST(node_typo, 0)
SCENE_TEST(node_point, 0)
SCENE_TEST(check, 0)
SCENE_TEST(check_unknown, 0)
SCENE_TEST(socket, 0)
SCENE_TEST(server, 0)
SCENE_TEST(call, 0)
SCENE_TEST(call_define, 0)
SCENE_TEST(call_refused, 0)
SCENE_TEST(call_unknown, 0)

static int set_up(void **state)
{
	(void)state;
	log_to_nowhere.fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	log_to_file.fd = open("/tmp", O_RDWR | O_TMPFILE | O_APPEND | O_CLOEXEC, 0600);
	if (log_to_file.fd < 0)
		return -1;
	lsec_services_table(&services, table);
	pack_messages();
	small_pool = lsec_pool_new(4096);
	if (mkdtemp(directory) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/s.sock", directory);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	lsec_pool_free(small_pool);
	return rmdir(directory);
}

int main(void)
{
	lsec_host_decode(SNP_EAX, SNP_EBX, &host);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_log),           cmocka_unit_test(test_info),
		cmocka_unit_test(test_define),        cmocka_unit_test(test_define_refused),
		cmocka_unit_test(test_pool),          cmocka_unit_test(test_iso),
		cmocka_unit_test(test_shutdown),      cmocka_unit_test(test_mutate),
		cmocka_unit_test(test_mutate_type),   cmocka_unit_test(test_garbage),
		cmocka_unit_test(test_node),          cmocka_unit_test(test_node_typo),
		cmocka_unit_test(test_node_point),    cmocka_unit_test(test_check),
		cmocka_unit_test(test_check_unknown), cmocka_unit_test(test_socket),
		cmocka_unit_test(test_server),        cmocka_unit_test(test_call),
		cmocka_unit_test(test_call_define),   cmocka_unit_test(test_call_refused),
		cmocka_unit_test(test_call_unknown),
	};
	lsec_memory_watch();
	return cmocka_run_group_tests_name("failmalloc server", tests, set_up, tear_down);
}

#endif
