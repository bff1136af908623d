/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/log.h"

static const char help[] = "usage: pcapmon -i IFACE... | -r FILE [--follow] [-c FILE] [--db DIR] [--lan PREFIX]...\n"
                           "               [--ports LIST] [--no-companions] [--json] [--geo FILE]...\n"
                           "               [--user NAME]\n"
                           "\n"
                           "Counts, for each host, the connections it opens to mail ports.\n"
                           "\n"
                           "  -i, --interface IFACE  watch an interface and write rows until stopped;\n"
                           "                         up to 16 times\n"
                           "  -r, --read FILE        read a capture file (- is standard input), print a\n"
                           "                         summary: pcap or pcapng, also in gzip or zstd\n"
                           "      --follow           go on as the file grows, until SIGTERM or SIGINT\n"
                           "  -c, --config FILE      take ports, lan, ranges, user and database from nfqd's\n"
                           "                         configuration, and tell leaks: see nfqd.conf(5)\n"
                           "      --db DIR           write DIR/wire.db\n"
                           "      --lan PREFIX       count only what is opened from here to elsewhere\n"
                           "      --ports LIST       default 25,465,587,2525; or all\n"
                           "      --no-companions    leave out look-ups and what is said to mail servers\n"
                           "      --json             print the summary as one JSON object\n"
                           "      --geo FILE         where addresses are, in MaxMind's format; any number of\n"
                           "                         them (default: the configuration's)\n"
                           "      --user NAME        become this user\n"
                           "      --help, --version\n";

void
options_add_port(struct options *o, unsigned long port)
{
	for (size_t i = 0; i < o->port_count; i++)
		if (o->ports[i] == port)
			return;
	if (o->port_count == OPTIONS_PORTS)
		usagex("--ports: more than %d ports", OPTIONS_PORTS);
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
		options_add_port(o, port);
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

	if (o->lan_count == OPTIONS_LANS)
		usagex("--lan: more than %d prefixes", OPTIONS_LANS);
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
add_interface(struct options *o, const char *name)
{
	for (size_t i = 0; i < o->interface_count; i++)
		if (strcmp(o->interface[i], name) == 0 || strcmp(o->interface[i], "any") == 0 ||
		    strcmp(name, "any") == 0)
			usagex("-i %s: an interface is named twice; any has them all", name);
	if (o->interface_count == TAPS_MAX)
		usagex("-i %s: more than %d interfaces", name, TAPS_MAX);
	o->interface[o->interface_count++] = name;
}

static void
add_geo(struct options *o, const char *path)
{
	if (o->geo_count == GEO_FILES)
		usagex("--geo %s: more than %d files", path, GEO_FILES);
	o->geo[o->geo_count++] = path;
}

void
options_parse(struct options *o, int argc, char **argv)
{
	enum { DB = 256, FOLLOW, LAN, PORTS, NO_COMPANIONS, JSON, GEO, USER, HELP, VERSION_WANTED };
	static const struct option names[] = {
	        {"interface", required_argument, NULL, 'i'},
	        {"read", required_argument, NULL, 'r'},
	        {"config", required_argument, NULL, 'c'},
	        {"follow", no_argument, NULL, FOLLOW},
	        {"db", required_argument, NULL, DB},
	        {"lan", required_argument, NULL, LAN},
	        {"ports", required_argument, NULL, PORTS},
	        {"no-companions", no_argument, NULL, NO_COMPANIONS},
	        {"json", no_argument, NULL, JSON},
	        {"geo", required_argument, NULL, GEO},
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
			add_interface(o, optarg);
			break;
		case 'r':
			o->file = optarg;
			break;
		case 'c':
			o->config_path = optarg;
			break;
		case FOLLOW:
			o->follow = true;
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
		case GEO:
			add_geo(o, optarg);
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
	if ((o->interface_count == 0) == (o->file == NULL))
		usagex("give either -i IFACE or -r FILE; see pcapmon --help");
	if (o->json && o->interface_count > 0)
		usagex("--json goes with -r: a live run writes rows, which nfqd report prints");
	if (o->geo_count > 0 && o->interface_count > 0)
		usagex("--geo goes with -r: of a live run nfqd report says where it went");
	if (o->follow && (o->interface_count > 0 || strcmp(o->file, "-") == 0))
		usagex("--follow goes with -r FILE: an interface and a pipe are followed anyway");
}
