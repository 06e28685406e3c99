/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ID blocks on the command line: values from options and keys from files, and the annotations that
 * a VM needs. What the block is and what the firmware checks: launchsec/id_block.h.
 */
#include "id_block.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "annotations/values.h"
#include "base/bytes.h"
#include "base/json.h"
#include "given_bytes.h"
#include "io.h"
#include "launchsec/id_block.h"
#include "launchsec/policy.h"
#include "output.h"
#include "secret.h"

/* A value that is no annotation, but written like one. */
static const struct lsec_key id_value = {
	.name = "id", .type = LSEC_VALUE_BYTES, .bytes = LSEC_LAUNCH_ID_SIZE};

/* An option whose value is bytes, and where they go: as many as its key has. */
struct bytes_option {
	const char *name;
	const struct lsec_key *key;
	const char *text; /* NULL: not given */
	uint8_t *ret;
};

/* The text on standard input, without the line end behind it. */
static int read_text(const char *option, struct lsec_buffer *ret, struct lsec_problems *problems)
{
	if (lsec_read_file("-", LSEC_MAX_VALUE, ret, problems) < 0)
		return -1;
	lsec_buffer_text(ret, "");
	if (ret->len > 0 && ret->bytes[ret->len - 1] == '\n')
		ret->bytes[--ret->len] = '\0';
	if (ret->len > 0 && ret->bytes[ret->len - 1] == '\r')
		ret->bytes[--ret->len] = '\0';
	if (strlen(ret->bytes) == ret->len)
		return 0;
	return lsec_problem_add(
		problems, option,
		"standard input holds a NUL byte, so it is not text; write the value in hex or base64");
}

static int read_bytes(const struct bytes_option *option, struct lsec_problems *problems)
{
	cleanup_buffer struct lsec_buffer input = {0};
	const char *text = option->text;
	if (text == NULL)
		return 0;
	if (strcmp(text, "-") == 0) {
		if (read_text(option->name, &input, problems) < 0)
			return -1;
		text = input.bytes;
	}
	return lsec_given_bytes(option->key, option->name, text, option->ret, problems);
}

/* Refuses what the annotation refuses; `report` gets the same warnings. */
static int read_policy(const struct lsec_options *options, uint64_t *ret,
                       struct lsec_report *report, struct lsec_problems *problems)
{
	struct lsec_policy policy = {LSEC_TEE_SEV_SNP, LSEC_POLICY_SNP_DEFAULT, "--policy"};
	if (options->policy != NULL &&
	    (lsec_value_check_text(policy.place, options->policy, problems) < 0 ||
	     lsec_policy_parse(policy.tee, policy.place, options->policy, &policy.bits, problems) <
	             0))
		return -1;
	*ret = policy.bits;
	if (options->verifies)
		return 0;
	int status = lsec_policy_check(&policy, true, NULL, problems);
	if (lsec_policy_is_debug(policy.tee, policy.bits) && !options->allow_debug)
		return lsec_problem_add(
			problems, policy.place,
			"policy 0x%llx sets debug, so the host can read the guest's memory; remove debug, or add --allow-debug if the host may",
			(unsigned long long)policy.bits);
	if (status == 0)
		lsec_policy_warn(&policy, report);
	return status;
}

static int read_guest_svn(const char *text, uint32_t *ret, struct lsec_problems *problems)
{
	uint64_t number = 0;
	if (text != NULL && (!lsec_number(text, &number) || number > UINT32_MAX))
		return lsec_problem_add(problems, "--guest-svn",
		                        "must be a number from 0 to 4294967295, got %s",
		                        lsec_quote(text).text);
	*ret = (uint32_t)number;
	return 0;
}

static int read_block(const struct lsec_options *options, struct lsec_id_block *ret,
                      struct lsec_report *report, struct lsec_problems *problems)
{
	const struct bytes_option bytes[] = {
		{"--digest", &lsec_given_digest_key, options->digest, ret->digest},
		{"--family-id", &id_value, options->family_id, ret->family_id},
		{"--image-id", &id_value, options->image_id, ret->image_id},
	};
	int status = 0;
	for (size_t i = 0; i < sizeof(bytes) / sizeof(bytes[0]); i++)
		status |= read_bytes(&bytes[i], problems);
	status |= read_policy(options, &ret->policy, report, problems);
	return status | read_guest_svn(options->guest_svn, &ret->guest_svn, problems);
}

/* What was made, and the digests of the public keys, by which a verifier knows them. */
struct made {
	struct lsec_id_block block;
	struct lsec_id_pair pair;
	bool has_author;
	uint8_t id_key[LSEC_LAUNCH_DIGEST_SIZE], author_key[LSEC_LAUNCH_DIGEST_SIZE];
};

/* Before the system has collected enough randomness, it may be interrupted. */
static ssize_t random_bytes(void *ret, size_t len, unsigned flags)
{
	ssize_t got;
	do
		got = getrandom(ret, len, flags);
	while (got < 0 && errno == EINTR);
	return got;
}

