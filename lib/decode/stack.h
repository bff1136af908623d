/* SPDX-License-Identifier: GPL-3.0-or-later */
/* stacks: what a SYN says of the system that made it, and whether several systems take turns behind one address. Pure.
 *
 * Only what a system sets by itself is looked at: the TTL that it begins with, and the order of the options that all of
 * its SYNs have. Not the window and its scale, nor options of fast open, multipath or signatures: a program may ask for
 * others than the next one on the same machine. */
#ifndef STACKS_H
#define STACKS_H

#include <stddef.h>
#include <stdint.h>

#include "syn.h"
#include "turns.h"

#define STACKS 32                /* numbers of stacks are 1 to 32 */
#define STACK_CLOCK (STACKS + 1) /* none of them: what took its turns is told by its clock (lib/judge/clocks.h) */
#define STACKS_MOST TURNS_MOST
#define STACK_TEXT 40

/* Of a SYN that is not raw. 0: it says nothing. Otherwise a number that stands in databases; those of one kind differ
 * by the routers between. */
uint8_t stack_of(const struct syn *s);

static inline uint64_t
stacks_bit(uint8_t stack)
{
	return stack > 0 ? UINT64_C(1) << (stack - 1) : 0;
}

/* A kind of SYNs that took its turns. */
struct stack_turns {
	uint8_t stack;   /* 0: none */
	uint8_t minutes; /* in which it came, of an hour */
	uint16_t hours;  /* of STACK_CLOCK: what its clock says that it has run; otherwise 0 */
};

/* `minutes`: of each stack, the minutes of an hour in which it came, as bits, the first one lowest. Fills in the kinds
 * of which any two come by turns (lib/decode/turns.h), the most frequent ones first, and 0 behind them. Returns how
 * many. */
size_t stacks_by_turns(const uint64_t minutes[STACKS], struct stack_turns out[STACKS_MOST]);

/* "TTL 127 like Windows", whatever the number is. */
const char *stack_print(uint8_t stack, char buf[STACK_TEXT]);

#endif
