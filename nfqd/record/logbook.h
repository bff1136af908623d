/* SPDX-License-Identifier: GPL-3.0-or-later */
/* logbook: keeps a gate.db open to write to, whatever others do to the file. One that was deleted, replaced or damaged
 * is followed by a new one, which begins with a gap: what it lacks, at most, and why. */
#ifndef LOGBOOK_H
#define LOGBOOK_H

#include "gate_rows.h"

struct logbook {
	const struct config *config;
	struct gate_rows *rows;  /* NULL: there is none just now */
	int64_t began;           /* about when the first opening in it was seen */
	int64_t shielded_before; /* what the shield had counted when it was made */
	/* Of a file that is lost, until that is committed to the next one. */
	char lost[200]; /* what happened; "": nothing */
	int64_t lost_since, lost_count;
	/* What must be known although the file is gone, as it was when the last transaction was committed. */
	int64_t unseen, rules, unnamed;
	char why[512]; /* of the last failure to open */
};

/* Opens gate.db, or makes it; one that is no database is set aside. False with the reason in `why`. */
bool logbook_open(struct logbook *b, const struct config *c, int64_t now);
void logbook_close(struct logbook *b);
/* Every second, outside of a transaction. `fate` is what an error said, or STORE_KEPT. `recorded` and `shielded` are
 * what is written in the file, as the recorder counts. True: there is another file now, and `recorded` begins at 0. */
bool logbook_look(struct logbook *b, enum store_fate fate, int64_t now, int64_t recorded, int64_t shielded);
/* In a transaction, before anything else: what a new file must know of the one before. */
bool logbook_put(struct logbook *b, int64_t now, int64_t shielded);
void logbook_committed(struct logbook *b);

#endif
