/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "explanation.h"

#include <stdio.h>

#include "lib/base/text.h"
#include "lib/output/value.h"

static void
print_line(const struct config *c, const char *lead, uint32_t line)
{
	char file[4096];

	if (line == POLICY_NONE)
		printf("%sdefault: stranger %s\n", lead, stranger_name((enum stranger)c->policy->stranger));
	else
		printf("%s%s:%u: %s\n", lead, text_name_hidden(c->lines[line].file, file, sizeof file),
		       c->lines[line].number, c->lines[line].text);
}

static void
print_verdict(const struct decision *d)
{
	printf("%s  %s\n", verdict_name((enum verdict)d->verdict), reason_name((enum reason)d->reason));
}

static void
print_decision(const struct explanation *e)
{
	const struct decision *d = &e->decision;

	print_verdict(d);
	print_line(e->config, "  decided by ", d->line);
	if (e->softened)
		printf("  dropped, not rejected: only the kernel sends a reset, and it cannot refuse this one by itself\n");
	if (d->max > 0) {
		printf("  over %u a minute: ", d->max);
		print_verdict(&e->over_max);
	}
	if (e->differs) {
		printf("  from another card: ");
		print_verdict(&e->other_card);
	}
	if (d->missed != POLICY_NONE)
		print_line(e->config, "  does not hold ", d->missed);
	printf("  for the destination as it leaves, after NAT on the gateway\n");
}

void
explanation_print(const struct explanation *e)
{
	char buf[GEO_TEXT], name[4 * GEO_NAME + 2];

	if (e->not_enforced != NULL)
		printf("pass  %s\n", e->not_enforced);
	else
		print_decision(e);
	if (e->changed) {
		printf("  in force until `nfqd reload`: ");
		if (e->now_enforced)
			print_verdict(&e->decision_now);
		else
			printf("pass\n");
	}
	if (!e->placed)
		return;
	printf("  destination in %s", geo_print(&e->place, buf));
	if (e->place.name[0] != '\0')
		printf(" %s", text_safe(e->place.name, false, name, sizeof name));
	putchar('\n');
}

/* A line of the configuration; the default of strangers has no file. */
static json_t *
line_json(const struct config *c, uint32_t line)
{
	const struct config_line *l = line == POLICY_NONE ? NULL : &c->lines[line];
	json_t *o = value_object();
	char text[64];

	snprintf(text, sizeof text, "stranger %s", stranger_name((enum stranger)c->policy->stranger));
	value_set(o, "file", value_text(l != NULL ? l->file : NULL));
	value_set(o, "number", l != NULL ? value_number(l->number) : json_null());
	value_set(o, "text", value_text(l != NULL ? l->text : text));
	return o;
}

static void
set_verdict(json_t *o, const struct decision *d)
{
	value_set(o, "verdict", value_text(verdict_name((enum verdict)d->verdict)));
	value_set(o, "reason", value_text(reason_name((enum reason)d->reason)));
}

static void
set_decision(json_t *o, const struct explanation *e)
{
	const struct decision *d = &e->decision;
	json_t *max = d->max > 0 ? value_object() : json_null(), *card = e->differs ? value_object() : json_null();

	set_verdict(o, d);
	value_set(o, "decided_by", line_json(e->config, d->line));
	value_set(o, "does_not_hold", d->missed != POLICY_NONE ? line_json(e->config, d->missed) : json_null());
	value_set(o, "softened", json_boolean(e->softened));
	if (d->max > 0) {
		value_set(max, "per_minute", value_number(d->max));
		set_verdict(max, &e->over_max);
	}
	value_set(o, "over_max", max);
	if (e->differs)
		set_verdict(card, &e->other_card);
	value_set(o, "other_card", card);
}

/* The same keys, of what the policy does not decide. */
static void
set_passed(json_t *o)
{
	static const char *const keys[] = {"reason",   "decided_by", "does_not_hold",
	                                   "softened", "over_max",   "other_card"};

	value_set(o, "verdict", value_text(verdict_name(VERDICT_PASS)));
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		value_set(o, keys[i], json_null());
}

static json_t *
in_force_json(const struct explanation *e)
{
	json_t *o;

	if (!e->changed)
		return json_null();
	o = value_object();
	if (e->now_enforced) {
		set_verdict(o, &e->decision_now);
	} else {
		value_set(o, "verdict", value_text(verdict_name(VERDICT_PASS)));
		value_set(o, "reason", json_null());
	}
	return o;
}

void
explanation_print_json(const struct explanation *e, bool local)
{
	const struct geo_place *p = &e->place;
	json_t *o = value_object();

	value_set(o, "source", value_address(&e->to->src));
	value_set(o, "destination", value_address(&e->to->dst));
	value_set(o, "port", value_number(e->to->port));
	value_set(o, "at", value_time(e->to->at, local));
	value_set(o, "enforced", json_boolean(e->not_enforced == NULL));
	value_set(o, "why", value_text(e->not_enforced));
	if (e->not_enforced == NULL)
		set_decision(o, e);
	else
		set_passed(o);
	value_set(o, "in_force", in_force_json(e));
	value_set(o, "country", value_text(e->placed && p->country[0] != '\0' ? p->country : NULL));
	value_set(o, "as", e->placed && p->as != 0 ? value_number(p->as) : json_null());
	value_print(o, stdout);
}
