/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How it works: ctnetlink is asked for the TCP entries of each enforced port, which it picks out itself where it can
 * (CTA_FILTER, Linux 5.8; older kernels do not know the attribute and send everything). Each entry that may not go on
 * is deleted at once over a second socket, named by its original tuple, zone and id, so that no later connection of the
 * same ports is met.
 *
 * An entry has two tuples. The original one has the source as it is inside, before source NAT; the source of the reply
 * is the destination after destination NAT. These two are what our rules see of its packets at the forward hook. Where
 * the kernel has taken a connection up in the middle, and the server spoke first, the two are the other way round. */
#include "conntrack.h"

#include <sys/socket.h>

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/netfilter/nf_conntrack_tcp.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>

#include "lib/base/own.h"
#include "lib/policy/card.h"
#include "netlink.h"

#define MESSAGE(number) ((uint16_t)(NFNL_SUBSYS_CTNETLINK << 8 | (number)))
#define DUMP 65536 /* bytes: no message of a dump is larger */

/* Bits of CTA_FILTER_ORIG_FLAGS and CTA_FILTER_REPLY_FLAGS. They are part of the interface, but stand in the kernel's
 * net/netfilter/nf_internals.h only. */
#define FILTER_PROTOCOL (1U << 3)
#define FILTER_SOURCE_PORT (1U << 4)

/* For each port, the kernel is asked for entries whose replies come from it, and for those that begin with a packet
 * from it; and for each family by itself, since it picks out within one only. */
enum side { REPLY, ORIGINAL, SIDES };
static const uint8_t families[] = {AF_INET, AF_INET6};
#define FAMILIES (sizeof families)

struct conntrack {
	struct netlink dump, deletion;
	struct ifaddrs *own;
	size_t asked;    /* dumps so far: of ports, by sides, by families */
	bool under_way;  /* the last of them has not ended */
	bool unfiltered; /* the kernel sends everything: one dump of a family will do */
	int64_t ended;
	/* while a piece is read */
	const struct config *config;
	int64_t now;
};

struct tuple {
	struct addr src, dst;
	uint16_t sport, dport;
	uint8_t protocol;
};

static struct addr
take_address(const struct nlattr *v4, const struct nlattr *v6)
{
	if (v4 != NULL && mnl_attr_get_payload_len(v4) == 4)
		return addr_v4(mnl_attr_get_payload(v4));
	if (v6 != NULL && mnl_attr_get_payload_len(v6) == 16)
		return addr_v6(mnl_attr_get_payload(v6));
	return (struct addr){.family = 0};
}

static struct tuple
take_tuple(const struct nlattr *nest)
{
	const struct nlattr *parts[CTA_TUPLE_MAX + 1], *ip[CTA_IP_MAX + 1], *proto[CTA_PROTO_MAX + 1];

	netlink_nested(nest, parts, CTA_TUPLE_MAX + 1);
	netlink_nested(parts[CTA_TUPLE_IP], ip, CTA_IP_MAX + 1);
	netlink_nested(parts[CTA_TUPLE_PROTO], proto, CTA_PROTO_MAX + 1);
	return (struct tuple){.src = take_address(ip[CTA_IP_V4_SRC], ip[CTA_IP_V6_SRC]),
	                      .dst = take_address(ip[CTA_IP_V4_DST], ip[CTA_IP_V6_DST]),
	                      .sport = netlink_u16(proto[CTA_PROTO_SRC_PORT]),
	                      .dport = netlink_u16(proto[CTA_PROTO_DST_PORT]),
	                      .protocol = netlink_u8(proto[CTA_PROTO_NUM])};
}

/* The TCP state of an entry. */
struct tcp_entry {
	bool over;     /* only remembered: an opening is judged before it can live again */
	bool taken_up; /* the kernel saw no SYN of it, and so cannot know which end is the client */
};

