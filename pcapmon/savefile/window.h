/* SPDX-License-Identifier: GPL-3.0-or-later */
/* source: the bytes of a file, of standard input or of memory, in their order. gzip and zstd are told by content and
 * decompressed on the way; the memory it takes is bounded whatever the content says. */
#ifndef SOURCE_H
#define SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SOURCE_PEEK (512 * 1024) /* the most that source_peek can show at once */

struct source;

/* "-" is standard input. With `follow` a regular file is expected to grow. NULL on error, with the reason, which names
 * the file, in `why`. */
struct source *source_file(const char *path, bool follow, char *why, size_t size);
/* The bytes stay the caller's and must outlive the source. NULL if memory is short. */
struct source *source_memory(const uint8_t *bytes, size_t size);
void source_close(struct source *s); /* accepts NULL */

/* Why source_peek showed nothing. */
enum source_state {
	SOURCE_WAIT,  /* a growing file or a pipe has no more for now */
	SOURCE_END,   /* the last byte was passed */
	SOURCE_CUT,   /* it ends before what was asked for, or inside the compressed data */
	SOURCE_ANEW,  /* a followed file was truncated or replaced: said once; the next byte is the new file's first */
	SOURCE_ERROR, /* see source_error */
};

/* The next `size` bytes (<= SOURCE_PEEK), valid until the next call, or NULL. The bytes stay the next ones. */
const uint8_t *source_peek(struct source *s, size_t size);
enum source_state source_state(const struct source *s); /* of the last peek, which was NULL */
/* Passes over bytes, which need not be there yet. */
void source_skip(struct source *s, uint64_t size);
uint64_t source_offset(const struct source *s); /* of the next byte; decompressed */
/* After SOURCE_WAIT: until there may be more, a signal, or `milliseconds` are over. */
void source_wait(const struct source *s, int milliseconds);
/* Whether bytes were read, or skipped ahead of being read, that nobody has taken. */
bool source_inside(const struct source *s);
bool source_torn(const struct source *s);    /* after SOURCE_ANEW: whether that was so for the old file */
bool source_is_file(const struct source *s); /* a regular file */
/* After SOURCE_ERROR, or what became of a file after SOURCE_ANEW. */
const char *source_error(const struct source *s);

#endif
