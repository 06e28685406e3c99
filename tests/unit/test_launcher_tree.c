/* SPDX-License-Identifier: Apache-2.0 */
/* Layers put on each other: links, white-outs, and where runtimes do not agree. */
#include "launcher/tree.h"

#include "support.h"

/* Adds what a text says, an entry a word: "a/b/" a directory, "a/b" something that is not kept,
 * "a/b=TEXT" a file that is kept, "a/b>TARGET" a symbolic link, "a/b&TARGET" a hard link, "|" the
 * next layer. */
static int add(struct lsec_tree *tree, const char *text, struct lsec_problems *problems)
{
	char words[1024];
	int status = 0;
	snprintf(words, sizeof(words), "%s", text);
	lsec_tree_begin_layer(tree);
	for (char *word = strtok(words, " "); word != NULL; word = strtok(NULL, " ")) {
		if (strcmp(word, "|") == 0) {
			lsec_tree_end_layer(tree);
			lsec_tree_begin_layer(tree);
			continue;
		}
		char *mark = word + strcspn(word, "=>&");
		struct lsec_entry entry = {
			.path = word, .kind = LSEC_ENTRY_FILE, .target = mark + 1};
		if (word[strlen(word) - 1] == '/')
			entry.kind = LSEC_ENTRY_DIRECTORY;
		if (*mark == '>')
			entry.kind = LSEC_ENTRY_SYMLINK;
		else if (*mark == '&')
			entry.kind = LSEC_ENTRY_HARDLINK;
		if (*mark == '=') {
			entry.bytes = (const uint8_t *)mark + 1;
			entry.size = strlen(mark + 1);
		}
		*mark = '\0';
		status |= lsec_tree_add(tree, &entry, problems);
	}
	lsec_tree_end_layer(tree);
	return status;
}

/* The bytes at a path, and its real path, "BYTES@REAL"; or why not. */
static void expect(const char *text, const char *path, const char *want)
{
	struct lsec_problems problems = {0};
	struct lsec_tree *tree = lsec_tree_new("image");
	struct lsec_tree_file file;
	assert_int_equal(add(tree, text, &problems), 0);
	expect_none(&problems);
	if (lsec_tree_find(tree, path, &file, &problems) < 0) {
		expect_problem(&problems, "image", want);
	} else {
		char found[256];
		snprintf(found, sizeof(found), "%.*s@%s", (int)file.size, (const char *)file.bytes,
		         file.real);
		assert_string_equal(found, want);
		free(file.real);
	}
	lsec_tree_free(tree);
}

static void refuse(const char *text, const char *why)
{
	struct lsec_problems problems = {0};
	struct lsec_tree *tree = lsec_tree_new("image");
	assert_int_equal(add(tree, text, &problems), -1);
	expect_problem(&problems, "image", why);
	lsec_tree_free(tree);
}

static void test_paths(void **state)
{
	(void)state;
	expect("a/b=1", "/a/b", "1@/a/b");
	expect("./a/b=1", "a/./b", "1@/a/b");
	expect("/a//b=1", "/a/../a/b", "1@/a/b");
	expect("a/b=1", "/../a/b", "1@/a/b");
	expect("./ a/b=1", "/a", "a directory");
	expect("./ a/b", "/a/b", "the GUID");
	expect("a/b=1", "/a/c", "is not in the image");
	expect("a/b=1", "/a/b/c", "leads through a file");
	expect("a=1 a=2", "/a", "2@/a");
	refuse("a/../b=1", "\"a/../b\", which goes out");
	refuse("..=1", "goes out");
	expect("..a/b..=1", "/..a/b..", "1@/..a/b..");
}

static void test_links(void **state)
{
	(void)state;
	expect("a/b=1 c>a", "/c/b", "1@/a/b");
	expect("a/b=1 d/c>/a", "/d/c/b", "1@/a/b");
	expect("a/b=1 d/c>../a/b", "/d/c", "1@/a/b");
	expect("a/b=1 d/c>../../../a/b", "/d/c", "1@/a/b");
	expect("a>b b>a", "/a", "form a loop");
	expect("a>a", "/a/x", "form a loop");
	expect("a>b", "/a", "is not in the image");
	expect("a=1 b&a", "/b", "1@/b");
	expect("a=1 b&a a=2", "/b", "1@/b");
	expect("a=1 a&a", "/a", "1@/a");
	expect("b&a", "/b", "not a file");
	expect("a/x b&a", "/b", "not a file");
	expect("x=1 a>x b&a", "/b", "1@/x");
	/* In one layer a link is followed. */
	expect("a/ c>a c/b=1", "/a/b", "1@/a/b");
	/* Hard links of a file that a later layer replaces keep the old one. */
	expect("a=1 b&a | a=2", "/b", "1@/b");
}

