/* SPDX-License-Identifier: GPL-3.0-or-later */
/* libFuzzer harness for everything that is read from netlink: the queue, NFLOG, connections, the state of nftables and
 * of ipsets, events, counters of the shield. This file takes the place of the kernel: it swallows what is sent, and
 * hands out the input as the datagrams that are received, so that the functions are called as the daemon calls them.
 *
 * The input: a digit that chooses the reader, then datagrams, each behind its length (two bytes). Replies get the
 * number of the request, if the high bit of the first digit is set: otherwise hardly any would be read. */
#include <sys/socket.h>

#include <linux/netlink.h>

#include <errno.h>
#include <unistd.h>

#include "fuzz.h"
#include "lib/config/feed.h"
#include "nfqd/gate/nflog.h"
#include "nfqd/gate/queue.h"
#include "nfqd/kernel/conntrack.h"
#include "nfqd/kernel/ipset_look.h"
#include "nfqd/kernel/nft_look.h"
#include "nfqd/kernel/shield_counts.h"
#include "nfqd/kernel/watch.h"

#define NOW INT64_C(1800000000000000)
#define TURNS 64 /* datagrams of an input, at most */

static struct {
	const uint8_t *at, *end;
	bool answering; /* until the readers are open: yes to everything */
	bool matched;
	uint32_t seq, port; /* of the last request */
	unsigned turns;
} kernel;

static ssize_t
acknowledge(uint8_t *out, size_t room)
{
	struct {
		struct nlmsghdr header;
		struct nlmsgerr error;
	} ok = {{sizeof ok, NLMSG_ERROR, 0, kernel.seq, kernel.port}, {0}};

	memcpy(out, &ok, room < sizeof ok ? room : sizeof ok);
	return (ssize_t)sizeof ok;
}

/* The next datagram. Without one the kernel says that the list is over. */
static ssize_t
next(uint8_t *out, size_t room)
{
	struct nlmsghdr *header = (struct nlmsghdr *)(void *)out;
	size_t size;

	if (kernel.answering)
		return acknowledge(out, room);
	if (kernel.end - kernel.at < 2 || kernel.turns++ == TURNS) {
		errno = kernel.turns++ % 2 == 0 ? EAGAIN : ENOBUFS;
		return -1;
	}
	size = (size_t)(kernel.at[0] << 8 | kernel.at[1]);
	kernel.at += 2;
	size = size < (size_t)(kernel.end - kernel.at) ? size : (size_t)(kernel.end - kernel.at);
	size = size < room ? size : room;
	memcpy(out, kernel.at, size);
	kernel.at += size;
	if (kernel.matched && size >= sizeof *header) {
		header->nlmsg_seq = kernel.seq;
		header->nlmsg_pid = kernel.port;
	}
	return (ssize_t)size;
}

static void
remember(const void *request, size_t size)
{
	if (size >= sizeof(struct nlmsghdr))
		kernel.seq = ((const struct nlmsghdr *)request)->nlmsg_seq;
}

static void
from_kernel(void *address, socklen_t *size)
{
	const struct sockaddr_nl from = {.nl_family = AF_NETLINK};

	if (address != NULL && size != NULL && *size >= sizeof from) {
		memcpy(address, &from, sizeof from);
		*size = sizeof from;
	}
}

/* In place of the C library's, for this program and its libraries. */
ssize_t
recvmsg(int fd, struct msghdr *message, int flags)
{
	ssize_t n = next(message->msg_iov[0].iov_base, message->msg_iov[0].iov_len);

	(void)fd;
	(void)flags;
	from_kernel(message->msg_name, &message->msg_namelen);
	message->msg_flags = 0;
	return n;
}

ssize_t
recvfrom(int fd, void *out, size_t room, int flags, struct sockaddr *address, socklen_t *size)
{
	(void)fd;
	(void)flags;
	from_kernel(address, size);
	return next(out, room);
}

ssize_t
recv(int fd, void *out, size_t room, int flags)
{
	return recvfrom(fd, out, room, flags, NULL, NULL);
}

int
recvmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags, struct timespec *timeout)
{
	unsigned got = 0;
	ssize_t n;

	(void)timeout;
	while (got < count && (n = recvmsg(fd, &messages[got].msg_hdr, flags)) >= 0)
		messages[got++].msg_len = (unsigned)n;
	return got > 0 ? (int)got : -1;
}

ssize_t
sendto(int fd, const void *data, size_t size, int flags, const struct sockaddr *address, socklen_t address_size)
{
	(void)fd;
	(void)flags;
	(void)address;
	(void)address_size;
	remember(data, size);
	return (ssize_t)size;
}

ssize_t
send(int fd, const void *data, size_t size, int flags)
{
	return sendto(fd, data, size, flags, NULL, 0);
}

