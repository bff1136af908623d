/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How it works: each reading dumps the sets. A table remembers how much of each source's counter has been reported;
 * it is built anew at every reading from the sources that are still in the kernel, so those that the kernel has
 * forgotten (after ten quiet minutes) leave it without being looked for. A counter that is smaller than what was
 * reported belongs to a new element of the same source. */
#include "shield_counts.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include "lib/base/table.h"
#include "netlink.h"
#include "objects.h"

#define FIRST_ROOM 4096
#define ROOM (4 * 1024 * 1024) /* bytes of an answer that may wait */

static const char *const sets[] = {"pace4", "pace6", "crowd4", "crowd6"};

struct reported {
	struct addr source;
	uint8_t set; /* index of its set: a source may stand in two */
	uint64_t packets;
};

#define KEY_BYTES (offsetof(struct reported, set) + 1)
static_assert(KEY_BYTES == sizeof(struct addr) + 1, "a hole in the key");

static const struct table_type reported_type = {.size = sizeof(struct reported), .key = KEY_BYTES, .grows = true};

struct shield_counts {
	struct netlink netlink;
	struct table *reported, *fresh; /* of the last reading; of this one */
	/* while reading */
	bool (*grown)(void *arg, const struct addr *source, uint64_t by);
	void *arg;
	uint64_t sum;
	uint8_t set;
	bool failed;
};

struct shield_counts *
shield_counts_new(void)
{
	struct shield_counts *s = calloc(1, sizeof *s);

	if (s == NULL || (s->reported = table_new(&reported_type, FIRST_ROOM)) == NULL ||
	    (s->fresh = table_new(&reported_type, FIRST_ROOM)) == NULL || !netlink_open(&s->netlink, ROOM)) {
		shield_counts_free(s);
		return NULL;
	}
	return s;
}

void
shield_counts_free(struct shield_counts *s)
{
	if (s == NULL)
		return;
	netlink_close(&s->netlink);
	table_free(s->reported);
	table_free(s->fresh);
	free(s);
}

static struct nlmsghdr *
request(struct shield_counts *s, char *buffer, uint16_t number)
{
	return netlink_request(&s->netlink, buffer, (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | number), NFPROTO_INET,
	                       NLM_F_DUMP);
}

static int
take_counter(const struct nlmsghdr *header, void *arg)
{
	struct shield_totals *out = arg;
	const struct nlattr *a[NFTA_OBJ_DATA + 1];
	uint64_t packets;
	const char *name;

	netlink_attributes(header, a, NFTA_OBJ_DATA + 1);
	if (netlink_u32(a[NFTA_OBJ_TYPE]) != NFT_OBJECT_COUNTER ||
	    strcmp(netlink_text(a[NFTA_OBJ_TABLE]), SHIELD_TABLE) != 0)
		return MNL_CB_OK;
	name = netlink_text(a[NFTA_OBJ_NAME]);
	packets = netlink_u64(netlink_inner(a[NFTA_OBJ_DATA], NFTA_COUNTER_PACKETS));
	if (strcmp(name, SHIELD_NAMED) == 0)
		out->named = packets;
	else if (strcmp(name, SHIELD_UNNAMED) == 0)
		out->unnamed = packets;
	return MNL_CB_OK;
}

bool
shield_counts_totals(struct shield_counts *s, struct shield_totals *out)
{
	char buffer[1024];
	struct nlmsghdr *which = request(s, buffer, NFT_MSG_GETOBJ);

	*out = (struct shield_totals){UINT64_MAX, UINT64_MAX};
	mnl_attr_put_strz(which, NFTA_OBJ_TABLE, SHIELD_TABLE);
	mnl_attr_put_u32(which, NFTA_OBJ_TYPE, htonl(NFT_OBJECT_COUNTER));
	return netlink_ask(&s->netlink, which, take_counter, out) && out->named != UINT64_MAX &&
	       out->unnamed != UINT64_MAX;
}

