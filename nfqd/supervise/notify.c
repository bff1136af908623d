/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sd_notify(3), "Notes": one datagram to the socket that NOTIFY_SOCKET names. */
#include "notify.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void
notify(const char *state)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	const char *path = getenv("NOTIFY_SOCKET");
	size_t n;
	int fd;

	if (path == NULL || (path[0] != '/' && path[0] != '@') || (n = strlen(path)) >= sizeof sun.sun_path)
		return;
	memcpy(sun.sun_path, path, n);
	if (path[0] == '@') /* an abstract name */
		sun.sun_path[0] = '\0';
	if ((fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) < 0)
		return;
	(void)!sendto(fd, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *)&sun,
	              (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n));
	close(fd);
}
