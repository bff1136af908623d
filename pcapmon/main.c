/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pcapmon: counts who opens connections to mail ports, from the wire or from a capture file.
 *
 * The order is that of lib/priv.h: options and configuration, open the capture, give the database's directory away,
 * drop, open the database, and only then look at packets. */
#include <errno.h>
#include <getopt.h>
#include <linux/capability.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "capture.h"
#include "config.h"
#include "counting.h"
#include "live.h"
#include "log.h"
#include "priv.h"
#include "summary.h"
#include "when.h"

#define PORTS_MAX (2 * CONFIG_PORTS)
#define LANS_MAX 256
#define FILE_TRIES 50 /* of 100 ms each, for a database that is busy */

static const char help[] = "usage: pcapmon -i IFACE | -r FILE [-c FILE] [--db DIR] [--lan PREFIX]... [--ports LIST]\n"
                           "               [--no-companions] [--json] [--user NAME]\n"
                           "\n"
                           "Counts, for each host, the connections it opens to mail ports.\n"
                           "\n"
                           "  -i, --interface IFACE  watch an interface and write rows until stopped\n"
                           "  -r, --read FILE        read a pcap or pcapng file (- is standard input), print a\n"
                           "                         summary\n"
                           "  -c, --config FILE      take ports, lan, ranges, user and database from nfqd's\n"
                           "                         configuration, and tell leaks: see nfqd.conf(5)\n"
                           "      --db DIR           write DIR/wire.db\n"
                           "      --lan PREFIX       count only what is opened from here to elsewhere\n"
                           "      --ports LIST       default 25,465,587,2525; or all\n"
                           "      --no-companions    leave out look-ups and what is said to mail servers\n"
                           "      --json             print the summary as one JSON object\n"
                           "      --user NAME        become this user\n"
                           "      --help, --version\n";

struct options {
	const char *interface, *file, *config_path, *db, *user;
	bool json, all_ports, no_companions;
	uint16_t ports[PORTS_MAX], filter[PORTS_MAX + COMPANIONS_PORTS]; /* filter: what the kernel lets pass */
	size_t port_count, filter_count;
	struct policy_named lan[LANS_MAX];
	size_t lan_count;
};

/* What a run is made of; freed together. */
struct run {
	struct options o;
	struct config *config;
	struct policy *lan; /* of --lan */
	struct counting counting;
	struct capture *capture;
	struct wire_rows *rows;
};

static void
add_port(struct options *o, unsigned long port)
{
	for (size_t i = 0; i < o->port_count; i++)
		if (o->ports[i] == port)
			return;
	if (o->port_count == PORTS_MAX)
		usagex("--ports: more than %d ports", PORTS_MAX);
	o->ports[o->port_count++] = (uint16_t)port;
}

static void
parse_ports(struct options *o, const char *list)
{
	const char *p = list;
	char *end;

	o->port_count = 0;
	o->all_ports = strcmp(list, "all") == 0;
	if (o->all_ports)
		return;
	for (;;) {
		unsigned long port = *p >= '0' && *p <= '9' ? strtoul(p, &end, 10) : 0;

		if (port == 0 || port > 65535 || (*end != ',' && *end != '\0'))
			usagex("--ports %s: expected all, or numbers from 1 to 65535 with commas between", list);
		add_port(o, port);
		if (*end == '\0')
			return;
		p = end + 1;
	}
}

static void
parse_lan(struct options *o, const char *text)
{
	char corrected[PREFIX_TEXT];
	struct prefix p;

	if (o->lan_count == LANS_MAX)
		usagex("--lan: more than %d prefixes", LANS_MAX);
	switch (prefix_parse(text, &p)) {
	case PREFIX_OK:
		o->lan[o->lan_count++] = (struct policy_named){.prefix = p, .line = POLICY_NONE};
		return;
	case PREFIX_HOST_BITS:
		usagex("--lan %s: bits are set behind the prefix; did you mean %s?", text, prefix_print(&p, corrected));
	case PREFIX_SYNTAX:
		usagex("--lan %s: expected a prefix like 192.0.2.0/24 or 2001:db8::/48", text);
	}
}

