/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "others.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "iptables_text.h"
#include "lib/base/text.h"

#define CHAINS 32 /* whose rules are read at most */

static bool
has_word(struct iptables_line line, const char *word)
{
	return memmem(line.text, line.size, word, strlen(word)) != NULL;
}

/* A rule of a chain that is not ours. */
static bool
is_theirs(struct iptables_line line)
{
	return iptables_begins(line, "-A ") && !iptables_begins(line, "-A NFQD");
}

static void
keep(char out[OTHERS_RULE], const char *tool, const char *table, struct iptables_line line)
{
	char text[OTHERS_RULE];

	if (out[0] != '\0')
		return;
	snprintf(text, sizeof text, "%s -t %s %.*s", tool, table,
	         (int)(line.size < OTHERS_RULE ? line.size : OTHERS_RULE), line.text);
	text_safe(text, false, out, OTHERS_RULE);
}

static void
find_queue(const char *tool, const char *name, const char *table, struct others *out)
{
	struct iptables_line line;

	while (out->queue[0] == '\0' && iptables_next(&table, &line))
		if (is_theirs(line) && has_word(line, " -j NFQUEUE"))
			keep(out->queue, tool, name, line);
}

/* The rule sets the MSS, or leads to a chain that does. *left: chains that may still be read. */
static bool
clamps(const char *table, struct iptables_line rule, unsigned *left)
{
	const char *jump = memmem(rule.text, rule.size, " -j ", 4);
	struct iptables_line line;
	char chain[64];

	if (jump == NULL || has_word(rule, " -j TCPMSS"))
		return jump != NULL;
	snprintf(chain, sizeof chain, "-A %.*s ", (int)strcspn(jump + 4, " \n"), jump + 4);
	if (*left == 0)
		return false;
	--*left;
	for (const char *rest = table; iptables_next(&rest, &line);)
		if (iptables_begins(line, chain) && clamps(table, line, left))
			return true;
	return false;
}

static void
find_clamp(const char *tool, const char *mangle, struct others *out)
{
	const char *rest = mangle;
	struct iptables_line line;
	unsigned left = CHAINS;
	bool behind = false;

	while (out->clamp[0] == '\0' && iptables_next(&rest, &line)) {
		if (!iptables_begins(line, "-A FORWARD "))
			continue;
		if (behind && clamps(mangle, line, &left))
			keep(out->clamp, tool, "mangle", line);
		behind = behind || iptables_ends(line, " -j NFQD");
	}
}

void
others_find(const char *tool, const char *mangle, const char *filter, struct others *out)
{
	find_queue(tool, "mangle", mangle, out);
	find_queue(tool, "filter", filter, out);
	find_clamp(tool, mangle, out);
}
