/* SPDX-License-Identifier: GPL-3.0-or-later */
/* clients: connections to the control socket (nfqd/shared/control.h). Nobody waits for a client: each has a buffer and
 * a moment by which its line must have come, or its answer must have been taken. Of too many the oldest is dropped, so
 * that idle ones do not keep others out. */
#ifndef CLIENTS_H
#define CLIENTS_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

#include "lib/base/steady.h"
#include "nfqd/shared/control.h"

#define CLIENTS 64

enum client_state {
	CLIENT_READING, /* its line has not come */
	CLIENT_ASKING,  /* it is asked again whether there is an answer now */
	CLIENT_WAITING, /* for the end of a reload that has not begun */
	CLIENT_RELOAD,  /* ... that is under way */
	CLIENT_WRITING,
};

struct client {
	enum client_state state;
	int fd;
	char line[CONTROL_LINE];
	size_t got;
	char *answer; /* ours to free */
	size_t size, sent;
	struct steady came; /* its line */
	struct steady due;  /* it is dropped */
};

struct clients {
	int listener;
	struct client list[CLIENTS]; /* the oldest first */
	unsigned count;
	struct steady listen_at; /* no connection can be accepted before: descriptors are exhausted */
};

/* Answers a line that came at `came`. NULL: later; the caller's to free. Sets *reload if clients_reload_ended will
 * answer; otherwise it is asked again, for CLIENTS_PATIENCE microseconds, and then with `last`. */
typedef char *clients_answer(void *arg, const char *line, struct steady came, bool last, bool *reload);
#define CLIENTS_PATIENCE 700000

/* What to wait for; returns the number, at most CLIENTS + 1. */
unsigned clients_waits(const struct clients *c, struct pollfd out[CLIENTS + 1]);
struct steady clients_due(const struct clients *c);
/* Accepts, reads, answers, drops. */
void clients_step(struct clients *c, clients_answer *answer, void *arg);

/* Clients that wait for a reload until now wait for this one; those that come later, for the next. */
void clients_reload_begins(struct clients *c);
void clients_reload_ended(struct clients *c, const char *answer);
void clients_close(struct clients *c); /* all of them, and the listener */

#endif
