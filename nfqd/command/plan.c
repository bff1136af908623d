/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `nfqd plan`: who would be cut off, from the log or from a capture. (The kernel's view of a policy, which is called a
 * plan too, is in plan.c.)
 *
 * How it works: the rows are read twice. First all hosts are summed up and sorted; then the details of those that will
 * be shown are kept. */
#include <errno.h>
#include <getopt.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nfqd/report/advice.h"
#include "nfqd/commands.h"
#include "lib/base/log.h"
#include "nfqd/output/output.h"
#include "replay.h"
#include "nfqd/query/sources.h"
#include "lib/base/when.h"

#define USAGE                                                                                                          \
	"plan [-c FILE] [--db DIR|FILE]... [--since T] [--until T] [--top N]\n"                                        \
	"                 [--json] [--local]\n"                                                                        \
	"       nfqd plan --capture FILE [-c FILE | --lan PREFIX...] [--top N]\n"                                      \
	"                 [--json] [--local]\n\n"                                                                      \
	"  -c, --config FILE  leave out what this configuration allows by now\n"                                       \
	"  --db DIR|FILE      read DIR/gate.db and DIR/wire.db, or FILE; any number of\n"                              \
	"                     them (default: the configuration's, or else " DATABASE_DIR ")\n"                         \
	"  --since T          24h (the default), 7d, an RFC 3339 or Unix time, or all\n"                               \
	"  --until T          the same (default: now)\n"                                                               \
	"  --capture FILE     read a pcap or pcapng file instead, with pcapmon(8)\n"                                   \
	"  --lan PREFIX       the hosts in question are here; any number of them\n"                                    \
	"  --top N            so many hosts (default: 20; with --json, all)\n"                                         \
	"  --json             one JSON object\n"                                                                       \
	"  --local            times with the local offset instead of UTC"

/* What was asked for. */
struct request {
	const char *config_path, *capture;
	struct config *config; /* or NULL */
	char **paths, **lan;
	size_t path_count, lan_count;
	struct query query;
	bool period_given;
	const struct output *output;
	struct output_style style;
	bool top_given;
	bool damaged; /* the capture: what followed is not known */
};

/* What the rows go to. */
struct take {
	const struct request *q;
	bool gate;              /* some source is of the gate: then those of the wire say nothing new */
	struct report *report;  /* of the first reading */
	struct detail *details; /* of the second: of the first hosts of the report, by address */
	size_t detail_count;
};

static int64_t
parse_time(const char *option, const char *text, int64_t now)
{
	int64_t when;

	if (!when_parse_arg(text, now, &when))
		usagex("plan: --%s \"%s\" is not a time, expected one like 24h, 7d, 2027-03-31T12:00:00Z, a Unix time, or all",
		       option, text);
	return when;
}

static size_t
parse_top(const char *text)
{
	char *end;
	unsigned long n;

	errno = 0;
	n = strtoul(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0)
		usagex("plan: --top \"%s\" is not a number", text);
	return n;
}

static const char *
parse_lan(const char *text)
{
	struct prefix p;

	if (prefix_parse(text, &p) != PREFIX_OK)
		usagex("plan: --lan \"%s\" is not a prefix, expected one like 192.0.2.0/24 or 2001:db8::/48", text);
	return text;
}

static void
check_options(const struct request *q, int argc, char **argv)
{
	if (optind != argc)
		usagex("plan: \"%s\" is one word too many, expected options only", argv[optind]);
	if (q->capture != NULL && (q->path_count > 0 || q->period_given))
		usagex("plan: --capture reads one capture, all of it: --db, --since and --until do not go with it");
	if (q->capture != NULL && q->config_path != NULL && q->lan_count > 0)
		usagex("plan: -c and --lan are given, expected one of them");
	if (q->capture == NULL && q->lan_count > 0)
		usagex("plan: --lan goes with --capture; a log knows its hosts");
	if (q->query.since > q->query.until)
		usagex("plan: --since is after --until");
}

