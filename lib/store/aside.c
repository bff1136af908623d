/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files that are moved or examined as files: nothing here opens a database. */
#include "store.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

const char store_magic[16] = "SQLite format 3"; /* and a NUL */

bool
store_is_garbage(const char *path)
{
	FILE *in = fopen(path, "re");
	char begin[sizeof store_magic];
	size_t n;

	if (in == NULL)
		return false;
	n = fread(begin, 1, sizeof begin, in);
	fclose(in);
	return n > 0 &&
	       (n < sizeof begin || memcmp(begin, store_magic, sizeof begin) != 0); /* an empty file counts as new */
}

bool
store_set_aside(const char *path, int64_t now, char *to, size_t size)
{
	static const char *const ends[] = {"", "-wal"};
	char from[4096 + 8], aside[4096 + 64];

	to[0] = '\0';
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		snprintf(from, sizeof from, "%s%s", path, ends[i]);
		snprintf(aside, sizeof aside, "%s.damaged-%lld%s", path, (long long)now, ends[i]);
		if (rename(from, aside) == 0) {
			if (i == 0)
				snprintf(to, size, "%s", aside);
		} else if (errno != ENOENT && errno != ENOTDIR) {
			return false;
		}
	}
	snprintf(from, sizeof from, "%s-shm", path); /* an index of the log, useless without it */
	return unlink(from) == 0 || errno == ENOENT || errno == ENOTDIR;
}
