/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "iptables_text.h"

#include <stdio.h>
#include <string.h>

bool
iptables_next(const char **rest, struct iptables_line *out)
{
	size_t size = strcspn(*rest, "\n");

	if (**rest == '\0')
		return false;
	*out = (struct iptables_line){*rest, size};
	*rest += size + ((*rest)[size] != '\0');
	while (out->size > 0 && out->text[out->size - 1] == ' ')
		out->size--;
	return true;
}

bool
iptables_begins(struct iptables_line line, const char *with)
{
	size_t n = strlen(with);

	return line.size >= n && memcmp(line.text, with, n) == 0;
}

bool
iptables_ends(struct iptables_line line, const char *with)
{
	size_t n = strlen(with);

	return line.size >= n && memcmp(line.text + line.size - n, with, n) == 0;
}

bool
iptables_has_line(const char *text, const char *begin, const char *end)
{
	struct iptables_line line;

	while (iptables_next(&text, &line))
		if (iptables_begins(line, begin) && iptables_ends(line, end))
			return true;
	return false;
}

bool
iptables_is_ours(struct iptables_line line)
{
	static const char *const chains[] = {
	        "NFQD",          "NFQD-BACK",      "NFQD-BACK-DROP",    "NFQD-BACK-IN", "NFQD-END",   "NFQD-END-LOCAL",
	        "NFQD-END-OUT",  "NFQD-HIDDEN",    "NFQD-HIDDEN-FIRST", "NFQD-LISTED",  "NFQD-LOCAL", "NFQD-MID",
	        "NFQD-MID-BACK", "NFQD-MID-FORTH", "NFQD-MID-IN",       "NFQD-MID-OUT", "NFQD-OUT",   "NFQD-PROBE"};
	const char *name = line.text + (iptables_begins(line, "-A ") ? 3 : 1);
	size_t size = strcspn(name, " \n");

	if (!iptables_begins(line, "-A NFQD") && !iptables_begins(line, ":NFQD"))
		return false;
	for (size_t i = 0; i < sizeof chains / sizeof *chains; i++)
		if (strlen(chains[i]) == size && memcmp(chains[i], name, size) == 0)
			return true;
	return false;
}

static bool
has(struct iptables_line line, const char *word)
{
	return memmem(line.text, line.size, word, strlen(word)) != NULL;
}

/* Rules ask our sets or have our comments; in filter, those of earlier versions had our mark only. */
static bool
is_sign(struct iptables_line line)
{
	return has(line, " --match-set nfqd_") || has(line, "--comment \"nfqd ") ||
	       (iptables_begins(line, "-A NFQD -p tcp ") && has(line, " -m mark --mark 0x") &&
	        iptables_ends(line, " -j REJECT --reject-with tcp-reset"));
}

bool
iptables_find_foreign(const char *table, char chain[IPTABLES_CHAIN])
{
	struct iptables_line line;

	chain[0] = '\0';
	while (iptables_next(&table, &line)) {
		if (!iptables_begins(line, "-A ") || !iptables_is_ours(line))
			continue;
		if (is_sign(line)) {
			chain[0] = '\0';
			return false;
		}
		if (chain[0] == '\0')
			snprintf(chain, IPTABLES_CHAIN, "%.*s", (int)strcspn(line.text + 3, " \n"), line.text + 3);
	}
	return chain[0] != '\0';
}

bool
iptables_leads_to_us(struct iptables_line line)
{
	static const char *const ours[] = {" -j NFQD",        " -j NFQD-BACK",  " -j NFQD-END",
	                                   " -j NFQD-HIDDEN", " -j NFQD-LOCAL", " -j NFQD-MID"};

	for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
		if (iptables_begins(line, "-A ") && iptables_ends(line, ours[i]))
			return true;
	return false;
}
