/* SPDX-License-Identifier: GPL-3.0-or-later */
/* savefile: frames of a capture file. Read here and not by libpcap, which refuses files of several link types, reads
 * stamps as signed, and cannot wait for a file to grow.
 *
 *   pcap      either byte order; microseconds, nanoseconds, and the "modified" format of old Linux distributions
 *             (draft-ietf-opsawg-pcap)
 *   pcapng    several sections, byte orders, interfaces, link types, resolutions (draft-ietf-opsawg-pcapng)
 *   either of them in gzip or zstd */
#ifndef SAVEFILE_H
#define SAVEFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/decode/frame.h"

struct savefile;

/* "-" is standard input. With `follow` the end of a regular file is no end. NULL if it cannot be opened, with the
 * reason, which names the file, in `why`; savefile_next reports damage inside it. */
struct savefile *savefile_open(const char *path, bool follow, char *why, size_t size);
/* The bytes stay the caller's and must outlive it. NULL if memory is short. */
struct savefile *savefile_memory(const uint8_t *bytes, size_t size);
void savefile_close(struct savefile *f); /* accepts NULL */

/* FRAME_NOTHING: a followed file or a pipe has no more for now: savefile_wait, and ask again. FRAME_ERROR: it is
 * damaged or cut off here, and stays so. */
enum frame_result savefile_next(struct savefile *f, struct frame *out);
void savefile_wait(const struct savefile *f, int milliseconds);
/* Frames given so far, of all files that followed each other. */
uint64_t savefile_frames(const struct savefile *f);
/* True once after a followed file was truncated or replaced and goes on with a new first frame; *torn: the old one
 * ended inside a frame. */
bool savefile_anew(struct savefile *f, bool *torn);
/* The reader is inside a frame: then an end by a signal cuts it, too. */
bool savefile_inside(const struct savefile *f);
bool savefile_is_file(const struct savefile *f); /* a regular file */
/* After FRAME_ERROR: the reason, printable. Valid as long as the file. */
const char *savefile_error(const struct savefile *f);

#endif
