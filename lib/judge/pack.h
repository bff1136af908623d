/* SPDX-License-Identifier: GPL-3.0-or-later */
/* judge_pack: what the judge knows of a host as bytes, so that a recorder that starts again goes on where it was. */
#ifndef JUDGE_PACK_H
#define JUDGE_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "judge.h"

#define JUDGE_FORM 3      /* of the bytes: states of another form are not read */
#define JUDGE_PACKED 2304 /* bytes at most; a quiet host has less than 300 */

/* Little-endian, a version first. Returns how many bytes. The same state gives the same bytes. */
size_t judge_pack(const struct judge_host *h, uint8_t out[JUDGE_PACKED]);
/* Takes the host over, in place of what is known of it (and maybe of another one, as judge_at). The bytes may be
 * damaged: false, and nothing has changed, if they are no state that judge_pack could have written, or of another
 * version. With parameters that are not those of the judge that packed it, judge again instead. */
bool judge_unpack(struct judge *j, const uint8_t *bytes, size_t size);

#endif
