/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private keys of P-384 in PEM. A fault is a fixed text, so that nothing of a key gets into a
 * message; what is decoded is wiped when it leaves scope.
 */
#include <nettle/asn1.h>
#include <nettle/base64.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/digest.h"
#include "base/text.h"
#include "id_layout.h"
#include "launchsec/id_block.h"
#include "p384.h"

static const char damaged[] =
	"the private key is damaged, or not one of RFC 5915 or RFC 5958; export it again";
static const char other_curve[] =
	"the private key is not of the named curve P-384 (secp384r1), which the firmware needs; use such a key (openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384)";
static const char encrypted[] =
	"the private key is encrypted; decrypt it first (openssl pkey -in FILE -out PLAIN)";

/* Decoded bytes of a key. */
struct secret_bytes {
	uint8_t *bytes;
	size_t len, room;
};

static void wipe_bytes(struct secret_bytes *secret)
{
	if (secret->bytes != NULL)
		explicit_bzero(secret->bytes, secret->room);
	free(secret->bytes);
}

/* What a PEM block holds: its label and its base64. */
struct block {
	struct lsec_span label, body;
};

static const char *find(struct lsec_span text, const char *word)
{
	return memmem(text.bytes, text.len, word, strlen(word));
}

static bool is_label(const struct block *block, const char *label)
{
	return block->label.len == strlen(label) &&
	       memcmp(block->label.bytes, label, block->label.len) == 0;
}

/* What is left of a text from a place in it. */
static struct lsec_span rest_at(struct lsec_span text, const char *from)
{
	return (struct lsec_span){from, text.len - (size_t)(from - text.bytes)};
}

/* The next block of a text, which is moved past it: RFC 7468 2. */
static bool next_block(struct lsec_span *text, struct block *ret)
{
	static const char begin[] = "-----BEGIN ";
	static const char end[] = "-----END ";
	static const char dashes[] = "-----";
	const char *start = find(*text, begin);
	if (start == NULL)
		return false;
	*text = rest_at(*text, start + strlen(begin));
	const char *body = find(*text, dashes);
	if (body == NULL)
		return false;
	ret->label = (struct lsec_span){text->bytes, (size_t)(body - text->bytes)};
	*text = rest_at(*text, body + strlen(dashes));
	const char *last = find(*text, end);
	if (last == NULL)
		return false;
	ret->body = (struct lsec_span){text->bytes, (size_t)(last - text->bytes)};
	*text = rest_at(*text, last + strlen(end));
	return true;
}

static bool decode(struct lsec_span base64, struct secret_bytes *ret)
{
	struct base64_decode_ctx state;
	ret->room = BASE64_DECODE_LENGTH(base64.len);
	ret->bytes = lsec_malloc(ret->room);
	base64_decode_init(&state);
	bool good = base64_decode_update(&state, &ret->len, ret->bytes, base64.len, base64.bytes) !=
	                    0 &&
	            base64_decode_final(&state) != 0;
	explicit_bzero(&state, sizeof(state));
	return good;
}

/* A place in DER, in which nettle accepts the shortest lengths only. */
struct der {
	struct asn1_der_iterator at;
	enum asn1_iterator_result found;
};

static struct der der_of(const uint8_t *bytes, size_t len)
{
	struct der der;
	der.found = asn1_der_iterator_first(&der.at, len, bytes);
	return der;
}

static bool is_there(const struct der *der)
{
	return der->found == ASN1_ITERATOR_PRIMITIVE || der->found == ASN1_ITERATOR_CONSTRUCTED;
}

static bool is_type(const struct der *der, unsigned type)
{
	return is_there(der) && (unsigned)der->at.type == type;
}

/* What is in an object; nothing is in none. */
static struct der der_inside(const struct der *der)
{
	return is_there(der) ? der_of(der->at.data, der->at.length) : der_of(NULL, 0);
}

static bool holds(const struct der *der, unsigned type, const void *bytes, size_t len)
{
	return is_type(der, type) && der->at.length == len && memcmp(der->at.data, bytes, len) == 0;
}

