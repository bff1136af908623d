/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sources: the databases that a command reads, as its options name them. */
#ifndef SOURCES_H
#define SOURCES_H

#include <stddef.h>

#include "lib/config/config.h"
#include "query.h"

#define DATABASE_DIR "/var/lib/nfqd"

struct sources {
	struct source *list;
	size_t count;
};

/* All three end the program with the reason if a database cannot be opened. */

/* A file, or a directory, which stands for those of its two databases that exist. */
void sources_add(struct sources *s, const char *path);
/* The paths; without any, the database of the configuration `c`; without that (NULL), DATABASE_DIR. */
void sources_open(struct sources *s, char *const *paths, size_t path_count, const struct config *c);
/* The configuration `path`; without one (NULL), CONFIG_PATH if it is there, or else NULL. A bad one ends the program
 * with status 2. */
struct config *sources_config(const char *path);
void sources_close(struct sources *s);

#endif
