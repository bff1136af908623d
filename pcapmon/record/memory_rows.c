/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How it works: attempts come and go too fast for a row each. The changes of a second are one row of packed entries,
 * and goes when all of them are older than any SYN that could be sent again. Connections are few, and have a row each.
 * Numbers are packed little-endian on every machine. */
#include "memory_rows.h"

#include <stdlib.h>
#include <string.h>

#include "lib/count/attempts.h"
#include "pcapmon/tally/connections.h"
#include "pcapmon/tally/early.h"
#include "pcapmon/tally/fragments.h"
#include "lib/base/pack.h"
#include "lib/base/when.h"
#include "pcapmon/tally/nat.h"

#define ATTEMPT_BYTES 34
#define CONNECTION_BYTES 53
#define CHUNK 8192 /* attempts in a row */

enum waiting { WAITING_FRAGMENTS, WAITING_NAT, WAITING_ANSWER };

struct memory_rows {
	struct store *store;
	struct tally *tally;
	struct statement *add_chunk, *expire, *each_chunk, *put_connection, *drop_connection, *each_connection;
	struct statement *set_seed, *put_waiting, *each_waiting;
	bool whole;     /* the next transaction writes everything */
	bool last;      /* and what is unfinished */
	bool anew;      /* and the seed */
	int64_t newest; /* of the chunk */
	size_t used;    /* bytes of it */
	uint8_t chunk[CHUNK * ATTEMPT_BYTES];
};

static const char sql_set_seed[] = "INSERT OR REPLACE INTO meta (key, value) VALUES ('memory_seed', ?1)";

bool
memory_rows_seed(struct store *s, uint64_t fresh, uint64_t *seed)
{
	struct statement *get = store_prepare(s, "SELECT value FROM meta WHERE key = 'memory_seed'");
	struct statement *set = store_prepare(s, sql_set_seed);
	int step;

	if (get == NULL || set == NULL || (step = store_step(get)) < 0)
		return false;
	*seed = fresh;
	if (step == 0) {
		bind_int(set, 1, (int64_t)fresh);
		return store_step(set) == 0;
	}
	*seed = (uint64_t)column_int(get, 0);
	store_reset(get);
	return true;
}

static bool
prepare(struct memory_rows *m, struct store *s)
{
	const struct statement_text all[] = {
	        {&m->add_chunk, "INSERT INTO memory_attempt (newest, entries) VALUES (?1, ?2)"},
	        {&m->expire, "DELETE FROM memory_attempt WHERE newest < ?1"},
	        {&m->each_chunk, "SELECT entries FROM memory_attempt ORDER BY chunk"},
	        {&m->put_connection, "INSERT OR REPLACE INTO memory_connection (flow, entry) VALUES (?1, ?2)"},
	        {&m->drop_connection, "DELETE FROM memory_connection WHERE flow = ?1"},
	        {&m->each_connection, "SELECT entry FROM memory_connection ORDER BY flow"},
	        {&m->set_seed, sql_set_seed},
	        {&m->put_waiting, "INSERT INTO memory_waiting (kind, entry) VALUES (?1, ?2)"},
	        {&m->each_waiting, "SELECT kind, entry FROM memory_waiting"},
	};

	m->store = s;
	return store_prepare_all(s, all, sizeof all / sizeof *all);
}

struct memory_rows *
memory_rows_new(struct store *s, struct tally *t)
{
	struct memory_rows *m = calloc(1, sizeof *m);

	if (m == NULL)
		return NULL;
	m->tally = t;
	if (prepare(m, s))
		return m;
	free(m);
	return NULL;
}

/* The memory in another file is not of this run. */
bool
memory_rows_open(void *memory, struct store *s)
{
	struct memory_rows *m = memory;

	m->whole = m->anew = true;
	return prepare(m, s);
}

void
memory_rows_free(struct memory_rows *m)
{
	free(m);
}

void
memory_rows_whole(struct memory_rows *m)
{
	m->whole = true;
}

void
memory_rows_last(struct memory_rows *m)
{
	m->last = true;
	m->whole |= tally_missed(m->tally);
}

/* Packs to `to` or unpacks from `from`, the other being NULL: one list of fields serves both, so they agree. */
struct packing {
	uint8_t *to;
	const uint8_t *from;
};

static uint64_t
field(struct packing *p, uint64_t value, size_t bytes)
{
	if (p->to != NULL)
		p->to = put_number(p->to, value, bytes);
	else
		p->from = get_number(p->from, &value, bytes);
	return value;
}

