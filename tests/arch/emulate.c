/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs PROGRAM, which is for another architecture, with QEMU's emulator EMULATOR and the libraries
 * below ROOT, as if it had been called itself: the same name, arguments and environment. The
 * emulator hands on the environment in reverse order, so it gets it in reverse.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	const char *const head[] = {EMULATOR, "-L", ROOT, "-0", argv[0], PROGRAM};
	const size_t words = sizeof(head) / sizeof(head[0]);
	const char **line = calloc(words + (size_t)argc, sizeof(*line));
	size_t last = 0;
	if (line == NULL)
		return 125;
	memcpy(line, head, sizeof(head));
	memcpy(line + words, argv + 1, (size_t)argc * sizeof(*argv)); /* its end, too */
	while (environ[last] != NULL)
		last++;
	for (size_t first = 0; first + 1 < last; first++) {
		char *variable = environ[first];
		environ[first] = environ[--last];
		environ[last] = variable;
	}
	execv(EMULATOR, (char *const *)line);
	perror(EMULATOR);
	return 125;
}
