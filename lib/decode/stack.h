/* SPDX-License-Identifier: GPL-3.0-or-later */
/* stacks: the operating system that made a SYN, and detection of several systems that alternate behind one address.
 * Pure.
 *
 * Only values that the system itself chooses are used: its initial TTL, and the order of the options that all of its
 * SYNs have. The window, its scale, and the options of fast open, multipath or signatures are not, since programs on
 * one machine may ask for different ones. */
#ifndef STACKS_H
#define STACKS_H

#include <stddef.h>
#include <stdint.h>

#include "syn.h"
#include "turns.h"

#define STACKS 32                /* numbers of stacks are 1 to 32 */
#define STACK_CLOCK (STACKS + 1) /* none of them: a machine identified by its clock (lib/judge/clocks.h) */
#define STACKS_MOST TURNS_MOST
#define STACK_TEXT 40

/* The stack of a SYN that is not raw; 0: unknown. The number is stored in databases. Numbers of one kind of system
 * differ by the routers in between. */
uint8_t stack_of(const struct syn *s);

static inline uint64_t
stacks_bit(uint8_t stack)
{
	return stack > 0 ? UINT64_C(1) << (stack - 1) : 0;
}

/* A kind of SYNs that alternates with others. */
struct stack_turns {
	uint8_t stack;   /* 0: none */
	uint8_t minutes; /* minutes of an hour in which it was seen */
	uint16_t hours;  /* of STACK_CLOCK: the uptime by its clock; otherwise 0 */
};

/* `minutes`: for each stack, the minutes of an hour in which it was seen, as bits, the first one lowest. Fills in the
 * kinds of which any two alternate (lib/decode/turns.h), the most frequent ones first, and 0 after them. Returns their
 * number. */
size_t stacks_by_turns(const uint64_t minutes[STACKS], struct stack_turns out[STACKS_MOST]);

/* "TTL 127 like Windows", whatever the number is. */
const char *stack_print(uint8_t stack, char buf[STACK_TEXT]);

#endif
