/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How it works: each reading dumps the sets. A table remembers how much of each source's counter has been reported;
 * it is built anew at every reading from the sources that are still in the kernel, so those that the kernel has
 * forgotten (after ten quiet minutes) leave it without being looked for, after two readings: a dump may miss an element
 * while the kernel's table grows. For each datagram of a dump the kernel walks the set from its start, so a reading of
 * 100,000 sources takes a second of this process: it goes in steps. A counter that is smaller than what was
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
#include "nft_counter.h"
#include "objects.h"

#define FIRST_ROOM 4096
#define ROOM (4 * 1024 * 1024) /* bytes of an answer that may wait */

static const char *const sets[] = {"pace4", "pace6", "crowd4", "crowd6", "once4", "once6"};
#define ONCE 4 /* the first set whose elements have no counter: each is one packet */

struct reported {
	struct addr source;
	uint8_t set;    /* index of its set: a source may stand in several */
	uint8_t missed; /* the last reading did not find it */
	uint64_t packets;
};

#define KEY_BYTES (offsetof(struct reported, set) + 1)
static_assert(KEY_BYTES == sizeof(struct addr) + 1, "a hole in the key");

static const struct table_type reported_type = {.size = sizeof(struct reported), .key = KEY_BYTES, .grows = true};

struct shield_counts {
	struct netlink netlink, dump;   /* for totals; for a reading, which may be underway meanwhile */
	struct table *reported, *fresh; /* of the last reading; of this one */
	/* while reading */
	bool (*grown)(void *arg, const struct addr *source, uint64_t by);
	void *arg;
	uint64_t sum;
	uint8_t set;
	bool underway; /* the dump of that set */
	bool failed;
};

struct shield_counts *
shield_counts_new(void)
{
	struct shield_counts *s = calloc(1, sizeof *s);

	if (s == NULL || (s->reported = table_new(&reported_type, FIRST_ROOM)) == NULL ||
	    (s->fresh = table_new(&reported_type, FIRST_ROOM)) == NULL || !netlink_open(&s->netlink, 0) ||
	    !netlink_open(&s->dump, ROOM)) {
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
	netlink_close(&s->dump);
	table_free(s->reported);
	table_free(s->fresh);
	free(s);
}

bool
shield_counts_totals(struct shield_counts *s, struct shield_totals *out)
{
	struct nft_counter counters[] = {{.name = SHIELD_NAMED}, {.name = SHIELD_UNNAMED}};
	bool done = nft_counters_ask(&s->netlink, SHIELD_TABLE, counters, 2);

	*out = (struct shield_totals){counters[0].packets, counters[1].packets};
	return done;
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

/* The packets that an element has counted; its expressions may be one or a list. */
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
	packets = s->set < ONCE ? packets_of_element(a) : 1;
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
ask_for_set(struct shield_counts *s, const char *name)
{
	char buffer[1024];
	struct nlmsghdr *which =
	        netlink_request(&s->dump, buffer, NETLINK_NFT(NFT_MSG_GETSETELEM), NFPROTO_INET, NLM_F_DUMP);

	mnl_attr_put_strz(which, NFTA_SET_ELEM_LIST_TABLE, SHIELD_TABLE);
	mnl_attr_put_strz(which, NFTA_SET_ELEM_LIST_SET, name);
	return netlink_begin(&s->dump, which);
}

/* Sources that this reading did not find keep their reported counts: all, or those that the one before had found. */
static void
keep_rest(struct shield_counts *s, bool all)
{
	const struct reported *old;
	struct reported *now;
	bool is_new;

	for (size_t i = 0; (old = table_at(s->reported, i)) != NULL; i++)
		if ((all || !old->missed) && (now = table_add(s->fresh, old, &is_new)) != NULL && is_new) {
			now->packets = old->packets;
			now->missed = !all;
		}
}

void
shield_counts_begin(struct shield_counts *s, bool (*grown)(void *arg, const struct addr *source, uint64_t by),
                    void *arg)
{
	s->grown = grown;
	s->arg = arg;
	s->sum = 0;
	s->set = 0;
	s->underway = s->failed = false;
}

static void
end(struct shield_counts *s, bool done)
{
	struct table *old = s->reported;

	keep_rest(s, !done);
	s->reported = s->fresh;
	table_clear(old);
	s->fresh = old;
	if (!done) { /* what is left of the answer must not be taken for the next one */
		netlink_close(&s->dump);
		(void)!netlink_open(&s->dump, ROOM); /* otherwise the next request fails */
	}
}

/* A datagram, or the request for the next set. */
static bool
step(struct shield_counts *s)
{
	bool done;

	if (!s->underway)
		return s->underway = ask_for_set(s, sets[s->set]);
	done = netlink_step(&s->dump, take_elements, s, &s->underway) && !s->failed;
	if (!s->underway)
		s->set++;
	return done;
}

bool
shield_counts_step(struct shield_counts *s, struct steady until, bool *more, uint64_t *sum)
{
	bool done = true;

	do {
		done = step(s);
		*more = done && s->set < sizeof sets / sizeof *sets;
	} while (*more && steady_before(steady_now(), until));
	*sum = s->sum;
	if (!*more)
		end(s, done);
	return done;
}
