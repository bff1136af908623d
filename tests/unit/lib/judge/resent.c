/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Retransmissions change no label but by the rule about them: what hosts of all kinds do, with SYNs sent again and
 * without, becomes rows as both programs make them, and these are judged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/policy/build.h"
#include "tests/judge/population.h"
#include "tests/unit/common/scratch.h"
#include "pcapmon/tally/counters.h"
#include "pcapmon/summary/labels.h"
#include "tests/unit/common/policies.h"
#include "lib/policy/event.h"
#include "nfqd/record/gate_rows.h"
#include "lib/base/when.h"

#define BEGIN (INT64_C(28333333) * MINUTE)
#ifndef SEEDS
#define SEEDS 1
#endif
#define HOURS 4
#define PARTS (23 * SECOND) /* rows are written so often */
#define HOSTS (SEEDS * KIND_WORKLOAD)

/* A SYN of one of the hosts, which have numbers. */
struct sent {
	int64_t when;
	uint32_t host;
	const struct tried *attempt;
	bool again;
};

static struct life lives[HOSTS];
static struct sent *sent; /* all of them, in the order of time */
static size_t sent_count;

static void
make_lives(void)
{
	struct setting setting = {.hours = HOURS, .loss = .02};

	for (uint32_t n = 0; n < HOSTS; n++)
		population_live(&lives[n], (enum kind)(n % KIND_WORKLOAD), 1 + n / KIND_WORKLOAD, n, &setting);
}

static int
free_lives(void **state)
{
	(void)state;
	for (size_t n = 0; n < HOSTS; n++)
		life_free(&lives[n]);
	free(sent);
	return 0;
}

static int
by_time(const void *left, const void *right)
{
	const struct sent *a = left, *b = right;

	if (a->when != b->when)
		return a->when < b->when ? -1 : 1;
	if (a->attempt != b->attempt)
		return a->attempt < b->attempt ? -1 : 1;
	return a->again - b->again;
}

static void
resend(enum resending how)
{
	struct life_syns syns = {.count = 0};

	sent_count = 0;
	for (uint32_t n = 0; n < HOSTS; n++) {
		life_syns(&syns, &lives[n], how);
		sent = reallocarray(sent, sent_count + syns.count + 1, sizeof *sent);
		assert_non_null(sent);
		for (size_t i = 0; i < syns.count; i++)
			sent[sent_count++] = (struct sent){BEGIN + syns.list[i].when, n,
			                                   &lives[n].list[syns.list[i].attempt], syns.list[i].again};
	}
	free(syns.list);
	qsort(sent, sent_count, sizeof *sent, by_time);
}

static struct addr
host_number(uint32_t n)
{
	return addr_v4((uint8_t[]){10, 1, (uint8_t)(n >> 8), (uint8_t)n});
}

/* --- the gate's rows, judged as time goes by, restarts included */

static void
write_gate(struct gate_rows *gate, struct minutes *minutes)
{
	assert_true(gate_rows_begin(gate) && minutes_each(minutes, gate_rows_put, gate) && gate_rows_commit(gate));
	minutes_clear(minutes);
}

/* As the recorder takes an event. */
static void
take_event(struct gate_rows *gate, struct minutes *minutes, const struct sent *syn, bool reject)
{
	const struct tried *t = syn->attempt;
	const struct addr host = host_number(syn->host);
	const struct minute_key what = {.host = host,
	                                .destination = t->destination,
	                                .port = t->port,
	                                .verdict = reject ? VERDICT_REJECT : VERDICT_DROP,
	                                .reason = REASON_STRANGER};
	struct minute_row *row;

	if (minutes_full(minutes))
		write_gate(gate, minutes);
	row = (syn->again ? minutes_after : minutes_at)(minutes, syn->when, &what);
	assert_non_null(row);
	row->count[syn->again ? GATE_RETRANSMITS : GATE_ATTEMPTS]++;
	row->count[GATE_RAW] += !syn->again && t->raw;
}

static void
judge_gate(struct gate_rows *gate, int64_t now)
{
	bool more = true;

	while (more)
		assert_true(gate_rows_judge(gate, now, NULL, &more));
}

