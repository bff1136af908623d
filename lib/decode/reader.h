/* SPDX-License-Identifier: GPL-3.0-or-later */
/* reader: checked reads of a frame, header by header. */
#ifndef DECODE_READER_H
#define DECODE_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "decode.h"

struct reader {
	const uint8_t *at;
	size_t left;     /* bytes from `at` that were captured and belong to the layer */
	bool addressed;  /* an IP header follows the last Ethernet header, whose MAC address is that of its source */
	bool routed;     /* the destination is where a source route ends, not the next stop */
	bool fragmented; /* *piece is written */
	struct fragment *piece; /* NULL: fragments are not asked for */
};

static inline uint16_t
read16(const uint8_t *b)
{
	return (uint16_t)(b[0] << 8 | b[1]);
}

static inline uint16_t
read16_little(const uint8_t *b)
{
	return (uint16_t)(b[1] << 8 | b[0]);
}

static inline uint32_t
read32(const uint8_t *b)
{
	return (uint32_t)read16(b) << 16 | read16(b + 2);
}

/* The next `size` bytes, or NULL if they are not all there; the reader is then past them. */
static inline const uint8_t *
take(struct reader *c, size_t size)
{
	const uint8_t *b = c->at;

	if (size > c->left)
		return NULL;
	c->at += size;
	c->left -= size;
	return b;
}

/* Drops what follows the payload: the padding of a short frame. */
static inline void
limit(struct reader *c, size_t size)
{
	if (size < c->left)
		c->left = size;
}

#endif
