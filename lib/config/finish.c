/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Statements -> policy: resolves names, finds contradictions, builds the policy. And prints it as text. */
#include "parser.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/companion/refusal.h"
#include "lib/base/when.h"
#include "lib/policy/build.h"

/* The directives as arrays for policy_build. */
struct draft {
	struct config *c;
	struct list sources, users;    /* struct policy_source */
	struct list lan, deny, ranges; /* struct policy_named */
	const struct directive *stranger;
};

static const struct directive *
directive_at(const struct config *c, size_t i)
{
	return (const struct directive *)c->parser->directives.items + i;
}

static const struct subject *
subject_at(const struct config *c, size_t i)
{
	return (const struct subject *)c->parser->subjects.items + i;
}

static const struct config_line *
line_at(const struct config *c, uint32_t i)
{
	return (const struct config_line *)c->parser->lines.items + i;
}

static void
complain_line(struct config *c, uint32_t line, const char *problem, const char *expected)
{
	const struct config_line *l = line_at(c, line);

	complain_at(c, l->file, l->number, "%s: %s, expected %s", l->text, problem, expected);
}

static void
contradict(struct config *c, uint32_t line, uint32_t with)
{
	const struct config_line *a = line_at(c, line), *b = line_at(c, with);

	complain_at(c, a->file, a->number, "\"%s\" contradicts \"%s\" at %s:%u, expected one of them", a->text, b->text,
	            b->file, b->number);
}

static void
add_named(struct draft *d, struct list *list, const struct prefix *prefix, uint32_t line)
{
	struct policy_named *n = list_add(d->c, list, sizeof *n);

	if (n != NULL)
		*n = (struct policy_named){*prefix, line, 0, POLICY_NONE};
}

static void
add_source(struct draft *d, const struct directive *st, const struct prefix *prefix)
{
	struct policy_source *s = list_add(d->c, st->kind == ST_LOCAL ? &d->users : &d->sources, sizeof *s);
	enum rule_action action = st->kind == ST_BLOCK ? RULE_BLOCK : st->card_count > 0 ? RULE_BOUND : RULE_ALLOW;

	if (s != NULL)
		*s = (struct policy_source){*prefix,
		                            {st->from, st->until, st->to, st->line, st->to_count, st->card_count,
		                             (uint16_t)action, st->max}};
}

/* Resolves "lan" and names of ranges to their prefixes. */
static void
add_named_sources(struct draft *d, const struct directive *st, const char *name)
{
	bool lan = strcmp(name, "lan") == 0, found = false;
	const struct list *list = lan ? &d->lan : &d->ranges;
	const struct policy_named *named = list->items;

	for (size_t i = 0; i < list->count; i++)
		if (lan || strcmp(line_at(d->c, named[i].line)->range, name) == 0) {
			add_source(d, st, &named[i].prefix);
			found = true;
		}
	if (!found) {
		char problem[100];

		snprintf(problem, sizeof problem, "\"%s\" is neither an address nor the name of a range", name);
		complain_line(d->c, st->line, problem,
		              lan ? "a lan line" : "an address, a prefix, lan, or a defined range");
	}
}

static void
add_subjects(struct draft *d, const struct directive *st)
{
	for (uint32_t i = st->first; i < st->first + st->count; i++) {
		const struct subject *s = subject_at(d->c, i);

		if (st->kind == ST_LAN)
			add_named(d, &d->lan, &s->prefix, st->line);
		else if (st->kind == ST_RANGE)
			add_named(d, &d->ranges, &s->prefix, st->line);
		else if (st->kind == ST_DENY_TO)
			add_named(d, &d->deny, &s->prefix, st->line);
		else if (s->name != NULL)
			add_named_sources(d, st, s->name);
		else
			add_source(d, st, &s->prefix);
	}
}

/* `stranger X in RANGE`: sets it for every prefix of the range. */
static void
set_stranger_in(struct draft *d, const struct directive *st)
{
	struct policy_named *ranges = d->ranges.items;
	bool found = false;

	for (size_t i = 0; i < d->ranges.count; i++) {
		if (strcmp(line_at(d->c, ranges[i].line)->range, st->range) != 0)
			continue;
		found = true;
		if (ranges[i].value_line == POLICY_NONE) {
			ranges[i].value = st->stranger;
			ranges[i].value_line = st->line;
		} else if (ranges[i].value != st->stranger) {
			contradict(d->c, st->line, ranges[i].value_line);
			return;
		}
	}
	if (!found)
		complain_line(d->c, st->line, "there is no such range", "the name of a defined range");
}

static void
set_strangers(struct draft *d)
{
	struct config *c = d->c;
	struct policy_named *ranges = d->ranges.items;

	for (size_t i = 0; i < c->parser->directives.count; i++) {
		const struct directive *st = directive_at(c, i);

		if (st->kind != ST_STRANGER)
			continue;
		if (st->range != NULL)
			set_stranger_in(d, st);
		else if (d->stranger != NULL && d->stranger->stranger != st->stranger)
			contradict(c, st->line, d->stranger->line);
		else if (d->stranger == NULL)
			d->stranger = st;
	}
	for (size_t i = 0; i < d->ranges.count; i++)
		if (ranges[i].value_line == POLICY_NONE)
			ranges[i].value = d->stranger != NULL ? d->stranger->stranger : STRANGER_REJECT;
}

static int
source_cmp(const void *a, const void *b)
{
	const struct policy_source *x = a, *y = b;
	int order = prefix_cmp(&x->prefix, &y->prefix);

	return order != 0 ? order : (x->rule.line > y->rule.line) - (x->rule.line < y->rule.line);
}

