/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "columns.h"

#include <string.h>

#include "lib/base/when.h"

#define WHO 9 /* bytes of a key */

void
judged_bind_key(struct statement *st, int n, const struct judge_key *who)
{
	uint8_t bytes[WHO] = {who->kind};

	memcpy(bytes + 1, who->bytes, sizeof who->bytes);
	bind_blob(st, n, bytes, sizeof bytes);
}

bool
judged_column_key(struct statement *st, int n, struct judge_key *out)
{
	uint8_t bytes[WHO];

	if (column_blob(st, n, bytes, sizeof bytes) != sizeof bytes)
		return false;
	out->kind = bytes[0];
	memcpy(out->bytes, bytes + 1, sizeof out->bytes);
	return true;
}

/* A time, clipped to the years 1970 to 9999: a damaged row may hold any number. */
static int64_t
column_when(struct statement *st, int n)
{
	int64_t when = column_int(st, n);

	return when < 0 ? 0 : when < WHEN_END ? when : WHEN_END - 1;
}

void
judged_column(struct statement *st, int first, bool state, struct judging_state *out)
{
	out->label = (uint8_t)column_int(st, first);
	out->certainty = (uint8_t)column_int(st, first + 1);
	out->later_label = (uint8_t)column_int(st, first + 2);
	out->later_certainty = (uint8_t)column_int(st, first + 3);
	out->since = column_when(st, first + 4);
	out->score = column_real(st, first + 5);
	out->last = column_when(st, first + 6);
	out->tried = column_when(st, first + 7);
	out->steps = (uint32_t)column_int(st, first + 8);
	out->unusual_since = column_when(st, first + 9);
	out->unusual_until = column_when(st, first + 10);
	if (out->unusual_until < HOUR) /* not the end of an hour: damaged */
		out->unusual_since = out->unusual_until = 0;
	out->size = state ? column_blob(st, first + 11, out->bytes, JUDGE_PACKED) : 0;
	out->usual_size = state ? column_blob(st, first + 12, out->bytes + out->size, JUDGE_USUAL_PACKED) : 0;
}
