/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "databases.h"

#include <sys/stat.h>

#include <fcntl.h>
#include <locale.h>
#include <unistd.h>

#include "fuzz.h"
#include "lib/base/when.h"
#include "lib/config/feed.h"
#include "nfqd/output/output.h"
#include "nfqd/query/companions.h"
#include "nfqd/query/sources.h"
#include "nfqd/record/gate_rows.h"
#include "nfqd/report/ends.h"
#include "nfqd/report/entries.h"
#include "nfqd/report/evidence.h"
#include "nfqd/report/take.h"
#include "pcapmon/record/wire_rows.h"

#define START (INT64_C(1700002800) * SECOND) /* 2023-11-14T23:00:00Z */
#define MINUTES 66
#define END (START + MINUTES * MINUTE)
#define HOSTS 3
#define ROWS 8192
#define SHOWN 3 /* hosts of a report that are read about one by one */

/* One process, one folder. */
static const char *
folder(void)
{
	static char path[48];

	if (path[0] == '\0') {
		snprintf(path, sizeof path, "/dev/shm/nfqd-fuzz-%d", getpid());
		must(mkdir(path, 0700) == 0);
	}
	return path;
}

static void
complain(void *arg, const char *text)
{
	(void)arg;
	fprintf(stderr, "%s\n", text);
}

static struct config *
configuration(void)
{
	static const struct config_io io = {.complain = complain};
	struct config *c = config_new(&io);

	must(c != NULL);
	config_feed(c, "fuzz", 1, "lan 10.0.0.0/8");
	config_feed(c, "fuzz", 2, "range dsl 10.1.0.0/24");
	config_feed(c, "fuzz", 3, "keep 100w");
	c->user = "nobody";
	c->database = folder();
	must(config_finish(c, "fuzz") == 0);
	return c;
}

/* What a host does in a minute: the first ones go to ever new servers, the others to few. */
static void
add_minute(struct minutes *m, unsigned host, int64_t minute, bool wire)
{
	uint8_t from[4] = {10, 1, 0, (uint8_t)(host + 1)}, to[4] = {20, (uint8_t)(host == 0 ? minute : host), 9, 1};
	bool listed = host == HOSTS - 1;
	struct minute_key key = {.host = addr_v4(from), .destination = addr_v4(to), .port = 25};
	struct minute_row *row;

	if (!wire) {
		key.verdict = listed ? VERDICT_PASS : VERDICT_REJECT;
		key.reason = listed ? REASON_LISTED : REASON_STRANGER;
	}
	must((row = minutes_at(m, START + minute * MINUTE + host * SECOND, &key)) != NULL);
	row->count[0] += 1 + host;
	row->count[1] += (uint64_t)minute % 3;
}

static void
fill_gate(struct gate_rows *rows, struct minutes *m, struct devices *d)
{
	const uint8_t mac[6] = {2, 0, 0, 0, 0, 1}, host[4] = {10, 1, 0, 1};
	struct addr first = addr_v4(host);
	bool more = true;

	must(devices_saw(d, &first, mac, START));
	must(gate_rows_begin(rows) && minutes_each(m, gate_rows_put, rows) && gate_rows_put_devices(rows, d) &&
	     gate_rows_put_gap(rows, START, START + MINUTE, "a gate was not running", 7) &&
	     gate_rows_put_journal(rows, START, "start", "nfqd 1") && gate_rows_remember(rows, REMEMBERED_ALIVE, END) &&
	     gate_rows_commit(rows));
	while (more)
		must(gate_rows_seal(rows, END, &more));
	for (more = true; more;)
		must(gate_rows_judge(rows, END, NULL, &more));
}

static void
fill(const struct config *c, bool wire)
{
	struct minutes *m = minutes_new(ROWS, 1);
	struct devices *d = devices_new();
	char why[512];
	bool more = true;

	must(m != NULL && d != NULL);
	for (int64_t minute = 0; minute < MINUTES; minute++)
		for (unsigned host = 0; host < HOSTS; host++)
			add_minute(m, host, minute, wire);
	if (wire) {
		struct wire_rows *rows = wire_rows_open(c->database, c, why, sizeof why);

		must(rows != NULL);
		must(wire_rows_journal(rows, START, "start", "pcapmon 1") && wire_rows_write(rows, m, d, END));
		while (more)
			must(wire_rows_seal(rows, END, &more));
		wire_rows_close(rows);
	} else {
		struct gate_rows *rows = gate_rows_open(c, why, sizeof why);

		must(rows != NULL);
		fill_gate(rows, m, d);
		gate_rows_close(rows);
	}
	minutes_free(m);
	devices_free(d);
}

