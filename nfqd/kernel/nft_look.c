/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nft_look.h"

#include <errno.h>
#include <string.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <xxhash.h>

#include "netlink.h"
#include "nft_owner.h"

#define TRIES 3

struct looking {
	const char *table;
	struct nft_state *state;
	uint64_t elements;
};

static void
mix(uint64_t *hash, const struct nlattr *attribute)
{
	if (attribute != NULL)
		*hash = XXH3_64bits_withSeed(mnl_attr_get_payload(attribute), mnl_attr_get_payload_len(attribute),
		                             *hash);
	*hash = XXH3_64bits_withSeed("", 1, *hash); /* a missing attribute differs from an empty one */
}

static int
take_table(const struct nlmsghdr *header, void *arg)
{
	struct looking *l = arg;
	const struct nlattr *a[NFTA_TABLE_FLAGS + 1];

	netlink_attributes(header, a, NFTA_TABLE_FLAGS + 1);
	if (strcmp(netlink_text(a[NFTA_TABLE_NAME]), l->table) != 0)
		return MNL_CB_OK;
	mix(&l->state->rules, a[NFTA_TABLE_FLAGS]);
	if ((netlink_u32(a[NFTA_TABLE_FLAGS]) & NFT_TABLE_F_DORMANT) != 0)
		l->state->altered = true;
	return MNL_CB_OK;
}

static int
take_chain(const struct nlmsghdr *header, void *arg)
{
	static const uint16_t kept[] = {NFTA_CHAIN_NAME, NFTA_CHAIN_HOOK, NFTA_CHAIN_POLICY, NFTA_CHAIN_TYPE};
	struct looking *l = arg;
	const struct nlattr *a[NFTA_CHAIN_TYPE + 1];

	netlink_attributes(header, a, NFTA_CHAIN_TYPE + 1);
	if (strcmp(netlink_text(a[NFTA_CHAIN_TABLE]), l->table) != 0 ||
	    !nft_chain_is_ours(netlink_text(a[NFTA_CHAIN_NAME])))
		return MNL_CB_OK;
	if (a[NFTA_CHAIN_POLICY] != NULL && netlink_u32(a[NFTA_CHAIN_POLICY]) != NF_ACCEPT)
		l->state->altered = true;
	for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
		mix(&l->state->rules, a[kept[i]]);
	return MNL_CB_OK;
}

static int
take_rule(const struct nlmsghdr *header, void *arg)
{
	struct looking *l = arg;
	const struct nlattr *a[NFTA_RULE_EXPRESSIONS + 1];

	netlink_attributes(header, a, NFTA_RULE_EXPRESSIONS + 1);
	if (strcmp(netlink_text(a[NFTA_RULE_TABLE]), l->table) != 0 ||
	    !nft_chain_is_ours(netlink_text(a[NFTA_RULE_CHAIN])))
		return MNL_CB_OK;
	/* Our counters are named objects and our limits keep no state here, so an expression stays as it was made. */
	mix(&l->state->rules, a[NFTA_RULE_CHAIN]);
	mix(&l->state->rules, a[NFTA_RULE_EXPRESSIONS]);
	l->state->count++;
	return MNL_CB_OK;
}

/* An interval's end is no element of its own to us. */
static int
take_element(const struct nlattr *element, void *arg)
{
	struct looking *l = arg;
	uint32_t flags = netlink_u32(netlink_inner(element, NFTA_SET_ELEM_FLAGS));

	l->elements += (flags & NFT_SET_ELEM_INTERVAL_END) == 0;
	return MNL_CB_OK;
}

static int
take_elements(const struct nlmsghdr *header, void *arg)
{
	const struct nlattr *a[NFTA_SET_ELEM_LIST_ELEMENTS + 1];

	netlink_attributes(header, a, NFTA_SET_ELEM_LIST_ELEMENTS + 1);
	if (a[NFTA_SET_ELEM_LIST_ELEMENTS] != NULL)
		mnl_attr_parse_nested(a[NFTA_SET_ELEM_LIST_ELEMENTS], take_element, arg);
	return MNL_CB_OK;
}

/* The lists of objects that the kernel has of a table. */
struct listing {
	uint16_t message;
	uint16_t table; /* the attribute with the table's name */
	mnl_cb_t take;
};

static const struct listing chains = {NFT_MSG_GETCHAIN, NFTA_CHAIN_TABLE, take_chain};
static const struct listing rules = {NFT_MSG_GETRULE, NFTA_RULE_TABLE, take_rule};
static const struct listing elements_of_set = {NFT_MSG_GETSETELEM, NFTA_SET_ELEM_LIST_TABLE, take_elements};

/* `set`: of the elements; or NULL. */
static bool
list(struct netlink *n, const struct listing *what, const char *set, struct looking *l)
{
	char buffer[1024];
	struct nlmsghdr *request = netlink_request(n, buffer, NETLINK_NFT(what->message), NFPROTO_INET, NLM_F_DUMP);

	mnl_attr_put_strz(request, what->table, l->table);
	if (set != NULL)
		mnl_attr_put_strz(request, NFTA_SET_ELEM_LIST_SET, set);
	return netlink_ask(n, request, what->take, l);
}

uint64_t
nft_sets_with(uint64_t sets, uint64_t elements)
{
	return XXH3_64bits_withSeed(&elements, sizeof elements, sets);
}

static bool
look_once(struct netlink *n, const char *const sets[], struct looking *l)
{
	struct nlmsghdr *request;
	char buffer[256];

	*l->state = (struct nft_state){0};
	request = netlink_request(n, buffer, NETLINK_NFT(NFT_MSG_GETTABLE), NFPROTO_INET, NLM_F_DUMP);
	if (!netlink_ask(n, request, take_table, l) || !list(n, &chains, NULL, l) || !list(n, &rules, NULL, l))
		return false;
	for (size_t i = 0; sets[i] != NULL; i++) {
		l->elements = 0;
		if (!list(n, &elements_of_set, sets[i], l)) {
			if (errno != ENOENT)
				return false;
			l->elements = NFT_NO_SET;
		}
		l->state->sets = nft_sets_with(l->state->sets, l->elements);
	}
	return true;
}

bool
nft_look(const char *table, const char *const sets[], struct nft_state *out)
{
	struct looking l = {.table = table, .state = out};
	struct netlink n;
	bool done = netlink_open(&n, 0);

	if (done)
		for (int i = 0; !(done = look_once(&n, sets, &l)) && errno == EINTR && i < TRIES; i++) {
			netlink_close(&n); /* the rest of the answer may still be on its way */
			if (!netlink_open(&n, 0))
				break;
		}
	netlink_close(&n);
	return done;
}
