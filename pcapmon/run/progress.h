/* SPDX-License-Identifier: GPL-3.0-or-later */
/* progress: the position up to which a capture file has been counted into wire.db.
 *
 * A capture is known by its first packet and that packet's time. One that was counted before is still read from its
 * start, which is the only way to know the connections open at the mark; but nothing is written before the mark. Up to
 * the mark it must be the same, packet by packet: a file that merely begins like it shares traffic with it, and is
 * refused rather than counted twice. */
#ifndef PROGRESS_H
#define PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/decode/frame.h"
#include "pcapmon/record/wire_rows.h"

struct progress {
	struct wire_rows *rows;
	uint64_t scope;        /* hash of what is counted */
	struct wire_mark now;  /* of the present file */
	struct wire_mark last; /* before the last frame */
	struct wire_mark past; /* packets 0: it is new */
};

/* A new file follows, from the next packet on. */
void progress_begin(struct progress *p, struct wire_rows *rows, uint64_t scope);
/* Before a frame is counted. False, with the reason in `why`: nothing of this capture may be counted. */
bool progress_frame(struct progress *p, const struct frame *f, char *why, size_t size);
/* The frames up to now were counted before: their rows must not be written. */
bool progress_known(const struct progress *p);
/* The last frame was the last one that was counted before: drop the counts so far. */
bool progress_resumes(const struct progress *p);
/* At the end of the capture: false, with the reason in `why`, if it ends before the mark. */
bool progress_end(const struct progress *p, char *why, size_t size);
/* Before rows are written: adds the mark to their transaction, with or without the last frame. */
void progress_mark(const struct progress *p, bool with_last);

#endif
