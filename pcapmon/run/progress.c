/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "progress.h"

#include <stdio.h>
#include <string.h>
#include <xxhash.h>

#define HASHED 512 /* bytes of a frame that are hashed: packets of one moment that differ do so within them */

void
progress_begin(struct progress *p, struct wire_rows *rows, uint64_t scope)
{
	*p = (struct progress){.rows = rows, .scope = scope};
}

static uint64_t
add_frame(uint64_t digest, const struct frame *f)
{
	uint64_t about[4] = {digest, (uint64_t)f->when, (uint64_t)f->link, f->caplen};

	return XXH3_64bits_withSeed(f->bytes, f->caplen < HASHED ? f->caplen : HASHED,
	                            XXH3_64bits(about, sizeof about));
}

static bool
refuse(const char *text, char *why, size_t size)
{
	snprintf(why, size, "%s; give it a --db of its own", text);
	return false;
}

static bool
look_up(struct progress *p, char *why, size_t size)
{
	switch (wire_rows_find_mark(p->rows, p->now.opening, &p->past)) {
	case 0:
		return true;
	case 1:
		return p->past.scope == p->scope ||
		       refuse("was counted before with other ports or another lan", why, size);
	default:
		snprintf(why, size, "wire.db: cannot read what was counted before");
		return false;
	}
}

bool
progress_frame(struct progress *p, const struct frame *f, char *why, size_t size)
{
	p->last = p->now;
	p->now.digest = add_frame(p->now.digest, f);
	p->now.packets++;
	if (p->now.packets == 1) {
		p->now.opening = p->now.digest;
		p->now.scope = p->scope;
		if (!look_up(p, why, size))
			return false;
	}
	if (p->now.packets == p->past.packets && p->now.digest != p->past.digest)
		return refuse("begins like a capture that was counted before, and then differs", why, size);
	return true;
}

bool
progress_known(const struct progress *p)
{
	return p->now.packets <= p->past.packets;
}

bool
progress_resumes(const struct progress *p)
{
	return p->now.packets == p->past.packets && p->past.packets > 0;
}

bool
progress_end(const struct progress *p, char *why, size_t size)
{
	return p->now.packets >= p->past.packets ||
	       refuse("begins like a capture that was counted before, and ends sooner", why, size);
}

void
progress_mark(const struct progress *p, bool with_last)
{
	if (!progress_known(p))
		wire_rows_mark(p->rows, with_last ? &p->now : &p->last);
}