static void
attempt_fields(struct packing *p, struct attempt *a)
{
	a->flow = field(p, a->flow, 8);
	a->first = (int64_t)field(p, (uint64_t)a->first, 8);
	a->isn = (uint32_t)field(p, a->isn, 4);
	a->last = (uint32_t)field(p, a->last, 4);
	a->peer = (uint32_t)field(p, a->peer, 4);
	a->id = (uint16_t)field(p, a->id, 2);
	a->data = (uint16_t)field(p, a->data, 2);
	a->state = (uint8_t)field(p, a->state, 1);
	a->marks = (uint8_t)field(p, a->marks, 1);
}

static void
connection_fields(struct packing *p, struct connection *k)
{
	k->flow = field(p, k->flow, 8);
	k->last = (int64_t)field(p, (uint64_t)k->last, 8);
	k->isn = (uint32_t)field(p, k->isn, 4);
	k->peer = (uint32_t)field(p, k->peer, 4);
	k->out = (uint32_t)field(p, k->out, 4);
	k->in = (uint32_t)field(p, k->in, 4);
	k->port = (uint16_t)field(p, k->port, 2);
	k->end = (uint8_t)field(p, k->end, 1);
	k->closed = (uint8_t)field(p, k->closed, 1);
	if (p->to != NULL)
		p->to = put_address(p->to, &k->host);
	else
		p->from = get_address(p->from, &k->host);
}

static bool
put_chunk(struct memory_rows *m)
{
	if (m->used == 0)
		return true;
	bind_int(m->add_chunk, 1, m->newest);
	bind_blob(m->add_chunk, 2, m->chunk, m->used);
	m->used = 0;
	return store_step(m->add_chunk) == 0;
}

static bool
put_attempt(struct memory_rows *m, const struct attempt *a)
{
	struct attempt copy;

	if (a == NULL || a->flow == 0)
		return true;
	if (m->used == 0 || a->first > m->newest)
		m->newest = a->first;
	copy = *a;
	attempt_fields(&(struct packing){.to = m->chunk + m->used}, &copy);
	m->used += ATTEMPT_BYTES;
	return m->used < sizeof m->chunk || put_chunk(m);
}

static bool
put_attempts(struct memory_rows *m)
{
	struct attempts *t = tally_attempts(m->tally);
	const struct attempt *a;
	const uint32_t *place;
	size_t count;

	m->used = 0;
	if (m->whole) {
		if (!store_run(m->store, "DELETE FROM memory_attempt"))
			return false;
		for (size_t i = 0; (a = attempts_at(t, i)) != NULL; i++)
			if (a->first >= tally_newest(m->tally) - ATTEMPT_WINDOW && !put_attempt(m, a))
				return false;
		return put_chunk(m);
	}
	place = tally_changed(m->tally, &count);
	for (size_t i = 0; i < count; i++)
		if (!put_attempt(m, attempts_at(t, place[i])))
			return false;
	if (count == 0)
		return true;
	bind_int(m->expire, 1, tally_newest(m->tally) - ATTEMPT_WINDOW);
	return put_chunk(m) && store_step(m->expire) == 0;
}

static bool
put_connection(struct memory_rows *m, const struct connection *k)
{
	uint8_t entry[CONNECTION_BYTES];
	struct connection copy = *k;

	connection_fields(&(struct packing){.to = entry}, &copy);
	bind_int(m->put_connection, 1, (int64_t)k->flow);
	bind_blob(m->put_connection, 2, entry, sizeof entry);
	return store_step(m->put_connection) == 0;
}

static bool
put_connections(struct memory_rows *m)
{
	struct connections *c = tally_connections(m->tally);
	const struct connection *k;
	const uint64_t *flow;
	size_t count;

	if (!connections_changed(c, &flow, &count) || m->whole) {
		if (!store_run(m->store, "DELETE FROM memory_connection"))
			return false;
		for (size_t i = 0; (k = connections_at(c, i)) != NULL; i++)
			if (k->flow != 0 && !put_connection(m, k))
				return false;
		return true;
	}
	for (size_t i = 0; i < count; i++) {
		k = connections_find(c, flow[i]);
		bind_int(m->drop_connection, 1, (int64_t)flow[i]);
		if (k != NULL ? !put_connection(m, k) : store_step(m->drop_connection) != 0)
			return false;
	}
	return true;
}

