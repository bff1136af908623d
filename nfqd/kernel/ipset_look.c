/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ipset_look.h"

#include <arpa/inet.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/netfilter/ipset/ip_set.h>
#include <linux/netfilter/nfnetlink.h>
#include <xxhash.h>

#include "ipset_owner.h"
#include "netlink.h"

#define PROTOCOL 6 /* of every kernel since 2.6.39 */

void
ipset_state_add(struct ipset_state *s, const char *name, uint32_t elements)
{
	/* A sum: sets have no order that is known. */
	*(strncmp(name, "nfqd_lan", 8) == 0 ? &s->lan : &s->rest) +=
	        XXH3_64bits_withSeed(&elements, sizeof elements, XXH3_64bits(name, strlen(name)));
}

static int
take_set(const struct nlmsghdr *header, void *arg)
{
	const struct nlattr *a[IPSET_ATTR_DATA + 1];
	const char *name;

	netlink_attributes(header, a, IPSET_ATTR_DATA + 1);
	name = netlink_text(a[IPSET_ATTR_SETNAME]);
	if (ipset_is_ours(name))
		ipset_state_add(arg, name, netlink_u32(netlink_inner(a[IPSET_ATTR_DATA], IPSET_ATTR_ELEMENTS)));
	((struct ipset_state *)arg)->unended += ipset_is_unended(name);
	return MNL_CB_OK;
}

bool
ipset_look(struct ipset_state *out)
{
	char buffer[256];
	struct nlmsghdr *request;
	struct netlink n;
	bool done = false;

	*out = (struct ipset_state){0};
	if (netlink_open(&n, 0)) {
		request = netlink_request(&n, buffer, NFNL_SUBSYS_IPSET << 8 | IPSET_CMD_LIST, AF_INET,
		                          NLM_F_ACK | NLM_F_DUMP);
		mnl_attr_put_u8(request, IPSET_ATTR_PROTOCOL, PROTOCOL);
		mnl_attr_put_u32(request, IPSET_ATTR_FLAGS | NLA_F_NET_BYTEORDER, htonl(IPSET_FLAG_LIST_HEADER));
		done = netlink_ask(&n, request, take_set, out);
	}
	netlink_close(&n);
	return done;
}
