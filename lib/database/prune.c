/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How it works: a round goes through the phases of enum prune_phase; PRUNE_SIZE may send it back for another day. To
 * roll up an hour, its sixty minutes are read side by side by host, as for sealing, until a step has enough rows; these
 * are summed up and deleted. A host with more rows than that goes a few minutes at a time: its first step has counted
 * its destinations of the whole hour, and later ones keep the larger number. Rows that come late for an hour are found
 * when it is looked for again. Nothing is remembered across a restart: what is left is found by its time. */
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
#define BLOBS 1024     /* rows of many bytes that a step deletes */
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

/* The rows that a step moves: of the minutes `first` to `to`, of the hosts `from` to `host`. */
struct piece {
	int64_t first, to;
	struct addr host;
	int64_t rows;
};

bool
prune_prepare(struct prune *p, struct common_rows *rows)
{
	const struct statement_text all[] = {
	        {&p->roll, rows->columns->roll},
	        {&p->drop_rows, "DELETE FROM attempt WHERE minute = ?1 AND host BETWEEN ?2 AND ?3"},
	        {&p->drop_minute, "DELETE FROM attempt WHERE minute = ?1"},
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
	if (!store_prepare_all(rows->store, all, sizeof all / sizeof *all))
		return false;
	for (size_t i = 0; i < PRUNE_TABLES; i++)
		if ((p->clear[i] = store_prepare(rows->store, cleared[i].sql)) == NULL)
			return false;
	return true;
}

static struct heads_place
behind(const struct addr *host)
{
	struct heads_place place;

	place.size = addr_after(host, place.bytes);
	return place;
}

/* The next row of a head whose host is an address. Others can only come from somebody else's hand. */
static bool
skip_strange(struct head *h)
{
	while (h->there && h->host.family == 0)
		if (!head_next(h))
			return false;
	return true;
}

static bool
pass(struct prune *p, const struct addr *host)
{
	for (int i = 0; i < HEADS; i++) {
		struct head *h = &p->heads.head[i];

		if (h->there && addr_equal(&h->host, host) && (!head_next(h) || !skip_strange(h)))
			return false;
	}
	return true;
}

/* Rows of the host in the first minutes of the hour whose rows fit into a step, at least one minute; `to` gets the last
 * of these minutes. */
static int64_t
count_rows(const struct prune *p, const struct addr *host, int64_t *to)
{
	int64_t rows = 0;

	for (int i = 0; i < HEADS; i++) {
		const struct head *h = &p->heads.head[i];
		int64_t more = h->there && addr_equal(&h->host, host) ? column_int(h->rows, ROW_HOST + 1) : 0;

		if (rows > 0 && rows + more > PRUNE_ROWS)
			break;
		rows += more;
		*to = p->hour * HOUR_MINUTES + i;
	}
	return rows;
}

/* Chooses hosts from p->next on, until a step has enough rows; rows is 0 at the end of the hour. */
static bool
choose(struct prune *p, struct piece *out)
{
	int64_t last = p->hour * HOUR_MINUTES + HEADS - 1, to = last, rows;
	const struct addr *lowest;

	*out = (struct piece){.first = p->hour * HOUR_MINUTES, .to = last};
	for (int i = 0; i < HEADS; i++)
		if (!skip_strange(&p->heads.head[i]))
			return false;
	while (out->to == last && (lowest = heads_lowest(&p->heads)) != NULL) {
		struct addr host = *lowest;

		rows = count_rows(p, &host, &to);
		if (out->rows > 0 && (to < last || out->rows + rows > PRUNE_ROWS))
			break;
		out->host = host;
		out->rows += rows;
		out->to = to;
		if (!pass(p, &host))
			return false;
	}
	return true;
}

/* In the step's transaction. */
static bool
move(struct prune *p, const struct piece *piece)
{
	bind_int(p->roll, 1, piece->first);
	bind_int(p->roll, 2, piece->to);
	bind_int(p->roll, 3, piece->first + HEADS - 1);
	bind_blob(p->roll, 4, p->next.bytes, p->next.size);
	bind_addr(p->roll, 5, &piece->host);
	if (!seal_forget(&p->rows->seal, p->hour) || store_step(p->roll) != 0)
		return false;
	bind_blob(p->drop_rows, 2, p->next.bytes, p->next.size);
	bind_addr(p->drop_rows, 3, &piece->host);
	for (int64_t minute = piece->first; minute <= piece->to; minute++) {
		bind_int(p->drop_rows, 1, minute);
		if (store_step(p->drop_rows) != 0)
			return false;
	}
	return true;
}

/* Goes to the oldest hour before p->end; p->hour stays -1 if there is none. */
static void
find_hour(struct prune *p)
{
	int64_t oldest;

	if (p->hour >= 0 || p->stuck || !common_oldest_minute(p->rows, &oldest) || oldest >= p->end)
		return;
	p->hour = when_floor(oldest, HOUR_MINUTES);
	p->next.size = 0;
}

/* An hour of rows whose host is no address: those of its first minute are deleted. They belong to nobody. */
static bool
drop_strange(struct prune *p)
{
	int64_t oldest;

	if (!common_oldest_minute(p->rows, &oldest))
		return true;
	bind_int(p->drop_minute, 1, oldest);
	if (store_step(p->drop_minute) != 0)
		return false;
	p->stuck = store_changes(p->rows->store) == 0;
	return true;
}

static bool
roll(struct prune *p)
{
	struct store *store = p->rows->store;
	struct piece piece;
	bool chosen;

	find_hour(p);
	if (p->hour < 0) {
		p->phase = PRUNE_CLEAR;
		p->table = 0;
		return true;
	}
	chosen = heads_prepare(&p->heads, store, p->rows->columns->hosts) && heads_open(&p->heads, p->hour, &p->next) &&
	         choose(p, &piece);
	heads_close(&p->heads);
	if (!chosen)
		return false;
	if (piece.rows == 0) {
		p->hour = -1;
		return p->next.size > 0 || drop_strange(p);
	}
	if (!store_begin(store) || !move(p, &piece) || !store_commit(store))
		return false;
	if (piece.to == piece.first + HEADS - 1)
		p->next = behind(&piece.host);
	return true;
}

/* Rows of hours that have no minutes any more. */
static bool
clear(struct prune *p)
{
	struct statement *st = p->clear[p->table];
	int64_t before;

	if (!common_oldest_minute(p->rows, &before))
		before = p->end;
	bind_int(st, 1, when_floor(before, HOUR_MINUTES) * HOUR_MINUTES);
	bind_int(st, 2, cleared[p->table].most);
	if (store_step(st) != 0)
		return false;
	if (store_changes(p->rows->store) == 0 && ++p->table == PRUNE_TABLES)
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
	bind_int(p->last_device, 2, PRUNE_ROWS);
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

	if (l->max_size == 0 || store_size(p->rows->store) <= room(l) || p->stuck)
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
drop_hours(struct prune *p)
{
	bind_int(p->drop_hours, 1, p->end / HOUR_MINUTES);
	bind_int(p->drop_hours, 2, PRUNE_ROWS);
	if (store_step(p->drop_hours) != 0)
		return false;
	if (store_changes(p->rows->store) > 0)
		return true;
	bind_int(p->drop_changes, 1, p->end);
	bind_int(p->drop_changes, 2, PRUNE_ROWS);
	if (store_step(p->drop_changes) != 0)
		return false;
	if (store_changes(p->rows->store) == 0)
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
	p->hour = -1;
	p->device.size = 0;
	p->devices_done = p->stuck = false;
	p->shrunk = 0;
	return store_limit_log(p->rows->store, log > 0 && log < STORE_LOG ? log : STORE_LOG) &&
	       losses_bound(&p->rows->losses);
}

static bool
step(struct prune *p, const struct prune_limits *l, int64_t now)
{
	/* clang-format off */ /* a case a line */
	switch (p->phase) {
	case PRUNE_IDLE: return begin(p, l, now);
	case PRUNE_ROLL: return roll(p);
	case PRUNE_CLEAR: return clear(p);
	case PRUNE_SIZE: return look_at_size(p, l, now);
	case PRUNE_DEVICES: return give_up_devices(p);
	case PRUNE_HOURS: return drop_hours(p);
	case PRUNE_SHRINK: return shrink(p);
	}
	/* clang-format on */
	return true;
}

bool
prune_step(struct prune *p, const struct prune_limits *l, int64_t now, bool *more)
{
	bool done = step(p, l, now);

	if (!done) {
		store_rollback(p->rows->store);
		p->phase = PRUNE_IDLE;
	}
	*more = p->phase != PRUNE_IDLE;
	return done;
}
