/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the fuzz targets share. A target is one LLVMFuzzerTestOneInput(), which libFuzzer calls with
 * inputs that it makes up, and replay.c with files. It aborts where a property does not hold. What
 * a result has to be is worked out here from the request anew, with nothing of src but its types
 * (and the libraries beneath), so that a mistake there is not repeated here.
 */
#ifndef LAUNCHSEC_TESTS_FUZZ_H
#define LAUNCHSEC_TESTS_FUZZ_H

#include <json-c/json.h>
#include <libxml/tree.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "launchsec/apply.h"

int LLVMFuzzerInitialize(int *count, char ***arguments);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the process with a sentence unless the condition holds. */
#define HOLDS(condition, ...)                                                                      \
	do {                                                                                       \
		if (!(condition))                                                                  \
			fuzz_fail(__FILE__, __LINE__, __VA_ARGS__);                                \
	} while (0)
_Noreturn void fuzz_fail(const char *file, int line, const char *fmt, ...) LSEC_PRINTF(3, 4);

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* fuzz.c */

/* A copy of just that size, so that a sanitizer sees each byte read beyond it; and one with a
 * NUL behind it. To be freed. */
char *fuzz_copy(const uint8_t *data, size_t size);
char *fuzz_text(const uint8_t *data, size_t size);

/* JSON by json-c's own rules, which are laxer than those of src; NULL for what is none. */
struct json_object *fuzz_json(const void *bytes, size_t size);

/* The same for JSON that as YAML means the same for sure; NULL for all else. */
struct json_object *fuzz_json_in_yaml(const void *bytes, size_t size);

/* A string; NULL for what is none. */
static inline const char *fuzz_string(struct json_object *value)
{
	return json_object_is_type(value, json_type_string) ? json_object_get_string(value) : NULL;
}

static inline void fuzz_free(char **memory)
{
	free(*memory);
}
#define fuzz_owned LSEC_CLEANUP(fuzz_free) char *

/* What is left of an input. */
struct fuzz_input {
	const uint8_t *data;
	size_t size;
};

/* The next byte, 0 behind the end; the bytes in front of the next 0xff, or all. */
uint8_t fuzz_byte(struct fuzz_input *input);
struct fuzz_input fuzz_piece(struct fuzz_input *input);

/* A file of the golden tests' inputs that holds base64: just `size` bytes. To be freed. */
uint8_t *fuzz_golden_bytes(const char *name, size_t size);

/* Domains and VMIs that KubeVirt made: tests/golden/captures, by any number. */
#define FUZZ_CAPTURES 10
struct fuzz_input fuzz_capture_domain(unsigned number);
struct fuzz_input fuzz_capture_vmi(unsigned number);

/* Hosts, by any number: with SEV-SNP, with SEV only, with TDX, of which nothing is known. */
struct lsec_host fuzz_host(unsigned number);

/* Annotations as they stand in an input: pieces, each a byte that names a key, then the value.
 * One byte stands for a key that nobody knows. They live in `vmi`. */
#define FUZZ_UNKNOWN_KEY "unheard-of"
void fuzz_read_annotations(struct fuzz_input *input, struct lsec_vmi *vmi);

/* What was refused is said: with a place and a text, in printable ASCII, and not as a failure of
 * ours, since nothing fails here. */
void fuzz_check_problems(const struct lsec_problems *problems);

/* apply.c */

/*
 * Applies a request. Either it is refused, or the result is what fuzz_check_domain() says and does
 * not change when it is applied again. Returns whether it was taken.
 */
bool fuzz_apply(const struct lsec_request *request);

/* What the domain must be that was made for a request. */
void fuzz_check_domain(const struct lsec_request *request, const char *domain, size_t len);

/* wish.c: what annotations, the cluster, the host and the domain ask for. */

enum fuzz_kind { FUZZ_ATTRIBUTE, FUZZ_DECIMAL, FUZZ_POLICY, FUZZ_BYTES, FUZZ_PATH };

