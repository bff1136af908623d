/* SPDX-License-Identifier: GPL-3.0-or-later */
/* config: a configuration that the caller feeds line by line. file.c reads one from files. */
#ifndef CONFIG_FEED_H
#define CONFIG_FEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config.h"

/* The receiver of the lines of a file, one at a time. */
struct config_taker {
	void (*line)(void *ctx, const char *file, uint32_t number, const char *text);
	void *ctx;
};

/* The parser's access to files and users, and its error output. */
struct config_io {
	void *arg;
	/* Gives `to` each line of the files that match `pattern`, relative to the file `from`. Returns NULL, or the
	 * reason of a failure as static text. */
	const char *(*read)(void *arg, const char *from, const char *pattern, bool glob, const struct config_taker *to);
	/* User name -> uid; false if there is no such user. NULL: only numbers are accepted. */
	bool (*user)(void *arg, const char *name, uint32_t *out);
	/* One error message, ready to print, without newline. */
	void (*complain)(void *arg, const char *text);
};

/* A configuration with the defaults of nfqd.conf(5). NULL if out of memory. */
struct config *config_new(const struct config_io *io);
/* file.c: as config_load, but each error is given to `take`, as one line without its end. */
struct config *config_load_telling(const char *path, void (*take)(void *arg, const char *text), void *arg);
/* Parses one line. Errors go to io->complain and are counted. */
void config_feed(struct config *c, const char *file, uint32_t number, const char *text);
/* Checks the whole and builds the policy. Returns the number of errors since config_new; with any, the
 * configuration must not be used. */
size_t config_finish(struct config *c, const char *file);

#endif
