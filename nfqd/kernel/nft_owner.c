/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How it works: a table has no mark that every kernel keeps, but each version of nfqd has made sets, of these names and
 * types, in both of its tables, and never a table without them. */
#include "nft_owner.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include "netlink.h"
#include "objects.h"

#define TRIES 3

/* Types of keys, as nft numbers them. */
#define TYPE_IP(family) ((family) == 4 ? 7U : 8U)
#define TYPE_CARD 9U
#define TYPE_PAIR(a, b) ((a) << 6 | (b))

/* The chains that any version of nfqd has made, in either table. */
static const char *const chains[] = {
        "answer",        "answer_local",  "answer_opening", "answer_out",    "answers",
        "answers_drop",  "answers_in",    "crowd",          "end",           "end_local",
        "end_opening",   "end_out",       "end_refused",    "end_reset",     "first_piece",
        "forward",       "forward_reset", "hidden",         "known",         "listed",
        "local",         "midstream",     "newcomers",      "opening",       "openings",
        "outbound",      "output",        "output_answer",  "output_ends",   "output_reset",
        "pieces",        "prerouting",    "refused_back",   "refused_forth", "reset_local",
        "reset_opening", "reset_out",     "strangers",      "unknown",       "unknown_back",
        "unknown_forth"};
static const char *const counters[] = {"listed", "stranger", "deny", SHIELD_NAMED, SHIELD_UNNAMED};

enum keys { KEYS_ONE, KEYS_PAIR, KEYS_CARD };

static const struct set {
	const char *name;
	enum keys keys;
} sets[] = {{"lan", KEYS_ONE},       {"deny", KEYS_ONE},       {"open", KEYS_ONE},       {"pairs", KEYS_PAIR},
            {"bound", KEYS_ONE},     {"limited", KEYS_ONE},    {"cards", KEYS_CARD},     {"max", KEYS_ONE},
            {"pace", KEYS_ONE},      {"max_pairs", KEYS_PAIR}, {"max_cards", KEYS_CARD}, {"crowd", KEYS_ONE},
            {"strangers", KEYS_ONE}, {"once", KEYS_ONE}};