/* The packets that an expression of an element has counted; 0 if it is no counter. */
static uint64_t
packets_of(const struct nlattr *expression)
{
	const struct nlattr *a[NFTA_EXPR_DATA + 1];

	netlink_nested(expression, a, NFTA_EXPR_DATA + 1);
	return strcmp(netlink_text(a[NFTA_EXPR_NAME]), "counter") == 0
	               ? netlink_u64(netlink_inner(a[NFTA_EXPR_DATA], NFTA_COUNTER_PACKETS))
	               : 0;
}

static int
add_packets(const struct nlattr *expression, void *arg)
{
	uint64_t *packets = arg;

	*packets += packets_of(expression);
	return MNL_CB_OK;
}

/* Of an element with one expression, or with several. */
static uint64_t
packets_of_element(const struct nlattr *const *a)
{
	uint64_t packets = packets_of(a[NFTA_SET_ELEM_EXPR]);

	if (a[NFTA_SET_ELEM_EXPRESSIONS] != NULL)
		mnl_attr_parse_nested(a[NFTA_SET_ELEM_EXPRESSIONS], add_packets, &packets);
	return packets;
}

static int
take_element(const struct nlattr *element, void *arg)
{
	struct shield_counts *s = arg;
	const struct nlattr *a[NFTA_SET_ELEM_EXPRESSIONS + 1], *key;
	struct reported of = {.set = s->set}, *before, *now;
	uint64_t packets, reported;
	bool is_new;

	netlink_nested(element, a, NFTA_SET_ELEM_EXPRESSIONS + 1);
	key = netlink_inner(a[NFTA_SET_ELEM_KEY], NFTA_DATA_VALUE);
	if (key == NULL || (mnl_attr_get_payload_len(key) != 4 && mnl_attr_get_payload_len(key) != 16))
		return MNL_CB_OK;
	of.source = mnl_attr_get_payload_len(key) == 4 ? addr_v4(mnl_attr_get_payload(key))
	                                               : addr_v6(mnl_attr_get_payload(key));
	packets = packets_of_element(a);
	if ((now = table_add(s->fresh, &of, &is_new)) == NULL) {
		s->failed = true;
		return MNL_CB_OK;
	}
	if (is_new) {
		before = table_find(s->reported, &of);
		reported = before != NULL && before->packets <= packets ? before->packets : 0;
		s->sum += packets;
	} else {
		reported = now->packets; /* a dump may bring an element twice while its table grows */
	}
	if (s->grown == NULL || (packets > reported && s->grown(s->arg, &of.source, packets - reported)))
		reported = packets;
	now->packets = reported;
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

static bool
read_set(struct shield_counts *s, const char *name)
{
	char buffer[1024];
	struct nlmsghdr *which = request(s, buffer, NFT_MSG_GETSETELEM);

	mnl_attr_put_strz(which, NFTA_SET_ELEM_LIST_TABLE, SHIELD_TABLE);
	mnl_attr_put_strz(which, NFTA_SET_ELEM_LIST_SET, name);
	return netlink_ask(&s->netlink, which, take_elements, s);
}

/* Sources that this reading did not reach keep their reported counts. */
static void
keep_rest(struct shield_counts *s)
{
	const struct reported *old;
	struct reported *now;
	bool is_new;

	for (size_t i = 0; (old = table_at(s->reported, i)) != NULL; i++)
		if ((now = table_add(s->fresh, old, &is_new)) != NULL && is_new)
			now->packets = old->packets;
}

bool
shield_counts_read(struct shield_counts *s, bool (*grown)(void *arg, const struct addr *source, uint64_t by), void *arg,
                   uint64_t *sum)
{
	struct table *old;
	bool done = true;

	s->grown = grown;
	s->arg = arg;
	s->sum = 0;
	s->failed = false;
	for (s->set = 0; done && s->set < sizeof sets / sizeof *sets; s->set++)
		done = read_set(s, sets[s->set]) && !s->failed;
	if (!done)
		keep_rest(s);
	*sum = s->sum;
	old = s->reported;
	s->reported = s->fresh;
	table_clear(old);
	s->fresh = old;
	return done;
}
