/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "stage.h"

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
#include <unistd.h>

#include "lib/base/when.h"
#include "lib/policy/build.h"
#include "lib/store/store.h"
#include "nfqd/record/recorder.h"
#include "nfqd/shared/note.h"

static void *
memory(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	assert_true(p != MAP_FAILED);
	return p;
}

void
stage_set(struct stage *s)
{
	static const struct policy_input nothing = {.stranger_line = POLICY_NONE};

	*s = (struct stage){.directory = "/tmp/nfqd-recorder-XXXXXX"};
	assert_non_null(mkdtemp(s->directory));
	assert_int_equal(chmod(s->directory, 0777), 0);
	s->shared = (struct shared){.gates = {{NULL, spool_new("events", sizeof(struct event), STAGE_ROOM)},
	                                      {NULL, spool_new("events 2", sizeof(struct event), STAGE_ROOM)}},
	                            .gate_count = 2,
	                            .recorder = memory(sizeof *s->shared.recorder),
	                            .supervisor = memory(sizeof *s->shared.supervisor),
	                            .notes = spool_new("notes", sizeof(struct note), STAGE_ROOM),
	                            .floods = spool_new("floods", sizeof(struct flood), STAGE_ROOM),
	                            .run = when_now(),
	                            .wake = eventfd(0, EFD_NONBLOCK)};
	s->config = (struct config){
	        .user = "nobody", .database = s->directory, .judge = judge_defaults, .policy = policy_build(&nothing)};
	assert_non_null(s->config.policy);
}

void
stage_strike(struct stage *s)
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

void
stage_record(struct stage *s)
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

int64_t
stage_ask(const struct stage *s, const char *sql)
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

void
stage_put_event(struct stage *s, unsigned gate, uint32_t isn, int64_t when, uint8_t destination)
{
	struct event e = {.when = when, .isn = isn, .dport = 25};

	e.src = (struct addr){.family = 4, .bytes = {10, 0, 0, 1}};
	e.dst = (struct addr){.family = 4, .bytes = {192, 0, 2, destination}};
	assert_true(spool_put(s->shared.gates[gate].events, &e));
}

void
stage_put_start(struct stage *s, int64_t since, int64_t counted, int64_t rules)
{
	struct note n = {.kind = NOTE_START, .at = since, .start = {.counted = counted, .rules = rules}};

	assert_true(spool_put(s->shared.notes, &n));
}

void
stage_put_rules(struct stage *s, int64_t rules)
{
	struct note n = {.kind = NOTE_REMEMBER, .remember = {.what = REMEMBERED_RULES, .value = rules}};

	assert_true(spool_put(s->shared.notes, &n));
}
