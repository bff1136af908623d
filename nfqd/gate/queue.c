/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How it works: every packet comes as a message of its own, so that one recvmmsg takes many; verdicts are put one after
 * the other into one buffer and go out with one send. Nothing is allocated after queue_open.
 *
 * The kernel numbers packets in the order it queues them, and knows a verdict for "this one and all before it".
 * Consecutive drops share one such verdict: by then all packets before them have a verdict of their own. An accepting
 * verdict is never given to more than one packet. */
#include "queue.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <libmnl/libmnl.h>
#include <libnetfilter_queue/libnetfilter_queue.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink_queue.h>

#include "nfqd/shared/netfilter.h"

#define MESSAGE (OPENING_COPY + 1089)    /* bytes of the longest message; odd, so that messages share no cache set */
#define VERDICTS (QUEUE_BATCH * 64)      /* bytes of a full batch of verdicts */
#define SOCKET_BUFFER (32 * 1024 * 1024) /* bytes; the kernel counts its own bookkeeping too */

struct queue {
	int fd;
	uint16_t number;
	struct mmsghdr headers[QUEUE_BATCH];
	struct iovec vectors[QUEUE_BATCH];
	struct sockaddr_nl from[QUEUE_BATCH];
	char out[VERDICTS];
	size_t out_size;
	struct nlmsghdr *drop; /* in `out`: the last verdict, if it may be widened to the next packet */
	char in[QUEUE_BATCH][MESSAGE];
};

bool
queue_look(uint16_t number, struct queue_look *out)
{
	FILE *in = fopen("/proc/net/netfilter/nfnetlink_queue", "re");
	enum { NUMBER, OWNER, WAITING, MODE, RANGE, DROPPED, USER_DROPPED, COLUMNS };
	bool found = false;
	char line[256];

	*out = (struct queue_look){0};
	if (in == NULL)
		return false;
	while (!found && fgets(line, sizeof line, in) != NULL) {
		unsigned long column[COLUMNS];
		char *p = line;

		for (int i = 0; i < COLUMNS; i++)
			column[i] = strtoul(p, &p, 10);
		if (column[NUMBER] != number)
			continue;
		found = true;
		out->owner = (uint32_t)column[OWNER];
		out->waiting = (uint32_t)column[WAITING];
		out->dropped = (uint32_t)column[DROPPED];
		out->user_dropped = (uint32_t)column[USER_DROPPED];
	}
	fclose(in);
	return found;
}

static int
message_ok(const struct nlmsghdr *header, void *arg)
{
	(void)header;
	(void)arg;
	return MNL_CB_OK;
}

/* Sends one configuration message and waits for its acknowledgement. */
static bool
ask(struct queue *q, struct nlmsghdr *header)
{
	char buffer[8192];
	ssize_t n;

	header->nlmsg_flags |= NLM_F_ACK;
	header->nlmsg_seq = 1;
	if (!netfilter_send(q->fd, header, header->nlmsg_len))
		return false;
	/* Until the copy mode is set no packet can come in between. */
	if ((n = netfilter_receive(q->fd, buffer, sizeof buffer, 0)) < 0)
		return false;
	return mnl_cb_run(buffer, (size_t)n, 1, netfilter_port(q->fd), message_ok, NULL) >= 0;
}

static bool
bind_queue(struct queue *q)
{
	char buffer[256];
	struct nlmsghdr *header = nfq_nlmsg_put(buffer, NFQNL_MSG_CONFIG, q->number);

	nfq_nlmsg_cfg_put_cmd(header, AF_UNSPEC, NFQNL_CFG_CMD_BIND);
	return ask(q, header);
}

/* Length and flags first, the copy mode last: with it the queue begins to work. */
static bool
configure(struct queue *q, uint32_t length, bool open_when_full)
{
	char buffer[256];
	struct nlmsghdr *header = nfq_nlmsg_put(buffer, NFQNL_MSG_CONFIG, q->number);
	uint32_t flags = NFQA_CFG_F_GSO | NFQA_CFG_F_UID_GID | (open_when_full ? (uint32_t)NFQA_CFG_F_FAIL_OPEN : 0);

	mnl_attr_put_u32(header, NFQA_CFG_QUEUE_MAXLEN, htonl(length));
	mnl_attr_put_u32(header, NFQA_CFG_FLAGS, htonl(flags));
	mnl_attr_put_u32(header, NFQA_CFG_MASK, htonl(NFQA_CFG_F_GSO | NFQA_CFG_F_UID_GID | NFQA_CFG_F_FAIL_OPEN));
	nfq_nlmsg_cfg_put_params(header, NFQNL_COPY_PACKET, OPENING_COPY);
	return ask(q, header);
}

static void
prepare_buffers(struct queue *q)
{
	for (size_t i = 0; i < QUEUE_BATCH; i++) {
		q->vectors[i] = (struct iovec){q->in[i], MESSAGE};
		q->headers[i].msg_hdr = (struct msghdr){.msg_name = &q->from[i],
		                                        .msg_namelen = sizeof q->from[i],
		                                        .msg_iov = &q->vectors[i],
		                                        .msg_iovlen = 1};
	}
}

