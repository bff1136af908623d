/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/common/gate_log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/policy/build.h"
#include "lib/policy/event.h"
#include "nfqd/query/sources.h"

uint32_t
gate_log_random(uint32_t n)
{
	return (uint32_t)(random() % n);
}

static void
open_gate(struct gate_log *p)
{
	char why[256];

	p->gate = gate_rows_open(&p->config, why, sizeof why);
	assert_non_null(p->gate);
}

int
gate_log_setup(void **state)
{
	static const struct policy_input nothing = {.stranger_line = POLICY_NONE};
	struct gate_log *p = calloc(1, sizeof *p);

	srandom(7);
	p->until = LOG_LATER;
	*state = p;
	if (!scratch_make(&p->scratch))
		return 1;
	p->config = (struct config){
	        .database = p->scratch.directory, .judge = judge_defaults, .policy = policy_build(&nothing), .keep = 0};
	p->minutes = minutes_new(8192, 1);
	p->devices = devices_new();
	open_gate(p);
	return 0;
}

int
gate_log_teardown(void **state)
{
	struct gate_log *p = *state;

	gate_rows_close(p->gate);
	minutes_free(p->minutes);
	devices_free(p->devices);
	free(p->config.policy);
	if (!scratch_remove(&p->scratch))
		return 1;
	free(p);
	return 0;
}

void
gate_log_reopen(struct gate_log *p, const char *sql)
{
	gate_rows_close(p->gate);
	if (sql != NULL)
		scratch_change(p->scratch.gate, sql);
	open_gate(p);
}

struct addr
gate_log_host(uint32_t n)
{
	uint8_t v6[16] = {0x20, 0x01, 0x0d, 0xb8, 0, 1, 0, (uint8_t)(n % 12), [15] = (uint8_t)n};

	return n >= 12 ? addr_v6(v6) : addr_v4((uint8_t[]){10, 1, 0, (uint8_t)n});
}

void
gate_log_device(struct gate_log *p, uint32_t n, int64_t when)
{
	struct addr host = gate_log_host(n);
	uint8_t mac[6] = {2, 0, 0, 0, 0, (uint8_t)(n % 12)};

	if (n % 12 < 4)
		assert_true(devices_saw(p->devices, &host, mac, when));
	mac[5] = 99;
	if (n == 4 || (n == 5 && when > LOG_START + LOG_END / 2 - LOG_START / 2))
		assert_true(devices_saw(p->devices, &host, mac, when));
}

void
gate_log_open(struct gate_log *p, uint32_t n, int64_t when)
{
	static const struct addr nowhere;
	struct addr host = gate_log_host(n);
	uint32_t kind = n % 6, to = gate_log_random(kind == 0 ? 4000 : kind == 1 ? 40 : 3);
	struct addr destination;
	bool flood = gate_log_random(40) == 0, listed = kind == 5 && gate_log_random(4) != 0;
	uint8_t reason = flood                     ? REASON_FLOOD
	                 : listed                  ? REASON_LISTED
	                 : gate_log_random(5) == 0 ? REASON_DENY_TO
	                                           : REASON_STRANGER;
	struct minute_row *row;

	/* Every ten minutes a new network, and back: up and down without end. */
	if (kind == 2)
		to = gate_log_random(3) == 0 ? (uint32_t)((when - LOG_START) / (10 * MINUTE)) : 0;
	destination = addr_v4((uint8_t[]){(uint8_t)(20 + to / 256), (uint8_t)to, 9, (uint8_t)(to % 3)});
	row = (flood ? minutes_after
	             : minutes_at)(p->minutes, when,
	                           &(struct minute_key){.host = host,
	                                                .destination = flood ? nowhere : destination,
	                                                .port = 25,
	                                                .verdict = listed ? VERDICT_PASS : (uint8_t)(1 + n % 2),
	                                                .reason = reason});

	assert_non_null(row);
	if (flood)
		row->count[GATE_SYNS] += 1 + gate_log_random(400);
	else
		row->count[gate_log_random(5) == 0 ? GATE_RETRANSMITS : GATE_ATTEMPTS]++;
	if (!listed && !flood)
		row->count[GATE_STACKS] |= n % 3 == 0 && gate_log_random(2) == 0 ? WINDOWS : LINUX;
	gate_log_device(p, n, when);
}

void
gate_log_write(struct gate_log *p)
{
	assert_true(gate_rows_begin(p->gate) && minutes_each(p->minutes, gate_rows_put, p->gate) &&
	            gate_rows_put_devices(p->gate, p->devices) && gate_rows_commit(p->gate));
	minutes_clear(p->minutes);
	devices_clear(p->devices);
}

