/* SPDX-License-Identifier: Apache-2.0 */
#include "messages.h"

#define VMI(annotations)                                                                           \
	"{\"metadata\":{\"name\":\"n\",\"annotations\":{" annotations "}},\"spec\":{}}"
#define OURS(key, value) "\"" LSEC_PREFIX key "\":\"" value "\""
static const char *const vmis[] = {
	VMI(OURS("type", "sev-snp")),
	VMI(OURS("type", "tdx") "," OURS("qgs", "none")),
	VMI(OURS("type", "sev-snp") "," OURS("polcy", "1") "," OURS("host-data", "00")),
	VMI(OURS("type", "none")),
	VMI(""),
	VMI(OURS("policy", "smt,debug") "," OURS("allow-debug", "yes")),
	VMI(OURS("type", "tdx") "," OURS("oem-strings", "[\\\"a\\\"]")),
	"{",
};

static size_t put_varint(uint8_t *ret, size_t number)
{
	size_t len = 0;
	for (; number >= 0x80; number >>= 7)
		ret[len++] = (uint8_t)(number | 0x80);
	ret[len++] = (uint8_t)number;
	return len;
}

static void put_bytes(struct lsec_buffer *message, unsigned field, struct fuzz_input bytes)
{
	uint8_t head[12] = {(uint8_t)(field << 3 | 2)};
	lsec_buffer_add(message, (const char *)head, 1 + put_varint(head + 1, bytes.size));
	lsec_buffer_add(message, (const char *)bytes.data, bytes.size);
}

static struct fuzz_input literal(const char *text)
{
	return (struct fuzz_input){(const uint8_t *)text, strlen(text)};
}

/* A domain of the program's choice; `large` must have been asked for, since it takes time. */
static void put_domain(struct lsec_buffer *message, unsigned field, struct fuzz_input *program)
{
	enum { LARGE = 70000 };
	unsigned choice = fuzz_byte(program);
	if (choice == 0xfe) {
		put_bytes(message, field, fuzz_piece(program));
	} else if (choice == 0xfd) {
		char *large = malloc(LARGE);
		HOLDS(large != NULL, "out of memory");
		memset(large, ' ', LARGE);
		struct fuzz_input capture = fuzz_capture_domain(choice);
		memcpy(large, capture.data, capture.size);
		put_bytes(message, field, (struct fuzz_input){(uint8_t *)large, LARGE});
		free(large);
	} else {
		put_bytes(message, field, fuzz_capture_domain(choice));
	}
}

static void put_vmi(struct lsec_buffer *message, unsigned field, struct fuzz_input *program)
{
	unsigned choice = fuzz_byte(program);
	if (choice == 0xfe)
		put_bytes(message, field, fuzz_piece(program));
	else if (choice >= 0xf0)
		put_bytes(message, field, fuzz_capture_vmi(choice));
	else
		put_bytes(message, field, literal(vmis[choice % COUNT(vmis)]));
}

void message_put(struct lsec_buffer *message, enum answer_method method, struct fuzz_input *program)
{
	unsigned first = method == MUTATE ? 2 : 1;
	if (method == MUTATE)
		put_bytes(message, 1, literal("libvirt"));
	if (method == HEALTH)
		put_bytes(message, 1, fuzz_piece(program));
	if (method == NODE) {
		put_bytes(message, 1, literal("PreVMStart"));
		put_vmi(message, 2, program);
	}
	if (method != DEFINE && method != MUTATE && method != ISO)
		return;
	put_domain(message, first, program);
	put_vmi(message, first + 1, program);
	if (method == ISO)
		put_bytes(message, 3, literal("{}"));
}
