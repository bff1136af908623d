/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The subcommands of nfqd. */
#ifndef COMMANDS_H
#define COMMANDS_H

#include "lib/base/options.h"

struct command {
	const struct option_table *options;    /* also hold its name and purpose */
	int (*run)(struct command_line *line); /* parses the options; returns the exit status */
};

extern const struct command setup_command;
extern const struct command run_command;
extern const struct command check_command;
extern const struct command explain_command;
extern const struct command rules_command;
extern const struct command report_command;
extern const struct command host_command;
extern const struct command plan_command;
extern const struct command journal_command;
extern const struct command status_command;
extern const struct command reload_command;

#endif
