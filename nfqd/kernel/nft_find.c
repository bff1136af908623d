/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nft_find.h"

#include <string.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include "netlink.h"

/* The names of an object: which message asks for it, and the attributes that name it. */
struct object {
	uint16_t message, flags;
	uint16_t table, name; /* attributes */
};

/* `names`: of the table and of the object. */
static bool
ask(const struct object *o, const char *const names[2], mnl_cb_t take, void *arg)
{
	char buffer[1024];
	struct netlink n;
	struct nlmsghdr *request;
	bool good = netlink_open(&n, 0);

	if (good) {
		request = netlink_request(&n, buffer, NETLINK_NFT(o->message), NFPROTO_INET, o->flags);
		mnl_attr_put_strz(request, o->table, names[0]);
		mnl_attr_put_strz(request, o->name, names[1]);
		good = netlink_ask(&n, request, take, arg);
	}
	netlink_close(&n);
	return good;
}

static int
take_any(const struct nlmsghdr *header, void *arg)
{
	(void)header;
	(void)arg;
	return MNL_CB_OK;
}

bool
nft_find_chain(const char *table, const char *chain)
{
	static const struct object one = {NFT_MSG_GETCHAIN, NLM_F_ACK, NFTA_CHAIN_TABLE, NFTA_CHAIN_NAME};

	return ask(&one, (const char *const[]){table, chain}, take_any, NULL);
}

bool
nft_find_set(const char *table, const char *set)
{
	static const struct object one = {NFT_MSG_GETSET, NLM_F_ACK, NFTA_SET_TABLE, NFTA_SET_NAME};

	return ask(&one, (const char *const[]){table, set}, take_any, NULL);
}

struct sought {
	const char *table, *chain, *text;
	bool found;
};

static bool
has_text(const struct nlattr *attribute, const char *text)
{
	return attribute != NULL &&
	       memmem(mnl_attr_get_payload(attribute), mnl_attr_get_payload_len(attribute), text, strlen(text)) != NULL;
}

/* Kernels before 4.7 list the rules of all chains. */
static int
take_rule(const struct nlmsghdr *header, void *arg)
{
	struct sought *s = arg;
	const struct nlattr *a[NFTA_RULE_USERDATA + 1];

	netlink_attributes(header, a, NFTA_RULE_USERDATA + 1);
	if (strcmp(netlink_text(a[NFTA_RULE_TABLE]), s->table) == 0 &&
	    strcmp(netlink_text(a[NFTA_RULE_CHAIN]), s->chain) == 0 &&
	    (has_text(a[NFTA_RULE_EXPRESSIONS], s->text) || has_text(a[NFTA_RULE_USERDATA], s->text)))
		s->found = true;
	return MNL_CB_OK;
}

bool
nft_find_rule(const char *table, const char *chain, const char *text)
{
	static const struct object rules = {NFT_MSG_GETRULE, NLM_F_DUMP, NFTA_RULE_TABLE, NFTA_RULE_CHAIN};
	struct sought s = {.table = table, .chain = chain, .text = text};

	return ask(&rules, (const char *const[]){table, chain}, take_rule, &s) && s.found;
}
