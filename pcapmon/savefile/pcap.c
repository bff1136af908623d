/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pcap.h"

#define HEADER 24
#define RECORD 16
#define RECORD_MODIFIED 24 /* with interface, protocol and packet type behind the lengths */

enum {
	MAGIC_MICRO = UINT32_C(0xa1b2c3d4),
	MAGIC_NANO = UINT32_C(0xa1b23c4d),
	MAGIC_MODIFIED = UINT32_C(0xa1b2cd34), /* Alexey Kuznetzov's, of libpcap in Red Hat 5 to 7 and others */
};

static bool
known(uint32_t magic)
{
	return magic == MAGIC_MICRO || magic == MAGIC_NANO || magic == MAGIC_MODIFIED;
}

bool
savefile_pcap_magic(const uint8_t *magic)
{
	return known(savefile_32(magic, true)) || known(savefile_32(magic, false));
}

/* Before version 2.3 the two lengths of a record stood the other way round, in 2.3 either way, and DG/UX's tcpdump,
 * which calls itself 543.0, never changed. */
static bool
settle_version(struct savefile_pcap *p, uint16_t major, uint16_t minor)
{
	p->lengths = LENGTHS_RIGHT;
	if (major == 543)
		p->lengths = LENGTHS_SWAPPED;
	else if (major == 2 && minor < 3)
		p->lengths = LENGTHS_SWAPPED;
	else if (major == 2 && minor == 3)
		p->lengths = LENGTHS_EITHER;
	return (major == 543 && minor == 0) || (major == 2 && minor <= 4);
}

enum savefile_read
savefile_pcap_header(struct savefile_pcap *p, struct window *s, const char **why)
{
	const uint8_t *b = window_peek(s, HEADER);
	uint32_t magic;

	if (b == NULL)
		return READ_SHORT;
	p->big = known(savefile_32(b, true));
	magic = savefile_32(b, p->big);
	p->nano = magic == MAGIC_NANO;
	p->modified = magic == MAGIC_MODIFIED;
	if (!settle_version(p, savefile_16(b + 4, p->big), savefile_16(b + 6, p->big))) {
		*why = "is of a version of pcap that nobody knows";
		return READ_BAD;
	}
	/* The upper bits say how long a frame check sequence is; IP's own length leaves it out. */
	p->link = (int)(savefile_32(b + 20, p->big) & 0x03ffffff);
	window_skip(s, HEADER);
	return READ_FRAME;
}

enum savefile_read
savefile_pcap_next(const struct savefile_pcap *p, struct window *s, struct frame *out, const char **why)
{
	size_t size = p->modified ? RECORD_MODIFIED : RECORD;
	const uint8_t *b = window_peek(s, size);
	uint32_t captured, length, fraction;

	if (b == NULL)
		return READ_SHORT;
	captured = savefile_32(b + 8, p->big);
	length = savefile_32(b + 12, p->big);
	if (p->lengths == LENGTHS_SWAPPED || (p->lengths == LENGTHS_EITHER && captured > length))
		captured = length;
	if (captured > SAVEFILE_FRAME) {
		*why = "has a packet longer than 262144 bytes";
		return READ_BAD;
	}
	b = window_peek(s, size + captured);
	if (b == NULL)
		return READ_SHORT;
	fraction = savefile_32(b + 4, p->big) / (p->nano ? 1000 : 1);
	out->when = (int64_t)savefile_32(b, p->big) * 1000000 + (fraction < 1000000 ? fraction : 0);
	out->bytes = b + size;
	out->caplen = captured;
	out->link = p->link;
	window_skip(s, size + captured);
	return READ_FRAME;
}
