/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Only openings are judged, so whoever had a connection open when the policy changed would keep it. Each time the rules
 * have been put in force (start, reload, a line that begins or ends, rules put back) the kernel's connections are
 * looked through, in pieces: whatever their number, the supervisor goes on looking after the rest. */
#include "nfqd/kernel/conntrack.h"
#include "lib/base/log.h"
#include "supervisor.h"
#include "lib/base/when.h"

static void
tell(struct supervisor *s, enum conntrack_progress progress)
{
	long long ended = conntrack_ended(s->ending);
	const char *plural = ended == 1 ? "" : "s";
	static bool told;

	if (progress == CONNTRACK_FAILED && !told) {
		log_warn(
		        "the kernel does not tell about connections: open ones go on when the policy refuses their host");
		told = true;
	}
	if (ended == 0)
		return;
	log_info("ended %lld open connection%s that the policy refuses, in %.2f s", ended, plural,
	         (double)steady_since(s->ending_since) / (double)SECOND);
	notes_journal(s->shared->notes, "ended", "%lld open connection%s that the policy refuses", ended, plural);
}

bool
established_step(struct supervisor *s, int64_t patience)
{
	struct steady begin = steady_now();
	enum conntrack_progress progress = CONNTRACK_MORE;

	if (s->ending_due) {
		s->ending_due = false;
		if (s->ending != NULL) /* begun again, under a newer policy */
			tell(s, CONNTRACK_MORE);
		conntrack_free(s->ending);
		if ((s->ending = conntrack_begin()) == NULL)
			log_warn("cannot look at open connections");
		s->ending_since = begin;
	}
	while (s->ending != NULL && progress == CONNTRACK_MORE && steady_since(begin) < patience)
		progress = conntrack_step(s->ending, s->config, when_now());
	if (s->ending == NULL || progress == CONNTRACK_MORE)
		return s->ending != NULL;
	tell(s, progress);
	conntrack_free(s->ending);
	s->ending = NULL;
	return false;
}
