/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A filter for tests/golden/test_toml.py, which holds its answers against another parser: reads
 * documents, each after a line with its length, and prints a line for each: how it was read.
 */
#include <stdio.h>
#include <stdlib.h>

#include "annotations/initdata.h"
#include "annotations/toml_head.h"

static void print_hex(const char *text)
{
	if (text == NULL)
		putchar('-');
	else
		putchar('=');
	for (; text != NULL && *text != '\0'; text++)
		printf("%02x", (unsigned char)*text);
	putchar(' ');
}

static void answer(const char *bytes, size_t len)
{
	struct lsec_toml_head head = {0};
	struct lsec_initdata initdata = {0};
	struct lsec_problems problems = {0};
	if (lsec_toml_head_read("", bytes, len, &head, &problems) == 0) {
		print_hex(head.version);
		print_hex(head.algorithm);
		printf("%d %zu ", head.has_data, head.data_count);
	} else {
		printf("refused ");
	}
	if (lsec_initdata_read("", bytes, len, &initdata, &problems) == 0)
		printf("%d %s %s %zu\n", (int)initdata.form, initdata.json ? "json" : "toml",
		       lsec_hash_name(initdata.algorithm), initdata.data_count);
	else
		printf("refused\n");
	lsec_toml_head_clear(&head);
	lsec_initdata_clear(&initdata);
	lsec_problems_clear(&problems);
}

int main(void)
{
	size_t len = 0;
	while (scanf("%zu", &len) == 1 && getchar() == '\n') {
		char *bytes = malloc(len + 1);
		if (bytes == NULL || fread(bytes, 1, len, stdin) != len)
			abort();
		answer(bytes, len);
		free(bytes);
	}
	return feof(stdin) != 0 && fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
