/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a target on files, without libFuzzer, for any compiler: PROGRAM FILE... */
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "fuzz.h"

static const char *current; /* file */

/* Says on which file it ended: by abort(), or by a sanitizer, which ends otherwise. */
static void say_file(void)
{
	static const char text[] = ": here\n";
	if (write(STDERR_FILENO, current, strlen(current)) > 0)
		(void)!write(STDERR_FILENO, text, sizeof(text) - 1);
}

static void on_abort(int number)
{
	(void)number;
	say_file();
}

void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));

static uint8_t *read_file(const char *path, size_t *ret_size)
{
	uint8_t *bytes = NULL;
	size_t room = 0;
	FILE *file = fopen(path, "rbe");
	HOLDS(file != NULL, "cannot open %s", path);
	for (size_t got = 1; got > 0; *ret_size += got) {
		room += 65536;
		bytes = realloc(bytes, room);
		HOLDS(bytes != NULL, "out of memory");
		got = fread(bytes + *ret_size, 1, room - *ret_size, file);
	}
	fclose(file);
	return bytes;
}

int main(int count, char **arguments)
{
	signal(SIGABRT, on_abort);
	if (__sanitizer_set_death_callback != NULL)
		__sanitizer_set_death_callback(say_file);
	LLVMFuzzerInitialize(&count, &arguments);
	for (int i = 1; i < count; i++) {
		size_t size = 0;
		uint8_t *bytes = read_file(arguments[i], &size);
		current = arguments[i];
		LLVMFuzzerTestOneInput(bytes, size);
		free(bytes);
	}
	printf("%s: %d files\n", arguments[0], count - 1);
	return 0;
}
