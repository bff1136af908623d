/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How it works: one buffer holds the bytes to be shown, begin to end. A plain file is read straight into it; a
 * compressed one is read into `packed` and unpacked from there. Bytes skipped beyond the buffer are remembered as a
 * debt, which later bytes pay. */
#include "window.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "input.h"
#include "unpack.h"

#define BUFFER (2 * WINDOW_PEEK)
#define PACKED (64 * 1024)
#define MAGIC 4 /* bytes by which the content is recognized */

struct window {
	struct input *input;
	enum window_state state;
	size_t begin, end;
	uint64_t debt, offset;
	bool known; /* its compression is known */
	bool torn;  /* the file before this one was */
	struct unpack *unpack;
	size_t packed_begin, packed_end;
	const char *error;
	uint8_t packed[PACKED], buffer[BUFFER];
};

static struct window *
window_new(struct input *input)
{
	struct window *s = input != NULL ? malloc(sizeof *s) : NULL;

	if (s == NULL) {
		input_close(input);
		return NULL;
	}
	memset(s, 0, offsetof(struct window, packed));
	s->input = input;
	return s;
}

struct window *
window_file(const char *path, bool follow, char *why, size_t size)
{
	struct input *input = input_file(path, follow, why, size);
	struct window *s = window_new(input);

	if (s == NULL && input != NULL)
		snprintf(why, size, "%s: out of memory", path);
	return s;
}

struct window *
window_memory(const uint8_t *bytes, size_t size)
{
	return window_new(input_memory(bytes, size));
}

static void
forget_unpack(struct window *s)
{
	if (s->unpack != NULL)
		s->unpack->free(s->unpack);
	s->unpack = NULL;
	s->packed_begin = s->packed_end = 0;
	s->known = false;
}

void
window_close(struct window *s)
{
	if (s == NULL)
		return;
	forget_unpack(s);
	input_close(s->input);
	free(s);
}

static bool
fail(struct window *s, const char *why)
{
	s->state = WINDOW_ERROR;
	s->error = why;
	return false;
}

/* Nothing more came. False: see the state. */
static bool
stop(struct window *s, enum input_result result)
{
	switch (result) {
	case INPUT_BYTES:
		return true;
	case INPUT_WAIT:
		s->state = WINDOW_WAIT;
		return false;
	case INPUT_END:
		s->state = window_inside(s) ? WINDOW_CUT : WINDOW_END;
		return false;
	case INPUT_ANEW:
		s->torn = window_inside(s);
		forget_unpack(s);
		s->begin = s->end = 0;
		s->debt = s->offset = 0;
		s->state = WINDOW_ANEW;
		break;
	case INPUT_ERROR:
		s->state = WINDOW_ERROR;
		break;
	}
	s->error = input_text(s->input);
	return false;
}

/* RFC 1952, 2.3.1 and RFC 8878, 3.1: a gzip member, a zstd frame, or a zstd frame to be skipped. */
static bool
choose_unpack(struct window *s)
{
	const uint8_t *b = s->packed;
	bool gzip = b[0] == 0x1f && b[1] == 0x8b;
	bool zstd = (b[0] == 0x28 && b[1] == 0xb5 && b[2] == 0x2f && b[3] == 0xfd) ||
	            (b[0] >> 4 == 5 && b[1] == 0x2a && b[2] == 0x4d && b[3] == 0x18);

	s->known = true;
	if (!gzip && !zstd)
		return true;
	s->unpack = gzip ? unpack_gzip() : unpack_zstd();
	return s->unpack != NULL || fail(s, "out of memory");
}

/* Moves the bytes that were read to recognize the content into the buffer, which is empty then. */
static void
keep_plain(struct window *s)
{
	memcpy(s->buffer, s->packed, s->packed_end);
	s->begin = 0;
	s->end = s->packed_end;
	s->packed_begin = s->packed_end = 0;
}

static bool
find_out(struct window *s)
{
	enum input_result result = INPUT_BYTES;
	size_t got;

	while (s->packed_end < MAGIC &&
	       (result = input_read(s->input, s->packed + s->packed_end, PACKED - s->packed_end, &got)) == INPUT_BYTES)
		s->packed_end += got;
	if (result == INPUT_END && s->packed_end > 0) { /* too short to be compressed */
		keep_plain(s);
		s->known = true;
		return true;
	}
	if (result != INPUT_BYTES)
		return stop(s, result);
	if (!choose_unpack(s))
		return false;
	if (s->unpack == NULL)
		keep_plain(s);
	return true;
}

/* Turns until a byte came out: a piece of input may give none. */
static bool
fill_packed(struct window *s)
{
	for (;;) {
		struct unpack_io io = {.in = s->packed + s->packed_begin,
		                       .in_left = s->packed_end - s->packed_begin,
		                       .out = s->buffer + s->end,
		                       .out_left = BUFFER - s->end};
		size_t in_left = io.in_left, out_left = io.out_left, got;
		enum input_result result;

		if (!s->unpack->step(s->unpack, &io)) {
			s->end += out_left - io.out_left;
			return fail(s, s->unpack->why);
		}
		s->packed_begin += in_left - io.in_left;
		s->end += out_left - io.out_left;
		if (io.out_left < out_left)
			return true;
		if (s->packed_begin < s->packed_end) {
			if (io.in_left == in_left && !s->unpack->whole)
				return fail(s, "the compressed data are damaged");
			continue;
		}
		result = input_read(s->input, s->packed, PACKED, &got);
		if (result != INPUT_BYTES)
			return stop(s, result);
		s->packed_begin = 0;
		s->packed_end = got;
	}
}

/* At least one byte more behind `end`, for which there is room. */
static bool
fill(struct window *s)
{
	enum input_result result;
	size_t got;

	if (s->state == WINDOW_ERROR)
		return false;
	if (!s->known)
		return find_out(s);
	if (s->unpack != NULL)
		return fill_packed(s);
	result = input_read(s->input, s->buffer + s->end, BUFFER - s->end, &got);
	if (result != INPUT_BYTES)
		return stop(s, result);
	s->end += got;
	return true;
}

static void
pay(struct window *s)
{
	size_t held = s->end - s->begin;
	size_t part = s->debt < held ? (size_t)s->debt : held;

	s->begin += part;
	s->debt -= part;
}

const uint8_t *
window_peek(struct window *s, size_t size)
{
	bool more = true;

	while (s->debt > 0 || s->end - s->begin < size) {
		if (!more)
			return NULL;
		if (s->begin == s->end) {
			s->begin = s->end = 0;
		} else if (BUFFER - s->begin < size) {
			memmove(s->buffer, s->buffer + s->begin, s->end - s->begin);
			s->end -= s->begin;
			s->begin = 0;
		}
		more = fill(s); /* damaged data may have given something all the same */
		pay(s);
	}
	return s->buffer + s->begin;
}

enum window_state
window_state(const struct window *s)
{
	return s->state;
}

void
window_skip(struct window *s, uint64_t size)
{
	s->offset += size;
	s->debt += size;
	pay(s);
}

uint64_t
window_offset(const struct window *s)
{
	return s->offset;
}

void
window_wait(const struct window *s, int milliseconds)
{
	input_wait(s->input, milliseconds);
}

bool
window_inside(const struct window *s)
{
	return s->begin < s->end || s->debt > 0 || s->packed_begin < s->packed_end ||
	       (s->unpack != NULL && !s->unpack->whole);
}

bool
window_torn(const struct window *s)
{
	return s->torn;
}

bool
window_is_file(const struct window *s)
{
	return input_is_file(s->input);
}

const char *
window_error(const struct window *s)
{
	return s->error;
}
