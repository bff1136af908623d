/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The gate's rows are judged with the names of wire.db, whenever these were written, and without them as ever. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "lib/companion/name.h"
#include "lib/policy/event.h"
#include "nfqd/query/sources.h"
#include "nfqd/report/labels.h"
#include "tests/unit/common/two_logs.h"

#define MINUTES 240

/* The hosts 10.1.0.0 to 10.1.0.5. */
enum who {
	CLIENT,  /* of a smart host with 24 addresses */
	BOT,     /* a new network each time, whose name it looked up */
	HIDER,   /* the same, but all under one name */
	FEW,     /* a bot with many recipient domains at few providers */
	PRINTER, /* one server, by its address */
	EARLY,   /* as the client, at the end of a minute: pcapmon stamps it in the next one */
	WHOS
};

static const char *const both[] = {"gate.db", "wire.db"};

static struct addr
address(enum who n)
{
	return addr_v4((uint8_t[]){10, 1, 0, (uint8_t)n});
}

/* The attempt number i of a host: when, where, and what pcapmon knows of the destination. False: none. */
static bool
attempt_of(enum who n, uint32_t i, int64_t *when, struct addr *to, struct naming *name)
{
	*when = LOGS_START + i * MINUTE + (n == EARLY ? MINUTE - SECOND / 2 : (int64_t)n * SECOND);
	*name = (struct naming){7000 + n, NAMING_NAME};
	switch (n) {
	case CLIENT:
	case EARLY:
		*to = addr_v4((uint8_t[]){90, (uint8_t)(i / 8 % 24), 1, 25});
		return i % 8 == 0;
	case BOT:
		*to = addr_v4((uint8_t[]){60, (uint8_t)i, 1, 25});
		name->hash = 9000 + i;
		return true;
	case HIDER:
		*to = addr_v4((uint8_t[]){61, (uint8_t)i, 1, 25});
		return true;
	case FEW:
		*to = addr_v4((uint8_t[]){62, (uint8_t)(i % 5), 1, 25});
		*name = (struct naming){9000 + i, NAMING_MX};
		return i % 4 == 0;
	default:
		*to = addr_v4((uint8_t[]){63, 1, 1, 25});
		*name = (struct naming){0};
		return i % 3 == 0;
	}
}

/* Attempts number `from` to `to` (excluded) of all hosts, as the gate or as pcapmon writes them. */
static void
put(struct two_logs *p, bool gate, uint32_t from, uint32_t to)
{
	struct naming name;
	int64_t when;

	for (uint32_t i = from; i < to; i++) {
		for (enum who n = 0; n < WHOS; n++) {
			struct minute_key key = {.host = address(n),
			                         .port = 25,
			                         .verdict = gate ? VERDICT_REJECT : 0,
			                         .reason = gate ? REASON_STRANGER : 0};
			struct minute_row *row;

			if (!attempt_of(n, i, &when, &key.destination, &name))
				continue;
			when += !gate && n == EARLY ? SECOND : 0;
			assert_non_null(row = minutes_at(p->minutes, when, &key));
			row->count[gate ? (int)GATE_ATTEMPTS : (int)WIRE_ATTEMPTS]++;
			if (!gate) {
				row->name = name.hash;
				row->naming = name.kind;
			}
		}
	}
	assert_true(gate ? two_logs_put_gate(p) : wire_rows_write(p->wire, p->minutes, p->devices, 0));
	minutes_clear(p->minutes);
}

static void
judge(struct two_logs *p, int64_t now)
{
	bool more = true;

	while (more)
		assert_true(gate_rows_judge(p->gate, now, NULL, &more));
}

struct asked {
	const char *const *files;
	size_t count;
	int64_t since, until;
	bool again;
	struct history *evidence; /* or NULL: of host */
	const struct addr *host;
};

/* The judgements of a report, in short and in full. */
static void
labels_of(const struct two_logs *p, const struct asked *a, struct judgement out[WHOS])
{
	struct query query = {.since = a->since, .until = a->until, .now = a->until, .host = a->host};
	struct labels_request request = {.query = &query,
	                                 .host = a->host,
	                                 .parameters = judge_defaults,
	                                 .again = a->again,
	                                 .evidence = a->evidence};
	struct report *r = report_new(a->since, a->until);
	struct sources sources = {0};
	struct labels_set *set;
	char why[256], path[128];

	for (size_t n = 0; n < a->count; n++) {
		snprintf(path, sizeof path, "%s/%s", p->scratch.directory, a->files[n]);
		sources_add(&sources, path);
	}
	for (enum who n = 0; n < WHOS; n++)
		report_row(r, &(struct row){.host = address(n), .minute = LOGS_START / MINUTE, .attempts = 1});
	assert_non_null(set = labels_read(&request, &sources, r, why, sizeof why));
	for (enum who n = 0; n < WHOS; n++) {
		struct addr host = address(n);
		struct judgement brief = r->hosts[n].judgement;

		if (a->host == NULL || addr_equal(a->host, &host))
			assert_true(labels_about(set, &host, why, sizeof why));
		out[n] = r->hosts[n].judgement;
		assert_int_equal(brief.label, out[n].label);
		assert_int_equal(brief.certainty, out[n].certainty);
	}
	labels_free(set);
	sources_close(&sources);
	report_free(r);
}

