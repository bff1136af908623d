/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a complete log does not show: openings that the policy does not see. */
#include "page.h"

#define SHOWN 3 /* misfits */
#define MISFIT_TEXT 1024

void
page_misfits(const struct page *p, const struct report *r)
{
	char text[MISFIT_TEXT], buf[TEXT_NUMBER];

	if (r->misfits.count == 0)
		return;
	page_say(p, PAINT_ALARM, 0,
	         "But the policy does not fit the network, and what it does not apply to is not in the log:");
	for (size_t n = 0; n < r->misfits.count && n < SHOWN; n++)
		page_say(p, PAINT_PLAIN, 2, text_safe(r->misfits.text[n], p->style.utf8, text, sizeof text));
	if (r->misfits.count > SHOWN)
		fprintf(p->out, "  and %s more: see nfqd status\n", text_number(r->misfits.count - SHOWN, buf));
}

void
page_nothing(const struct page *p, const struct report *r)
{
	char text[256], buf[TEXT_NUMBER + 32];

	if (r->outside_lan.syns > 0) {
		snprintf(
		        text, sizeof text,
		        "pcapmon saw %s from outside lan to outside lan: if their sources are behind this gateway, lan lacks "
		        "their prefixes.",
		        text_count(r->outside_lan.attempts, "attempt", buf));
		page_say(p, PAINT_WARN, 0, text);
	}
	if (r->sources[SIDE_GATE])
		page_say(
		        p, PAINT_PLAIN, 0,
		        "No host in lan opened a connection to an enforced port outside. If one should have: `nfqd check` "
		        "says whether lan fits the network, `nfqd explain` whether the policy applies to it, and `openings` in "
		        "`nfqd status` whether its packets come by.");
	else
		page_say(
		        p, PAINT_PLAIN, 0,
		        "No host in lan opened a connection to a counted port. If one should have: is its prefix in lan, and "
		        "does pcapmon watch the interface that it comes in through (`pcapmon` in `nfqd status`)?");
}
