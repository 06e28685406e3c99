/* SPDX-License-Identifier: Apache-2.0 */
/* What scenes of several programs are made of; to be included behind failscene.h. */
#ifndef LAUNCHSEC_TESTS_FAILSCENES_H
#define LAUNCHSEC_TESTS_FAILSCENES_H

#include <sys/mman.h>

#include "cli/options.h"
#include "failscene.h"

static inline const char *or_null(const char *text)
{
	return text == NULL ? "NULL" : text;
}

static inline void note_result(const struct lsec_result *result)
{
	note("tee %d\n", (int)result->tee);
	note_bytes(result->domain, result->domain_len);
	note("\n--\n");
	note_bytes(result->before, result->before_len);
	for (size_t i = 0; i < result->report.change_count; i++) {
		const struct lsec_change *change = &result->report.changes[i];
		note("\n%d|%s|%s|%s|%s", (int)change->action, or_null(change->place),
		     or_null(change->old_value), or_null(change->new_value),
		     or_null(change->reason));
	}
	for (size_t i = 0; i < result->report.warning_count; i++)
		note("\n!%s|%s", result->report.warnings[i].place, result->report.warnings[i].what);
}

/* Annotations, and the domain that they are applied to, on a host that nothing is known of. */
static inline int apply_scene(const char *const annotations[][2], size_t count, const char *domain,
                              struct lsec_problems *problems)
{
	struct lsec_host host = {0};
	struct lsec_config config = {0};
	struct lsec_result result = {0};
	struct lsec_vmi vmi = {0};
	struct lsec_request request = {domain, strlen(domain), "domain.xml", &vmi, &host, &config};
	int status = 0;
	armed = true;
	for (size_t i = 0; status == 0 && i < count; i++)
		status = lsec_vmi_set(&vmi, annotations[i][0], annotations[i][1], problems);
	if (status == 0)
		status = lsec_apply(&request, true, &result, problems);
	armed = false;
	if (status == 0)
		note_result(&result);
	lsec_vmi_clear(&vmi);
	lsec_result_clear(&result);
	return status;
}

/* What a command prints, standard output being a file in memory meanwhile: nothing or all. */
static inline int command_scene(enum lsec_exit (*command)(const struct lsec_options *,
                                                          struct lsec_problems *),
                                const struct lsec_options *options, struct lsec_problems *problems)
{
	char printed[8192];
	int file = memfd_create("output", 0);
	int kept = dup(STDOUT_FILENO);
	assert_true(file >= 0 && kept >= 0);
	fflush(stdout);
	dup2(file, STDOUT_FILENO);
	armed = true;
	enum lsec_exit status = command(options, problems);
	armed = false;
	dup2(kept, STDOUT_FILENO);
	close(kept);
	ssize_t len = pread(file, printed, sizeof(printed), 0);
	close(file);
	assert_in_range(len, 0, sizeof(printed) - 1);
	if (status != LSEC_EXIT_DONE)
		assert_int_equal(len, 0);
	note_bytes(printed, (size_t)len);
	return status == LSEC_EXIT_DONE ? 0 : -1;
}

#endif
