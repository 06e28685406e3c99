/* SPDX-License-Identifier: Apache-2.0 */
/* What an initdata document becomes in reports. */
#include "initdata.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "annotations/initdata.h"
#include "base/bytes.h"
#include "base/lines.h"
#include "io.h"
#include "output.h"
#include "shown.h"

struct facts {
	struct lsec_initdata initdata;
	char *string; /* the OEM string */
	struct lsec_shown_all shown;
};

static void facts_clear(struct facts *facts)
{
	lsec_shown_clear(&facts->shown);
	free(facts->string);
	lsec_initdata_clear(&facts->initdata);
}

/* Keys, in OpenSSH's and in RFC 7468's form, are bound otherwise. */
static bool is_key(const struct lsec_buffer *file)
{
	static const char *const begins[] = {"ssh-", "ecdsa-", "sk-", "-----BEGIN "};
	for (size_t i = 0; file->len > 0 && i < sizeof(begins) / sizeof(begins[0]); i++)
		if (strncmp(file->bytes, begins[i], strlen(begins[i])) == 0)
			return true;
	return false;
}

static int read_facts(const char *path, struct facts *facts, struct lsec_problems *problems)
{
	cleanup_buffer struct lsec_buffer file = {0};
	const char *name = lsec_input_name(path);
	if (lsec_read_file(path, LSEC_MAX_DOCUMENT, &file, problems) < 0)
		return -1;
	if (is_key(&file))
		return lsec_problem_add(
			problems, name,
			"is a key, not an initdata document; \"launchsec bind\" binds other files");
	if (lsec_initdata_read(name, file.bytes == NULL ? "" : file.bytes, file.len,
	                       &facts->initdata, problems) < 0)
		return -1;
	const char *doubt = lsec_initdata_doubt(&facts->initdata);
	if (doubt != NULL)
		fprintf(stderr,
		        LSEC_WARNING_LINE
		        "%s: the document %s; carry it as base64 (base64 -w0 FILE)\n",
		        lsec_printable(name) ? name : lsec_quote(name).text, doubt);
	lsec_shown_of(&facts->initdata.digest, &facts->shown);
	facts->string = lsec_base64_encode(facts->initdata.document, facts->initdata.len);
	return 0;
}

static void print_text(struct lsec_buffer *ret, const struct facts *facts, const char *value)
{
	const struct lsec_initdata *initdata = &facts->initdata;
	lsec_buffer_format(ret, "%s document, %zu bytes, %zu text%s, %s\n",
	                   initdata->json ? "JSON" : "TOML", initdata->len, initdata->data_count,
	                   initdata->data_count == 1 ? "" : "s",
	                   lsec_hash_name(initdata->algorithm));
	for (size_t i = 0; i < LSEC_SHOWN; i++) {
		lsec_buffer_text(ret, "\n");
		lsec_shown_text(ret, &facts->shown.of[i], value);
	}
	lsec_buffer_format(
		ret,
		"\nOEM string (SMBIOS type 11), base64 of the document; the annotation accepts it too\n  %s\n",
		facts->string);
}

static void print_json(struct lsec_buffer *ret, const struct facts *facts, const char *value)
{
	const struct lsec_initdata *initdata = &facts->initdata;
	cleanup_json struct json_object *root = lsec_json_new_object();
	lsec_json_add_text(root, "language", initdata->json ? "json" : "toml");
	lsec_json_add(root, "bytes", lsec_json_new_number((int64_t)initdata->len));
	lsec_json_add(root, "texts", lsec_json_new_number((int64_t)initdata->data_count));
	lsec_json_add_text(root, "algorithm", lsec_hash_name(initdata->algorithm));
	for (size_t i = 0; i < LSEC_SHOWN; i++)
		lsec_json_add(root, facts->shown.of[i].title,
		              lsec_shown_json(&facts->shown.of[i], value));
	lsec_json_add_text(root, "oemString", facts->string);
	lsec_json_print(ret, root);
}

enum lsec_exit lsec_run_initdata(const struct lsec_options *options, struct lsec_problems *problems)
{
	struct facts facts LSEC_CLEANUP(facts_clear) = {0};
	cleanup_buffer struct lsec_buffer text = {0};
	if (read_facts(options->file, &facts, problems) < 0 ||
	    (options->verify != NULL &&
	     lsec_shown_verify(&facts.shown, "document", options->verify, problems) < 0))
		return lsec_exit_of(problems, LSEC_EXIT_REFUSED);
	(options->format == LSEC_FORMAT_JSON ? print_json : print_text)(&text, &facts,
	                                                                options->verify);
	lsec_write_all(STDOUT_FILENO, "standard output", text.bytes, text.len, problems);
	return lsec_exit_of(problems, LSEC_EXIT_DONE);
}
