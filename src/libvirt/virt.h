/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A libvirt, asked what it is and whether it would take a domain. The only part of the program that
 * knows libvirt's library; what comes out is plain data.
 *
 * The library is loaded when it is asked for, by dlopen(): linked in, it and the 50 libraries
 * behind it would be loaded by every call of the exec hook, which then takes four times as long and
 * 15 MB instead of 5 (measured with libvirt 9.0). And it works in a process of its own (worker.h),
 * since it may hang, print, start ssh, or crash.
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
 * Asks for versions and domain capabilities. Fails where it cannot be asked, or has another driver
 * than QEMU's or the test driver. On failure *ret is left alone.
 */
int lsec_virt_ask(const struct lsec_virt *virt, struct lsec_virt_facts *ret,
                  struct lsec_problems *problems);

/*
 * Asks whether it would take a domain. QEMU's driver makes QEMU's command line of it, and nothing
 * is defined; the test driver defines it in this program's own memory, and forgets it. `domain` is
 * NUL-terminated XML. *ret_refusal is libvirt's reason why not, one line, or NULL where it would.
 */
int lsec_virt_try(const struct lsec_virt *virt, const char *domain, char **ret_refusal,
                  struct lsec_problems *problems);

#endif
