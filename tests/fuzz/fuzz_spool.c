/* SPDX-License-Identifier: GPL-3.0-or-later */
/* libFuzzer harness for the memory that nfqd's processes share: what a child that was taken over leaves in the spools
 * is read and written to a database as the recorder does it. The input is a list of records, each behind a byte that
 * says for which spool it is, and whether the input is the whole of it or lies over one that is valid.
 *
 * Whatever a record says, the transaction that holds it succeeds, and so do sealing and judging after it. */
#include <sys/eventfd.h>
#include <sys/mman.h>

#include "fuzz.h"
#include "lib/base/when.h"
#include "lib/config/feed.h"
#include "lib/store/store.h"
#include "nfqd/record/recording.h"
#include "nfqd/shared/note.h"
#include "nfqd/shared/valid.h"

#define ROOM 128
#define NOW (INT64_C(1800000000) * SECOND)
#define INPUTS 300 /* into one database */
#define ROWS 512
#define ATTEMPTS 1024

union record {
	struct event event;
	struct note note;
	struct flood flood;
};

static struct config *config;
static struct supervisor_state supervisor;
static struct shared shared = {.supervisor = &supervisor};
static struct recorder *recorder;
static struct store *store;

static void
complain(void *arg, const char *text)
{
	(void)arg;
	fprintf(stderr, "%s\n", text);
}

static void
set_up(void)
{
	static const struct config_io io = {.complain = complain};

	must((config = config_new(&io)) != NULL);
	config_feed(config, "fuzz", 1, "lan 10.0.0.0/8 2001:db8::/32");
	config_feed(config, "fuzz", 2, "range dsl 10.2.0.0/16");
	config->user = "nobody";
	must(config_finish(config, "fuzz") == 0);
	shared.gate_count = 2;
	shared.gates[0].events = spool_new("events", sizeof(struct event), ROOM);
	shared.gates[1].events = spool_new("events 2", sizeof(struct event), ROOM);
	shared.notes = spool_new("notes", sizeof(struct note), ROOM);
	shared.floods = spool_new("floods", sizeof(struct flood), ROOM);
	must(shared.gates[0].events != NULL && shared.gates[1].events != NULL && shared.notes != NULL &&
	     shared.floods != NULL);
	shared.run = NOW;
}

static void
end_recorder(void)
{
	gate_rows_free(recorder->logbook.rows);
	store_close(store);
	minutes_free(recorder->minutes);
	attempts_free(recorder->attempts);
	devices_free(recorder->devices);
	free(recorder);
	recorder = NULL;
}

/* With an empty database, behind everything that is in the spools. */
static void
begin_recorder(void)
{
	must((recorder = calloc(1, sizeof *recorder)) != NULL && (store = store_scratch(&schema_gate)) != NULL);
	recorder->logbook.config = config;
	recorder->logbook.rows = gate_rows_new(store, config);
	recorder->minutes = minutes_new(ROWS, 1);
	recorder->attempts = attempts_new(ATTEMPTS, 1);
	recorder->devices = devices_new();
	must(recorder->logbook.rows != NULL && recorder->minutes != NULL && recorder->attempts != NULL &&
	     recorder->devices != NULL);
	recorder->inbox.shared = recorder->shared = &shared;
	for (unsigned i = 0; i < shared.gate_count; i++)
		inbox_begin(&recorder->inbox, i, spool_head(shared.gates[i].events));
	recorder->note_next = recorder->note_done = spool_head(shared.notes);
	recorder->flood_next = recorder->flood_done = spool_head(shared.floods);
	spool_take(shared.notes, recorder->note_done);
	spool_take(shared.floods, recorder->flood_done);
	recorder->named_set = -1;
	recorder->alive = NOW - SECOND;
}

static void
make_valid(union record *r, unsigned kind)
{
	static const uint8_t host[4] = {10, 2, 0, 7}, server[4] = {203, 0, 113, 1};

	memset(r, 0, sizeof *r);
	if (kind == 0) {
		r->note = (struct note){.kind = NOTE_GAP, .at = NOW - MINUTE, .gap = {.until = NOW, .missing = 3}};
	} else if (kind == 1) {
		r->flood = (struct flood){.port = 25, .first = NOW - SECOND, .last = NOW, .count = 7};
		r->flood.source = addr_v4(host);
	} else {
		r->event = (struct event){.when = NOW, .sport = 4000, .dport = 25, .isn = 1, .reason = REASON_STRANGER};
		r->event.verdict = VERDICT_REJECT;
		r->event.src = addr_v4(host);
		r->event.dst = addr_v4(server);
	}
}

/* Of kind 0 a note, 1 a flood, otherwise an event. Returns the bytes of the input that it took. */
static size_t
put_record(uint8_t how, const uint8_t *data, size_t size)
{
	static const size_t sizes[] = {sizeof(struct note), sizeof(struct flood), sizeof(struct event),
	                               sizeof(struct event)};
	unsigned kind = how % 4;
	size_t offset = (how & 0x80) != 0 ? how >> 2 & 31 : 0, n = size;
	union record r;

	make_valid(&r, kind);
	if (n > sizes[kind] - offset)
		n = sizes[kind] - offset;
	if ((how & 0x80) != 0 && n > 8)
		n = 8;
	memcpy((uint8_t *)&r + offset, data, n);
	spool_put(kind == 0 ? shared.notes : kind == 1 ? shared.floods : shared.gates[kind - 2].events, &r);
	return n;
}

static void
write_all(void)
{
	struct gate_rows *rows = recorder->logbook.rows;
	bool more;

	do {
		recording_take_events(recorder);
		recording_take_floods(recorder);
		must(gate_rows_begin(rows) && recording_put_notes(recorder, NOW) &&
		     minutes_each(recorder->minutes, gate_rows_put, rows) &&
		     gate_rows_put_devices(rows, recorder->devices) && gate_rows_commit(rows));
		more = inbox_peek(&recorder->inbox) != NULL || spool_head(shared.floods) > recorder->flood_next;
		minutes_clear(recorder->minutes);
		devices_clear(recorder->devices);
		recorder->note_done = recorder->note_next;
		recorder->flood_done = recorder->flood_next;
		inbox_commit(&recorder->inbox);
		spool_take(shared.notes, recorder->note_done);
		spool_take(shared.floods, recorder->flood_done);
	} while (more);
}

static bool
has_time(void *arg)
{
	(void)arg;
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct time_left time = {has_time, NULL};
	static unsigned inputs;
	size_t at = 0;
	bool more;

	if (config == NULL)
		set_up();
	if (recorder == NULL)
		begin_recorder();
	while (at < size) {
		uint8_t how = data[at++];

		at += put_record(how, data + at, size - at);
	}
	write_all();
	if (++inputs % INPUTS == 0) {
		must(gate_rows_seal(recorder->logbook.rows, NOW + DAY, &more));
		must(gate_rows_judge(recorder->logbook.rows, NOW + DAY, &time, &more));
		must(gate_rows_prune(recorder->logbook.rows, NOW + DAY, &time, &more));
		end_recorder();
	}
	return 0;
}
