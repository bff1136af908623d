/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The smallest possible queue program, for the bench: the loop of libnetfilter_queue's own example, with nothing but
 * what it takes to drop every packet: one message in, one verdict out, no look at the packet, no log. It measures what
 * the kernel's queue costs whoever uses it plainly; the gate, which reads every packet, decides and logs it, is held
 * against it.
 *
 * usage: drop_all QUEUE [-b]
 * -b: 64 messages a read and one verdict for all of them, as few system calls as the kernel allows: how far the queue
 * can be driven at all. The queue is as long as the gate's. Prints "ready", and at SIGTERM how many it dropped. */
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <libmnl/libmnl.h>
#include <libnetfilter_queue/libnetfilter_queue.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink_queue.h>

#define LENGTH 16384 /* packets, as the gate's queue of strangers */
#define COPY 256     /* bytes of a packet, as the gate takes */
#define MESSAGE 1024 /* bytes a message can need */
#define BATCH 64     /* messages a read, with -b */
#define BUFFER (32 * 1024 * 1024)

static struct mnl_socket *nl;
static uint16_t queue;
static uint64_t dropped;
static volatile sig_atomic_t stopping;

static void
stop(int signal_number)
{
	(void)signal_number;
	stopping = 1;
}

static void
die(const char *what)
{
	fprintf(stderr, "drop_all: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void
send_message(const struct nlmsghdr *header)
{
	if (mnl_socket_sendto(nl, header, header->nlmsg_len) < 0)
		die("send");
}

static void
configure(void)
{
	char buffer[256];
	struct nlmsghdr *header = nfq_nlmsg_put(buffer, NFQNL_MSG_CONFIG, queue);

	nfq_nlmsg_cfg_put_cmd(header, AF_UNSPEC, NFQNL_CFG_CMD_BIND);
	send_message(header);
	header = nfq_nlmsg_put(buffer, NFQNL_MSG_CONFIG, queue);
	mnl_attr_put_u32(header, NFQA_CFG_QUEUE_MAXLEN, htonl(LENGTH));
	nfq_nlmsg_cfg_put_params(header, NFQNL_COPY_PACKET, COPY);
	send_message(header);
}

static int
take(const struct nlmsghdr *header, void *last)
{
	struct nlattr *attr[NFQA_MAX + 1] = {0};
	const struct nfqnl_msg_packet_hdr *packet;

	if (nfq_nlmsg_parse(header, attr) < 0 || attr[NFQA_PACKET_HDR] == NULL)
		return MNL_CB_ERROR;
	packet = mnl_attr_get_payload(attr[NFQA_PACKET_HDR]);
	*(uint32_t *)last = ntohl(packet->packet_id);
	dropped++;
	return MNL_CB_OK;
}

static void
answer(uint32_t id, uint16_t type)
{
	char buffer[256];
	struct nlmsghdr *header = nfq_nlmsg_put(buffer, type, queue);

	nfq_nlmsg_verdict_put(header, (int)id, NF_DROP);
	send_message(header);
}

static void
one_by_one(void)
{
	static char in[MESSAGE * 8];
	unsigned port = mnl_socket_get_portid(nl);
	uint32_t id;

	while (!stopping) {
		ssize_t n = mnl_socket_recvfrom(nl, in, sizeof in);

		if (n > 0 && mnl_cb_run(in, (size_t)n, 0, port, take, &id) >= 0)
			answer(id, NFQNL_MSG_VERDICT);
	}
}

static void
in_batches(void)
{
	static char in[BATCH][MESSAGE];
	struct mmsghdr headers[BATCH] = {0};
	struct iovec vectors[BATCH];
	unsigned port = mnl_socket_get_portid(nl);
	uint32_t last;

	for (int i = 0; i < BATCH; i++) {
		vectors[i] = (struct iovec){in[i], MESSAGE};
		headers[i].msg_hdr = (struct msghdr){.msg_iov = &vectors[i], .msg_iovlen = 1};
	}
	while (!stopping) {
		int n = recvmmsg(mnl_socket_get_fd(nl), headers, BATCH, MSG_WAITFORONE, NULL), good = 0;

		for (int i = 0; i < n; i++)
			good += mnl_cb_run(in[i], headers[i].msg_len, 0, port, take, &last) >= 0;
		if (good > 0)
			answer(last, NFQNL_MSG_VERDICT_BATCH);
	}
}

int
main(int argc, char **argv)
{
	struct sigaction action = {.sa_handler = stop};
	int size = BUFFER, on = 1;

	if (argc < 2 || argc > 3 || (argc == 3 && strcmp(argv[2], "-b") != 0)) {
		fprintf(stderr, "usage: drop_all QUEUE [-b]\n");
		return 2;
	}
	queue = (uint16_t)strtoul(argv[1], NULL, 10);
	if ((nl = mnl_socket_open(NETLINK_NETFILTER)) == NULL || mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0)
		die("netlink");
	setsockopt(mnl_socket_get_fd(nl), SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
	mnl_socket_setsockopt(nl, NETLINK_NO_ENOBUFS, &on, sizeof on);
	sigaction(SIGTERM, &action, NULL);
	configure();
	printf("ready\n");
	fflush(stdout);
	if (argc == 3)
		in_batches();
	else
		one_by_one();
	printf("%llu dropped\n", (unsigned long long)dropped);
	mnl_socket_close(nl);
	return 0;
}
