/* SPDX-License-Identifier: GPL-3.0-or-later */
/* frame: what a capture gives, from a file or from the wire. */
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

/* NOTHING: not now; ask again. */
enum capture_result { CAPTURE_FRAME, CAPTURE_NOTHING, CAPTURE_END, CAPTURE_ERROR };

#endif
