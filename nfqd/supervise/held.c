/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "held.h"

#include <poll.h>

#include "lib/base/log.h"
#include "lib/base/when.h"
#include "nfqd/kernel/holder.h"
#include "nfqd/rules/rules.h"

#define LEAVING 100 /* times 10 milliseconds that gates of an nfqd that was killed may take to end */

/* True if a queue, or the NFLOG group, belongs to another program, or to an nfqd that stays. */
static bool
held(const struct config *c, struct holder *holder)
{
	for (int i = 0; i < LEAVING; i++) {
		if (!holder_of_any(c, holder))
			return false;
		if (!holder_is_nfqd(holder))
			return true;
		poll(NULL, 0, 10);
	}
	return true;
}

void
held_end(const struct config *c)
{
	const struct rules_wanted wanted = {.now = when_now(), .closed = true};
	struct rules_applied applied;
	struct holder holder;
	char who[HOLDER_TEXT];
	enum backend b;

	if (!held(c, &holder))
		return;
	holder_print(&holder, who);
	if (holder_is_nfqd(&holder))
		fatalx("%s: end it, or set `queue` to a free number", who);
	if ((b = rules_backend(c)) == BACKEND_AUTO)
		fatalx(RULES_NO_BACKEND);
	rules_probe(b);
	if (!rules_apply(c, b, &wanted, &applied))
		fatalx("%s, and the kernel did not accept rules: nothing is enforced", who);
	fatalx("%s: " RULES_CLOSED, who);
}
