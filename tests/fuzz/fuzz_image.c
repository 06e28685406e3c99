/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The end of a firmware image of 64 KiB, for either TEE: a byte for the TEE and the VM, then the
 * image's last bytes. What is not refused has the measurement that is worked out here by nettle,
 * from the image's bytes anew. Of the vCPUs' states only the address is looked for here; the rest
 * has tests with known digests.
 */
#include <nettle/sha2.h>

#include "fuzz.h"
#include "launchsec/measure.h"
#include "measure/snp.h"

#define SIZE 65536U
#define PAGE 4096U
/* Sections that are larger together take too long. */
#define MOST_MEMORY (4U << 20)

static uint64_t number(const uint8_t *bytes, size_t size)
{
	uint64_t ret = 0;
	while (size-- > 0)
		ret = ret * 256 + bytes[size];
	return ret;
}

static uint32_t word(const uint8_t *bytes)
{
	return (uint32_t)number(bytes, 4);
}

/* The data of the table's last entry with a GUID, as the image has it; NULL: not there. */
static const uint8_t *entry(const uint8_t *image, const char *guid)
{
	size_t at = SIZE - 50;
	size_t beginning = SIZE - 32 - number(image + at, 2);
	while (at >= beginning + 18) {
		size_t start = at - number(image + at - 18, 2);
		if (memcmp(image + at - 16, guid, 16) == 0)
			return image + start;
		at = start;
	}
	return NULL;
}

#define SEV_METADATA "\x66\x65\x88\xdc\x4a\x98\x98\x47\xa7\x5e\x55\x85\xa7\xbf\x67\xcc"
#define TDX_METADATA "\x35\x65\x7a\xe4\x4a\x98\x98\x47\x86\x5e\x46\x85\xa7\xbf\x8e\xc2"
#define AP_ADDRESS "\xde\x71\xf7\x00\x7e\x1a\xcb\x4f\x89\x0e\x68\xc7\x7e\x2f\xb4\x4e"
#define HASHES "\x1f\x37\x55\x72\x3b\x3a\x04\x4b\x92\x7b\x1d\xa6\xef\xa8\xd4\x54"

/* Metadata of an image that has it: behind its signature, with so many sections. */
static const uint8_t *metadata(const uint8_t *image, const char *guid, const char *signature,
                               size_t *ret_count)
{
	const uint8_t *distance = entry(image, guid);
	HOLDS(distance != NULL, "taken without metadata");
	HOLDS(word(distance) <= SIZE && word(distance) >= 16, "metadata outside of the image");
	const uint8_t *ret = image + SIZE - word(distance);
	HOLDS(memcmp(ret, signature, 4) == 0 && word(ret + 8) == 1, "no metadata was taken");
	*ret_count = word(ret + 12);
	HOLDS(*ret_count <= LSEC_MAX_SECTIONS, "too many sections were taken");
	return ret + 16;
}

static void hash(const uint8_t *bytes, size_t size, uint8_t ret[SHA384_DIGEST_SIZE])
{
	struct sha384_ctx context;
	sha384_init(&context);
	sha384_update(&context, size, bytes);
	sha384_digest(&context, SHA384_DIGEST_SIZE, ret);
}

/* One page into the launch digest; `page` NULL: its contents do not count. */
static void extend(uint8_t digest[SHA384_DIGEST_SIZE], uint8_t type, uint64_t address,
                   const uint8_t *page)
{
	uint8_t contents[SHA384_DIGEST_SIZE] = {0};
	uint8_t tail[16] = {0x70, 0, type};
	struct sha384_ctx context;
	if (page != NULL)
		hash(page, PAGE, contents);
	for (size_t i = 0; i < 8; i++)
		tail[8 + i] = (uint8_t)(address >> (8 * i) & 0xff);
	sha384_init(&context);
	sha384_update(&context, SHA384_DIGEST_SIZE, digest);
	sha384_update(&context, sizeof(contents), contents);
	sha384_update(&context, sizeof(tail), tail);
	sha384_digest(&context, SHA384_DIGEST_SIZE, digest);
}

