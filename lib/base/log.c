/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How it works: a program that must not stop may not wait for whoever reads its lines, so log_never_wait puts a file
 * description of its own behind descriptor 2: O_NONBLOCK on the inherited one would also hold for the shell and all
 * others that share it. A line that does not fit is counted, and the number is written as soon as there is room. */
#include "log.h"

#include <sys/socket.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "text.h"

#define OWN_DESCRIPTION "/proc/self/fd/2"

enum writing {
	WRITING_WAITS,
	WRITING_OWN,    /* to a description of our own with O_NONBLOCK, or to a file */
	WRITING_SOCKET, /* the journal: not opened anew, but each call may say that it does not wait */
	WRITING_ASKS,   /* an inherited pipe or terminal that cannot be opened anew: only if there is room */
};

/* Priorities of syslog(3), which a line for the journal begins with: sd-daemon(3). */
enum level { LEVEL_ERROR = 3, LEVEL_WARNING, LEVEL_INFO = 6 };

static const char *log_name = "nfqd";
static bool is_journal;
static enum writing writing;
static bool hushed;
static uint64_t lost; /* lines since the last that was written */

/* Standard error is the journal's socket, and not another that took its place: systemd.exec(5). */
static bool
find_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	uintmax_t device, inode;
	struct stat st;

	return stream != NULL && sscanf(stream, "%ju:%ju", &device, &inode) == 2 && fstat(STDERR_FILENO, &st) == 0 &&
	       st.st_dev == device && st.st_ino == inode;
}

/* A descriptor below 3 that is closed would be given to the next file, and our lines written into it. */
void
log_open(const char *name)
{
	int fd;

	log_name = name;
	is_journal = find_journal();
	lost = 0; /* by the process that forked this one */
	while ((fd = open("/dev/null", O_RDWR)) >= 0 && fd <= STDERR_FILENO)
		;
	if (fd > STDERR_FILENO)
		close(fd);
}

static enum writing
writing_of(const struct stat *st)
{
	int fd;

	if (S_ISSOCK(st->st_mode))
		return WRITING_SOCKET;
	if (S_ISREG(st->st_mode))
		return WRITING_OWN;
	if ((fd = open(OWN_DESCRIPTION, O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)) < 0)
		return WRITING_ASKS;
	dup2(fd, STDERR_FILENO);
	close(fd);
	return WRITING_OWN;
}

void
log_never_wait(void)
{
	struct stat st;

	signal(SIGPIPE, SIG_IGN);
	writing = fstat(STDERR_FILENO, &st) == 0 ? writing_of(&st) : WRITING_ASKS;
}

/* One write per line, so that lines of several processes do not mix. */
static bool
write_line(const char *line, size_t size)
{
	struct pollfd room = {STDERR_FILENO, POLLOUT, 0};

	if (writing == WRITING_SOCKET)
		return send(STDERR_FILENO, line, size, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)size;
	if (writing == WRITING_ASKS && (poll(&room, 1, 0) != 1 || (room.revents & POLLOUT) == 0))
		return false;
	while (size > 0) {
		ssize_t n = write(STDERR_FILENO, line, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		line += n;
		size -= (size_t)n;
	}
	return true;
}

/* With its priority, if the journal reads it. */
static bool
write_text(enum level level, const char *text)
{
	char line[4096], prefix[8] = ""; /* what a pipe takes as a whole */
	size_t size;
	int n;

	if (is_journal)
		snprintf(prefix, sizeof prefix, "<%u>", level);
	n = snprintf(line, sizeof line - 1, "%s%s", prefix, text);
	size = (size_t)n < sizeof line - 2 ? (size_t)n : sizeof line - 2;
	line[size++] = '\n';
	return write_line(line, size);
}

void
log_catch_up(void)
{
	char text[128];

	if (lost == 0)
		return;
	snprintf(text, sizeof text, "%s: %" PRIu64 " line%s lost: nobody read standard error", log_name, lost,
	         lost == 1 ? "" : "s");
	if (write_text(LEVEL_WARNING, text))
		lost = 0;
}

void
log_hush(void)
{
	hushed = true;
}

void
log_speak(void)
{
	hushed = false;
}

static void
put_line(enum level level, const char *text)
{
	if (hushed)
		return;
	log_catch_up();
	if (lost > 0 || !write_text(level, text))
		lost += writing != WRITING_WAITS;
}

void
log_line(const char *text)
{
	put_line(LEVEL_WARNING, text);
}

/* Texts from outside may be part of it: what a reader cannot see is named. */
static void
put(enum level level, const char *format, va_list args, int error)
{
	char text[1024], shown[3000], line[3200];

	vsnprintf(text, sizeof text, format, args);
	text_name_hidden(text, shown, sizeof shown);
	if (error != 0)
		snprintf(line, sizeof line, "%s: %s: %s", log_name, shown, strerror(error));
	else
		snprintf(line, sizeof line, "%s: %s", log_name, shown);
	put_line(level, line);
}

#define PUT(level, error)                                                                                              \
	do {                                                                                                           \
		int saved = (error);                                                                                   \
		va_list args;                                                                                          \
		va_start(args, format);                                                                                \
		put(level, format, args, saved);                                                                       \
		va_end(args);                                                                                          \
	} while (0)

void
log_info(const char *format, ...)
{
	PUT(LEVEL_INFO, 0);
}

void
log_warn(const char *format, ...)
{
	PUT(LEVEL_WARNING, errno);
}

void
log_warnx(const char *format, ...)
{
	PUT(LEVEL_WARNING, 0);
}

void
fatal(const char *format, ...)
{
	PUT(LEVEL_ERROR, errno);
	exit(1);
}

void
fatalx(const char *format, ...)
{
	PUT(LEVEL_ERROR, 0);
	exit(1);
}

void
usagex(const char *format, ...)
{
	PUT(LEVEL_ERROR, 0);
	exit(2);
}

void *
whole(void *p)
{
	if (p == NULL)
		fatalx("out of memory");
	return p;
}
