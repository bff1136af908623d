/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "input.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/log.h"

struct input {
	int fd; /* -1: memory */
	const char *path;
	const uint8_t *bytes; /* of memory */
	size_t left;
	off_t offset;    /* read so far from this file */
	bool regular;    /* else a pipe, a terminal, a device */
	bool follow;     /* regular, and expected to grow */
	bool successor;  /* another file has the name now; what the old one still has comes first */
	bool complained; /* of the successor that could not be opened */
	char text[256];
};

static void
keep_errno(struct input *in)
{
	snprintf(in->text, sizeof in->text, "cannot be read: %s", strerror(errno));
}

struct input *
input_file(const char *path, bool follow, char *why, size_t size)
{
	struct input *in = calloc(1, sizeof *in);
	bool standard = strcmp(path, "-") == 0;
	struct stat st;

	if (in != NULL)
		in->fd = standard ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
		                  : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (in == NULL || in->fd < 0 || fstat(in->fd, &st) != 0)
		goto failed;
	if (S_ISDIR(st.st_mode)) {
		errno = EISDIR;
		goto failed;
	}
	in->path = path;
	in->regular = S_ISREG(st.st_mode);
	in->follow = follow && in->regular && !standard;
	/* A shell may have read from the descriptor that it hands over. */
	if (in->regular && (in->offset = lseek(in->fd, 0, SEEK_CUR)) < 0)
		in->offset = 0;
	return in;
failed:
	snprintf(why, size, "%s: %s", standard ? "standard input" : path, strerror(errno));
	input_close(in);
	return NULL;
}

struct input *
input_memory(const uint8_t *bytes, size_t size)
{
	struct input *in = calloc(1, sizeof *in);

	if (in == NULL)
		return NULL;
	in->fd = -1;
	in->bytes = bytes;
	in->left = size;
	return in;
}

void
input_close(struct input *in)
{
	if (in == NULL)
		return;
	if (in->fd >= 0)
		close(in->fd);
	free(in);
}

static enum input_result
start_anew(struct input *in, const char *text)
{
	in->offset = 0;
	in->successor = false;
	in->complained = false;
	snprintf(in->text, sizeof in->text, "%s", text);
	return INPUT_ANEW;
}

/* The old file is read to its end, and then the one that has its name now. Whoever wrote the old one may do so a moment
 * longer, so the change is taken at the second look. */
static enum input_result
take_successor(struct input *in)
{
	int fd;

	if (!in->successor) {
		in->successor = true;
		return INPUT_WAIT;
	}
	fd = open(in->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0) {
		if (!in->complained)
			log_warn("%s was replaced, and cannot be opened: trying again", in->path);
		in->complained = true;
		return INPUT_WAIT;
	}
	close(in->fd);
	in->fd = fd;
	return start_anew(in, "was replaced: reading the new file");
}

/* At the end of a followed file. */
static enum input_result
look_again(struct input *in)
{
	struct stat now, named;

	if (fstat(in->fd, &now) != 0) {
		keep_errno(in);
		return INPUT_ERROR;
	}
	if (now.st_size < in->offset) {
		if (lseek(in->fd, 0, SEEK_SET) != 0) {
			keep_errno(in);
			return INPUT_ERROR;
		}
		return start_anew(in, "was truncated: reading it from its start");
	}
	if (stat(in->path, &named) != 0) /* renamed, and nothing there yet; or removed */
		return INPUT_WAIT;
	if (named.st_ino != now.st_ino || named.st_dev != now.st_dev)
		return take_successor(in);
	in->successor = false;
	return INPUT_WAIT;
}

static enum input_result
read_memory(struct input *in, uint8_t *out, size_t room, size_t *got)
{
	if (in->left == 0)
		return INPUT_END;
	*got = in->left < room ? in->left : room;
	memcpy(out, in->bytes, *got);
	in->bytes += *got;
	in->left -= *got;
	return INPUT_BYTES;
}

enum input_result
input_read(struct input *in, uint8_t *out, size_t room, size_t *got)
{
	struct pollfd p = {.fd = in->fd, .events = POLLIN};
	ssize_t n;

	if (in->fd < 0)
		return read_memory(in, out, room, got);
	/* A pipe may stay silent for hours, and rows must be written meanwhile. */
	if (!in->regular && poll(&p, 1, 0) == 0)
		return INPUT_WAIT;
	n = read(in->fd, out, room);
	if (n > 0) {
		in->offset += n;
		*got = (size_t)n;
		return INPUT_BYTES;
	}
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return INPUT_WAIT;
	if (n < 0) {
		keep_errno(in);
		return INPUT_ERROR;
	}
	return in->follow ? look_again(in) : INPUT_END;
}

void
input_wait(const struct input *in, int milliseconds)
{
	struct pollfd p = {.fd = in->fd, .events = POLLIN};
	struct timespec pause = {.tv_sec = milliseconds / 1000, .tv_nsec = milliseconds % 1000 * 1000000L};

	if (in->regular)
		nanosleep(&pause, NULL); /* a file is always ready, even at its end */
	else
		poll(&p, 1, milliseconds);
}

bool
input_is_file(const struct input *in)
{
	return in->regular;
}

const char *
input_text(const struct input *in)
{
	return in->text;
}
