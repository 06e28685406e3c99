/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A filter for tests/qemu: reads JSON arrays, ["-option"] or ["-option", "value"], one a line, and
 * prints for each one what lsec_qemu_judge() says that it decides over.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"
#include "domain/qemu.h"

static int answer(const char *line)
{
	cleanup_json struct json_object *pair = json_tokener_parse(line);
	size_t count = lsec_json_count(pair);
	const char *option = count == 0 ? NULL : lsec_json_text(json_object_array_get_idx(pair, 0));
	const char *value = count < 2 ? NULL : lsec_json_text(json_object_array_get_idx(pair, 1));
	if (option == NULL || (value == NULL && count != 1)) {
		fprintf(stderr, "not an option or an option with its value: %s", line);
		return -1;
	}
	const struct lsec_qemu_verdict verdict = lsec_qemu_judge(option, value);
	return puts(lsec_qemu_class(verdict.decides)->name) < 0 ? -1 : 0;
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
