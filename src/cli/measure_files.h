/* SPDX-License-Identifier: Apache-2.0 */
/* Files that are measured: firmware as a whole, kernels and initrds by their digest. */
#ifndef LAUNCHSEC_CLI_MEASURE_FILES_H
#define LAUNCHSEC_CLI_MEASURE_FILES_H

#include "base/text.h"
#include "launchsec/measure.h"

/* A file's name for people, size and SHA-256. */
struct lsec_file_facts {
	const char *name; /* borrowed */
	uint64_t size;
	uint8_t sha256[LSEC_FILE_DIGEST_SIZE];
};

struct lsec_firmware_file {
	struct lsec_buffer bytes;
	const char *name; /* for people */
	char *made_name;  /* what `name` is, where that is made; or NULL */
};

/* Reads a firmware image, "-" for standard input; refuses what is larger than any before it is
 * read. */
int lsec_firmware_read(const char *path, struct lsec_firmware_file *ret,
                       struct lsec_problems *problems);

/*
 * Takes the firmware image at a path out of a virt-launcher image; NULL: nothing names the path,
 * which is refused. `assumed`: no domain names it, so it may be another version's of KubeVirt, and
 * a path that is missing is reported with the newer default.
 */
int lsec_firmware_extract(const char *launcher, const char *path, bool assumed,
                          struct lsec_firmware_file *ret, struct lsec_problems *problems);

/* The same as an image for one TEE; borrows the file. */
int lsec_firmware_parse(const struct lsec_firmware_file *file, enum lsec_tee tee,
                        struct lsec_image *ret, struct lsec_problems *problems);

/* Its name, size and SHA-256, which takes longer than all else of a measurement. */
struct lsec_file_facts lsec_firmware_facts(const struct lsec_firmware_file *file);

void lsec_firmware_clear(struct lsec_firmware_file *file);

/* Hashes a file of any size. */
int lsec_file_hash(const char *path, struct lsec_file_facts *ret, struct lsec_problems *problems);

#endif
