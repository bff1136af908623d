/* SPDX-License-Identifier: GPL-3.0-or-later */
/* judge_pack: the state of a host as bytes, so that a restarted recorder continues where it was. */
#ifndef JUDGE_PACK_H
#define JUDGE_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "judge.h"

#define JUDGE_FORM 7      /* version of the bytes: states of other versions are not read */
#define JUDGE_PACKED 2816 /* bytes, at most; a quiet host takes less than 300 */

/* Little-endian, version first. Returns the number of bytes. The same state gives the same bytes. */
size_t judge_pack(const struct judge *j, uint8_t out[JUDGE_PACKED]);
/* Replaces the host and its state. The bytes may be damaged: returns false and changes nothing if judge_pack cannot
 * have written them, or for another version. After a change of parameters, judge the rows again instead. */
bool judge_unpack(struct judge *j, const uint8_t *bytes, size_t size);

#endif
