/* SPDX-License-Identifier: Apache-2.0 */
/* The file of --metrics-file: a server's counters, for node_exporter's textfile collector. */
#ifndef LAUNCHSEC_CLI_METRICS_H
#define LAUNCHSEC_CLI_METRICS_H

#include "services/services.h"

struct lsec_metrics_file {
	struct lsec_metrics counters;
	const struct lsec_rpc_service *table; /* of the services that count; borrowed */
	struct lsec_log *log;                 /* borrowed */
	const char *path;                     /* borrowed */
	int directory;                        /* that the file is in; -1: none */
	bool failing;                         /* it could not be written the last time */
};

#define LSEC_METRICS_FILE_INIT                                                                     \
	{                                                                                          \
		.directory = -1                                                                    \
	}

/*
 * Opens the directory of `path` and writes the file there for the first time; the table and the log
 * are set. Fails with the system's reason where that is not possible, but not for a disk that is
 * full or broken: that is logged, as by lsec_metrics_file_report().
 */
int lsec_metrics_file_open(struct lsec_metrics_file *file, const char *path,
                           struct lsec_problems *problems);

/*
 * Writes the counters of a struct lsec_metrics_file: a reader sees the old file or the new one,
 * never a part. A failure is logged when it begins, and is no reason to refuse a VM. In a sandbox
 * this needs the directory among the replaceable ones.
 */
void lsec_metrics_file_report(void *context);

/* Closes the directory; the file stays. */
void lsec_metrics_file_clear(struct lsec_metrics_file *file);

#endif
