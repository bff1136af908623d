/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What it costs the recorder to judge, by the code that it runs (nfqd/record/gate_rows, lib/labels/judged): minutes of
 * hosts that are all awake, written and then judged one after the other. Of four kinds of hosts:
 *
 * same: one row a minute, always to the same server.
 * near: the same, but each with a MAC address of its own, by which it is judged: the order of these is not that of
 * the addresses. All others are behind a router.
 * new: one row a minute, to a network that is new each time: the most that a host of one row can do.
 * many: 32 rows a minute, to 32 networks that are new: the most that a host can do.
 *
 * Processor time, in microseconds for a host and minute; where it goes is told by doing less of it over the same rows:
 * rows (read alone, with what their SYNs look like), devices (as whom each is judged), judge (with states in memory),
 * and tables: what is left, of which the kernel's part (the log, its fsync) is told apart.
 *
 * usage: bench_judged [KIND HOSTS]   some 1 GB is needed in TMPDIR (/tmp) for a few minutes */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <sys/resource.h>
#include <sys/stat.h>

#include <unistd.h>

#include "lib/policy/build.h"
#include "nfqd/record/gate_rows.h"
#include "lib/labels/devices.h"
#include "lib/labels/memory.h"
#include "lib/labels/rows.h"
#include "lib/count/minutes.h"
#include "lib/store/store.h"
#include "lib/base/when.h"

#define START (INT64_C(1740000000) * SECOND / HOUR * HOUR)
#define ROOM 131072 /* rows in memory */
#define LINUX (UINT64_C(1) << 9)
#define GRACE (20 * SECOND)
#define FIRST 5 /* minutes that are not measured: all hosts are new to the tables, walks and labels begin */
#define TICK (SECOND / 4)

struct kind {
	const char *name;
	uint32_t destinations; /* a minute */
	bool fresh;            /* each new */
	bool near;
};

struct bench {
	char directory[4096], file[4200], log[4300];
	struct config config;
	struct gate_rows *rows;
	struct minutes *minutes;
	struct devices *devices;
	const struct kind *kind;
	uint32_t hosts;
	int64_t length;                     /* minutes */
	uint64_t put;                       /* rows */
	double user, kernel, wall, longest; /* of judging; a step's wall clock */
	int64_t most_log;                   /* bytes */
	struct judging_memory *memory;
};

static void
stop(const char *what, const char *why)
{
	fprintf(stderr, "bench_judged: %s: %s\n", what, why);
	exit(1);
}

static double
seconds_of(const struct timeval *t)
{
	return (double)t->tv_sec + (double)t->tv_usec / 1e6;
}

static void
processor(double *user, double *kernel)
{
	struct rusage used;

	getrusage(RUSAGE_SELF, &used);
	*user = seconds_of(&used.ru_utime);
	*kernel = seconds_of(&used.ru_stime);
}

static double
processor_all(void)
{
	double user, kernel;

	processor(&user, &kernel);
	return user + kernel;
}

static int64_t
file_size(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? (int64_t)st.st_size : 0;
}

static void
begin(struct bench *b, const char *under)
{
	static const struct policy_input nothing = {.stranger_line = POLICY_NONE};
	char why[512];

	snprintf(b->directory, sizeof b->directory, "%s/bench_judged.XXXXXX", under);
	if (mkdtemp(b->directory) == NULL)
		stop(b->directory, "cannot be made");
	snprintf(b->file, sizeof b->file, "%s/gate.db", b->directory);
	snprintf(b->log, sizeof b->log, "%s-wal", b->file);
	b->config.database = b->directory;
	b->config.judge = judge_defaults;
	if ((b->config.policy = policy_build(&nothing)) == NULL || (b->minutes = minutes_new(ROOM, 1)) == NULL ||
	    (b->devices = devices_new()) == NULL)
		stop("bench", "out of memory");
	if ((b->rows = gate_rows_open(&b->config, why, sizeof why)) == NULL)
		stop(b->file, why);
}

static void
end(struct bench *b)
{
	static const char *const names[] = {"", "-wal", "-shm"};
	char path[4300];

	gate_rows_close(b->rows);
	for (size_t n = 0; n < sizeof names / sizeof *names; n++) {
		snprintf(path, sizeof path, "%s%s", b->file, names[n]);
		unlink(path);
	}
	rmdir(b->directory);
	minutes_free(b->minutes);
	devices_free(b->devices);
	free(b->config.policy);
}

static struct addr
inside(uint32_t n)
{
	return addr_v4((uint8_t[]){10, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n});
}

