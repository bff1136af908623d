/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `nfqd report` and `nfqd host`: options, databases, query, output. */
#include <assert.h>
#include <errno.h>
#include <getopt.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nfqd/report/by.h"
#include "nfqd/commands.h"
#include "nfqd/report/detail.h"
#include "lib/geo/geo.h"
#include "nfqd/report/hosts.h"
#include "nfqd/report/labels.h"
#include "lib/base/log.h"
#include "nfqd/output/output.h"
#include "nfqd/query/query.h"
#include "nfqd/query/companions.h"
#include "nfqd/report/ends.h"
#include "nfqd/query/sources.h"
#include "nfqd/report/weigh.h"
#include "lib/base/when.h"

#define OPTIONS                                                                                                                             \
	"[-c FILE] [--db DIR|FILE]... [--since T] [--until T]\n                   [--top N] [--json | --csv] [--local] [--geo FILE]...\n\n" \
	"  -c, --config FILE  read the databases of this configuration\n"                                                                   \
	"  --db DIR|FILE      read DIR/gate.db and DIR/wire.db, or FILE; any number of\n"                                                   \
	"                     them (default: the configuration's, or else " DATABASE_DIR ")\n"                                              \
	"  --since T          24h (the default), 7d, an RFC 3339 or Unix time, or all\n"                                                    \
	"  --until T          the same (default: now)\n"                                                                                    \
	"  --top N            so many %s (default: 20 as text, else all)\n"                                                                 \
	"  --json             one JSON object\n"                                                                                            \
	"  --csv              comma-separated values, with a line of names\n"                                                               \
	"  --rejudge          label hosts anew, from the start of the databases, with the\n"                                                \
	"                     judge line of the configuration (or the defaults)\n"                                                          \
	"  --geo FILE         where addresses are, in MaxMind's format; any number\n"                                                       \
	"                     of them (default: the configuration's)\n"                                                                     \
	"  --local            times with the local offset instead of UTC%s"

#define FEW 200   /* hosts, each of which may be asked about */
#define ZOMBIES 3 /* exit status: --check has found one */
#define UNUSUAL 4 /* ... none, but a listed host that does what is not usual for it */

/* What was asked for. */
struct request {
	const char *command;
	const char *config;
	char **paths;
	size_t path_count;
	struct query query;
	struct addr host;
	const struct output *output;
	struct output_style style;
	bool top_given;
	bool rejudge, zombies, check;
	enum by_kind by;
	const char *geo[GEO_FILES]; /* files of --geo */
	size_t geo_count;
	struct geo *places; /* or NULL */
	struct judge_parameters parameters;
};

static void
parse_time(const struct request *q, const char *option, const char *text, int64_t now, int64_t *out)
{
	if (!when_parse_arg(text, now, out))
		usagex("%s: --%s \"%s\" is not a time, expected one like 24h, 7d, 2027-03-31T12:00:00Z, a Unix time, or all",
		       q->command, option, text);
}

static size_t
parse_top(const struct request *q, const char *text)
{
	char *end;
	unsigned long n;

	errno = 0;
	n = strtoul(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0)
		usagex("%s: --top \"%s\" is not a number", q->command, text);
	return n;
}

static void
choose_output(struct request *q, const struct output *output)
{
	if (q->output != &out_text && q->output != output)
		usagex("%s: --json and --csv are given, expected one of them", q->command);
	q->output = output;
}

static enum by_kind
parse_by(const char *text)
{
	if (strcmp(text, "country") == 0)
		return BY_COUNTRY;
	if (strcmp(text, "as") == 0)
		return BY_SYSTEM;
	usagex("report: --by \"%s\" is not known, expected country or as", text);
}

static void
add_geo(struct request *q, const char *path)
{
	if (q->geo_count == GEO_FILES)
		usagex("%s: too many --geo, expected %d at most", q->command, GEO_FILES);
	q->geo[q->geo_count++] = path;
}

/* An option of `report` alone. */
static void
only_report(const struct request *q, const char *option)
{
	if (strcmp(q->command, "report") != 0)
		usagex("%s: --%s is an option of nfqd report", q->command, option);
}

