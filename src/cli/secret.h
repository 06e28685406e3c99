/* SPDX-License-Identifier: Apache-2.0 */
/* Private keys in files: read into memory that no core dump has, and wiped. */
#ifndef LAUNCHSEC_CLI_SECRET_H
#define LAUNCHSEC_CLI_SECRET_H

#include "launchsec/id_block.h"

/*
 * Keeps the process out of core dumps, and other processes of its user out of its memory, from now
 * on. To be called before the first key is read.
 */
int lsec_keep_secrets(struct lsec_problems *problems);

/*
 * Reads a private key in PEM from the file that `option` names, or standard input for "-". *ret is
 * for lsec_signing_key_clear(), and left alone on failure. What the file held is wiped.
 */
int lsec_read_key(const char *option, const char *path, struct lsec_signing_key *ret,
                  struct lsec_problems *problems);

#endif
