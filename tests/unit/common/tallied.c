/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>

#include "tallied.h"

#include <cmocka.h>

static const uint16_t ports[] = {25};

void
tallied_begin(struct tallied *t, uint64_t seed, size_t attempts)
{
	*t = (struct tallied){0};
	t->counters.totals = totals_new();
	t->tally = tally_new(&(struct tally_options){
	        .ports = ports, .port_count = 1, .counters = &t->counters, .attempts = attempts, .seed = seed});
	assert_non_null(t->counters.totals);
	assert_non_null(t->tally);
}

void
tallied_end(struct tallied *t)
{
	tally_free(t->tally);
	totals_free(t->counters.totals);
}

void
tallied_segment(struct tallied *t, const struct segment *g)
{
	struct packet s = {.sport = g->sport,
	                   .dport = 25,
	                   .seq = g->seq,
	                   .ack = g->ack,
	                   .flags = g->flags,
	                   .ttl = 64,
	                   .protocol = PROTOCOL_TCP,
	                   .src = addr_v4((uint8_t[]){(uint8_t)(g->source >> 24), (uint8_t)(g->source >> 16),
	                                              (uint8_t)(g->source >> 8), (uint8_t)g->source}),
	                   .dst = addr_v4((uint8_t[]){203, 0, 113, 9})};

	if ((g->flags & TCP_SYN) != 0 && (g->flags & TCP_ACK) != 0) { /* from the server */
		struct packet back = s;

		back.src = s.dst;
		back.dst = s.src;
		back.sport = 25;
		back.dport = g->sport;
		s = back;
	}
	tally_packet(t->tally, &s, g->when);
}

void
tallied_handshake(struct tallied *t, uint32_t source, uint16_t sport, uint32_t isn, int64_t when)
{
	tallied_segment(t, &(struct segment){source, sport, TCP_SYN, isn, 0, when});
	tallied_segment(t, &(struct segment){source, sport, TCP_SYN | TCP_ACK, 9000, isn + 1, when + 1});
	tallied_segment(t, &(struct segment){source, sport, TCP_ACK, isn + 1, 9001, when + 2});
}

const struct host_total *
tallied_total(struct tallied *t, uint32_t source)
{
	size_t count;
	const struct host_total *row;

	tally_settle(t->tally);
	row = totals_sorted(t->counters.totals, &count);
	for (size_t i = 0; i < count; i++)
		if (row[i].host.bytes[0] == source >> 24 && row[i].host.bytes[3] == (source & 255) &&
		    row[i].host.bytes[1] == (source >> 16 & 255) && row[i].host.bytes[2] == (source >> 8 & 255))
			return &row[i];
	return NULL;
}
