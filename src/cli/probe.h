/* SPDX-License-Identifier: Apache-2.0 */
/* launchsec probe: what this host offers, and what stands in the way. */
#ifndef LAUNCHSEC_CLI_PROBE_H
#define LAUNCHSEC_CLI_PROBE_H

#include "base/text.h"
#include "launchsec/host.h"
#include "libvirt/virt.h"
#include "options.h"

enum lsec_exit lsec_run_probe(const struct lsec_options *options, struct lsec_problems *problems);

/* The facts as a table with a verdict for each TEE, for people. */
void lsec_probe_text(struct lsec_buffer *ret, const struct lsec_host *host);

/* What a libvirt says of itself and its host, and where the host's facts disagree. */
void lsec_probe_libvirt(struct lsec_buffer *ret, const struct lsec_host *host,
                        const struct lsec_virt_facts *facts);

/* The facts as a file that --host takes. */
void lsec_probe_json(struct lsec_buffer *ret, const struct lsec_host *host);

#endif
