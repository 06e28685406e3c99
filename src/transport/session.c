/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frames between nghttp2 and the calls of one client. A session owns its calls: it makes one as
 * nghttp2 opens a stream, and frees it as the stream closes.
 */
#include "session.h"

#include <assert.h>

#include "http2.h"
#include "launchsec/limits.h"

/* What all streams of a connection together may send ahead. */
#define CONNECTION_WINDOW (1 << 20)

/* Room for one call of each connection is kept free. */
static bool has_room(const struct lsec_session *session)
{
	return session->call_count == 0 ||
	       session->all->count < LSEC_MAX_CALLS - LSEC_MAX_CONNECTIONS;
}

static struct lsec_call *add_call(struct lsec_session *session, int32_t stream)
{
	struct lsec_call *call = lsec_call_new(session->all, session->frames, stream);
	call->next = session->calls;
	if (call->next != NULL)
		call->next->previous = call;
	session->calls = call;
	session->call_count++;
	return call;
}

static void drop_call(struct lsec_session *session, struct lsec_call *call)
{
	assert(session->call_count > 0);
	if (call->next != NULL)
		call->next->previous = call->previous;
	if (call->previous != NULL)
		call->previous->next = call->next;
	else
		session->calls = call->next;
	session->call_count--;
	lsec_call_free(call);
}

static int on_begin_headers(nghttp2_session *frames, const nghttp2_frame *frame, void *user)
{
	const int32_t stream = frame->hd.stream_id;
	if (frame->headers.cat != NGHTTP2_HCAT_REQUEST)
		return 0;
	if (!has_room(user))
		return nghttp2_submit_rst_stream(frames, NGHTTP2_FLAG_NONE, stream,
		                                 NGHTTP2_REFUSED_STREAM);
	return nghttp2_session_set_stream_user_data(frames, stream, add_call(user, stream));
}

static struct lsec_call *call_of(nghttp2_session *frames, int32_t stream)
{
	return nghttp2_session_get_stream_user_data(frames, stream);
}

static int on_header(nghttp2_session *frames, const nghttp2_frame *frame, const uint8_t *name,
                     size_t name_len, const uint8_t *value, size_t value_len, uint8_t flags,
                     void *user)
{
	struct lsec_call *call = call_of(frames, frame->hd.stream_id);
	(void)flags;
	(void)user;
	if (call != NULL)
		lsec_rpc_request_field(&call->request, call->state != LSEC_CALL_HEADERS,
		                       (struct lsec_rpc_bytes){(const char *)name, name_len},
		                       (struct lsec_rpc_bytes){(const char *)value, value_len});
	return 0;
}

static void end_headers(struct lsec_call *call, const nghttp2_frame *frame, bool ends_stream)
{
	/* After the message, header fields can only be the trailer. */
	if (frame->headers.cat != NGHTTP2_HCAT_REQUEST && !ends_stream)
		call->request.malformed = true;
	lsec_call_headers(call);
}

static int on_frame_recv(nghttp2_session *frames, const nghttp2_frame *frame, void *user)
{
	struct lsec_session *session = user;
	struct lsec_call *call = call_of(frames, frame->hd.stream_id);
	bool ends_stream = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
	session->greeted = true;
	if (call == NULL)
		return 0;
	if (frame->hd.type == NGHTTP2_HEADERS)
		end_headers(call, frame, ends_stream);
	if ((frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA) && ends_stream)
		lsec_call_end(call);
	return 0;
}

static int on_data_chunk(nghttp2_session *frames, uint8_t flags, int32_t stream,
                         const uint8_t *bytes, size_t len, void *user)
{
	struct lsec_call *call = call_of(frames, stream);
	(void)flags;
	(void)user;
	if (call != NULL)
		lsec_call_data(call, bytes, len);
	else
		nghttp2_session_consume(frames, stream, len);
	return 0;
}

static int on_frame_send(nghttp2_session *frames, const nghttp2_frame *frame, void *user)
{
	bool ends_stream = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
	bool carries_end = frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA;
	struct lsec_call *call = NULL;
	(void)user;
	if (carries_end && ends_stream)
		call = call_of(frames, frame->hd.stream_id);
	if (call != NULL)
		lsec_call_sent(call);
	return 0;
}

static int on_stream_close(nghttp2_session *frames, int32_t stream, uint32_t error, void *user)
{
	struct lsec_call *call = call_of(frames, stream);
	(void)error;
	if (call == NULL)
		return 0;
	drop_call(user, call);
	return nghttp2_session_set_stream_user_data(frames, stream, NULL);
}

/* nghttp2 copies it. */
static nghttp2_session_callbacks *make_callbacks(void)
{
	nghttp2_session_callbacks *made = NULL;
	if (nghttp2_session_callbacks_new(&made) < 0)
		lsec_out_of_memory();
	nghttp2_session_callbacks_set_on_begin_headers_callback(made, on_begin_headers);
	nghttp2_session_callbacks_set_on_header_callback(made, on_header);
	nghttp2_session_callbacks_set_on_frame_recv_callback(made, on_frame_recv);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(made, on_data_chunk);
	nghttp2_session_callbacks_set_on_frame_send_callback(made, on_frame_send);
	nghttp2_session_callbacks_set_on_stream_close_callback(made, on_stream_close);
	return made;
}

/* The same of this one. Header fields are checked in request.c, which says why; windows are opened
 * in call.c. */
static nghttp2_option *make_option(void)
{
	nghttp2_option *made = NULL;
	if (nghttp2_option_new(&made) < 0)
		lsec_out_of_memory();
	nghttp2_option_set_no_http_messaging(made, 1);
	nghttp2_option_set_no_auto_window_update(made, 1);
	return made;
}

/* Like other calls of nghttp2, those here fail only without memory. */
void lsec_session_open(struct lsec_session *session, struct lsec_calls *all)
{
	static const nghttp2_settings_entry settings[] = {
		{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, LSEC_MAX_CALLS_PER_CONNECTION},
		{NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, LSEC_MAX_HEADER_LIST},
	};
	nghttp2_session_callbacks *callbacks = make_callbacks();
	nghttp2_option *option = make_option();
	session->all = all;
	nghttp2_session_server_new3(&session->frames, callbacks, session, option,
	                            lsec_http2_memory());
	nghttp2_session_callbacks_del(callbacks);
	nghttp2_option_del(option);
	nghttp2_submit_settings(session->frames, NGHTTP2_FLAG_NONE, settings, 2);
	nghttp2_session_set_local_window_size(session->frames, NGHTTP2_FLAG_NONE, 0,
	                                      CONNECTION_WINDOW);
}

void lsec_session_drop_calls(struct lsec_session *session)
{
	while (session->calls != NULL)
		drop_call(session, session->calls);
	assert(session->call_count == 0);
}

void lsec_session_end_reading(struct lsec_session *session)
{
	for (struct lsec_call *call = session->calls; call != NULL; call = call->next)
		if (call->state == LSEC_CALL_HEADERS || call->state == LSEC_CALL_MESSAGE)
			lsec_call_reset(call, NGHTTP2_CANCEL);
}

void lsec_session_close(struct lsec_session *session)
{
	assert(session->calls == NULL);
	nghttp2_session_del(session->frames);
}
