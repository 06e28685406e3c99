/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The version of these headers, by semantic versioning: SECURITY.md says what it promises of the
 * library. The Makefile and the release take it from here; a build between two releases sets the
 * text itself ("0.1.0-5.gabcdef012345").
 */
#ifndef LAUNCHSEC_VERSION_H
#define LAUNCHSEC_VERSION_H

#ifndef LAUNCHSEC_VERSION
#define LAUNCHSEC_VERSION "0.1.0"
#endif

/* major * 10000 + minor * 100 + patch, for the preprocessor. */
#define LAUNCHSEC_VERSION_NUMBER 100

#endif