static struct tcp_entry
take_tcp(const struct nlattr *nest)
{
	const struct nlattr *info[CTA_PROTOINFO_MAX + 1], *tcp[CTA_PROTOINFO_TCP_MAX + 1];
	struct nf_ct_tcp_flags flags = {0};
	uint8_t state;

	netlink_nested(nest, info, CTA_PROTOINFO_MAX + 1);
	netlink_nested(info[CTA_PROTOINFO_TCP], tcp, CTA_PROTOINFO_TCP_MAX + 1);
	state = netlink_u8(tcp[CTA_PROTOINFO_TCP_STATE]);
	if (tcp[CTA_PROTOINFO_TCP_FLAGS_ORIGINAL] != NULL &&
	    mnl_attr_get_payload_len(tcp[CTA_PROTOINFO_TCP_FLAGS_ORIGINAL]) == sizeof flags)
		memcpy(&flags, mnl_attr_get_payload(tcp[CTA_PROTOINFO_TCP_FLAGS_ORIGINAL]), sizeof flags);
	return (struct tcp_entry){.over = state == TCP_CONNTRACK_TIME_WAIT || state == TCP_CONNTRACK_CLOSE,
	                          .taken_up = (flags.flags & IP_CT_TCP_FLAG_BE_LIBERAL) != 0};
}

static bool
is_refused(const struct conntrack *t, const struct addr *src, const struct addr *dst, uint16_t port)
{
	const struct config *c = t->config;

	return src->family != 0 && src->family == dst->family && config_enforces(c, port) &&
	       policy_is_lan(c->policy, src) && !policy_is_lan(c->policy, dst) &&
	       verdict_refuses(policy_decide(c->policy, src, dst, policy_right_card, t->now).verdict) &&
	       !own_among(t->own, src) && !own_among(t->own, dst); /* the gateway's own are not forwarded */
}

/* True if the entry existed and was deleted. */
static bool
end(struct conntrack *t, uint8_t family, const struct nlattr *parts[CTA_MAX + 1])
{
	static const uint16_t names[] = {CTA_TUPLE_ORIG, CTA_ID, CTA_ZONE};
	char buffer[1024];
	struct nlmsghdr *header =
	        netlink_request(&t->deletion, buffer, MESSAGE(IPCTNL_MSG_CT_DELETE), family, NLM_F_ACK);

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (parts[names[i]] != NULL &&
		    !mnl_attr_put_check(
		            header, sizeof buffer, names[i] | (names[i] == CTA_TUPLE_ORIG ? NLA_F_NESTED : 0),
		            mnl_attr_get_payload_len(parts[names[i]]), mnl_attr_get_payload(parts[names[i]])))
			return false;
	return netlink_ask(&t->deletion, header, NULL, NULL);
}

static int
take_entry(const struct nlmsghdr *header, void *arg)
{
	const struct nlattr *parts[CTA_MAX + 1];
	const struct nfgenmsg *generic = mnl_nlmsg_get_payload(header);
	struct conntrack *t = arg;
	struct tuple original, reply;
	struct tcp_entry tcp;

	netlink_attributes(header, parts, CTA_MAX + 1);
	if (parts[CTA_TUPLE_ORIG] == NULL || parts[CTA_TUPLE_REPLY] == NULL || parts[CTA_ID] == NULL)
		return MNL_CB_OK;
	original = take_tuple(parts[CTA_TUPLE_ORIG]);
	reply = take_tuple(parts[CTA_TUPLE_REPLY]);
	if (original.protocol != IPPROTO_TCP ||
	    (!config_enforces(t->config, reply.sport) && !config_enforces(t->config, original.sport))) {
		t->unfiltered = true;
		return MNL_CB_OK;
	}
	tcp = take_tcp(parts[CTA_PROTOINFO]);
	if (tcp.over)
		return MNL_CB_OK;
	if (is_refused(t, &original.src, &reply.src, reply.sport) ||
	    (tcp.taken_up && is_refused(t, &reply.src, &original.src, original.sport)))
		t->ended += end(t, generic->nfgen_family, parts);
	return MNL_CB_OK;
}

