/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `nfqd run`: the daemon. */
#include "commands.h"

#include <string.h>

#include "lib/config/config.h"
#include "nfqd/supervise/run.h"

struct request {
	const char *path;
	bool remove_on_exit;
};

static const struct option_row rows[] = {
        {OPTION("config", 'c', struct request, path, "FILE", "read this configuration (default: " CONFIG_PATH ")")},
        {OPTION("remove-rules-on-exit", 0, struct request, remove_on_exit, NULL,
                "remove the kernel rules at the end; nothing is enforced then")},
};

static const struct option_table options = {
        .program = "nfqd",
        .command = "run",
        .purpose = "decide on connections and log them, in the foreground",
        .forms = (const char *const[]){"[OPTION...]", NULL},
        .rows = rows,
        .row_count = sizeof rows / sizeof *rows,
};

static int
run(struct command_line *line)
{
	struct request q = {.path = CONFIG_PATH};

	options_take(line, &q);
	if (strcmp(q.path, "-") == 0)
		options_wrong(line, "--config - is standard input, expected a file: a reload reads it again");
	return supervise(q.path, q.remove_on_exit);
}

const struct command run_command = {&options, run};
