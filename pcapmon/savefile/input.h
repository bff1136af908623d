/* SPDX-License-Identifier: GPL-3.0-or-later */
/* input: raw bytes of a file, of standard input or of memory; a file may grow, be truncated or be replaced. */
#ifndef INPUT_H
#define INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct input;

enum input_result {
	INPUT_BYTES,
	INPUT_WAIT, /* nothing for now: a followed file or an idle pipe */
	INPUT_END,
	INPUT_ANEW, /* the followed file was truncated or replaced; the next byte is the new file's first */
	INPUT_ERROR
};

/* As window_file and window_memory. */
struct input *input_file(const char *path, bool follow, char *why, size_t size);
struct input *input_memory(const uint8_t *bytes, size_t size);
void input_close(struct input *in); /* accepts NULL */

/* With INPUT_BYTES, *got (> 0) bytes were written to `out`. */
enum input_result input_read(struct input *in, uint8_t *out, size_t room, size_t *got);
/* After INPUT_WAIT: until there may be more, a signal, or `milliseconds` are over. */
void input_wait(const struct input *in, int milliseconds);
bool input_is_file(const struct input *in);
/* After INPUT_ERROR or INPUT_ANEW. */
const char *input_text(const struct input *in);

#endif
