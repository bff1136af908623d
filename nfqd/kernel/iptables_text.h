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
/* True for a rule of any chain whose target is one of our chains. */
bool iptables_leads_to_us(struct iptables_line line);

#endif
