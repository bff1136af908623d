/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a recorder continues where the last one of this run ended: at the positions that its database has, as far as
 * these are possible. */
#include "lib/base/when.h"
#include "nfqd/shared/valid.h"
#include "recording.h"

static void
recall(struct recorder *r, enum remembered what, _Atomic int64_t *out)
{
	int64_t value = -1;

	gate_rows_remembered(r->logbook.rows, what, &value);
	atomic_store(out, value);
}

/* The first record that is not committed. A database that replaced the last recorder's has no position: then it is the
 * spool's tail. */
static uint64_t
position(const struct recorder *r, const struct spool *s)
{
	uint64_t known = gate_rows_position(r->logbook.rows, spool_name(s), r->shared->run);

	return (int64_t)(known - spool_tail(s)) > 0 ? known : spool_tail(s);
}

/* The same, of a spool of the supervisor: its head is right, so a position that does not fit it was left by a recorder
 * that was taken over. */
static uint64_t
supervisor_position(struct recorder *r, const struct spool *s)
{
	uint64_t next = position(r, s);

	if (spool_sound(s, next))
		return next;
	r->spools_damaged = true;
	return spool_head(s);
}

/* Continues with a gate's events behind those that are committed. */
static void
take_over_gate(struct recorder *r, unsigned gate)
{
	const struct spool *s = r->shared->gates[gate].events;
	uint64_t first = spool_oldest(s), begin = position(r, s);
	struct event e;
	bool fresh;

	if (begin - first > spool_room(s)) /* a recorder that was taken over may have left any number */
		first = begin - spool_room(s);
	for (uint64_t i = first; i != begin; i++)
		if (spool_read(s, i, &e) && valid_event(&e) && e.reason != REASON_ANSWER) {
			struct flow flow = {e.src, e.dst, e.sport, e.dport};

			attempts_syn(r->attempts, &flow, e.isn, e.when, &fresh);
		}
	inbox_begin(&r->inbox, gate, begin);
}

/* The last commit of this run, or else its begin: what spools have lost since then is not recorded. */
static int64_t
last_alive(const struct recorder *r)
{
	int64_t alive = atomic_load(&r->shared->recorder->alive), run = r->shared->run, now = when_now();

	run = unset_moved(&r->unset, run);
	alive = alive > run ? alive : run;
	return alive < now ? alive : now;
}

/* A clock that was wrong before a restart does not stand because of it. */
static void
begin_standing(struct recorder *r)
{
	int64_t known = 0;

	if (!gate_rows_remembered(r->logbook.rows, REMEMBERED_CLOCK, &known))
		gate_rows_remembered(r->logbook.rows, REMEMBERED_ALIVE, &known);
	standing_begin(&r->deleting, known, when_now(), steady_now());
}

void
recording_take_over(struct recorder *r)
{
	for (unsigned i = 0; i < r->shared->gate_count; i++)
		take_over_gate(r, i);
	r->note_done = supervisor_position(r, r->shared->notes);
	r->lost = gate_rows_position(r->logbook.rows, "lost", r->shared->run);
	r->answers_done = gate_rows_position(r->logbook.rows, "answers", r->shared->run);
	r->flood_done = supervisor_position(r, r->shared->floods);
	r->note_next = r->note_done;
	r->flood_next = r->flood_done;
	spool_take(r->shared->floods, r->flood_done);
	spool_take(r->shared->notes, r->note_done);
	begin_standing(r);
	gate_rows_remembered(r->logbook.rows, REMEMBERED_RECORDED, &r->recorded);
	recall(r, REMEMBERED_SHIELDED, &r->shared->recorder->named);
	recall(r, REMEMBERED_UNNAMED, &r->shared->recorder->unnamed);
	recall(r, REMEMBERED_EMPTIED, &r->shared->recorder->emptied);
	recall(r, REMEMBERED_ALIVE, &r->shared->recorder->alive);
	r->named = atomic_load(&r->shared->recorder->named);
	r->named_set = -1;
	r->alive = last_alive(r);
	atomic_store(&r->shared->recorder->opened, when_now());
}
