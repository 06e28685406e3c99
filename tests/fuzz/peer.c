/* SPDX-License-Identifier: Apache-2.0 */
#include "peer.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#define FRAME_HEAD 9
#define LARGEST_FRAME 16384

void peer_begin(struct peer *peer, int fd)
{
	static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
	*peer = (struct peer){.fd = fd, .window = 65535, .plain = true};
	HOLDS(nghttp2_hd_deflate_new(&peer->deflater, 4096) == 0 &&
	              nghttp2_hd_inflate_new(&peer->inflater) == 0,
	      "out of memory");
	lsec_buffer_add(&peer->out, preface, sizeof(preface) - 1);
	peer_frame(peer, PEER_SETTINGS, 0, 0, NULL, 0);
}

void peer_free(struct peer *peer)
{
	close(peer->fd);
	nghttp2_hd_deflate_del(peer->deflater);
	nghttp2_hd_inflate_del(peer->inflater);
	lsec_buffer_clear(&peer->out);
	lsec_buffer_clear(&peer->in);
	lsec_buffer_clear(&peer->block);
	for (size_t i = 0; i < peer->stream_count; i++) {
		lsec_buffer_clear(&peer->streams[i].out);
		lsec_buffer_clear(&peer->streams[i].text);
		lsec_buffer_clear(&peer->streams[i].in);
	}
}

static void put_number(uint8_t *at, uint32_t number)
{
	for (int i = 0; i < 4; i++)
		at[i] = (uint8_t)(number >> (24 - 8 * i));
}

static uint32_t number_at(const char *at)
{
	uint32_t number = 0;
	for (int i = 0; i < 4; i++)
		number = number << 8 | (uint8_t)at[i];
	return number;
}

void peer_frame(struct peer *peer, enum peer_frame type, unsigned flags, uint32_t stream,
                const void *payload, size_t len)
{
	uint8_t head[FRAME_HEAD];
	put_number(head, (uint32_t)len << 8 | (uint32_t)type);
	head[4] = (uint8_t)flags;
	put_number(head + 5, stream);
	lsec_buffer_add(&peer->out, (const char *)head, sizeof(head));
	lsec_buffer_add(&peer->out, payload, len);
}

static struct peer_stream *find(struct peer *peer, uint32_t id)
{
	for (size_t i = 0; i < peer->stream_count; i++)
		if (peer->streams[i].id == id)
			return &peer->streams[i];
	return NULL;
}

static bool named(const nghttp2_nv *field, const char *name)
{
	return field->namelen == strlen(name) && memcmp(field->name, name, field->namelen) == 0;
}

static void copy_short(char *ret, size_t room, const nghttp2_nv *field)
{
	HOLDS(field->valuelen < room && ret[0] == '\0', "%.*s twice, or long", (int)field->namelen,
	      field->name);
	memcpy(ret, field->value, field->valuelen);
}

static void read_field(struct peer_stream *stream, const nghttp2_nv *field)
{
	if (named(field, ":status"))
		copy_short(stream->http, sizeof(stream->http), field);
	else if (named(field, "grpc-status"))
		copy_short(stream->status, sizeof(stream->status), field);
	else if (named(field, "grpc-message"))
		lsec_buffer_add(&stream->text, (const char *)field->value, field->valuelen);
	else
		HOLDS(named(field, "content-type"), "a field %.*s", (int)field->namelen,
		      field->name);
}

static void read_block(struct peer *peer, struct peer_stream *stream)
{
	const uint8_t *at = (const uint8_t *)peer->block.bytes;
	size_t left = peer->block.len;
	int flags = 0;
	while ((flags & NGHTTP2_HD_INFLATE_FINAL) == 0) {
		nghttp2_nv field;
		ssize_t taken = nghttp2_hd_inflate_hd2(peer->inflater, &field, &flags, at, left, 1);
		HOLDS(taken >= 0, "bad header fields");
		at += taken;
		left -= (size_t)taken;
		if ((flags & NGHTTP2_HD_INFLATE_EMIT) != 0)
			read_field(stream, &field);
	}
	nghttp2_hd_inflate_end_headers(peer->inflater);
	lsec_buffer_clear(&peer->block);
}

/* Gives back what the body took of both windows. */
static void give_window(struct peer *peer, uint32_t stream, size_t len)
{
	uint8_t number[4];
	if (len == 0)
		return;
	put_number(number, (uint32_t)len);
	peer_frame(peer, PEER_WINDOW, 0, 0, number, sizeof(number));
	peer_frame(peer, PEER_WINDOW, 0, stream, number, sizeof(number));
}

static void read_frame(struct peer *peer, unsigned type, unsigned flags, uint32_t id,
                       const char *payload, size_t len)
{
	struct peer_stream *stream = find(peer, id);
	HOLDS(stream != NULL || id == 0, "frame %u of stream %u", type, id);
	HOLDS((flags & PEER_PADDED) == 0 || type != PEER_DATA, "padding");
	if (type == PEER_WINDOW && stream == NULL)
		peer->window += number_at(payload);
	if (type == PEER_SETTINGS && (flags & PEER_ACK) == 0)
		peer_frame(peer, PEER_SETTINGS, PEER_ACK, 0, NULL, 0);
	if (type == PEER_GOAWAY)
		peer->plain = false;
	if (stream == NULL)
		return;
	HOLDS(!stream->ended || type == PEER_WINDOW || type == PEER_RESET,
	      "frame %u behind the end", type);
	if (type == PEER_WINDOW)
		stream->window += number_at(payload);
	if (type == PEER_RESET)
		stream->reset = true;
	if (type == PEER_DATA) {
		lsec_buffer_add(&stream->in, payload, len);
		give_window(peer, id, len);
	}
	if (type == PEER_HEADERS || type == PEER_CONTINUATION) {
		lsec_buffer_add(&peer->block, payload, len);
		if ((flags & PEER_END_HEADERS) != 0)
			read_block(peer, stream);
	}
	if (type == PEER_DATA || type == PEER_HEADERS)
		stream->ended |= (flags & PEER_END_STREAM) != 0;
}

static void read_frames(struct peer *peer)
{
	size_t at = 0;
	while (peer->in.len - at >= FRAME_HEAD) {
		const char *head = peer->in.bytes + at;
		size_t len = number_at(head) >> 8;
		HOLDS(len <= LARGEST_FRAME, "a frame of %zu bytes", len);
		if (peer->in.len - at < FRAME_HEAD + len)
			break;
		read_frame(peer, (uint8_t)head[3], (uint8_t)head[4], number_at(head + 5),
		           head + FRAME_HEAD, len);
		at += FRAME_HEAD + len;
	}
	if (at > 0) {
		memmove(peer->in.bytes, peer->in.bytes + at, peer->in.len - at);
		peer->in.len -= at;
	}
}

void peer_read(struct peer *peer)
{
	char room[65536];
	while (!peer->paused && !peer->closed) {
		ssize_t got = recv(peer->fd, room, sizeof(room), 0);
		if (got < 0 && errno == EAGAIN)
			return;
		peer->closed = got <= 0;
		if (got <= 0 || peer->tainted)
			continue;
		lsec_buffer_add(&peer->in, room, (size_t)got);
		read_frames(peer);
	}
}