/* A field of <launchSecurity>. */
struct fuzz_field {
	const char *name;
	enum fuzz_kind kind;
	const char *text; /* FUZZ_ATTRIBUTE; FUZZ_PATH, NULL for none */
	uint64_t number;  /* FUZZ_DECIMAL, FUZZ_POLICY */
	uint8_t *bytes;   /* FUZZ_BYTES */
	size_t size;
};

struct fuzz_wish {
	enum lsec_tee tee; /* LSEC_TEE_NONE: the domain stays as it came */
	struct fuzz_field fields[16];
	size_t field_count;
	bool own;            /* some of them are the domain's own, and no default */
	bool service_asked;  /* the quote generation service is not the domain's own, nor a default
	                      */
	bool qemu_arguments; /* may decide over firmware, kernel, CPU, machine, acceleration */
	const char *remote;  /* quote generation service that QEMU reaches by itself, or NULL */
	char *firmware;      /* the loader's text; NULL: libvirt picks the image */
	char **strings;      /* OEM strings */
	size_t string_count;
	uint8_t *document; /* of initdata or provision, or NULL */
	size_t document_len;
};

/* `root` is the domain's root element; all else is aborted over. */
void fuzz_wish_read(const struct lsec_request *request, const xmlNode *root, struct fuzz_wish *ret);
void fuzz_wish_clear(struct fuzz_wish *wish);

/* id_block.c: an ID block is one that the firmware accepts, and for this policy. */
void fuzz_check_id_block(const struct fuzz_wish *wish);
/* Whether the firmware takes an ID block (96 bytes) with its ID authentication (4096). */
bool fuzz_id_verifies(const uint8_t *block, const uint8_t *auth);

/* qemu.c: aborts over what may not stand among QEMU's arguments and capabilities. */
void fuzz_check_qemu(const struct lsec_request *request, bool allowed, const xmlNode *root);

/* initdata.c */

/* The bytes of the document that a value of the initdata annotation carries; to be freed. */
uint8_t *fuzz_initdata_document(const char *value, size_t len, size_t *ret_len);
/* Whether `field` is a digest that the document may name, cut or filled up to `size`. */
bool fuzz_initdata_digest(const uint8_t *document, size_t len, const uint8_t *field, size_t size);
/* The document that provision makes of a VM's names and the URL, in provision.c; to be freed. */
char *fuzz_provision_document(const struct lsec_vmi *vmi, const char *url);
/* Strict base64; to be freed. */
bool fuzz_base64_decode(const char *text, size_t len, uint8_t **ret, size_t *ret_size);
char *fuzz_base64_encode(const uint8_t *bytes, size_t size);

/* tree.c: XML trees. */

/* Whether a node is an element of that name, or of any for NULL, without namespace. */
bool fuzz_is(const xmlNode *node, const char *name);
/* The first child element of that name without namespace, or NULL, also for parent NULL. */
xmlNode *fuzz_child(const xmlNode *parent, const char *name);
/* An attribute without namespace, to be freed; NULL where there is none. */
char *fuzz_attribute(const xmlNode *element, const char *name);
bool fuzz_attribute_is(const xmlNode *element, const char *name, const char *value);
/* The text of an element without the white space around it, to be freed. */
char *fuzz_element_text(const xmlNode *element);

/* strip.c, unknown.c, equal.c: two trees. */

/* Takes what launchsec may change for a wish out of both trees, having looked that it was
 * changed as it must be. */
void fuzz_strip(const struct fuzz_wish *wish, xmlNode *before, xmlNode *after);
/* Looks that all that is no field of launchSecurity is in it as before. */
void fuzz_check_unknown(const struct fuzz_wish *wish, const xmlNode *before, const xmlNode *after);
/* Whether two nodes are equal, to the last byte. */
void fuzz_check_node(const xmlNode *before, const xmlNode *after);
/* Whether two documents are equal as canonical XML, but for white space where elements came or
 * went when `loose`. */
void fuzz_check_equal(const xmlDoc *before, const xmlDoc *after, bool loose);

#endif