static void
labels(const struct two_logs *p, size_t count, bool again, struct judgement out[WHOS])
{
	labels_of(p, &(struct asked){both, count, LOGS_START, LOGS_END, again, NULL, NULL}, out);
}

static void
assert_labels(const struct judgement got[WHOS], const enum judge_label want[WHOS])
{
	for (int n = 0; n < WHOS; n++)
		if (got[n].label != want[n])
			fail_msg("host %d: label %d, expected %d", n, (int)got[n].label, (int)want[n]);
}

/* By networks, and by names. */
static const enum judge_label by_network[WHOS] = {LABEL_ZOMBIE,        LABEL_ZOMBIE,        LABEL_ZOMBIE,
                                                  LABEL_MISCONFIGURED, LABEL_MISCONFIGURED, LABEL_ZOMBIE};
static const enum judge_label by_name[WHOS] = {LABEL_MISCONFIGURED, LABEL_ZOMBIE,        LABEL_ZOMBIE,
                                               LABEL_ZOMBIE,        LABEL_MISCONFIGURED, LABEL_MISCONFIGURED};

static void
names_decide_where_wire_db_has_them(void **state)
{
	struct two_logs *p = *state;
	struct judgement alone[WHOS], got[WHOS], again[WHOS];

	put(p, true, 0, MINUTES);
	judge(p, LOGS_END + MINUTE);
	labels(p, 2, false, got); /* wire.db is empty */
	labels(p, 1, false, alone);
	assert_labels(alone, by_network);
	assert_memory_equal(alone, got, sizeof got);
	put(p, false, 0, MINUTES);
	labels(p, 2, false, got);
	assert_labels(got, by_name);
	/* No name, no difference. */
	assert_memory_equal(&got[PRINTER], &alone[PRINTER], sizeof *got);
	labels(p, 2, true, again);
	assert_memory_equal(got, again, sizeof got);
	labels(p, 1, false, got);
	assert_memory_equal(got, alone, sizeof got);
}

/* Parts of both logs in any order, judged in between: the same labels, by the tables, without them, and again. */
static void
any_order_of_arrival_gives_the_same(void **state)
{
	struct two_logs *p = *state;
	struct judgement want[WHOS], got[WHOS];
	uint32_t wire[MINUTES / 20];

	for (uint32_t n = 0; n < MINUTES / 20; n++)
		wire[n] = n;
	for (uint32_t n = MINUTES / 20; n-- > 1;) {
		uint32_t other = two_logs_random(n + 1), saved = wire[n];

		wire[n] = wire[other];
		wire[other] = saved;
	}
	for (uint32_t n = 0; n < MINUTES / 20; n++) {
		put(p, false, 20 * wire[n], 20 * wire[n] + 20);
		put(p, true, 20 * n, 20 * n + 20);
		if (n % 3 == 0)
			judge(p, LOGS_START + (20 * n + 20) * MINUTE);
	}
	labels(p, 2, false, got); /* the tables lack the last forty minutes */
	assert_labels(got, by_name);
	judge(p, LOGS_END + MINUTE);
	labels(p, 2, false, want);
	assert_memory_equal(want, got, sizeof got);
	labels(p, 2, true, got);
	assert_memory_equal(want, got, sizeof got);
	scratch_change(p->scratch.gate, "DELETE FROM meta WHERE key = 'judge'");
	labels(p, 2, false, got);
	assert_memory_equal(want, got, sizeof got);
}

/* One attempt at `when`, in both logs, to 64.1.1.25. */
static void
put_both(struct two_logs *p, enum who n, int64_t when, struct naming name)
{
	struct minute_key key = {.host = address(n), .destination = addr_v4((uint8_t[]){64, 1, 1, 25}), .port = 25};
	struct minute_row *row = minutes_at(p->minutes, when, &key);

	row->count[WIRE_ATTEMPTS]++;
	row->name = name.hash;
	row->naming = name.kind;
	assert_true(wire_rows_write(p->wire, p->minutes, p->devices, 0));
	minutes_clear(p->minutes);
	key.verdict = VERDICT_REJECT;
	key.reason = REASON_STRANGER;
	minutes_at(p->minutes, when, &key)->count[GATE_ATTEMPTS]++;
	assert_true(two_logs_put_gate(p));
	minutes_clear(p->minutes);
}

/* A bot that has had its networks is not forgotten because it looks up a name six days later. */
static void
a_name_does_not_clear_what_came_before_the_period(void **state)
{
	struct two_logs *p = *state;
	struct judgement got[WHOS];
	int64_t later = LOGS_START + 6 * DAY;
	const struct asked asked = {both, 2, later, later + DAY, false, NULL, NULL};

	put(p, true, 0, MINUTES);
	put(p, false, 0, MINUTES);
	for (int64_t when = LOGS_START + 12 * HOUR; when < later + 3 * HOUR; when += HOUR / 2)
		put_both(p, BOT, when, (struct naming){8000, NAMING_NAME});
	judge(p, later + DAY);
	labels_of(p, &asked, got);
	assert_int_equal(got[BOT].label, LABEL_ZOMBIE);
}

