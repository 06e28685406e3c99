/* SPDX-License-Identifier: Apache-2.0 */
/* Recognizes launchsec's keys, and mistyped ones. */
#include "prefix.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "launchsec/keys.h"

/* Kubernetes: at most 253 bytes, a slash and 63 bytes. Longer ones reach no VM. */
enum { LONGEST = 317 };

#define WORD "launchsecurity"

const char *lsec_key_own(const char *key)
{
	size_t len = strlen(LSEC_PREFIX);
	return strncmp(key, LSEC_PREFIX, len) == 0 ? key + len : NULL;
}

static bool begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

/* Copies a key's part without capitals; without what separates words, too, unless `separators`. */
static void simplify(const char *part, size_t len, bool separators, char ret[LONGEST + 1])
{
	size_t used = 0;
	for (size_t i = 0; i < len && used < LONGEST; i++)
		if (separators || strchr(".-_", part[i]) == NULL)
			ret[used++] = (char)tolower((unsigned char)part[i]);
	ret[used] = '\0';
}

/* Whether a text begins with a word, of which one letter may be wrong, missing or too many, or
 * two be swapped. */
static bool begins_nearly(const char *text, const char *word)
{
	size_t same = 0;
	while (word[same] != '\0' && text[same] == word[same])
		same++;
	if (word[same] == '\0')
		return true;
	text += same;
	word += same;
	if (begins(text, word + 1)) /* missing */
		return true;
	if (text[0] == '\0')
		return false;
	return begins(text + 1, word + 1) || begins(text + 1, word) ||
	       (text[0] == word[1] && text[1] == word[0] && begins(text + 2, word + 2));
}

static bool has_nearly(const char *text, const char *word)
{
	for (; *text != '\0'; text++)
		if (begins_nearly(text, word))
			return true;
	return false;
}

/* Two of the three fragments by which the conditions in deploy/ know a prefix. */
static bool has_fragments(const char *simple)
{
	static const char *const fragments[] = {"laun", "ecurity", "kubevirt"};
	size_t found = 0;
	for (size_t i = 0; i < sizeof(fragments) / sizeof(fragments[0]); i++)
		found += strstr(simple, fragments[i]) != NULL;
	return found >= 2;
}

/* launchsec's own words, perhaps with others between them, or without the domain. */
static bool is_near(const char *prefix)
{
	static const char *const alone[] = {WORD, WORD "vm", WORD "io", WORD "vmio"};
	for (size_t i = 0; i < sizeof(alone) / sizeof(alone[0]); i++)
		if (strcmp(prefix, alone[i]) == 0)
			return true;
	return has_fragments(prefix) && has_nearly(prefix, "kubevirt") &&
	       (strstr(prefix, "launchsec") != NULL || has_nearly(prefix, WORD));
}

/* A name that contains launchsec's prefix: launchsecurity, launchsecurity.type,
 * launch-security-policy. */
static bool is_name(const char *name)
{
	char known[LONGEST + 1];
	if (!begins(name, WORD))
		return false;
	const char *rest = name + strlen(WORD);
	for (size_t i = 0; i < LSEC_KEYS; i++) {
		simplify(lsec_key(i)->name, strlen(lsec_key(i)->name), false, known);
		if (lsec_edit_distance(rest, known) <= 1)
			return true;
	}
	return rest[0] == '\0';
}

bool lsec_key_nearly_own(const char *key)
{
	char prefix[LONGEST + 1];
	char simple[LONGEST + 1];
	char name[LONGEST + 1];
	size_t len = strcspn(key, "/");
	size_t all = strlen(key);
	if (lsec_key_own(key) != NULL || all > LONGEST)
		return false;
	bool whole = key[len] == '\0';
	const char *own = whole ? key : key + len + 1;
	simplify(key, len, true, prefix);
	simplify(key, len, false, simple);
	simplify(own, strlen(own), false, name);
	/* The word alone is anybody's; KubeVirt's own field has it as its name. */
	if (whole && strcmp(simple, WORD) == 0)
		return false;
	return lsec_edit_distance(prefix, "launchsecurity.vm.kubevirt.io") <= 3 ||
	       is_near(simple) || ((whole || strstr(prefix, "kubevirt") != NULL) && is_name(name));
}

const char *lsec_key_meant(const char *key)
{
	const char *longest = NULL;
	size_t len = strlen(key);
	for (size_t i = 0; i < LSEC_KEYS; i++) {
		const char *name = lsec_key(i)->name;
		size_t size = strlen(name);
		if (size < len && strcasecmp(key + len - size, name) == 0 &&
		    strchr("/.-_", key[len - size - 1]) != NULL &&
		    (longest == NULL || size > strlen(longest)))
			longest = name;
	}
	return longest;
}

int lsec_key_refuse_mistyped(const char *key, struct lsec_problems *problems)
{
	const char *meant = lsec_key_meant(key);
	return lsec_problem_add(problems, lsec_quote(key).text,
	                        "unknown key; did you mean %s" LSEC_PREFIX "%s?",
	                        meant == NULL ? "the prefix " : "", meant == NULL ? "" : meant);
}
