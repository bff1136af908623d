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
	struct source *source;
	enum { FORMAT_UNKNOWN, FORMAT_PCAP, FORMAT_PCAPNG } format;
	struct savefile_pcap pcap;
	struct savefile_pcapng pcapng;
	uint64_t frames, first; /* first: how many were given before the present file */
	const char *name;       /* for messages */
	bool anew, torn, failed;
	char error[256];
};

static struct savefile *
savefile_new(struct source *source, const char *name)
{
	struct savefile *f = source != NULL ? calloc(1, sizeof *f) : NULL;

	if (f == NULL) {
		source_close(source);
		return NULL;
	}
	f->source = source;
	f->name = name;
	return f;
}

struct savefile *
savefile_open(const char *path, bool follow, char *why, size_t size)
{
	struct source *source = source_file(path, follow, why, size);
	struct savefile *f = savefile_new(source, path);

	if (f == NULL && source != NULL)
		snprintf(why, size, "%s: out of memory", path);
	return f;
}

struct savefile *
savefile_memory(const uint8_t *bytes, size_t size)
{
	return savefile_new(source_memory(bytes, size), "memory");
}

void
savefile_close(struct savefile *f)
{
	if (f == NULL)
		return;
	savefile_pcapng_free(&f->pcapng);
	source_close(f->source);
	free(f);
}

static enum frame_result
fail(struct savefile *f, const char *why)
{
	if (f->format == FORMAT_UNKNOWN)
		snprintf(f->error, sizeof f->error, "%s", why);
	else
		snprintf(f->error, sizeof f->error, "%s behind packet %" PRIu64 " (byte %" PRIu64 ")", why,
		         f->frames - f->first, source_offset(f->source));
	f->failed = true;
	return FRAME_ERROR;
}

/* The first bytes say which it is. Both headers are handled by the format. */
static enum savefile_read
begin(struct savefile *f, const char **why)
{
	const uint8_t *magic = source_peek(f->source, 4);
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
	result = savefile_pcap_header(&f->pcap, f->source, why);
	if (result == READ_FRAME)
		f->format = FORMAT_PCAP;
	return result;
}

static void
start_anew(struct savefile *f)
{
	f->torn = source_torn(f->source) || f->pcapng.trailer != 0;
	savefile_pcapng_free(&f->pcapng);
	f->format = FORMAT_UNKNOWN;
	f->first = f->frames;
	f->anew = true;
	log_info("%s: %s", f->name, source_error(f->source));
}

/* The source has no more; what that means depends on why. */
static enum frame_result
no_more(struct savefile *f)
{
	switch (source_state(f->source)) {
	case SOURCE_WAIT:
		return FRAME_NOTHING;
	case SOURCE_ANEW:
		start_anew(f);
		return FRAME_NOTHING;
	case SOURCE_END:
		if (f->format == FORMAT_UNKNOWN)
			return fail(f, "is empty");
		return f->pcapng.trailer == 0 ? FRAME_END : fail(f, "is cut off");
	case SOURCE_CUT:
		return fail(f, f->format == FORMAT_UNKNOWN ? "is cut off in its header" : "is cut off");
	case SOURCE_ERROR:
		return fail(f, source_error(f->source));
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
		result = f->format == FORMAT_PCAP ? savefile_pcap_next(&f->pcap, f->source, out, &why)
		                                  : savefile_pcapng_next(&f->pcapng, f->source, out, &why);
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
	source_wait(f->source, milliseconds);
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
	return source_inside(f->source) || f->pcapng.trailer != 0 || f->format == FORMAT_UNKNOWN;
}

bool
savefile_is_file(const struct savefile *f)
{
	return source_is_file(f->source);
}

const char *
savefile_error(const struct savefile *f)
{
	return f->error;
}
