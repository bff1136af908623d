/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `nfqd check` and `nfqd explain`: the policy in words, and in one case. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nfqd/commands.h"
#include "lib/config/config.h"
#include "lib/geo/geo.h"
#include "lib/base/log.h"
#include "lib/base/text.h"
#include "lib/base/when.h"

/* NULL: the configuration names no file. */
static struct geo *
open_geo(const struct config *c)
{
	struct geo *g = c->geo_count > 0 ? geo_new(c->geo, c->geo_count) : NULL;

	if (g == NULL && c->geo_count > 0)
		fatal("geo");
	return g;
}

int
check_main(int argc, char **argv)
{
	struct config *c = config_load(usage_only_config(argc, argv, "check [-c FILE]"));

	if (c == NULL)
		return 2;
	config_print(c, stdout);
	geo_free(open_geo(c)); /* which tells of each that cannot be used */
	config_free(c);
	return 0;
}

static void
print_line(const struct config *c, const char *lead, uint32_t line)
{
	if (line == POLICY_NONE)
		printf("%sdefault: stranger %s\n", lead, stranger_name((enum stranger)c->policy->stranger));
	else
		printf("%s%s:%u: %s\n", lead, c->lines[line].file, c->lines[line].number, c->lines[line].text);
}

/* The kernel's rules let these by before any policy is asked. NULL if the policy is asked. */
static const char *
not_enforced(const struct config *c, const struct addr *src, const struct addr *dst, uint16_t port, bool local)
{
	if (!config_enforces(c, port))
		return "the port is not enforced";
	if (policy_is_lan(c->policy, dst))
		return "not outbound: the destination is inside lan";
	if (local)
		return c->local ? NULL : "the gateway's own processes are not judged: there is no local line";
	if (!policy_is_lan(c->policy, src) && c->interface_count == 0)
		return "not outbound: the source is outside lan";
	return NULL;
}

static void
explain(const struct config *c, const uint32_t *user, const struct addr *src, const struct addr *dst, uint16_t port,
        int64_t at)
{
	const char *why = not_enforced(c, src, dst, port, user != NULL);
	struct decision d;

	if (why != NULL) {
		printf("pass  %s\n", why);
		return;
	}
	d = user != NULL ? policy_decide_local(c->policy, user, src, dst, at) : policy_decide(c->policy, src, dst, at);
	printf("%s  %s\n", verdict_name((enum verdict)d.verdict), reason_name((enum reason)d.reason));
	print_line(c, "  decided by ", d.line);
	if (d.max > 0) {
		struct decision over = policy_over_max(c->policy, src, &d);

		printf("  over %u a minute: %s  %s\n", d.max, verdict_name((enum verdict)over.verdict),
		       reason_name((enum reason)over.reason));
	}
	if (d.missed != POLICY_NONE)
		print_line(c, "  does not hold ", d.missed);
}

/* Where the destination is, if there are files that may say so. */
static void
print_place(const struct config *c, const struct addr *dst)
{
	struct geo *g = open_geo(c);
	char buf[GEO_TEXT], name[4 * GEO_NAME + 2];
	struct geo_place place;

	if (g == NULL)
		return;
	place = geo_find(g, dst);
	geo_free(g);
	printf("  destination in %s", geo_print(&place, buf));
	if (place.name[0] != '\0')
		printf(" %s", text_safe(place.name, false, name, sizeof name));
	putchar('\n');
}

int
explain_main(int argc, char **argv)
{
	static const struct option options[] = {
	        {"config", required_argument, NULL, 'c'}, {"port", required_argument, NULL, 'p'},
	        {"at", required_argument, NULL, 'a'},     {"user", required_argument, NULL, 'u'},
	        {"help", no_argument, NULL, 'h'},         {0}};
	const char *path = CONFIG_PATH, *user = NULL;
	uint32_t number;
	int64_t now = when_now(), at = now;
	struct addr src, dst;
	struct config *c;
	long port = -1;
	char *end;
	int opt;

	while ((opt = getopt_long(argc, argv, "c:h", options, NULL)) != -1)
		switch (opt) {
		case 'c':
			path = optarg;
			break;
		case 'p':
			port = strtol(optarg, &end, 10);
			if (*optarg == '\0' || *end != '\0' || port < 1 || port > 65535)
				usagex("--port: \"%s\" is not a port, expected a number from 1 to 65535", optarg);
			break;
		case 'a':
			if (!when_parse_arg(optarg, now, &at))
				usagex("--at: \"%s\" is not a time, expected one such as 2027-03-31T12:00:00Z", optarg);
			break;
		case 'u':
			user = optarg;
			break;
		case 'h':
			usage_help("explain [-c FILE] SRC DST [--port N] [--at TIME] [--user NAME]");
		default:
			usage_wrong(argv[0]);
		}
	if (argc - optind != 2)
		usagex("explain: expected two addresses, SRC and DST");
	if (!addr_parse(argv[optind], &src))
		usagex("SRC: \"%s\" is not an address, expected one such as 10.1.0.25", argv[optind]);
	if (!addr_parse(argv[optind + 1], &dst))
		usagex("DST: \"%s\" is not an address, expected one such as 192.0.2.25", argv[optind + 1]);
	if (src.family != dst.family)
		usagex("SRC and DST are of different families, expected both IPv4 or both IPv6");
	if ((c = config_load(path)) == NULL)
		return 2;
	if (user != NULL && !config_user(c, user, &number))
		usagex("--user: there is no user \"%s\", expected one of this system, or a number", user);
	explain(c, user != NULL ? &number : NULL, &src, &dst, port < 0 ? c->port.port[0] : (uint16_t)port, at);
	print_place(c, &dst);
	config_free(c);
	return 0;
}
