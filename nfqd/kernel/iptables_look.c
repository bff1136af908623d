/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "iptables_look.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

#include "tool.h"
#include "ipset_look.h"
#include "iptables_text.h"
#include "legacy_look.h"
#include "objects.h"

#define CHAINS 32 /* of other programs that a look reads at most */

const struct tool iptables_tools[TOOLS] = {{4, "iptables-save", "iptables-restore", "inet"},
                                           {6, "ip6tables-save", "ip6tables-restore", "inet6"}};

char *
iptables_save(const struct tool *t, const char *table, bool counters)
{
	const char *const argv[] = {t->save, "-t", table, counters ? "-c" : NULL, NULL};
	char *text;

	if (command_run(argv, NULL, &text, NULL) != 0) {
		free(text);
		return NULL;
	}
	return text != NULL ? text : calloc(1, 1);
}

/* A walk through the chains of a table, as its save tool prints it. */
struct walk {
	const char *table;
	unsigned left; /* chains that may still be looked into */
};

static bool chain_goes_on(struct walk *w, const char *target);

/* True if packets that a rule matches continue with the next rule of its chain. `inside`: the chain is a user's, and to
 * return from it is to go on. */
static bool
goes_on(struct walk *w, struct iptables_line line, bool inside)
{
	static const char *const targets[] = {
	        "AUDIT", "CHECKSUM", "CLASSIFY", "CONNMARK",    "DSCP", "ECN",   "HL",  "LOG",         "MARK",
	        "NFLOG", "SET",      "TCPMSS",   "TCPOPTSTRIP", "TOS",  "TRACE", "TTL", "NFQD-HIDDEN", "NFQD-BACK"};
	char text[512];
	const char *target;

	snprintf(text, sizeof text, "%.*s ", (int)(line.size < 500 ? line.size : 500), line.text);
	if (strstr(text, " -g ") != NULL)
		return false;
	if ((target = strstr(text, " -j ")) == NULL)
		return true;
	for (size_t i = 0; i < sizeof targets / sizeof *targets; i++)
		if (strncmp(target + 4, targets[i], strlen(targets[i])) == 0 && target[4 + strlen(targets[i])] == ' ')
			return true;
	if (inside && strncmp(target + 4, "RETURN ", strlen("RETURN ")) == 0)
		return true;
	return chain_goes_on(w, target + 4);
}

/* The same for all rules of a chain: the word that `target` begins with. False if it is none, or too much to read. */
static bool
chain_goes_on(struct walk *w, const char *target)
{
	char chain[64], rules[64];
	struct iptables_line line;
	bool found = false;

	snprintf(chain, sizeof chain, ":%.*s -", (int)strcspn(target, " "), target);
	snprintf(rules, sizeof rules, "-A %.*s ", (int)strcspn(target, " "), target);
	if (w->left == 0)
		return false;
	w->left--;
	for (const char *rest = w->table; iptables_next(&rest, &line);) {
		found = found || iptables_begins(line, chain);
		if (iptables_begins(line, rules) && !goes_on(w, line, true))
			return false;
	}
	return found;
}

/* A packet that a queue accepts continues at the next hook and skips all rules behind ours in this chain. So ours
 * stands behind those that only change packets, such as TCPMSS, without which a mail server behind PPPoE cannot send,
 * also in chains of their own; and before the first that may let one pass for good. */
static void
find_place(struct standing *s)
{
	bool leading = true, ours_seen = false;
	struct walk walk = {s->mangle, CHAINS};
	const char *rest = s->mangle;
	struct iptables_line line;

	s->jumps.at = 3; /* NFQD-HIDDEN and NFQD-BACK come first */
	while (iptables_next(&rest, &line)) {
		if (!iptables_begins(line, "-A FORWARD ") || iptables_ends(line, " -j NFQD-HIDDEN") ||
		    iptables_ends(line, " -j NFQD-BACK"))
			continue;
		if (iptables_ends(line, " -j NFQD")) {
			ours_seen = true;
			continue;
		}
		leading = leading && goes_on(&walk, line, false);
		s->jumps.at += leading;
		s->misplaced = s->misplaced || (leading && ours_seen) || (!leading && !ours_seen);
	}
	s->misplaced = s->misplaced && ours_seen;
}

/* True if a rule before the one that ends with `jump` may end the chain for an opening. */
static bool
may_pass_before(const char *text, const char *chain, const char *jump)
{
	struct walk walk = {text, CHAINS};
	struct iptables_line line;

	while (iptables_next(&text, &line)) {
		if (!iptables_begins(line, chain))
			continue;
		if (iptables_ends(line, jump))
			return false;
		if (!goes_on(&walk, line, false))
			return true;
	}
	return false;
}

static void
take_imprint(struct standing *s, const char *text)
{
	struct iptables_line line;

	while (iptables_next(&text, &line)) {
		bool chain = iptables_begins(line, ":");

		if (!iptables_is_ours(line) && !iptables_leads_to_us(line))
			continue;
		if (chain)
			line.size = strcspn(line.text, " "); /* behind the name stand counters */
		s->hash = XXH3_64bits_withSeed(line.text, line.size, s->hash + 1);
		s->rules += !chain;
	}
}

/* Rules for `local` stand; its other chain, in filter, is more often flushed by other programs. */
static bool
has_local(const char *mangle)
{
	return strstr(mangle, "-A NFQD-END-LOCAL ") != NULL;
}

