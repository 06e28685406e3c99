/* SPDX-License-Identifier: Apache-2.0 */
/* What the unit tests share. Tests run in the root of the source tree. */
#ifndef LAUNCHSEC_TESTS_SUPPORT_H
#define LAUNCHSEC_TESTS_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "launchsec/apply.h"

#define CAPTURES "tests/golden/captures/"

/* The captures' names, before .domain.xml and .vmi.json. */
static const char *const captures[] __attribute__((unused)) = {
	"bios-plain",  "devices-rich", "efi-plain",  "efi-secureboot", "efi-secureboot-autoselect",
	"kernel-boot", "native-sev",   "native-snp", "native-tdx",     "windows-secureboot",
};
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* 32 and 48 zero bytes in base64. */
#define ZEROS_32 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define ZEROS_48 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

/* Small domains: `os` goes into <os>, the rest into <domain>. */
#define DOMAIN(os, rest)                                                                           \
	"<domain type='kvm'><os><type arch='x86_64' machine='q35'>hvm</type>" os "</os>" rest      \
	"</domain>"
#define PLAIN DOMAIN("", "")
#define SNP_DOMAIN(inside) DOMAIN("", "<launchSecurity type='sev-snp'>" inside "</launchSecurity>")
#define TDX_DOMAIN(inside) DOMAIN("", "<launchSecurity type='tdx'>" inside "</launchSecurity>")

static inline void print_problems(const struct lsec_problems *problems)
{
	for (size_t i = 0; i < problems->count; i++)
		print_message("  %s: %s\n", problems->items[i].place, problems->items[i].what);
	if (problems->failed)
		print_message("  (failed)\n");
}

/* Nothing may have been told. */
static inline void expect_none(struct lsec_problems *problems)
{
	print_problems(problems);
	assert_false(lsec_problems_any(problems));
}

static inline bool has_problem(const struct lsec_problems *problems, const char *place,
                               const char *what)
{
	for (size_t i = 0; i < problems->count; i++)
		if ((place == NULL || strcmp(problems->items[i].place, place) == 0) &&
		    strstr(problems->items[i].what, what) != NULL)
			return true;
	return false;
}

/* One refusal at `place` (NULL: any) with `what` in it must have been told, among others. */
static inline void expect_among(const struct lsec_problems *problems, const char *place,
                                const char *what)
{
	if (!has_problem(problems, place, what)) {
		print_message("wanted %s: …%s…, but there is:\n", place == NULL ? "*" : place,
		              what);
		print_problems(problems);
		fail();
	}
	assert_false(problems->failed);
}

/* Exactly that one refusal must have been told; forgets it. */
static inline void expect_problem(struct lsec_problems *problems, const char *place,
                                  const char *what)
{
	expect_among(problems, place, what);
	if (problems->count != 1)
		print_problems(problems);
	assert_int_equal(problems->count, 1);
	lsec_problems_clear(problems);
}

/* A whole file, NUL-terminated, to be freed. */
static inline char *read_whole(const char *path, size_t *ret_len)
{
	FILE *file = fopen(path, "rbe");
	if (file == NULL)
		print_message("cannot open %s\n", path);
	assert_non_null(file);
	struct lsec_buffer buffer = {0};
	char chunk[4096];
	size_t got;
	while ((got = fread(chunk, 1, sizeof(chunk), file)) > 0)
		lsec_buffer_add(&buffer, chunk, got);
	fclose(file);
	if (ret_len != NULL)
		*ret_len = buffer.len;
	return lsec_buffer_take(&buffer);
}

/* The one line of a file, to be freed. */
static inline char *read_one_line(const char *path)
{
	char *text = read_whole(path, NULL);
	text[strcspn(text, "\n")] = '\0';
	return text;
}

/* `count` times the character `c`, to be freed. */
static inline char *repeat(char c, size_t count)
{
	char *text = malloc(count + 1);
	assert_non_null(text);
	memset(text, c, count);
	text[count] = '\0';
	return text;
}

/* Facts of an AMD CPU with SEV-SNP, C-bit 51 and one bit less; the rest unknown. */
#define SNP_EAX 0x1a
#define SNP_EBX 0x73

/* A request with all that it points to. */
struct scene {
	struct lsec_vmi vmi;
	struct lsec_host host;
	struct lsec_config config;
	struct lsec_problems problems;
	struct lsec_result result;
};

static inline void scene_clear(struct scene *scene)
{
	lsec_vmi_clear(&scene->vmi);
	lsec_config_clear(&scene->config);
	lsec_problems_clear(&scene->problems);
	lsec_result_clear(&scene->result);
}
#define SCENE LSEC_CLEANUP(scene_clear) struct scene

static inline void set(struct scene *scene, const char *key, const char *value)
{
	lsec_vmi_set(&scene->vmi, key, value);
}

static inline void set_default(struct scene *scene, const char *key, const char *value)
{
	assert_int_equal(
		lsec_config_set_default(&scene->config, "cluster", key, value, &scene->problems),
		0);
}

static inline int apply_to(struct scene *scene, const char *domain, size_t len)
{
	struct lsec_request request = {domain,      len,          "domain.xml",
	                               &scene->vmi, &scene->host, &scene->config};
	lsec_result_clear(&scene->result);
	return lsec_apply(&request, true, &scene->result, &scene->problems);
}

/*
 * Applies to a domain that must be taken, and to the result again, which must not change: no byte,
 * no record.
 */
static inline const char *applied(struct scene *scene, const char *domain)
{
	struct lsec_result again = {0};
	if (apply_to(scene, domain, strlen(domain)) < 0)
		print_problems(&scene->problems);
	assert_false(lsec_problems_any(&scene->problems));
	assert_non_null(scene->result.domain);
	assert_int_equal(strlen(scene->result.domain), scene->result.domain_len);
	struct lsec_request request = {scene->result.domain, scene->result.domain_len,
	                               "again.xml",          &scene->vmi,
	                               &scene->host,         &scene->config};
	assert_int_equal(lsec_apply(&request, false, &again, &scene->problems), 0);
	assert_string_equal(again.domain, scene->result.domain);
	assert_int_equal(again.report.change_count, 0);
	lsec_result_clear(&again);
	return scene->result.domain;
}

/* Applies to a domain that must be refused. */
static inline void refused(struct scene *scene, const char *domain)
{
	assert_int_equal(apply_to(scene, domain, strlen(domain)), -1);
	assert_null(scene->result.domain);
	assert_true(lsec_problems_any(&scene->problems));
}

static inline void expect_contains(const char *text, const char *piece)
{
	if (strstr(text, piece) == NULL)
		print_message("wanted %s in:\n%s\n", piece, text);
	assert_non_null(strstr(text, piece));
}

static inline void expect_lacks(const char *text, const char *piece)
{
	if (strstr(text, piece) != NULL)
		print_message("wanted no %s in:\n%s\n", piece, text);
	assert_null(strstr(text, piece));
}

/* The recorded change of a place, which must be there. */
static inline struct lsec_change change_at(const struct lsec_result *result, const char *place)
{
	for (size_t i = 0; i < result->report.change_count; i++)
		if (strcmp(result->report.changes[i].place, place) == 0)
			return result->report.changes[i];
	print_message("no change of %s\n", place);
	fail();
	return (struct lsec_change){0};
}

static inline bool warned(const struct lsec_result *result, const char *place)
{
	for (size_t i = 0; i < result->report.warning_count; i++)
		if (strcmp(result->report.warnings[i].place, place) == 0)
			return true;
	return false;
}

#endif
