/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/common/two_logs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "lib/policy/build.h"
#include "nfqd/query/query.h"
#include "lib/policy/event.h"

uint32_t
two_logs_random(uint32_t n)
{
	return (uint32_t)(random() % n);
}

int
two_logs_setup(void **state)
{
	static const struct policy_input nothing = {.stranger_line = POLICY_NONE};
	struct two_logs *p = calloc(1, sizeof *p);
	char why[256];

	srandom(1);
	*state = p;
	if (!scratch_make(&p->scratch))
		return 1;
	p->config = (struct config){
	        .database = p->scratch.directory, .judge = judge_defaults, .policy = policy_build(&nothing)};
	p->gate = gate_rows_open(&p->config, why, sizeof why);
	p->wire = wire_rows_open(p->scratch.directory, &p->config, why, sizeof why);
	p->minutes = minutes_new(8192, 1);
	p->devices = devices_new();
	return p->gate == NULL || p->wire == NULL || p->minutes == NULL || p->devices == NULL;
}

int
two_logs_teardown(void **state)
{
	struct two_logs *p = *state;

	gate_rows_close(p->gate);
	wire_rows_close(p->wire);
	minutes_free(p->minutes);
	devices_free(p->devices);
	free(p->config.policy);
	if (!scratch_remove(&p->scratch))
		return 1;
	free(p);
	return 0;
}

static struct addr
some_host(void)
{
	uint32_t n = two_logs_random(40);
	uint8_t v6[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = (uint8_t)n};

	return n % 4 == 0 ? addr_v6(v6) : addr_v4((uint8_t[]){10, 1, (uint8_t)(n % 3), (uint8_t)n});
}

/* A few hosts have more destinations than rows of their own. */
static struct addr
some_destination(const struct addr *host)
{
	uint32_t n = two_logs_random(host->bytes[3] % 5 == 1 ? 400 : 6);
	uint8_t v6[16] = {0x20, 0x01, 0x0d, 0xb8, 0xff, 0, [7] = (uint8_t)(n / 7), [15] = (uint8_t)n};

	return host->family == 6 ? addr_v6(v6) : addr_v4((uint8_t[]){203, 0, (uint8_t)(n / 50), (uint8_t)n});
}

bool
two_logs_put_gate(struct two_logs *p)
{
	return gate_rows_begin(p->gate) && minutes_each(p->minutes, gate_rows_put, p->gate) &&
	       gate_rows_commit(p->gate);
}

struct minute_row *
two_logs_row(struct two_logs *p, int64_t from, int64_t to, bool gate)
{
	static const struct addr nowhere;
	int64_t when = from + (int64_t)two_logs_random((uint32_t)((to - from) / 1000)) * 1000;
	struct addr host = some_host(), destination = some_destination(&host);
	bool flood = gate && two_logs_random(20) == 0;
	const struct minute_key key = {.host = host,
	                               .destination = flood ? nowhere : destination,
	                               .port = two_logs_random(9) != 0 ? 25 : 587,
	                               .verdict = gate ? (uint8_t)two_logs_random(VERDICT_COUNT) : 0,
	                               .reason = flood  ? REASON_FLOOD
	                                         : gate ? (uint8_t)two_logs_random(REASON_FLOOD)
	                                                : 0};
	struct minute_row *row = (flood ? minutes_after : minutes_at)(p->minutes, when, &key);

	assert_non_null(row);
	if (flood)
		row->first -= two_logs_random(3) * SECOND; /* the shield's count began before the minute did */
	return row;
}

void
two_logs_fill_gate(struct two_logs *p, int count, int64_t from, int64_t to)
{
	for (int n = 0; n < count; n++) {
		struct minute_row *row = two_logs_row(p, from, to, true);

		row->count[row->key.reason == REASON_FLOOD ? GATE_SYNS
		           : two_logs_random(4) == 0       ? GATE_RETRANSMITS
		                                           : GATE_ATTEMPTS] += 1 + two_logs_random(3);
	}
	assert_true(two_logs_put_gate(p));
	minutes_clear(p->minutes);
}

void
two_logs_fill_wire(struct two_logs *p, int count, int64_t from, int64_t to)
{
	for (int n = 0; n < count; n++) {
		struct minute_row *row = two_logs_row(p, from, to, false);
		uint32_t which = two_logs_random(WIRE_COUNTS);

		row->count[WIRE_ATTEMPTS]++;
		row->count[which] += which == WIRE_REFUSED && two_logs_random(3) == 0 ? UINT64_MAX : 1;
	}
	assert_true(wire_rows_write(p->wire, p->minutes, p->devices, 0));
}

void
two_logs_seal(struct two_logs *p, int64_t now)
{
	bool more = true;

	while (more)
		assert_true(gate_rows_seal(p->gate, now, &more));
	for (more = true; more;)
		assert_true(wire_rows_seal(p->wire, now, &more));
}

void
two_logs_prune(struct two_logs *p, int64_t now)
{
	bool more = true;

	while (more)
		assert_true(gate_rows_prune(p->gate, now, NULL, &more));
	for (more = true; more;)
		assert_true(wire_rows_prune(p->wire, now, NULL, &more));
}