/* Everything that the judge's tables say but counts of retransmissions; `reasons`: also the sentences. */
static char *
dump(const char *file, bool reasons)
{
	const char *const all[] = {
	        "SELECT hex(who) || ' ' || label || certainty || later_label || later_certainty || ' ' || since || ' ' "
	        "||"
	        " last || ' ' || tried || ' ' || score || ' ' || steps FROM judged ORDER BY who",
	        "SELECT hex(who) || n || ' ' || at || hex(network) || fresh || step || ' ' || score FROM step"
	        " ORDER BY who, n",
	        "SELECT hex(who) || ' ' || at || ' ' || from_label || from_certainty || to_label || to_certainty"
	        " FROM label ORDER BY who, at",
	        reasons ? "SELECT hex(who) || ' ' || at || reasons FROM label ORDER BY who, at" : NULL,
	        NULL,
	};

	return scratch_text(file, all);
}

/* The final judgement, after all traffic of the hosts. */
static char *
through_the_gate(enum resending how, bool reject, bool reasons)
{
	static const struct policy_input nothing = {.stranger_line = POLICY_NONE};
	char directory[] = "/tmp/test_resent.XXXXXX", file[64], command[64], why[256], *text;
	struct config config = {.judge = judge_defaults, .policy = policy_build(&nothing)};
	struct minutes *minutes = minutes_new(8192, 1);
	int64_t end = BEGIN + HOURS * HOUR + 3 * MINUTE;
	struct gate_rows *gate;
	size_t next = 0;

	assert_non_null(mkdtemp(directory));
	config.database = directory;
	snprintf(file, sizeof file, "%s/gate.db", directory);
	assert_non_null(gate = gate_rows_open(&config, why, sizeof why));
	resend(how);
	for (int64_t now = BEGIN; now < end; now += PARTS) {
		for (; next < sent_count && sent[next].when < now + PARTS; next++)
			take_event(gate, minutes, &sent[next], reject);
		write_gate(gate, minutes);
		if (now / PARTS % 41 == 0)
			judge_gate(gate, now);
		if (now / PARTS % 501 == 0) {
			gate_rows_close(gate);
			assert_non_null(gate = gate_rows_open(&config, why, sizeof why));
		}
	}
	judge_gate(gate, end + DAY);
	gate_rows_close(gate);
	minutes_free(minutes);
	free(config.policy);
	text = dump(file, reasons);
	snprintf(command, sizeof command, "rm -r %s", directory);
	assert_int_equal(system(command), 0);
	return text;
}

/* Refused hosts: nothing is asked of retransmissions. */
static void
resends_of_refused_hosts_change_no_label(void **state)
{
	char *never = through_the_gate(RESEND_NEVER, true, true);

	(void)state;
	assert_true(strlen(never) > 10000);
	for (enum resending how = RESEND_SOME; how <= RESEND_WINDOWS; how++) {
		char *resent = through_the_gate(how, true, true);

		assert_string_equal(never, resent);
		free(resent);
	}
	free(never);
}

/* Dropped attempts: a host that never retransmits is a scanner by that rule. Two that do are judged alike. */
static void
the_kind_of_resends_changes_no_label(void **state)
{
	char *never = through_the_gate(RESEND_NEVER, false, false);
	char *as_linux = through_the_gate(RESEND_LINUX, false, false);
	char *as_windows = through_the_gate(RESEND_WINDOWS, false, false);

	(void)state;
	assert_string_equal(as_linux, as_windows);
	assert_string_not_equal(never, as_linux);
	free(never);
	free(as_linux);
	free(as_windows);
}

/* --- pcapmon's rows of a capture, judged at its end */

struct wire {
	struct counters counters;
	struct capture_labels *labels;
	struct devices *devices;
};

static void
write_wire(void *arg)
{
	struct wire *w = arg;

	capture_labels_take(w->labels, w->counters.minutes, w->devices);
	minutes_clear(w->counters.minutes);
}

