/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "common_options.h"

void
options_period(struct command_line *line, int64_t since, int64_t until)
{
	if (since > until)
		options_wrong(line, "--since is after --until, expected an earlier --since");
	if (since == until)
		options_wrong(line, "the period is empty: --since is --until, expected an earlier --since");
	if (since >= line->now)
		options_wrong(line, "--since is in the future, expected a time that is over");
}
