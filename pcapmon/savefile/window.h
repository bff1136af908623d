/* SPDX-License-Identifier: GPL-3.0-or-later */
/* window: the bytes of a file, of standard input or of memory, in their order. gzip and zstd are recognized by content
 * and decompressed on the way; the memory it takes is bounded whatever the content says. */
#ifndef WINDOW_H
#define WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WINDOW_PEEK (512 * 1024) /* the most that window_peek can show at once */

struct window;

/* "-" is standard input. With `follow` a regular file is expected to grow. NULL on error, with the reason, which names
 * the file, in `why`. */
struct window *window_file(const char *path, bool follow, char *why, size_t size);
/* The bytes stay the caller's and must outlive the window. NULL if memory is short. */
struct window *window_memory(const uint8_t *bytes, size_t size);
void window_close(struct window *s); /* accepts NULL */

/* The reason why window_peek showed nothing. */
enum window_state {
	WINDOW_WAIT,  /* a growing file or a pipe has no more for now */
	WINDOW_END,   /* the last byte was passed */
	WINDOW_CUT,   /* it ends before the requested bytes, or inside the compressed data */
	WINDOW_ANEW,  /* a followed file was truncated or replaced: said once; the next byte is the new file's first */
	WINDOW_ERROR, /* see window_error */
};

/* The next `size` bytes (<= WINDOW_PEEK), valid until the next call, or NULL. The bytes stay the next ones. */
const uint8_t *window_peek(struct window *s, size_t size);
enum window_state window_state(const struct window *s); /* of the last peek, which was NULL */
/* Passes over bytes, which need not be there yet. */
void window_skip(struct window *s, uint64_t size);
uint64_t window_offset(const struct window *s); /* of the next byte; decompressed */
/* After WINDOW_WAIT: until there may be more, a signal, or `milliseconds` are over. */
void window_wait(const struct window *s, int milliseconds);
/* Bytes were read, or skipped ahead of being read, that were not taken. */
bool window_inside(const struct window *s);
bool window_torn(const struct window *s);    /* after WINDOW_ANEW: the old file ended inside a frame */
bool window_is_file(const struct window *s); /* a regular file */
/* After WINDOW_ERROR the reason; after WINDOW_ANEW what happened to the file. */
const char *window_error(const struct window *s);

#endif