/* Steps over an object of that type; false where there is another. */
static bool pass(struct der *der, unsigned type)
{
	if (!is_type(der, type))
		return false;
	der->found = asn1_der_iterator_next(&der->at);
	return true;
}

/* Whether an object of that type is the last. */
static bool is_last(struct der der, unsigned type)
{
	return pass(&der, type) && der.found == ASN1_ITERATOR_END;
}

/* [number] of a structure, EXPLICIT or else IMPLICIT of a primitive type. */
static unsigned tagged(unsigned number, bool explicit)
{
	return number | ASN1_CLASS_CONTEXT_SPECIFIC | (explicit ? ASN1_TYPE_CONSTRUCTED : 0U);
}

static bool is_p384(const struct der *parameters)
{
	static const uint8_t secp384r1[] = {0x2b, 0x81, 0x04, 0x00, 0x22}; /* RFC 5480 2.1.1.1 */
	return holds(parameters, ASN1_IDENTIFIER, secp384r1, sizeof(secp384r1)) &&
	       is_last(*parameters, ASN1_IDENTIFIER);
}

/* The point in an ECPrivateKey, plain or compressed (SEC1 2.3.3), against the one that counts. */
static bool is_same_point(const struct der *bits, const uint8_t *key)
{
	const uint8_t *x = key + LSEC_KEY_POINT, *y = x + LSEC_P384_NUMBER;
	uint8_t octets[2 + 2 * LSEC_P384_BYTES] = {0};
	bool plain = bits->at.length == sizeof(octets);
	octets[1] = plain ? 4 : (uint8_t)(2 + y[0] % 2);
	for (size_t i = 0; i < LSEC_P384_BYTES; i++) {
		octets[2 + i] = x[LSEC_P384_BYTES - 1 - i];
		octets[2 + LSEC_P384_BYTES + i] = y[LSEC_P384_BYTES - 1 - i];
	}
	return holds(bits, ASN1_BITSTRING, octets, plain ? sizeof(octets) : 2 + LSEC_P384_BYTES);
}

static const char *take_secret(const struct der *octets, struct lsec_signing_key *ret)
{
	if (octets->at.length != LSEC_SECRET_SIZE)
		return damaged;
	for (size_t i = 0; i < LSEC_SECRET_SIZE; i++)
		ret->secret[i] = octets->at.data[LSEC_SECRET_SIZE - 1 - i];
	memset(ret->public_key, 0, sizeof(ret->public_key));
	lsec_put_little_endian(LSEC_CURVE_P384, ret->public_key, 4);
	if (!lsec_p384_public(ret->secret, ret->public_key + LSEC_KEY_POINT))
		return "the private key is 0 or not less than the order of P-384; generate another key";
	return NULL;
}

/*
 * ECPrivateKey ::= SEQUENCE { version INTEGER, privateKey OCTET STRING, parameters [0] OPTIONAL,
 * publicKey [1] OPTIONAL }: RFC 5915 3. The curve may have been named around it.
 */
static const char *read_sec1(const struct der *der, bool curve_known, struct lsec_signing_key *ret)
{
	struct der key = der_inside(der);
	if (!is_last(*der, ASN1_SEQUENCE) || !holds(&key, ASN1_INTEGER, "\1", 1) ||
	    !pass(&key, ASN1_INTEGER))
		return damaged;
	const struct der secret = key;
	if (!pass(&key, ASN1_OCTETSTRING))
		return damaged;
	const struct der curve = der_inside(&key);
	bool named = pass(&key, tagged(0, true));
	const struct der point = der_inside(&key);
	bool has_point = pass(&key, tagged(1, true));
	if (key.found != ASN1_ITERATOR_END || (has_point && !is_last(point, ASN1_BITSTRING)))
		return damaged;
	if (named ? !is_p384(&curve) : !curve_known)
		return other_curve;
	const char *fault = take_secret(&secret, ret);
	if (fault != NULL || !has_point || is_same_point(&point, ret->public_key))
		return fault;
	return "the public key beside the private key is not its own; export the key again, without the public key";
}

