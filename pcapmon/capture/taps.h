/* SPDX-License-Identifier: GPL-3.0-or-later */
/* taps: the interfaces of a live capture, and their frames in the order of their stamps. An interface that goes away is
 * waited for, and the time is a gap. */
#ifndef TAPS_H
#define TAPS_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/decode/frame.h"

#define TAPS_MAX 16
#define TAPS_TEXT (TAPS_MAX * 32)

/* A loss of the capture. */
enum taps_loss {
	TAPS_DROPPED, /* the kernel had no room for packets */
	TAPS_AWAY,    /* the interface was away */
};
#define TAPS_UNKNOWN (-1) /* the number of missed packets is unknown */

/* The receiver of losses: `packets` (or TAPS_UNKNOWN) were missed from `since` until `until`, microseconds. */
struct taps_losses {
	void (*lost)(void *arg, enum taps_loss kind, int64_t since, int64_t until, int64_t packets);
	void *arg;
};

struct taps;

/* Names and ports stay the caller's and must outlive the taps. */
struct taps_options {
	const char *const *names; /* of interfaces, at most TAPS_MAX */
	size_t count;
	const uint16_t *ports; /* see capture_live */
	size_t port_count;
};
/* All of the interfaces. NULL on error, with the reason, which names the interface, in `why`. Needs CAP_NET_RAW, also
 * later for those that come back. */
struct taps *taps_open(const struct taps_options *o, char *why, size_t size);
void taps_close(struct taps *t); /* accepts NULL */

/* Milliseconds: the longest that a frame may lie in a ring, or wait for those of other interfaces. */
#define TAPS_LATEST 700

/* The next frame, valid until the next call. Of several interfaces, the kernel may hand over one's frames later than
 * another's: so a frame younger than 150 ms before `now` waits, unless all interfaces have frames. INT64_MAX: none
 * waits. False: there is none for now. */
bool taps_next(struct taps *t, int64_t now, struct frame *out);
/* Waits until there may be a frame, a signal that is not in `signals` arrives, or `milliseconds` have passed. */
void taps_wait(struct taps *t, int milliseconds, const sigset_t *signals);

/* Once a second: notices interfaces that go away or come back, and packets that the kernel dropped after `since`. */
void taps_tick(struct taps *t, const struct taps_losses *losses, int64_t since, int64_t now);
/* At the end: reports interfaces that are still away, and packets that were dropped after `since`. */
void taps_end(struct taps *t, const struct taps_losses *losses, int64_t since, int64_t now);

bool taps_whole(const struct taps *t);                              /* none is away */
const char *taps_names(const struct taps *t, char text[TAPS_TEXT]); /* "lan0, lan1 (away)" */
uint64_t taps_packets(const struct taps *t);                        /* that passed the kernel's filter */
uint64_t taps_drops(const struct taps *t);

#endif