static int
named_cmp(const void *a, const void *b)
{
	const struct policy_named *x = a, *y = b;
	int order = prefix_cmp(&x->prefix, &y->prefix);

	return order != 0 ? order : (x->line > y->line) - (x->line < y->line);
}

static void
sort(struct list *list, size_t size, int (*cmp)(const void *, const void *))
{
	if (list->count > 1)
		qsort(list->items, list->count, size, cmp);
}

/* allow and block of one prefix at the same time. One error per prefix. */
static void
check_sources(struct draft *d)
{
	const struct policy_source *s = d->sources.items;
	size_t count = d->sources.count, end;

	for (size_t first = 0; first < count; first = end) {
		for (end = first + 1; end < count && prefix_cmp(&s[first].prefix, &s[end].prefix) == 0; end++)
			;
		for (size_t i = first; i < end; i++)
			for (size_t j = first; j < i; j++)
				if ((s[i].rule.action == RULE_BLOCK) != (s[j].rule.action == RULE_BLOCK) &&
				    s[i].rule.from < s[j].rule.until && s[j].rule.from < s[i].rule.until) {
					contradict(d->c, s[i].rule.line, s[j].rule.line);
					i = j = end; /* next prefix */
				}
	}
}

static void
check_ranges(struct draft *d)
{
	const struct policy_named *r = d->ranges.items, *lan = d->lan.items;

	for (size_t i = 0; i < d->ranges.count; i++) {
		bool inside = false;
		char text[PREFIX_TEXT], problem[100];

		if (i > 0 && prefix_cmp(&r[i].prefix, &r[i - 1].prefix) == 0 &&
		    strcmp(line_at(d->c, r[i].line)->range, line_at(d->c, r[i - 1].line)->range) != 0)
			contradict(d->c, r[i].line, r[i - 1].line);
		for (size_t j = 0; j < d->lan.count && !inside; j++)
			inside = prefix_covers(&lan[j].prefix, &r[i].prefix);
		if (!inside && !d->c->parser->lan_failed) {
			snprintf(problem, sizeof problem, "%s is outside lan", prefix_print(&r[i].prefix, text));
			complain_line(d->c, r[i].line, problem, "a part of lan");
		}
	}
}

static void
build(struct draft *d)
{
	struct config *c = d->c;
	struct policy_input in = {
	        .sources = d->sources.items,
	        .source_count = d->sources.count,
	        .users = d->users.items,
	        .user_count = d->users.count,
	        .lan = d->lan.items,
	        .lan_count = d->lan.count,
	        .deny = d->deny.items,
	        .deny_count = d->deny.count,
	        .ranges = d->ranges.items,
	        .range_count = d->ranges.count,
	        .to = c->parser->to.items,
	        .to_count = c->parser->to.count,
	        .stranger = d->stranger != NULL ? d->stranger->stranger : STRANGER_REJECT,
	        .stranger_line = d->stranger != NULL ? d->stranger->line : POLICY_NONE,
	};

	if ((c->policy = policy_build(&in)) == NULL)
		complain(c, "out of memory");
}

size_t
config_finish(struct config *c, const char *file)
{
	static const enum directive_kind order[][2] = {{ST_LAN, ST_RANGE}, {ST_ALLOW, ST_DENY_TO}};
	struct draft d = {.c = c};

	for (size_t pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < c->parser->directives.count; i++) {
			const struct directive *st = directive_at(c, i);

			if (st->kind >= order[pass][0] && st->kind <= order[pass][1])
				add_subjects(&d, st);
			if (pass == 1 && st->kind == ST_LOCAL && !c->local)
				complain_line(c, st->line, "the gateway's own processes are not filtered",
				              "a local line");
		}
	if (d.lan.count == 0 && !c->parser->lan_failed)
		complain_at(c, file, 0, "there is no lan line, expected one with the networks behind this gateway");
	set_strangers(&d);
	sort(&d.sources, sizeof(struct policy_source), source_cmp);
	sort(&d.ranges, sizeof(struct policy_named), named_cmp);
	check_sources(&d);
	check_ranges(&d);
	if (c->parser->errors == 0)
		build(&d);
	c->lines = c->parser->lines.items;
	c->line_count = c->parser->lines.count;
	free(d.sources.items);
	free(d.users.items);
	free(d.lan.items);
	free(d.deny.items);
	free(d.ranges.items);
	return c->parser->errors;
}

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
config_print(const struct config *c, FILE *out)
{
	static const char *const backends[] = {"auto", "nft", "iptables"};
	static const uint64_t spans[] = {DAY, HOUR, MINUTE, SECOND};
	static const uint64_t sizes[] = {UINT64_C(1) << 40, 1 << 30, 1 << 20, 1 << 10, 1};
	char judge[JUDGE_PARAMETERS_TEXT];

	for (size_t i = 0; i < c->interface_count; i++)
		fprintf(out, "%-10s %s\n", "interface", c->interface[i]);
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
	print_blocklists(out, c);
	for (size_t i = 0; i < c->geo_count; i++)
		print_quoted(out, "geo", c->geo[i]);
	for (size_t i = 0; i < c->line_count; i++) {
		const char *text = c->lines[i].text;
		int keyword = (int)strcspn(text, " ");

		fprintf(out, "%-10.*s%s\n", keyword, text, text + keyword);
	}
	if (c->policy->stranger_line == POLICY_NONE)
		fprintf(out, "%-10s %s\n", "stranger", stranger_name((enum stranger)c->policy->stranger));
}
