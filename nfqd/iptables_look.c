/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "iptables_look.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
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
	static const char *const targets[] = {"AUDIT",       "CHECKSUM", "CLASSIFY", "CONNMARK", "DSCP", "ECN",
	                                      "HL",          "LOG",      "MARK",     "NFLOG",    "SET",  "TCPMSS",
	                                      "TCPOPTSTRIP", "TOS",      "TRACE",    "TTL"};
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
iptables_present(void)
{
	bool whole = true;

	for (size_t t = 0; t < TOOLS && whole; t++) {
		struct standing s;

		whole = iptables_look(&iptables_tools[t], &s) && s.whole;
		iptables_look_away(&s);
	}
	return whole;
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
