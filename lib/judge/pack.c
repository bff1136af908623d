/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How it works: one list of fields serves packing and unpacking, so both agree. */
#include "pack.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "state.h"
#include "wire.h"

#define NETWORK_BYTES 40
#define STEPS_BYTES (5 * 4 + 2 + 1 + JUDGE_STEPS * 6)
#define WIDE_BYTES (1 + 8 + 4 + 4 + 2 * JUDGE_BITS / 8 + 5 * 4 + 1 + STEPS_BYTES)
#define QUIET_BYTES 300

static_assert(QUIET_BYTES + WIDE_BYTES + JUDGE_FAR * NETWORK_BYTES <= JUDGE_PACKED, "it all fits");

static void
moment(struct judge_wire *w, int64_t *value)
{
	*value = (int64_t)judge_wire_number(w, (uint64_t)*value, 8);
}

static void
real(struct judge_wire *w, float *value)
{
	uint32_t bits;

	memcpy(&bits, value, sizeof bits);
	judge_wire_word(w, &bits);
	memcpy(value, &bits, sizeof bits);
}

static void
fields(struct judge_wire *w, struct judge_host *h)
{
	uint32_t *const words[] = {&h->crossed_at, &h->renewed,      &h->burst_since, &h->attempts,    &h->retransmits,
	                           &h->contacts,   &h->fresh,        &h->raw,         &h->established, &h->submission,
	                           &h->silent,     &h->silent_again, &h->unnamed,     &h->allowed,     &h->contact,
	                           &h->gap,        &h->gaps,         &h->alike,       &h->before,      &h->together,
	                           &h->bogons,     &h->bogon,        &h->syns_now,    &h->syns_most};

	judge_wire_byte(w, &h->key.kind);
	for (size_t i = 0; i < sizeof h->key.bytes; i++)
		judge_wire_byte(w, &h->key.bytes[i]);
	judge_wire_byte(w, &h->begun);
	judge_wire_byte(w, &h->crossed);
	judge_wire_byte(w, &h->addresses);
	judge_wire_byte(w, &h->burst);
	judge_wire_byte(w, &h->bursting);
	judge_wire_half(w, &h->syns_at);
	moment(w, &h->base);
	moment(w, &h->first);
	moment(w, &h->last);
	real(w, &h->score);
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		judge_wire_word(w, words[i]);
	for (size_t i = 0; i < JUDGE_ADDRESSES; i++)
		judge_wire_half(w, &h->address[i]);
	for (size_t i = 0; i < STACKS_MOST; i++) {
		judge_wire_byte(w, &h->stacks[i].stack);
		judge_wire_byte(w, &h->stacks[i].minutes);
		judge_wire_half(w, &h->stacks[i].hours);
	}
	judge_wire_word(w, &h->stacks_at);
}

static void
network_fields(struct judge_wire *w, struct judge_network *n)
{
	uint8_t brief = (uint8_t)(n->brief | n->brief_late << 6 | n->prompt << 7);

	n->id = judge_wire_number(w, n->id, 8);
	judge_wire_word(w, &n->first);
	judge_wire_word(w, &n->last);
	judge_wire_half(w, &n->span);
	judge_wire_half(w, &n->now);
	judge_wire_half(w, &n->contacts);
	judge_wire_byte(w, &n->spaced);
	judge_wire_byte(w, &brief);
	n->brief = brief & 0x3fU;
	n->brief_late = brief >> 6 & 1U;
	n->prompt = brief >> 7 & 1U;
	judge_wire_half(w, &n->gaps);
	judge_wire_half(w, &n->alike);
	judge_wire_word(w, &n->gap);
	judge_wire_word(w, &n->more);
	judge_wire_word(w, &n->spread);
}

static void
named_fields(struct judge_wire *w, struct judge_named *n)
{
	real(w, &n->score);
	judge_wire_word(w, &n->crossed_at);
	judge_wire_word(w, &n->renewed);
	judge_wire_word(w, &n->contacts);
	judge_wire_word(w, &n->fresh);
	judge_wire_byte(w, &n->crossed);
}

static void
steps_fields(struct judge_wire *w, struct judge_steps *s)
{
	judge_wire_word(w, &s->continued);
	judge_wire_word(w, &s->since);
	judge_wire_word(w, &s->tried);
	judge_wire_word(w, &s->stepped);
	judge_wire_word(w, &s->pause);
	judge_wire_half(w, &s->trust);
	judge_wire_byte(w, &s->next);
	for (size_t i = 0; i < JUDGE_STEPS; i++) {
		judge_wire_word(w, &s->at[i]);
		judge_wire_half(w, &s->destination[i]);
	}
}

static void
wide_fields(struct judge_wire *w, struct judge_wide *wide)
{
	wide->beyond = judge_wire_number(w, wide->beyond, 8);
	judge_wire_word(w, &wide->beyond_at);
	judge_wire_word(w, &wide->day);
	for (size_t i = 0; i < JUDGE_BITS / 64; i++) {
		wide->bits[0][i] = judge_wire_number(w, wide->bits[0][i], 8);
		wide->bits[1][i] = judge_wire_number(w, wide->bits[1][i], 8);
	}
	named_fields(w, &wide->named);
	steps_fields(w, &wide->steps);
}

