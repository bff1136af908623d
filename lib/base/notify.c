/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sd_notify(3), "Notes": one datagram to the socket that NOTIFY_SOCKET names. */
#include "notify.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "steady.h"
#include "when.h"

#define ALIVE SECOND /* between two signs of life */
#define WAIT 100     /* milliseconds for room in the manager's socket */

static int manager = -1;

void
notify_open(void)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	const char *path = getenv("NOTIFY_SOCKET");
	size_t n;

	if (manager >= 0 || path == NULL || (path[0] != '/' && path[0] != '@') ||
	    (n = strlen(path)) >= sizeof sun.sun_path)
		return;
	memcpy(sun.sun_path, path, n);
	if (path[0] == '@') /* an abstract name */
		sun.sun_path[0] = '\0';
	if ((manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) < 0)
		return;
	if (connect(manager, (const struct sockaddr *)&sun, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n)) !=
	    0) {
		close(manager);
		manager = -1;
	}
}

static void
send_state(const char *state, int wait)
{
	struct pollfd room = {manager, POLLOUT, 0};

	if (send(manager, state, strlen(state), MSG_NOSIGNAL | MSG_DONTWAIT) >= 0 || errno != EAGAIN || wait == 0)
		return;
	poll(&room, 1, wait);
	(void)!send(manager, state, strlen(state), MSG_NOSIGNAL | MSG_DONTWAIT);
}

void
notify(const char *state)
{
	notify_open();
	if (manager >= 0)
		send_state(state, WAIT);
}

void
notify_alive(void)
{
	static struct steady sent;

	if (getenv("WATCHDOG_USEC") == NULL || manager < 0 || steady_since(sent) < ALIVE)
		return;
	sent = steady_now();
	send_state("WATCHDOG=1", 0);
}
