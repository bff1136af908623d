/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How it works: a round goes through the phases of enum prune_phase; PRUNE_SIZE may send it back for another day. Each
 * is a matter of statements that delete a bite: a step, which is a transaction, takes bites while it has time. Nothing
 * is remembered across a restart: what is left is found by its time. */
#include "prune.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "began.h"
#include "lib/base/when.h"

#define HOUR_MINUTES INT64_C(60)
#define DAY_MINUTES INT64_C(1440)
#define DEVICES 16     /* of a host, kept when the database is too large */
#define SHRINK 1024    /* pages given back to the file system in a round ... */
#define SHRINK_STEP 64 /* and in a step */
#define BITES 8        /* of a step, at most */
#define BLOBS 512      /* rows of many bytes that a step deletes */
#define LOG_SHARE 8    /* of max-size, the part that the write-ahead log may take */

/* Rows of minutes before ?1, at most ?2 of them. */
#define CLEAR(table, key, time)                                                                                        \
	"DELETE FROM " table " WHERE (" key ") IN (SELECT " key " FROM " table " WHERE " time " ORDER BY " key         \
	" LIMIT ?2)"
static const struct {
	const char *sql;
	int most;
} cleared[] = {
        {CLEAR("sealed", "hour", "hour < ?1 / 60"), PRUNE_ROWS},
        {CLEAR("sealed_part", "hour, part", "hour < ?1 / 60"), BLOBS},
        {CLEAR("sealed_destination", "hour, host", "hour < ?1 / 60"), BLOBS},
        {CLEAR("raw_syn", "minute, host", "minute < ?1"), PRUNE_ROWS},
        {CLEAR("syn_stack", "hour, host, stack", "hour < ?1 / 60"), PRUNE_ROWS},
        {CLEAR("syn_clock", "hour, host, minute", "hour < ?1 / 60"), PRUNE_ROWS},
};
_Static_assert(sizeof cleared / sizeof *cleared == PRUNE_TABLES, "a statement for each");

bool
prune_prepare(struct prune *p, struct common_rows *rows)
{
	const struct statement_text all[] = {
	        {&p->drop_hours, rows->columns->drop_hours},
	        {&p->deleted, began_deleted_sql},
	        {&p->drop_changes, CLEAR("minute_change", "minute", "minute < ?1")},
	        {&p->last_device, "SELECT host FROM device WHERE host >= ?1 ORDER BY host LIMIT 1 OFFSET ?2"},
	        {&p->drop_devices,
	         "DELETE FROM device WHERE (host, mac) IN (SELECT host, mac FROM (SELECT host, mac, row_number() OVER"
	         " (PARTITION BY host ORDER BY last - first DESC, last DESC, mac) AS n FROM device"
	         " WHERE host >= ?1 AND (?2 IS NULL OR host <= ?2)) WHERE n > ?3)"},
	};

	memset(p, 0, sizeof *p);
	p->rows = rows;
	if (!store_prepare_all(rows->store, all, sizeof all / sizeof *all) || !roll_prepare(&p->roll, rows))
		return false;
	for (size_t i = 0; i < PRUNE_TABLES; i++)
		if ((p->clear[i] = store_prepare(rows->store, cleared[i].sql)) == NULL)
			return false;
	return true;
}

/* Deletes by a statement whose ?2 is a number of rows: bites of an eighth of `most`, while time is left, in one
 * transaction. *empty: nothing is left. */
static bool
drop_bites(struct prune *p, struct statement *st, int most, const struct time_left *time, bool *empty)
{
	int64_t bite = most / BITES, rows;
	int n = 0;

	if (!store_begin(p->rows->store))
		return false;
	bind_int(st, 2, bite);
	do {
		if (store_step(st) != 0)
			return false;
		rows = store_changes(p->rows->store);
	} while (rows == bite && ++n < BITES && time_is_left(time));
	*empty = rows < bite;
	return store_commit(p->rows->store);
}

static bool
roll(struct prune *p, const struct time_left *time)
{
	bool more;

	if (!roll_step(&p->roll, p->end, time, &more))
		return false;
	if (!more) {
		p->phase = PRUNE_CLEAR;
		p->table = 0;
	}
	return true;
}

/* Rows of hours that have no minutes any more. */
static bool
clear(struct prune *p, const struct time_left *time)
{
	struct statement *st = p->clear[p->table];
	int64_t before;
	bool empty;

	if (!common_oldest_minute(p->rows, &before))
		before = p->end;
	bind_int(st, 1, when_floor(before, HOUR_MINUTES) * HOUR_MINUTES);
	if (!drop_bites(p, st, cleared[p->table].most, time, &empty))
		return false;
	if (empty && ++p->table == PRUNE_TABLES)
		p->phase = PRUNE_SIZE;
	return true;
}

