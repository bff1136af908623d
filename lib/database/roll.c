/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How it works: the sixty minutes of the oldest hour are read side by side by host, as for sealing, until a piece has
 * enough rows; these are summed up and deleted. A host with more rows than that (up to 123,000) goes in slices of its
 * destinations: slices share none, so their numbers can be added, and what the hour has and what the minutes still have
 * is the right sum at any time. Its busiest minute is looked for before, since a slice has a part of each minute only.
 * The end of the last slice is stored with it, in `meta`, so that a later run goes on there. Rows that come late for an
 * hour are found when it is looked for again. */
#include "roll.h"

#include <string.h>

#include "lib/base/when.h"

#define FIRST_MINUTE(hour) ((hour)*HEADS)

/* The rows of the hosts from r->next to this one. */
struct piece {
	struct addr host;
	int64_t rows; /* above ROLL_PIECE: of this host alone */
	int minutes;  /* in which it has rows */
};

bool
roll_prepare(struct roll *r, struct common_rows *rows)
{
	const struct statement_text all[] = {
	        {&r->hosts, rows->columns->roll},
	        {&r->slice, rows->columns->roll_slice},
	        {&r->peaks, rows->columns->peaks},
	        {&r->slice_end, "SELECT destination FROM attempt WHERE minute = ?1 AND host = ?2 AND destination >= ?3"
	                        " ORDER BY destination LIMIT 1 OFFSET ?4"},
	        {&r->drop_hosts, "DELETE FROM attempt WHERE minute = ?1 AND host BETWEEN ?2 AND ?3"},
	        {&r->drop_slice,
	         "DELETE FROM attempt WHERE minute = ?1 AND host = ?2 AND destination BETWEEN ?3 AND ?4"},
	        {&r->drop_minute, "DELETE FROM attempt WHERE minute = ?1"},
	        {&r->note, "INSERT INTO meta (key, value) VALUES ('rolled_hour', ?1), ('rolled_host', ?2),"
	                   " ('rolled_to', ?3) ON CONFLICT (key) DO UPDATE SET value = excluded.value"},
	        {&r->noted, "SELECT p.value FROM meta AS h JOIN meta AS a ON a.key = 'rolled_host' AND a.value = ?2"
	                    " JOIN meta AS p ON p.key = 'rolled_to' WHERE h.key = 'rolled_hour' AND h.value = ?1"},
	};

	memset(r, 0, sizeof *r);
	r->rows = rows;
	return store_prepare_all(rows->store, all, sizeof all / sizeof *all);
}

