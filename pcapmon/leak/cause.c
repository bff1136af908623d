/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cause.h"

#include <stdio.h>
#include <unistd.h>

#include "lib/database/remembered.h"
#include "lib/policy/event.h"
#include "lib/store/store.h"
#include "lib/base/when.h"

#define ALIVE (15 * SECOND) /* a working recorder writes it every 10 s */
#define RECENT 10           /* minutes in which the host was judged */
#define FAMILY 60           /* minutes in which anybody of its family was */

/* The number in the first row of a statement, or -1. */
static int64_t
ask(struct store *s, const char *sql, int64_t minute, const struct flow *f)
{
	struct statement *st = store_prepare(s, sql);
	int64_t answer;

	if (st == NULL)
		return -1;
	bind_int(st, 1, minute);
	bind_addr(st, 2, &f->src);
	bind_int(st, 3, f->dport);
	if (store_step(st) != 1)
		return -1;
	answer = column_int(st, 0);
	store_reset(st);
	return answer;
}

static int64_t
last_alive(struct store *s)
{
	struct statement *st = store_prepare(s, "SELECT value FROM meta WHERE key = ?1");

	if (st == NULL)
		return 0;
	bind_text(st, 1, remembered_name(REMEMBERED_ALIVE));
	return store_step(st) == 1 ? column_int(st, 0) : 0;
}

/* The gate works: it judged the host, or did not see it. */
static const char *
from_rows(struct store *s, const struct leaked *l, char out[CAUSE_TEXT])
{
	const char *nat = l->followed ? "" : ", or NAT on the gateway has led it inside";
	const struct flow *f = &l->flow;
	int64_t minute = l->when / MINUTE, verdict, same, other;

	verdict = ask(s,
	              "SELECT verdict FROM attempt WHERE minute >= ?1 AND host = ?2 AND port = ?3"
	              " ORDER BY last DESC LIMIT 1",
	              minute - RECENT, f);
	if (verdict >= 0 && verdict < VERDICT_COUNT && !verdict_refuses((uint8_t)verdict)) {
		snprintf(out, CAUSE_TEXT,
		         "the gate let the host pass (%s): its policy is not the one that pcapmon read%s",
		         verdict_name((uint8_t)verdict),
		         l->followed ? "" : ", or NAT on the gateway has led it to where the policy allows it");
		return out;
	}
	if (verdict >= 0) {
		snprintf(out, CAUSE_TEXT,
		         "the gate refuses this host, so this took another way: offload%s, or a route "
		         "around the rules%s",
		         access("/sys/module/nf_flow_table", F_OK) == 0 ? " (nf_flow_table is loaded)" : "", nat);
		return out;
	}
	same = ask(s, "SELECT 1 FROM attempt WHERE minute >= ?1 AND length(host) = length(?2) LIMIT 1", minute - FAMILY,
	           f);
	other = ask(s, "SELECT 1 FROM attempt WHERE minute >= ?1 AND length(host) <> length(?2) LIMIT 1",
	            minute - FAMILY, f);
	if (same < 0 && other >= 0)
		snprintf(out, CAUSE_TEXT, "the gate judges no %s: its rules for it may be missing%s",
		         f->src.family == 6 ? "IPv6" : "IPv4", nat);
	else
		snprintf(out, CAUSE_TEXT,
		         "the gate never saw it: rules may be missing, or it went around this gateway%s", nat);
	return out;
}

const char *
cause_find(const char *directory, const struct leaked *l, int64_t now, char out[CAUSE_TEXT])
{
	char path[4096], why[512], span[WHEN_TEXT];
	struct store *s;
	int64_t alive;

	if (l->answered) {
		snprintf(out, CAUSE_TEXT,
		         "answers came for it, but no opening of its own left: somebody outside connects in its name");
		return out;
	}
	snprintf(path, sizeof path, "%s/gate.db", directory);
	if (access(path, F_OK) != 0) {
		snprintf(out, CAUSE_TEXT, "no gate.db beside wire.db: nfqd has not run here");
		return out;
	}
	if ((s = store_open_readonly(path, &schema_gate, why, sizeof why)) == NULL) {
		snprintf(out, CAUSE_TEXT, "not known: gate.db cannot be read");
		return out;
	}
	alive = last_alive(s);
	if (alive < now - ALIVE)
		snprintf(out, CAUSE_TEXT, "nfqd does not run, or cannot write, for %s: its rules may be gone",
		         span_print(now - alive, span));
	else
		from_rows(s, l, out);
	store_close(s);
	return out;
}