struct queue *
queue_open(uint16_t number, uint32_t length, bool open_when_full, char *why, size_t why_size)
{
	struct queue *q = calloc(1, sizeof *q);
	struct queue_look look;

	if (q == NULL || (q->fd = netfilter_open(SOCKET_BUFFER)) < 0) {
		snprintf(why, why_size, "queue %u: cannot open a netlink socket: %s", number, strerror(errno));
		goto failed;
	}
	q->number = number;
	if (!bind_queue(q)) {
		if (errno == EPERM && queue_look(number, &look))
			snprintf(
			        why, why_size,
			        "queue %u belongs to another program (netlink port %u): end it, or set `queue` to a free number",
			        number, look.owner);
		else if (errno == EPERM)
			snprintf(why, why_size, "queue %u: not permitted: run nfqd as root or with CAP_NET_ADMIN",
			         number);
		else
			snprintf(why, why_size, "queue %u: cannot bind: %s (does the kernel have nfnetlink_queue?)",
			         number, strerror(errno));
		goto failed;
	}
	if (!configure(q, length, open_when_full)) {
		snprintf(why, why_size, "queue %u: cannot configure: %s", number, strerror(errno));
		goto failed;
	}
	prepare_buffers(q);
	return q;
failed:
	queue_close(q);
	return NULL;
}

void
queue_close(struct queue *q)
{
	if (q == NULL)
		return;
	if (q->fd >= 0)
		close(q->fd);
	free(q);
}

int
queue_fd(const struct queue *q)
{
	return q->fd;
}

/* One message -> one packet. False: it is not one. */
static bool
parse(const struct nlmsghdr *header, struct queued *out)
{
	struct nlattr *attr[NFQA_MAX + 1] = {0};
	const struct nfqnl_msg_packet_hdr *packet;
	const struct nfqnl_msg_packet_hw *hw;

	if (header->nlmsg_type != (NFNL_SUBSYS_QUEUE << 8 | NFQNL_MSG_PACKET) || nfq_nlmsg_parse(header, attr) < 0 ||
	    attr[NFQA_PACKET_HDR] == NULL || mnl_attr_get_payload_len(attr[NFQA_PACKET_HDR]) < sizeof *packet)
		return false;
	packet = mnl_attr_get_payload(attr[NFQA_PACKET_HDR]);
	*out = (struct queued){.id = ntohl(packet->packet_id),
	                       .opening.local = opening_is_local(packet->hook),
	                       .opening.has_user = attr[NFQA_UID] != NULL &&
	                                           mnl_attr_get_payload_len(attr[NFQA_UID]) == sizeof(uint32_t)};
	if (out->opening.has_user)
		out->opening.user = ntohl(mnl_attr_get_u32(attr[NFQA_UID]));
	if (attr[NFQA_PAYLOAD] != NULL) {
		out->opening.bytes = mnl_attr_get_payload(attr[NFQA_PAYLOAD]);
		out->opening.size = mnl_attr_get_payload_len(attr[NFQA_PAYLOAD]);
	}
	if (attr[NFQA_HWADDR] != NULL && mnl_attr_get_payload_len(attr[NFQA_HWADDR]) >= sizeof *hw) {
		hw = mnl_attr_get_payload(attr[NFQA_HWADDR]);
		out->opening.has_mac = ntohs(hw->hw_addrlen) == sizeof out->opening.mac;
		memcpy(out->opening.mac, hw->hw_addr, sizeof out->opening.mac);
	}
	return true;
}

int
queue_read(struct queue *q, struct queued packets[QUEUE_BATCH], uint64_t *overruns, uint64_t *errors)
{
	int got = recvmmsg(q->fd, q->headers, QUEUE_BATCH, MSG_DONTWAIT, NULL), count = 0;

	if (got < 0) {
		if (errno == ENOBUFS) /* the kernel dropped packets; go on with the rest */
			++*overruns;
		return errno == ENOBUFS || errno == EAGAIN || errno == EINTR ? 0 : -1;
	}
	for (int i = 0; i < got; i++) {
		const struct nlmsghdr *header = (const struct nlmsghdr *)(const void *)q->in[i];

		if (!netfilter_from_kernel(&q->from[i], q->headers[i].msg_hdr.msg_namelen) ||
		    netfilter_whole(header, q->headers[i].msg_len) == 0)
			continue;
		if (header->nlmsg_type == NLMSG_ERROR)
			++*errors;
		else if (parse(header, &packets[count]))
			count++;
	}
	return count;
}

static struct nlmsghdr *
verdict_begin(struct queue *q, const struct queued *p, uint32_t verdict)
{
	struct nlmsghdr *header;

	if (q->out_size + 64 > sizeof q->out)
		queue_send(q);
	header = nfq_nlmsg_put(q->out + q->out_size, NFQNL_MSG_VERDICT, q->number);
	nfq_nlmsg_verdict_put(header, (int)p->id, (int)verdict);
	return header;
}

void
queue_accept(struct queue *q, const struct queued *p)
{
	struct nlmsghdr *header = verdict_begin(q, p, NF_ACCEPT);

	q->out_size += NLMSG_ALIGN(header->nlmsg_len);
	q->drop = NULL;
}

void
queue_drop(struct queue *q, const struct queued *p)
{
	struct nlmsghdr *header = q->drop;

	if (header != NULL) {
		const struct nlattr *attr = mnl_nlmsg_get_payload_offset(header, sizeof(struct nfgenmsg));
		struct nfqnl_msg_verdict_hdr *which = mnl_attr_get_payload(attr);

		header->nlmsg_type = NFNL_SUBSYS_QUEUE << 8 | NFQNL_MSG_VERDICT_BATCH;
		which->id = htonl(p->id);
		return;
	}
	header = verdict_begin(q, p, NF_DROP);
	q->out_size += NLMSG_ALIGN(header->nlmsg_len);
	q->drop = header;
}

bool
queue_send(struct queue *q)
{
	bool sent = q->out_size == 0 || netfilter_send(q->fd, q->out, q->out_size);

	q->out_size = 0;
	q->drop = NULL;
	return sent;
}