static void
parse_options(struct request *q, int argc, char **argv)
{
	enum { DB = 256, SINCE, UNTIL, CAPTURE, LAN, TOP, JSON, LOCAL };
	static const struct option options[] = {
	        {"config", required_argument, NULL, 'c'},
	        {"db", required_argument, NULL, DB},
	        {"since", required_argument, NULL, SINCE},
	        {"until", required_argument, NULL, UNTIL},
	        {"capture", required_argument, NULL, CAPTURE},
	        {"lan", required_argument, NULL, LAN},
	        {"top", required_argument, NULL, TOP},
	        {"json", no_argument, NULL, JSON},
	        {"local", no_argument, NULL, LOCAL},
	        {"help", no_argument, NULL, 'h'},
	        {0},
	};
	int64_t now = when_now();
	int opt;

	q->query = (struct query){.since = now - DAY, .until = now, .now = now};
	while ((opt = getopt_long(argc, argv, "c:h", options, NULL)) != -1)
		switch (opt) {
		case 'c':
			q->config_path = optarg;
			break;
		case DB:
			q->paths[q->path_count++] = optarg;
			break;
		case SINCE:
			q->query.since = parse_time("since", optarg, now);
			q->period_given = true;
			break;
		case UNTIL:
			q->query.until = parse_time("until", optarg, now);
			q->period_given = true;
			break;
		case CAPTURE:
			q->capture = optarg;
			break;
		case LAN:
			parse_lan(optarg);
			q->lan[q->lan_count++] = optarg;
			break;
		case TOP:
			q->style.top = parse_top(optarg);
			q->top_given = true;
			break;
		case JSON:
			q->output = &out_json;
			break;
		case LOCAL:
			q->style.local = true;
			break;
		case 'h':
			usage_help(USAGE);
		default:
			usage_wrong(argv[0]);
		}
	check_options(q, argc, argv);
	if (!q->top_given)
		q->style.top = q->output->top;
}

static bool
takes(const struct take *t, const struct row *row, struct row *out)
{
	if (row->side == SIDE_WIRE && t->gate)
		return false;
	return advice_takes(t->q->config, row, t->q->query.now, out);
}

static void
take_row(void *arg, const struct row *row)
{
	struct take *t = arg;
	struct row taken;

	if (takes(t, row, &taken))
		report_row(t->report, &taken);
}

static void
take_gap(void *arg, const struct gap *gap)
{
	report_gap(((struct take *)arg)->report, gap);
}

static void
take_device(void *arg, const struct addr *host, const uint8_t mac[6], int64_t first, int64_t last)
{
	(void)first;
	report_device(((struct take *)arg)->report, host, mac, last);
}

static void
take_range(void *arg, enum side side, const struct addr *host, const char *name)
{
	report_range(((struct take *)arg)->report, side, host, name);
}

static int
detail_cmp(const void *left, const void *right)
{
	const struct detail *a = left, *b = right;

	return addr_cmp(&a->host, &b->host);
}

static void
take_detail(void *arg, const struct row *row)
{
	struct take *t = arg;
	struct detail key = {.host = row->host}, *d;
	struct row taken;

	if (!takes(t, row, &taken))
		return;
	if ((d = bsearch(&key, t->details, t->detail_count, sizeof key, detail_cmp)) == NULL)
		return;
	/* One entry a destination, whatever was decided. */
	taken.verdict = taken.reason = 0;
	detail_row(d, &taken);
}

static int
most_first(const void *left, const void *right)
{
	const struct host *a = left, *b = right;
	const struct sight *x = host_sight(a), *y = host_sight(b);

	if (x->attempts != y->attempts)
		return x->attempts > y->attempts ? -1 : 1;
	return addr_cmp(&a->addr, &b->addr);
}