static int sign(const struct lsec_options *options, struct made *made, bool good,
                struct lsec_problems *problems)
{
	struct lsec_signing_key id LSEC_CLEANUP(lsec_signing_key_clear) = {{0}, {0}};
	struct lsec_signing_key author LSEC_CLEANUP(lsec_signing_key_clear) = {{0}, {0}};
	made->has_author = options->author_key != NULL;
	int status = lsec_read_key("--id-key", options->id_key, &id, problems);
	if (made->has_author)
		status |= lsec_read_key("--author-key", options->author_key, &author, problems);
	if (status < 0 || !good)
		return -1;
	const struct lsec_id_signers signers = {&id, made->has_author ? &author : NULL,
	                                        random_bytes};
	lsec_id_key_digest(id.public_key, made->id_key);
	lsec_id_key_digest(author.public_key, made->author_key);
	return lsec_id_block_make(&made->block, &signers, &made->pair, problems);
}

static void print_line(struct lsec_buffer *ret, enum lsec_key_id key, const char *value)
{
	lsec_buffer_format(ret, LSEC_PREFIX "%s: \"%s\"\n", lsec_key(key)->name, value);
}

static void print_text(struct lsec_buffer *ret, const struct made *made)
{
	cleanup_free char *block = lsec_base64_encode(made->pair.block, sizeof(made->pair.block));
	cleanup_free char *auth = lsec_base64_encode(made->pair.auth, sizeof(made->pair.auth));
	cleanup_free char *policy = lsec_format("0x%llx", (unsigned long long)made->block.policy);
	print_line(ret, LSEC_KEY_ID_BLOCK, block);
	print_line(ret, LSEC_KEY_ID_AUTH, auth);
	if (made->has_author)
		print_line(ret, LSEC_KEY_AUTHOR_KEY, "yes");
	print_line(ret, LSEC_KEY_POLICY, policy);
	if (lsec_policy_is_debug(LSEC_TEE_SEV_SNP, made->block.policy))
		print_line(ret, LSEC_KEY_ALLOW_DEBUG, "yes");
}

static void add_base64(struct json_object *object, const char *name, const void *bytes, size_t len)
{
	cleanup_free char *text = lsec_base64_encode(bytes, len);
	lsec_json_add_text(object, name, text);
}

static void add_hex(struct json_object *object, const char *name, const void *bytes, size_t len)
{
	cleanup_free char *text = lsec_hex_encode(bytes, len);
	lsec_json_add_text(object, name, text);
}

static void print_json(struct lsec_buffer *ret, const struct made *made)
{
	const struct lsec_id_block *block = &made->block;
	cleanup_json struct json_object *root = lsec_json_new_object();
	cleanup_free char *policy = lsec_format("0x%llx", (unsigned long long)block->policy);
	add_base64(root, "id-block", made->pair.block, sizeof(made->pair.block));
	add_base64(root, "id-auth", made->pair.auth, sizeof(made->pair.auth));
	add_hex(root, "id-key-digest", made->id_key, sizeof(made->id_key));
	if (made->has_author)
		add_hex(root, "author-key-digest", made->author_key, sizeof(made->author_key));
	else
		lsec_json_add(root, "author-key-digest", NULL);
	add_hex(root, "digest", block->digest, sizeof(block->digest));
	lsec_json_add_text(root, "policy", policy);
	add_hex(root, "family-id", block->family_id, sizeof(block->family_id));
	add_hex(root, "image-id", block->image_id, sizeof(block->image_id));
	lsec_json_add(root, "guest-svn", lsec_json_new_number(block->guest_svn));
	lsec_json_print(ret, root);
}

static int make(const struct lsec_options *options, struct lsec_problems *problems)
{
	struct lsec_report report LSEC_CLEANUP(lsec_report_clear) = {0};
	cleanup_buffer struct lsec_buffer text = {0};
	struct made made = {0};
	if (lsec_keep_secrets(problems) < 0)
		return -1;
	bool good = read_block(options, &made.block, &report, problems) == 0;
	if (sign(options, &made, good, problems) < 0)
		return -1;
	lsec_print_warnings(&report);
	(options->format == LSEC_FORMAT_JSON ? print_json : print_text)(&text, &made);
	return lsec_print(options->output, text.bytes, text.len, problems);
}

static int verify(const struct lsec_options *options, struct lsec_problems *problems)
{
	struct lsec_id_pair pair;
	uint8_t digest[LSEC_LAUNCH_DIGEST_SIZE];
	uint64_t policy = 0;
	const struct bytes_option bytes[] = {
		{"--id-block", lsec_key(LSEC_KEY_ID_BLOCK), options->id_block, pair.block},
		{"--id-auth", lsec_key(LSEC_KEY_ID_AUTH), options->id_auth, pair.auth},
		{"--digest", &lsec_given_digest_key, options->digest, digest},
	};
	int status = 0;
	for (size_t i = 0; i < sizeof(bytes) / sizeof(bytes[0]); i++)
		status |= read_bytes(&bytes[i], problems);
	if ((status | read_policy(options, &policy, NULL, problems)) < 0)
		return -1;
	const struct lsec_id_verification verification = {
		.block = {pair.block, sizeof(pair.block), "--id-block"},
		.auth = {pair.auth, sizeof(pair.auth), "--id-auth"},
		.digest = options->digest == NULL ? NULL : digest,
		.policy = options->policy == NULL ? NULL : &policy,
	};
	return lsec_id_block_verify(&verification, NULL, problems);
}

enum lsec_exit lsec_run_id_block(const struct lsec_options *options, struct lsec_problems *problems)
{
	int status = (options->verifies ? verify : make)(options, problems);
	return lsec_exit_of(problems, status < 0 ? LSEC_EXIT_REFUSED : LSEC_EXIT_DONE);
}
