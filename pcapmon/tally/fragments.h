/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fragments: pieces of IP packets -> the TCP header that they hold. A sender that hides an opening splits its header,
 * or writes over it with a second piece; receivers do not agree on which of two pieces counts, so here an opening that
 * any of them would see is one, and it is marked.
 *
 * Kept is the first FRAGMENT_HEAD bytes of a payload, of at most FRAGMENT_ENTRIES packets at a time, for 60 s each: the
 * rest of a payload is not needed. */
#ifndef FRAGMENTS_H
#define FRAGMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/decode/decode.h"
#include "lib/decode/frame.h"
#include "lib/base/pack.h"

#define FRAGMENT_HEAD 128     /* bytes: IPv6 extension headers and TCP's, or a tunnel's */
#define FRAGMENT_ENTRIES 2048 /* 1 MiB */
#define FRAGMENT_BYTES (2 * PACKED_ADDR + 5 + 8 + 1 + 3 * FRAGMENT_HEAD)

struct fragments;

struct fragments *fragments_new(uint64_t seed); /* NULL if memory is short */
void fragments_free(struct fragments *f);       /* accepts NULL */
/* decode_frame, with its fragments put together: DECODED_SEGMENT if this frame shows a TCP header, whole or by
 * completing one; *out is written for it, a datagram and a message, and for nothing else. Never DECODED_FRAGMENT. A
 * header that was put together has no payload. The pieces of one packet show it once, unless a later one makes an
 * opening of what was none, or overlaps one: then with PACKET_AGAIN. Frames may come in any order. */
enum decoded fragments_decode(struct fragments *f, const struct frame *frame, struct packet *out);
/* To keep unfinished packets over a restart: the packet at a place as bytes; and putting it back, unless it is here
 * already, or there is no room. The seed must be the same. */
enum place_state fragments_pack(const struct fragments *f, size_t place, uint8_t out[FRAGMENT_BYTES]);
void fragments_put_back(struct fragments *f, const uint8_t bytes[FRAGMENT_BYTES]);
/* Packets given up for others before their TCP header was whole, within their 60 s. */
uint64_t fragments_evicted(const struct fragments *f);

#endif
