/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How it works: the kernel gathers messages of a group into a datagram of up to 128 KiB and sends that when it holds
 * NFLOG_BATCH of them or the first is NFLOG_DELAY old. A read returns the messages of one datagram. Messages are
 * numbered; skipped numbers did not fit into the socket's buffer. Nothing is allocated after nflog_open. */
#include "nflog.h"

#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink_log.h>

#include "nfqd/shared/netfilter.h"

#define DATAGRAM 131072                  /* bytes that the kernel gathers; it takes no larger number */
#define ROOM (DATAGRAM + 8192)           /* bytes: with what a datagram of a single large packet needs besides */
#define SOCKET_BUFFER (32 * 1024 * 1024) /* bytes; the kernel counts its own bookkeeping too */
#define ANSWERS 64                       /* datagrams of openings that may come before an acknowledgement */

struct nflog {
	int fd;
	uint16_t group;
	uint32_t next;  /* the sequence number that comes next */
	const char *at; /* the rest of the datagram */
	size_t left;    /* bytes */
	_Alignas(8) char in[ROOM];
};

bool
nflog_look(uint16_t group, struct nflog_look *out)
{
	FILE *in = fopen("/proc/net/netfilter/nfnetlink_log", "re");
	unsigned number, owner, waiting, family, unread;
	bool found = false;
	char line[256];

	*out = (struct nflog_look){0};
	while (in != NULL && !found && fgets(line, sizeof line, in) != NULL)
		if ((found = sscanf(line, "%u %u %u", &number, &owner, &waiting) == 3 && number == group))
			*out = (struct nflog_look){.owner = owner, .waiting = waiting};
	if (in != NULL)
		fclose(in);
	if (!found || (in = fopen("/proc/net/netlink", "re")) == NULL)
		return found;
	while (fgets(line, sizeof line, in) != NULL)
		if (sscanf(line, "%*s %u %u %*s %u", &family, &owner, &unread) == 3 && family == NETLINK_NETFILTER &&
		    owner == out->owner)
			out->unread = unread;
	fclose(in);
	return true;
}

/* Sends one configuration message and waits for its acknowledgement. Openings that come in between are skipped, which
 * their sequence numbers show. */
static bool
ask(struct nflog *n, struct nlmsghdr *header)
{
	ssize_t size;

	header->nlmsg_flags |= NLM_F_ACK;
	header->nlmsg_seq = 1;
	if (!netfilter_send(n->fd, header, header->nlmsg_len))
		return false;
	for (int i = 0; i < ANSWERS; i++) {
		const struct nlmsghdr *answer = (const struct nlmsghdr *)(const void *)n->in;
		const struct nlmsgerr *error = mnl_nlmsg_get_payload(answer);

		if ((size = netfilter_receive(n->fd, n->in, sizeof n->in, 0)) < 0 && errno != ENOBUFS)
			return false;
		if (size <= 0 || answer->nlmsg_type != NLMSG_ERROR ||
		    mnl_nlmsg_get_payload_len(answer) < sizeof *error)
			continue;
		errno = -error->error;
		return error->error == 0;
	}
	errno = ETIMEDOUT;
	return false;
}

static struct nlmsghdr *
request(char *buffer, uint16_t group, uint8_t command)
{
	struct nlmsghdr *header = mnl_nlmsg_put_header(buffer);
	struct nfulnl_msg_config_cmd cmd = {command};
	struct nfgenmsg *general;

	header->nlmsg_type = NFNL_SUBSYS_ULOG << 8 | NFULNL_MSG_CONFIG;
	header->nlmsg_flags = NLM_F_REQUEST;
	general = mnl_nlmsg_put_extra_header(header, sizeof *general);
	*general = (struct nfgenmsg){.nfgen_family = AF_UNSPEC, .version = NFNETLINK_V0, .res_id = htons(group)};
	mnl_attr_put(header, NFULA_CFG_CMD, sizeof cmd, &cmd);
	return header;
}

/* In one message, so that few openings arrive between binding the group and its settings. */
static bool
bind_group(struct nflog *n)
{
	_Alignas(8) char buffer[256];
	struct nlmsghdr *header = request(buffer, n->group, NFULNL_CFG_CMD_BIND);
	struct nfulnl_msg_config_mode mode = {.copy_range = htonl(OPENING_COPY), .copy_mode = NFULNL_COPY_PACKET};

	mnl_attr_put_u16(header, NFULA_CFG_FLAGS, htons(NFULNL_CFG_F_SEQ));
	mnl_attr_put(header, NFULA_CFG_MODE, sizeof mode, &mode);
	mnl_attr_put_u32(header, NFULA_CFG_NLBUFSIZ, htonl(DATAGRAM));
	mnl_attr_put_u32(header, NFULA_CFG_TIMEOUT, htonl(NFLOG_DELAY / 10));
	mnl_attr_put_u32(header, NFULA_CFG_QTHRESH, htonl(NFLOG_BATCH));
	return ask(n, header);
}