static bool
put_seed(struct memory_rows *m)
{
	if (!m->anew)
		return true;
	bind_int(m->set_seed, 1, (int64_t)tally_seed(m->tally));
	return store_step(m->set_seed) == 0;
}

static bool
put_entry(struct memory_rows *m, enum waiting kind, const uint8_t *entry, size_t size)
{
	bind_int(m->put_waiting, 1, kind);
	bind_blob(m->put_waiting, 2, entry, size);
	return store_step(m->put_waiting) == 0;
}

/* Only at the end: a run that is killed leaves a gap that is longer than they wait, or reads its file once more. */
static bool
put_waiting(struct memory_rows *m)
{
	uint8_t fragments[FRAGMENT_BYTES], opening[NAT_BYTES], answer[EARLY_BYTES];
	enum place_state state;

	if (!m->whole && !m->last)
		return true;
	if (!store_run(m->store, "DELETE FROM memory_waiting"))
		return false;
	for (size_t i = 0; (state = fragments_pack(tally_fragments(m->tally), i, fragments)) != PLACE_NONE; i++)
		if (state == PLACE_TAKEN && !put_entry(m, WAITING_FRAGMENTS, fragments, sizeof fragments))
			return false;
	for (size_t i = 0; (state = nat_pack(tally_nat(m->tally), i, tally_newest(m->tally), opening)) != PLACE_NONE;
	     i++)
		if (state == PLACE_TAKEN && !put_entry(m, WAITING_NAT, opening, sizeof opening))
			return false;
	for (size_t i = 0; (state = early_pack(tally_early(m->tally), i, tally_newest(m->tally), answer)) != PLACE_NONE;
	     i++)
		if (state == PLACE_TAKEN && !put_entry(m, WAITING_ANSWER, answer, sizeof answer))
			return false;
	return true;
}

bool
memory_rows_put(void *memory)
{
	return put_seed(memory) && put_attempts(memory) && put_connections(memory) && put_waiting(memory);
}

void
memory_rows_done(void *memory)
{
	struct memory_rows *m = memory;

	tally_kept(m->tally);
	connections_settle(tally_connections(m->tally));
	m->whole = m->last = m->anew = false;
}

/* Entries that are no attempt are skipped: the file may come from anywhere. */
static void
load_attempt(struct memory_rows *m, const uint8_t *from)
{
	struct attempt a = {0};

	attempt_fields(&(struct packing){.from = from}, &a);
	if (a.state <= ATTEMPT_CROSSED && when_is_time(a.first))
		tally_remember(m->tally, &a);
}

static void
load_connection(struct memory_rows *m, const uint8_t *from)
{
	struct connection k = {0};

	connection_fields(&(struct packing){.from = from}, &k);
	if (k.flow != 0 && k.host.family != 0 && when_is_time(k.last) && k.end <= END_TIMED_OUT)
		connections_add(tally_connections(m->tally), &k);
}

static bool
load_waiting(struct memory_rows *m)
{
	const uint8_t *entry;
	size_t size;
	int step;

	while ((step = store_step(m->each_waiting)) == 1) {
		entry = column_bytes(m->each_waiting, 1, &size);
		if (column_int(m->each_waiting, 0) == WAITING_FRAGMENTS && size == FRAGMENT_BYTES)
			fragments_put_back(tally_fragments(m->tally), entry);
		else if (column_int(m->each_waiting, 0) == WAITING_NAT && size == NAT_BYTES)
			nat_put_back(tally_nat(m->tally), entry);
		else if (column_int(m->each_waiting, 0) == WAITING_ANSWER && size == EARLY_BYTES)
			early_put_back(tally_early(m->tally), entry);
	}
	return step == 0;
}

bool
memory_rows_load(struct memory_rows *m)
{
	uint8_t entry[CONNECTION_BYTES];
	size_t size;
	int step;

	while ((step = store_step(m->each_chunk)) == 1) {
		size = column_blob(m->each_chunk, 0, m->chunk, sizeof m->chunk);
		for (size_t at = 0; at + ATTEMPT_BYTES <= size; at += ATTEMPT_BYTES)
			load_attempt(m, m->chunk + at);
	}
	if (step < 0)
		return false;
	while ((step = store_step(m->each_connection)) == 1)
		if (column_blob(m->each_connection, 0, entry, sizeof entry) == sizeof entry)
			load_connection(m, entry);
	connections_settle(tally_connections(m->tally));
	return step == 0 && load_waiting(m);
}
