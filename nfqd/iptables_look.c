/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "iptables_look.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

#include "command.h"
#include "ipset_look.h"
#include "legacy_look.h"
#include "rules.h"

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

bool
iptables_has_line(const char *text, const char *begin, const char *end)
{
	for (const char *line = text; *line != '\0';
	     line += strcspn(line, "\n") + (line[strcspn(line, "\n")] != '\0')) {
		size_t n = strcspn(line, "\n");

		while (n > 0 && line[n - 1] == ' ')
			n--;
		if (n >= strlen(end) && strncmp(line, begin, strlen(begin)) == 0 &&
		    strncmp(line + n - strlen(end), end, strlen(end)) == 0)
			return true;
	}
	return false;
}

/* Whether a rule lets the packets it matches go on to the next rule of its chain. */
static bool
goes_on(const char *line, size_t n)
{
	static const char *const targets[] = {"AUDIT",       "CHECKSUM", "CLASSIFY", "CONNMARK", "DSCP",       "ECN",
	                                      "HL",          "LOG",      "MARK",     "NFLOG",    "SET",        "TCPMSS",
	                                      "TCPOPTSTRIP", "TOS",      "TRACE",    "TTL",      "NFQD-HIDDEN"};
	char text[512];
	const char *target;

	snprintf(text, sizeof text, "%.*s ", (int)(n < 500 ? n : 500), line);
	if (strstr(text, " -g ") != NULL)
		return false;
	if ((target = strstr(text, " -j ")) == NULL)
		return true;
	for (size_t i = 0; i < sizeof targets / sizeof *targets; i++)
		if (strncmp(target + 4, targets[i], strlen(targets[i])) == 0 && target[4 + strlen(targets[i])] == ' ')
			return true;
	return false;
}

/* What a queue has accepted goes on at the next hook, past all rules behind ours in this chain. So ours stands behind
 * those that only change packets, such as TCPMSS, without which a mail server behind PPPoE cannot send; and before the
 * first that may let one pass for good. */
static void
find_place(const struct tool *t, struct standing *s)
{
	bool leading = true, ours_seen = false;

	s->jumps.at = t->family == 6 ? 2 : 1; /* NFQD-HIDDEN comes first */
	for (const char *line = s->mangle; *line != '\0';) {
		size_t n = strcspn(line, "\n"), end = n;

		while (end > 0 && line[end - 1] == ' ')
			end--;
		if (strncmp(line, "-A FORWARD ", 11) == 0) {
			bool queue = end > 8 && strncmp(line + end - 8, " -j NFQD", 8) == 0;

			if (queue)
				ours_seen = true;
			else if (strstr(line, "NFQD-HIDDEN") == NULL || strstr(line, "NFQD-HIDDEN") > line + end) {
				leading = leading && goes_on(line, end);
				s->jumps.at += leading;
				s->misplaced = s->misplaced || (leading && ours_seen) || (!leading && !ours_seen);
			}
		}
		line += n + (line[n] != '\0');
	}
	s->misplaced = s->misplaced && ours_seen;
}

/* Whether in a chain, before the rule that ends with `jump`, stands one after which an opening may be gone. */
static bool
may_pass_before(const char *text, const char *chain, const char *jump)
{
	for (const char *line = text; *line != '\0';) {
		size_t n = strcspn(line, "\n"), end = n;

		while (end > 0 && line[end - 1] == ' ')
			end--;
		if (strncmp(line, chain, strlen(chain)) == 0) {
			if (end > strlen(jump) && strncmp(line + end - strlen(jump), jump, strlen(jump)) == 0)
				return false;
			if (!goes_on(line, end))
				return true;
		}
		line += n + (line[n] != '\0');
	}
	return false;
}

