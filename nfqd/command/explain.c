/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `nfqd explain` applies the policy to one connection. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "commands.h"
#include "lib/config/published.h"
#include "explanation.h"
#include "lib/base/addr_wrong.h"
#include "lib/base/log.h"
#include "lib/base/own.h"
#include "lib/base/mac.h"
#include "lib/base/when.h"
#include "lib/policy/card.h"
#include "nfqd/network/findings.h"
#include "nfqd/network/look.h"

struct request {
	const char *config, *user, *mac;
	uint64_t port; /* 0: the first enforced one */
	int64_t at;
	bool json, local;
};

static const struct option_row rows[] = {
        {OPTION("config", 'c', struct request, config, "FILE",
                "read this configuration; - is standard input (default: " CONFIG_PATH ")")},
        {OPTION("port", 0, struct request, port, "N", "destination port (default: the first enforced one)"), .low = 1,
         .high = 65535},
        {OPTION("at", 0, struct request, at, "TIME", "time of the connection (default: now)")},
        {OPTION("json", 0, struct request, json, NULL, "print one JSON object")},
        {OPTION("local", 0, struct request, local, NULL, "take and print the time by the local clock instead of UTC"),
         .local = true},
        {OPTION("user", 0, struct request, user, "NAME",
                "a process of this user (name or number) on the gateway itself connects, from its address SRC"),
         .excludes = 's'},
        {OPTION("mac", 0, struct request, mac, "MAC",
                "SRC connects from this card (default: from one to which its line is bound)"),
         .excludes = 's'},
};

static const struct option_table explain_options = {
        .program = "nfqd",
        .command = "explain",
        .purpose = "print the verdict for a connection, and the line that decides it",
        .forms = (const char *const[]){"[OPTION...] SRC DST", NULL},
        .operands = "two addresses, SRC and DST",
        .operand_count = 2,
        .rows = rows,
        .row_count = sizeof rows / sizeof *rows,
};

/* NULL if the configuration names no file. */
static struct geo *
open_geo(const struct config *c)
{
	struct geo *g = c->geo_count > 0 ? geo_new(c->geo, c->geo_count) : NULL;

	if (g == NULL && c->geo_count > 0)
		fatal("geo");
	return g;
}

/* A link of this machine is one of these. */
static bool
any_here(const struct machine *m, const char *const *names, size_t count)
{
	for (size_t i = 0; i < m->link_count; i++)
		if (config_has_link(names, count, m->links[i].name))
			return true;
	return false;
}

/* A source outside lan is judged by where its packets come in and leave, as this machine's routes say. Where none of
 * the configured interfaces is here, the configuration is for another machine, and they are supposed to come in there.
 * NULL: judged; else the reason why not. */
static const char *
not_by_link(const struct config *c, const struct addr *src, const struct addr *dst)
{
	static char why[160];
	const struct machine_link *in, *out;
	struct machine m;

	machine_look(&m, c);
	in = machine_route_to(&m, src);
	out = machine_route_to(&m, dst);
	why[0] = '\0';
	if ((any_here(&m, c->interface, c->interface_count) || any_here(&m, c->outside, c->outside_count)) &&
	    !(in != NULL && findings_in_judged(c, &m, in)) &&
	    !(out != NULL && config_has_link(c->outside, c->outside_count, out->name)))
		snprintf(why, sizeof why,
		         "not outbound: the source is outside lan, comes in through %s and leaves through %s",
		         in != NULL ? in->name : "an unknown interface", out != NULL ? out->name : "an unknown one");
	machine_free(&m);
	return why[0] != '\0' ? why : NULL;
}

/* The reason why the kernel rules accept a packet without consulting the policy; NULL if they consult it. */
static const char *
not_enforced(const struct config *c, const struct addr *src, const struct addr *dst, uint16_t port, bool local)
{
	if (!config_enforces(c, port))
		return "the port is not enforced";
	if (policy_is_lan(c->policy, dst))
		return "not outbound: the destination is inside lan";
	if (own_address(dst))
		return "not outbound: the destination is this machine";
	if (local || own_address(src))
		return c->local ? NULL : "the gateway's own processes are not filtered: there is no local line";
	if (policy_is_lan(c->policy, src))
		return NULL;
	if (c->interface_count + c->outside_count == 0)
		return "not outbound: the source is outside lan";
	return not_by_link(c, src, dst);
}

/* The decision for an opening from this card; NULL: the card is not known. *softened: the policy says reject, but only
 * nfqd can refuse it, and drops. */
static struct decision
decide(const struct config *c, const struct connection *to, const uint8_t card[6], bool *softened)
{
	struct decision d;
	uint8_t said;

	if (to->user != NULL) {
		d = policy_decide_local(c->policy, to->user, &to->src, &to->dst, to->at);
		said = d.verdict;
		policy_settle_local(c->policy, *to->user, &d);
	} else {
		d = policy_decide(c->policy, &to->src, &to->dst, card, to->at);
		said = d.verdict;
		policy_settle(c->policy, &to->src, &to->dst, to->at, &d);
	}
	*softened = said == VERDICT_REJECT && d.verdict == VERDICT_DROP;
	return d;
}

