/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The recorder as a process of its own, between spools that the test fills and a database that it reads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/policy/build.h"
#include "nfqd/record/recorder.h"
#include "nfqd/shared/note.h"
#include "lib/store/store.h"
#include "lib/base/when.h"

#define ROOM 256

struct stage {
	struct shared shared;
	struct config config;
	char directory[64];
};

static void *
memory(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	assert_true(p != MAP_FAILED);
	return p;
}

static void
set_stage(struct stage *s)
{
	static const struct policy_input nothing = {.stranger_line = POLICY_NONE};

	*s = (struct stage){.directory = "/tmp/nfqd-recorder-XXXXXX"};
	assert_non_null(mkdtemp(s->directory));
	assert_int_equal(chmod(s->directory, 0777), 0);
	s->shared = (struct shared){.gates = {{NULL, spool_new("events", sizeof(struct event), ROOM)},
	                                      {NULL, spool_new("events 2", sizeof(struct event), ROOM)}},
	                            .gate_count = 2,
	                            .recorder = memory(sizeof *s->shared.recorder),
	                            .notes = spool_new("notes", sizeof(struct note), ROOM),
	                            .floods = spool_new("floods", sizeof(struct flood), ROOM),
	                            .run = when_now(),
	                            .wake = eventfd(0, EFD_NONBLOCK)};
	s->config = (struct config){
	        .user = "nobody", .database = s->directory, .judge = judge_defaults, .policy = policy_build(&nothing)};
	assert_non_null(s->config.policy);
}

static void
strike(struct stage *s)
{
	static const char *const names[] = {"gate.db", "gate.db-wal", "gate.db-shm"};
	char path[128];

	for (size_t i = 0; i < 3; i++) {
		snprintf(path, sizeof path, "%s/%s", s->directory, names[i]);
		unlink(path);
	}
	assert_int_equal(rmdir(s->directory), 0);
	for (unsigned i = 0; i < s->shared.gate_count; i++)
		spool_free(s->shared.gates[i].events);
	spool_free(s->shared.notes);
	spool_free(s->shared.floods);
	free(s->config.policy);
}

