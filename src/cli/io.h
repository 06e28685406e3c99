/* SPDX-License-Identifier: Apache-2.0 */
/* Files and streams at the edge. */
#ifndef LAUNCHSEC_CLI_IO_H
#define LAUNCHSEC_CLI_IO_H

#include "base/text.h"

/* Memory to be filled. */
struct lsec_room {
	char *bytes;
	size_t size;
};

/* What a file that is read is called in problems: "standard input" for "-". Borrowed. */
const char *lsec_input_name(const char *path);

/*
 * Reads a file, or standard input for "-", of at most `longest` bytes; one more byte is read, so
 * that the reader of the content can refuse it. Fails with the system's reason.
 */
int lsec_read_file(const char *path, size_t longest, struct lsec_buffer *ret,
                   struct lsec_problems *problems);

/* Opens a regular file to read: what is a directory, a pipe or a device is refused, without waiting
 * for anything. "-" is standard input, whatever that is, and its size is -1. */
struct lsec_open_file {
	int fd;
	const char *name; /* for problems */
	int64_t size;     /* bytes */
};
int lsec_open_file(const char *path, struct lsec_open_file *ret, struct lsec_problems *problems);
void lsec_close_file(struct lsec_open_file *file);

/* Reads on, at most `room` bytes; *ret_count is 0 at the end. */
int lsec_read_some(const struct lsec_open_file *file, char *ret, size_t room, size_t *ret_count,
                   struct lsec_problems *problems);

/*
 * The same into memory of the caller's, `room` bytes at most, and into no other: for secrets, which
 * the caller wipes. *ret_len is set also on failure.
 */
int lsec_read_into(const char *path, struct lsec_room room, size_t *ret_len,
                   struct lsec_problems *problems);

/* Writes everything to a file descriptor; `name` names it in a problem. */
int lsec_write_all(int fd, const char *name, const char *bytes, size_t len,
                   struct lsec_problems *problems);

/* A file that is complete, but lies beside the one that it is to replace. Zeroed it is none. */
struct lsec_new_file {
	char *path, *beside; /* NULL: there is nothing to rename */
};

/*
 * Writes a file beside the one at `path`, which stays. Pipes and devices, and what standard output
 * or error goes to (/dev/stdout), are written to at once.
 */
int lsec_write_beside(const char *path, const char *bytes, size_t len, struct lsec_new_file *ret,
                      struct lsec_problems *problems);

/* Gives it its name, by which it replaces the old one. */
int lsec_put_in_place(struct lsec_new_file *file, struct lsec_problems *problems);

/* Removes it, where it was not put in place. */
void lsec_new_file_clear(struct lsec_new_file *file);

/* Replaces a file as a whole, by the two: the old one stays until the new one is complete. */
int lsec_replace_file(const char *path, const char *bytes, size_t len,
                      struct lsec_problems *problems);

/* Prints a result: to the file of -o, or, where that is NULL or "-", to standard output. */
int lsec_print(const char *path, const char *bytes, size_t len, struct lsec_problems *problems);

/* Prints problems, one a line, to standard error. */
void lsec_print_problems(const struct lsec_problems *problems);

/*
 * Waits until all that was written to a pipe has been read, a second at most. For a reader that
 * stops with the program: KubeVirt's sidecar-shim, from 1.3 on, closes its end of standard error as
 * soon as the hook has ended (cmd/sidecars/sidecar_shim.go, runOnDefineDomain: StderrPipe with
 * Output). Does nothing for anything but a pipe.
 */
void lsec_wait_until_read(int fd);

#endif
