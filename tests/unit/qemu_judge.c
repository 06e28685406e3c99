/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A filter for tests/qemu: reads JSON arrays, ["-option"] or ["-option", "value"], one a line, and
 * prints for each one what lsec_qemu_judge() says that it decides over.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "domain/qemu.h"

static int answer(const char *line)
{
	struct lsec_qemu_verdict verdict;
	json_t *pair = json_loads(line, 0, NULL);
	const char *option = json_string_value(json_array_get(pair, 0));
	const char *value = json_string_value(json_array_get(pair, 1));
	int status = -1;
	if (option == NULL || (value == NULL && json_array_size(pair) != 1))
		fprintf(stderr, "not an option or an option with its value: %s", line);
	else if (lsec_qemu_judge(option, value, &verdict) == 0)
		status = puts(lsec_qemu_class(verdict.decides)->name) < 0 ? -1 : 0;
	json_decref(pair);
	return status;
}

int main(void)
{
	char *line = NULL;
	size_t room = 0;
	int status = 0;
	while (status == 0 && getline(&line, &room, stdin) >= 0)
		status = answer(line);
	free(line);
	return status == 0 && fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