/* What the tables know of a host without names is older than what is judged again for the others. */
static void
a_host_without_names_keeps_its_whole_past(void **state)
{
	struct two_logs *p = *state;
	struct judgement got[WHOS], alone[WHOS];
	int64_t later = LOGS_START + 12 * DAY;
	struct asked asked = {both, 2, later, later + DAY, false, NULL, NULL};

	for (int64_t when = LOGS_START; when < later + 12 * HOUR; when += 12 * HOUR) {
		put_both(p, PRINTER, when, (struct naming){0});
		put_both(p, CLIENT, when, (struct naming){8000, NAMING_NAME});
	}
	judge(p, later + DAY);
	labels_of(p, &asked, got);
	asked.count = 1;
	labels_of(p, &asked, alone);
	assert_memory_equal(&got[PRINTER], &alone[PRINTER], sizeof *got);
	assert_true(memcmp(&got[CLIENT], &alone[CLIENT], sizeof *got) != 0);
}

/* The steps that are shown are of the walk that is reported: their sum is the score. */
static void
steps_are_those_of_the_score(void **state)
{
	struct two_logs *p = *state;
	const struct addr host = address(FEW);
	struct history evidence = {.step_count = 0};
	struct judgement alone[WHOS], got[WHOS];
	double sum = 0;

	put(p, true, 0, MINUTES);
	put(p, false, 0, MINUTES);
	judge(p, LOGS_END + MINUTE);
	labels(p, 1, false, alone);
	labels_of(p, &(struct asked){both, 2, LOGS_START, LOGS_END, false, &evidence, &host}, got);
	for (size_t n = 0; n < evidence.step_count; n++)
		sum += evidence.steps[n].step;
	assert_true(evidence.step_count > 0 && evidence.change_count > 0);
	assert_true(sum - got[FEW].score < 1e-6 && got[FEW].score - sum < 1e-6);
	assert_true(alone[FEW].score < got[FEW].score);
	history_free(&evidence);
}

/* A name whose hash is above those of all networks falls out of the classifier's sample of them; what remains looks
 * like a sweep. */
static bool
is_accused(const struct judgement *v)
{
	return v->label == LABEL_ZOMBIE || v->label == LABEL_SCANNER;
}

/* What a hostile or damaged file may say: at worst no name, and never an excuse for a bot. */
static void
a_hostile_wire_db_clears_no_bot(void **state)
{
	static const char *const changes[] = {
	        "UPDATE attempt SET naming = 99",
	        "UPDATE attempt SET naming = -9223372036854775807",
	        "UPDATE attempt SET naming = x'6162'",
	        "UPDATE attempt SET host = x'0a'",
	        "UPDATE attempt SET destination = x''",
	        "UPDATE attempt SET minute = minute + 1000000",
	        "UPDATE attempt SET naming = 1, name = 9223372036854775807",
	        "UPDATE attempt SET naming = 1, name = 0",
	        "UPDATE attempt SET naming = 1, name = x'ff00ff'",
	        "UPDATE attempt SET naming = 1, name = -1, first = 0, last = -1, attempts = -1",
	};
	struct two_logs *p = *state;
	struct judgement alone[WHOS], got[WHOS];

	put(p, true, 0, MINUTES);
	put(p, false, 0, MINUTES);
	judge(p, LOGS_END + MINUTE);
	labels(p, 1, false, alone);
	for (size_t n = 0; n < sizeof changes / sizeof *changes; n++) {
		scratch_change(p->scratch.wire, changes[n]);
		labels(p, 2, false, got);
		assert_true(is_accused(&got[BOT]) && is_accused(&got[HIDER]));
		if (n < 6 && n != 3) /* no name at all */
			assert_memory_equal(&alone[CLIENT], &got[CLIENT], sizeof *got);
		if (n == 3 || n == 4 || n == 5) { /* no way back from these */
			wire_rows_close(p->wire);
			scratch_delete(p->scratch.wire);
			p->wire = wire_rows_open(p->scratch.directory, &p->config, (char[256]){""}, 256);
			assert_non_null(p->wire);
			put(p, false, 0, MINUTES);
		}
	}
}

#define IN_LOGS(test) cmocka_unit_test_setup_teardown(test, two_logs_setup, two_logs_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        IN_LOGS(names_decide_where_wire_db_has_them),
	        IN_LOGS(any_order_of_arrival_gives_the_same),
	        IN_LOGS(a_name_does_not_clear_what_came_before_the_period),
	        IN_LOGS(a_host_without_names_keeps_its_whole_past),
	        IN_LOGS(steps_are_those_of_the_score),
	        IN_LOGS(a_hostile_wire_db_clears_no_bot),
	};

	return cmocka_run_group_tests_name("names", tests, NULL, NULL);
}
