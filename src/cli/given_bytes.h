/* SPDX-License-Identifier: Apache-2.0 */
/* Values of options that are bytes, written as annotations are: hex or base64. */
#ifndef LAUNCHSEC_CLI_GIVEN_BYTES_H
#define LAUNCHSEC_CLI_GIVEN_BYTES_H

#include <stdint.h>

#include "annotations/value.h"

/* A launch digest, which is no annotation. */
extern const struct lsec_key lsec_given_digest_key;

/* Reads the text of `option` as key->bytes bytes into *ret. On failure *ret is left alone. */
int lsec_given_bytes(const struct lsec_key *key, const char *option, const char *text, uint8_t *ret,
                     struct lsec_problems *problems);

#endif