static void
explain(const struct config *c, const struct connection *to, struct explanation *e)
{
	const struct addr *src = &to->src, *dst = &to->dst;
	struct decision other;
	bool unused;

	*e = (struct explanation){.config = c, .to = to};
	if ((e->not_enforced = not_enforced(c, src, dst, to->port, to->user != NULL)) != NULL)
		return;
	e->decision = decide(c, to, to->card, &e->softened);
	other = to->card == policy_right_card ? decide(c, to, NULL, &unused) : e->decision;
	e->differs = other.verdict != e->decision.verdict || other.line != e->decision.line;
	e->other_card = other;
	if (e->decision.max > 0)
		e->over_max = policy_over_max(c->policy, src, &e->decision);
}

/* Both were read from the same file. */
static bool
of_one_file(const struct config *a, const struct config *b)
{
	struct stat x, y;

	return a->line_count > 0 && b->line_count > 0 && stat(a->lines[0].file, &x) == 0 &&
	       stat(b->lines[0].file, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* The policy that nfqd has put in force, where it may be read, and is one of this file; or NULL. */
static struct config *
load_in_force(const struct config *c)
{
	struct published_times times;
	char path[PUBLISHED_PATH];
	struct config *now;

	if (access(published_path(c, path), R_OK) != 0)
		return NULL;
	log_hush();
	now = published_load(path, &times);
	log_speak();
	if (now != NULL && of_one_file(c, now))
		return now;
	config_free(now);
	return NULL;
}

/* A file that was edited says what will be; the running nfqd may have another answer. */
static void
explain_both(const struct config *c, const struct connection *to, struct explanation *e)
{
	struct config *now = load_in_force(c);
	struct explanation other;

	if (now != NULL)
		explain(now, to, &other);
	explain(c, to, e);
	if (now == NULL)
		return;
	e->now_enforced = other.not_enforced == NULL;
	e->decision_now = other.decision;
	e->changed = e->now_enforced != (e->not_enforced == NULL) || other.decision.verdict != e->decision.verdict ||
	             other.decision.reason != e->decision.reason;
	config_free(now);
}

/* Country and autonomous system of the destination, if there are files to look them up in. */
static void
find_place(struct explanation *e)
{
	struct geo *g = open_geo(e->config);

	if (g == NULL)
		return;
	e->placed = true;
	e->place = geo_find(g, &e->to->dst);
	geo_free(g);
}

static void
take_card(const struct command_line *line, const char *text, uint8_t card[6])
{
	if (!mac_parse(text, card))
		options_wrong(line, "--mac \"%s\" is not a MAC address, expected one like 02:00:00:00:00:25", text);
	if (mac_no_card(card) != NULL)
		options_wrong(line, "--mac %s is %s, expected one like 02:00:00:00:00:25", text, mac_no_card(card));
}

static void
take_address(const struct command_line *line, const char *name, const char *text, struct addr *out)
{
	char wrong[ADDR_WRONG];

	if (!addr_parse(text, out))
		options_wrong(line, "%s \"%s\" %s", name, text, addr_wrong(text, wrong));
}

static int
run_explain(struct command_line *line)
{
	struct request q = {.config = CONFIG_PATH, .at = line->now};
	struct connection to = {.card = policy_right_card};
	struct explanation e;
	struct config *c;
	uint32_t number;
	uint8_t card[6];

	options_take(line, &q);
	take_address(line, "SRC", line->operands[0], &to.src);
	take_address(line, "DST", line->operands[1], &to.dst);
	if (q.mac != NULL)
		take_card(line, q.mac, card);
	if (to.src.family != to.dst.family)
		options_wrong(line, "SRC and DST are of different families, expected both IPv4 or both IPv6");
	if ((c = config_load(q.config)) == NULL)
		return 2;
	if (q.user != NULL && !config_user(c, q.user, &number))
		options_wrong(line, "--user \"%s\" is not a user, expected one of this system, or a number", q.user);
	if (q.user == NULL && c->local && own_address(&to.src))
		options_wrong(line, "SRC %s is this machine, expected --user with the user whose process connects",
		              line->operands[0]);
	to.port = q.port == 0 ? c->port.port[0] : (uint16_t)q.port;
	to.user = q.user != NULL ? &number : NULL;
	to.card = q.mac != NULL ? card : policy_right_card;
	to.at = q.at;
	explain_both(c, &to, &e);
	find_place(&e);
	if (q.json)
		explanation_print_json(&e, q.local);
	else
		explanation_print(&e);
	config_free(c);
	return 0;
}

const struct command explain_command = {&explain_options, run_explain};
