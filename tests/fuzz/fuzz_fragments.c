/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fragments: a row of IP packets, each behind two bytes of its length, a second apart. */
#include <stdlib.h>
#include <string.h>

#include "pcapmon/tally/fragments.h"
#include "lib/base/when.h"

#define LINK_RAW 101

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct fragments *f;
	static int64_t now; /* what the last input left behind is too old to matter */
	struct packet p, before;

	if (f == NULL && (f = fragments_new(1)) == NULL)
		abort();
	now = (now / HOUR + 2) * HOUR;
	memset(&p, 0x5a, sizeof p);
	while (size >= 2) {
		size_t length = (size_t)(data[0] << 8 | data[1]);

		if (length > size - 2)
			length = size - 2;
		before = p;
		now += SECOND;
		const struct frame frame = {.bytes = data + 2, .caplen = length, .when = now, .link = LINK_RAW};
		enum decoded result = fragments_decode(f, &frame, &p);

		if (result != DECODED_NOTHING && result != DECODED_UNKNOWN) {
			if (p.tricks != 0 && !packet_opens(&p))
				abort();
			if (p.payload != NULL && (p.payload < data || p.payload + p.payload_size > data + 2 + length))
				abort();
		} else if (memcmp(&p, &before, sizeof p) != 0) {
			abort();
		}
		data += 2 + length;
		size -= 2 + length;
	}
	return 0;
}
