/* SPDX-License-Identifier: GPL-3.0-or-later */
/* draft-ietf-opsawg-pcapng. Every block is type, length, body, length again; types that say nothing about frames are
 * passed over, whatever their length. */
#include <stdlib.h>
#include <string.h>

#include "pcap.h"

#define BLOCK 8          /* type and length */
#define FRAMING 12       /* and the length once more */
#define INTERFACES 65536 /* of a section */

enum {
	BLOCK_SECTION = UINT32_C(0x0a0d0d0a), /* the same in either byte order */
	BLOCK_INTERFACE = 1,
	BLOCK_PACKET = 2, /* obsolete since 2004; still found */
	BLOCK_SIMPLE = 3,
	BLOCK_ENHANCED = 6,
};
enum { ORDER_MAGIC = 0x1a2b3c4d };
enum { OPTION_END = 0, OPTION_RESOLUTION = 9, OPTION_OFFSET = 14 };

bool
savefile_pcapng_magic(const uint8_t *magic)
{
	return savefile_32(magic, true) == BLOCK_SECTION;
}

void
savefile_pcapng_free(struct savefile_pcapng *p)
{
	free(p->interface);
	*p = (struct savefile_pcapng){0};
}

static enum savefile_read
bad(const char **why, const char *text)
{
	*why = text;
	return READ_BAD;
}

/* A length must leave room for the framing and `least` bytes more. */
static bool
fits(uint32_t length, uint32_t least)
{
	return length % 4 == 0 && length >= FRAMING + least;
}

/* The block is done but for its end, which may be far behind. */
static void
leave(struct savefile_pcapng *p, struct window *s, uint32_t length)
{
	window_skip(s, length - 4);
	p->trailer = length;
}

/* A section has its own byte order, and counts its interfaces from 0. */
static enum savefile_read
section(struct savefile_pcapng *p, struct window *s, const char **why)
{
	const uint8_t *b = window_peek(s, 16);
	uint32_t length;

	if (b == NULL)
		return READ_SHORT;
	if (savefile_32(b + 8, true) != ORDER_MAGIC && savefile_32(b + 8, false) != ORDER_MAGIC)
		return bad(why, "has a section whose byte order cannot be told");
	p->big = savefile_32(b + 8, true) == ORDER_MAGIC;
	length = savefile_32(b + 4, p->big);
	if (!fits(length, 16))
		return bad(why, "has a block of impossible length");
	if (savefile_16(b + 12, p->big) != 1)
		return bad(why, "has a section of a version of pcapng that nobody knows");
	p->count = 0;
	leave(p, s, length);
	return READ_FRAME;
}

/* if_tsresol: a power of ten, or of two if the upper bit is set. */
static bool
set_resolution(struct savefile_interface *i, uint8_t value)
{
	uint8_t power = value & 0x7f;

	i->units = 1;
	if ((value & 0x80) != 0) {
		if (power > 63)
			return false;
		i->units <<= power;
		return true;
	}
	if (power > 19)
		return false;
	while (power-- > 0)
		i->units *= 10;
	return true;
}

/* False: damaged, or a resolution of time finer than 10^-19 or 2^-63 s. */
static bool
read_options(struct savefile_interface *i, const uint8_t *b, size_t size, bool big)
{
	while (size >= 4) {
		uint16_t code = savefile_16(b, big), length = savefile_16(b + 2, big);
		size_t step = 4 + (length + (size_t)3) / 4 * 4;

		if (code == OPTION_END)
			return true;
		if (length > size - 4 || (code == OPTION_RESOLUTION && (length != 1 || !set_resolution(i, b[4]))) ||
		    (code == OPTION_OFFSET && length != 8))
			return false;
		if (code == OPTION_OFFSET) {
			uint64_t high = savefile_32(b + (big ? 4 : 8), big), low = savefile_32(b + (big ? 8 : 4), big);

			i->offset = (int64_t)(high << 32 | low);
		}
		if (step >= size)
			return true;
		b += step;
		size -= step;
	}
	return true;
}

static bool
make_room(struct savefile_pcapng *p)
{
	size_t room = p->room == 0 ? 16 : p->room * 2;
	struct savefile_interface *more;

	if (p->count < p->room)
		return true;
	more = realloc(p->interface, room * sizeof *more);
	if (more == NULL)
		return false;
	p->interface = more;
	p->room = room;
	return true;
}

static enum savefile_read
interface(struct savefile_pcapng *p, struct window *s, uint32_t length, const char **why)
{
	struct savefile_interface *i;
	const uint8_t *b;

	if (!fits(length, 8))
		return bad(why, "has a block of impossible length");
	if (length > WINDOW_PEEK)
		return bad(why, "has an interface whose description is longer than 524288 bytes");
	b = window_peek(s, length);
	if (b == NULL)
		return READ_SHORT;
	if (p->count == INTERFACES)
		return bad(why, "has a section with more than 65536 interfaces");
	if (!make_room(p))
		return bad(why, "needs more memory than there is");
	i = &p->interface[p->count];
	*i = (struct savefile_interface){.units = 1000000};
	i->link = savefile_16(b + 8, p->big);
	i->snaplen = savefile_32(b + 12, p->big);
	if (!read_options(i, b + 16, length - 20, p->big))
		return bad(why, "has an interface with damaged options, or stamps finer than 10^-19 s");
	p->count++;
	leave(p, s, length);
	return READ_FRAME;
}

