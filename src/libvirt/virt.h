/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Queries a libvirt for its facts, and whether it would accept a domain. The only part of the
 * program that knows libvirt's library; its results are plain data.
 *
 * The library is loaded by dlopen() when it is needed: linked, it and the 50 libraries that it
 * needs would be loaded by every call of the exec hook, which would take four times as long and 15
 * MB instead of 5 (measured with libvirt 9.0). It runs in a process of its own (worker.h), since it
 * may hang, print, start ssh, or crash.
 */
#ifndef LAUNCHSEC_LIBVIRT_VIRT_H
#define LAUNCHSEC_LIBVIRT_VIRT_H

#include "facts.h"

/* Which libvirt to ask, and how long to wait. */
struct lsec_virt {
	const char *uri; /* printable; names it in problems */
	unsigned seconds;
};

/*
 * Asks for versions and domain capabilities. Fails where it cannot be queried, or has another
 * driver than QEMU's or the test driver. On failure *ret is left alone.
 */
int lsec_virt_ask(const struct lsec_virt *virt, struct lsec_virt_facts *ret,
                  struct lsec_problems *problems);

/*
 * Asks whether it would accept a domain. The QEMU driver turns it into QEMU's command line, and
 * nothing is defined; the test driver defines it in this program's own memory and removes it.
 * `domain` is NUL-terminated XML. *ret_refusal is libvirt's reason, one line, or NULL.
 */
int lsec_virt_try(const struct lsec_virt *virt, const char *domain, char **ret_refusal,
                  struct lsec_problems *problems);

#endif
