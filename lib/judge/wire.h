/* SPDX-License-Identifier: GPL-3.0-or-later */
/* judge_wire: numbers <-> bytes by one list of fields for both directions. Private to lib/judge. */
#ifndef JUDGE_WIRE_H
#define JUDGE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Writes to `out` or reads from `in`; the other is NULL. */
struct judge_wire {
	uint8_t *out;
	const uint8_t *in;
	size_t at, size;
	bool good;
};

/* The low `bytes` bytes of a number. */
static inline uint64_t
judge_wire_number(struct judge_wire *w, uint64_t value, size_t bytes)
{
	uint64_t read = 0;

	if (w->size - w->at < bytes) {
		w->good = false;
		return 0;
	}
	for (size_t i = 0; i < bytes; i++, w->at++)
		if (w->out != NULL)
			w->out[w->at] = (uint8_t)(value >> 8 * i);
		else
			read |= (uint64_t)w->in[w->at] << 8 * i;
	return w->out != NULL ? value : read;
}

static inline void
judge_wire_byte(struct judge_wire *w, uint8_t *value)
{
	*value = (uint8_t)judge_wire_number(w, *value, 1);
}

static inline void
judge_wire_half(struct judge_wire *w, uint16_t *value)
{
	*value = (uint16_t)judge_wire_number(w, *value, 2);
}

static inline void
judge_wire_word(struct judge_wire *w, uint32_t *value)
{
	*value = (uint32_t)judge_wire_number(w, *value, 4);
}

#endif
