/* SPDX-License-Identifier: GPL-3.0-or-later */
/* libFuzzer harness for the control socket: the supervisor's end as it is, over a real socket, and up to 80 clients
 * that connect, send parts of lines, read, go away and wait for reloads in the order that the input says: each step is
 * a byte for what, one for which client, and for bytes that are sent their number and themselves.
 *
 * The supervisor never waits: its sockets do not block, and a call that did would be a time-out here. What it takes for
 * a line is one, no client gets anything but its answer, and no more than CLIENTS are kept. */
#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "fuzz.h"
#include "nfqd/supervise/clients.h"

#define HANDS 80     /* clients: more than are kept */
#define LONG 200000U /* bytes of an answer that does not fit into a socket */

static struct clients clients;
static int hands[HANDS];
static char path[64];

static char *
answer(void *arg, const char *line, struct steady came, bool last, bool *reload)
{
	size_t size = line[0] == 'l' ? LONG : 10;
	char *text;

	(void)arg;
	must(strchr(line, '\n') == NULL && strlen(line) < CONTROL_LINE);
	must(!steady_before(steady_now(), came));
	*reload = line[0] == 'r';
	if (*reload || (line[0] == 's' && !last))
		return NULL;
	must((text = malloc(size + 1)) != NULL);
	memset(text, 'a', size);
	text[size] = '\0';
	return text;
}

static void
connect_hand(int *hand)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};

	if (*hand >= 0)
		return;
	snprintf(to.sun_path, sizeof to.sun_path, "%s", path);
	must((*hand = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) >= 0);
	if (connect(*hand, (const struct sockaddr *)&to, sizeof to) != 0) {
		must(errno == EAGAIN); /* the backlog is full */
		close(*hand);
		*hand = -1;
	}
}

static void
let_go(int *hand)
{
	if (*hand >= 0)
		close(*hand);
	*hand = -1;
}

static void
read_hand(int hand)
{
	char buffer[65536];
	ssize_t n = hand >= 0 ? recv(hand, buffer, sizeof buffer, 0) : -1;

	for (ssize_t i = 0; i < n; i++)
		must(buffer[i] == 'a');
}

static void
step(void)
{
	struct pollfd waits[CLIENTS + 1];
	unsigned count;

	clients_step(&clients, answer, NULL);
	must(clients.count <= CLIENTS);
	count = clients_waits(&clients, waits);
	must(count <= CLIENTS + 1);
	for (unsigned i = 0; i < count; i++)
		must(waits[i].fd >= 0);
	clients_due(&clients);
}

/* Returns how many bytes of the input it took. */
static size_t
act(uint8_t what, int *hand, const uint8_t *data, size_t size)
{
	size_t n = 0;

	switch (what % 8) {
	case 0:
		connect_hand(hand);
		break;
	case 1:
	case 2:
		n = size > 0 ? (size_t)data[0] + 1 : 0;
		n = n > size ? size : n;
		if (*hand >= 0 && n > 1)
			(void)!send(*hand, data + 1, n - 1, MSG_NOSIGNAL);
		break;
	case 3:
		read_hand(*hand);
		break;
	case 4:
		let_go(hand);
		break;
	case 5:
		clients_reload_begins(&clients);
		break;
	case 6:
		clients_reload_ended(&clients, "aaaa");
		break;
	default:
		if (*hand >= 0)
			shutdown(*hand, SHUT_WR);
	}
	return n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t at = 0;

	if (path[0] == '\0')
		snprintf(path, sizeof path, "/tmp/nfqd-fuzz-%d.sock", getpid());
	clients = (struct clients){.listener = control_listen(path)};
	must(clients.listener >= 0);
	for (size_t i = 0; i < HANDS; i++)
		hands[i] = -1;
	while (size - at >= 2) {
		uint8_t what = data[at], who = data[at + 1];

		at += 2;
		at += act(what, &hands[who % HANDS], data + at, size - at);
		if ((what & 0x80) == 0)
			step();
	}
	step();
	clients_close(&clients);
	for (size_t i = 0; i < HANDS; i++)
		let_go(&hands[i]);
	unlink(path);
	return 0;
}
