/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sources: the databases of a command, from its options. */
#ifndef SOURCES_H
#define SOURCES_H

#include <stddef.h>

#include "lib/config/config.h"
#include "query.h"

struct sources {
	struct source *list;
	size_t count;
};

/* All three are fatal if a database cannot be opened. As root they give that up for the owner of the first database, if
 * that is somebody else (priv_become_owner): open before what only root may open. */

/* A file, or a directory with one or both databases. */
void sources_add(struct sources *s, const char *path);
/* Opens the paths; without any, the database of the configuration `c`; without that (NULL), CONFIG_DATABASE.
 * Fatal, too, if nothing was recorded there yet. */
void sources_open(struct sources *s, char *const *paths, size_t path_count, const struct config *c);
/* Reads the configuration `path`; if NULL, CONFIG_PATH if that exists, otherwise returns NULL. Exits with status 2 on a
 * bad one. */
struct config *sources_config(const char *path);
void sources_close(struct sources *s);

#endif
