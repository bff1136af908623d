/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the log costs, in three figures, each through the code that the recorder runs (lib/count/minutes,
 * nfqd/record/gate_rows):
 *
 *   rows a second    of the recorder, against prepared inserts into a table without an index, as many of the same
 *                    columns, in as many transactions, through the same library in the same run;
 *   size of gate.db  after 10,000,000 refused openings of 5,000 hosts to 200 destinations in ten minutes;
 *   report           `nfqd report` of the last day, from 10,000,000 rows of 100,000 hosts that are spread over all of
 *                    it (each host in nearly every hour, which is the worst for sums), with nothing of the file in the
 *                    page cache.
 *
 * usage: bench_storage [DIRECTORY]    some 2 GB are needed there for a minute or two (default: TMPDIR or /tmp) */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <unistd.h>

#include "bench.h"
#include "lib/policy/build.h"
#include "nfqd/record/gate_rows.h"
#include "lib/count/minutes.h"
#include "lib/store/store.h"
#include "lib/base/when.h"

#ifndef SHORT
#define SHORT 1 /* -DSHORT=10: a tenth of everything, for trying things out */
#endif
#define OPENINGS (10000000 / SHORT)
#define STRANGERS 5000
#define DESTINATIONS 200
#define SECONDS (600 / SHORT)
#define ROOM 32768 /* rows in memory, as the recorder has */

#define ROWS (10000000 / SHORT)
#define HOSTS 100000
#define DAY_MINUTES 1440
#define RUNS 5

#define SIZE_MOST (128 << 20)
#define REPORT_MOST 1.0

static const char plain_sql[] =
        "CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;"
        "CREATE TABLE plain (minute, host, destination, port, verdict, reason, attempts, retransmits, destinations,"
        " first, last)";
static const char *const plain_steps[] = {plain_sql};
static const struct schema plain = {"plain", plain_steps, 1};

struct log {
	char directory[4096], file[4200];
	struct config config;
	struct gate_rows *rows;
	struct minutes *minutes;
	uint64_t put; /* rows */
};

static void
stop(const char *what, const char *why)
{
	fprintf(stderr, "bench_storage: %s: %s\n", what, why);
	exit(1);
}

static uint32_t
below(uint64_t *random, uint32_t n)
{
	return (uint32_t)(bench_random(random) % n);
}

static struct addr
inside(uint32_t n)
{
	return addr_v4((uint8_t[]){10, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n});
}

static struct addr
outside(uint32_t n)
{
	return addr_v4((uint8_t[]){198, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n});
}

static int64_t
file_size(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? (int64_t)st.st_size : 0;
}

static void
open_log(struct log *l, const char *under)
{
	static const struct policy_input nothing = {.stranger_line = POLICY_NONE};
	char why[512];

	memset(l, 0, sizeof *l);
	snprintf(l->directory, sizeof l->directory, "%s/bench_storage.XXXXXX", under);
	if (mkdtemp(l->directory) == NULL)
		stop(l->directory, "cannot be made");
	snprintf(l->file, sizeof l->file, "%s/gate.db", l->directory);
	l->config.database = l->directory;
	l->config.judge = judge_defaults;
	if ((l->config.policy = policy_build(&nothing)) == NULL)
		stop("policy", "out of memory");
	if ((l->rows = gate_rows_open(&l->config, why, sizeof why)) == NULL)
		stop(l->file, why);
	if ((l->minutes = minutes_new(ROOM, 1)) == NULL)
		stop("minutes", "out of memory");
}

static void
remove_log(struct log *l)
{
	static const char *const names[] = {"gate.db",  "gate.db-wal",  "gate.db-shm",
	                                    "plain.db", "plain.db-wal", "plain.db-shm"};
	char path[4300];

	gate_rows_close(l->rows);
	minutes_free(l->minutes);
	for (size_t n = 0; n < sizeof names / sizeof *names; n++) {
		snprintf(path, sizeof path, "%s/%s", l->directory, names[n]);
		unlink(path);
	}
	rmdir(l->directory);
	free(l->config.policy);
}

static bool
put_row(void *arg, const struct minute_row *row)
{
	struct log *l = arg;

	l->put++;
	return gate_rows_put(l->rows, row);
}

static void
commit(struct log *l)
{
	if (!gate_rows_begin(l->rows) || !minutes_each(l->minutes, put_row, l) || !gate_rows_commit(l->rows))
		stop(l->file, gate_rows_error(l->rows));
	minutes_clear(l->minutes);
}