/* Ticks of the interface's clock to microseconds, within 1970 to 9999. */
static int64_t
to_when(const struct savefile_interface *i, uint64_t ticks)
{
	uint64_t seconds = ticks / i->units, rest = ticks % i->units;
	int64_t sum;

	if (seconds > (uint64_t)FRAME_WHEN_LAST)
		seconds = (uint64_t)FRAME_WHEN_LAST;
	if (i->offset > FRAME_WHEN_LAST || i->offset < -FRAME_WHEN_LAST)
		sum = i->offset > 0 ? FRAME_WHEN_LAST : 0;
	else
		sum = (int64_t)seconds + i->offset;
	sum = sum < 0 ? 0 : sum > FRAME_WHEN_LAST ? FRAME_WHEN_LAST : sum;
	if (i->units <= UINT64_C(1) << 43) /* the product fits */
		return sum * 1000000 + (int64_t)(rest * 1000000 / i->units);
	return sum * 1000000 + (int64_t)((unsigned __int128)rest * 1000000 / i->units);
}

/* As a block begins. */
struct block {
	uint32_t type, length;
};

/* Common to the kinds of packet blocks: the place of the frame, its interface and its time. */
struct packet_block {
	uint32_t at, captured, id;
	bool stamped;
	uint64_t ticks;
};

static void
read_packet(const struct savefile_pcapng *p, const struct block *block, const uint8_t *b, struct packet_block *k)
{
	bool big = p->big;

	if (block->type == BLOCK_SIMPLE) {
		uint32_t snaplen = p->count > 0 ? p->interface[0].snaplen : 0;

		*k = (struct packet_block){.at = 12, .captured = savefile_32(b + 8, big)};
		if (snaplen != 0 && k->captured > snaplen)
			k->captured = snaplen;
		if (k->captured > block->length - 16) /* the only sign of the captured length */
			k->captured = block->length - 16;
		return;
	}
	*k = (struct packet_block){.at = 28, .stamped = true};
	k->id = block->type == BLOCK_ENHANCED ? savefile_32(b + 8, big) : savefile_16(b + 8, big);
	k->ticks = (uint64_t)savefile_32(b + 12, big) << 32 | savefile_32(b + 16, big);
	k->captured = savefile_32(b + 20, big);
}

static enum savefile_read
packet(struct savefile_pcapng *p, struct window *s, const struct block *block, struct frame *out, const char **why)
{
	uint32_t head = block->type == BLOCK_SIMPLE ? 12 : 28;
	struct packet_block k;
	const uint8_t *b;

	if (!fits(block->length, head - BLOCK))
		return bad(why, "has a block of impossible length");
	b = window_peek(s, head);
	if (b == NULL)
		return READ_SHORT;
	read_packet(p, block, b, &k);
	if (k.captured > block->length - 4 - k.at)
		return bad(why, "has a packet that is longer than its block");
	if (k.id >= p->count)
		return bad(why, "has a packet of an interface that it does not describe");
	if (k.captured > SAVEFILE_FRAME) /* the headers are what counts */
		k.captured = SAVEFILE_FRAME;
	b = window_peek(s, k.at + (size_t)k.captured);
	if (b == NULL)
		return READ_SHORT;
	if (k.stamped)
		p->when = to_when(&p->interface[k.id], k.ticks);
	*out = (struct frame){
	        .bytes = b + k.at, .caplen = k.captured, .when = p->when, .link = p->interface[k.id].link};
	leave(p, s, block->length);
	return READ_FRAME;
}

enum savefile_read
savefile_pcapng_next(struct savefile_pcapng *p, struct window *s, struct frame *out, const char **why)
{
	for (;;) {
		enum savefile_read result = READ_FRAME;
		struct block block;
		const uint8_t *b;

		if (p->trailer != 0) {
			b = window_peek(s, 4);
			if (b == NULL)
				return READ_SHORT;
			if (savefile_32(b, p->big) != p->trailer)
				return bad(why, "has a block whose two lengths differ");
			window_skip(s, 4);
			p->trailer = 0;
		}
		b = window_peek(s, BLOCK);
		if (b == NULL)
			return READ_SHORT;
		block.type = savefile_32(b, p->big);
		block.length = savefile_32(b + 4, p->big);
		if (block.type == BLOCK_ENHANCED || block.type == BLOCK_SIMPLE || block.type == BLOCK_PACKET)
			return packet(p, s, &block, out, why);
		if (block.type == BLOCK_SECTION)
			result = section(p, s, why);
		else if (block.type == BLOCK_INTERFACE)
			result = interface(p, s, block.length, why);
		else if (!fits(block.length, 0))
			return bad(why, "has a block of impossible length");
		else
			leave(p, s, block.length);
		if (result != READ_FRAME)
			return result;
	}
}
