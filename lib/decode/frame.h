/* SPDX-License-Identifier: GPL-3.0-or-later */
/* frame: the bytes of a packet with its time and link type, as an interface or a capture file gives it. */
#ifndef FRAME_H
#define FRAME_H

#include <stddef.h>
#include <stdint.h>

#define FRAME_WHEN_LAST INT64_C(253402300799) /* the last second of the year 9999 */

/* Valid until the next call. */
struct frame {
	const uint8_t *bytes;
	size_t caplen;
	int64_t when; /* microseconds since the epoch; finer stamps are cut off, wild ones moved into 1970 to 9999 */
	int link;     /* for decode() */
};

/* The result of reading the next frame. NOTHING: none yet; try again. */
enum frame_result { FRAME_READ, FRAME_NOTHING, FRAME_END, FRAME_ERROR };

#endif