static void
take_imprint(struct standing *s, const char *text)
{
	static const char *const jumps[] = {" -j NFQD", " -j NFQD-END", " -j NFQD-HIDDEN", " -j NFQD-LOCAL",
	                                    " -j NFQD-MID"};

	for (const char *line = text; *line != '\0';) {
		size_t n = strcspn(line, "\n"), end = n;
		bool ours = strncmp(line, ":NFQD", 5) == 0, rule = strncmp(line, "-A ", 3) == 0;

		if (ours)
			end = strcspn(line, " "); /* behind the name stand counters */
		while (end > 0 && line[end - 1] == ' ')
			end--;
		for (size_t i = 0; rule && !ours && i < sizeof jumps / sizeof *jumps; i++)
			ours = end > strlen(jumps[i]) &&
			       strncmp(line + end - strlen(jumps[i]), jumps[i], strlen(jumps[i])) == 0;
		ours = ours || strncmp(line, "-A NFQD", 7) == 0;
		if (ours) {
			s->hash = XXH3_64bits_withSeed(line, end, s->hash + 1);
			s->rules += rule;
		}
		line += n + (line[n] != '\0');
	}
}

bool
iptables_look(const struct tool *t, struct standing *s)
{
	bool local;

	*s = (struct standing){.mangle = iptables_save(t, "mangle", false),
	                       .filter = iptables_save(t, "filter", false)};
	if (s->mangle == NULL || s->filter == NULL)
		return false;
	s->jumps.queue = iptables_has_line(s->mangle, "-A FORWARD", "-j NFQD");
	s->jumps.end = iptables_has_line(s->mangle, "-A POSTROUTING", "-j NFQD-END");
	s->jumps.answer = iptables_has_line(s->filter, "-A FORWARD", "-j NFQD");
	s->jumps.hidden = t->family == 4 || iptables_has_line(s->mangle, "-A FORWARD", "-j NFQD-HIDDEN");
	s->jumps.local = iptables_has_line(s->mangle, "-A OUTPUT", "-j NFQD-LOCAL");
	s->jumps.local_answer = iptables_has_line(s->filter, "-A OUTPUT", "-j NFQD");
	local = strstr(s->mangle, "-A NFQD-LOCAL ") != NULL;
	find_place(t, s);
	s->passed = may_pass_before(s->mangle, "-A FORWARD ", " -j NFQD") ||
	            may_pass_before(s->mangle, "-A POSTROUTING ", " -j NFQD-END") ||
	            (s->jumps.local && may_pass_before(s->mangle, "-A OUTPUT ", " -j NFQD-LOCAL")) ||
	            (t->family == 6 && may_pass_before(s->mangle, "-A FORWARD ", " -j NFQD-HIDDEN"));
	take_imprint(s, s->mangle);
	take_imprint(s, s->filter);
	s->whole = s->jumps.local == local && s->jumps.local_answer == local && s->jumps.queue && s->jumps.end &&
	           s->jumps.answer && s->jumps.hidden && strstr(s->mangle, "\"nfqd stranger\"") != NULL &&
	           strstr(s->mangle, "\"nfqd deny\"") != NULL && strstr(s->mangle, "\"nfqd listed\"") != NULL &&
	           iptables_has_line(s->filter, "-A NFQD ", "tcp-reset");
	return true;
}

void
iptables_look_away(struct standing *s)
{
	free(s->mangle);
	free(s->filter);
}

bool
iptables_sight(struct rules_sight *out)
{
	struct ipset_sight ipsets;

	if (!ipset_look(&ipsets))
		return false;
	out->lan = ipsets.lan;
	out->sets = ipsets.rest;
	for (size_t t = 0; t < TOOLS; t++) {
		struct standing s;
		bool seen = iptables_look(&iptables_tools[t], &s);

		iptables_look_away(&s);
		if (!seen)
			return false;
		out->gate = XXH3_64bits_withSeed(&s.hash, sizeof s.hash, out->gate);
		out->passed = out->passed || s.passed;
		out->misplaced = out->misplaced || s.misplaced;
		out->rules += s.rules;
	}
	return true;
}

/* Iptables-nft tells of changes; ipset and iptables-legacy do not. */
uint64_t
iptables_stamp(void)
{
	struct ipset_sight ipsets;

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

bool
iptables_counters(struct rule_counters *out)
{
	*out = (struct rule_counters){0};
	for (size_t t = 0; t < TOOLS; t++) {
		char *text = iptables_save(&iptables_tools[t], "mangle", true);

		if (text == NULL || strstr(text, "\"nfqd stranger\"") == NULL) {
			free(text);
			return false;
		}
		for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
			add_counter(line, "listed", &out->listed);
			add_counter(line, "stranger", &out->stranger);
			add_counter(line, "deny", &out->deny);
		}
		free(text);
	}
	return true;
}