/* The entries in use, preceded by their number. */
static void
put_networks(struct judge_wire *w, const struct judge_network *list, size_t room)
{
	uint8_t count = 0;

	for (size_t i = 0; i < room; i++)
		count = (uint8_t)(count + (list[i].id != 0));
	judge_wire_byte(w, &count);
	for (size_t i = 0; i < room; i++) {
		struct judge_network n = list[i];

		if (n.id != 0)
			network_fields(w, &n);
	}
}

size_t
judge_pack(const struct judge *j, uint8_t out[JUDGE_PACKED])
{
	const struct judge_host *h = judge_host(j);
	struct judge_wire w = {.out = out, .size = JUDGE_PACKED, .good = true};
	struct judge_host host = *h;
	uint8_t version = JUDGE_FORM, is_wide = h->wide != NULL;

	judge_wire_byte(&w, &version);
	fields(&w, &host);
	judge_wire_byte(&w, &is_wide);
	if (h->wide != NULL) {
		struct judge_wide wide = *h->wide;

		wide_fields(&w, &wide);
		put_networks(&w, wide.networks, JUDGE_FAR);
	} else {
		put_networks(&w, host.near, JUDGE_NEAR);
	}
	return w.at;
}

/* Each network has possible values, ids are distinct, and all belong to the sample. */
static void
get_networks(struct judge_wire *w, struct judge_network *list, size_t room, uint64_t beyond)
{
	uint8_t count = 0;

	judge_wire_byte(w, &count);
	if (count > room)
		w->good = false;
	for (size_t i = 0; w->good && i < count; i++) {
		struct judge_network *n = &list[i];

		network_fields(w, n);
		if (judge_kind_of(n->id) == JUDGE_OF_NONE || (beyond != 0 && n->id >= beyond) || n->first > n->last ||
		    n->span > n->last || n->alike > n->gaps || n->brief_late > n->brief || n->contacts == 0 ||
		    n->prompt > (n->spaced > 0))
			w->good = false;
		for (size_t k = 0; k < i; k++)
			if (list[k].id == n->id)
				w->good = false;
	}
}

static bool
are_steps(const struct judge_steps *s)
{
	return s->next < JUDGE_STEPS && s->stepped <= s->tried;
}

/* None, or at least two; nothing after the last. */
static bool
are_stacks(const struct stack_turns list[STACKS_MOST])
{
	size_t count = 0;

	for (size_t i = 0; i < STACKS_MOST; i++) {
		if (list[i].stack > STACK_CLOCK || list[i].minutes > 60 ||
		    (list[i].stack == 0) != (list[i].minutes == 0) || (list[i].stack != 0 && count != i) ||
		    (list[i].stack == STACK_CLOCK) != (list[0].stack == STACK_CLOCK && list[i].stack != 0) ||
		    (list[i].stack != STACK_CLOCK && list[i].hours != 0))
			return false;
		count += list[i].stack != 0;
	}
	return count != 1;
}

static bool
is_possible(const struct judge_host *h)
{
	static const uint8_t length[] = {[JUDGE_IPV4] = 4, [JUDGE_IPV6] = 8, [JUDGE_MAC] = 6};

	if (h->key.kind > JUDGE_MAC)
		return false;
	for (size_t i = length[h->key.kind]; i < sizeof h->key.bytes; i++)
		if (h->key.bytes[i] != 0)
			return false;
	return h->begun <= (JUDGE_BEGUN | JUDGE_BEGUN_OPEN | JUDGE_BEGUN_NAMED) && h->crossed <= JUDGE_BY_NETWORKS &&
	       h->addresses <= JUDGE_ADDRESSES && h->bursting <= h->burst && when_is_time(h->base) &&
	       h->base % MINUTE == 0 && when_is_time(h->first) && when_is_time(h->last) && h->first <= h->last &&
	       isfinite(h->score) && fabsf(h->score) < 1e6F && h->fresh <= h->contacts && h->alike <= h->gaps &&
	       (h->gaps == 0 || h->gaps < h->contacts) && h->together <= h->contacts && h->syns_now <= h->syns_most &&
	       are_stacks(h->stacks);
}

static bool
is_walk(const struct judge_named *n)
{
	return isfinite(n->score) && fabsf(n->score) < 1e6F && n->fresh <= n->contacts &&
	       n->crossed <= JUDGE_BY_NETWORKS;
}

bool
judge_unpack(struct judge *j, const uint8_t *bytes, size_t size)
{
	struct judge_wire w = {.in = bytes, .size = size, .good = true};
	struct judge_host host = {0};
	struct judge_wide wide = {0};
	uint8_t version = 0, is_wide = 0;

	judge_wire_byte(&w, &version);
	if (version != JUDGE_FORM)
		return false;
	fields(&w, &host);
	judge_wire_byte(&w, &is_wide);
	if (!w.good || is_wide > 1 || !is_possible(&host))
		return false;
	if (is_wide)
		wide_fields(&w, &wide);
	if (!is_walk(&wide.named))
		return false;
	get_networks(&w, is_wide ? wide.networks : host.near, is_wide ? JUDGE_FAR : JUDGE_NEAR, wide.beyond);
	if (!w.good || w.at != size || !are_steps(&wide.steps))
		return false;
	judge_put(j, &host, is_wide ? &wide : NULL);
	return true;
}