static void
parse_options(struct options *o, int argc, char **argv)
{
	enum { DB = 256, LAN, PORTS, NO_COMPANIONS, JSON, USER, HELP, VERSION_WANTED };
	static const struct option names[] = {
	        {"interface", required_argument, NULL, 'i'},
	        {"read", required_argument, NULL, 'r'},
	        {"config", required_argument, NULL, 'c'},
	        {"db", required_argument, NULL, DB},
	        {"lan", required_argument, NULL, LAN},
	        {"ports", required_argument, NULL, PORTS},
	        {"no-companions", no_argument, NULL, NO_COMPANIONS},
	        {"json", no_argument, NULL, JSON},
	        {"user", required_argument, NULL, USER},
	        {"help", no_argument, NULL, HELP},
	        {"version", no_argument, NULL, VERSION_WANTED},
	        {NULL, 0, NULL, 0},
	};
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":i:r:c:", names, NULL)) != -1) {
		switch (c) {
		case 'i':
			o->interface = optarg;
			break;
		case 'r':
			o->file = optarg;
			break;
		case 'c':
			o->config_path = optarg;
			break;
		case DB:
			o->db = optarg;
			break;
		case LAN:
			parse_lan(o, optarg);
			break;
		case PORTS:
			parse_ports(o, optarg);
			break;
		case NO_COMPANIONS:
			o->no_companions = true;
			break;
		case JSON:
			o->json = true;
			break;
		case USER:
			o->user = optarg;
			break;
		case HELP:
			fputs(help, stdout);
			exit(fflush(stdout) == 0 ? 0 : 1);
		case VERSION_WANTED:
			puts("pcapmon " VERSION);
			exit(fflush(stdout) == 0 ? 0 : 1);
		case ':':
			usagex("%s needs a value; see pcapmon --help", argv[optind - 1]);
		default:
			usagex("%s: unknown option; see pcapmon --help", argv[optind - 1]);
		}
	}
	if (optind < argc)
		usagex("%s: unexpected; see pcapmon --help", argv[optind]);
	if ((o->interface == NULL) == (o->file == NULL))
		usagex("give either -i IFACE or -r FILE; see pcapmon --help");
	if (o->json && o->interface != NULL)
		usagex("--json goes with -r: a live run writes rows, which nfqd report prints");
}

/* The configuration fills what the options left open. */
static void
settle(struct run *r)
{
	static const uint16_t mail_ports[] = {25, 465, 587, 2525};
	struct options *o = &r->o;
	const struct config *c = NULL;

	if (o->config_path != NULL) {
		c = r->config = config_load(o->config_path);
		if (c == NULL)
			exit(2);
	}
	if (o->port_count == 0 && c == NULL && !o->all_ports)
		for (size_t i = 0; i < sizeof mail_ports / sizeof *mail_ports; i++)
			add_port(o, mail_ports[i]);
	if (o->port_count == 0 && c != NULL && !o->all_ports) {
		for (size_t i = 0; i < c->port.count; i++)
			add_port(o, c->port.port[i]);
		for (size_t i = 0; i < c->watch.count; i++)
			add_port(o, c->watch.port[i]);
	}
	o->no_companions = o->no_companions || (c != NULL && !c->companions);
	memcpy(o->filter, o->ports, sizeof o->ports);
	o->filter_count = o->no_companions || o->all_ports ? o->port_count : companions_ports(o->filter, o->port_count);
	if (o->db == NULL && o->interface != NULL && c != NULL)
		o->db = c->database;
	if (o->db == NULL && o->interface != NULL)
		usagex("-i %s: say where the rows go with --db DIR or -c FILE", o->interface);
	if (o->user == NULL)
		o->user = c != NULL ? c->user : priv_default_user();
	if (o->lan_count > 0) {
		struct policy_input in = {.lan = o->lan, .lan_count = o->lan_count, .stranger_line = POLICY_NONE};

		r->lan = policy_build(&in);
		if (r->lan == NULL)
			fatalx("out of memory");
	}
}

static void
flush_rows(void *arg)
{
	struct run *r = arg;
	struct timespec wait = {.tv_nsec = 100000000};
	int64_t now = r->o.file != NULL ? 0 : live_now();

	for (int i = 0; i < (r->o.file != NULL ? FILE_TRIES : 1); i++) {
		if (wire_rows_write(r->rows, r->counting.book.minutes, r->counting.book.devices, now))
			return;
		nanosleep(&wait, NULL);
	}
}

static void
build_tally(struct run *r)
{
	struct tally_options t = {.ports = r->o.ports, .port_count = r->o.port_count, .config = r->config};

	if (r->lan != NULL)
		t.lan = r->lan;
	else if (r->config != NULL && r->config->policy->lan.count > 0)
		t.lan = r->config->policy;
	r->counting.without_companions = r->o.no_companions;
	counting_tally(&r->counting, &t, r->o.file != NULL, r->rows);
}