/* A host that keeps changing its MAC address must not displace the log: the addresses seen longest stay. */
static bool
give_up_devices(struct prune *p)
{
	struct heads_place to;
	int step;

	bind_blob(p->last_device, 1, p->device.bytes, p->device.size);
	bind_int(p->last_device, 2, PRUNE_ROWS / BITES);
	if ((step = store_step(p->last_device)) < 0)
		return false;
	bind_blob(p->drop_devices, 1, p->device.bytes, p->device.size);
	bind_text(p->drop_devices, 2, NULL);
	bind_int(p->drop_devices, 3, DEVICES);
	p->devices_done = step == 0;
	if (step == 1) {
		to.size = column_blob(p->last_device, 0, to.bytes, sizeof to.bytes);
		store_reset(p->last_device);
		bind_blob(p->drop_devices, 2, to.bytes, to.size);
		/* Hosts that are no addresses may not end. */
		p->devices_done = to.size == p->device.size && memcmp(to.bytes, p->device.bytes, to.size) == 0;
		p->device = to;
	}
	if (p->devices_done)
		p->phase = PRUNE_SIZE;
	return store_step(p->drop_devices) == 0;
}

/* The largest size of the file alone. */
static int64_t
room(const struct prune_limits *l)
{
	return (int64_t)(l->max_size - l->max_size / LOG_SHARE);
}

static void
day_of_minutes(struct prune *p, int64_t oldest)
{
	p->end = (when_floor(oldest, DAY_MINUTES) + 1) * DAY_MINUTES;
	p->phase = PRUNE_ROLL;
}

static bool
day_of_hours(struct prune *p, int64_t oldest, int64_t now)
{
	int64_t day = when_floor(oldest, 24);
	char text[128];

	p->end = (day + 1) * DAY_MINUTES;
	p->phase = PRUNE_HOURS;
	snprintf(text, sizeof text, "max-size: the hours of day %" PRId64 " since 1970 were deleted", day);
	bind_int(p->deleted, 1, p->end * MINUTE < now ? p->end * MINUTE : now);
	return store_step(p->deleted) == 0 && common_put_journal(p->rows, now, "prune", text);
}

/* Chooses what is deleted next if the file is too large. */
static bool
look_at_size(struct prune *p, const struct prune_limits *l, int64_t now)
{
	int64_t oldest;

	if (l->max_size == 0 || store_size(p->rows->store) <= room(l) || p->roll.stuck)
		p->phase = PRUNE_SHRINK;
	else if (!p->devices_done)
		p->phase = PRUNE_DEVICES;
	else if (common_oldest_minute(p->rows, &oldest))
		day_of_minutes(p, oldest);
	else if (common_oldest_hour(p->rows, &oldest))
		return day_of_hours(p, oldest, now);
	else
		p->phase = PRUNE_SHRINK;
	return true;
}

/* Rows of whole hours, the oldest first, and then the numbers of their changes. */
static bool
drop_hours(struct prune *p, const struct time_left *time)
{
	bool empty;

	bind_int(p->drop_hours, 1, p->end / HOUR_MINUTES);
	if (!drop_bites(p, p->drop_hours, PRUNE_ROWS, time, &empty))
		return false;
	if (!empty)
		return true;
	bind_int(p->drop_changes, 1, p->end);
	if (!drop_bites(p, p->drop_changes, PRUNE_ROWS, time, &empty))
		return false;
	if (empty)
		p->phase = PRUNE_SIZE;
	return true;
}

static bool
shrink(struct prune *p)
{
	p->shrunk += SHRINK_STEP;
	if (p->shrunk >= SHRINK || store_spare(p->rows->store) == 0)
		p->phase = PRUNE_IDLE;
	return store_shrink(p->rows->store, SHRINK_STEP);
}

static bool
begin(struct prune *p, const struct prune_limits *l, int64_t now)
{
	int64_t log = (int64_t)l->max_size / LOG_SHARE;

	p->end = l->keep > 0 ? when_floor(now - l->keep, HOUR) * HOUR_MINUTES : INT64_MIN / MINUTE;
	p->phase = PRUNE_ROLL;
	roll_begin(&p->roll);
	p->device.size = 0;
	p->devices_done = false;
	p->shrunk = 0;
	return store_limit_log(p->rows->store, log > 0 && log < STORE_LOG ? log : STORE_LOG) &&
	       losses_bound(&p->rows->losses);
}

static bool
step(struct prune *p, const struct prune_limits *l, int64_t now, const struct time_left *time)
{
	/* clang-format off */ /* a case a line */
	switch (p->phase) {
	case PRUNE_IDLE: return begin(p, l, now);
	case PRUNE_ROLL: return roll(p, time);
	case PRUNE_CLEAR: return clear(p, time);
	case PRUNE_SIZE: return look_at_size(p, l, now);
	case PRUNE_DEVICES: return give_up_devices(p);
	case PRUNE_HOURS: return drop_hours(p, time);
	case PRUNE_SHRINK: return shrink(p);
	}
	/* clang-format on */
	return true;
}

bool
prune_step(struct prune *p, const struct prune_limits *l, int64_t now, const struct time_left *time, bool *more)
{
	bool done = step(p, l, now, time);

	if (!done) {
		store_rollback(p->rows->store);
		p->phase = PRUNE_IDLE;
	}
	*more = p->phase != PRUNE_IDLE;
	return done;
}
