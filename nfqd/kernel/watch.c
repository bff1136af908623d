/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How it works: a transaction's messages (a table, chain, rule, set or element was made or deleted) end with one that
 * names the new generation and the process that made it. Every message but that last one names the table in its
 * attribute 1. Changes in other tables, such as docker's, are read and ignored. */
#include "watch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include "lib/base/text.h"
#include "netlink.h"
#include "objects.h"

#define TABLE_NAME 1       /* NFTA_TABLE_NAME, NFTA_CHAIN_TABLE, NFTA_RULE_TABLE, ... */
#define ROOM (1024 * 1024) /* bytes of news that may wait */
#define MOST 1024 /* messages per call, so that a program that changes rules all the time does not keep us busy */

struct watch {
	struct netlink netlink;
	bool ours; /* of the messages since the last generation */
	char who[64];
};

_Static_assert(NFTA_TABLE_NAME == TABLE_NAME && NFTA_CHAIN_TABLE == TABLE_NAME && NFTA_RULE_TABLE == TABLE_NAME &&
                       NFTA_SET_TABLE == TABLE_NAME && NFTA_SET_ELEM_LIST_TABLE == TABLE_NAME &&
                       NFTA_OBJ_TABLE == TABLE_NAME,
               "the table's name comes first");

struct watch *
watch_open(void)
{
	struct watch *w = calloc(1, sizeof *w);
	int group = NFNLGRP_NFTABLES;

	if (w != NULL && netlink_open(&w->netlink, ROOM) &&
	    setsockopt(w->netlink.fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group) == 0)
		return w;
	watch_close(w);
	return NULL;
}

void
watch_close(struct watch *w)
{
	if (w == NULL)
		return;
	netlink_close(&w->netlink);
	free(w);
}

int
watch_fd(const struct watch *w)
{
	return w != NULL ? w->netlink.fd : -1;
}

static bool
is_ours(uint8_t family, const char *table)
{
	if (family == NFPROTO_INET)
		return strcmp(table, NFT_TABLE) == 0 || strcmp(table, SHIELD_TABLE) == 0;
	return (family == NFPROTO_IPV4 || family == NFPROTO_IPV6) &&
	       (strcmp(table, "mangle") == 0 || strcmp(table, "filter") == 0);
}

static void
name_maker(struct watch *w, const struct nlattr *const *a)
{
	const char *name = netlink_text(a[NFTA_GEN_PROC_NAME]);
	char safe[33];

	if (name[0] == '\0')
		return;
	snprintf(w->who, sizeof w->who, "%s (process %u)", text_safe(name, false, safe, sizeof safe),
	         netlink_u32(a[NFTA_GEN_PROC_PID]));
}

static void
take(struct watch *w, const struct nlmsghdr *header, bool *news)
{
	const struct nlattr *a[NFTA_GEN_PROC_NAME + 1];
	const struct nfgenmsg *general = mnl_nlmsg_get_payload(header);

	if (header->nlmsg_type >> 8 != NFNL_SUBSYS_NFTABLES || mnl_nlmsg_get_payload_len(header) < sizeof *general)
		return;
	netlink_attributes(header, a, NFTA_GEN_PROC_NAME + 1);
	if ((header->nlmsg_type & 0xff) != NFT_MSG_NEWGEN) {
		w->ours = w->ours || is_ours(general->nfgen_family, netlink_text(a[TABLE_NAME]));
		*news = *news || w->ours;
	} else {
		if (w->ours)
			name_maker(w, a);
		w->ours = false;
	}
}

bool
watch_changed(struct watch *w)
{
	char buffer[65536];
	bool news = false;
	ssize_t size;
	int taken = 0;

	if (w == NULL)
		return false;
	while (taken++ < MOST && ((size = netfilter_receive(w->netlink.fd, buffer, sizeof buffer, MSG_DONTWAIT)) >= 0 ||
	                          errno == ENOBUFS || errno == ENOSPC || errno == EINTR)) {
		int left = (int)size;

		if (size < 0) { /* messages were lost: any table may have changed */
			news = true;
			continue;
		}
		for (const struct nlmsghdr *h = (const struct nlmsghdr *)(const void *)buffer; mnl_nlmsg_ok(h, left);
		     h = mnl_nlmsg_next(h, &left))
			take(w, h, &news);
	}
	return news;
}

const char *
watch_changed_by(const struct watch *w)
{
	return w != NULL && w->who[0] != '\0' ? w->who : "somebody";
}

void
watch_forget(struct watch *w)
{
	if (w != NULL)
		w->who[0] = '\0';
}
