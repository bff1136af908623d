/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "savefile.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/log.h"
#include "pcap.h"
#include "window.h"

struct savefile {
	struct window *window;
	enum { FORMAT_UNKNOWN, FORMAT_PCAP, FORMAT_PCAPNG } format;
	struct savefile_pcap pcap;
	struct savefile_pcapng pcapng;
	uint64_t frames, first; /* first: how many were given before the present file */
	const char *name;       /* for messages */
	bool anew, torn, failed;
	char error[256];
};

static struct savefile *
savefile_new(struct window *window, const char *name)
{
	struct savefile *f = window != NULL ? calloc(1, sizeof *f) : NULL;

	if (f == NULL) {
		window_close(window);
		return NULL;
	}
	f->window = window;
	f->name = name;
	return f;
}

struct savefile *
savefile_open(const char *path, bool follow, char *why, size_t size)
{
	struct window *window = window_file(path, follow, why, size);
	struct savefile *f = savefile_new(window, path);

	if (f == NULL && window != NULL)
		snprintf(why, size, "%s: out of memory", path);
	return f;
}

struct savefile *
savefile_memory(const uint8_t *bytes, size_t size)
{
	return savefile_new(window_memory(bytes, size), "memory");
}

void
savefile_close(struct savefile *f)
{
	if (f == NULL)
		return;
	savefile_pcapng_free(&f->pcapng);
	window_close(f->window);
	free(f);
}

static enum frame_result
fail(struct savefile *f, const char *why)
{
	if (f->format == FORMAT_UNKNOWN)
		snprintf(f->error, sizeof f->error, "%s", why);
	else
		snprintf(f->error, sizeof f->error, "%s behind packet %" PRIu64 " (byte %" PRIu64 ")", why,
		         f->frames - f->first, window_offset(f->window));
	f->failed = true;
	return FRAME_ERROR;
}

/* Recognized by the first bytes. Both headers are handled by the format. */
static enum savefile_read
begin(struct savefile *f, const char **why)
{
	const uint8_t *magic = window_peek(f->window, 4);
	enum savefile_read result;

	if (magic == NULL)
		return READ_SHORT;
	if (savefile_pcapng_magic(magic)) {
		f->format = FORMAT_PCAPNG;
		return READ_FRAME;
	}
	if (!savefile_pcap_magic(magic)) {
		*why = "is neither pcap nor pcapng, nor either of them in gzip or zstd";
		return READ_BAD;
	}
	result = savefile_pcap_header(&f->pcap, f->window, why);
	if (result == READ_FRAME)
		f->format = FORMAT_PCAP;
	return result;
}

static void
start_anew(struct savefile *f)
{
	f->torn = window_torn(f->window) || f->pcapng.trailer != 0;
	savefile_pcapng_free(&f->pcapng);
	f->format = FORMAT_UNKNOWN;
	f->first = f->frames;
	f->anew = true;
	log_info("%s: %s", f->name, window_error(f->window));
}

/* The window has no more bytes, for whatever reason. */
static enum frame_result
no_more(struct savefile *f)
{
	switch (window_state(f->window)) {
	case WINDOW_WAIT:
		return FRAME_NOTHING;
	case WINDOW_ANEW:
		start_anew(f);
		return FRAME_NOTHING;
	case WINDOW_END:
		if (f->format == FORMAT_UNKNOWN)
			return fail(f, "is empty");
		return f->pcapng.trailer == 0 ? FRAME_END : fail(f, "is cut off");
	case WINDOW_CUT:
		return fail(f, f->format == FORMAT_UNKNOWN ? "is cut off in its header" : "is cut off");
	case WINDOW_ERROR:
		return fail(f, window_error(f->window));
	}
	return FRAME_ERROR;
}

enum frame_result
savefile_next(struct savefile *f, struct frame *out)
{
	enum savefile_read result = READ_FRAME;
	const char *why = NULL;

	if (f->failed)
		return FRAME_ERROR;
	if (f->format == FORMAT_UNKNOWN)
		result = begin(f, &why);
	if (result == READ_FRAME)
		result = f->format == FORMAT_PCAP ? savefile_pcap_next(&f->pcap, f->window, out, &why)
		                                  : savefile_pcapng_next(&f->pcapng, f->window, out, &why);
	switch (result) {
	case READ_FRAME:
		f->frames++;
		return FRAME_READ;
	case READ_SHORT:
		return no_more(f);
	case READ_BAD:
		return fail(f, why);
	}
	return FRAME_ERROR;
}

void
savefile_wait(const struct savefile *f, int milliseconds)
{
	window_wait(f->window, milliseconds);
}

uint64_t
savefile_frames(const struct savefile *f)
{
	return f->frames;
}

bool
savefile_anew(struct savefile *f, bool *torn)
{
	bool anew = f->anew;

	*torn = f->torn;
	f->anew = false;
	return anew;
}

bool
savefile_inside(const struct savefile *f)
{
	return window_inside(f->window) || f->pcapng.trailer != 0 || f->format == FORMAT_UNKNOWN;
}

bool
savefile_is_file(const struct savefile *f)
{
	return window_is_file(f->window);
}

const char *
savefile_error(const struct savefile *f)
{
	return f->error;
}