static void test_white_outs(void **state)
{
	(void)state;
	expect("a=1 | .wh.a", "/a", "is not in the image");
	expect("a/b=1 | .wh.a", "/a/b", "is not in the image");
	expect("a/b=1 | a/.wh.b", "/a/b", "is not in the image");
	expect("a/b=1 | a/.wh.c", "/a/b", "1@/a/b");
	/* For lower layers only, before or after what the layer has itself. */
	expect("a=1 | .wh.a a=2", "/a", "2@/a");
	expect("a=1 | a=2 .wh.a", "/a", "2@/a");
	expect("a/b=1 | a/c=2 .wh.a", "/a/b", "is not in the image");
	expect("a/b=1 | a/c=2 .wh.a", "/a/c", "2@/a/c");
	expect("a/b=1 | .wh.a | a/c=2", "/a/b", "is not in the image");
	expect("a/b=1 | a/.wh..wh..opq a/c=2", "/a/b", "is not in the image");
	expect("a/b=1 | a/c=2 a/.wh..wh..opq", "/a/c", "2@/a/c");
	expect("a/b/c=1 | a/b/d=2 a/.wh..wh..opq", "/a/b/c", "is not in the image");
	expect("a/b/c=1 | a/b/d=2 a/.wh..wh..opq", "/a/b/d", "2@/a/b/d");
	expect("a/b/c=1 | a/b/d=2 a/.wh..wh..opq | a/b/e=3", "/a/b/c", "is not in the image");
	expect("a=1 | .wh..wh..opq", "/a", "is not in the image");
	expect("a=1 | .wh..wh.plnk", "/a", "1@/a");
	expect("a=1 | .wh.", "/a", "1@/a");
	expect("a/b=1 | a=2", "/a", "2@/a");
	expect("a/b=1 | a=2 | a/", "/a/b", "is not in the image");
	expect("a/b=1 | a/", "/a/b", "1@/a/b");
	expect("a/b=1 | a>c", "/a/b", "is not in the image");
}

static void test_doubts(void **state)
{
	(void)state;
	refuse("a/ c>a | c/b=1", "below a symbolic link");
	expect("a/b=1 c>a | c/x", "/a/b", "is ambiguous");
	expect("a/b=1 c>a | c/x", "/c/b", "is ambiguous");
	expect("a/b=1 c>a | c/.wh.b", "/a/b", "is ambiguous");
	expect("a/b=1 c>a d=2 | c/x", "/d", "2@/d");
	expect("a/b=1 c>/ | c/x", "/a/b", "is ambiguous");
	expect("a/b=1 | a=2 a/", "/a/b", "is ambiguous");
	/* Until another layer makes it clear. */
	expect("a/b=1 c>a | c/x | .wh.a .wh.c | a/b=3", "/a/b", "3@/a/b");
}

static int by_text(const void *left, const void *right)
{
	return strcmp(*(char *const *)left, *(char *const *)right);
}

static void test_list(void **state)
{
	struct lsec_problems problems = {0};
	struct lsec_tree *tree = lsec_tree_new("image");
	struct lsec_tree_paths paths = {0};
	(void)state;
	assert_int_equal(add(tree, "a/b=1 a/c=2 d>a d2>a/b e&a/c f=3 x g>x h>h | .wh.f a/c=4 i/c=5",
	                     &problems),
	                 0);
	assert_int_equal(lsec_tree_list(tree, &paths, &problems), 0);
	expect_none(&problems);
	qsort(paths.of, paths.count, sizeof(*paths.of), by_text);
	static const char *const want[] = {"/a/b", "/a/c", "/d2", "/e", "/i/c"};
	assert_int_equal(paths.count, COUNT(want));
	for (size_t i = 0; i < COUNT(want); i++)
		assert_string_equal(paths.of[i], want[i]);
	lsec_tree_paths_clear(&paths);
	lsec_tree_free(tree);
	lsec_tree_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paths),      cmocka_unit_test(test_links),
		cmocka_unit_test(test_white_outs), cmocka_unit_test(test_doubts),
		cmocka_unit_test(test_list),
	};
	return cmocka_run_group_tests_name("launcher tree", tests, NULL, NULL);
}