static void
read_sources(struct take *t, const struct sink *sink)
{
	const struct request *q = t->q;
	struct sources sources = {0};
	char why[512];

	sources_open(&sources, q->paths, q->path_count, q->config);
	for (size_t n = 0; n < sources.count; n++)
		t->gate = t->gate || sources.list[n].side == SIDE_GATE;
	if (!query_run(sources.list, sources.count, &q->query, sink, why, sizeof why))
		fatalx("%s", why);
	sources_close(&sources);
}

/* The hosts that are shown: details[n] is of hosts[n]. */
static void
read_details(struct take *t)
{
	const struct sink sink = {.arg = t, .row = take_detail};
	struct report *r = t->report;
	struct detail *sorted;

	t->detail_count = r->host_count < t->q->style.top ? r->host_count : t->q->style.top;
	t->details = calloc(t->detail_count + 1, sizeof *t->details);
	sorted = calloc(t->detail_count + 1, sizeof *sorted);
	if (t->details == NULL || sorted == NULL)
		fatal("plan of %zu hosts", t->detail_count);
	if (t->detail_count == 0) {
		free(sorted);
		return;
	}
	for (size_t n = 0; n < t->detail_count; n++)
		t->details[n].host = r->hosts[n].addr;
	qsort(t->details, t->detail_count, sizeof *t->details, detail_cmp);
	read_sources(t, &sink);
	for (size_t n = 0; n < t->detail_count; n++) {
		struct detail key = {.host = r->hosts[n].addr};

		sorted[n] = *(struct detail *)bsearch(&key, t->details, t->detail_count, sizeof key, detail_cmp);
		detail_finish(&sorted[n]);
	}
	free(t->details);
	t->details = sorted;
}

static void
show(const struct request *q)
{
	struct take t = {.q = q, .report = report_new(q->query.since, q->query.until)};
	const struct sink sink = {&t, take_row, take_gap, take_device, take_range, NULL};

	read_sources(&t, &sink);
	if (q->damaged)
		report_gap(t.report,
		           &(struct gap){.side = SIDE_WIRE,
		                         .since = q->query.until - 1,
		                         .until = q->query.until - 1,
		                         .cause = strdup("the capture is damaged or could not be read whole")});
	report_finish(t.report);
	if (t.report->host_count > 0)
		qsort(t.report->hosts, t.report->host_count, sizeof *t.report->hosts, most_first);
	read_details(&t);
	q->output->plan(t.report, t.details, t.detail_count, &q->style);
	for (size_t n = 0; n < t.detail_count; n++)
		detail_free(&t.details[n]);
	free(t.details);
	report_free(t.report);
}

/* What a damaged capture still tells is shown, too. */
static int
show_capture(struct request *q)
{
	struct replay replay;

	if (replay_begin(&replay, q->capture, q->config_path, q->lan, q->lan_count)) {
		q->query.since = replay.since;
		q->query.until = replay.until;
		q->damaged = replay.status != 0;
		q->paths[0] = replay.database;
		q->path_count = 1;
		show(q);
	}
	replay_end(&replay);
	return replay.status;
}

int
plan_main(int argc, char **argv)
{
	struct request q = {.output = &out_text, .style = {.out = stdout}};
	int status = 0;

	q.paths = calloc((size_t)argc + 2, sizeof *q.paths);
	q.lan = calloc((size_t)argc + 2, sizeof *q.lan);
	if (q.paths == NULL || q.lan == NULL)
		fatal("plan");
	parse_options(&q, argc, argv);
	/* Only how characters are written: numbers and months stay as they are. */
	setlocale(LC_CTYPE, "");
	if (q.config_path != NULL || (q.capture == NULL && q.path_count == 0))
		q.config = sources_config(q.config_path);
	if (q.capture != NULL)
		status = show_capture(&q);
	else
		show(&q);
	config_free(q.config);
	free(q.paths);
	free(q.lan);
	return status;
}
