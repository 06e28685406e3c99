/* SPDX-License-Identifier: Apache-2.0 */
/* Status codes and status texts, as gRPC writes them. */
#include "rpc.h"

#include <string.h>

const char *lsec_rpc_code_name(enum lsec_rpc_code code)
{
	switch (code) {
	case LSEC_RPC_OK:
		return "OK";
	case LSEC_RPC_INVALID_ARGUMENT:
		return "INVALID_ARGUMENT";
	case LSEC_RPC_DEADLINE_EXCEEDED:
		return "DEADLINE_EXCEEDED";
	case LSEC_RPC_NOT_FOUND:
		return "NOT_FOUND";
	case LSEC_RPC_RESOURCE_EXHAUSTED:
		return "RESOURCE_EXHAUSTED";
	case LSEC_RPC_UNIMPLEMENTED:
		return "UNIMPLEMENTED";
	case LSEC_RPC_INTERNAL:
		return "INTERNAL";
	}
	return "UNKNOWN";
}

static bool is_plain(unsigned char c)
{
	return c >= 0x20 && c <= 0x7e && c != '%';
}

static size_t encoded_len(const char *text, size_t len)
{
	size_t encoded = 0;
	for (size_t i = 0; i < len; i++)
		encoded += is_plain((unsigned char)text[i]) ? 1 : 3;
	return encoded;
}

static void encode(struct lsec_buffer *ret, const char *text, size_t len)
{
	static const char digits[] = "0123456789ABCDEF";
	size_t plain = 0; /* characters not yet copied */
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];
		if (is_plain(c)) {
			plain++;
			continue;
		}
		const char code[3] = {'%', digits[c >> 4], digits[c & 15]};
		lsec_buffer_add(ret, text + i - plain, plain);
		lsec_buffer_add(ret, code, sizeof(code));
		plain = 0;
	}
	lsec_buffer_add(ret, text + len - plain, plain);
}

void lsec_rpc_encode_text(struct lsec_buffer *ret, const char *text, size_t longest)
{
	static const char cut[] = "(the rest is too long for this client; the log has it)";
	size_t len = strlen(text);
	if (encoded_len(text, len) <= longest) {
		encode(ret, text, len);
		return;
	}
	/* Whole lines, each with its line end, as long as the last line fits too. */
	size_t fits = 0;
	size_t used = sizeof(cut) - 1;
	for (const char *end = NULL; (end = strchr(text + fits, '\n')) != NULL;) {
		size_t line = (size_t)(end + 1 - (text + fits));
		used += encoded_len(text + fits, line);
		if (used > longest)
			break;
		fits += line;
	}
	encode(ret, text, fits);
	if (sizeof(cut) - 1 <= longest)
		lsec_buffer_add(ret, cut, sizeof(cut) - 1);
}