/* One of 2^20 networks. */
static struct addr
outside(uint32_t n)
{
	n = (n * UINT32_C(2654435761)) >> 12;
	return addr_v4((uint8_t[]){(uint8_t)(64 + (n >> 16)), (uint8_t)(n >> 8), (uint8_t)n, 9});
}

static bool
put_row(void *arg, const struct minute_row *row)
{
	struct bench *b = arg;

	b->put++;
	return gate_rows_put(b->rows, row);
}

static void
commit(struct bench *b)
{
	if (!gate_rows_begin(b->rows) || !minutes_each(b->minutes, put_row, b) ||
	    !gate_rows_put_devices(b->rows, b->devices) || !gate_rows_commit(b->rows))
		stop(b->file, gate_rows_error(b->rows));
	minutes_clear(b->minutes);
	devices_clear(b->devices);
}

/* Their systems are known, as is most often so. */
static void
open_one(struct bench *b, uint32_t host, int64_t when, uint32_t to)
{
	uint32_t mixed = b->kind->near ? host * UINT32_C(2654435761) : 1;
	uint8_t mac[6] = {2, 0, (uint8_t)(mixed >> 24), (uint8_t)(mixed >> 16), (uint8_t)(mixed >> 8), (uint8_t)mixed};
	struct addr from = inside(host), destination = outside(to);
	struct minute_row *row;

	if (!devices_saw(b->devices, &from, mac, when)) {
		commit(b);
		devices_saw(b->devices, &from, mac, when);
	}
	row = minutes_at(b->minutes, when,
	                 &(struct minute_key){0, from, destination, 25, VERDICT_DROP, REASON_STRANGER});
	if (row == NULL) {
		commit(b);
		row = minutes_at(b->minutes, when,
		                 &(struct minute_key){0, from, destination, 25, VERDICT_DROP, REASON_STRANGER});
	}
	row->count[GATE_ATTEMPTS]++;
	row->count[GATE_STACKS] |= LINUX;
}

static void
write_minute(struct bench *b, int64_t minute)
{
	for (uint32_t host = 0; host < b->hosts; host++)
		for (uint32_t n = 0; n < b->kind->destinations; n++) {
			uint32_t to = b->kind->fresh ? (uint32_t)minute * b->kind->destinations + n : 0;

			open_one(b, host, START + minute * MINUTE + (int64_t)n * SECOND, to + host * 7919);
		}
	commit(b);
}

/* As the recorder has in a tick. */
static bool
has_time(void *arg)
{
	return steady_before(steady_now(), *(struct steady *)arg);
}

static void
judge_minute(struct bench *b, int64_t minute)
{
	double user[2], kernel[2];
	bool more = true;

	processor(&user[0], &kernel[0]);
	while (more) {
		struct steady begun = steady_now(), until = steady_add(begun, TICK);
		const struct time_left time = {has_time, &until};
		double took;

		if (!gate_rows_judge(b->rows, START + (minute + 1) * MINUTE + GRACE, &time, &more))
			stop(b->file, gate_rows_error(b->rows));
		took = (double)steady_since(begun) / 1e6;
		b->wall += took;
		if (b->longest < took)
			b->longest = took;
		if (b->most_log < file_size(b->log))
			b->most_log = file_size(b->log);
	}
	processor(&user[1], &kernel[1]);
	b->user += user[1] - user[0];
	b->kernel += kernel[1] - kernel[0];
}

/* The rows alone, in the order in which they are judged; or, of each host, as whom it is judged. */
static double
read_rows(const struct bench *b, struct store *s, bool who)
{
	double begun = processor_all();
	struct judging_rows *rows = judging_rows_new(s, false);
	struct judging_devices *devices = judging_devices_new(s);
	struct stack_turns turns[STACKS_MOST];
	struct judging_row row = {.forbidden = false};
	struct judge_key key;
	uint64_t raw;
	size_t count;

	if (rows == NULL || devices == NULL)
		stop(b->file, store_error(s));
	for (int64_t minute = START / MINUTE + FIRST; minute < START / MINUTE + b->length; minute++) {
		struct addr host = {0};

		if (who) {
			for (uint32_t n = 0; n < b->hosts; n++) {
				host = inside(n);
				if (!judging_devices_key(devices, &host, (minute + 1) * MINUTE, &key))
					stop(b->file, store_error(s));
			}
			continue;
		}
		judging_rows_begin(rows, minute, NULL, 0);
		while (judging_rows_next(rows, &row) == 1) {
			if (!addr_equal(&row.host, &host) && (!judging_rows_raw(rows, &row.host, &raw) ||
			                                      !judging_rows_stacks(rows, &row.host, turns, &count)))
				stop(b->file, store_error(s));
			host = row.host;
		}
		judging_rows_end(rows);
	}
	judging_rows_free(rows);
	judging_devices_free(devices);
	return processor_all() - begun;
}