bool
iptables_look(const struct tool *t, struct standing *s)
{
	bool local;

	*s = (struct standing){.mangle = iptables_save(t, "mangle", false),
	                       .filter = iptables_save(t, "filter", false)};
	if (s->mangle == NULL || s->filter == NULL)
		return false;
	s->foreign_in = iptables_find_foreign(s->mangle, s->foreign) ? "mangle" : "filter";
	if (s->foreign[0] != '\0' || iptables_find_foreign(s->filter, s->foreign))
		return true;
	s->jumps.queue = iptables_has_line(s->mangle, "-A FORWARD", "-j NFQD");
	s->jumps.end = iptables_has_line(s->mangle, "-A POSTROUTING", "-j NFQD-END");
	s->jumps.reset = iptables_has_line(s->filter, "-A FORWARD", "-j NFQD");
	s->jumps.former_hidden = iptables_has_line(s->mangle, "-A FORWARD -m frag --fragmore", "-j NFQD-HIDDEN");
	s->jumps.hidden = iptables_has_line(s->mangle, t->family == 4 ? "-A FORWARD -p" : "-A FORWARD -m frag -j",
	                                    "-j NFQD-HIDDEN");
	s->jumps.answers = iptables_has_line(s->mangle, "-A FORWARD", "-j NFQD-BACK");
	s->jumps.local = iptables_has_line(s->filter, "-A OUTPUT", "-j NFQD-LOCAL");
	s->jumps.former = iptables_has_line(s->mangle, "-A OUTPUT", "-j NFQD-LOCAL");
	s->jumps.former_chain = strstr(s->mangle, ":NFQD-LOCAL ") != NULL;
	local = has_local(s->mangle);
	find_place(s);
	s->bypassed = may_pass_before(s->mangle, "-A FORWARD ", " -j NFQD") ||
	              may_pass_before(s->mangle, "-A POSTROUTING ", " -j NFQD-END") ||
	              (s->jumps.local && may_pass_before(s->filter, "-A OUTPUT ", " -j NFQD-LOCAL")) ||
	              may_pass_before(s->mangle, "-A FORWARD ", " -j NFQD-HIDDEN") ||
	              may_pass_before(s->mangle, "-A FORWARD ", " -j NFQD-BACK");
	take_imprint(s, s->mangle);
	take_imprint(s, s->filter);
	s->whole = s->jumps.local == local && !s->jumps.former_chain && s->jumps.queue && s->jumps.end &&
	           s->jumps.reset && s->jumps.hidden && s->jumps.answers &&
	           strstr(s->mangle, "\"nfqd stranger\"") != NULL && strstr(s->mangle, "\"nfqd deny\"") != NULL &&
	           strstr(s->mangle, "\"nfqd listed\"") != NULL &&
	           iptables_has_line(s->filter, "-A NFQD-OUT -p tcp", "tcp-reset") &&
	           iptables_has_line(s->mangle, "-A NFQD-END-OUT -p tcp", "-j DROP");
	return true;
}

void
iptables_look_away(struct standing *s)
{
	free(s->mangle);
	free(s->filter);
}

bool
iptables_rules_state(struct rules_state *out)
{
	struct ipset_state ipsets;

	if (!ipset_look(&ipsets))
		return false;
	out->lan = ipsets.lan;
	out->sets = ipsets.rest;
	out->unended = ipsets.unended > 0;
	for (size_t t = 0; t < TOOLS; t++) {
		struct standing s;
		bool seen = iptables_look(&iptables_tools[t], &s);

		if (seen)
			others_find(t == 0 ? "iptables" : "ip6tables", s.mangle, s.filter, &out->others);
		iptables_look_away(&s);
		if (!seen)
			return false;
		out->gate = XXH3_64bits_withSeed(&s.hash, sizeof s.hash, out->gate);
		out->bypassed = out->bypassed || s.bypassed;
		out->misplaced = out->misplaced || s.misplaced;
		out->rules += s.rules;
	}
	return true;
}

/* Changes of iptables-nft cause events; those of ipset and iptables-legacy do not. */
uint64_t
iptables_stamp(void)
{
	struct ipset_state ipsets;

	ipset_look(&ipsets);
	return XXH3_64bits_withSeed(&ipsets, sizeof ipsets, legacy_look());
}

/* "[12:720] -A NFQD-OUT ... "nfqd stranger" ...": the packets. */
static void
add_counter(const char *line, const char *name, uint64_t *sum)
{
	char key[64];

	snprintf(key, sizeof key, "\"nfqd %s\"", name);
	if (line[0] == '[' && strstr(line, key) != NULL)
		*sum += strtoull(line + 1, NULL, 10);
}

static void
add_counters(char *text, struct rule_counters *out)
{
	for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
		add_counter(line, "listed", &out->listed);
		add_counter(line, "stranger", &out->stranger);
		add_counter(line, "deny", &out->deny);
	}
}

bool
iptables_counters(struct rule_counters *out)
{
	*out = (struct rule_counters){0};
	for (size_t t = 0; t < TOOLS; t++) {
		char *mangle = iptables_save(&iptables_tools[t], "mangle", true), *filter = NULL;
		bool local = mangle != NULL && has_local(mangle);
		bool seen = mangle != NULL && strstr(mangle, "\"nfqd stranger\"") != NULL;

		if (seen && local)
			seen = (filter = iptables_save(&iptables_tools[t], "filter", true)) != NULL;
		if (seen)
			add_counters(mangle, out);
		if (seen && local)
			add_counters(filter, out);
		free(mangle);
		free(filter);
		if (!seen)
			return false;
	}
	return true;
}
