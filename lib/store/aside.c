/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files that are moved or examined as files: nothing here opens a database. */
#include "store.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

const char store_magic[16] = "SQLite format 3"; /* and a NUL */

bool
store_is_garbage(const char *path)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	char begin[sizeof store_magic];
	struct stat st;
	ssize_t n;

	if (fd < 0)
		return false;
	n = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) ? read(fd, begin, sizeof begin) : 0;
	close(fd);
	/* An empty file counts as new. */
	return n > 0 && (n < (ssize_t)sizeof begin || memcmp(begin, store_magic, sizeof begin) != 0);
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
