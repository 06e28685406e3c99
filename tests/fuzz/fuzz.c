/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"

#include <stdarg.h>
#include <stdio.h>

#include "launchsec/memory.h"

void fuzz_fail(const char *file, int line, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	fprintf(stderr, "%s:%d: ", file, line);
	vfprintf(stderr, fmt, args);
	fputc('\n', stderr);
	va_end(args);
	abort();
}

char *fuzz_copy(const uint8_t *data, size_t size)
{
	char *copy = malloc(size > 0 ? size : 1);
	HOLDS(copy != NULL, "out of memory");
	if (size > 0)
		memcpy(copy, data, size);
	return copy;
}

char *fuzz_text(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	HOLDS(text != NULL, "out of memory");
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	return text;
}

uint8_t fuzz_byte(struct fuzz_input *input)
{
	if (input->size == 0)
		return 0;
	input->size--;
	return *input->data++;
}

struct fuzz_input fuzz_piece(struct fuzz_input *input)
{
	const uint8_t *end = input->size == 0 ? NULL : memchr(input->data, 0xff, input->size);
	struct fuzz_input piece = *input;
	if (end != NULL)
		piece.size = (size_t)(end - input->data);
	input->data += piece.size + (end != NULL);
	input->size -= piece.size + (end != NULL);
	return piece;
}

static const char *const captures[FUZZ_CAPTURES] = {
	"bios-plain",  "devices-rich", "efi-plain",  "efi-secureboot", "efi-secureboot-autoselect",
	"kernel-boot", "native-sev",   "native-snp", "native-tdx",     "windows-secureboot",
};
static struct fuzz_input domains[FUZZ_CAPTURES], vmis[FUZZ_CAPTURES];

static struct fuzz_input read_golden(const char *folder, const char *name, const char *end)
{
	static uint8_t room[65536];
	char path[128];
	snprintf(path, sizeof(path), "tests/golden/%s/%s.%s", folder, name, end);
	FILE *file = fopen(path, "rbe");
	HOLDS(file != NULL, "cannot open %s: run in the root of the source tree", path);
	size_t got = fread(room, 1, sizeof(room), file);
	fclose(file);
	HOLDS(got > 0 && got < sizeof(room), "%s has %zu bytes", path, got);
	return (struct fuzz_input){(uint8_t *)fuzz_copy(room, got), got};
}

uint8_t *fuzz_golden_bytes(const char *name, size_t size)
{
	struct fuzz_input text = read_golden("inputs", name, "b64");
	uint8_t *bytes = NULL;
	size_t got = 0;
	text.size -= text.data[text.size - 1] == '\n';
	HOLDS(fuzz_base64_decode((const char *)text.data, text.size, &bytes, &got) && got == size,
	      "%s has other bytes", name);
	free((void *)(uintptr_t)text.data);
	return bytes;
}

static struct json_object *read_json(const void *bytes, size_t size, int flags)
{
	struct json_tokener *tokener = json_tokener_new_ex(1000);
	HOLDS(tokener != NULL, "out of memory");
	json_tokener_set_flags(tokener, flags);
	struct json_object *root = json_tokener_parse_ex(tokener, bytes, (int)size);
	json_tokener_free(tokener);
	return root;
}

struct json_object *fuzz_json(const void *bytes, size_t size)
{
	return read_json(bytes, size, 0);
}

struct json_object *fuzz_json_in_yaml(const void *bytes, size_t size)
{
	const char *byte = bytes;
	/* YAML folds lines, and takes single quotes to mean something else. */
	for (size_t i = 0; i < size; i++)
		if (byte[i] == '\'' || (unsigned char)byte[i] < ' ')
			return NULL;
	return read_json(bytes, size, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
}

int LLVMFuzzerInitialize(int *count, char ***arguments)
{
	(void)count;
	(void)arguments;
	lsec_memory_setup();
	for (size_t i = 0; i < FUZZ_CAPTURES; i++) {
		domains[i] = read_golden("captures", captures[i], "domain.xml");
		vmis[i] = read_golden("captures", captures[i], "vmi.json");
	}
	return 0;
}

struct fuzz_input fuzz_capture_domain(unsigned number)
{
	return domains[number % FUZZ_CAPTURES];
}

struct fuzz_input fuzz_capture_vmi(unsigned number)
{
	return vmis[number % FUZZ_CAPTURES];
}

struct lsec_host fuzz_host(unsigned number)
{
	struct lsec_host host = {0};
	switch (number % 4) {
	case 0:
		lsec_host_decode(0x1a, 1 << 6 | 51, &host);
		host.of[LSEC_FACT_KVM_AMD_SEV_SNP].state = LSEC_YES;
		return host;
	case 1:
		lsec_host_decode(0x02, 5 << 6 | 47, &host);
		return host;
	case 2:
		lsec_host_decode(0, 0, &host);
		host.of[LSEC_FACT_KVM_INTEL_TDX].state = LSEC_YES;
		return host;
	default:
		return host;
	}
}

void fuzz_read_annotations(struct fuzz_input *input, struct lsec_vmi *vmi)
{
	enum { MOST = 40 };
	vmi->annotations = calloc(MOST, sizeof(*vmi->annotations));
	HOLDS(vmi->annotations != NULL, "out of memory");
	while (input->size > 0 && vmi->annotation_count < MOST) {
		struct fuzz_input value = fuzz_piece(input);
		size_t key = fuzz_byte(&value) % (LSEC_KEYS + 1U);
		const char *name = key == LSEC_KEYS ? FUZZ_UNKNOWN_KEY : lsec_key(key)->name;
		vmi->annotations[vmi->annotation_count++] = (struct lsec_annotation){
			fuzz_text((const uint8_t *)name, strlen(name)),
			fuzz_text(value.data, value.size),
			false,
		};
	}
}

static void check_printable(const char *text)
{
	HOLDS(text != NULL && text[0] != '\0', "a problem without place or text");
	for (; *text != '\0'; text++)
		HOLDS(*text >= 0x20 && *text <= 0x7e, "a problem with byte 0x%02x in it",
		      (unsigned char)*text);
}

void fuzz_check_problems(const struct lsec_problems *problems)
{
	for (size_t i = 0; i < problems->count; i++) {
		check_printable(problems->items[i].place);
		check_printable(problems->items[i].what);
		HOLDS(!problems->failed, "a failure: %s: %s", problems->items[i].place,
		      problems->items[i].what);
	}
	HOLDS(!problems->failed, "a failure, without a word");
	HOLDS(problems->count > 0, "a refusal without a problem");
}
