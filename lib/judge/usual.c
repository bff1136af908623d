/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How it works: a finished hour is added to its day, unless it was unusual. Past days define what is usual; today and
 * yesterday are left out, so that steady growth does not raise its own limit. A day with unusual hours and the day
 * before it are left out, too; they are remembered as a burst, and the second highest burst counts as usual, since what
 * came twice comes again (a newsletter). */
#include "usual.h"

#include <assert.h>
#include <string.h>

#include "wire.h"

#define FORM 1
#define DAY_BYTES (7 * 4)
#define BURST_BYTES (4 * 4)
#define UNUSUAL_BYTES (6 * 4 + 1 + 9 * 4 + 1)
#define FIXED_BYTES (1 + 5 * 4 + 1 + DISTINCT_BYTES + 2)
#define HOURS 24 /* of a day */

static_assert(FIXED_BYTES + (JUDGE_USUAL_DAYS + 2) * DAY_BYTES + JUDGE_USUAL_BURSTS * BURST_BYTES + UNUSUAL_BYTES <=
                      JUDGE_USUAL_PACKED,
              "it all fits");

static void
add(uint32_t *counter, uint64_t n)
{
	*counter = n < UINT32_MAX - *counter ? *counter + (uint32_t)n : UINT32_MAX;
}

static void
raise(uint32_t *most, uint32_t n)
{
	if (*most < n)
		*most = n;
}

static uint32_t
networks_of(const struct judge_usual *u)
{
	uint64_t n = distinct_count(&u->networks);

	return n < u->openings ? (uint32_t)n : u->openings;
}

/* The highest and the second highest. */
static void
take_two(uint32_t highest[2], uint32_t n)
{
	if (highest[0] < n) {
		highest[1] = highest[0];
		highest[0] = n;
	} else {
		raise(&highest[1], n);
	}
}

/* The second highest of the bursts that had ended by that day. */
static void
raise_by_bursts(const struct judge_usual *u, uint32_t day, struct judge_level *l)
{
	uint32_t openings[2] = {0}, networks[2] = {0};

	for (size_t n = 0; n < u->burst_count; n++) {
		const struct judge_usual_burst *b = &u->bursts[n];

		if (b->last + JUDGE_USUAL_APART >= day || b->last + JUDGE_USUAL_MEMORY < day)
			continue;
		take_two(openings, b->openings);
		take_two(networks, b->networks);
	}
	raise(&l->most_openings, openings[1]);
	raise(&l->most_networks, networks[1]);
}

static uint32_t
limit_of(uint32_t most, uint32_t least)
{
	uint64_t limit = (uint64_t)most * JUDGE_USUAL_TIMES;

	return limit < least ? least : limit < UINT32_MAX ? (uint32_t)limit : UINT32_MAX;
}

struct judge_level
judge_usual_level(const struct judge_usual *u)
{
	uint32_t today = u->hour / HOURS;
	uint64_t openings = 0, networks = 0;
	struct judge_level l = {0};

	for (size_t n = 0; n < u->day_count; n++) {
		const struct judge_usual_day *d = &u->days[n];

		if (d->day + 2 > today || d->day + 2 + JUDGE_USUAL_DAYS <= today)
			continue;
		l.days++;
		l.hours += d->hours;
		openings += d->openings;
		networks += d->networks;
		raise(&l.most_openings, d->most_openings);
		raise(&l.most_networks, d->most_networks);
		raise(&l.most_minute, d->most_minute);
	}
	if (l.hours > 0) {
		l.openings = (uint32_t)((openings + l.hours / 2) / l.hours);
		l.networks = (uint32_t)((networks + l.hours / 2) / l.hours);
	}
	raise_by_bursts(u, today, &l);
	l.limit_openings = limit_of(l.most_openings, JUDGE_USUAL_OPENINGS);
	l.limit_networks = limit_of(l.most_networks, JUDGE_USUAL_NETWORKS);
	l.enough = l.days >= JUDGE_USUAL_LEARN && l.hours >= JUDGE_USUAL_HOURS;
	return l;
}