static bool
is_among(const char *name, const char *const names[], size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

bool
nft_chain_is_ours(const char *chain)
{
	return is_among(chain, chains, sizeof chains / sizeof *chains);
}

/* The set of ours that has this name: "open4", or "next_open4" while rules move. */
static const struct set *
find_set(const char *name, uint8_t *family)
{
	size_t size;

	if (strncmp(name, "next_", 5) == 0)
		name += 5;
	size = strlen(name);
	if (size < 2 || (name[size - 1] != '4' && name[size - 1] != '6'))
		return NULL;
	*family = (uint8_t)(name[size - 1] - '0');
	for (size_t i = 0; i < sizeof sets / sizeof *sets; i++)
		if (strlen(sets[i].name) == size - 1 && strncmp(sets[i].name, name, size - 1) == 0)
			return &sets[i];
	return NULL;
}

static uint32_t
type_of(const struct set *s, uint8_t family)
{
	uint32_t ip = TYPE_IP(family);

	return s->keys == KEYS_ONE ? ip : TYPE_PAIR(s->keys == KEYS_PAIR ? ip : TYPE_CARD, ip);
}

/* A walk through the tables, or through the objects of one. */
struct walk {
	const char *table;
	bool there;
	bool has_ours;       /* a set */
	char odd[NFT_NAME];  /* a set of our name, and of another type */
	nft_take_name *take; /* or NULL */
	void *arg;
};

static int
take_table(const struct nlmsghdr *header, void *arg)
{
	struct walk *w = arg;
	const struct nlattr *a[NFTA_TABLE_NAME + 1];

	netlink_attributes(header, a, NFTA_TABLE_NAME + 1);
	w->there = w->there || strcmp(netlink_text(a[NFTA_TABLE_NAME]), w->table) == 0;
	return MNL_CB_OK;
}

static int
take_set(const struct nlmsghdr *header, void *arg)
{
	struct walk *w = arg;
	const struct nlattr *a[NFTA_SET_KEY_TYPE + 1];
	const struct set *ours;
	const char *name;
	uint8_t family;
	uint32_t flags;

	netlink_attributes(header, a, NFTA_SET_KEY_TYPE + 1);
	name = netlink_text(a[NFTA_SET_NAME]);
	flags = netlink_u32(a[NFTA_SET_FLAGS]);
	if (strcmp(netlink_text(a[NFTA_SET_TABLE]), w->table) != 0 || (flags & NFT_SET_ANONYMOUS) != 0)
		return MNL_CB_OK;
	ours = find_set(name, &family);
	if (ours != NULL && (flags & NFT_SET_MAP) == 0 && netlink_u32(a[NFTA_SET_KEY_TYPE]) == type_of(ours, family))
		w->has_ours = true;
	else if (ours != NULL)
		snprintf(w->odd, sizeof w->odd, "%s", name);
	if (w->take != NULL)
		w->take(w->arg, NFT_SET, name, ours != NULL);
	return MNL_CB_OK;
}

static int
take_chain(const struct nlmsghdr *header, void *arg)
{
	struct walk *w = arg;
	const struct nlattr *a[NFTA_CHAIN_NAME + 1];
	const char *name;

	netlink_attributes(header, a, NFTA_CHAIN_NAME + 1);
	name = netlink_text(a[NFTA_CHAIN_NAME]);
	if (strcmp(netlink_text(a[NFTA_CHAIN_TABLE]), w->table) == 0)
		w->take(w->arg, NFT_CHAIN, name, nft_chain_is_ours(name));
	return MNL_CB_OK;
}

static int
take_object(const struct nlmsghdr *header, void *arg)
{
	struct walk *w = arg;
	const struct nlattr *a[NFTA_OBJ_TYPE + 1];
	const char *name;

	netlink_attributes(header, a, NFTA_OBJ_TYPE + 1);
	name = netlink_text(a[NFTA_OBJ_NAME]);
	if (strcmp(netlink_text(a[NFTA_OBJ_TABLE]), w->table) == 0)
		w->take(w->arg, NFT_COUNTER, name,
		        netlink_u32(a[NFTA_OBJ_TYPE]) == NFT_OBJECT_COUNTER &&
		                is_among(name, counters, sizeof counters / sizeof *counters));
	return MNL_CB_OK;
}

static bool
list(uint16_t message, mnl_cb_t take, struct walk *w)
{
	char buffer[256];
	struct netlink n;
	bool done = false;

	for (int i = 0; i < TRIES && !done; i++) {
		done = netlink_open(&n, 0) &&
		       netlink_ask(&n, netlink_request(&n, buffer, NETLINK_NFT(message), NFPROTO_INET, NLM_F_DUMP),
		                   take, w);
		if (!done && errno != EINTR) /* EINTR: the list has changed meanwhile */
			i = TRIES;
		netlink_close(&n);
	}
	return done;
}

enum nft_owner
nft_owner(const char *table, char set[NFT_NAME])
{
	struct walk w = {.table = table};

	if (set != NULL)
		set[0] = '\0';
	if (!list(NFT_MSG_GETTABLE, take_table, &w))
		return NFT_OURS;
	if (!w.there)
		return NFT_NOBODY;
	if (!list(NFT_MSG_GETSET, take_set, &w))
		return NFT_OURS;
	if (set != NULL)
		snprintf(set, NFT_NAME, "%s", w.odd);
	return w.has_ours && w.odd[0] == '\0' ? NFT_OURS : NFT_OTHERS;
}

bool
nft_names(const char *table, nft_take_name *take, void *arg)
{
	struct walk w = {.table = table, .take = take, .arg = arg};

	return list(NFT_MSG_GETCHAIN, take_chain, &w) && list(NFT_MSG_GETSET, take_set, &w) &&
	       list(NFT_MSG_GETOBJ, take_object, &w);
}