ssize_t
sendmsg(int fd, const struct msghdr *message, int flags)
{
	(void)fd;
	(void)flags;
	remember(message->msg_iov[0].iov_base, message->msg_iov[0].iov_len);
	return (ssize_t)message->msg_iov[0].iov_len;
}

int
setsockopt(int fd, int level, int name, const void *value, socklen_t size)
{
	(void)fd;
	(void)level;
	(void)name;
	(void)value;
	(void)size;
	return 0; /* groups of events are for root alone */
}

int
getsockname(int fd, struct sockaddr *address, socklen_t *size)
{
	struct sockaddr_nl own = {.nl_family = AF_NETLINK, .nl_pid = (uint32_t)getpid()};

	(void)fd;
	memcpy(address, &own, *size < sizeof own ? *size : sizeof own);
	*size = sizeof own;
	return 0;
}

static struct {
	struct config *config;
	struct queue *queue;
	struct nflog *nflog;
	struct watch *watch;
	struct shield_counts *shield;
} readers;

static void
ignore(void *arg, const char *text)
{
	(void)arg;
	(void)text;
}

static void
open_all(void)
{
	static const struct config_io io = {.complain = ignore};
	char why[512];

	kernel.answering = true;
	kernel.port = (uint32_t)getpid();
	readers.config = config_new(&io);
	config_feed(readers.config, "fuzz", 1, "lan 10.0.0.0/8 2001:db8::/32");
	config_feed(readers.config, "fuzz", 2, "allow 10.1.0.0/16");
	readers.config->user = "nobody";
	must(config_finish(readers.config, "fuzz") == 0);
	must((readers.queue = queue_open(25, 64, false, why, sizeof why)) != NULL);
	must((readers.nflog = nflog_open(25, why, sizeof why)) != NULL);
	must((readers.watch = watch_open()) != NULL);
	must((readers.shield = shield_counts_new()) != NULL);
	kernel.answering = false;
}

static volatile uint8_t sum;

static void
touch(const struct opening *o)
{
	for (size_t i = 0; i < o->size; i++)
		sum = sum ^ o->bytes[i];
}

static void
try_queue(void)
{
	static struct queued packets[QUEUE_BATCH];
	uint64_t overruns = 0, errors = 0;
	int count = queue_read(readers.queue, packets, &overruns, &errors);

	must(count <= QUEUE_BATCH);
	for (int i = 0; i < count; i++) {
		touch(&packets[i].opening);
		(i % 2 == 0 ? queue_accept : queue_drop)(readers.queue, &packets[i]);
	}
	queue_send(readers.queue);
}

static void
try_nflog(void)
{
	static struct nflogged logged[NFLOG_BATCH];
	struct nflog_losses losses = {0};
	int count;

	while ((count = nflog_read(readers.nflog, logged, &losses)) > 0)
		for (int i = 0; i < count; i++)
			touch(&logged[i].opening);
}

static void
try_conntrack(void)
{
	struct conntrack *t;

	kernel.answering = true; /* to the C library, for our own addresses */
	t = conntrack_begin();
	kernel.answering = false;
	must(t != NULL);
	for (unsigned n = 0; n < TURNS && conntrack_step(t, readers.config, NOW) == CONNTRACK_MORE; n++)
		;
	conntrack_free(t);
}

static void
try_nft(void)
{
	static const char *const sets[] = {"open4", "open6", NULL};
	struct nft_state state;

	nft_look("nfqd", sets, &state);
}

static void
try_ipset(void)
{
	struct ipset_state state;

	ipset_look(&state);
}

static void
try_watch(void)
{
	watch_changed(readers.watch);
	must(is_inert(watch_changed_by(readers.watch)));
	watch_forget(readers.watch);
}

static bool
grown(void *arg, const struct addr *source, uint64_t by)
{
	(void)arg;
	must((source->family == 4 || source->family == 6) && by > 0);
	return true;
}

static void
try_shield(void)
{
	uint64_t all;
	bool more = true;

	shield_counts_begin(readers.shield, grown, NULL);
	while (more && shield_counts_step(readers.shield, steady_now(), &more, &all))
		;
}

static void
try_totals(void)
{
	struct shield_totals totals;

	shield_counts_totals(readers.shield, &totals);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const try[])(void) = {try_queue, try_nflog, try_conntrack, try_nft,
	                                    try_ipset, try_watch, try_shield,    try_totals};

	if (readers.config == NULL)
		open_all();
	if (size < 1)
		return 0;
	kernel.at = data + 1;
	kernel.end = data + size;
	kernel.matched = (data[0] & 0x80) != 0;
	kernel.turns = 0;
	try[data[0] % 8]();
	return 0;
}
