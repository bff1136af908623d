/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How it works: each tap shows its next frame, which stays in the kernel's ring until it is taken, and the earliest of
 * all goes first. A ring hands over blocks, the last of them when it is full or some time old: the longer, the fewer
 * wake-ups, but with several interfaces, frames of one wait that long for those of the others, and take room in its
 * ring. */
#include "taps.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "capture.h"
#include "lib/decode/decode.h"
#include "lib/base/log.h"
#include "lib/base/when.h"

#define RETIRE_ONE 500 /* milliseconds until the kernel hands over a block, of one interface and of several */
#define RETIRE_MANY 100
#define HOLD INT64_C(150000) /* microseconds: longer than a block of several stays with the kernel */
#define HELD_WAIT 20         /* milliseconds until a frame that waits is looked at again */

struct tap {
	const char *name;
	struct capture *capture; /* NULL: away */
	struct frame frame;
	bool there;              /* the frame is not taken yet */
	bool dry;                /* there was none since the last taps_wait */
	bool failed;             /* see capture_error */
	uint64_t packets, drops; /* drops: of this opening */
	uint64_t all_drops;
	int64_t away_since;
	bool logged; /* the reason why it cannot be opened again was logged */
};

struct taps {
	struct tap tap[TAPS_MAX];
	size_t count;
	struct capture_options options;
	bool held; /* a frame waits for those of other taps */
};

static bool
open_tap(struct taps *t, struct tap *tap, char *why, size_t size)
{
	tap->capture = capture_live(tap->name, &t->options, why, size);
	if (tap->capture == NULL)
		return false;
	tap->drops = 0;
	tap->there = tap->dry = tap->failed = false;
	if (decode_knows(capture_link(tap->capture)))
		return true;
	snprintf(why, size, "%s: link type %s is not known", tap->name, capture_link_name(capture_link(tap->capture)));
	capture_close(tap->capture);
	tap->capture = NULL;
	return false;
}

struct taps *
taps_open(const struct taps_options *o, char *why, size_t size)
{
	struct taps *t = calloc(1, sizeof *t);

	if (t == NULL) {
		snprintf(why, size, "out of memory");
		return NULL;
	}
	t->options.ports = o->ports;
	t->options.port_count = o->port_count;
	t->options.retire = o->count > 1 ? RETIRE_MANY : RETIRE_ONE;
	for (; t->count < o->count && t->count < TAPS_MAX; t->count++) {
		t->tap[t->count].name = o->names[t->count];
		if (!open_tap(t, &t->tap[t->count], why, size)) {
			taps_close(t);
			return NULL;
		}
	}
	return t;
}

void
taps_close(struct taps *t)
{
	if (t == NULL)
		return;
	for (size_t i = 0; i < t->count; i++)
		capture_close(t->tap[i].capture);
	free(t);
}

/* The next tick takes care of a capture that failed. */
static void
look(struct tap *tap)
{
	enum frame_result result;

	if (tap->there || tap->dry || tap->failed || tap->capture == NULL)
		return;
	result = capture_next(tap->capture, &tap->frame);
	tap->there = result == FRAME_READ;
	tap->dry = result == FRAME_NOTHING;
	tap->failed = result == FRAME_ERROR;
	tap->packets += tap->there;
}

bool
taps_next(struct taps *t, int64_t now, struct frame *out)
{
	struct tap *first = NULL;
	bool dry = false;

	for (size_t i = 0; i < t->count; i++) {
		struct tap *tap = &t->tap[i];

		look(tap);
		dry |= tap->dry;
		if (tap->there && (first == NULL || tap->frame.when < first->frame.when))
			first = tap;
	}
	/* A clock that was set back must not hold anything for long. */
	t->held = first != NULL && dry && now < INT64_MAX && first->frame.when > now - HOLD &&
	          first->frame.when < now + SECOND;
	if (first == NULL || t->held)
		return false;
	*out = first->frame;
	first->there = false;
	return true;
}