/* Reads the whole file; the error text, if any, goes to `error`. */
static void
read_file(struct run *r, struct summary *s, char *error, size_t size)
{
	enum capture_result result;
	struct frame f;
	int link = capture_link(r->capture);

	while ((result = capture_next(r->capture, &f)) == CAPTURE_FRAME) {
		if (s->packets == 0)
			s->first = s->last = f.when;
		s->packets++;
		if (f.when < s->first)
			s->first = f.when;
		if (f.when > s->last)
			s->last = f.when;
		tally_frame(r->counting.tally, link, f.bytes, f.caplen, f.when);
	}
	tally_settle(r->counting.tally);
	if (result == CAPTURE_ERROR)
		snprintf(error, size, "%s", capture_error(r->capture));
	else if (!decode_knows(link))
		snprintf(error, size, "link type %d (%s) is not known", link, capture_link_name(r->capture));
	else if (totals_beyond(r->counting.book.totals) > 0)
		snprintf(error, size, "more than %d hosts: %llu SYNs of others are not shown", TOTALS_HOSTS,
		         (unsigned long long)totals_beyond(r->counting.book.totals));
	else if (totals_inexact(r->counting.book.totals))
		snprintf(error, size, "too many destinations for the memory: destinations and peaks are lower bounds");
	else if (tally_sums(r->counting.tally).evicted > 0)
		snprintf(error, size, "%llu attempts too many at once: some retransmissions may count as attempts",
		         (unsigned long long)tally_sums(r->counting.tally).evicted);
	else if (tally_sums(r->counting.tally).fragments > 0)
		snprintf(error, size, "%llu packets in fragments too many at once: some openings may be missing",
		         (unsigned long long)tally_sums(r->counting.tally).fragments);
}

static int
run_file(struct run *r)
{
	char error[512] = "";
	struct summary s = {0};
	struct companion_row *companions;
	bool stored = true, printed, more;

	read_file(r, &s, error, sizeof error);
	s.error = error[0] != '\0' ? error : NULL;
	if (r->rows != NULL) {
		memory_rows_whole(r->counting.memory_rows);
		flush_rows(r);
		stored = r->counting.book.lost == 0 &&
		         wire_rows_write(r->rows, r->counting.book.minutes, r->counting.book.devices, 0);
		while (stored && wire_rows_seal(r->rows, s.last, &more) && more)
			;
	}
	s.companions = companions = counting_companions(&r->counting, &s.companion_count);
	if (companions != NULL)
		s.companions_lost = companions_lost(r->counting.companions);
	printed = r->o.json ? summary_json(stdout, &s, r->counting.book.totals)
	                    : summary_text(stdout, &s, r->counting.book.totals);
	if (!printed)
		log_warn("cannot print the summary");
	free(companions);
	if (s.error != NULL)
		log_warnx("%s: %s", r->o.file, s.error);
	return printed && stored && s.error == NULL ? 0 : 1;
}

static void
open_all(struct run *r)
{
	const struct options *o = &r->o;
	char why[1024];

	if (geteuid() == 0)
		priv_check_user(o->user);
	if (o->file != NULL)
		r->capture = capture_file(o->file, why, sizeof why);
	else
		r->capture = capture_live(o->interface, o->filter, o->filter_count, why, sizeof why);
	if (r->capture == NULL)
		fatalx("%s", why);
	if (o->interface != NULL && !decode_knows(capture_link(r->capture)))
		fatalx("%s: link type %s is not known", o->interface, capture_link_name(r->capture));
	if (o->db != NULL)
		priv_own_directory(o->db, o->user);
	/* Only an interface that comes back needs to be opened again. */
	priv_drop(o->user, o->interface != NULL ? CAP_NET_RAW : PRIV_NO_CAPABILITY);
	if (o->db != NULL && (r->rows = wire_rows_open(o->db, r->config, why, sizeof why)) == NULL)
		fatalx("%s", why);
}

int
main(int argc, char **argv)
{
	struct run r = {0};
	int status;

	setlocale(LC_ALL, "");
	log_open("pcapmon");
	parse_options(&r.o, argc, argv);
	settle(&r);
	r.counting.book.flush = flush_rows;
	r.counting.book.arg = &r;
	counting_tables(&r.counting, r.o.file != NULL, r.o.db != NULL);
	if (r.o.interface != NULL)
		live_signals();
	open_all(&r);
	build_tally(&r);
	if (r.o.file != NULL) {
		status = run_file(&r);
	} else {
		struct live l = {.interface = r.o.interface,
		                 .directory = r.o.db,
		                 .ports = r.o.filter,
		                 .port_count = r.o.filter_count,
		                 .capture = r.capture,
		                 .tally = r.counting.tally,
		                 .book = &r.counting.book,
		                 .rows = r.rows,
		                 .memory = r.counting.memory_rows};

		status = live_run(&l);
		r.capture = l.capture;
	}
	capture_close(r.capture);
	counting_free(&r.counting);
	wire_rows_close(r.rows);
	free(r.lan);
	config_free(r.config);
	return status;
}
