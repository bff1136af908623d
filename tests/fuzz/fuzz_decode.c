/* SPDX-License-Identifier: GPL-3.0-or-later */
/* decode: the first two bytes are the link type, the rest is the frame. Beside what the sanitizers see, decode is held
 * to what its header promises. */
#include <stdlib.h>
#include <string.h>

#include "lib/decode/decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const int links[] = {0, 1, 9, 12, 50, 51, 101, 104, 105, 108, 113, 127, 166, 192, 204, 228, 229, 239, 276};

/* Mostly a link type that decode knows, sometimes any. */
static int
link_of(const uint8_t *data)
{
	int choice = data[0] << 8 | data[1];

	return decode_knows(choice) || choice >= 0xf000 ? choice
	                                                : links[(size_t)choice % (sizeof links / sizeof *links)];
}

static void
check_packet(const struct packet *p, const uint8_t *data, size_t size)
{
	if ((p->src.family != 4 && p->src.family != 6) || p->dst.family != p->src.family || p->vlan > 0xfff ||
	    p->tricks != 0)
		abort();
	if (p->payload != NULL && (p->payload < data || p->payload + p->payload_size > data + size))
		abort();
	if (p->payload == NULL && p->payload_size != 0)
		abort();
}

static void
check_piece(const struct fragment *piece, const uint8_t *data, size_t size)
{
	struct packet p = piece->packet, before = p;

	if ((piece->offset == 0 && !piece->more) || piece->offset > 0xffff || piece->bytes < data ||
	    piece->bytes + piece->size > data + size)
		abort();
	if (decode_payload(piece->protocol, piece->bytes, piece->size, &p))
		check_packet(&p, data, size);
	else if (memcmp(&p, &before, sizeof p) != 0)
		abort(); /* written without success */
}

/* The gate's way. */
static void
check_lean(const uint8_t *data, size_t size)
{
	struct packet p, before;

	memset(&p, 0x5a, sizeof p);
	before = p;
	if (decode_packet(data, size, &p))
		check_packet(&p, data, size);
	else if (memcmp(&p, &before, sizeof p) != 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fragment piece;
	struct packet p, before;
	int link;

	if (size < 2)
		return 0;
	link = link_of(data);
	data += 2;
	size -= 2;
	memset(&p, 0x5a, sizeof p);
	before = p;
	switch (decode_frame(link, data, size, &p, &piece)) {
	case DECODED_SEGMENT:
	case DECODED_DATAGRAM:
	case DECODED_MESSAGE:
		if (!decode_knows(link))
			abort();
		check_packet(&p, data, size);
		break;
	case DECODED_FRAGMENT:
		check_piece(&piece, data, size);
		/* fallthrough */
	case DECODED_NOTHING:
	case DECODED_UNKNOWN:
		if (memcmp(&p, &before, sizeof p) != 0)
			abort();
		break;
	}
	check_lean(data, size);
	return 0;
}
