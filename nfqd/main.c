/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/log.h"
#include "lib/base/suggest.h"
#include "lib/base/when.h"
#include "nfqd/command/commands.h"

static const struct command *const commands[] = {
        &setup_command, &run_command,  &check_command,   &explain_command, &rules_command,  &report_command,
        &host_command,  &plan_command, &journal_command, &status_command,  &reload_command,
};

#define COMMANDS (sizeof commands / sizeof *commands)

static void
help(void)
{
	printf("usage: nfqd COMMAND [OPTION...]\n\n");
	for (size_t i = 0; i < COMMANDS; i++)
		printf("  %-8s %s\n", commands[i]->options->command, commands[i]->options->purpose);
	printf("\n'nfqd COMMAND --help' lists the options of a command; see also nfqd(8).\n");
}

/* NULL: there is none of that name. */
static const struct command *
find_command(const char *name)
{
	for (size_t i = 0; i < COMMANDS; i++)
		if (strcmp(name, commands[i]->options->command) == 0)
			return commands[i];
	return NULL;
}

static _Noreturn void
refuse_command(const char *name)
{
	struct suggestion like = {.typed = name};

	for (size_t i = 0; i < COMMANDS; i++)
		suggest(&like, commands[i]->options->command);
	suggest(&like, "--help");
	suggest(&like, "--version");
	if (like.best != NULL)
		usagex("\"%s\" is not a command, did you mean %s?", name, like.best);
	usagex("\"%s\" is not a command: see 'nfqd --help'", name);
}

static int
carry_out(const struct command *c, int argc, char **argv)
{
	struct command_line line = {c->options, argc, argv, .now = when_now()};
	int status = c->run(&line);

	if (fflush(stdout) != 0 || ferror(stdout))
		fatal("cannot write to standard output");
	return status;
}

int
main(int argc, char **argv)
{
	static char help_option[] = "--help";
	const struct command *c;

	log_open("nfqd");
	if (argc < 2)
		usagex("no command given, expected one such as run or report: see 'nfqd --help'");
	if (strcmp(argv[1], "help") == 0 && argc == 3) { /* of a command */
		argv[1] = argv[2];
		argv[2] = help_option;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0) {
		help();
		return 0;
	}
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
		printf("nfqd %s\n", VERSION);
		return 0;
	}
	if ((c = find_command(argv[1])) == NULL)
		refuse_command(argv[1]);
	return carry_out(c, argc - 1, argv + 1);
}
