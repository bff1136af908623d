/* SPDX-License-Identifier: GPL-3.0-or-later */
/* logbook: the gate.db that the recorder writes, and the numbers that a new file must take over from a lost one. */
#ifndef LOGBOOK_H
#define LOGBOOK_H

#include "gate_rows.h"

struct logbook {
	const struct config *config;
	struct database file; /* see there for the reason why it cannot be opened */
	struct database_task opening, writing, judging;
	struct gate_rows *rows;  /* NULL: no file is open now */
	int64_t now;             /* the time of the last check */
	int64_t began;           /* about when its first opening was seen */
	int64_t shielded_before; /* the shield's count when the file was made */
	/* Remembered numbers as of the last commit, for a new file. */
	int64_t unseen, rules, unnamed;
};

/* Without a file yet. The logbook must not be moved. */
void logbook_new(struct logbook *b, const struct config *c);
/* Opens gate.db, or makes it; one that is no database is set aside. False with the reason in `file.why`: try again. */
bool logbook_open(struct logbook *b, int64_t now);
void logbook_close(struct logbook *b);
/* Call every second, outside of a transaction: replaces a lost file. `recorded` and `shielded` are the recorder's
 * counts of what the file has. True: a new file was made, and `recorded` starts at 0. */
bool logbook_check(struct logbook *b, int64_t now, int64_t recorded, int64_t shielded);
/* First in a transaction: writes the numbers that a new file takes over from the lost one. */
bool logbook_put(struct logbook *b, int64_t now, int64_t shielded);
void logbook_committed(struct logbook *b);

#endif
