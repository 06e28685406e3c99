/* SPDX-License-Identifier: Apache-2.0 */
/* Calls of the client, what they send and what must come back. */
#ifndef LAUNCHSEC_TESTS_CALL_H
#define LAUNCHSEC_TESTS_CALL_H

#include "client.h"
#include "transport/message.h"

/* The header fields of a good call. */
#define FIELDS(path)                                                                               \
	":method=POST|:scheme=http|:path=" path                                                    \
	"|:authority=localhost|content-type=application/grpc|te=trailers"

/* Reads fields written "name=value|name=value". Returns their number. */
static inline size_t read_fields(const char *text, nghttp2_nv *ret, size_t room)
{
	size_t count = 0;
	while (*text != '\0') {
		size_t name = strcspn(text, "=");
		size_t value = strcspn(text + name + 1, "|");
		assert_true(count < room);
		ret[count++] = (nghttp2_nv){lsec_unconst(text), lsec_unconst(text + name + 1), name,
		                            value, NGHTTP2_NV_FLAG_NONE};
		text += name + 1 + value;
		text += *text == '|';
	}
	return count;
}

static inline ssize_t call_give(nghttp2_session *session, int32_t stream, uint8_t *ret, size_t room,
                                uint32_t *flags, nghttp2_data_source *source, void *user)
{
	struct call *call = source->ptr;
	size_t len = call->ready - call->left;
	(void)user;
	len = len < room ? len : room;
	if (len > 0)
		memcpy(ret, call->out.bytes + call->left, len);
	call->left += len;
	call->client->given += len;
	bool all = call->left == call->out.len && !call->open;
	if (len == 0 && !all)
		return NGHTTP2_ERR_DEFERRED;
	if (all)
		*flags |= NGHTTP2_DATA_FLAG_EOF;
	if (all && call->trailer != NULL) {
		nghttp2_nv fields[8];
		size_t count = read_fields(call->trailer, fields, COUNT(fields));
		*flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
		assert_int_equal(nghttp2_submit_trailer(session, stream, fields, count), 0);
	}
	return (ssize_t)len;
}

/* What of the call's bytes leaves from now on; all of them, and its end. */
static inline void call_ready(struct call *call, size_t ready)
{
	call->ready = ready;
	nghttp2_session_resume_data(call->client->session, call->stream);
}

static inline void call_finish(struct call *call)
{
	call->open = false;
	call_ready(call, call->out.len);
}

/* Header fields only; a body follows unless the call is ended by them. */
static inline void call_headers(struct client *client, struct call *call, const char *fields_text,
                                bool ends)
{
	nghttp2_nv fields[600];
	size_t count = read_fields(fields_text, fields, COUNT(fields));
	nghttp2_data_provider body = {.source.ptr = call, .read_callback = call_give};
	call->client = client;
	call->stream = nghttp2_submit_request(client->session, NULL, fields, count,
	                                      ends ? NULL : &body, call);
	assert_true(call->stream > 0);
}

/* Adds a framed message to what the call sends. */
static inline void call_add(struct call *call, const char *message, size_t len)
{
	uint8_t prefix[LSEC_MESSAGE_PREFIX];
	lsec_message_prefix(prefix, (uint32_t)len);
	lsec_buffer_add(&call->out, (const char *)prefix, sizeof(prefix));
	lsec_buffer_add(&call->out, message, len);
}

/* A whole call, which is not waited for. */
static inline void call_start(struct client *client, struct call *call, const char *fields,
                              const char *message, size_t len)
{
	*call = (struct call){0};
	call_add(call, message, len);
	call->ready = call->out.len;
	call_headers(client, call, fields, false);
}

/* A call of which `ready` bytes leave now. */
static inline void call_start_part(struct client *client, struct call *call, const char *fields,
                                   const char *message, size_t len, size_t ready)
{
	*call = (struct call){.ready = ready, .open = true};
	call_add(call, message, len);
	call_headers(client, call, fields, false);
}

/* A whole call with bytes that are framed already, and its answer. */
static inline void call_raw(struct client *client, struct call *call, const char *fields,
                            const char *bytes, size_t len)
{
	*call = (struct call){.ready = len};
	lsec_buffer_add(&call->out, bytes, len);
	call_headers(client, call, fields, false);
	call_wait(call);
}

/* A whole call and its answer. */
static inline void call_make(struct client *client, struct call *call, const char *fields,
                             const char *message, size_t len)
{
	call_start(client, call, fields, message, len);
	call_wait(call);
}

/* The answer must be that message, with the status behind it. */
static inline void expect_message(const struct call *call, const char *message, size_t len)
{
	if (strcmp(call->status, "0") != 0)
		print_message("closed %d, error %u, HTTP %s, status %s, %s\n", call->closed,
		              call->error, call->http, call->status,
		              call->text == NULL ? "" : call->text);
	assert_true(call->closed);
	assert_int_equal(call->error, NGHTTP2_NO_ERROR);
	assert_string_equal(call->http, "200");
	assert_string_equal(call->status, "0");
	assert_true(call->behind);
	assert_null(call->text);
	uint8_t prefix[LSEC_MESSAGE_PREFIX];
	lsec_message_prefix(prefix, (uint32_t)len);
	assert_int_equal(call->in.len, sizeof(prefix) + len);
	assert_memory_equal(call->in.bytes, prefix, sizeof(prefix));
	if (len > 0)
		assert_memory_equal(call->in.bytes + sizeof(prefix), message, len);
}

/* The answer must be that status, with the text (percent-encoded), and no body. */
static inline void expect_status(const struct call *call, const char *status, const char *text)
{
	if (strcmp(call->status, status) != 0)
		print_message("closed %d, error %u, HTTP %s, status %s, %s\n", call->closed,
		              call->error, call->http, call->status,
		              call->text == NULL ? "" : call->text);
	assert_true(call->closed);
	assert_int_equal(call->error, NGHTTP2_NO_ERROR);
	assert_string_equal(call->http, "200");
	assert_string_equal(call->status, status);
	assert_int_equal(call->in.len, 0);
	assert_false(call->behind);
	if (text == NULL) {
		assert_null(call->text);
		return;
	}
	assert_non_null(call->text);
	expect_contains(call->text, text);
}

/* The stream must have been reset. */
static inline void expect_reset(const struct call *call, uint32_t error)
{
	if (!call->closed || call->error != error)
		print_message("closed %d, error %u, HTTP %s, status %s\n", call->closed,
		              call->error, call->http, call->status);
	assert_true(call->closed);
	assert_int_equal(call->error, error);
	assert_string_equal(call->status, "");
}

#endif