/*
 * OneAsymmetricKey ::= SEQUENCE { version INTEGER, privateKeyAlgorithm SEQUENCE { algorithm,
 * parameters }, privateKey OCTET STRING, attributes [0] OPTIONAL, publicKey [1] OPTIONAL }: RFC
 * 5958 2. For EC the octets are an ECPrivateKey.
 */
static const char *read_pkcs8(const struct der *der, struct lsec_signing_key *ret)
{
	static const uint8_t ec_public_key[] = {0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01};
	struct der key = der_inside(der);
	bool known = holds(&key, ASN1_INTEGER, "\0", 1) || holds(&key, ASN1_INTEGER, "\1", 1);
	if (!is_last(*der, ASN1_SEQUENCE) || !known || !pass(&key, ASN1_INTEGER))
		return damaged;
	struct der algorithm = der_inside(&key);
	if (!pass(&key, ASN1_SEQUENCE))
		return damaged;
	const struct der inside = der_inside(&key);
	if (!pass(&key, ASN1_OCTETSTRING))
		return damaged;
	pass(&key, tagged(0, true));
	pass(&key, tagged(1, false));
	if (key.found != ASN1_ITERATOR_END)
		return damaged;
	if (!holds(&algorithm, ASN1_IDENTIFIER, ec_public_key, sizeof(ec_public_key)) ||
	    !pass(&algorithm, ASN1_IDENTIFIER) || !is_p384(&algorithm))
		return other_curve;
	return read_sec1(&inside, true, ret);
}

static const char *read_block(const struct block *block, struct lsec_signing_key *ret)
{
	struct secret_bytes decoded LSEC_CLEANUP(wipe_bytes) = {0};
	bool sec1 = is_label(block, "EC PRIVATE KEY");
	if (is_label(block, "ENCRYPTED PRIVATE KEY") || find(block->body, "ENCRYPTED") != NULL)
		return encrypted; /* the latter in a header of RFC 1421, as openssl writes it */
	if (is_label(block, "PUBLIC KEY"))
		return "holds a public key; give the private key, which signs";
	if (!sec1 && !is_label(block, "PRIVATE KEY"))
		return "holds no EC private key; use one of P-384 in PEM (openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384)";
	if (!decode(block->body, &decoded))
		return damaged;
	const struct der der = der_of(decoded.bytes, decoded.len);
	return sec1 ? read_sec1(&der, false, ret) : read_pkcs8(&der, ret);
}

static const char *read_pem(struct lsec_span text, struct lsec_signing_key *ret)
{
	struct block block;
	while (next_block(&text, &block))
		if (!is_label(&block, "EC PARAMETERS"))
			return read_block(&block, ret);
	return "holds no complete private key in PEM; copy the file again, or export the key as PEM";
}

int lsec_signing_key_read(const char *pem, size_t len, const char *name,
                          struct lsec_signing_key *ret, struct lsec_problems *problems)
{
	struct lsec_signing_key key LSEC_CLEANUP(lsec_signing_key_clear);
	if (len > LSEC_MAX_KEY)
		return lsec_problem_add(
			problems, name,
			"has more than %u bytes (64 KiB); use a file that holds a private key only",
			LSEC_MAX_KEY);
	const char *fault = read_pem((struct lsec_span){pem, len}, &key);
	if (fault != NULL)
		return lsec_problem_add(problems, name, "%s", fault);
	*ret = key;
	return 0;
}

void lsec_signing_key_clear(struct lsec_signing_key *key)
{
	if (key != NULL)
		explicit_bzero(key, sizeof(*key));
}

void lsec_id_key_digest(const uint8_t key[LSEC_ID_KEY_SIZE], uint8_t ret[LSEC_LAUNCH_DIGEST_SIZE])
{
	const struct lsec_digest digest = lsec_digest_of(LSEC_SHA_384, key, LSEC_ID_KEY_SIZE);
	memcpy(ret, digest.bytes, LSEC_LAUNCH_DIGEST_SIZE);
}
