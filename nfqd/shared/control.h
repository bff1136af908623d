/* SPDX-License-Identifier: GPL-3.0-or-later */
/* control: the socket through which `nfqd status` and `nfqd reload` speak with the supervisor. One line asks, a JSON
 * object answers, and the connection ends. */
#ifndef CONTROL_H
#define CONTROL_H

#include <stdbool.h>
#include <stddef.h>

#define CONTROL_LINE 64

/* The supervisor's end. Makes the folder if it is missing; the socket is for root alone. -1, and has logged. */
int control_listen(const char *path);
/* Whether a supervisor answers there already. */
bool control_taken(const char *path);
/* Takes one connection and its line, waiting 1 s at most for it. -1: nothing came. */
int control_accept(int listener, char line[CONTROL_LINE]);
/* Sends the answer and closes. */
void control_answer(int connection, const char *text);

/* The other end: the answer, the caller's to free. NULL, with the reason in `why`. */
char *control_ask(const char *path, const char *line, char *why, size_t why_size);

#endif
