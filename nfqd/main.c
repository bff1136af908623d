/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "lib/config/config.h"
#include "lib/base/log.h"

static const struct command {
	const char *name;
	int (*main)(int argc, char **argv);
	const char *help;
} commands[] = {
        {"run", run_main, "give verdicts and record them, in the foreground"},
        {"check", check_main, "parse the configuration and print it as understood"},
        {"explain", explain_main, "the verdict for SRC DST, and the line that decides"},
        {"rules", rules_main, "print, apply or remove the kernel rules"},
        {"report", report_main, "which hosts tried, what became of it, and is the log complete"},
        {"host", host_main, "one host: its timeline, destinations, evidence"},
        {"plan", plan_main, "who would be cut off, and allow lines for the plausible ones"},
        {"status", status_main, "queues, rules, children, lag, losses of the running daemon"},
        {"reload", reload_main, "make the running daemon read its configuration again"},
};

#define COMMANDS (sizeof commands / sizeof *commands)

void
usage_help(const char *usage)
{
	printf("usage: nfqd %s\n", usage);
	exit(0);
}

void
usage_wrong(const char *command)
{
	/* getopt has said what is wrong. */
	fprintf(stderr, "Try '%s --help'.\n", command);
	exit(2);
}

const char *
usage_only_config(int argc, char **argv, const char *usage)
{
	static const struct option options[] = {
	        {"config", required_argument, NULL, 'c'}, {"help", no_argument, NULL, 'h'}, {0}};
	const char *path = CONFIG_PATH;
	int opt;

	while ((opt = getopt_long(argc, argv, "c:h", options, NULL)) != -1)
		if (opt == 'c')
			path = optarg;
		else if (opt == 'h')
			usage_help(usage);
		else
			usage_wrong(argv[0]);
	if (optind != argc)
		usagex("%s: \"%s\" is one word too many, expected options only", argv[0] + strlen("nfqd "),
		       argv[optind]);
	return path;
}

static void
help(void)
{
	printf("usage: nfqd COMMAND [OPTION...]\n\n");
	for (size_t i = 0; i < COMMANDS; i++)
		printf("  %-8s %s\n", commands[i].name, commands[i].help);
	printf("\n'nfqd COMMAND --help' tells the options; nfqd(8) tells the rest.\n");
}

int
main(int argc, char **argv)
{
	log_open("nfqd");
	if (argc < 2)
		usagex("no command given, expected one such as run or report: see 'nfqd --help'");
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0) {
		help();
		return 0;
	}
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
		printf("nfqd %s\n", VERSION);
		return 0;
	}
	for (size_t i = 0; i < COMMANDS; i++)
		if (strcmp(argv[1], commands[i].name) == 0) {
			static char name[32]; /* what getopt calls us */
			int status;

			snprintf(name, sizeof name, "nfqd %s", commands[i].name);
			argv[1] = name;
			status = commands[i].main(argc - 1, argv + 1);

			if (fflush(stdout) != 0 || ferror(stdout))
				fatal("cannot write to standard output");
			return status;
		}
	usagex("\"%s\" is not a command: see 'nfqd --help'", argv[1]);
}
