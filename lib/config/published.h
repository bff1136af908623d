/* SPDX-License-Identifier: GPL-3.0-or-later */
/* published: the configuration whose policy is in force, as nfqd leaves it beside its control socket for pcapmon. It is
 * text as `nfqd check` prints it; comments have the moment, and the place of each line in the administrator's files. */
#ifndef PUBLISHED_H
#define PUBLISHED_H

#include <stdint.h>
#include <stdio.h>

#include "config.h"

#define PUBLISHED_PATH 128

/* The file of a gate with this configuration: CONTROL without ".sock", and ".policy". Returns out. */
const char *published_path(const struct config *c, char out[PUBLISHED_PATH]);
/* From when a policy is in force, and from when the one before it was; microseconds, 0: unknown, or there was none. A
 * reader that does not know a policy with `before` has missed some. */
struct published_times {
	int64_t since, before;
};

void published_print(const struct config *c, const struct published_times *times, FILE *out);
/* Takes the times from a line of such a file. False: it has none. */
bool published_read_times(const char *line, struct published_times *out);

/* A file being read; begins with zeroes and the configuration that is fed. */
struct published {
	struct config *config;
	struct published_times times;
	char file[4096]; /* the place of the next line */
	uint32_t number;
};
/* Takes a line, as the `line` of a struct config_taker. */
void published_feed(void *published, const char *file, uint32_t number, const char *text);

/* file.c: reads such a file. NULL if it is none (why is in the log). */
struct config *published_load(const char *path, struct published_times *times);

#endif