static bool
is_unusual(const struct judge_usual *u, const struct judge_level *l)
{
	return l->enough && (u->openings > l->limit_openings || networks_of(u) > l->limit_networks);
}

/* Drops yesterday and today from the past, and adds the day to a burst. */
static void
set_aside(struct judge_usual *u, uint32_t day)
{
	struct judge_usual_burst *b = &u->bursts[u->burst_count];

	while (u->day_count > 0 && u->days[u->day_count - 1].day + 1 >= day)
		u->day_count--;
	if (u->burst_count > 0 && b[-1].last + JUDGE_USUAL_APART >= day) {
		b--;
		b->last = day;
	} else {
		if (u->burst_count == JUDGE_USUAL_BURSTS) {
			memmove(u->bursts, u->bursts + 1, sizeof u->bursts - sizeof *b);
			u->burst_count--;
			b--;
		}
		u->burst_count++;
		*b = (struct judge_usual_burst){.first = day, .last = day};
	}
	raise(&b->openings, u->openings);
	raise(&b->networks, networks_of(u));
}

static struct judge_usual_day *
day_at(struct judge_usual *u, uint32_t day)
{
	struct judge_usual_day *d = &u->days[u->day_count];

	if (u->day_count > 0 && d[-1].day == day)
		return d - 1;
	if (u->day_count == JUDGE_USUAL_DAYS + 2) {
		memmove(u->days, u->days + 1, sizeof u->days - sizeof *d);
		u->day_count--;
		d--;
	}
	u->day_count++;
	*d = (struct judge_usual_day){.day = day};
	return d;
}

/* Closes the hour. */
static void
learn(struct judge_usual *u)
{
	struct judge_level level = judge_usual_level(u);
	uint32_t day = u->hour / HOURS;
	struct judge_usual_day *d;

	if (u->openings == 0)
		return;
	if (is_unusual(u, &level)) {
		set_aside(u, day);
		return;
	}
	if (u->burst_count > 0 && u->bursts[u->burst_count - 1].last == day)
		return;
	d = day_at(u, day);
	d->hours++;
	add(&d->openings, u->openings);
	add(&d->networks, networks_of(u));
	raise(&d->most_openings, u->openings);
	raise(&d->most_networks, networks_of(u));
	raise(&d->most_minute, u->most_minute);
}

void
judge_usual_row(struct judge_usual *u, int64_t minute, uint64_t openings, const struct prefix *network)
{
	uint32_t now = minute < 60 ? 60 : minute < UINT32_MAX ? (uint32_t)minute : UINT32_MAX, hour = now / 60;

	if (u->hour > 0 && u->hour > hour + HOURS)
		*u = (struct judge_usual){.hour = hour};
	if (hour > u->hour) {
		learn(u);
		u->hour = hour;
		u->openings = u->most_minute = u->of_minute = 0;
		u->others = 0;
		memset(&u->networks, 0, sizeof u->networks);
	}
	if (now != u->minute)
		u->of_minute = 0;
	u->minute = now;
	add(&u->of_minute, openings);
	raise(&u->most_minute, u->of_minute);
	add(&u->openings, openings);
	if (network != NULL)
		distinct_add(&u->networks, network->addr.bytes, network->addr.family == 4 ? 4 : 16);
	else if (openings > 0)
		u->others = 1;
}

bool
judge_usual_look(struct judge_usual *u)
{
	struct judge_unusual *x = &u->unusual;
	struct judge_level level = judge_usual_level(u);
	bool begins = false;

	if (!is_unusual(u, &level))
		return false;
	if (x->hours == 0 || x->until + HOURS < u->hour || x->until > u->hour) {
		*x = (struct judge_unusual){.since = u->hour};
		begins = true;
	}
	if (x->hours == 0 || x->until != u->hour)
		x->hours++;
	x->until = u->hour;
	if (x->hour == u->hour || x->openings < u->openings) {
		x->hour = u->hour;
		x->openings = u->openings;
		x->networks = networks_of(u);
		x->others = u->others != 0;
		x->level = level;
	}
	return begins;
}

