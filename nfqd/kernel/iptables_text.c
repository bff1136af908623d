/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "iptables_text.h"

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
iptables_leads_to_us(struct iptables_line line)
{
	static const char *const ours[] = {" -j NFQD",        " -j NFQD-BACK",  " -j NFQD-END",
	                                   " -j NFQD-HIDDEN", " -j NFQD-LOCAL", " -j NFQD-MID"};

	for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
		if (iptables_begins(line, "-A ") && iptables_ends(line, ours[i]))
			return true;
	return false;
}
