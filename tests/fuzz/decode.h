/* SPDX-License-Identifier: Apache-2.0 */
/* What values of annotations mean, decoded without src. */
#ifndef LAUNCHSEC_TESTS_FUZZ_DECODE_H
#define LAUNCHSEC_TESTS_FUZZ_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "launchsec/keys.h"

/* These abort over what should not have been taken. */
uint64_t decode_number(const char *text);
bool decode_yes(const char *text);
uint64_t decode_policy(enum lsec_tee tee, const char *text);

/* These say whether a text is that: just `size` bytes; for a digest (sha256-of:TEXT,
 * sha384-of:TEXT) cut or filled up to them, at most 48. */
bool decode_hex(const char *text, uint8_t *ret, size_t size);
bool decode_base64(const char *text, uint8_t *ret, size_t size);
bool decode_digest(const char *text, uint8_t *ret, size_t size);

#endif
