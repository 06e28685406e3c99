/* SPDX-License-Identifier: Apache-2.0 */
/* Initdata: from a value to the document, and its digests. */
#include <nettle/sha2.h>
#include <zlib.h>

#include "fuzz.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

char *fuzz_base64_encode(const uint8_t *bytes, size_t size)
{
	char *text = malloc((size + 2) / 3 * 4 + 1);
	size_t len = 0;
	HOLDS(text != NULL, "out of memory");
	for (size_t i = 0; i < size; i += 3) {
		size_t left = size - i;
		uint32_t three = (uint32_t)bytes[i] << 16;
		three |= left > 1 ? (uint32_t)bytes[i + 1] << 8 : 0;
		three |= left > 2 ? bytes[i + 2] : 0;
		text[len++] = alphabet[three >> 18];
		text[len++] = alphabet[three >> 12 & 63];
		text[len++] = left > 1 ? alphabet[three >> 6 & 63] : '=';
		text[len++] = left > 2 ? alphabet[three & 63] : '=';
	}
	text[len] = '\0';
	return text;
}

/* What does not come out the same when it is encoded again was not base64. */
bool fuzz_base64_decode(const char *text, size_t len, uint8_t **ret, size_t *ret_size)
{
	uint8_t *bytes = calloc(1, len / 4 * 3 + 3);
	uint32_t bits = 0;
	size_t digits = 0;
	size_t size = 0;
	HOLDS(bytes != NULL, "out of memory");
	for (size_t i = 0; i < len && text[i] != '=' && text[i] != '\0'; i++) {
		const char *digit = strchr(alphabet, text[i]);
		if (digit == NULL)
			break;
		bits = bits << 6 | (uint32_t)(digit - alphabet);
		if (++digits % 4 != 1)
			bytes[size++] = (uint8_t)(bits >> (6 - 2 * ((digits - 1) % 4)));
	}
	fuzz_owned again = fuzz_base64_encode(bytes, size);
	if (strlen(again) != len || memcmp(again, text, len) != 0) {
		free(bytes);
		return false;
	}
	*ret = bytes;
	*ret_size = size;
	return true;
}

static bool is_gzip(const uint8_t *bytes, size_t len)
{
	return len >= 2 && bytes[0] == 0x1f && bytes[1] == 0x8b;
}

/* One member, all of it, of at most 1 MiB unpacked. */
static uint8_t *gunzip(const uint8_t *bytes, size_t len, size_t *ret_len)
{
	enum { MOST = 1 << 20 };
	uint8_t *unpacked = malloc(MOST + 1);
	z_stream stream = {0};
	HOLDS(unpacked != NULL && inflateInit2(&stream, 16 + MAX_WBITS) == Z_OK, "out of memory");
	stream.next_in = (Bytef *)fuzz_copy(bytes, len);
	Bytef *copy = stream.next_in;
	stream.avail_in = (uInt)len;
	stream.next_out = unpacked;
	stream.avail_out = MOST + 1;
	HOLDS(inflate(&stream, Z_FINISH) == Z_STREAM_END, "bad gzip was taken");
	HOLDS(stream.avail_in == 0, "something behind gzip was taken");
	HOLDS(stream.total_out <= MOST, "%lu bytes of initdata were taken", stream.total_out);
	*ret_len = stream.total_out;
	inflateEnd(&stream);
	free(copy);
	return unpacked;
}

uint8_t *fuzz_initdata_document(const char *value, size_t len, size_t *ret_len)
{
	const uint8_t *bytes = (const uint8_t *)value;
	fuzz_owned joined = fuzz_text(bytes, len);
	uint8_t *decoded = NULL;
	size_t joined_len = 0;
	if (is_gzip(bytes, len))
		return gunzip(bytes, len, ret_len);
	for (size_t i = 0; i < len; i++)
		if (value[i] != '\r' && value[i] != '\n')
			joined[joined_len++] = value[i];
	if (!fuzz_base64_decode(joined, joined_len, &decoded, ret_len)) {
		*ret_len = len;
		return (uint8_t *)fuzz_copy(bytes, len);
	}
	if (!is_gzip(decoded, *ret_len))
		return decoded;
	uint8_t *unpacked = gunzip(decoded, *ret_len, ret_len);
	free(decoded);
	return unpacked;
}

/* What a JSON document names; NULL for one in TOML, or none. */
static struct json_object *algorithm_of(const uint8_t *document, size_t len)
{
	size_t skipped = len >= 3 && memcmp(document, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
	struct json_object *root = fuzz_json(document + skipped, len - skipped);
	struct json_object *name = json_object_get(json_object_object_get(root, "algorithm"));
	HOLDS(name == NULL || json_object_is_type(name, json_type_string),
	      "initdata without algorithm was taken");
	json_object_put(root);
	return name;
}

/* Whether a document may mean this one: by its name, which TOML could also write with escapes. */
static bool names(const uint8_t *document, size_t len, const char *algorithm)
{
	char dashed[] = "sha-256";
	memcpy(dashed + 4, algorithm + 3, 3);
	struct json_object *name = algorithm_of(document, len);
	if (name != NULL) {
		const char *text = fuzz_string(name);
		bool same = strcmp(text, algorithm) == 0 || strcmp(text, dashed) == 0;
		json_object_put(name);
		return same;
	}
	return memmem(document, len, algorithm, strlen(algorithm)) != NULL ||
	       memmem(document, len, dashed, strlen(dashed)) != NULL ||
	       memchr(document, '\\', len) != NULL;
}

static bool fits(const uint8_t *digest, size_t digest_size, const uint8_t *field, size_t size)
{
	uint8_t filled[SHA512_DIGEST_SIZE] = {0};
	memcpy(filled, digest, digest_size);
	return memcmp(filled, field, size) == 0;
}

bool fuzz_initdata_digest(const uint8_t *document, size_t len, const uint8_t *field, size_t size)
{
	uint8_t digest[SHA512_DIGEST_SIZE];
	struct sha256_ctx sha256;
	struct sha384_ctx sha384;
	struct sha512_ctx sha512;
	sha256_init(&sha256);
	sha256_update(&sha256, len, document);
	sha256_digest(&sha256, SHA256_DIGEST_SIZE, digest);
	if (fits(digest, SHA256_DIGEST_SIZE, field, size))
		return names(document, len, "sha256");
	sha384_init(&sha384);
	sha384_update(&sha384, len, document);
	sha384_digest(&sha384, SHA384_DIGEST_SIZE, digest);
	if (fits(digest, SHA384_DIGEST_SIZE, field, size))
		return names(document, len, "sha384");
	sha512_init(&sha512);
	sha512_update(&sha512, len, document);
	sha512_digest(&sha512, SHA512_DIGEST_SIZE, digest);
	return fits(digest, SHA512_DIGEST_SIZE, field, size) && names(document, len, "sha512");
}
