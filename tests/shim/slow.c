/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Preloaded into nfqd by tests: a disk so slow that each fsync takes SLOW_SYNC milliseconds, and each opening of
 * gate.db SLOW_OPEN. No signal cuts that short, as none would for a process that waits for a disk. The file SLOW_DISK,
 * if there is one, has the milliseconds of both in place of these, and may change while nfqd runs. */
#include <sys/mman.h>
#include <sys/stat.h>

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t *disk;

/* At the start: nfqd's system-call filter forbids it later. */
__attribute__((constructor)) static void
map_disk(void)
{
	const char *path = getenv("SLOW_DISK");
	int fd = path != NULL ? open(path, O_RDONLY | O_CLOEXEC) : -1;

	if (fd < 0)
		return;
	disk = mmap(NULL, sizeof *disk, PROT_READ, MAP_SHARED, fd, 0);
	if (disk == MAP_FAILED) {
		perror("SLOW_DISK");
		_exit(1);
	}
	close(fd);
}

static void
wait_for(const char *name)
{
	const char *text = getenv(name);
	long ms = disk != NULL ? (long)*disk : text != NULL ? strtol(text, NULL, 10) : 0;
	struct timespec left = {ms / 1000, ms % 1000 * 1000000};

	while (nanosleep(&left, &left) != 0 && errno == EINTR)
		;
}

int
fsync(int fd)
{
	int (*next)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fsync");

	wait_for("SLOW_SYNC");
	return next(fd);
}

int
fdatasync(int fd)
{
	int (*next)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");

	wait_for("SLOW_SYNC");
	return next(fd);
}

static int
open_slowly(const char *name, const char *path, int flags, mode_t mode)
{
	int (*next)(const char *, int, ...) = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, name);
	size_t n = strlen(path);

	if (n >= 8 && strcmp(path + n - 8, "/gate.db") == 0)
		wait_for("SLOW_OPEN");
	return next(path, flags, mode);
}

#define OPEN(name)                                                                                                     \
	int name(const char *path, int flags, ...)                                                                     \
	{                                                                                                              \
		mode_t mode = 0;                                                                                       \
		va_list args;                                                                                          \
                                                                                                                       \
		va_start(args, flags);                                                                                 \
		if ((flags & O_CREAT) != 0)                                                                            \
			mode = va_arg(args, mode_t);                                                                   \
		va_end(args);                                                                                          \
		return open_slowly(#name, path, flags, mode);                                                          \
	}

OPEN(open)
OPEN(open64)
