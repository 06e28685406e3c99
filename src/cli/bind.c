/* SPDX-License-Identifier: Apache-2.0 */
/* The annotation that binds a file's digest to the report, and what the report then has. */
#include "bind.h"

#include <string.h>
#include <unistd.h>

#include "io.h"
#include "launchsec/keys.h"
#include "launchsec/limits.h"
#include "output.h"
#include "shown.h"

static void print_text(struct lsec_buffer *ret, const struct lsec_shown_all *shown, size_t len)
{
	const struct lsec_key *key = lsec_key(LSEC_KEY_BIND);
	lsec_buffer_format(ret, LSEC_PREFIX "%s: \"hex:%s\"\n\nSHA-256 of the file's %zu bytes\n",
	                   key->name, shown->of[0].hex, len);
	for (size_t i = 0; i < LSEC_SHOWN; i++) {
		lsec_buffer_text(ret, "\n");
		lsec_shown_text(ret, &shown->of[i], NULL);
	}
}

static void print_json(struct lsec_buffer *ret, const struct lsec_shown_all *shown, size_t len)
{
	cleanup_json struct json_object *root = lsec_json_new_object();
	struct json_object *annotations = lsec_json_new_object();
	cleanup_free char *key = lsec_concat(LSEC_PREFIX, lsec_key(LSEC_KEY_BIND)->name);
	cleanup_free char *value = lsec_concat("hex:", shown->of[0].hex);
	lsec_json_add_text(annotations, key, value);
	lsec_json_add(root, "annotations", annotations);
	lsec_json_add(root, "bytes", lsec_json_new_number((int64_t)len));
	for (size_t i = 0; i < LSEC_SHOWN; i++)
		lsec_json_add(root, shown->of[i].title, lsec_shown_json(&shown->of[i], NULL));
	lsec_json_print(ret, root);
}

enum lsec_exit lsec_run_bind(const struct lsec_options *options, struct lsec_problems *problems)
{
	struct lsec_shown_all shown LSEC_CLEANUP(lsec_shown_clear) = {0};
	cleanup_buffer struct lsec_buffer file = {0};
	cleanup_buffer struct lsec_buffer text = {0};
	const char *name = lsec_input_name(options->file);
	if (lsec_read_file(options->file, LSEC_MAX_DOCUMENT, &file, problems) < 0)
		return LSEC_EXIT_FAILED;
	if (file.len == 0)
		lsec_problem_add(problems, name, "is empty; name the file to bind");
	if (file.len > LSEC_MAX_DOCUMENT)
		lsec_problem_add(problems, name,
		                 "is larger than %d bytes, the limit; bind a smaller file",
		                 (int)LSEC_MAX_DOCUMENT);
	/* RFC 7468, and OpenSSH's PROTOCOL.key. */
	if (file.len > 0 && memmem(file.bytes, file.len, "PRIVATE KEY-----", 16) != NULL)
		lsec_problem_add(
			problems, name,
			"has a private key; bind its public key (ssh-keygen -y -f FILE, or openssl pkey -in FILE -pubout)");
	if (problems->count > 0)
		return LSEC_EXIT_REFUSED;
	const struct lsec_digest digest = lsec_digest_of(LSEC_SHA_256, file.bytes, file.len);
	lsec_shown_of(&digest, &shown);
	if (options->verify != NULL)
		return lsec_shown_verify(&shown, "file", options->verify, problems) < 0
		               ? LSEC_EXIT_REFUSED
		               : LSEC_EXIT_DONE;
	(options->format == LSEC_FORMAT_JSON ? print_json : print_text)(&text, &shown, file.len);
	lsec_write_all(STDOUT_FILENO, "standard output", text.bytes, text.len, problems);
	return lsec_exit_of(problems, LSEC_EXIT_DONE);
}
