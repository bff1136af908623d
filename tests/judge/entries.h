/* SPDX-License-Identifier: GPL-3.0-or-later */
/* entries: the keys under which the attempts of a host with several addresses are judged, by the rule of
 * lib/labels/devices.h as docs/detection.md has it. */
#ifndef ENTRIES_H
#define ENTRIES_H

#include "lib/judge/judge.h"
#include "life.h"

#define ENTRIES_MOST 1024 /* keys of a host; what comes later goes to the last one */

struct entries {
	struct judge_key keys[ENTRIES_MOST];
	uint32_t count;
	uint32_t *of; /* of each attempt of the life */
	size_t room;
};

/* A life without sources is the host's. Memory that is short ends the program. */
void entries_of(struct entries *e, const struct life *life, const struct addr *host);
void entries_free(struct entries *e); /* not the struct itself */

#endif
