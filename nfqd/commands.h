/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The subcommands of nfqd. Each takes its own argv (argv[0] is "nfqd NAME") and returns the exit status. */
#ifndef COMMANDS_H
#define COMMANDS_H

int run_main(int argc, char **argv);
int check_main(int argc, char **argv);
int explain_main(int argc, char **argv);
int rules_main(int argc, char **argv);
int report_main(int argc, char **argv);
int host_main(int argc, char **argv);
int plan_main(int argc, char **argv);
int status_main(int argc, char **argv);
int reload_main(int argc, char **argv);

/* Prints "usage: nfqd ..." to standard output and leaves with 0, or says what is wrong and leaves with 2. */
_Noreturn void usage_help(const char *usage);
_Noreturn void usage_wrong(const char *command);
/* For commands that take -c and nothing else: the configuration's path. */
const char *usage_only_config(int argc, char **argv, const char *usage);

#endif
