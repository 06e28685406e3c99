/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The answer that a worker writes, as bytes: fields in a fixed order, each a text that ends in a
 * NUL, empty where there is nothing to report. Read as untrusted input.
 */
#ifndef LAUNCHSEC_LIBVIRT_ANSWER_H
#define LAUNCHSEC_LIBVIRT_ANSWER_H

#include "base/text.h"
#include "facts.h"

enum lsec_virt_field {
	LSEC_VIRT_FAILURE, /* why it cannot be queried; the others do not count then */
	LSEC_VIRT_DRIVER,
	LSEC_VIRT_LIBVIRT, /* versions as decimal numbers */
	LSEC_VIRT_HYPERVISOR,
	LSEC_VIRT_CAPABILITIES, /* XML */
	LSEC_VIRT_NO_CAPABILITIES,
	LSEC_VIRT_REFUSAL,
	LSEC_VIRT_FIELDS
};

/* libvirt's message for an error, for a field, in which an empty text would mean that there was
 * none. */
const char *lsec_virt_said(const char *message);

/*
 * The facts in an answer of the libvirt at `uri`, and whether it refuses the domain that was tried:
 * *ret_refusal is its reason, a printable line, or NULL. Fails where it could not be queried, has
 * another driver than QEMU's or the test driver, or the answer is incomplete. On failure the
 * outputs are left alone.
 */
int lsec_virt_answer_facts(const char *uri, const struct lsec_buffer *answer,
                           struct lsec_virt_facts *ret, struct lsec_problems *problems);
int lsec_virt_answer_refusal(const char *uri, const struct lsec_buffer *answer, char **ret_refusal,
                             struct lsec_problems *problems);

#endif