struct nflog *
nflog_open(uint16_t group, char *why, size_t why_size)
{
	struct nflog *n = calloc(1, sizeof *n);
	struct nflog_look look;

	if (n == NULL || (n->fd = netfilter_open(SOCKET_BUFFER)) < 0) {
		snprintf(why, why_size, "NFLOG group %u: cannot open a netlink socket: %s", group, strerror(errno));
		goto failed;
	}
	n->group = group;
	if (bind_group(n))
		return n;
	if (errno == EPERM && nflog_look(group, &look))
		snprintf(
		        why, why_size,
		        "NFLOG group %u belongs to another program (netlink port %u): end it, or set `queue` to a free number",
		        group, look.owner);
	else if (errno == EPERM)
		snprintf(why, why_size, "NFLOG group %u: not permitted: run nfqd as root or with CAP_NET_ADMIN", group);
	else
		snprintf(why, why_size, "NFLOG group %u: cannot bind: %s (does the kernel have nfnetlink_log?)", group,
		         strerror(errno));
failed:
	nflog_close(n);
	return NULL;
}

void
nflog_close(struct nflog *n)
{
	if (n == NULL)
		return;
	if (n->fd >= 0)
		close(n->fd);
	free(n);
}

int
nflog_fd(const struct nflog *n)
{
	return n->fd;
}

void
nflog_unbind(struct nflog *n)
{
	_Alignas(8) char buffer[256];
	const struct nlmsghdr *header = request(buffer, n->group, NFULNL_CFG_CMD_UNBIND);

	netfilter_send(n->fd, header, header->nlmsg_len);
}

/* The attributes of a message, by number. */
struct attributes {
	const struct nlattr *attr[NFULA_MAX + 1];
};

static int
sort_in(const struct nlattr *attr, void *arg)
{
	struct attributes *w = arg;

	if (mnl_attr_get_type(attr) <= NFULA_MAX)
		w->attr[mnl_attr_get_type(attr)] = attr;
	return MNL_CB_OK;
}

/* Copies an attribute of at least `size` bytes. False: it is not there. */
static bool
take(const struct attributes *w, uint16_t type, void *out, size_t size)
{
	if (w->attr[type] == NULL || mnl_attr_get_payload_len(w->attr[type]) < size)
		return false;
	memcpy(out, mnl_attr_get_payload(w->attr[type]), size);
	return true;
}

bool
nflog_parse(const void *message, size_t size, struct nflogged *out)
{
	const struct nlmsghdr *header = message;
	struct nfulnl_msg_packet_hdr packet;
	struct nfulnl_msg_packet_hw hardware;
	struct nfulnl_msg_packet_timestamp stamp;
	struct nflogged logged = {0};
	struct attributes w = {{NULL}};
	uint32_t value;

	if (netfilter_whole(message, size) == 0 ||
	    header->nlmsg_type != (NFNL_SUBSYS_ULOG << 8 | NFULNL_MSG_PACKET) ||
	    mnl_nlmsg_get_payload_len(header) < sizeof(struct nfgenmsg) ||
	    mnl_attr_parse(header, sizeof(struct nfgenmsg), sort_in, &w) < 0 ||
	    !take(&w, NFULA_PACKET_HDR, &packet, sizeof packet))
		return false;
	logged.opening.local = opening_is_local(packet.hook);
	if (w.attr[NFULA_PAYLOAD] != NULL) {
		logged.opening.bytes = mnl_attr_get_payload(w.attr[NFULA_PAYLOAD]);
		logged.opening.size = mnl_attr_get_payload_len(w.attr[NFULA_PAYLOAD]);
	}
	if (take(&w, NFULA_HWADDR, &hardware, sizeof hardware)) {
		logged.opening.has_mac = ntohs(hardware.hw_addrlen) == sizeof logged.opening.mac;
		memcpy(logged.opening.mac, hardware.hw_addr, sizeof logged.opening.mac);
	}
	if ((logged.opening.has_user = take(&w, NFULA_UID, &value, sizeof value)))
		logged.opening.user = ntohl(value);
	if ((logged.has_seq = take(&w, NFULA_SEQ, &value, sizeof value)))
		logged.seq = ntohl(value);
	if (take(&w, NFULA_TIMESTAMP, &stamp, sizeof stamp) && be64toh(stamp.sec) < INT32_MAX * UINT64_C(64))
		logged.when = (int64_t)be64toh(stamp.sec) * 1000000 + (int64_t)(be64toh(stamp.usec) % 1000000);
	*out = logged;
	return true;
}

/* Messages between the expected number and this one are lost. A number behind the expected one says nothing. */
static void
follow(struct nflog *n, const struct nflogged *logged, struct nflog_losses *losses)
{
	uint32_t skipped = logged->seq - n->next;

	if (!logged->has_seq || skipped > INT32_MAX)
		return;
	losses->lost += skipped;
	n->next = logged->seq + 1;
}

int
nflog_read(struct nflog *n, struct nflogged out[NFLOG_BATCH], struct nflog_losses *losses)
{
	int count = 0;
	ssize_t size;

	if (n->left == 0) {
		if ((size = netfilter_receive(n->fd, n->in, sizeof n->in, MSG_DONTWAIT)) < 0) {
			if (errno == ENOBUFS)
				losses->overruns++;
			return errno == ENOBUFS || errno == EAGAIN || errno == EINTR ? 0 : -1;
		}
		n->at = n->in;
		n->left = (size_t)size;
	}
	while (count < NFLOG_BATCH && n->left > 0) {
		const struct nlmsghdr *header = (const struct nlmsghdr *)(const void *)n->at;
		size_t step;

		if (!mnl_nlmsg_ok(header, (int)n->left)) {
			n->left = 0;
			break;
		}
		step = NLMSG_ALIGN(header->nlmsg_len);
		if (nflog_parse(header, header->nlmsg_len, &out[count]))
			follow(n, &out[count++], losses);
		n->at += step;
		n->left -= step < n->left ? step : n->left;
	}
	return count;
}
