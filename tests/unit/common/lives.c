/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lives.h"

#include <stdlib.h>

uint64_t
life_random(uint64_t *state)
{
	uint64_t x = *state += UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

struct addr
life_address(uint32_t n, uint8_t server, bool v6)
{
	uint8_t four[4] = {(uint8_t)(11 + n % 80), (uint8_t)(n / 80), (uint8_t)(n / 20480), server};
	uint8_t six[16] = {0x20, 0x01, (uint8_t)(n >> 8), (uint8_t)n, 0, 0, server, [15] = server};

	return v6 ? addr_v6(six) : addr_v4(four);
}

struct judge_row
life_row(int64_t when, const struct addr *to, uint16_t port)
{
	return (struct judge_row){.destination = *to,
	                          .port = port,
	                          .answer = JUDGE_SILENCE,
	                          .first = when,
	                          .last = when,
	                          .attempts = 1,
	                          .retransmits = 2};
}

static int
life_by_first(const void *a, const void *b)
{
	const struct judge_row *x = a, *y = b;

	return (x->first > y->first) - (x->first < y->first);
}

void
life_feed(struct judge *j, const struct life_event *list, size_t count, bool mixed)
{
	static struct judge_row rows[LIFE_EVENTS];
	size_t used = 0;

	for (size_t i = 0; i < count; i++) {
		const struct life_event *e = &list[i];
		struct judge_row *row = rows;
		bool attempt = !e->again && e->syns == 0;

		while (row < rows + used && !(addr_equal(&row->destination, &e->to) && row->port == e->port))
			row++;
		if (row == rows + used)
			rows[used++] = (struct judge_row){.destination = e->to,
			                                  .port = e->port,
			                                  .answer = JUDGE_SILENCE,
			                                  .first = e->when,
			                                  .last = e->when};
		if (attempt && row->attempts == 0 && !mixed)
			row->first = e->when;
		if (!e->again || row->attempts == 0 || mixed)
			row->last = e->when;
		row->attempts += attempt;
		row->syns += e->syns;
		row->retransmits += e->again;
	}
	qsort(rows, used, sizeof rows[0], life_by_first);
	for (size_t i = 0; i < used; i++)
		judge_row(j, &rows[i]);
}

void
life_play(struct judge *j, const struct life *l, int64_t span, bool mixed)
{
	for (size_t from = 0, to; from < l->count; from = to) {
		for (to = from + 1; to < l->count && l->list[to].when / span == l->list[from].when / span;)
			to++;
		life_feed(j, l->list + from, to - from, mixed);
	}
}

static int
life_by_time(const void *a, const void *b)
{
	const struct life_event *x = a, *y = b;

	return (x->when > y->when) - (x->when < y->when);
}

void
life_make(struct life *l, uint64_t *state, uint32_t networks)
{
	static const int64_t paces[] = {LIFE_SECOND, 10 * LIFE_SECOND, LIFE_MINUTE, 10 * LIFE_MINUTE, 2 * LIFE_HOUR};
	int64_t when = LIFE_BEGIN, pace = paces[life_random(state) % 5];
	uint64_t floods = *state; /* a sequence of its own */
	bool v6 = life_random(state) % 2;
	uint32_t attempts = 1 + (uint32_t)(life_random(state) % 400), servers = 1 + (uint32_t)(life_random(state) % 3);

	l->count = 0;
	for (uint32_t n = 0; n < attempts; n++) {
		struct life_event e = {.port = life_random(state) % 8 == 0 ? 587 : 25};
		uint32_t again = (uint32_t)(life_random(state) % 4);

		when += (int64_t)(life_random(state) % (uint64_t)(2 * pace));
		if (life_random(state) % 100 == 0)
			when += (int64_t)(life_random(state) % (uint64_t)(30 * LIFE_HOUR));
		e.to = life_address((uint32_t)(life_random(state) % networks),
		                    (uint8_t)(1 + life_random(state) % servers), v6);
		if (life_random(state) % 32 == 0)
			e.to = (struct addr){0};
		e.when = when;
		if (life_random(&floods) % 24 == 0)
			l->list[l->count++] =
			        (struct life_event){.when = when, .syns = 1 + (uint32_t)(life_random(&floods) % 200)};
		l->list[l->count++] = e;
		for (uint32_t k = 0; k < again; k++) {
			e.again = true;
			e.when += LIFE_SECOND << k;
			l->list[l->count++] = e;
		}
	}
	qsort(l->list, l->count, sizeof l->list[0], life_by_time);
}
