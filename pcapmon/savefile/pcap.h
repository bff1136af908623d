/* SPDX-License-Identifier: GPL-3.0-or-later */
/* savefile_pcap, savefile_pcapng: the two formats. Private to savefile. */
#ifndef SAVEFILE_PCAP_H
#define SAVEFILE_PCAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/decode/frame.h"
#include "window.h"

#define SAVEFILE_FRAME (256 * 1024) /* the longest frame; libpcap's bound, too */

/* SHORT: the window has too few bytes (see window_state); nothing was taken, so try again. */
enum savefile_read { READ_FRAME, READ_SHORT, READ_BAD };

/* Numbers in the byte order of the file. */
static inline uint32_t
savefile_32(const uint8_t *b, bool big)
{
	return big ? (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3]
	           : (uint32_t)b[3] << 24 | (uint32_t)b[2] << 16 | (uint32_t)b[1] << 8 | b[0];
}

static inline uint16_t
savefile_16(const uint8_t *b, bool big)
{
	return (uint16_t)(big ? b[0] << 8 | b[1] : b[1] << 8 | b[0]);
}

struct savefile_pcap {
	bool big, nano, modified;
	enum { LENGTHS_RIGHT, LENGTHS_SWAPPED, LENGTHS_EITHER } lengths; /* of old writers */
	int link;
};

/* `magic`, the file's first four bytes, is one of this format. */
bool savefile_pcap_magic(const uint8_t *magic);
/* READ_FRAME: the header is passed. READ_BAD: see *why, which is constant. */
enum savefile_read savefile_pcap_header(struct savefile_pcap *p, struct window *s, const char **why);
enum savefile_read savefile_pcap_next(const struct savefile_pcap *p, struct window *s, struct frame *out,
                                      const char **why);

/* An interface of the present section. */
struct savefile_interface {
	uint64_t units; /* a second */
	int64_t offset; /* seconds to add */
	uint32_t snaplen;
	uint16_t link;
};

struct savefile_pcapng {
	bool big;         /* of the present section */
	uint32_t trailer; /* length to be repeated at the end of the block whose frame was given; 0: none */
	int64_t when;     /* of the last frame: simple packets have no stamp */
	struct savefile_interface *interface;
	size_t count, room;
};

bool savefile_pcapng_magic(const uint8_t *magic);
void savefile_pcapng_free(struct savefile_pcapng *p);
enum savefile_read savefile_pcapng_next(struct savefile_pcapng *p, struct window *s, struct frame *out,
                                        const char **why);

#endif
