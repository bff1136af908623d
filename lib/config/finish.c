/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Statements -> policy: resolves names, finds contradictions, builds the policy. */
#include "parser.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/suggest.h"
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

/* A range that does not exist. */
static void
complain_range(struct draft *d, uint32_t line, const char *problem, const char *name, const char *expected)
{
	const struct policy_named *ranges = d->ranges.items;
	struct suggestion like = {.typed = name};
	const struct config_line *l = line_at(d->c, line);

	for (size_t i = 0; i < d->ranges.count; i++)
		suggest(&like, line_at(d->c, ranges[i].line)->range);
	if (like.best != NULL)
		complain_at(d->c, l->file, l->number, "%s: %s, did you mean %s?", l->text, problem, like.best);
	else
		complain_line(d->c, line, problem, expected);
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
		complain_range(d, st->line, problem, name,
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
		complain_range(d, st->line, "there is no such range", st->range, "the name of a defined range");
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
		complain_at(
		        c, file, 0,
		        "there is no lan line, expected one with the networks behind this gateway: `nfqd setup` prints them");
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
