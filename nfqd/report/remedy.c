/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The advice to the administrator about one host, declared in reasons.h. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "changed.h"
#include "lib/base/text.h"
#include "reasons.h"

/* An allow line whose `max` passes its usual load and would have refused most of the excess. */
static void
advise_limit(const struct host *h, char buf[REASONS_ADVICE])
{
	const struct judge_unusual *u = &h->judgement.unusual;
	uint64_t hourly = (u->level.most_openings + UINT64_C(59)) / 60;
	uint64_t limit = u->level.most_minute > hourly ? u->level.most_minute : hourly > 0 ? hourly : 1;
	/* In an hour: one minute's worth at once, then evenly. */
	uint64_t passed = 61 * limit;
	size_t used = strlen(buf);
	char addr[ADDR_TEXT], a[TEXT_NUMBER];

	if (passed >= u->openings)
		return;
	snprintf(buf + used, REASONS_ADVICE - used,
	         ". `max %" PRIu64
	         "/minute` on its line covers its usual load and would have refused at least %s of these: "
	         "allow %s max %" PRIu64 "/minute",
	         limit, text_number(u->openings - passed, a), addr_print(&h->addr, addr), limit);
}

const char *
reasons_advice(const struct host *h, char buf[REASONS_ADVICE])
{
	enum judge_label label = host_label_of(h);
	const struct judgement *v = host_judgement(h);
	char addr[ADDR_TEXT];
	size_t used;

	if (h->unusual && label != LABEL_ZOMBIE && label != LABEL_SCANNER) {
		snprintf(buf, REASONS_ADVICE, "check its mail queue, and which accounts send through it");
		advise_limit(h, buf);
		return buf;
	}
	if (label != LABEL_ZOMBIE && label != LABEL_SCANNER && changed_advice(h, buf))
		return buf;
	if (v == NULL || judge_advice(v, buf) == NULL)
		return NULL;
	used = strlen(buf);
	if (label == LABEL_MAIL_SERVER)
		snprintf(buf + used, REASONS_ADVICE - used, ": allow %s", addr_print(&h->addr, addr));
	return buf;
}
