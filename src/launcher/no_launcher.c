/* SPDX-License-Identifier: Apache-2.0 */
/* Stands in for all of this folder where the program is built without libarchive's headers. */
#include "launcher.h"

const bool lsec_launcher_built_in = false;

int lsec_launcher_open(const char *archive, lsec_launcher_judge *judge, struct lsec_launcher **ret,
                       struct lsec_problems *problems)
{
	(void)archive, (void)judge, (void)ret;
	return lsec_problem_failed(
		problems, "--launcher",
		"this build cannot read images (no libarchive); use a build with it, or extract the firmware and give --firmware");
}

int lsec_launcher_find(struct lsec_launcher *launcher, const char *path,
                       struct lsec_launcher_file *ret, struct lsec_problems *problems)
{
	(void)path, (void)ret;
	return lsec_launcher_open(NULL, NULL, &launcher, problems);
}

int lsec_launcher_list(struct lsec_launcher *launcher, struct lsec_launcher_list *ret,
                       struct lsec_problems *problems)
{
	(void)ret;
	return lsec_launcher_open(NULL, NULL, &launcher, problems);
}

void lsec_launcher_list_clear(struct lsec_launcher_list *list)
{
	(void)list;
}

void lsec_launcher_close(struct lsec_launcher *launcher)
{
	(void)launcher;
}
