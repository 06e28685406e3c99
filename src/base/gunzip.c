/* SPDX-License-Identifier: Apache-2.0 */
/* Unpacks gzip within a limit, by zlib. */
#include "gunzip.h"

#include <limits.h>
#include <zlib.h>

bool lsec_is_gzip(const char *bytes, size_t len)
{
	return len >= 2 && (unsigned char)bytes[0] == 0x1f && (unsigned char)bytes[1] == 0x8b;
}

/* Unpacks until the end of the member, the limit, or a fault. */
static int unpack(z_stream *stream, size_t longest, struct lsec_buffer *ret)
{
	Bytef chunk[16384];
	int status = Z_OK;
	while (status == Z_OK && ret->len <= longest) {
		stream->next_out = chunk;
		stream->avail_out = sizeof(chunk);
		status = inflate(stream, Z_NO_FLUSH);
		lsec_buffer_add(ret, (const char *)chunk, sizeof(chunk) - stream->avail_out);
	}
	return status;
}

int lsec_gunzip(const char *place, struct lsec_span packed, size_t longest, struct lsec_buffer *ret,
                struct lsec_problems *problems)
{
	enum { GZIP = 16 }; /* zlib.h, inflateInit2() */
	cleanup_buffer struct lsec_buffer unpacked = {0};
	z_stream stream = {0};
	if (packed.len > UINT_MAX || inflateInit2(&stream, MAX_WBITS + GZIP) != Z_OK)
		lsec_out_of_memory();
	stream.next_in = lsec_unconst(packed.bytes);
	stream.avail_in = (uInt)packed.len;
	int status = unpack(&stream, longest, &unpacked);
	size_t left = stream.avail_in;
	inflateEnd(&stream);
	if (status == Z_MEM_ERROR)
		lsec_out_of_memory();
	if (unpacked.len > longest)
		return lsec_problem_add(
			problems, place,
			"the gzip data unpacks to more than %zu bytes, which is the limit; shorten the document",
			longest);
	if (status != Z_STREAM_END)
		return lsec_problem_add(
			problems, place,
			"the gzip data is damaged or incomplete; pack the document again: gzip -n -c FILE | base64 -w0");
	if (left > 0)
		return lsec_problem_add(problems, place,
		                        "%zu bytes follow the gzip data; remove them", left);
	*ret = unpacked;
	unpacked = (struct lsec_buffer){0};
	return 0;
}
