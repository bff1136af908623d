/* SPDX-License-Identifier: GPL-3.0-or-later */
/* command: runs another program without a shell, gives it text, takes its text. */
#ifndef COMMAND_H
#define COMMAND_H

#include <stdbool.h>
#include <stdint.h>

/* Runs argv and waits for it: 5 s at most, 10 with an input, and more on a slow machine (command_usually_takes).
 * argv[0] with a slash is a path; without, it is found along a fixed path of system folders. `input` may be NULL. If
 * `output` is not NULL it gets the program's standard output, the caller's to free (NULL: there was none). Returns the
 * exit status, 127 if it could not be run, 124 if it had to be ended, which is a trouble (trouble.h): from then on that
 * program is not run again, and 124 is returned at once. If `why` is not NULL it gets the first line of its standard
 * error. */
#define COMMAND_WHY 256
int command_run(const char *const argv[], const char *input, char **output, char why[COMMAND_WHY]);
/* How long a program takes on this machine, in microseconds. */
void command_usually_takes(int64_t us);
bool command_hangs(const char *name); /* it had to be ended */
/* Programs that had to be ended are run again from now on. */
void command_forget(void);
/* The tool takes this input. Asked once, while *known is negative and it ends: neither the tool nor the kernel changes
 * while we run. */
bool command_takes(const char *const argv[], const char *input, int *known);
/* The same without input and without a time limit. */
int command_wait(const char *const argv[], char **output, char why[COMMAND_WHY]);
/* `TOOL OPTION` with a script of kernel rules as its input. False: it refused them, which is a trouble. */
bool command_feed(const char *tool, const char *option, const char *script);

#endif
