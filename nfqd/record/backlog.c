/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "backlog.h"

#include <stdio.h>

#include "lib/labels/judged.h"
#include "lib/base/when.h"

#define MANY (5 * MINUTE)
#define FEW MINUTE

int64_t
backlog_of(int64_t until, int64_t now)
{
	int64_t behind = now - until - MINUTE - JUDGED_GRACE * SECOND;

	return behind > 0 ? behind : 0;
}

bool
backlog_report(struct backlog *b, int64_t until, int64_t now, char text[BACKLOG_TEXT])
{
	int64_t behind = backlog_of(until, now);
	char at[WHEN_TEXT], span[WHEN_TEXT];

	/* Unknown before the first step. */
	if (until == 0 || (b->reported ? behind >= FEW : behind <= MANY))
		return false;
	b->reported = !b->reported;
	if (b->reported)
		snprintf(text, BACKLOG_TEXT,
		         "judging is %s behind: labels in gate.db are as of %s; a report judges what is missing, and"
		         " takes longer",
		         span_print(behind, span), when_print(until, false, at));
	else
		snprintf(text, BACKLOG_TEXT, "judging has caught up");
	return true;
}
