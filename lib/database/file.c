/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How it works: SQLite keeps writing to a file that was deleted, and does not notice that one was overwritten. So
 * store_file_state is called once a second. A lost file is closed without touching the file now at its path; if that is
 * no database, it is renamed and kept. */
#include "file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/log.h"
#include "writing.h"

static const char *
name_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

static bool
set_aside(const char *path, int64_t now, const char *why, char *what, size_t size)
{
	char to[4096 + 64];

	if (!store_set_aside(path, now, to, sizeof to)) {
		snprintf(what, size, "%s %s and cannot be set aside: %s", name_of(path), why, strerror(errno));
		return false;
	}
	snprintf(what, size, to[0] != '\0' ? "%s %s; it is kept as %s" : "%s %s", name_of(path), why, name_of(to));
	return true;
}

bool
database_make_room(const char *path, int64_t now, char *what, size_t size)
{
	what[0] = '\0';
	return !store_is_garbage(path) || set_aside(path, now, "was no database any more", what, size);
}

/* Closes a store whose file is lost. `what` gets the loss in words; "": nothing is lost. */
static void
leave(struct database *d, int64_t now, char *what, size_t size)
{
	bool complete;

	if (d->user.close != NULL)
		d->user.close(d->user.arg);
	complete = store_leave(d->store);
	d->store = NULL;
	what[0] = '\0';
	if (d->state == STORE_LOGLESS && complete)
		return;
	if (d->state == STORE_DAMAGED || d->state == STORE_LOGLESS)
		set_aside(d->path, now, "was damaged", what, size);
	else if (database_make_room(d->path, now, what, size) && what[0] == '\0')
		snprintf(what, size, "%.100s was %s", name_of(d->path),
		         d->state == STORE_GONE ? "deleted" : "replaced by another file");
}

bool
database_name(struct database *d, const char *directory)
{
	if (snprintf(d->path, sizeof d->path, "%s/%s.db", directory, d->schema->name) < (int)sizeof d->path)
		return true;
	snprintf(d->why, sizeof d->why, "%.480s: name too long", directory);
	return false;
}

bool
database_open(struct database *d)
{
	if ((d->store = store_open(d->path, d->schema, d->why, sizeof d->why)) == NULL)
		return false;
	if (!d->user.open(d->user.arg, d->store)) {
		snprintf(d->why, sizeof d->why, "%.400s: %s", d->path, store_error(d->store));
		store_close(d->store);
		d->store = NULL;
		return false;
	}
	d->state = STORE_KEPT;
	d->marked = false;
	return true;
}

void
database_close(struct database *d)
{
	if (d->store != NULL && d->user.close != NULL)
		d->user.close(d->user.arg);
	if (d->store != NULL)
		writing_end(d->store);
	store_close(d->store);
	d->store = NULL;
}

void
database_lost(struct database *d, int64_t since, int64_t missing, const char *what)
{
	int64_t before = d->lost[0] != '\0' ? d->lost_count : 0;

	if (d->lost[0] == '\0' || since < d->lost_since)
		d->lost_since = since;
	d->lost_count = before < 0 || missing < 0 ? MISSING_UNKNOWN : before + missing;
	snprintf(d->lost, sizeof d->lost, "%s", what);
	log_warnx("%s; a new one is made", what);
}

bool
database_look(struct database *d, int64_t now, int64_t since, int64_t missing)
{
	char what[sizeof d->lost] = "";

	if (d->store != NULL) {
		if (d->state == STORE_KEPT && (d->state = store_file_state(d->store)) == STORE_KEPT)
			return false;
		leave(d, now, what, sizeof what);
		if (what[0] != '\0')
			database_lost(d, since, missing, what);
	}
	database_open(d);
	return what[0] != '\0';
}

bool
database_result(struct database *d, struct database_task *task, bool ok, const char *doing)
{
	if (!ok) {
		if (!task->failing)
			log_warnx("%s: %s%s", doing, d->store != NULL ? store_error(d->store) : d->why,
			          task->meanwhile);
		if (d->store != NULL) {
			d->state = store_file_state(d->store);
			store_rollback(d->store);
			d->user.rolled_back(d->user.arg);
		}
	} else if (task->failing) {
		log_info("%s", task->again);
	}
	task->failing = !ok;
	return ok;
}

bool
database_put_lost(const struct database *d, struct common_rows *r, int64_t now)
{
	return d->lost[0] == '\0' || (common_put_gap(r, d->lost_since, now, d->lost, d->lost_count) &&
	                              common_put_journal(r, now, "lost", d->lost));
}

void
database_committed(struct database *d)
{
	d->lost[0] = '\0';
	d->marked = d->marked || writing_begin(d->store);
}
