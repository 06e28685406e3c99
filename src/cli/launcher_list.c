/* SPDX-License-Identifier: Apache-2.0 */
/* Every firmware image of a virt-launcher image, and what each TEE makes of it. */
#include "launcher_list.h"

#include "base/bytes.h"
#include "base/digest.h"
#include "base/json.h"
#include "io.h"
#include "launcher/launcher.h"
#include "launchsec/measure.h"
#include "output.h"

/* QEMU target/i386/sev.h, ovmf_sev_metadata_desc_type. */
static const char *section_name(uint32_t type)
{
	static const char *const names[] = {NULL, "memory", "secrets", "cpuid", "svsm-caa"};
	if (type == 0x10)
		return "kernel-hashes";
	return type < sizeof(names) / sizeof(names[0]) ? names[type] : NULL;
}

static struct json_object *hex(uint64_t number)
{
	cleanup_free char *text = lsec_format("0x%llx", (unsigned long long)number);
	return lsec_json_new_text(text);
}

/* Why an image is none for a TEE, without what to do about it. */
static struct json_object *refused(const struct lsec_problems *problems)
{
	struct json_object *ret = lsec_json_new_object();
	const char *what = problems->items[0].what;
	const char *fix = strstr(what, "; ");
	size_t len = fix == NULL ? strlen(what) : (size_t)(fix - what);
	lsec_json_add(ret, "refused", lsec_json_new_bytes(what, len));
	return ret;
}

static struct json_object *sections_of(const struct lsec_image *image)
{
	struct json_object *list = lsec_json_new_list();
	for (size_t i = 0; i < image->section_count; i++) {
		const struct lsec_section *section = &image->sections[i];
		const char *name = section_name(section->type);
		struct json_object *item = lsec_json_new_object();
		lsec_json_add(item, "type",
		              name == NULL ? hex(section->type) : lsec_json_new_text(name));
		lsec_json_add(item, "address", hex(section->address));
		lsec_json_add(item, "size", hex(section->size));
		lsec_json_append(list, item);
	}
	return list;
}

/* What the launch digest needs of it. The digest itself is of a VM. */
static struct json_object *snp_of(const struct lsec_firmware *firmware)
{
	struct lsec_problems problems LSEC_CLEANUP(lsec_problems_clear) = {0};
	struct lsec_image image;
	if (lsec_image_parse(firmware, LSEC_TEE_SEV_SNP, &image, &problems) < 0)
		return refused(&problems);
	struct json_object *ret = lsec_json_new_object();
	lsec_json_add(ret, "sections", sections_of(&image));
	lsec_json_add(ret, "ap-address", hex(image.ap_address));
	lsec_json_add(ret, "kernel-hashes",
	              lsec_json_new_boolean(image.hash_place == LSEC_HASH_PLACE_FITS));
	return ret;
}

static struct json_object *tdx_of(const struct lsec_firmware *firmware)
{
	struct lsec_problems problems LSEC_CLEANUP(lsec_problems_clear) = {0};
	struct lsec_image image;
	struct lsec_measurement measurement;
	if (lsec_image_parse(firmware, LSEC_TEE_TDX, &image, &problems) < 0)
		return refused(&problems);
	lsec_measure_tdx(&image, &measurement);
	struct json_object *ret = lsec_json_new_object();
	lsec_json_add_text(ret, "mr_td", lsec_measurement_text(&measurement).text);
	return ret;
}

static struct json_object *file_to_json(const struct lsec_launcher_file *file)
{
	struct json_object *ret = lsec_json_new_object();
	lsec_json_add_text(ret, "path", file->path);
	lsec_json_add(ret, "link", file->link == NULL ? NULL : lsec_json_new_text(file->link));
	if (file->link != NULL)
		return ret;
	const struct lsec_firmware firmware = {file->path, file->bytes, file->size};
	const struct lsec_digest digest = lsec_digest_of(LSEC_SHA_256, file->bytes, file->size);
	cleanup_free char *sha256 = lsec_hex_encode(digest.bytes, digest.len);
	lsec_json_add(ret, "size", lsec_json_new_number((int64_t)file->size));
	lsec_json_add_text(ret, "sha256", sha256);
	lsec_json_add(ret, "sev-snp", snp_of(&firmware));
	lsec_json_add(ret, "tdx", tdx_of(&firmware));
	return ret;
}

