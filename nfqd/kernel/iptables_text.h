/* SPDX-License-Identifier: GPL-3.0-or-later */
/* iptables_text: what iptables-save, ip6tables-save and `ipset list` print, line by line. Pure. */
#ifndef IPTABLES_TEXT_H
#define IPTABLES_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* A line within its text, without the blanks at its end. */
struct iptables_line {
	const char *text;
	size_t size;
};

/* The line at *rest, which then is what follows. False at the end. */
bool iptables_next(const char **rest, struct iptables_line *out);
bool iptables_begins(struct iptables_line line, const char *with);
bool iptables_ends(struct iptables_line line, const char *with);
/* True if a line of the text begins with `begin` and ends with `end`. */
bool iptables_has_line(const char *text, const char *begin, const char *end);
/* ":CHAIN ..." or "-A CHAIN ...", of a chain that some version of nfqd makes. */
bool iptables_is_ours(struct iptables_line line);
/* A table with rules in chains of such names, and none of them is ours: they ask our sets, have our comments, or are
 * those of an earlier version. The first such chain; false, and "": there is none. */
#define IPTABLES_CHAIN 32 /* bytes of its name */
bool iptables_find_foreign(const char *table, char chain[IPTABLES_CHAIN]);
/* True for a rule of any chain whose target is one of our chains. */
bool iptables_leads_to_us(struct iptables_line line);

#endif