void
gate_log_judge(struct gate_log *p, int64_t now)
{
	bool more = true;

	while (more)
		assert_true(gate_rows_judge(p->gate, now, NULL, &more));
}

void
gate_log_live(struct gate_log *p)
{
	for (int64_t minute = LOG_START; minute < LOG_END; minute += MINUTE) {
		for (int part = 0; part < 3; part++) {
			for (uint32_t n = 0; n < LOG_HOSTS; n++)
				if (gate_log_random(n % 6 == 0 ? 4 : 9) == 0)
					gate_log_open(p, n,
					              minute + part * 20 * SECOND + gate_log_random(20000) * 1000);
			gate_log_write(p);
			if (gate_log_random(2) == 0)
				gate_log_judge(p, minute + (part + 1) * 20 * SECOND);
			if (gate_log_random(15) == 0) {
				gate_log_reopen(p, NULL);
			}
		}
	}
	gate_log_judge(p, LOG_LATER);
}

char *
gate_log_dump(const struct gate_log *p)
{
	static const char *const all[] = {
	        "SELECT hex(who) || label || certainty || since || score || last || steps || later_label || later_certainty || tried"
	        " || hex(state) || hex(usual) || unusual_since || ' ' || unusual_until FROM judged JOIN judged_state USING (who)"
	        " ORDER BY who",
	        "SELECT hex(host) || hex(who) FROM judged_host ORDER BY host",
	        ("SELECT hex(who) || at || from_label || from_certainty || to_label || to_certainty || reasons FROM label"
	         " ORDER BY who, at"),
	        "SELECT hex(who) || n || at || hex(network) || fresh || step || score FROM step ORDER BY who, n",
	        NULL,
	};

	return scratch_text(p->scratch.gate, all);
}

struct report *
gate_log_labels(struct gate_log *p, bool again, struct history *evidence, const struct addr *host)
{
	struct query query = {.since = 0, .until = p->until, .now = p->until, .host = host};
	struct labels_request request = {
	        .query = &query, .host = host, .parameters = judge_defaults, .again = again, .evidence = evidence};
	struct report *r = report_new(0, p->until);
	struct labels_set *set;
	struct source source;
	char why[256];

	assert_true(source_open(&source, p->scratch.gate, why, sizeof why));
	for (uint32_t n = 0; n < LOG_HOSTS; n++) {
		struct row row = {.host = gate_log_host(n), .minute = LOG_START / MINUTE, .attempts = 1};

		report_row(r, &row);
	}
	set = labels_read(&request, &(struct sources){.list = &source, .count = 1}, r, why, sizeof why);
	assert_non_null(set);
	for (uint32_t n = 0; host == NULL && n < LOG_HOSTS; n++) {
		struct judgement label = r->hosts[n].judgement;
		struct addr of = gate_log_host(n);

		/* In short and in full. */
		assert_true(labels_about(set, &of, why, sizeof why));
		assert_int_equal(label.label, r->hosts[n].judgement.label);
		assert_int_equal(label.certainty, r->hosts[n].judgement.certainty);
		assert_true(label.score == r->hosts[n].judgement.score && label.last == r->hosts[n].judgement.last);
	}
	labels_free(set);
	source_close(&source);
	return r;
}

void
gate_log_open_at(struct gate_log *p, uint32_t n, int64_t minute, int64_t ran)
{
	struct addr host = gate_log_host(n), to = addr_v4((uint8_t[]){203, 0, 113, (uint8_t)minute});
	int64_t when = LOG_START + minute * MINUTE + 20 * SECOND, ms = SECOND / 1000;
	struct minute_row *row =
	        minutes_at(p->minutes, when, &(struct minute_key){0, host, to, 25, VERDICT_DROP, REASON_STRANGER});

	assert_non_null(row);
	row->count[GATE_ATTEMPTS]++;
	minutes_clock(row, when, (uint32_t)((when - LOG_START + ran) / ms));
	minutes_clock(row, when + SECOND, 12345); /* a later one is ignored */
	gate_log_write(p);
}

void
gate_log_assert_same(const char *left, const char *right)
{
	assert_true(strlen(left) > 1000);
	assert_string_equal(left, right);
}

void
gate_log_prune(struct gate_log *p, int64_t now)
{
	bool more = true;

	while (more)
		assert_true(gate_rows_prune(p->gate, now, NULL, &more));
}
