/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The kernel's filter must not leave out what decode would count: the first byte chooses the link, the rest is a frame,
 * which goes through a pair of sockets with the filter between them. */
#include <sys/socket.h>

#include <linux/filter.h>
#include <stdbool.h>
#include <stdlib.h>

#include "lib/decode/decode.h"
#include "pcapmon/capture/filter.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint16_t ports[] = {25, 465, 587, 2525};
static const int number[FILTER_LINKS] = {1, 101, 113, 276};

static void
must(bool ok)
{
	if (!ok)
		abort();
}

static void
connect_pair(enum filter_link link, int pair[2])
{
	struct filter_step step[FILTER_ROOM];
	struct sock_filter program[FILTER_ROOM];
	struct sock_fprog attach = {.filter = program};

	attach.len = (unsigned short)filter_build(step, link, ports, sizeof ports / sizeof *ports);
	for (size_t i = 0; i < attach.len; i++)
		program[i] = (struct sock_filter){step[i].code, step[i].if_true, step[i].if_false, step[i].value};
	must(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, pair) == 0);
	must(setsockopt(pair[1], SOL_SOCKET, SO_ATTACH_FILTER, &attach, sizeof attach) == 0);
}

static bool
passes(enum filter_link link, const uint8_t *frame, size_t size)
{
	static int pair[FILTER_LINKS][2];
	uint8_t got[1];

	if (pair[link][1] == 0)
		connect_pair(link, pair[link]);
	send(pair[link][0], frame, size, 0);
	return recv(pair[link][1], got, sizeof got, 0) > 0;
}

static bool
is_watched(uint16_t port)
{
	for (size_t i = 0; i < sizeof ports / sizeof *ports; i++)
		if (port == ports[i])
			return true;
	return false;
}

/* unreachable, too big, time exceeded, parameter problem */
static bool
is_error(const struct packet *p)
{
	uint8_t type;

	if (p->payload_size == 0)
		return false;
	type = p->payload[0];
	return p->src.family == 4 ? type == 3 || type == 11 || type == 12 : type >= 1 && type <= 4;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum filter_link link;
	struct fragment piece;
	struct packet p;
	bool wanted;

	if (size < 2)
		return 0;
	link = data[0] % FILTER_LINKS;
	switch (decode_frame(number[link], data + 1, size - 1, &p, &piece)) {
	case DECODED_SEGMENT:
		wanted = is_watched(p.sport) || is_watched(p.dport);
		break;
	case DECODED_MESSAGE:
		wanted = is_error(&p);
		break;
	case DECODED_FRAGMENT:
		wanted = true;
		break;
	default:
		wanted = false;
	}
	must(!wanted || passes(link, data + 1, size - 1));
	return 0;
}
