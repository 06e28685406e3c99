/* SPDX-License-Identifier: Apache-2.0 */
/* Queries of libvirt's library. */
#ifndef LAUNCHSEC_LIBVIRT_CLIENT_H
#define LAUNCHSEC_LIBVIRT_CLIENT_H

#include <stdbool.h>

/* Whether this program was built with libvirt's headers. Without them every question below is
 * refused with advice. */
extern const bool lsec_virt_built_in;

struct lsec_client_question {
	const char *uri;
	const char *domain; /* to be tried; NULL: report versions and capabilities */
};

/* Asks, and writes the fields of answer.h to the file descriptor `answer`; the question is a
 * struct lsec_client_question. To be run by a worker. */
void lsec_client_work(const void *question, int answer);

#endif