/* A section with the table of hashes, of all VMs here the same one, in it. */
static void extend_hashes(uint8_t digest[SHA384_DIGEST_SIZE], const uint8_t *section,
                          const uint8_t *place, const struct lsec_kernel_boot *boot)
{
	static const char *const guids[] = {
		"\x06\xd6\x38\x94\x22\x4f\xc9\x4c\xb4\x79\xa7\x93\xd4\x11\xfd\x21\xa8",
		"\xd8\x2d\xd0\x97\x20\xbd\x94\x4c\xaa\x78\xe7\x71\x4d\x36\xab\x2a\x32",
		"\x31\xf7\xba\x44\x2f\x3a\xd7\x4b\x9a\xf1\x41\xe2\x91\x69\x78\x1d\x32",
		"\x37\x94\xe7\x4d\xd2\xab\x7f\x42\xb8\x35\xd5\xb1\x72\xd2\x04\x5b\x32",
	};
	size_t size = word(section + 4);
	uint8_t *pages = calloc(1, size);
	uint8_t cmdline[LSEC_FILE_DIGEST_SIZE];
	struct sha256_ctx context;
	HOLDS(pages != NULL, "out of memory");
	sha256_init(&context);
	sha256_update(&context, strlen(boot->cmdline) + 1, (const uint8_t *)boot->cmdline);
	sha256_digest(&context, sizeof(cmdline), cmdline);
	const uint8_t *const files[] = {NULL, cmdline, boot->initrd, boot->kernel};
	uint8_t *at = pages + word(place) - word(section);
	HOLDS(word(place) >= word(section) && word(place) - word(section) + 176 <= size &&
	              word(place + 4) >= 176,
	      "a table that does not fit was taken");
	for (size_t i = 0; i < COUNT(guids); i++) {
		memcpy(at, guids[i], 18);
		if (files[i] != NULL)
			memcpy(at + 18, files[i], LSEC_FILE_DIGEST_SIZE);
		at += files[i] == NULL ? 18 : 50;
	}
	for (size_t page = 0; page < size; page += PAGE)
		extend(digest, 1, word(section) + page, pages + page);
	free(pages);
}

static void check_snp(const uint8_t *image, const struct lsec_snp_inputs *inputs,
                      const struct lsec_measurement *measurement)
{
	size_t count = 0;
	uint8_t digest[SHA384_DIGEST_SIZE] = {0};
	struct lsec_vcpu_states states;
	const uint8_t *section = metadata(image, SEV_METADATA, "ASEV", &count);
	const uint8_t *ap_address = entry(image, AP_ADDRESS);
	HOLDS(ap_address != NULL, "taken without an address for APs");
	for (size_t page = 0; page < SIZE; page += PAGE)
		extend(digest, 1, UINT64_C(0x100000000) - SIZE + page, image + page);
	for (; count > 0; count--, section += 12) {
		uint32_t type = word(section + 8);
		uint64_t end = (uint64_t)word(section) + word(section + 4);
		HOLDS(end <= UINT64_C(0x100000000), "a section past 4 GiB was taken");
		HOLDS(word(section) % PAGE == 0 && word(section + 4) % PAGE == 0, "not aligned");
		if (type == 0x10 && inputs->kernel_hashes) {
			extend_hashes(digest, section, entry(image, HASHES), &inputs->boot);
			continue;
		}
		for (uint64_t page = word(section); page < end; page += PAGE)
			extend(digest, type == 2 ? 5 : type == 3 ? 6 : 3, page, NULL);
	}
	lsec_vcpu_states(word(ap_address), inputs->cpu_signature, inputs->vmsa_features, &states);
	struct lsec_measurement all;
	memcpy(all.bytes, digest, sizeof(digest));
	for (unsigned i = 0; i < inputs->vcpus; i++)
		lsec_snp_add_vcpu(i == 0 ? states.first : states.other, &all);
	HOLDS(memcmp(&all, measurement, sizeof(all)) == 0, "another launch digest");
}