/* As many rows as the recorder wrote, in as many transactions. Returns the CPU seconds. */
static double
write_plain(const struct log *l, uint64_t rows)
{
	char path[4300], why[512];
	struct store *s;
	struct statement *st;
	uint64_t random = 1;
	double cpu = bench_seconds(CLOCK_PROCESS_CPUTIME_ID);

	snprintf(path, sizeof path, "%s/plain.db", l->directory);
	if ((s = store_open(path, &plain, why, sizeof why)) == NULL)
		stop(path, why);
	if ((st = store_prepare(s, "INSERT INTO plain VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)")) == NULL)
		stop(path, store_error(s));
	for (int tick = 0; tick < SECONDS; tick++) {
		if (!store_begin(s))
			stop(path, store_error(s));
		for (uint64_t n = rows * (uint64_t)tick / SECONDS; n < rows * (uint64_t)(tick + 1) / SECONDS; n++) {
			struct addr host = inside(below(&random, STRANGERS));
			struct addr to = outside(below(&random, DESTINATIONS));

			bind_int(st, 1, 29000000 + tick / 60);
			bind_addr(st, 2, &host);
			bind_addr(st, 3, &to);
			bind_int(st, 4, 25);
			bind_int(st, 5, VERDICT_DROP);
			bind_int(st, 6, REASON_STRANGER);
			bind_int(st, 7, 1);
			bind_int(st, 8, 0);
			bind_int(st, 9, 1);
			bind_int(st, 10, INT64_C(1740000000) * SECOND + (int64_t)n);
			bind_int(st, 11, INT64_C(1740000000) * SECOND + (int64_t)n);
			if (store_step(st) != 0)
				stop(path, store_error(s));
		}
		if (!store_commit(s))
			stop(path, store_error(s));
	}
	store_close(s);
	return bench_seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
}

static bool
bench_recorder(const char *under)
{
	struct log l;
	int64_t start = INT64_C(1740000000) * SECOND, size;
	uint64_t random = 1;
	double cpu, adding, plain_cpu;
	bool more;

	open_log(&l, under);
	cpu = bench_seconds(CLOCK_PROCESS_CPUTIME_ID);
	adding = 0;
	for (int n = 0, tick = 0; tick < SECONDS; tick++) {
		double begun = bench_seconds(CLOCK_PROCESS_CPUTIME_ID);

		for (; n < (int64_t)OPENINGS * (tick + 1) / SECONDS; n++) {
			int64_t when = start + (int64_t)n * SECONDS * SECOND / OPENINGS;
			struct addr host = inside(below(&random, STRANGERS));
			struct addr to = outside(below(&random, DESTINATIONS));
			struct minute_row *row = minutes_at(
			        l.minutes, when, &(struct minute_key){0, host, to, 25, VERDICT_DROP, REASON_STRANGER});

			if (row == NULL) {
				commit(&l);
				row = minutes_at(l.minutes, when,
				                 &(struct minute_key){0, host, to, 25, VERDICT_DROP, REASON_STRANGER});
			}
			row->count[GATE_ATTEMPTS]++;
		}
		adding += bench_seconds(CLOCK_PROCESS_CPUTIME_ID) - begun;
		commit(&l);
		if (!gate_rows_seal(l.rows, start + tick * SECOND, &more))
			stop(l.file, gate_rows_error(l.rows));
	}
	cpu = bench_seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu - adding;
	gate_rows_close(l.rows);
	l.rows = NULL;
	size = file_size(l.file);
	plain_cpu = write_plain(&l, l.put);
	printf("recorder: %" PRIu64
	       " rows written in %.1f CPU s, %.0f/s; plain inserts of as many: %.1f CPU s, %.0f/s: ratio %.2f\n",
	       l.put, cpu, (double)l.put / cpu, plain_cpu, (double)l.put / plain_cpu, plain_cpu / cpu);
	printf("size of gate.db after %d refused of %d hosts to %d destinations in 10 minutes: %.1f MiB (goal: <= %d): %s\n",
	       OPENINGS, STRANGERS, DESTINATIONS, (double)size / (1 << 20), SIZE_MOST >> 20,
	       size <= SIZE_MOST ? "met" : "not met");
	remove_log(&l);
	return size <= SIZE_MOST;
}

/* As the recorder has in a tick. */
static bool
has_time(void *arg)
{
	return steady_before(steady_now(), *(struct steady *)arg);
}