static bool
load(void *arg, const struct judge_key *who, struct judging_state *out)
{
	const struct judging_state *known = judging_memory_state(((struct bench *)arg)->memory, who);

	if (known != NULL)
		judging_memory_copy(out, known);
	return true;
}

static bool
save(void *arg, const struct judge_key *who, const struct addr *host, const struct judging_state *s)
{
	return judging_memory_save(((struct bench *)arg)->memory, who, host, s);
}

static bool
take_step(void *arg, const struct judge_key *who, const struct judging_step *s)
{
	return (void)arg, (void)who, (void)s, true;
}

static bool
take_change(void *arg, const struct judge_key *who, const struct judging_change *c)
{
	return (void)arg, (void)who, (void)c, true;
}

static double
judge_in_memory(struct bench *b, struct store *s)
{
	const struct judging_sink sink = {b, load, save, take_step, take_change};
	struct judging_place at = {.minute = START / MINUTE};
	struct judging *judging = judging_new(s, false, NULL, &judge_defaults, &sink);
	double begun;
	bool more;

	if ((b->memory = judging_memory_new()) == NULL || judging == NULL ||
	    !judging_run(judging, &at, START / MINUTE + FIRST, SIZE_MAX, &more))
		stop(b->file, store_error(s));
	begun = processor_all();
	if (!judging_run(judging, &at, START / MINUTE + b->length, SIZE_MAX, &more))
		stop(b->file, store_error(s));
	begun = processor_all() - begun;
	judging_memory_free(b->memory);
	judging_free(judging);
	return begun;
}

static void
tell(struct bench *b)
{
	double each = 1e6 / ((double)b->hosts * (double)(b->length - FIRST)), rows, devices, judge,
	       all = b->user + b->kernel;
	char why[512];
	struct store *s = store_open(b->file, &schema_gate, why, sizeof why);

	if (s == NULL)
		stop(b->file, why);
	if (!store_begin(s)) /* as a step is */
		stop(b->file, store_error(s));
	rows = read_rows(b, s, false);
	devices = read_rows(b, s, true);
	judge = judge_in_memory(b, s) - rows - devices;
	store_close(s);
	printf("%-5s %7" PRIu32 " %3" PRId64 " %7.1f %8.1f %7.1f %7.1f %7.1f %7.1f %7.1f %8.0f %8.1f %8.1f %8.0f\n",
	       b->kind->name, b->hosts, b->length, all * each, all * each / b->kind->destinations, rows * each,
	       devices * each, judge * each, (b->user - rows - devices - judge) * each, b->kernel * each,
	       b->longest * 1e3, b->wall / (double)(b->length - FIRST), (double)b->most_log / (1 << 20),
	       (double)file_size(b->file) / (1 << 20));
}

static void
measure(const struct kind *kind, uint32_t hosts)
{
	const char *under = getenv("TMPDIR");
	struct bench b = {.kind = kind, .hosts = hosts, .length = FIRST + 3};

	begin(&b, under != NULL ? under : "/tmp");
	for (int64_t minute = 0; minute < b.length; minute++) {
		write_minute(&b, minute);
		if (minute == FIRST)
			b.user = b.kernel = b.wall = b.longest = 0;
		judge_minute(&b, minute);
	}
	tell(&b);
	end(&b);
}

int
main(int argc, char **argv)
{
	static const struct kind kinds[] = {{"same", 1, false, false},
	                                    {"near", 1, false, true},
	                                    {"new", 1, true, false},
	                                    {"many", 32, true, false}};

	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("microseconds of processor time for a host and minute; the longest step in ms, wall clock; seconds that"
	       " a minute took, wall clock; MiB\n"
	       "kind    hosts min     all    a row    rows devices   judge  tables  kernel  longest a minute      log"
	       "  gate.db\n");
	for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
		if (argc == 3 && strcmp(kinds[k].name, argv[1]) == 0)
			measure(&kinds[k], (uint32_t)strtoul(argv[2], NULL, 10));
		else if (argc == 1)
			for (uint32_t hosts = 1000; hosts <= (kinds[k].destinations > 1 ? 10000 : 100000); hosts *= 10)
				measure(&kinds[k], hosts);
	return 0;
}