static bool
ask(struct conntrack *t, uint16_t port, enum side side, uint8_t family)
{
	char buffer[256];
	struct nlmsghdr *header = netlink_request(&t->dump, buffer, MESSAGE(IPCTNL_MSG_CT_GET), family, NLM_F_DUMP);
	struct nlattr *tuple, *proto, *filter;

	tuple = mnl_attr_nest_start(header, side == REPLY ? CTA_TUPLE_REPLY : CTA_TUPLE_ORIG);
	proto = mnl_attr_nest_start(header, CTA_TUPLE_PROTO);
	mnl_attr_put_u8(header, CTA_PROTO_NUM, IPPROTO_TCP);
	mnl_attr_put_u16(header, CTA_PROTO_SRC_PORT, htons(port));
	mnl_attr_nest_end(header, proto);
	mnl_attr_nest_end(header, tuple);
	filter = mnl_attr_nest_start(header, CTA_FILTER);
	mnl_attr_put_u32(header, CTA_FILTER_ORIG_FLAGS, side == REPLY ? 0 : FILTER_PROTOCOL | FILTER_SOURCE_PORT);
	mnl_attr_put_u32(header, CTA_FILTER_REPLY_FLAGS, side == REPLY ? FILTER_PROTOCOL | FILTER_SOURCE_PORT : 0);
	mnl_attr_nest_end(header, filter);
	return netfilter_send(t->dump.fd, header, header->nlmsg_len);
}

struct conntrack *
conntrack_begin(void)
{
	struct conntrack *t = calloc(1, sizeof *t);
	int error;

	if (t != NULL && getifaddrs(&t->own) == 0 && netlink_open(&t->dump, 0) && netlink_open(&t->deletion, 0))
		return t;
	error = errno;
	conntrack_free(t);
	errno = error;
	return NULL;
}

void
conntrack_free(struct conntrack *t)
{
	if (t == NULL)
		return;
	if (t->own != NULL)
		freeifaddrs(t->own);
	netlink_close(&t->dump);
	netlink_close(&t->deletion);
	free(t);
}

enum conntrack_progress
conntrack_step(struct conntrack *t, const struct config *c, int64_t now)
{
	char buffer[DUMP];
	ssize_t n;

	t->config = c;
	t->now = now;
	if (!t->under_way) {
		if (t->asked == c->port.count * SIDES * FAMILIES || (t->asked >= FAMILIES && t->unfiltered))
			return CONNTRACK_DONE;
		if (!ask(t, c->port.port[t->asked / FAMILIES / SIDES], (enum side)(t->asked / FAMILIES % SIDES),
		         families[t->asked % FAMILIES]))
			return CONNTRACK_FAILED;
		t->asked++;
		t->under_way = true;
		return CONNTRACK_MORE;
	}
	if ((n = netfilter_receive(t->dump.fd, buffer, sizeof buffer, 0)) < 0)
		return CONNTRACK_FAILED;
	n = mnl_cb_run(buffer, (size_t)n, t->dump.seq, t->dump.port, take_entry, t);
	t->under_way = n > MNL_CB_STOP;
	return n >= MNL_CB_STOP ? CONNTRACK_MORE : CONNTRACK_FAILED;
}

int64_t
conntrack_ended(const struct conntrack *t)
{
	return t->ended;
}

bool
conntrack_tracks(void)
{
	FILE *in = fopen("/proc/sys/net/netfilter/nf_conntrack_count", "re");
	static bool known; /* the table may be empty for a moment */
	char text[32] = "";

	if (in == NULL)
		return known;
	known = known || (fgets(text, sizeof text, in) != NULL && strtol(text, NULL, 10) > 0);
	fclose(in);
	return known;
}
