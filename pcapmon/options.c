/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "options.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/link.h"
#include "lib/base/log.h"
#include "lib/geo/geo.h"
#include "pcapmon/capture/taps.h"

#define LANS 256
#define ROW(name, letter, member, value, help) OPTION(name, letter, struct request, member, value, help)

static const struct option_row rows[] = {
        {ROW("interface", 'i', interfaces, "IFACE",
             "watch an interface (ppp*: all that begin so) and write rows until stopped"),
         .high = TAPS_MAX},
        {ROW("read", 'r', file, "FILE",
             "read a capture file (- is standard input) and print a summary: pcap or pcapng, plain or in gzip or "
             "zstd")},
        {ROW("follow", 0, follow, NULL, "with -r: continue as the file grows, until SIGTERM or SIGINT")},
        {ROW("config", 'c', config_path, "FILE",
             "take ports, lan, ranges, user and database from nfqd's configuration, and report leaks: see "
             "nfqd.conf(5)")},
        {ROW("db", 0, db, "DIR", "write DIR/wire.db")},
        {ROW("prepare", 0, prepare, NULL,
             "with -i: make the directory of the rows, give it and what is ours in it to the user, and exit")},
        {ROW("lan", 0, lan, "PREFIX", "count only connections from this prefix to elsewhere"), .high = LANS},
        {ROW("ports", 0, port_list, "LIST",
             "numbers separated by commas, or all (default: the configuration's, or else 25,465,587,2525)")},
        {ROW("no-companions", 0, no_companions, NULL, "leave out side traffic: DNS, POP3, IMAP, SMTP dialogue")},
        {ROW("json", 0, json, NULL, "with -r: print the summary as one JSON object"), .excludes = 'f'},
        {ROW("csv", 0, csv, NULL, "with -r: print the hosts as comma-separated values, with a header line"),
         .excludes = 'f'},
        {ROW("local", 0, local, NULL, "with -r: print times by the local clock instead of UTC"), .local = true},
        {ROW("geo", 0, geo, "FILE",
             "with -r: locate addresses by this file in MaxMind's format (default: the configuration's)"),
         .high = GEO_FILES},
        {ROW("user", 0, user, "NAME", "run as this user")},
        {.name = "version", .kind = OPTION_VERSION, .help = "print the version and exit"},
};

static const struct option_table options = {
        .program = "pcapmon",
        .purpose = "count the connections that each host opens to mail ports",
        .forms = (const char *const[]){"-i IFACE [OPTION...]", "-r FILE [OPTION...]", NULL},
        .rows = rows,
        .row_count = sizeof rows / sizeof *rows,
};

void
request_add_port(struct request *q, unsigned long port)
{
	for (size_t i = 0; i < q->port_count; i++)
		if (q->ports[i] == port)
			return;
	if (q->port_count == REQUEST_PORTS)
		usagex("--ports: more than %d ports", REQUEST_PORTS);
	q->ports[q->port_count++] = (uint16_t)port;
}

static void
parse_ports(struct request *q, const struct command_line *line)
{
	const char *p = q->port_list;
	char *end;

	q->all_ports = strcmp(p, "all") == 0;
	if (q->all_ports)
		return;
	for (;;) {
		unsigned long port = *p >= '0' && *p <= '9' ? strtoul(p, &end, 10) : 0;

		if (port == 0 || port > 65535 || (*end != ',' && *end != '\0'))
			options_wrong(line,
			              "--ports \"%s\" is not a list of ports, expected all, or numbers from 1 to 65535 "
			              "separated by commas",
			              q->port_list);
		request_add_port(q, port);
		if (*end == '\0')
			return;
		p = end + 1;
	}
}

/* Packets of an interface that is given twice would be counted twice. */
static void
check_interfaces(const struct option_list *names, const struct command_line *line)
{
	for (size_t n = 0; n < names->count; n++)
		for (size_t m = 0; m < n; m++)
			if (link_overlap(names->text[m], names->text[n]) || strcmp(names->text[m], "any") == 0 ||
			    strcmp(names->text[n], "any") == 0)
				options_wrong(line,
				              "--interface \"%s\" is named twice, expected each once, or any alone",
				              names->text[n]);
}

void
request_take(struct request *q, int argc, char **argv)
{
	struct command_line line = {.table = &options, .argc = argc, .argv = argv};
	bool live;

	options_take(&line, q);
	live = q->interfaces.count > 0;
	check_interfaces(&q->interfaces, &line);
	if (q->port_list != NULL)
		parse_ports(q, &line);
	if (live == (q->file != NULL))
		options_wrong(&line, "expected either -i IFACE or -r FILE, got %s; see 'pcapmon --help'",
		              live ? "both" : "neither");
	if (q->config_path != NULL && strcmp(q->config_path, "-") == 0 && (live || strcmp(q->file, "-") == 0))
		options_wrong(&line, "--config - is standard input, expected a file: %s",
		              live ? "it is read again on SIGHUP" : "the capture is there");
	if (q->json && live)
		options_wrong(&line, "--json needs -r: a live run writes rows, which nfqd report prints");
	if (q->prepare && !live)
		options_wrong(&line, "--prepare needs -i: it makes the directory of a live run");
	if ((q->csv || q->local) && live)
		options_wrong(&line, "--%s needs -r: a live run writes rows, which nfqd report prints",
		              q->csv ? "csv" : "local");
	if (q->geo.count > 0 && live)
		options_wrong(&line, "--geo needs -r: for a live run, give it to nfqd report");
	if (q->follow && (live || strcmp(q->file, "-") == 0))
		options_wrong(&line, "--follow needs -r FILE: an interface or a pipe is always read to its end");
}

void
request_free(struct request *q)
{
	free(q->interfaces.text);
	free(q->geo.text);
	free(q->lan.prefix);
}
