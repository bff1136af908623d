/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "common.h"

#include <string.h>
#include <xxhash.h>

#include "lib/base/when.h"

#define HOUR_MINUTES INT64_C(60)

bool
common_rows_prepare(struct common_rows *r, struct store *s, const struct columns *columns)
{
	const struct statement_text all[] = {
	        {&r->add_attempt, columns->add},
	        {&r->add_change, "INSERT OR REPLACE INTO minute_change (minute) VALUES (?1)"},
	        {&r->add_device,
	         "INSERT INTO device (host, mac, first, last) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET"
	         " first = min(first, excluded.first), last = max(last, excluded.last)"},
	        {&r->set_range, "INSERT INTO host_range (host, name) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET"
	                        " name = excluded.name WHERE name <> excluded.name"},
	        {&r->no_range, "DELETE FROM host_range WHERE host = ?1"},
	        {&r->add_raw, "INSERT INTO raw_syn (minute, host, attempts) VALUES (?1, ?2, ?3)"
	                      " ON CONFLICT DO UPDATE SET attempts = attempts + excluded.attempts"},
	        {&r->add_stack, "INSERT INTO syn_stack (hour, host, stack, minutes) VALUES (?1, ?2, ?3, ?4)"
	                        " ON CONFLICT DO UPDATE SET minutes = minutes | excluded.minutes"},
	        {&r->add_clock, "INSERT INTO syn_clock (hour, host, minute, at, destination, value)"
	                        " VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO UPDATE SET at = excluded.at,"
	                        " destination = excluded.destination, value = excluded.value WHERE at > excluded.at"},
	        {&r->oldest_minute, "SELECT min(minute) FROM attempt"},
	        {&r->oldest_hour, "SELECT min(hour) FROM hour"},
	};

	r->store = s;
	r->columns = columns;
	common_rolled_back(r);
	return store_prepare_all(s, all, sizeof all / sizeof *all) && losses_prepare(&r->losses, s) &&
	       seal_prepare(&r->seal, s, columns);
}

bool
common_put_raw(struct common_rows *r, const struct minute_key *key, uint64_t attempts)
{
	if (attempts == 0)
		return true;
	bind_int(r->add_raw, 1, key->minute);
	bind_addr(r->add_raw, 2, &key->host);
	bind_int(r->add_raw, 3, (int64_t)attempts);
	return store_step(r->add_raw) == 0;
}

/* The cache entry of the host and minute. */
static struct common_stacked *
stacked_at(struct common_rows *r, const struct minute_key *key)
{
	struct common_stacked *known = &r->stacked[XXH3_64bits(&key->host, sizeof key->host) & (COMMON_STACKED - 1)];

	if (known->minute != key->minute || !addr_equal(&known->host, &key->host))
		*known = (struct common_stacked){.host = key->host, .minute = key->minute};
	return known;
}

bool
common_put_stacks(struct common_rows *r, const struct minute_key *key, uint64_t stacks)
{
	struct common_stacked *known;
	int64_t hour = when_floor(key->minute, HOUR_MINUTES);

	if (stacks == 0)
		return true;
	known = stacked_at(r, key);
	for (stacks &= ~(uint64_t)known->stacks; stacks != 0; stacks &= stacks - 1) {
		int n = __builtin_ctzll(stacks);

		bind_int(r->add_stack, 1, hour);
		bind_addr(r->add_stack, 2, &key->host);
		bind_int(r->add_stack, 3, n + 1);
		bind_int(r->add_stack, 4, INT64_C(1) << (key->minute - hour * HOUR_MINUTES));
		if (store_step(r->add_stack) != 0)
			return false;
		known->stacks |= UINT32_C(1) << n;
	}
	return true;
}

