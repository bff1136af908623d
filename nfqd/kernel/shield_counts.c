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

#include <libnftnl/expr.h>
#include <libnftnl/object.h>
#include <libnftnl/set.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

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

static int
take_counter(const struct nlmsghdr *header, void *arg)
{
	struct shield_totals *out = arg;
	struct nftnl_obj *object = nftnl_obj_alloc();
	const char *name;

	if (object != NULL && nftnl_obj_nlmsg_parse(header, object) == 0 && nftnl_obj_is_set(object, NFTNL_OBJ_TABLE) &&
	    nftnl_obj_is_set(object, NFTNL_OBJ_NAME) &&
	    nftnl_obj_get_u32(object, NFTNL_OBJ_TYPE) == NFT_OBJECT_COUNTER &&
	    strcmp(nftnl_obj_get_str(object, NFTNL_OBJ_TABLE), SHIELD_TABLE) == 0) {
		name = nftnl_obj_get_str(object, NFTNL_OBJ_NAME);
		if (strcmp(name, SHIELD_NAMED) == 0)
			out->named = nftnl_obj_get_u64(object, NFTNL_OBJ_CTR_PKTS);
		else if (strcmp(name, SHIELD_UNNAMED) == 0)
			out->unnamed = nftnl_obj_get_u64(object, NFTNL_OBJ_CTR_PKTS);
	}
	if (object != NULL)
		nftnl_obj_free(object);
	return MNL_CB_OK;
}

bool
shield_counts_totals(struct shield_counts *s, struct shield_totals *out)
{
	char buffer[1024];
	struct nlmsghdr *request;
	struct nftnl_obj *which = nftnl_obj_alloc();
	bool done;

	if (which == NULL)
		return false;
	*out = (struct shield_totals){UINT64_MAX, UINT64_MAX};
	request = nftnl_nlmsg_build_hdr(buffer, NFT_MSG_GETOBJ, NFPROTO_INET, NLM_F_DUMP, ++s->netlink.seq);
	nftnl_obj_set_str(which, NFTNL_OBJ_TABLE, SHIELD_TABLE);
	nftnl_obj_set_u32(which, NFTNL_OBJ_TYPE, NFT_OBJECT_COUNTER);
	nftnl_obj_nlmsg_build_payload(request, which);
	nftnl_obj_free(which);
	done = netlink_ask(&s->netlink, request, take_counter, out);
	return done && out->named != UINT64_MAX && out->unnamed != UINT64_MAX;
}

static int
add_packets(struct nftnl_expr *expression, void *arg)
{
	uint64_t *packets = arg;

	if (strcmp(nftnl_expr_get_str(expression, NFTNL_EXPR_NAME), "counter") == 0)
		*packets += nftnl_expr_get_u64(expression, NFTNL_EXPR_CTR_PACKETS);
	return 0;
}

static int
take_element(struct nftnl_set_elem *element, void *arg)
{
	struct shield_counts *s = arg;
	uint32_t size;
	const void *key = nftnl_set_elem_get(element, NFTNL_SET_ELEM_KEY, &size);
	struct reported of = {.set = s->set}, *before, *now;
	uint64_t packets = 0, reported;
	bool is_new;

	if (key == NULL || (size != 4 && size != 16))
		return 0;
	of.source = size == 4 ? addr_v4(key) : addr_v6(key);
	nftnl_set_elem_expr_foreach(element, add_packets, &packets);
	if ((now = table_add(s->fresh, &of, &is_new)) == NULL) {
		s->failed = true;
		return 0;
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
	return 0;
}

static int
take_elements(const struct nlmsghdr *header, void *arg)
{
	struct nftnl_set *set = nftnl_set_alloc();

	if (set != NULL && nftnl_set_elems_nlmsg_parse(header, set) == 0)
		nftnl_set_elem_foreach(set, take_element, arg);
	if (set != NULL)
		nftnl_set_free(set);
	return MNL_CB_OK;
}

static bool
read_set(struct shield_counts *s, const char *name)
{
	char buffer[1024];
	struct nlmsghdr *request;
	struct nftnl_set *which = nftnl_set_alloc();

	if (which == NULL)
		return false;
	request = nftnl_nlmsg_build_hdr(buffer, NFT_MSG_GETSETELEM, NFPROTO_INET, NLM_F_DUMP, ++s->netlink.seq);
	nftnl_set_set_str(which, NFTNL_SET_TABLE, SHIELD_TABLE);
	nftnl_set_set_str(which, NFTNL_SET_NAME, name);
	nftnl_set_elems_nlmsg_build_payload(request, which);
	nftnl_set_free(which);
	return netlink_ask(&s->netlink, request, take_elements, s);
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
