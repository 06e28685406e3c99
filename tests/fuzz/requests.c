/* SPDX-License-Identifier: Apache-2.0 */
/* What a client of the server's target sends, as a program has it. */
#include "requests.h"

#include "answers.h"
#include "messages.h"

static nghttp2_nv field(const char *name, const char *value)
{
	return (nghttp2_nv){lsec_unconst(name), lsec_unconst(value), strlen(name), strlen(value),
	                    NGHTTP2_NV_FLAG_NONE};
}

/* Header fields, the first few ways good, the others with a fault. */
#define GOOD_WAYS 5
static void send_headers(struct peer *peer, struct peer_stream *stream, unsigned way, bool split)
{
	static const struct {
		const char *name, *value;
	} more[] = {
		{NULL, NULL},
		{"grpc-timeout", "59S"},
		{"x-some-bin", "AAAA"},
		{":authority", "/var/run/kubevirt-hooks/x.sock"},
		{"user-agent", "grpc-go/1.60"},
		/* From here on with a fault. */
		{"grpc-timeout", "1x"},
		{"content-length", "3"},
		{"Upper", "case"},
		{"connection", "close"},
		{":path", "/again"},
		{"grpc-encoding", "gzip"},
		{"grpc-timeout", "1n"},
		{"content-type", "text/plain"},
	};
	way %= COUNT(more);
	nghttp2_nv fields[8] = {
		field(":method", way == 9 ? "GET" : "POST"),
		field(":scheme", "http"),
		field(":path", answer_methods[stream->method].path),
	};
	size_t count = 3;
	if (more[way].name != NULL)
		fields[count++] = field(more[way].name, more[way].value);
	fields[count++] = field("te", "trailers");
	if (way != COUNT(more) - 1)
		fields[count++] = field("content-type", "application/grpc");
	uint8_t block[4096];
	ssize_t len = nghttp2_hd_deflate_hd(peer->deflater, block, sizeof(block), fields, count);
	HOLDS(len > 0, "header fields of %zd bytes", len);
	stream->good &= way < GOOD_WAYS;
	size_t first = split ? 3 : (size_t)len;
	peer_frame(peer, PEER_HEADERS, split ? 0 : PEER_END_HEADERS, stream->id, block, first);
	if (split)
		peer_frame(peer, PEER_CONTINUATION, PEER_END_HEADERS, stream->id, block + first,
		           (size_t)len - first);
}

struct peer_stream *request_begin(struct peer *peer, struct fuzz_input *program, bool raw)
{
	if (peer->stream_count == PEER_STREAMS)
		return NULL;
	struct peer_stream *stream = &peer->streams[peer->stream_count];
	*stream = (struct peer_stream){
		.id = (uint32_t)(2 * peer->stream_count++ + 1),
		.method = fuzz_byte(program) % ANSWER_METHODS,
		.good = true,
		.window = 65535,
	};
	unsigned way = fuzz_byte(program);
	struct lsec_buffer message LSEC_CLEANUP(lsec_buffer_clear) = {0};
	if (raw) {
		struct fuzz_input piece = fuzz_piece(program);
		lsec_buffer_add(&message, (const char *)piece.data, piece.size);
	} else {
		message_put(&message, answer_methods[stream->method].is, program);
	}
	uint8_t prefix[LSEC_MESSAGE_PREFIX];
	lsec_message_prefix(prefix, (uint32_t)message.len);
	prefix[0] = (way & 0x40) != 0;
	stream->good &= prefix[0] == 0;
	lsec_buffer_add(&stream->out, (const char *)prefix, sizeof(prefix));
	lsec_buffer_add(&stream->out, message.bytes, message.len);
	send_headers(peer, stream, way & 0x3f, (way & 0x80) != 0);
	return stream;
}

bool request_piece(struct peer *peer, struct peer_stream *stream, size_t len, bool padded)
{
	uint8_t payload[16384];
	size_t left = stream->out.len - stream->sent;
	size_t spare = padded ? 9 : 0;
	size_t most = sizeof(payload) - spare;
	len = len < left ? len : left;
	len = len < most ? len : most;
	if (stream->whole || stream->reset || stream->window < (int64_t)(len + spare) ||
	    peer->window < (int64_t)(len + spare))
		return false;
	memset(payload, 0, sizeof(payload));
	payload[0] = 8;
	memcpy(payload + padded, stream->out.bytes + stream->sent, len);
	stream->sent += len;
	stream->whole = stream->sent == stream->out.len;
	stream->window -= (int64_t)(len + spare);
	peer->window -= (int64_t)(len + spare);
	peer_frame(peer, PEER_DATA,
	           (padded ? PEER_PADDED : 0) | (stream->whole ? PEER_END_STREAM : 0), stream->id,
	           payload, len + spare);
	return true;
}

struct peer_stream *request_chosen(struct peer *peer, struct fuzz_input *program)
{
	unsigned choice = fuzz_byte(program);
	return peer->stream_count == 0
	               ? NULL
	               : &peer->streams[peer->stream_count - 1 - choice % peer->stream_count];
}

static void send_number(struct peer *peer, enum peer_frame type, uint32_t stream, uint32_t number)
{
	const uint8_t bytes[] = {(uint8_t)(number >> 24), (uint8_t)(number >> 16),
	                         (uint8_t)(number >> 8), (uint8_t)number};
	peer_frame(peer, type, 0, stream, bytes, sizeof(bytes));
}

void request_settings(struct peer *peer, struct fuzz_input *program)
{
	static const uint32_t values[] = {0, 1, 100, 16384, 65535, 1 << 20, 0x7fffffff, 0x80000000};
	uint8_t entry[6] = {0, (uint8_t)(2 + fuzz_byte(program) % 6)};
	uint32_t value = values[fuzz_byte(program) % COUNT(values)];
	for (int i = 0; i < 4; i++)
		entry[2 + i] = (uint8_t)(value >> (24 - 8 * i));
	peer->plain = false;
	peer_frame(peer, PEER_SETTINGS, 0, 0, entry, sizeof(entry));
}

void request_other(struct peer *peer, struct fuzz_input *program)
{
	static const uint8_t zeros[16];
	unsigned choice = fuzz_byte(program);
	struct peer_stream *stream = request_chosen(peer, program);
	uint32_t id = stream == NULL ? 1 : stream->id;
	switch (choice % 6) {
	case 0:
		peer_frame(peer, PEER_PING, choice & PEER_ACK, 0, zeros, 8);
		return;
	case 1:
		peer_frame(peer, PEER_PRIORITY, 0, id, zeros, 5);
		return;
	case 2: /* of a type that nobody knows */
		peer_frame(peer, (enum peer_frame)0x33, choice, id, zeros, 16);
		return;
	case 3:
		peer->plain = false;
		send_number(peer, PEER_WINDOW, (choice & 0x80) != 0 ? id : 0,
		            (choice & 0x7fU) << 24);
		return;
	case 4:
		peer->plain = false;
		peer_frame(peer, PEER_GOAWAY, 0, 0, zeros, 8);
		return;
	default:
		if (stream != NULL) {
			stream->reset = true;
			send_number(peer, PEER_RESET, id, choice);
		}
		return;
	}
}

void request_raw(struct peer *peer, struct fuzz_input *program)
{
	struct fuzz_input bytes = fuzz_piece(program);
	peer->tainted = true;
	lsec_buffer_add(&peer->out, (const char *)bytes.data, bytes.size);
}
