/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "parts.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *name;
	enum finding_level level;
} kinds[FINDING_KINDS] = {
        [FINDING_USER] = {"user", FINDING_ERROR},
        [FINDING_DATABASE] = {"database", FINDING_PROBLEM},
        [FINDING_EVERYTHING] = {"lan-everything", FINDING_PROBLEM},
        [FINDING_LAN] = {"lan-elsewhere", FINDING_PROBLEM},
        [FINDING_MISSING] = {"not-in-lan", FINDING_PROBLEM},
        [FINDING_NO_INTERFACE] = {"interface-absent", FINDING_PROBLEM},
        [FINDING_PORT] = {"interface-port", FINDING_PROBLEM},
        [FINDING_VRF] = {"interface-vrf", FINDING_PROBLEM},
        [FINDING_CARRIER] = {"interface-vlans", FINDING_PROBLEM},
        [FINDING_OUTER] = {"interface-outside", FINDING_PROBLEM},
        [FINDING_INNER] = {"outside-inside", FINDING_PROBLEM},
        [FINDING_OUTSIDE] = {"source-outside-lan", FINDING_PROBLEM},
        [FINDING_FORWARDING] = {"forwarding", FINDING_NOTE},
        [FINDING_UNTIL] = {"until-past", FINDING_NOTE},
};

const char *
finding_kind_name(enum finding_kind kind)
{
	return kinds[kind].name;
}

const char *
finding_level_name(enum finding_level level)
{
	static const char *const names[] = {"error", "problem", "note"};

	return names[level];
}

void
findings_add(struct making *w, enum finding_kind kind, const char *subject, const char *format, ...)
{
	struct finding *f;
	va_list args;

	if (w->out->count == FINDINGS)
		return;
	f = &w->out->list[w->out->count++];
	f->kind = (uint8_t)kind;
	f->level = (uint8_t)kinds[kind].level;
	snprintf(f->subject, sizeof f->subject, "%s", subject);
	va_start(args, format);
	vsnprintf(f->text, sizeof f->text, format, args);
	va_end(args);
}

const struct finding *
findings_same(const struct findings *f, const struct finding *one)
{
	for (uint32_t i = 0; i < f->count; i++)
		if (strcmp(f->list[i].text, one->text) == 0)
			return &f->list[i];
	return NULL;
}

static void
find_settings(struct making *w)
{
	const struct config *c = w->config;

	if (w->machine->no_user)
		findings_add(w, FINDING_USER, c->user,
		             "user %s does not exist: create it with useradd --system %s, or name another", c->user,
		             c->user);
	if (c->database[0] != '/')
		findings_add(w, FINDING_DATABASE, c->database,
		             "database \"%s\" is relative: each program looks for it in the folder that it was started "
		             "in; write the whole path",
		             c->database);
}

/* Sources that no opening can come from: a typing error, or a prefix that `lan` lacks. */
static void
find_outside(struct making *w)
{
	const struct policy *p = w->config->policy;
	const struct node *nodes = policy_nodes(p), *first = NULL;
	const struct config_line *line;
	char text[PREFIX_TEXT], more[64] = "";
	uint32_t outside = 0;

	if (w->config->interface_count + w->config->outside_count > 0)
		return;
	for (uint32_t n = p->sources.first; n < p->sources.first + p->sources.count; n++)
		if (nodes[n].rule_count > 0 && !findings_meet_lan(p, &nodes[n].prefix) && outside++ == 0)
			first = &nodes[n];
	if (first == NULL)
		return;
	if (outside > 1)
		snprintf(more, sizeof more, "; and %u more sources", outside - 1);
	line = &w->config->lines[policy_rules(p)[first->rule].line];
	prefix_print(&first->prefix, text);
	findings_add(w, FINDING_OUTSIDE, text, "\"%s\" at %s:%u has no effect: %s is outside lan%s", line->text,
	             line->file, line->number, text, more);
}

static void
find_past(struct making *w, int64_t now)
{
	const struct policy *p = w->config->policy;
	const struct rule *rules = policy_rules(p), *first = NULL;
	const struct config_line *line;
	char more[64] = "";
	uint32_t past = 0;

	for (uint32_t i = 0; i < p->rule_count; i++)
		if (rules[i].until <= now) {
			past++;
			if (first == NULL || rules[i].line < first->line)
				first = &rules[i];
		}
	if (first == NULL)
		return;
	if (past > 1)
		snprintf(more, sizeof more, "; and %u more lines", past - 1);
	line = &w->config->lines[first->line];
	findings_add(w, FINDING_UNTIL, line->text, "\"%s\" at %s:%u has ended%s", line->text, line->file, line->number,
	             more);
}

void
findings_make(const struct config *c, const struct machine *m, int64_t now, struct findings *out)
{
	struct making w = {c, m, out};

	*out = (struct findings){0};
	find_settings(&w);
	findings_behind(&w);
	findings_links(&w);
	find_outside(&w);
	findings_forwarding(&w);
	find_past(&w, now);
}