void
roll_begin(struct roll *r)
{
	r->hour = -1;
	r->stuck = false;
	r->busy.host.family = 0;
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
pass(struct roll *r, const struct addr *host)
{
	for (int i = 0; i < HEADS; i++) {
		struct head *h = &r->heads.head[i];

		if (h->there && addr_equal(&h->host, host) && (!head_next(h) || !skip_strange(h)))
			return false;
	}
	return true;
}

static int64_t
count_rows(const struct roll *r, const struct addr *host, int *minutes)
{
	int64_t rows = 0;

	*minutes = 0;
	for (int i = 0; i < HEADS; i++) {
		const struct head *h = &r->heads.head[i];

		if (!h->there || !addr_equal(&h->host, host))
			continue;
		rows += column_int(h->rows, ROW_HOST + 1);
		++*minutes;
	}
	return rows;
}

/* The hosts from the heads on whose rows fit into a piece, one at least; rows is 0 at the end of the hour. */
static bool
choose(struct roll *r, struct piece *out)
{
	const struct addr *lowest;
	int64_t rows;
	int minutes;

	*out = (struct piece){.rows = 0};
	while (out->rows < ROLL_PIECE && (lowest = heads_lowest(&r->heads)) != NULL) {
		struct addr host = *lowest;

		rows = count_rows(r, &host, &minutes);
		if (out->rows > 0 && out->rows + rows > ROLL_PIECE)
			break;
		*out = (struct piece){host, out->rows + rows, minutes};
		if (!pass(r, &host))
			return false;
	}
	return true;
}

/* The pieces of a step, until one of a busy host, which has a step of its own; their number, or -1. */
static int
choose_pieces(struct roll *r, const struct time_left *time, struct piece out[ROLL_PIECES])
{
	int n = 0;
	bool good = heads_prepare(&r->heads, r->rows->store, r->rows->columns->hosts) &&
	            heads_open(&r->heads, r->hour, &r->next);

	for (int i = 0; good && i < HEADS; i++)
		good = skip_strange(&r->heads.head[i]);
	do {
		good = good && choose(r, &out[n]);
		if (!good || out[n].rows == 0 || (n > 0 && out[n].rows > ROLL_PIECE))
			break;
	} while (out[n++].rows <= ROLL_PIECE && n < ROLL_PIECES && time_is_left(time));
	heads_close(&r->heads);
	return good ? n : -1;
}

/* The rows of a statement that has minute, and what else is bound, of each minute of the hour; *rows grows by them. */
static bool
drop_each_minute(struct roll *r, struct statement *drop, int64_t *rows)
{
	for (int i = 0; i < HEADS; i++) {
		bind_int(drop, 1, FIRST_MINUTE(r->hour) + i);
		if (store_step(drop) != 0)
			return false;
		*rows += store_changes(r->rows->store);
	}
	return true;
}

/* In the step's transaction. */
static bool
move_hosts(struct roll *r, const struct heads_place *from, const struct addr *to)
{
	int64_t rows = 0;

	bind_int(r->hosts, 1, FIRST_MINUTE(r->hour));
	bind_blob(r->hosts, 2, from->bytes, from->size);
	bind_addr(r->hosts, 3, to);
	bind_blob(r->drop_hosts, 2, from->bytes, from->size);
	bind_addr(r->drop_hosts, 3, to);
	return store_step(r->hosts) == 0 && drop_each_minute(r, r->drop_hosts, &rows);
}

static bool
move_pieces(struct roll *r, const struct piece *pieces, int count, const struct time_left *time)
{
	struct heads_place next = r->next;
	bool good = store_begin(r->rows->store) && seal_forget(&r->rows->seal, r->hour);
	int n = 0;

	do {
		good = good && move_hosts(r, &next, &pieces[n].host);
		next = behind(&pieces[n].host);
	} while (good && ++n < count && time_is_left(time));
	if (!good || !store_commit(r->rows->store))
		return false;
	r->next = next;
	return true;
}

static bool
begin_busy(struct roll *r, const struct piece *piece)
{
	struct roll_busy *b = &r->busy;
	int step;

	*b = (struct roll_busy){.host = piece->host, .minutes = piece->minutes};
	bind_int(r->noted, 1, r->hour);
	bind_addr(r->noted, 2, &b->host);
	if ((step = store_step(r->noted)) < 0)
		return false;
	if (step == 1) {
		b->from.size = column_blob(r->noted, 0, b->from.bytes, sizeof b->from.bytes);
		b->begun = true;
		b->peaks = HEADS;
		store_reset(r->noted);
	}
	return true;
}

static bool
put_peak(struct roll *r)
{
	bind_int(r->peaks, 1, FIRST_MINUTE(r->hour) + r->busy.peaks++);
	bind_addr(r->peaks, 2, &r->busy.host);
	return store_step(r->peaks) == 0;
}

/* True if a comes before b in the order of a database. */
static bool
place_before(const struct heads_place *a, const struct heads_place *b)
{
	int order = memcmp(a->bytes, b->bytes, a->size < b->size ? a->size : b->size);

	return order < 0 || (order == 0 && a->size < b->size);
}

/* The last destination of a slice: one that leaves no minute more than its share of a piece. Size 0: all do. */
static bool
find_slice_end(struct roll *r, struct heads_place *end)
{
	struct roll_busy *b = &r->busy;
	struct heads_place at;
	int step;

	end->size = 0;
	bind_addr(r->slice_end, 2, &b->host);
	bind_blob(r->slice_end, 3, b->from.bytes, b->from.size);
	bind_int(r->slice_end, 4, ROLL_PIECE / b->minutes);
	for (int i = 0; i < HEADS; i++) {
		bind_int(r->slice_end, 1, FIRST_MINUTE(r->hour) + i);
		if ((step = store_step(r->slice_end)) < 0)
			return false;
		if (step == 0)
			continue;
		at.size = column_blob(r->slice_end, 0, at.bytes, sizeof at.bytes);
		store_reset(r->slice_end);
		if (at.size > 0 && at.size < sizeof at.bytes && (end->size == 0 || place_before(&at, end)))
			*end = at;
	}
	return true;
}

/* Destinations that are no addresses are left for later if there are others. */
static bool
move_slice(struct roll *r, int64_t *rows, bool *last)
{
	struct roll_busy *b = &r->busy;
	struct statement *both[] = {r->slice, r->drop_slice};
	struct heads_place end;
	uint8_t beyond[2 * ADDR_AFTER];

	memset(beyond, 0xff, sizeof beyond);
	if (!find_slice_end(r, &end))
		return false;
	*last = end.size == 0;
	if (*last && !b->begun) {
		struct heads_place from = behind(&b->host);

		from.size--; /* the host itself */
		return move_hosts(r, &from, &b->host);
	}
	for (int i = 0; i < 2; i++) {
		bind_int(both[i], 1, FIRST_MINUTE(r->hour));
		bind_addr(both[i], 2, &b->host);
		bind_blob(both[i], 3, b->from.bytes, b->from.size);
		bind_blob(both[i], 4, *last ? beyond : end.bytes, *last ? sizeof beyond : end.size);
	}
	bind_int(r->slice, 5, b->begun);
	if (store_step(r->slice) != 0 || !drop_each_minute(r, r->drop_slice, rows))
		return false;
	b->begun = true;
	end.bytes[end.size++] = 0;
	b->from = end;
	return true;
}

static bool
note_place(struct roll *r, bool last)
{
	bind_int(r->note, 1, last ? -1 : r->hour);
	bind_addr(r->note, 2, &r->busy.host);
	bind_blob(r->note, 3, r->busy.from.bytes, r->busy.from.size);
	return !r->busy.begun || store_step(r->note) == 0;
}

static bool
move_busy(struct roll *r, const struct time_left *time)
{
	bool good = store_begin(r->rows->store) && seal_forget(&r->rows->seal, r->hour), last = false;
	int64_t rows = 0;

	do
		good = good && (r->busy.peaks < HEADS ? put_peak(r) : move_slice(r, &rows, &last));
	while (good && !last && rows < ROLL_PIECES * ROLL_PIECE && time_is_left(time));
	if (!good || !note_place(r, last) || !store_commit(r->rows->store))
		return false;
	if (last) {
		r->next = behind(&r->busy.host);
		r->busy.host.family = 0;
	}
	return true;
}

/* Goes to the oldest hour before `end`; r->hour stays -1 if there is none. */
static void
find_hour(struct roll *r, int64_t end)
{
	int64_t oldest;

	if (r->hour >= 0 || r->stuck || !common_oldest_minute(r->rows, &oldest) || oldest >= end)
		return;
	r->hour = when_floor(oldest, HEADS);
	r->next.size = 0;
}

/* An hour of rows whose host is no address: those of its first minute are deleted. They belong to nobody. */
static bool
drop_strange(struct roll *r)
{
	int64_t oldest;

	if (!common_oldest_minute(r->rows, &oldest))
		return true;
	bind_int(r->drop_minute, 1, oldest);
	if (store_step(r->drop_minute) != 0)
		return false;
	r->stuck = store_changes(r->rows->store) == 0;
	return true;
}

bool
roll_step(struct roll *r, int64_t end, const struct time_left *time, bool *more)
{
	struct piece pieces[ROLL_PIECES];
	int count;

	find_hour(r, end);
	*more = r->hour >= 0;
	if (r->hour < 0)
		return true;
	if (r->busy.host.family != 0)
		return move_busy(r, time);
	if ((count = choose_pieces(r, time, pieces)) < 0)
		return false;
	if (count == 0) {
		r->hour = -1;
		return r->next.size > 0 || drop_strange(r);
	}
	if (pieces[0].rows > ROLL_PIECE)
		return begin_busy(r, &pieces[0]) && move_busy(r, time);
	return move_pieces(r, pieces, count, time);
}