/* A whole run of a recorder: it writes all events and ends. */
static void
record(struct stage *s)
{
	struct recorder_setup setup = {&s->config, &s->shared, -1};
	int pair[2], status;
	char ready = 0;
	pid_t pid;

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	setup.channel = pair[1];
	fflush(NULL);
	if ((pid = fork()) == 0)
		_exit(recorder_main(&setup));
	close(pair[1]);
	assert_int_equal(recv(pair[0], &ready, 1, 0), 1);
	kill(pid, SIGTERM);
	for (int waited = 0; waitpid(pid, &status, WNOHANG) == 0; waited += 10) {
		if (waited > 5000)
			kill(pid, SIGKILL);
		poll(NULL, 0, 10);
	}
	close(pair[0]);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static int64_t
ask(const struct stage *s, const char *sql)
{
	char path[128], why[256];
	struct statement *st;
	struct store *store;
	int64_t n;

	snprintf(path, sizeof path, "%s/gate.db", s->directory);
	assert_non_null(store = store_open_readonly(path, &schema_gate, why, sizeof why));
	assert_non_null(st = store_prepare(store, sql));
	assert_int_equal(store_step(st), 1);
	n = column_int(st, 0);
	store_close(store);
	return n;
}

static void
put_event(struct stage *s, unsigned gate, uint32_t isn, int64_t when, uint8_t destination)
{
	struct event e = {.when = when, .isn = isn, .dport = 25};

	e.src = (struct addr){.family = 4, .bytes = {10, 0, 0, 1}};
	e.dst = (struct addr){.family = 4, .bytes = {192, 0, 2, destination}};
	assert_true(spool_put(s->shared.gates[gate].events, &e));
}

/* Somebody moves the database away, and the next recorder finds a new one: it goes on behind what is written down. */
static void
a_new_database_continues_behind_released_records(void **state)
{
	struct stage s;

	(void)state;
	set_stage(&s);
	for (uint32_t i = 0; i < 3 * ROOM; i++) {
		put_event(&s, 0, i, when_now(), 1);
		spool_take(s.shared.gates[0].events, i + 1);
	}
	for (uint32_t i = 0; i < 10; i++)
		put_event(&s, 0, 3 * ROOM + i, when_now(), 1);
	record(&s);
	assert_int_equal(spool_tail(s.shared.gates[0].events), 3 * ROOM + 10);
	assert_int_equal(ask(&s, "SELECT sum(attempts) FROM attempt"), 10);
	strike(&s);
}

/* Two gates: what each saw is written once, in the order of time, and the next recorder goes on in both spools. */
static void
events_of_two_gates_are_written_once_and_in_order(void **state)
{
	int64_t minute = when_now() / (60 * SECOND) * 60 * SECOND;
	struct stage s;

	(void)state;
	set_stage(&s);
	/* 40 destinations in turn: each has a row of its own, whichever gate saw it. */
	for (uint8_t i = 0; i < 40; i++)
		put_event(&s, 1 - i % 2, i, minute + i, i);
	record(&s);
	assert_int_equal(ask(&s, "SELECT sum(attempts) FROM attempt"), 40);
	assert_int_equal(ask(&s, "SELECT count(*) FROM attempt WHERE destination <> x''"), 40);
	assert_int_equal(ask(&s, "SELECT max(first) - min(minute) * 60000000 FROM attempt"), 39);
	put_event(&s, 0, 100, minute + 50, 1);
	put_event(&s, 1, 0, minute + 51, 0); /* the very first again: a retransmission */
	record(&s);
	assert_int_equal(ask(&s, "SELECT sum(attempts) FROM attempt"), 41);
	assert_int_equal(ask(&s, "SELECT sum(retransmits) FROM attempt"), 1);
	assert_int_equal(ask(&s, "SELECT value FROM meta WHERE key = 'recorded'"), 42);
	assert_int_equal(spool_tail(s.shared.gates[0].events), 21);
	assert_int_equal(spool_tail(s.shared.gates[1].events), 21);
	strike(&s);
}

static void
put_start(struct stage *s, int64_t since, int64_t counted, int64_t rules)
{
	struct note n = {.kind = NOTE_START, .at = since, .start = {.counted = counted, .rules = rules}};

	assert_true(spool_put(s->shared.notes, &n));
}

static void
put_rules(struct stage *s, int64_t rules)
{
	struct note n = {.kind = NOTE_REMEMBER, .remember = {.what = REMEMBERED_RULES, .value = rules}};

	assert_true(spool_put(s->shared.notes, &n));
}

/* The next run of nfqd. */
static void
run_again(struct stage *s)
{
	s->shared.run = when_now() + 1;
	spool_free(s->shared.notes);
	s->shared.notes = spool_new("notes", sizeof(struct note), ROOM);
}

/* Nobody saw 5 openings, and the clock was put back before this run began: the 5 are missing all the same. */
static void
missing_openings_are_found_after_the_clock_was_put_back(void **state)
{
	struct stage s;

	(void)state;
	set_stage(&s);
	put_start(&s, s.shared.run, 0, 7);
	put_rules(&s, 7);
	record(&s);
	run_again(&s);
	put_start(&s, when_now() - DAY, 5, 7);
	record(&s);
	assert_int_equal(ask(&s, "SELECT sum(missing) FROM gap"), 5);
	strike(&s);
}

/* The rules were changed while nfqd was down: their counters are no bound. */
static void
changed_rules_leave_a_gap_of_unknown_size(void **state)
{
	struct stage s;

	(void)state;
	set_stage(&s);
	put_start(&s, s.shared.run, 0, 7);
	put_rules(&s, 7);
	record(&s);
	run_again(&s);
	put_start(&s, when_now(), 5, 8);
	record(&s);
	assert_int_equal(ask(&s, "SELECT count(*) FROM gap WHERE missing IS NULL"), 1);
	assert_int_equal(ask(&s, "SELECT count(*) FROM gap"), 1);
	strike(&s);
}

/* Answers to nobody are no openings, and the rules do not count them. So 5 openings that nobody saw are missing,
 * however many answers were recorded before the rules were made anew. */
static void
answers_are_no_missing_openings(void **state)
{
	struct event answer = {.when = when_now(), .dport = 25, .verdict = VERDICT_DROP, .reason = REASON_ANSWER};
	struct note rules = {.kind = NOTE_RULES, .at = when_now(), .rules = {.counted = 0, .seen = 2}};
	struct stage s;

	(void)state;
	set_stage(&s);
	answer.src = addr_v4((uint8_t[]){10, 0, 0, 1});
	answer.dst = addr_v4((uint8_t[]){192, 0, 2, 1});
	put_start(&s, s.shared.run, 0, 7);
	put_rules(&s, 7);
	for (uint32_t i = 0; i < 3; i++)
		assert_true(spool_put(s.shared.gates[0].events, &answer));
	put_event(&s, 0, 1, when_now(), 1);
	put_event(&s, 0, 2, when_now(), 1);
	record(&s);
	assert_true(spool_put(s.shared.notes, &rules));
	record(&s);
	assert_int_equal(ask(&s, "SELECT value FROM meta WHERE key = 'recorded'"), 2);
	assert_int_equal(ask(&s, "SELECT count(*) FROM gap"), 0);
	run_again(&s);
	put_start(&s, when_now(), 5, 7);
	record(&s);
	assert_int_equal(ask(&s, "SELECT sum(missing) FROM gap"), 5);
	strike(&s);
}

/* The shield's counts are SYNs in a row of their own, and no attempts, nor destinations. */
static void
floods_are_syns_and_no_attempts(void **state)
{
	int64_t when = when_now() / MINUTE * MINUTE + SECOND;
	struct flood flood = {
	        .source = addr_v4((uint8_t[]){10, 0, 0, 1}), .port = 25, .first = when - 1, .last = when, .count = 400};
	struct stage s;

	(void)state;
	set_stage(&s);
	put_event(&s, 0, 1, when, 1);
	put_event(&s, 0, 1, when + 1, 1);
	assert_true(spool_put(s.shared.floods, &flood));
	flood.first = flood.last = when + SECOND;
	flood.count = 300;
	assert_true(spool_put(s.shared.floods, &flood));
	record(&s);
	assert_int_equal(ask(&s, "SELECT count(*) FROM attempt"), 2);
	assert_int_equal(ask(&s, "SELECT count(*) FROM attempt WHERE reason = 0 AND attempts = 1 AND retransmits = 1"
	                         " AND syns = 0 AND destinations = 1"),
	                 1);
	assert_int_equal(ask(&s, "SELECT count(*) FROM attempt WHERE reason = 8 AND attempts = 0 AND retransmits = 0"
	                         " AND syns = 700 AND destinations = 0 AND length(destination) = 0 AND verdict = 1"),
	                 1);
	assert_int_equal(ask(&s, "SELECT first FROM attempt WHERE reason = 8"), when - 1);
	assert_int_equal(ask(&s, "SELECT last FROM attempt WHERE reason = 8"), when + SECOND);
	assert_int_equal(ask(&s, "SELECT value FROM meta WHERE key = 'shielded'"), 700);
	assert_int_equal(ask(&s, "SELECT value FROM meta WHERE key = 'recorded'"), 2);
	assert_int_equal(ask(&s, "SELECT count(*) FROM minute_change"), 1);
	strike(&s);
}

/* A child that was taken over wrote into the spools: nothing of that comes into the tables, what stood beside it does,
 * and what is missing is a gap. */
static void
damaged_spools_cost_only_the_damaged_records(void **state)
{
	struct event wild = {.when = INT64_MIN, .verdict = 200, .reason = 200, .stack = 255};
	struct note remember = {.kind = NOTE_REMEMBER, .remember = {.what = REMEMBERED_RECORDED, .value = 1000000}};
	struct note kind = {.kind = UINT32_MAX};
	struct flood flood = {.source = {.family = 77}, .count = UINT64_MAX};
	struct stage s;

	(void)state;
	set_stage(&s);
	put_event(&s, 0, 1, when_now(), 1);
	assert_true(spool_put(s.shared.gates[0].events, &wild));
	put_event(&s, 0, 2, when_now(), 1);
	put_start(&s, s.shared.run, 0, 7);
	assert_true(spool_put(s.shared.notes, &remember));
	assert_true(spool_put(s.shared.notes, &kind));
	put_rules(&s, 7);
	assert_true(spool_put(s.shared.floods, &flood));
	record(&s);
	assert_int_equal(ask(&s, "SELECT sum(attempts) FROM attempt"), 2);
	assert_int_equal(ask(&s, "SELECT count(*) FROM attempt WHERE verdict > 3 OR reason > 9"), 0);
	assert_int_equal(ask(&s, "SELECT value FROM meta WHERE key = 'recorded'"), 3); /* counted, and in a gap */
	assert_int_equal(ask(&s, "SELECT value FROM meta WHERE key = 'rules'"), 7);
	assert_int_equal(ask(&s, "SELECT sum(missing) FROM gap"), 1);
	assert_int_equal(ask(&s, "SELECT count(*) FROM gap WHERE missing IS NULL"), 2); /* that of both notes is one */
	assert_int_equal(spool_tail(s.shared.gates[0].events), 3);
	assert_int_equal(spool_tail(s.shared.notes), 4);
	assert_int_equal(spool_tail(s.shared.floods), 1);
	strike(&s);
}

/* The head and the losses of a spool, as spool.c has them in the memory of the writer. */
struct numbers {
	_Atomic uint64_t head, lost;
};

/* The mapping of a spool of events begins with its head, and so it is found. */
static struct numbers *
numbers_of(const struct spool *s)
{
	struct numbers *found = NULL;
	unsigned long from;
	char line[512];
	FILE *maps = fopen("/proc/self/maps", "re");
	uint64_t head = spool_head(s);

	assert_non_null(maps);
	while (fgets(line, sizeof line, maps) != NULL)
		if (strstr(line, "rw-s") != NULL && strstr(line, "nfqd spool") != NULL &&
		    sscanf(line, "%lx", &from) == 1 && ((struct numbers *)from)->head == head) {
			assert_null(found);
			found = (struct numbers *)from;
		}
	fclose(maps);
	assert_non_null(found);
	return found;
}

/* A gate that was taken over sets its spool's head and losses: the log has a gap, and goes on with what follows. */
static void
impossible_numbers_of_a_gate_are_a_gap(void **state)
{
	static const uint64_t wild[] = {UINT64_C(1) << 60, 3, UINT64_MAX, UINT64_C(1) << 63};
	struct numbers *of_gate;
	struct stage s;

	(void)state;
	set_stage(&s);
	put_start(&s, s.shared.run, 0, 7);
	put_rules(&s, 7);
	for (uint32_t i = 0; i < 200; i++)
		put_event(&s, 0, i, when_now(), 1);
	of_gate = numbers_of(s.shared.gates[0].events);
	record(&s);
	for (size_t i = 0; i < sizeof wild / sizeof *wild; i++) {
		of_gate->head = wild[i];
		record(&s);
		put_event(&s, 0, 1000 + (uint32_t)i, when_now(), 1);
		put_event(&s, 1, 2000 + (uint32_t)i, when_now(), 1);
		record(&s);
		assert_int_equal(ask(&s, "SELECT sum(attempts) FROM attempt"), 202 + 2 * i);
		assert_int_equal(ask(&s, "SELECT value FROM meta WHERE key = 'recorded'"), 202 + 2 * i);
		assert_int_equal(ask(&s, "SELECT count(*) FROM gap WHERE missing IS NULL"), i + 1);
	}
	of_gate->lost = UINT64_MAX / 2 + 7;
	record(&s);
	assert_int_equal(ask(&s, "SELECT value FROM meta WHERE key = 'recorded'"), 208);
	assert_int_equal(ask(&s, "SELECT count(*) FROM gap WHERE missing IS NULL"), 5);
	assert_int_equal(ask(&s, "SELECT count(*) FROM gap WHERE missing IS NOT NULL"), 0);
	strike(&s);
}

/* So does a recorder that was taken over, with what it has taken: its successor finds the way back in every spool. */
static void
impossible_numbers_of_a_recorder_are_a_gap(void **state)
{
	static const uint64_t wild[] = {UINT64_C(1) << 62, UINT64_MAX - 5};
	struct spool *spools[3];
	struct stage s;

	(void)state;
	set_stage(&s);
	spools[0] = s.shared.gates[0].events;
	spools[1] = s.shared.notes;
	spools[2] = s.shared.floods;
	put_start(&s, s.shared.run, 0, 7);
	put_event(&s, 0, 1, when_now(), 1);
	record(&s);
	for (size_t i = 0; i < sizeof wild / sizeof *wild; i++) {
		for (size_t n = 0; n < 3; n++)
			spool_take(spools[n], wild[i]);
		record(&s);
		for (size_t n = 0; n < 3; n++)
			assert_int_equal(spool_tail(spools[n]), spool_head(spools[n]));
		put_event(&s, 0, 2 + (uint32_t)i, when_now(), 1);
		put_rules(&s, 8 + (int64_t)i);
		record(&s);
		assert_int_equal(ask(&s, "SELECT sum(attempts) FROM attempt"), 2 + i);
		assert_int_equal(ask(&s, "SELECT value FROM meta WHERE key = 'recorded'"), 2 + i);
		assert_int_equal(ask(&s, "SELECT value FROM meta WHERE key = 'rules'"), 8 + i);
		assert_true(ask(&s, "SELECT count(*) FROM gap WHERE missing IS NULL") > 0);
	}
	strike(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_new_database_continues_behind_released_records),
	        cmocka_unit_test(events_of_two_gates_are_written_once_and_in_order),
	        cmocka_unit_test(missing_openings_are_found_after_the_clock_was_put_back),
	        cmocka_unit_test(changed_rules_leave_a_gap_of_unknown_size),
	        cmocka_unit_test(floods_are_syns_and_no_attempts),
	        cmocka_unit_test(damaged_spools_cost_only_the_damaged_records),
	        cmocka_unit_test(answers_are_no_missing_openings),
	        cmocka_unit_test(impossible_numbers_of_a_gate_are_a_gap),
	        cmocka_unit_test(impossible_numbers_of_a_recorder_are_a_gap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
