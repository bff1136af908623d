/* SPDX-License-Identifier: GPL-3.0-or-later */
/* supervisor: the one struct of the process that starts the others, keeps the kernel's rules, and never reads a packet.
 */
#ifndef SUPERVISOR_H
#define SUPERVISOR_H

#include "children.h"
#include "config.h"
#include "rules.h"
#include "shared.h"

struct supervisor {
	const char *path; /* of the configuration */
	struct config *config;
	enum backend backend;
	struct shared *shared;
	struct child child[CHILD_COUNT];
	int64_t since, loaded; /* start; last successful reading of the configuration */
	/* descriptors */
	int signals, control;
	/* rules */
	int64_t rules_next; /* when they must be made anew */
	bool rules_failed;
	/* openings that the kernel's rules counted and no gate saw, for this run */
	int64_t counted_before; /* by the rules, when the run began */
	int64_t missed;         /* written down so far */
	bool remove_on_exit;
	bool stopping;
};

/* Openings that the kernel's rules have counted since they were made; -1 if that cannot be read. */
int64_t supervisor_counted(const struct supervisor *s);
/* For the recorder; `until` and `missing` as in struct note. */
void supervisor_gap(struct supervisor *s, int64_t since, int64_t until, int64_t missing, bool counted,
                    const char *text);
void supervisor_journal(struct supervisor *s, const char *what, const char *format, ...)
        __attribute__((format(printf, 3, 4)));
/* Reads the configuration again and puts it in force. NULL, or why the old one stays (static text). */
const char *supervisor_reload(struct supervisor *s);

/* state.c: the whole as a JSON object, the caller's to free. */
char *state_json(const struct supervisor *s);

/* notify.c: sd_notify(3)'s protocol. Does nothing without NOTIFY_SOCKET. */
void notify(const char *state);

#endif
