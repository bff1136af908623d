/* SPDX-License-Identifier: GPL-3.0-or-later */
/* control: the socket between the supervisor and `nfqd status` or `nfqd reload`. The client sends one line, the
 * supervisor answers with a JSON object and closes the connection. */
#ifndef CONTROL_H
#define CONTROL_H

#include <stdbool.h>
#include <stddef.h>

#define CONTROL_LINE 64

#define CONTROL_WHY 400
/* True if no socket can be made there, with the reason in `why`; changes nothing. */
bool control_wrong(const char *path, char why[CONTROL_WHY]);
/* The supervisor's end, accessible to root only; nfqd/supervise/clients.h takes the connections. Makes the folder if it
 * is missing. Returns a descriptor that does not block, or -1 after logging the error. */
int control_listen(const char *path);
/* True if a supervisor is listening there already. */
bool control_taken(const char *path);
/* The client's end, which waits for so many seconds. Returns the answer, the caller's to free; NULL on error, with the
 * reason in `why`. */
char *control_ask(const char *path, const char *line, int seconds, char *why, size_t why_size);

#endif
