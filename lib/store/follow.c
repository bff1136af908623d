/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "follow.h"

#include <string.h>

#define PASSED 8 /* rows skipped before the statement is run again */

/* SQLite's order of blobs. */
static int
compare(const struct addr *a, const struct addr *b)
{
	size_t left = addr_size(a), right = addr_size(b);
	int order = memcmp(a->bytes, b->bytes, left < right ? left : right);

	return order != 0 ? order : (left > right) - (left < right);
}

static int
step(struct follow *f)
{
	int step = store_step(f->st);

	f->done = step != 1;
	if (step == 1)
		f->stands = column_addr(f->st, 0);
	return step;
}

static int
seek(struct follow *f, const struct addr *host)
{
	follow_end(f);
	bind_addr(f->st, 1, host);
	f->begun = true;
	return step(f);
}

int
follow_to(struct follow *f, const struct addr *host)
{
	int got = !f->done;

	if (!f->begun || compare(host, &f->from) <= 0) {
		got = seek(f, host);
	} else {
		for (int n = 0; got == 1 && n < PASSED && compare(&f->stands, host) < 0; n++)
			got = step(f);
		if (got == 1 && compare(&f->stands, host) < 0)
			got = seek(f, host);
	}
	f->from = *host;
	return got == 1 ? addr_equal(&f->stands, host) : got;
}

int
follow_next(struct follow *f, const struct addr *host)
{
	int got = step(f);

	return got == 1 ? addr_equal(&f->stands, host) : got;
}

void
follow_end(struct follow *f)
{
	store_reset(f->st);
	f->begun = f->done = false;
}