static void
take_file(const char *path, struct image *out)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	must(fd >= 0 && fstat(fd, &st) == 0);
	out->size = (size_t)st.st_size;
	must((out->bytes = malloc(out->size)) != NULL && read(fd, out->bytes, out->size) == st.st_size);
	out->bytes[18] = out->bytes[19] = 1; /* versions for writing and reading: without a write-ahead log */
	close(fd);
	unlink(path);
}

const struct image *
databases_image(unsigned which)
{
	static struct image images[2];
	struct config *c;
	char path[64];

	if (images[0].bytes == NULL) {
		c = configuration();
		for (unsigned n = 0; n < 2; n++) {
			fill(c, n == 1);
			snprintf(path, sizeof path, "%s/%s", folder(), n == 1 ? "wire.db" : "gate.db");
			take_file(path, &images[n]);
		}
		config_free(c);
		rmdir(folder());
	}
	return &images[which];
}

static char *
path_of(const char *suffix)
{
	static char path[80];

	snprintf(path, sizeof path, "%s/fuzz.db%s", folder(), suffix);
	return path;
}

const char *
databases_write(const uint8_t *bytes, size_t size)
{
	int fd;

	mkdir(folder(), 0700);
	must((fd = open(path_of(""), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)) >= 0);
	must(write(fd, bytes, size) == (ssize_t)size);
	close(fd);
	return path_of("");
}

void
databases_remove(void)
{
	static const char *const suffixes[] = {"", "-journal", "-wal", "-shm"};

	for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++)
		unlink(path_of(suffixes[i]));
	rmdir(folder());
}

/* Each format, whose lines a terminal may show. */
static void
print(const struct report *r, struct detail *d)
{
	static const struct output *const outputs[] = {&out_text, &out_json, &out_csv};
	char *text = NULL;
	size_t size;

	for (size_t i = 0; i < sizeof outputs / sizeof *outputs; i++) {
		struct output_style style = {.out = open_memstream(&text, &size), .top = SHOWN};

		must(style.out != NULL);
		if (d == NULL)
			outputs[i]->report(r, &style);
		else
			outputs[i]->host(r, d, &style);
		must(fclose(style.out) == 0);
		for (const char *p = text; *p != '\0'; p++)
			must((unsigned char)*p >= ' ' ? *p != 0x7f : *p == '\n' || *p == '\r');
		free(text);
	}
}

/* One report, or one host's, which is then `about`. Returns whether everything could be read. */
static bool
read_all(struct source *source, const struct addr *about, struct addr *worst)
{
	char why[512] = "";
	struct query query = {.until = END + DAY, .now = END + DAY, .host = about, .sealed = about == NULL};
	struct sources sources = {source, 1};
	struct report *r = report_new(query.since, query.until);
	struct detail detail = {0};
	struct take take = {.report = r, .detail = about != NULL ? &detail : NULL};
	struct sink sink = take_sink(&take);
	struct labels_request request = {.query = &query,
	                                 .host = about,
	                                 .parameters = judge_defaults,
	                                 .evidence = about != NULL ? &detail.evidence : NULL};
	struct reading *reading = reading_open(source, 1, &query, why, sizeof why);
	struct labels_set *labels = NULL;
	struct companion_reading *companions = NULL;
	bool done;

	if (about != NULL)
		detail.host = *about;
	done = reading != NULL && reading_rows(reading, &sink, why, sizeof why) &&
	       ends_read(&sources, &query, r, why, sizeof why) &&
	       (labels = labels_read(&request, &sources, r, why, sizeof why)) != NULL &&
	       (companions = companion_reading_open(source, 1, &query, why, sizeof why)) != NULL &&
	       evidence_apply_all(r, labels, companions, why, sizeof why);
	report_finish(r);
	entries_free(entries_find(r));
	for (size_t n = 0; done && n < r->host_count && n < SHOWN; n++)
		done = labels_about(labels, &r->hosts[n].addr, why, sizeof why) &&
		       evidence_apply(&r->hosts[n], companions, why, sizeof why);
	must(done || why[0] != '\0');
	if (done && about != NULL)
		detail_finish(&detail);
	if (done)
		print(r, take.detail);
	if (done && r->host_count > 0)
		*worst = r->hosts[0].addr;
	companion_reading_close(companions);
	labels_free(labels);
	reading_close(reading);
	detail_free(&detail);
	report_free(r);
	return done;
}

void
databases_read(const char *path)
{
	struct addr worst = {.family = 0};
	struct source source = {0};
	char why[512] = "";

	setlocale(LC_CTYPE, "C.UTF-8");
	if (!source_open(&source, path, why, sizeof why))
		must(why[0] != '\0');
	else if (read_all(&source, NULL, &worst) && worst.family != 0)
		read_all(&source, &worst, &worst);
	source_close(&source);
}