static void
parse_options(struct request *q, int argc, char **argv, const char *usage)
{
	static const struct option options[] = {
	        {"config", required_argument, NULL, 'c'},
	        {"db", required_argument, NULL, 'd'},
	        {"since", required_argument, NULL, 's'},
	        {"until", required_argument, NULL, 'u'},
	        {"top", required_argument, NULL, 't'},
	        {"json", no_argument, NULL, 'j'},
	        {"csv", no_argument, NULL, 'v'},
	        {"local", no_argument, NULL, 'l'},
	        {"help", no_argument, NULL, 'h'},
	        {"rejudge", no_argument, NULL, 'r'},
	        {"zombies", no_argument, NULL, 'z'},
	        {"check", no_argument, NULL, 'k'},
	        {"by", required_argument, NULL, 'b'},
	        {"geo", required_argument, NULL, 'g'},
	        {0},
	};
	int64_t now = when_now();
	int opt;

	q->query.until = q->query.now = now;
	q->query.since = now - DAY;
	q->output = &out_text;
	q->style.out = stdout;
	q->paths = calloc((size_t)argc + 2, sizeof *q->paths);
	if (q->paths == NULL)
		fatal("%s", q->command);
	while ((opt = getopt_long(argc, argv, "c:h", options, NULL)) != -1)
		switch (opt) {
		case 'c':
			q->config = optarg;
			break;
		case 'd':
			q->paths[q->path_count++] = optarg;
			break;
		case 's':
			parse_time(q, "since", optarg, now, &q->query.since);
			break;
		case 'u':
			parse_time(q, "until", optarg, now, &q->query.until);
			break;
		case 't':
			q->style.top = parse_top(q, optarg);
			q->top_given = true;
			break;
		case 'j':
		case 'v':
			choose_output(q, opt == 'j' ? &out_json : &out_csv);
			break;
		case 'l':
			q->style.local = true;
			break;
		case 'r':
			q->rejudge = true;
			break;
		case 'z':
		case 'k':
			only_report(q, opt == 'z' ? "zombies" : "check");
			*(opt == 'z' ? &q->zombies : &q->check) = true;
			break;
		case 'b':
			only_report(q, "by");
			q->by = parse_by(optarg);
			break;
		case 'g':
			add_geo(q, optarg);
			break;
		case 'h':
			usage_help(usage);
		default:
			usage_wrong(argv[0]);
		}
	if (q->query.since > q->query.until)
		usagex("%s: --since is after --until", q->command);
	if (!q->top_given)
		q->style.top = q->output->top;
}

/* Where addresses are: the files of --geo, or else the configuration's. */
static void
open_places(struct request *q, const struct config *c)
{
	const char *const *files = q->geo;
	size_t count = q->geo_count;

	static_assert(GEO_FILES >= CONFIG_GEO, "a report opens all files of the configuration");
	if (count == 0 && c != NULL) {
		files = c->geo;
		count = c->geo_count;
	}
	if (count == 0 && q->by != BY_NOTHING)
		usagex("%s: --by needs to know where addresses are, expected --geo FILE, or geo in the configuration",
		       q->command);
	if (count > 0 && (q->places = geo_new(files, count)) == NULL)
		fatal("geo");
}

static void
open_sources(struct sources *s, struct request *q)
{
	struct config *c = q->path_count > 0 && q->config == NULL ? NULL : sources_config(q->config);

	q->parameters = c != NULL ? c->judge : judge_defaults;
	open_places(q, c);
	sources_open(s, q->paths, q->path_count, c);
	config_free(c);
}

/* What the rows go to. */
struct take {
	struct report *report;
	struct detail *detail; /* of one host, or NULL */
	struct by *by;         /* or NULL */
};

static void
take_row(void *arg, const struct row *row)
{
	struct take *take = arg;

	report_row(take->report, row);
	if (take->detail != NULL)
		detail_row(take->detail, row);
}

static void
take_row_by(void *arg, const struct row *row)
{
	struct take *take = arg;

	by_row(take->by, take->report, row);
}

static void
take_gap(void *arg, const struct gap *gap)
{
	report_gap(((struct take *)arg)->report, gap);
}

static void
take_device(void *arg, const struct addr *host, const uint8_t mac[6], int64_t first, int64_t last)
{
	struct take *take = arg;

	report_device(take->report, host, mac, last);
	if (take->detail != NULL)
		detail_device(take->detail, mac, first, last);
}

static void
take_range(void *arg, enum side side, const struct addr *host, const char *name)
{
	report_range(((struct take *)arg)->report, side, host, name);
}

static void
take_destination(void *arg, enum side side, const struct addr *host, const struct addr *destination)
{
	report_destination(((struct take *)arg)->report, side, host, destination);
}

/* Of the hosts that are shown, or of the one that is asked about. */
static void
read_companions(struct take *take, const struct request *q, struct companion_reading *reading)
{
	struct report *r = take->report;
	bool done = true;
	int64_t span;
	char why[512];

	for (size_t n = 0; done && n < r->host_count && (take->detail != NULL || n < q->style.top); n++)
		done = weigh_host(&r->hosts[n], reading, why, sizeof why);
	if (done && take->detail != NULL && r->host_count == 0)
		done = companion_reading_new(reading, &take->detail->host, &r->companion, &span, why, sizeof why);
	if (!done)
		fatalx("%s", why);
}

/* The rows once more, when it is known what hosts they are of. */
static void
read_by(struct take *take, const struct request *q, struct reading *reading)
{
	struct sink sink = {.arg = take, .row = take_row_by};
	char why[512];

	take->by = by_new(q->by, q->places);
	if (!reading_minutes(reading, &sink, why, sizeof why))
		fatalx("%s", why);
	by_finish(take->by);
}

