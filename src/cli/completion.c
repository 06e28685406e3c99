/* SPDX-License-Identifier: Apache-2.0 */
/* The scripts of docs/completion, which the Makefile makes string literals of. */
#include <string.h>

#include "complete.h"

static const struct {
	const char *shell, *script;
} scripts[] = {
	{
		"bash",
#include "completion/launchsec.bash.inc"
	},
	{
		"zsh",
#include "completion/_launchsec.inc"
	},
	{
		"fish",
#include "completion/launchsec.fish.inc"
	},
};

int lsec_completion_script(const char *shell, struct lsec_buffer *ret)
{
	for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++)
		if (strcmp(shell, scripts[i].shell) == 0) {
			lsec_buffer_text(ret, scripts[i].script);
			return 0;
		}
	return -1;
}
