/* SPDX-License-Identifier: GPL-3.0-or-later */
/* databases: files as nfqd and pcapmon leave them, for the harnesses to damage, and everything that reads them. */
#ifndef FUZZ_DATABASES_H
#define FUZZ_DATABASES_H

#include <stddef.h>
#include <stdint.h>

struct image {
	uint8_t *bytes;
	size_t size;
};

/* A gate.db (0) or wire.db (1) with rows in its tables: minutes, sealed hours, states of hosts, gaps. Made at the first
 * call; stays the module's. Without a write-ahead log. */
const struct image *databases_image(unsigned which);
/* Writes the bytes to a file of this process's own, and returns its path. */
const char *databases_write(const uint8_t *bytes, size_t size);
/* Reads the file as `nfqd report`, `nfqd report --json` and `nfqd host` do, and aborts if text of it could get to a
 * terminal. */
void databases_read(const char *path);
void databases_remove(void); /* that file, and what SQLite has put beside it */

#endif