void
taps_wait(struct taps *t, int milliseconds, const sigset_t *signals)
{
	struct pollfd p[TAPS_MAX];
	struct timespec wait;
	nfds_t count = 0;

	for (size_t i = 0; i < t->count; i++) {
		struct tap *tap = &t->tap[i];

		tap->dry = false;
		if (tap->capture != NULL && !tap->failed && !t->held)
			p[count++] = (struct pollfd){.fd = capture_fd(tap->capture), .events = POLLIN};
	}
	if (t->held && milliseconds > HELD_WAIT)
		milliseconds = HELD_WAIT;
	wait = (struct timespec){.tv_sec = milliseconds / 1000, .tv_nsec = milliseconds % 1000 * 1000000L};
	ppoll(p, count, &wait, signals);
}

static void
note_drops(struct tap *tap, const struct taps_losses *losses, int64_t since, int64_t now)
{
	uint64_t drops = tap->capture != NULL ? capture_drops(tap->capture) : tap->drops;
	uint64_t more = drops > tap->drops ? drops - tap->drops : 0;

	if (more == 0)
		return;
	tap->drops = drops;
	tap->all_drops += more;
	log_warnx("%s: the kernel dropped %" PRIu64 " packets: no room in the buffer", tap->name, more);
	losses->lost(losses->arg, TAPS_DROPPED, since, now, (int64_t)more);
}

static void
come_back(struct taps *t, struct tap *tap, const struct taps_losses *losses, int64_t now)
{
	char why[512], span[WHEN_TEXT];

	if (!capture_up(NULL, tap->name))
		return;
	if (!open_tap(t, tap, why, sizeof why)) {
		if (!tap->logged)
			log_warnx("%s", why);
		tap->logged = true;
		return;
	}
	log_info("%s: watched again after %s", tap->name, span_print(now - tap->away_since, span));
	losses->lost(losses->arg, TAPS_AWAY, tap->away_since, now, TAPS_UNKNOWN);
	tap->logged = false;
}

/* It was there at the last tick; the exact time is not known. */
static void
go_away(struct tap *tap, int64_t since, const char *why)
{
	log_warnx("%s: %s; trying again every second", tap->name, why);
	capture_close(tap->capture);
	tap->capture = NULL;
	tap->away_since = since;
}

/* An interface that is merely down gives no error, so it is asked; what still lies in its ring is read before it goes.
 */
void
taps_tick(struct taps *t, const struct taps_losses *losses, int64_t since, int64_t now)
{
	for (size_t i = 0; i < t->count; i++) {
		struct tap *tap = &t->tap[i];

		note_drops(tap, losses, since, now);
		if (tap->capture == NULL)
			come_back(t, tap, losses, now);
		else if (tap->failed)
			go_away(tap, since, capture_error(tap->capture));
		else if (!tap->there && !capture_up(tap->capture, tap->name))
			go_away(tap, since, "is down or gone");
	}
}

void
taps_end(struct taps *t, const struct taps_losses *losses, int64_t since, int64_t now)
{
	for (size_t i = 0; i < t->count; i++) {
		note_drops(&t->tap[i], losses, since, now);
		if (t->tap[i].capture == NULL)
			losses->lost(losses->arg, TAPS_AWAY, t->tap[i].away_since, now, TAPS_UNKNOWN);
	}
}

bool
taps_whole(const struct taps *t)
{
	for (size_t i = 0; i < t->count; i++)
		if (t->tap[i].capture == NULL)
			return false;
	return true;
}

const char *
taps_names(const struct taps *t, char text[TAPS_TEXT])
{
	size_t n = 0;

	text[0] = '\0';
	for (size_t i = 0; i < t->count && n < TAPS_TEXT; i++)
		n += (size_t)snprintf(text + n, TAPS_TEXT - n, "%s%.16s%s", i > 0 ? ", " : "", t->tap[i].name,
		                      t->tap[i].capture == NULL ? " (away)" : "");
	return text;
}

uint64_t
taps_packets(const struct taps *t)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < t->count; i++)
		sum += t->tap[i].packets;
	return sum;
}

uint64_t
taps_drops(const struct taps *t)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < t->count; i++)
		sum += t->tap[i].all_drops;
	return sum;
}
