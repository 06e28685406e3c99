/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes in base64 and hex, in one spelling only; little-endian numbers. */
#include "bytes.h"

#include <nettle/base16.h>
#include <nettle/base64.h>
#include <string.h>

#include "text.h"

char *lsec_base64_encode(const void *bytes, size_t len)
{
	size_t encoded = BASE64_ENCODE_RAW_LENGTH(len);
	char *text = lsec_malloc(encoded + 1);
	base64_encode_raw(text, len, bytes);
	text[encoded] = '\0';
	return text;
}

char *lsec_base64_read(const char *text, size_t *ret_len)
{
	size_t len = strlen(text);
	size_t decoded = BASE64_DECODE_LENGTH(len);
	cleanup_free char *bytes = lsec_malloc(decoded + 1);
	struct base64_decode_ctx ctx;
	base64_decode_init(&ctx);
	if (!base64_decode_update(&ctx, &decoded, (uint8_t *)bytes, len, text) ||
	    !base64_decode_final(&ctx))
		return NULL;
	/* Only the one spelling that the encoder makes, so that nothing hides in white space or in
	 * the bits after the last byte. */
	cleanup_free char *again = lsec_base64_encode(bytes, decoded);
	if (strcmp(again, text) != 0)
		return NULL;
	bytes[decoded] = '\0';
	*ret_len = decoded;
	return lsec_steal(&bytes);
}

bool lsec_base64_decode(const char *text, uint8_t *ret, size_t size)
{
	size_t len = 0;
	if (strlen(text) != BASE64_ENCODE_RAW_LENGTH(size))
		return false;
	cleanup_free char *bytes = lsec_base64_read(text, &len);
	if (bytes == NULL || len != size)
		return false;
	memcpy(ret, bytes, size);
	return true;
}

bool lsec_hex_decode(const char *text, uint8_t *ret, size_t size)
{
	struct base16_decode_ctx ctx;
	size_t decoded = size;
	size_t len = strlen(text);
	if (len != 2 * size || strspn(text, "0123456789abcdefABCDEF") != len)
		return false;
	base16_decode_init(&ctx);
	return base16_decode_update(&ctx, &decoded, ret, len, text) && base16_decode_final(&ctx) &&
	       decoded == size;
}

char *lsec_hex_encode(const void *bytes, size_t len)
{
	char *text = lsec_malloc(BASE16_ENCODE_LENGTH(len) + 1);
	base16_encode_update(text, len, bytes);
	text[BASE16_ENCODE_LENGTH(len)] = '\0';
	return text;
}

size_t lsec_base64_bytes(const char *text)
{
	size_t len = 0;
	cleanup_free char *bytes = lsec_base64_read(text, &len);
	return bytes == NULL ? 0 : len;
}

uint64_t lsec_little_endian(const uint8_t *bytes, size_t size)
{
	uint64_t number = 0;
	for (size_t i = size; i > 0; i--)
		number = number << 8 | bytes[i - 1];
	return number;
}

void lsec_put_little_endian(uint64_t number, uint8_t *ret, size_t size)
{
	for (size_t i = 0; i < size; i++)
		ret[i] = (uint8_t)(number >> 8 * i);
}

bool lsec_is_zero(const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (bytes[i] != 0)
			return false;
	return true;
}
