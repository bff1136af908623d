/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Preloaded into nfqd by tests: everything that it does to the files of gate.db goes into the file TRACE_WRITES as
 * well, in order, so that a test can lay out the files as a power cut at any moment would have left them.
 *
 * A record is a header of numbers and then `size` bytes. It is written after the call has been done. */
#include <sys/stat.h>

#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WRITE = 1, TRUNCATE, SYNC, UNLINK };
#define FILES 1024

struct header {
	uint32_t what, file; /* file: 0 the database, 1 its write-ahead log */
	int64_t offset, size;
};

static int trace = -1;
static unsigned char file_of[FILES]; /* by descriptor: file + 1 */

static void *
next(const char *name)
{
	return dlsym(RTLD_NEXT, name);
}

__attribute__((constructor)) static void
open_trace(void)
{
	const char *path = getenv("TRACE_WRITES");

	/* High, so that nfqd does not close it when it parts with what is not its own. */
	if (path != NULL) {
		int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);

		trace = fcntl(fd, F_DUPFD_CLOEXEC, 700);
		close(fd);
	}
}

static int
which(const char *path)
{
	size_t n = strlen(path);

	if (n >= 8 && strcmp(path + n - 8, "/gate.db") == 0)
		return 1;
	return n >= 12 && strcmp(path + n - 12, "/gate.db-wal") == 0 ? 2 : 0;
}

static void
tell(uint32_t what, uint32_t file, int64_t offset, const void *bytes, int64_t size)
{
	static __thread unsigned char record[sizeof(struct header) + 128 * 1024];
	struct header h = {what, file, offset, size};

	if (trace < 0 || (size_t)size > sizeof record - sizeof h)
		return;
	memcpy(record, &h, sizeof h);
	if (bytes != NULL)
		memcpy(record + sizeof h, bytes, (size_t)size);
	if (write(trace, record, sizeof h + (bytes != NULL ? (size_t)size : 0)) < 0)
		_exit(99);
}

static int
known(int fd)
{
	return fd >= 0 && fd < FILES ? file_of[fd] : 0;
}

static int
opened(int fd, const char *path)
{
	if (fd >= 0 && fd < FILES)
		file_of[fd] = (unsigned char)which(path);
	return fd;
}

#define MODE(flags, last)                                                                                              \
	mode_t mode = 0;                                                                                               \
	if ((flags)&O_CREAT) {                                                                                         \
		va_list args;                                                                                          \
		va_start(args, last);                                                                                  \
		mode = va_arg(args, mode_t);                                                                           \
		va_end(args);                                                                                          \
	}

int
open(const char *path, int flags, ...)
{
	MODE(flags, flags)
	return opened(openat(AT_FDCWD, path, flags, mode), path);
}

int
open64(const char *path, int flags, ...)
{
	MODE(flags, flags)
	return opened(openat(AT_FDCWD, path, flags | O_LARGEFILE, mode), path);
}

int
close(int fd)
{
	int (*real)(int) = (int (*)(int))next("close");

	if (fd == trace)
		return 0;
	if (fd >= 0 && fd < FILES)
		file_of[fd] = 0;
	return real(fd);
}

/* A child closes in ranges what it does not need. */
int
close_range(unsigned first, unsigned last, int flags)
{
	int (*real)(unsigned, unsigned, int) = (int (*)(unsigned, unsigned, int))next("close_range");
	unsigned own = (unsigned)trace;

	if (trace < 0 || own < first || own > last)
		return real(first, last, flags);
	if (first < own && real(first, own - 1, flags) != 0)
		return -1;
	return own < last ? real(own + 1, last, flags) : 0;
}

ssize_t
pwrite64(int fd, const void *bytes, size_t size, off64_t offset)
{
	ssize_t (*real)(int, const void *, size_t, off64_t) =
	        (ssize_t(*)(int, const void *, size_t, off64_t))next("pwrite64");
	ssize_t n = real(fd, bytes, size, offset);

	if (n > 0 && known(fd))
		tell(WRITE, (uint32_t)known(fd) - 1, offset, bytes, n);
	return n;
}

ssize_t
pwrite(int fd, const void *bytes, size_t size, off_t offset)
{
	return pwrite64(fd, bytes, size, offset);
}

int
ftruncate64(int fd, off64_t size)
{
	int (*real)(int, off64_t) = (int (*)(int, off64_t))next("ftruncate64");
	int done = real(fd, size);

	if (done == 0 && known(fd))
		tell(TRUNCATE, (uint32_t)known(fd) - 1, size, NULL, 0);
	return done;
}

int
ftruncate(int fd, off_t size)
{
	return ftruncate64(fd, size);
}

int
fsync(int fd)
{
	int (*real)(int) = (int (*)(int))next("fsync");
	int done = real(fd);

	if (done == 0 && known(fd))
		tell(SYNC, (uint32_t)known(fd) - 1, 0, NULL, 0);
	return done;
}

int
fdatasync(int fd)
{
	int (*real)(int) = (int (*)(int))next("fdatasync");
	int done = real(fd);

	if (done == 0 && known(fd))
		tell(SYNC, (uint32_t)known(fd) - 1, 0, NULL, 0);
	return done;
}

int
unlink(const char *path)
{
	int (*real)(const char *) = (int (*)(const char *))next("unlink");
	int done = real(path);

	if (done == 0 && which(path) != 0)
		tell(UNLINK, (uint32_t)which(path) - 1, 0, NULL, 0);
	return done;
}