/* In a row of many destinations, the timestamp's destination is unknown. */
bool
common_put_clock(struct common_rows *r, const struct minute_row *row)
{
	int64_t hour = when_floor(row->key.minute, HOUR_MINUTES);
	struct common_stacked *known;

	if (row->clock == 0 || row->key.destination.family == 0)
		return true;
	known = stacked_at(r, &row->key);
	if (known->clock_at != 0 && known->clock_at <= row->clock_at)
		return true;
	bind_int(r->add_clock, 1, hour);
	bind_addr(r->add_clock, 2, &row->key.host);
	bind_int(r->add_clock, 3, row->key.minute - hour * HOUR_MINUTES);
	bind_int(r->add_clock, 4, row->clock_at);
	bind_addr(r->add_clock, 5, &row->key.destination);
	bind_int(r->add_clock, 6, row->clock);
	if (store_step(r->add_clock) != 0)
		return false;
	known->clock_at = row->clock_at;
	return true;
}

bool
common_put_devices(struct common_rows *r, const struct devices *d)
{
	const struct device *device;
	size_t at = 0;

	while ((device = devices_next(d, &at)) != NULL) {
		bind_addr(r->add_device, 1, &device->host);
		bind_blob(r->add_device, 2, device->mac, sizeof device->mac);
		bind_int(r->add_device, 3, device->first);
		bind_int(r->add_device, 4, device->last);
		if (store_step(r->add_device) != 0)
			return false;
	}
	return true;
}

bool
common_put_range(struct common_rows *r, const struct config *c, const struct addr *host)
{
	struct addr *ranged = &r->ranged[XXH3_64bits(host, sizeof *host) & (COMMON_RANGED - 1)];
	const char *range;

	if (c == NULL || addr_equal(ranged, host))
		return true;
	*ranged = *host;
	if ((range = config_range(c, host)) == NULL) {
		bind_addr(r->no_range, 1, host);
		return store_step(r->no_range) == 0;
	}
	bind_addr(r->set_range, 1, host);
	bind_text(r->set_range, 2, range);
	return store_step(r->set_range) == 0;
}

bool
common_begin(struct common_rows *r)
{
	r->changed = -1;
	return store_begin(r->store);
}

/* Numbers the change of the minute's rows. Once a transaction suffices; rows are put minute by minute. */
static bool
number_change(struct common_rows *r, int64_t minute)
{
	if (r->changed == minute)
		return true;
	r->changed = minute;
	bind_int(r->add_change, 1, minute);
	return store_step(r->add_change) == 0;
}

bool
common_put_row(struct common_rows *r, const struct config *c, const struct minute_row *row)
{
	const uint64_t *more = row->count + r->columns->counts; /* RAW and STACKS: see columns.h */

	columns_bind(r->add_attempt, r->columns, row);
	return store_step(r->add_attempt) == 0 && number_change(r, row->key.minute) &&
	       seal_break(&r->seal, row->key.minute) && common_put_raw(r, &row->key, more[0]) &&
	       common_put_stacks(r, &row->key, more[1]) && common_put_clock(r, row) &&
	       common_put_range(r, c, &row->key.host);
}

void
common_rolled_back(struct common_rows *r)
{
	memset(r->ranged, 0, sizeof r->ranged);
	memset(r->stacked, 0, sizeof r->stacked);
}

bool
common_put_gap(struct common_rows *r, int64_t since, int64_t until, const char *cause, int64_t missing)
{
	return losses_put_gap(&r->losses, since, until, cause, missing);
}

bool
common_put_journal(struct common_rows *r, int64_t at, const char *what, const char *text)
{
	return losses_put_line(&r->losses, at, what, text);
}

/* Runs a statement for one number; false if there is no row (an empty table). */
static bool
ask(struct statement *st, int64_t *out)
{
	bool there = store_step(st) == 1;

	if (!there)
		return false;
	there = !column_null(st, 0);
	*out = column_int(st, 0);
	store_reset(st);
	return there;
}

bool
common_oldest_minute(struct common_rows *r, int64_t *minute)
{
	return ask(r->oldest_minute, minute);
}

bool
common_oldest_hour(struct common_rows *r, int64_t *hour)
{
	return ask(r->oldest_hour, hour);
}

bool
common_oldest(struct common_rows *r, int64_t *when)
{
	int64_t minute, hour;
	bool minutes = common_oldest_minute(r, &minute), hours = common_oldest_hour(r, &hour);

	if (hours && (!minutes || hour * HOUR_MINUTES < minute))
		minute = hour * HOUR_MINUTES;
	if (minutes || hours)
		*when = minute * MINUTE;
	return minutes || hours;
}