/* For people: the same, made from the JSON, so that both say one thing. */

static const char *text_in(const struct json_object *object, const char *name)
{
	return lsec_json_text(lsec_json_member(object, name));
}

static void snp_to_text(struct lsec_buffer *ret, const struct json_object *snp)
{
	const struct json_object *sections = lsec_json_member(snp, "sections");
	for (size_t i = 0; i < lsec_json_count(sections); i++)
		lsec_buffer_format(ret, "%s%s", i == 0 ? "" : " ",
		                   text_in(json_object_array_get_idx(sections, i), "type"));
	lsec_buffer_format(ret, "; vCPUs but the first start at %s; kernel-hashes %s\n",
	                   text_in(snp, "ap-address"),
	                   lsec_json_is(lsec_json_member(snp, "kernel-hashes"), true)
	                           ? "possible"
	                           : "not possible");
}

static void file_to_text(struct lsec_buffer *ret, const struct json_object *file)
{
	const char *link = text_in(file, "link");
	const struct json_object *snp = lsec_json_member(file, "sev-snp");
	const struct json_object *tdx = lsec_json_member(file, "tdx");
	cleanup_free char *name = link == NULL
	                                  ? lsec_strdup(text_in(file, "path"))
	                                  : lsec_format("%s -> %s", text_in(file, "path"), link);
	lsec_make_printable(name);
	lsec_buffer_format(ret, "%s\n", name);
	if (link != NULL)
		return;
	lsec_buffer_format(ret, "  size     %lld\n  sha256   %s\n  sev-snp  ",
	                   (long long)json_object_get_int64(lsec_json_member(file, "size")),
	                   text_in(file, "sha256"));
	if (text_in(snp, "refused") == NULL)
		snp_to_text(ret, snp);
	else
		lsec_buffer_format(ret, "no: %s\n", text_in(snp, "refused"));
	if (text_in(tdx, "refused") == NULL)
		lsec_buffer_format(ret, "  mr_td    %s\n", text_in(tdx, "mr_td"));
	else
		lsec_buffer_format(ret, "  mr_td    no: %s\n", text_in(tdx, "refused"));
}

static struct json_object *list_to_json(const struct lsec_launcher_list *list)
{
	struct json_object *ret = lsec_json_new_list();
	for (size_t i = 0; i < list->count; i++)
		lsec_json_append(ret, file_to_json(&list->of[i]));
	return ret;
}

enum lsec_exit lsec_list_launcher(const struct lsec_options *options,
                                  struct lsec_problems *problems)
{
	cleanup_launcher struct lsec_launcher *launcher = NULL;
	struct lsec_launcher_list list LSEC_CLEANUP(lsec_launcher_list_clear) = {0};
	cleanup_buffer struct lsec_buffer text = {0};
	if (lsec_launcher_open(options->launcher, lsec_image_has_table, &launcher, problems) < 0 ||
	    lsec_launcher_list(launcher, &list, problems) < 0)
		return lsec_exit_of(problems, LSEC_EXIT_REFUSED);
	if (list.count == 0) {
		lsec_problem_add(
			problems, options->launcher,
			"the image has no firmware for confidential guests; name the virt-launcher image for amd64");
		return LSEC_EXIT_REFUSED;
	}
	cleanup_json struct json_object *json = list_to_json(&list);
	if (options->format == LSEC_MEASURE_JSON)
		lsec_json_print(&text, json);
	for (size_t i = 0; options->format != LSEC_MEASURE_JSON && i < list.count; i++)
		file_to_text(&text, json_object_array_get_idx(json, i));
	return lsec_print(options->output, text.bytes, text.len, problems) < 0 ? LSEC_EXIT_FAILED
	                                                                       : LSEC_EXIT_DONE;
}
