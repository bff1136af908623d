/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/common/talks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "lib/policy/build.h"

struct companion_table *talk_rows, *talk_totals;
struct companions *talk_companions;
int talk_flushes;
bool talk_can_flush;
static struct policy *lan;

static void
flush(void *arg)
{
	(void)arg;
	talk_flushes++;
	if (talk_can_flush)
		companion_table_clear(talk_rows, NULL, NULL);
}

int
talk_setup(void **state)
{
	static const char *const lists[] = {"zen.example"};
	struct prefix inside = {.addr = {4, {10}}, .len = 8};
	struct policy_named named = {.prefix = inside, .line = POLICY_NONE};
	struct policy_input in = {.lan = &named, .lan_count = 1, .stranger_line = POLICY_NONE};
	struct companions_options o = {.lists = lists, .list_count = 1, .flush = flush};

	(void)state;
	talk_flushes = 0;
	talk_can_flush = true;
	o.lan = lan = policy_build(&in);
	o.rows = talk_rows = companion_table_new(TALK_HOSTS, TALK_ENTRIES, true);
	o.totals = talk_totals = companion_table_new(100, 100, false);
	talk_companions = companions_new(&o);
	return lan == NULL || talk_rows == NULL || talk_totals == NULL || talk_companions == NULL ? -1 : 0;
}

int
talk_teardown(void **state)
{
	(void)state;
	companions_free(talk_companions);
	companion_table_free(talk_rows);
	companion_table_free(talk_totals);
	free(lan);
	return 0;
}

struct addr
talk_host(uint8_t n)
{
	return addr_v4((uint8_t[]){10, 0, 0, n});
}

struct addr
talk_server(uint8_t n)
{
	return addr_v4((uint8_t[]){203, 0, 113, n});
}

void
talk_query(uint8_t from, uint16_t id, bool answer, int64_t when)
{
	uint8_t b[] = {0,   0,   1, 0,   0,   1,   0,   0,   0,   0,   0, 0, 1, 'a', 3, 'Z',
	               'e', 'n', 7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 0, 0, 1, 0,   1};
	struct packet p = {
	        .src = talk_host(from), .dst = talk_server(53), .sport = 40000, .dport = 53, .protocol = PROTOCOL_UDP};

	b[0] = (uint8_t)(id >> 8);
	b[1] = (uint8_t)id;
	if (answer) {
		b[2] = 0x81;
		b[3] = 3;
		p.src = talk_server(53);
		p.dst = talk_host(from);
		p.sport = 53;
		p.dport = 40000;
	}
	p.payload = b;
	p.payload_size = sizeof b;
	companions_packet(talk_companions, &p, when);
}

void
talk_segment(const struct talk_segment *s)
{
	struct packet p = {.src = talk_host(s->from), .dst = talk_server(9), .sport = s->sport, .dport = s->dport};

	if (!s->out) {
		p.src = talk_server(9);
		p.dst = talk_host(s->from);
		p.sport = s->dport;
		p.dport = s->sport;
	}
	p.protocol = PROTOCOL_TCP;
	p.flags = s->flags;
	p.seq = s->seq;
	p.payload = (const uint8_t *)s->text;
	p.payload_size = strlen(s->text);
	companions_packet(talk_companions, &p, s->when);
}

struct companion_row
talk_row(const struct companion_table *t, uint8_t n)
{
	struct addr want = talk_host(n);
	struct companion_row row;

	for (size_t i = 0; companion_table_at(t, i, &row); i++)
		if (addr_equal(&row.host, &want))
			return row;
	fail_msg("10.0.0.%u has no row", n);
	return row;
}

uint64_t
talk_total(uint8_t n, enum companion_count what)
{
	return talk_row(talk_totals, n).companion.count[what];
}