/* All minutes that are over, as the recorder does step by step. */
static void
judge_all(struct log *l)
{
	struct steady until;
	const struct time_left time = {has_time, &until};
	double cpu = bench_seconds(CLOCK_PROCESS_CPUTIME_ID);
	bool more = true;

	while (more) {
		until = steady_add(steady_now(), SECOND / 4);
		if (!gate_rows_judge(l->rows, when_now(), &time, &more))
			stop(l->file, gate_rows_error(l->rows));
	}
	cpu = bench_seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	printf("judge: %" PRIu64 " rows of %d hosts in %.1f CPU s, %.0f/s\n", l->put, HOSTS, cpu, (double)l->put / cpu);
}

/* A day of rows that ends now. Sealed, and if so wished judged, as the recorder would have done it. */
static void
make_day(struct log *l, int rows, bool judged)
{
	int64_t minute = when_now() / MINUTE - DAY_MINUTES + 1;
	uint64_t random = 7;
	bool more = true;

	/* What is before the place that the judge has come to, it leaves alone. */
	if (!judged && !gate_rows_judge(l->rows, when_now(), NULL, &more))
		stop(l->file, gate_rows_error(l->rows));
	more = true;

	for (int n = 0, m = 0; m < DAY_MINUTES; m++) {
		for (; n < (int64_t)rows * (m + 1) / DAY_MINUTES; n++) {
			struct addr host = inside(below(&random, HOSTS));
			struct addr to = outside(below(&random, 65536));
			int64_t when = (minute + m) * MINUTE + (int64_t)(bench_random(&random) % (uint64_t)MINUTE);

			minutes_at(l->minutes, when,
			           &(struct minute_key){0, host, to, 25, VERDICT_DROP, REASON_STRANGER})
			        ->count[GATE_ATTEMPTS]++;
		}
		commit(l);
	}
	while (more)
		if (!gate_rows_seal(l->rows, when_now(), &more))
			stop(l->file, gate_rows_error(l->rows));
	if (judged)
		judge_all(l);
	gate_rows_close(l->rows);
	l->rows = NULL;
}

static void
drop_cache(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || fsync(fd) != 0 || posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED) != 0)
		stop(path, "cannot be dropped from the page cache");
	close(fd);
}

/* Seconds of one report, and of processor time, which other work on the machine touches less. */
static double
run_report(const char *nfqd, const struct log *l, double *cpu)
{
	double begun = bench_seconds(CLOCK_MONOTONIC);
	struct rusage used;
	int status, null;
	pid_t pid = fork();

	if (pid == 0) {
		if ((null = open("/dev/null", O_WRONLY)) >= 0)
			dup2(null, STDOUT_FILENO);
		execl(nfqd, nfqd, "report", "--db", l->file, (char *)NULL);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &used) != pid || status != 0)
		stop(nfqd, "report failed");
	*cpu = (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
	       (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
	return bench_seconds(CLOCK_MONOTONIC) - begun;
}

static bool
bench_report(const char *under, int rows, bool judged)
{
	const char *build = getenv("BUILD");
	double cold[RUNS], warm[RUNS], cpu[RUNS], middle, unused;
	char nfqd[4096];
	struct log l;

	snprintf(nfqd, sizeof nfqd, "%s/bin/nfqd", build != NULL ? build : "build");
	open_log(&l, under);
	make_day(&l, rows, judged);
	for (int n = 0; n < RUNS; n++) {
		drop_cache(l.file);
		cold[n] = run_report(nfqd, &l, &cpu[n]);
		warm[n] = run_report(nfqd, &l, &unused);
	}
	middle = bench_median(cold, RUNS);
	printf("report of %" PRIu64
	       " rows, %d hosts%s, %.0f MiB: cold %.2f s (%.2f-%.2f; goal: <= %.0f): %s; warm %.2f s;"
	       " processor time of the cold one %.2f s\n",
	       l.put, HOSTS, judged ? " with labels" : "", (double)file_size(l.file) / (1 << 20), middle, cold[0],
	       cold[RUNS - 1], REPORT_MOST, middle <= REPORT_MOST ? "met" : "not met", bench_median(warm, RUNS),
	       bench_median(cpu, RUNS));
	remove_log(&l);
	return middle <= REPORT_MOST;
}

int
main(int argc, char **argv)
{
	const char *under = argc > 1 ? argv[1] : getenv("TMPDIR");

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (under == NULL)
		under = "/tmp";
	bench_recorder(under);
	bench_report(under, ROWS, false);
	/* Each host goes to as many networks as it has rows: the worst case for the judge. */
	bench_report(under, ROWS / 10, true);
	return 0;
}
