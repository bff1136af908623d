/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nft_counter.h"

#include <arpa/inet.h>
#include <string.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

struct wanted {
	const char *table;
	struct nft_counter *counters;
	size_t count, found;
};

static int
take_counter(const struct nlmsghdr *header, void *arg)
{
	struct wanted *w = arg;
	const struct nlattr *a[NFTA_OBJ_DATA + 1];

	netlink_attributes(header, a, NFTA_OBJ_DATA + 1);
	if (netlink_u32(a[NFTA_OBJ_TYPE]) != NFT_OBJECT_COUNTER ||
	    strcmp(netlink_text(a[NFTA_OBJ_TABLE]), w->table) != 0)
		return MNL_CB_OK;
	for (size_t i = 0; i < w->count; i++)
		if (strcmp(netlink_text(a[NFTA_OBJ_NAME]), w->counters[i].name) == 0) {
			w->counters[i].packets = netlink_u64(netlink_inner(a[NFTA_OBJ_DATA], NFTA_COUNTER_PACKETS));
			w->found++;
		}
	return MNL_CB_OK;
}

bool
nft_counters_ask(struct netlink *n, const char *table, struct nft_counter *counters, size_t count)
{
	struct wanted w = {.table = table, .counters = counters, .count = count};
	char buffer[1024];
	struct nlmsghdr *which = netlink_request(n, buffer, NETLINK_NFT(NFT_MSG_GETOBJ), NFPROTO_INET, NLM_F_DUMP);

	mnl_attr_put_strz(which, NFTA_OBJ_TABLE, table);
	mnl_attr_put_u32(which, NFTA_OBJ_TYPE, htonl(NFT_OBJECT_COUNTER));
	return netlink_ask(n, which, take_counter, &w) && w.found == count;
}

bool
nft_counters_look(const char *table, struct nft_counter *counters, size_t count)
{
	struct netlink n;
	bool done = netlink_open(&n, 0) && nft_counters_ask(&n, table, counters, count);

	netlink_close(&n);
	return done;
}
