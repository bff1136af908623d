/* SPDX-License-Identifier: GPL-3.0-or-later */
/* unpack: decompresses a stream in pieces of any size, in bounded memory. One file for each library. */
#ifndef UNPACK_H
#define UNPACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Both pointers advance past the bytes taken and written. */
struct unpack_io {
	const uint8_t *in;
	size_t in_left;
	uint8_t *out;
	size_t out_left;
};

struct unpack {
	/* Takes and writes as much as it can; with no room to write or nothing to take it may do nothing. False, with
	 * the reason in `why`: the data are damaged, and nothing more will come. */
	bool (*step)(struct unpack *u, struct unpack_io *io);
	void (*free)(struct unpack *u);
	bool whole; /* the data may end here */
	const char *why;
};

/* NULL if memory is short. */
struct unpack *unpack_gzip(void); /* RFC 1952, of any number of members */
struct unpack *unpack_zstd(void); /* RFC 8878, of any number of frames; windows up to 128 MiB */

#endif
