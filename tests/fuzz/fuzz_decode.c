/* SPDX-License-Identifier: GPL-3.0-or-later */
/* libFuzzer harness for decode: the first two bytes choose the link type, the rest is the frame.
 *
 * `make fuzz` runs it.
 *
 * Beside what the sanitizers see, it holds decode to what its header promises. */
#include <stdlib.h>
#include <string.h>

#include "decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const int links[] = {LINK_NULL, LINK_ETHERNET, LINK_RAW_BSD, LINK_RAW, LINK_LOOP,
                            LINK_SLL,  LINK_IPV4,     LINK_IPV6,    LINK_SLL2};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct packet p, before;
	unsigned choice;
	int link;

	if (size < 2)
		return 0;
	/* Mostly a link type that decode knows, sometimes any. */
	choice = (unsigned)data[0] << 8 | data[1];
	link = choice < 0xf000 ? links[choice % (sizeof links / sizeof *links)] : (int)(choice & 0xfff);
	memset(&p, 0x5a, sizeof p);
	before = p;
	if (!decode(link, data + 2, size - 2, &p)) {
		if (memcmp(&p, &before, sizeof p) != 0)
			abort(); /* written without success */
		return 0;
	}
	if (!decode_knows(link) || (p.src.family != 4 && p.src.family != 6) || p.dst.family != p.src.family ||
	    p.vlan > 0xfff)
		abort();
	return 0;
}
