/* SPDX-License-Identifier: GPL-3.0-or-later */
/* judge_steps: recognizes fail-over, by which a mail server goes from one address of a domain to the next. Private to
 * lib/judge.
 *
 * It waits for an answer for a constant time, the connect timeout of its program (Postfix 30 s, Windows 21 s), or it is
 * refused and goes on at once. An attempt is a step if an earlier one to another address came just that long before,
 * and no other attempt continued that one. A bot takes the next address of its list at any time. */
#ifndef JUDGE_STEPS_H
#define JUDGE_STEPS_H

#include <stdbool.h>
#include <stdint.h>

#include "judge.h"

#define JUDGE_STEPS 32 /* latest attempts that are remembered */
/* The longest connect timeout: above Linux's own, 131 s, no program waits. In ticks of state.h. */
#define JUDGE_STEP_MOST (150 * JUDGE_TICKS)

struct judge_steps {
	uint32_t at[JUDGE_STEPS];          /* ticks, plus one; 0: free */
	uint16_t destination[JUDGE_STEPS]; /* part of a hash */
	uint32_t continued;                /* a bit each */
	uint32_t since;                    /* minute; a row of an earlier one may have begun before the state did */
	uint32_t tried, stepped;           /* attempts; those that are a step */
	uint32_t pause;                    /* ticks: the connect timeout, as far as is known */
	uint16_t trust;                    /* in `pause`; 0: it is not known */
	uint8_t next;                      /* the oldest entry */
};

/* Adds an attempt. Of an address the first one of a minute counts. */
void judge_steps_row(struct judge_steps *s, const struct judge_row *row, uint32_t tick);

#endif