static void add_record(struct sha384_ctx *context, const char *name, uint64_t address)
{
	uint8_t record[128] = {0};
	memcpy(record, name, strlen(name));
	for (size_t i = 0; i < 8; i++)
		record[16 + i] = (uint8_t)(address >> (8 * i) & 0xff);
	sha384_update(context, sizeof(record), record);
}

static void check_tdx(const uint8_t *image, const struct lsec_measurement *measurement)
{
	static const uint8_t zeros[256];
	size_t count = 0;
	uint8_t digest[SHA384_DIGEST_SIZE];
	struct sha384_ctx context;
	const uint8_t *section = metadata(image, TDX_METADATA, "TDVF", &count);
	sha384_init(&context);
	for (; count > 0; count--, section += 32) {
		uint64_t data = word(section);
		uint64_t size = number(section + 16, 8);
		bool volume = word(section + 24) < 2;
		HOLDS(word(section + 4) == (volume ? size : 0), "two sizes were taken");
		HOLDS(!volume || data + size <= SIZE, "a split image was taken");
		for (uint64_t at = 0; at < size; at += 256) {
			uint64_t address = number(section + 8, 8) + at;
			if (at % PAGE == 0)
				add_record(&context, "MEM.PAGE.ADD", address);
			if ((word(section + 28) & 1) == 0)
				continue;
			add_record(&context, "MR.EXTEND", address);
			sha384_update(&context, 256, volume ? image + data + at : zeros);
		}
	}
	sha384_digest(&context, sizeof(digest), digest);
	HOLDS(memcmp(digest, measurement->bytes, sizeof(digest)) == 0, "another MRTD");
}

static uint64_t memory_of(const struct lsec_image *image)
{
	uint64_t ret = 0;
	for (size_t i = 0; i < image->section_count; i++)
		ret += image->sections[i].size;
	return ret;
}

static void check(const struct lsec_image *image, uint8_t vm)
{
	static const uint8_t kernel[LSEC_FILE_DIGEST_SIZE] = "kernel";
	static const uint8_t initrd[LSEC_FILE_DIGEST_SIZE] = "initrd";
	struct lsec_problems problems LSEC_CLEANUP(lsec_problems_clear) = {0};
	struct lsec_measurement measurement;
	const struct lsec_snp_inputs inputs = {
		.vcpus = 1 + (vm >> 2 & 3),
		.cpu_signature = 0xa00f11,
		.vmsa_features = LSEC_VMSA_FEATURES_DEFAULT,
		.kernel_hashes = (vm & 2) != 0,
		.boot = {kernel, initrd, "quiet"},
	};
	if (memory_of(image) > MOST_MEMORY)
		return;
	if (image->tee == LSEC_TEE_TDX) {
		lsec_measure_tdx(image, &measurement);
		check_tdx(image->firmware.bytes, &measurement);
	} else if (lsec_measure_snp(image, &inputs, &measurement, &problems) == 0) {
		check_snp(image->firmware.bytes, &inputs, &measurement);
	} else {
		HOLDS(inputs.kernel_hashes, "an image that was taken has no digest");
		fuzz_check_problems(&problems);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = {data, size};
	struct lsec_problems problems LSEC_CLEANUP(lsec_problems_clear) = {0};
	uint8_t vm = fuzz_byte(&input);
	size_t len = input.size < SIZE ? input.size : SIZE;
	uint8_t *bytes = calloc(1, SIZE);
	HOLDS(bytes != NULL, "out of memory");
	if (len > 0)
		memcpy(bytes + SIZE - len, input.data, len);
	const struct lsec_firmware firmware = {"image", bytes, SIZE};
	struct lsec_image image;
	if (lsec_image_parse(&firmware, (vm & 1) != 0 ? LSEC_TEE_TDX : LSEC_TEE_SEV_SNP, &image,
	                     &problems) < 0)
		fuzz_check_problems(&problems);
	else
		check(&image, vm);
	free(bytes);
	return 0;
}
