/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `nfqd setup` prints a configuration for this machine. It writes no file: somebody has to look at it. */
#include <stdio.h>

#include "commands.h"
#include "lib/base/log.h"
#include "lib/config/config.h"
#include "nfqd/network/look.h"
#include "nfqd/network/propose.h"

static const struct option_table options = {
        .program = "nfqd",
        .command = "setup",
        .purpose = "print a configuration for this machine, to look at and to write",
        .forms = (const char *const[]){"> FILE", NULL},
        .rows = NULL,
        .row_count = 0,
};

static int
run(struct command_line *line)
{
	const struct config nobody = {.user = "root"};
	struct machine m;
	bool found;

	options_take(line, NULL);
	machine_look(&m, &nobody);
	if (!m.asked)
		fatalx("setup: the kernel does not say which links and routes there are");
	found = propose_config(&m, stdout);
	machine_free(&m);
	if (!found)
		log_warnx("setup: no route shows what is behind this machine: the lan line is to be written by hand");
	return found ? 0 : 1;
}

const struct command setup_command = {&options, run};