/* Every other host gets an answer: a RST, 50 ms later. */
static void
take_syn(struct wire *w, const struct sent *syn)
{
	const struct tried *t = syn->attempt;
	struct flow flow = {host_number(syn->host), t->destination, 1024, t->port};

	counters_syn(&w->counters, &flow, syn->when,
	             syn->again ? COUNT_RETRANSMIT
	             : t->raw   ? COUNT_RAW
	                        : COUNT_ATTEMPT,
	             0);
	if (syn->host % 2 == 0 && !syn->again)
		counters_outcome(&w->counters, &flow, syn->when + SECOND / 20, &(struct outcome_change){.refused = 1});
}

static struct capture_label *
through_pcapmon(enum resending how, int64_t end, size_t *count)
{
	struct wire w = {.labels = capture_labels_new(), .devices = devices_new()};
	struct capture_label *all;

	w.counters = (struct counters){.minutes = minutes_new(2048, 1), .flush = write_wire, .arg = &w};
	assert_true(w.labels != NULL && w.devices != NULL && w.counters.minutes != NULL);
	resend(how);
	for (size_t n = 0; n < sent_count && sent[n].when < end; n++)
		take_syn(&w, &sent[n]);
	write_wire(&w);
	assert_non_null(all = capture_labels_read(w.labels, &judge_defaults, end, count));
	capture_labels_free(w.labels);
	devices_free(w.devices);
	minutes_free(w.counters.minutes);
	return all;
}

/* All that is known but for counts of retransmissions. */
static const char *
print(const struct capture_label *l, char text[512])
{
	const struct judgement *v = &l->judgement;

	snprintf(text, 512,
	         "%u.%u: label %d certainty %d rule %d score %.9g first %" PRId64 " last %" PRId64 " crossed %" PRId64
	         " attempts %u contacts %u fresh %u raw %u submission %u silent %u networks %u addresses %u kept %u"
	         " aged %u revisited %u clean %u regular %u period %.9g gaps %u alike %u burst %u together %u"
	         " bogons %u %u",
	         l->host.bytes[2], l->host.bytes[3], v->label, v->certainty, v->rule, v->score, v->first, v->last,
	         v->crossed_at, v->attempts, v->contacts, v->fresh, v->raw, v->submission, v->silent, v->networks,
	         v->addresses, v->kept, v->aged, v->revisited, v->clean, v->regular, v->period, v->gaps, v->alike,
	         v->burst, v->together, v->bogons, v->bogon_attempts);
	return text;
}

static void
assert_same_host(const struct capture_label *once, const struct capture_label *resent)
{
	char a[512], b[512];

	assert_string_equal(print(once, a), print(resent, b));
}

/* At some moments, also within a minute. */
static void
resends_in_a_capture_change_no_label(void **state)
{
	static const int64_t moments[] = {HOUR + 31 * SECOND, 2 * HOUR + 50 * MINUTE};
	int by_rule = 0, others = 0;

	(void)state;
	for (size_t i = 0; i < sizeof moments / sizeof *moments; i++) {
		size_t once_count, count;
		struct capture_label *once = through_pcapmon(RESEND_NEVER, BEGIN + moments[i], &once_count);

		for (enum resending how = RESEND_SOME; how <= RESEND_WINDOWS; how++) {
			struct capture_label *resent = through_pcapmon(how, BEGIN + moments[i], &count);

			assert_int_equal(once_count, count);
			for (size_t n = 0; n < count; n++)
				if (once[n].judgement.rule == RULE_NO_RESEND) {
					by_rule++;
				} else {
					assert_same_host(&once[n], &resent[n]);
					others++;
				}
			capture_labels_done(resent, count);
		}
		capture_labels_done(once, once_count);
	}
	assert_in_range(by_rule, HOSTS, INT32_MAX);
	assert_in_range(others, 2 * HOSTS, INT32_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(resends_of_refused_hosts_change_no_label),
	        cmocka_unit_test(the_kind_of_resends_changes_no_label),
	        cmocka_unit_test(resends_in_a_capture_change_no_label),
	};

	make_lives();
	return cmocka_run_group_tests_name("resent", tests, NULL, free_lives);
}
