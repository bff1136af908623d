/* SPDX-License-Identifier: GPL-3.0-or-later */
/* database: the file that a daemon writes to for months. A file that is deleted, replaced or damaged is followed by a
 * new one, which begins with a gap: the cause, and an upper bound of the attempts that the lost file held. Opening or
 * writing that fails is tried again; the log has one line when it begins to fail and one when it works again. */
#ifndef DATABASE_FILE_H
#define DATABASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common.h"
#include "lib/store/store.h"

/* The owner of the statements. */
struct database_user {
	/* Another file is open: prepares statements on it. False on error: see store_error. */
	bool (*open)(void *arg, struct store *s);
	void (*close)(void *arg);       /* the statements are about to be finalized; NULL: nothing to do */
	void (*rolled_back)(void *arg); /* rows written since the last commit are not stored */
	void *arg;
};

struct database {
	char path[4096];
	const struct schema *schema;
	struct database_user user;
	struct store *store;   /* NULL: none is open */
	enum store_file state; /* as of the last failure */
	bool marked;           /* as being written (writing.h) */
	char why[512];         /* the last failure to open */
	/* The loss that the next file must record; kept until that is committed. */
	char lost[200]; /* its cause; "": nothing was lost */
	int64_t lost_since, lost_count;
};

/* A task on the file, in words: "TASK: REASON" and `meanwhile` are logged when it begins to fail, `again` when it works
 * again. */
struct database_task {
	const char *meanwhile, *again;
	bool failing;
};

/* Sets aside what lies at a path if it is no SQLite database, and reports that in `what` ("": there was nothing to do).
 * Nothing in this process may have it open. False: it cannot be set aside, which `what` reports, too. */
bool database_make_room(const char *path, int64_t now, char *what, size_t size);

/* Names directory/gate.db or directory/wire.db, by the schema. False, with the reason in d->why: the name is too long.
 */
bool database_name(struct database *d, const char *directory);
/* Opens the file or makes it. False with the reason in d->why. */
bool database_open(struct database *d);
void database_close(struct database *d);
/* Records and logs that an earlier file is lost, with at most `missing` attempts (or MISSING_UNKNOWN) since `since`. */
void database_lost(struct database *d, int64_t since, int64_t missing, const char *what);
/* Once a second, outside of a transaction: replaces a lost file with a new one, or tries again to open one. `since` and
 * `missing` describe the loss if the open file is lost. True: it is. */
bool database_look(struct database *d, int64_t now, int64_t since, int64_t missing);
/* The result of a task, to be logged when it changes; `doing` is the task in words. Not ok: the file's state is noted
 * and the transaction rolled back. Returns ok. */
bool database_result(struct database *d, struct database_task *task, bool ok, const char *doing);
/* In a transaction, before anything else: the gap and the journal's line that a new file begins with, if one was lost.
 * False: see store_error. */
bool database_put_lost(const struct database *d, struct common_rows *r, int64_t now);
void database_committed(struct database *d); /* a transaction is committed; the first one marks the file */

#endif