/* All about the hosts that are shown; `sink` (or NULL) takes what a brief query leaves out. */
static void
read_shown(struct take *take, const struct request *q, struct companion_reading *companions, struct reading *reading,
           struct labels_set *set, const struct sink *sink)
{
	const struct report *r = take->report;
	char why[512];

	for (size_t n = 0; n < report_shown(r) && n < q->style.top; n++)
		if ((sink != NULL && !reading_about(reading, &r->hosts[n].addr, sink, why, sizeof why)) ||
		    !labels_about(set, &r->hosts[n].addr, why, sizeof why))
			fatalx("%s", why);
	read_companions(take, q, companions);
}

/* What is needed to tell which hosts come first is read for all of them; the rest for those that are shown, if they are
 * few. */
static void
read_report(struct take *take, struct request *q)
{
	struct sink sink = {take, take_row, take_gap, take_device, take_range, take_destination};
	struct query query = q->query;
	struct sources sources = {0};
	struct labels_request labels = {.query = &q->query};
	struct companion_reading *companions;
	struct labels_set *set;
	struct reading *reading;
	char why[512];

	query.sealed = take->detail == NULL;
	query.brief = take->report->brief = query.sealed && (q->style.top <= FEW || q->by != BY_NOTHING);
	open_sources(&sources, q);
	take->report->geo = q->places;
	labels.parameters = q->parameters;
	labels.again = take->report->again = q->rejudge;
	take->report->zombies = q->zombies;
	if ((reading = reading_open(sources.list, sources.count, &query, why, sizeof why)) == NULL ||
	    !reading_rows(reading, &sink, why, sizeof why) ||
	    !query_ends(sources.list, sources.count, &query, take->report, why, sizeof why) ||
	    (set = labels_read(&labels, sources.list, sources.count, take->report,
	                       take->detail != NULL ? &take->detail->evidence : NULL, why, sizeof why)) == NULL ||
	    (companions = companion_reading_open(sources.list, sources.count, &query, why, sizeof why)) == NULL ||
	    !weigh_speakers(take->report, set, companions, why, sizeof why))
		fatalx("%s", why);
	report_finish(take->report);
	if (q->by != BY_NOTHING)
		read_by(take, q, reading);
	else
		read_shown(take, q, companions, reading, set, query.brief ? &sink : NULL);
	companion_reading_close(companions);
	labels_free(set);
	reading_close(reading);
	sources_close(&sources);
}

/* The exit status. */
static int
run(struct request *q, struct detail *detail)
{
	struct report *report = report_new(q->query.since, q->query.until);
	struct take take = {.report = report, .detail = detail};
	int status;

	/* Only how characters are written: numbers and months stay as they are. */
	setlocale(LC_CTYPE, "");
	read_report(&take, q);
	if (take.by != NULL) {
		q->output->by(report, take.by, &q->style);
	} else if (detail == NULL) {
		q->output->report(report, &q->style);
	} else {
		detail_finish(detail);
		q->output->host(report, detail, &q->style);
	}
	status = !q->check                            ? 0
	         : report->labels[LABEL_ZOMBIE] > 0   ? ZOMBIES
	         : report->unusual > 0 && !q->zombies ? UNUSUAL
	                                              : 0;
	by_free(take.by);
	report_free(report);
	geo_free(q->places);
	return status;
}

int
report_main(int argc, char **argv)
{
	static char usage[2048];
	struct request q = {.command = "report"};
	int status;

	snprintf(usage, sizeof usage,
	         "report [--by country|as] [--zombies] [--check] [--rejudge]\n                   " OPTIONS, "hosts",
	         "\n  --by country|as    sums by where the destinations are, instead of by host\n"
	         "  --zombies          list zombies only, or sum up theirs\n"
	         "  --check            exit status 3 if there is one; else 4 if a listed host does\n"
	         "                     what is not usual for it (without --zombies); else 0");
	parse_options(&q, argc, argv, usage);
	if (optind != argc)
		usagex("report: \"%s\" is one word too many, expected options only", argv[optind]);
	status = run(&q, NULL);
	free(q.paths);
	return status;
}

int
host_main(int argc, char **argv)
{
	static char usage[2048];
	struct request q = {.command = "host"};
	struct detail detail = {0};

	snprintf(usage, sizeof usage, "host ADDR [--rejudge]\n                   " OPTIONS, "destinations", "");
	parse_options(&q, argc, argv, usage);
	if (optind + 1 != argc)
		usagex("host: expected one address, got %d", argc - optind);
	if (!addr_parse(argv[optind], &q.host))
		usagex("host: \"%s\" is not an address, expected one like 192.0.2.7 or 2001:db8::7", argv[optind]);
	q.query.host = &q.host;
	detail.host = q.host;
	run(&q, &detail);
	detail_free(&detail);
	free(q.paths);
	return 0;
}
