/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A configuration as text, which parses to the same one. */
#include "parser.h"

#include <inttypes.h>
#include <string.h>

#include "lib/base/when.h"
#include "lib/companion/refusal.h"

static void
print_ports(FILE *out, const char *keyword, const struct config_ports *ports)
{
	fprintf(out, "%-10s", keyword);
	for (size_t i = 0; i < ports->count; i++)
		fprintf(out, " %u", ports->port[i]);
	fprintf(out, "\n");
}

static void
print_quoted(FILE *out, const char *keyword, const char *text)
{
	fprintf(out, "%-10s ", keyword);
	config_put_string(out, text);
	fputc('\n', out);
}

/* Prints the number in the largest unit that divides it. */
static void
print_unit(FILE *out, uint64_t value, const char *units, const uint64_t *sizes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (value % sizes[i] == 0) {
			fprintf(out, " %" PRIu64 "%.*s", value / sizes[i], units[i] != ' ' ? 1 : 0, units + i);
			return;
		}
}

static bool
is_built_in(const char *name)
{
	for (size_t i = 0; refusal_defaults[i] != NULL; i++)
		if (strcmp(refusal_defaults[i], name) == 0)
			return true;
	return false;
}

static bool
has_all_built_in(const struct config *c)
{
	size_t built_in = 0, all = 0;

	while (refusal_defaults[all] != NULL)
		all++;
	for (size_t i = 0; i < c->blocklist_count; i++)
		built_in += is_built_in(c->blocklist[i]);
	return built_in == all;
}

/* Prints "default" if all built-in names are present. */
static void
print_blocklists(FILE *out, const struct config *c)
{
	const bool whole = has_all_built_in(c);

	if (whole || c->blocklist_count == 0)
		fprintf(out, "%-10s %s\n", "blocklist", whole ? "default" : "none");
	for (size_t i = 0; i < c->blocklist_count; i++)
		if (!whole || !is_built_in(c->blocklist[i]))
			print_quoted(out, "blocklist", c->blocklist[i]);
}

void
print_settings(const struct config *c, FILE *out)
{
	static const char *const backends[] = {"auto", "nft", "iptables"};
	static const uint64_t spans[] = {DAY, HOUR, MINUTE, SECOND};
	static const uint64_t sizes[] = {UINT64_C(1) << 40, 1 << 30, 1 << 20, 1 << 10, 1};
	char judge[JUDGE_PARAMETERS_TEXT];

	for (size_t i = 0; i < c->interface_count; i++)
		fprintf(out, "%-10s %s\n", "interface", c->interface[i]);
	for (size_t i = 0; i < c->outside_count; i++)
		fprintf(out, "%-10s %s\n", "outside", c->outside[i]);
	if (c->local)
		fprintf(out, "local\n");
	print_ports(out, "port", &c->port);
	print_ports(out, "watch", &c->watch);
	fprintf(out, c->workers > 1 ? "%-10s %u workers %u\n" : "%-10s %u\n", "queue", c->queue, c->workers);
	if (c->user_given)
		fprintf(out, "%-10s %s\n", "user", c->user);
	print_quoted(out, "database", c->database);
	print_quoted(out, "control", c->control);
	fprintf(out, "%-10s", "keep");
	print_unit(out, (uint64_t)c->keep, "dhms", spans, 4);
	fprintf(out, " max-size");
	print_unit(out, c->max_size, "TGMK ", sizes, 5);
	fprintf(out, "\n%-10s 0x%x/0x%x\n", "mark", c->mark, c->mark_mask);
	if (c->pace.burst == 0)
		fprintf(out, "%-10s off\n", "pace");
	else
		fprintf(out, "%-10s %u/%s burst %u\n", "pace", c->pace.rate,
		        c->pace.unit == 's'   ? "second"
		        : c->pace.unit == 'm' ? "minute"
		                              : "hour",
		        c->pace.burst);
	fprintf(out, "%-10s %s\n", "judge", judge_parameters_print(&c->judge, judge));
	fprintf(out, "%-10s %s\n", "backend", backends[c->backend]);
	fprintf(out, "%-10s %s\n", "companions", c->companions ? "on" : "off");
	if (!c->names)
		fprintf(out, "%-10s off\n", "names");
	print_blocklists(out, c);
	for (size_t i = 0; i < c->geo_count; i++)
		print_quoted(out, "geo", c->geo[i]);
}

void
print_line(const struct config_line *line, FILE *out)
{
	int keyword = (int)strcspn(line->text, " ");

	fprintf(out, "%-10.*s%s\n", keyword, line->text, line->text + keyword);
}

void
config_print(const struct config *c, FILE *out)
{
	print_settings(c, out);
	for (size_t i = 0; i < c->line_count; i++)
		print_line(&c->lines[i], out);
	if (c->policy->stranger_line == POLICY_NONE)
		fprintf(out, "%-10s %s\n", "stranger", stranger_name((enum stranger)c->policy->stranger));
}
