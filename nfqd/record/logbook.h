/* SPDX-License-Identifier: GPL-3.0-or-later */
/* logbook: keeps a gate.db open for writing whatever others do to the file. A file that was deleted, replaced or
 * damaged is followed by a new one, which begins with a gap: the number of rows that may be lost, and why. */
#ifndef LOGBOOK_H
#define LOGBOOK_H

#include "gate_rows.h"

struct logbook {
	const struct config *config;
	struct gate_rows *rows;  /* NULL: none is open now */
	int64_t began;           /* about when its first opening was seen */
	int64_t shielded_before; /* the shield's count when the file was made */
	/* A lost file, until the loss is committed to the next one. */
	char lost[200]; /* the cause; "": none is lost */
	int64_t lost_since, lost_count;
	/* Remembered numbers as of the last commit, for a new file. */
	int64_t unseen, rules, unnamed;
	char why[512]; /* of the last failure to open */
};

/* Opens gate.db, or makes it; one that is no database is set aside. False with the reason in `why`. */
bool logbook_open(struct logbook *b, const struct config *c, int64_t now);
void logbook_close(struct logbook *b);
/* Call every second, outside of a transaction: replaces a lost file. `fate` is that of the last error, or STORE_KEPT.
 * `recorded` and `shielded` are the recorder's counts of what the file has. True: a new file was made, and `recorded`
 * starts at 0. */
bool logbook_check(struct logbook *b, enum store_fate fate, int64_t now, int64_t recorded, int64_t shielded);
/* First in a transaction: what a new file must know of the lost one. */
bool logbook_put(struct logbook *b, int64_t now, int64_t shielded);
void logbook_committed(struct logbook *b);

#endif
