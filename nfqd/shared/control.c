/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/log.h"

#define MILLISECONDS 1000 /* of a second */
#define ANSWER_MOST (1 << 20)
#define BACKLOG 128 /* twice what the supervisor holds */
#define PATHS 128   /* longer ones are refused */

static bool
address(const char *path, struct sockaddr_un *out)
{
	*out = (struct sockaddr_un){.sun_family = AF_UNIX};
	return snprintf(out->sun_path, sizeof out->sun_path, "%s", path) < (int)sizeof out->sun_path;
}

static int
connect_to(const char *path)
{
	struct sockaddr_un sun;
	int fd, error;

	if (!address(path, &sun)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) < 0)
		return -1;
	if (connect(fd, (const struct sockaddr *)&sun, sizeof sun) == 0)
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

bool
control_taken(const char *path)
{
	int fd = connect_to(path);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* The folder of a path; "" if it is the root, or the path has none. */
static void
cut_folder(const char *path, char folder[PATHS])
{
	char *slash;

	snprintf(folder, PATHS, "%s", path);
	if ((slash = strrchr(folder, '/')) != NULL)
		*slash = '\0';
	else
		folder[0] = '\0';
}

bool
control_wrong(const char *path, char why[CONTROL_WHY])
{
	char folder[PATHS], above[PATHS];
	struct sockaddr_un sun;
	struct stat st;

	cut_folder(path, folder);
	cut_folder(folder, above);
	if (!address(path, &sun))
		snprintf(why, CONTROL_WHY, "control: %s is too long for the path of a socket", path);
	else if (lstat(path, &st) == 0 && !S_ISSOCK(st.st_mode))
		snprintf(why, CONTROL_WHY, "control: %s exists and is not a socket: choose another path", path);
	else if (folder[0] != '\0' && stat(folder, &st) == 0 && !S_ISDIR(st.st_mode))
		snprintf(why, CONTROL_WHY, "control: %s is not a folder: choose another path", folder);
	else if (folder[0] != '\0' && above[0] != '\0' && stat(above, &st) != 0)
		snprintf(why, CONTROL_WHY, "control: cannot make folder %s: %s: %s", folder, above, strerror(errno));
	else
		return false;
	return true;
}

int
control_listen(const char *path)
{
	char folder[PATHS], why[CONTROL_WHY];
	struct sockaddr_un sun;
	mode_t mask;
	int fd;

	if (control_wrong(path, why) || !address(path, &sun)) {
		log_warnx("%s", why);
		return -1;
	}
	cut_folder(path, folder);
	if (folder[0] != '\0' && mkdir(folder, 0755) != 0 && errno != EEXIST) {
		log_warn("control: cannot make folder %s", folder);
		return -1;
	}
	if (unlink(path) != 0 && errno != ENOENT) {
		log_warn("control: cannot replace %s", path);
		return -1;
	}
	mask = umask(0177);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || bind(fd, (const struct sockaddr *)&sun, sizeof sun) != 0 || listen(fd, BACKLOG) != 0) {
		log_warn("control: cannot listen on %s", path);
		if (fd >= 0)
			close(fd);
		fd = -1;
	}
	umask(mask);
	return fd;
}

char *
control_ask(const char *path, const char *line, int seconds, char *why, size_t why_size)
{
	int fd = connect_to(path);
	char *text = malloc(ANSWER_MOST + 1);
	size_t size = 0;
	ssize_t n = 0;

	if (fd < 0 || text == NULL) {
		snprintf(why, why_size,
		         errno == ENOENT || errno == ECONNREFUSED ? "nfqd is not running (%s: %s)" : "%s: %s", path,
		         strerror(errno));
		goto failed;
	}
	if (dprintf(fd, "%s\n", line) < 0) {
		snprintf(why, why_size, "%s: %s", path, strerror(errno));
		goto failed;
	}
	while (size < ANSWER_MOST) {
		struct pollfd wait = {fd, POLLIN, 0};

		if (poll(&wait, 1, seconds * MILLISECONDS) != 1 || (n = read(fd, text + size, ANSWER_MOST - size)) <= 0)
			break;
		size += (size_t)n;
	}
	if (size == 0) {
		snprintf(why, why_size, "nfqd does not answer on %s", path);
		goto failed;
	}
	text[size] = '\0';
	close(fd);
	return text;
failed:
	if (fd >= 0)
		close(fd);
	free(text);
	return NULL;
}