static void
flag(struct judge_wire *w, bool *value)
{
	uint8_t bit = *value;

	judge_wire_byte(w, &bit);
	*value = bit != 0;
	w->good = w->good && bit <= 1;
}

static void
words(struct judge_wire *w, uint32_t *const list[], size_t count)
{
	for (size_t n = 0; n < count; n++)
		judge_wire_word(w, list[n]);
}

static void
unusual_fields(struct judge_wire *w, struct judge_unusual *x)
{
	struct judge_level *l = &x->level;
	uint32_t *const list[] = {&x->since,          &x->until,         &x->hour,          &x->openings,
	                          &x->networks,       &l->days,          &l->hours,         &l->openings,
	                          &l->networks,       &l->most_openings, &l->most_networks, &l->most_minute,
	                          &l->limit_openings, &l->limit_networks};

	words(w, list, sizeof list / sizeof *list);
	flag(w, &x->others);
	flag(w, &l->enough);
}

static void
fields(struct judge_wire *w, struct judge_usual *u)
{
	uint32_t *const list[] = {&u->hour, &u->minute, &u->openings, &u->of_minute, &u->most_minute};

	words(w, list, sizeof list / sizeof *list);
	judge_wire_byte(w, &u->others);
	for (size_t n = 0; n < DISTINCT_BYTES; n++)
		judge_wire_byte(w, &u->networks.bytes[n]);
	judge_wire_byte(w, &u->day_count);
	if (u->day_count > JUDGE_USUAL_DAYS + 2)
		w->good = false;
	for (size_t n = 0; w->good && n < u->day_count; n++) {
		struct judge_usual_day *d = &u->days[n];
		uint32_t *const of_day[] = {&d->day,           &d->hours,         &d->openings,   &d->networks,
		                            &d->most_openings, &d->most_networks, &d->most_minute};

		words(w, of_day, sizeof of_day / sizeof *of_day);
		w->good = w->good && d->hours > 0 && d->hours <= HOURS && (n == 0 || d[-1].day < d->day);
	}
	judge_wire_byte(w, &u->burst_count);
	if (u->burst_count > JUDGE_USUAL_BURSTS)
		w->good = false;
	for (size_t n = 0; w->good && n < u->burst_count; n++) {
		struct judge_usual_burst *b = &u->bursts[n];
		uint32_t *const of_burst[] = {&b->first, &b->last, &b->openings, &b->networks};

		words(w, of_burst, sizeof of_burst / sizeof *of_burst);
		w->good = w->good && b->first <= b->last && (n == 0 || b[-1].last < b->first);
	}
	judge_wire_word(w, &u->unusual.hours);
	if (u->unusual.hours > 0)
		unusual_fields(w, &u->unusual);
}

size_t
judge_usual_pack(const struct judge_usual *u, uint8_t out[JUDGE_USUAL_PACKED])
{
	struct judge_wire w = {.out = out, .size = JUDGE_USUAL_PACKED, .good = true};
	struct judge_usual copy = *u;
	uint8_t version = FORM;

	judge_wire_byte(&w, &version);
	fields(&w, &copy);
	return w.at;
}

bool
judge_usual_unpack(struct judge_usual *u, const uint8_t *bytes, size_t size)
{
	struct judge_wire w = {.in = bytes, .size = size, .good = true};
	struct judge_usual read = {0};
	uint8_t version = 0;

	judge_wire_byte(&w, &version);
	if (version != FORM)
		return false;
	fields(&w, &read);
	/* Days and hours within 2^32 minutes: their sums do not overflow. */
	if (!w.good || w.at != size || read.hour == 0 || read.hour > UINT32_MAX / 60 || read.others > 1 ||
	    (read.unusual.hours > 0 && (read.unusual.since > read.unusual.until ||
	                                read.unusual.until > UINT32_MAX / 60 || read.unusual.hour > UINT32_MAX / 60)))
		return false;
	*u = read;
	return true;
}
