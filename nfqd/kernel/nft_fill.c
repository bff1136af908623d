/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How it works: a batch is one datagram, which the kernel takes as one transaction, and its answers are in the socket
 * when sending returns. A set of single keys has an element where an interval begins and another behind its end; one of
 * several fields has a single element with both ends. Follows nf_tables_newsetelem of net/netfilter/nf_tables_api.c. */
#include "nft_fill.h"

#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include "lib/base/when.h"

#define MESSAGE_ELEMENTS 200 /* the length of a list is a number of 16 bits */
#define ELEMENT_MOST 160     /* bytes: both ends, with their attributes */
#define MESSAGE_MOST (512 + MESSAGE_ELEMENTS * ELEMENT_MOST)
#define BATCH_MOST (NFT_FILL_PIECE / MESSAGE_ELEMENTS * MESSAGE_MOST)

/* Room for small transactions while memory is short; one process fills one set at a time. */
static _Alignas(struct nlmsghdr) char reserve[2 * MESSAGE_MOST];

static void
fail(struct nft_filling *f, int error)
{
	if (f->error == 0)
		f->error = error;
}

/* The kernel takes no datagram that is larger than the send buffer. */
static size_t
make_room(int fd)
{
	int wanted = BATCH_MOST + 4096, got = 0;
	socklen_t size = sizeof got;

	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &wanted, sizeof wanted) != 0)
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &wanted, sizeof wanted);
	if (getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &got, &size) != 0 || got < 4 * MESSAGE_MOST)
		return sizeof reserve;
	return got < BATCH_MOST ? (size_t)got - 1024 : BATCH_MOST;
}

void
nft_fill_begin(struct nft_filling *f, const char *table, const char *set)
{
	*f = (struct nft_filling){.table = table, .set = set};
	if (!netlink_open(&f->netlink, 0)) {
		fail(f, errno);
		return;
	}
	f->room = make_room(f->netlink.fd);
	if ((f->batch = malloc(f->room)) == NULL) {
		f->batch = reserve;
		f->room = sizeof reserve;
	}
}

/* Adds a message to the batch, all of which have one number. */
static struct nlmsghdr *
add_message(struct nft_filling *f, uint16_t type, uint8_t family, uint16_t flags)
{
	struct nlmsghdr *header;

	f->netlink.seq = f->seq - 1;
	header = netlink_request(&f->netlink, f->batch + f->used, type, family, flags);
	return header;
}

static void
close_message(struct nft_filling *f)
{
	if (f->message == NULL)
		return;
	mnl_attr_nest_end(f->message, f->list);
	f->used += NLMSG_ALIGN(f->message->nlmsg_len);
	f->message = NULL;
}

/* The beginning or the end of a batch, which names the subsystem. */
static void
add_mark(struct nft_filling *f, uint16_t type)
{
	struct nlmsghdr *header = add_message(f, type, AF_UNSPEC, 0);
	struct nfgenmsg *general = mnl_nlmsg_get_payload(header);

	general->res_id = htons(NFNL_SUBSYS_NFTABLES);
	f->used += NLMSG_ALIGN(header->nlmsg_len);
}

static int
take_nothing(const struct nlmsghdr *header, void *arg)
{
	(void)header;
	(void)arg;
	return MNL_CB_OK;
}

static void
send_batch(struct nft_filling *f)
{
	bool more;

	if (f->used == 0 || f->error != 0)
		return;
	close_message(f);
	add_mark(f, NFNL_MSG_BATCH_END);
	if (!netfilter_send(f->netlink.fd, f->batch, f->used))
		fail(f, errno);
	for (; f->acks > 0 && f->error == 0; f->acks--)
		if (!netlink_step(&f->netlink, take_nothing, NULL, &more))
			fail(f, errno);
	f->used = 0;
	f->elements = 0;
}

static void
open_message(struct nft_filling *f)
{
	if (f->used == 0) {
		f->seq++;
		add_mark(f, NFNL_MSG_BATCH_BEGIN);
	}
	f->message = add_message(f, NETLINK_NFT(NFT_MSG_NEWSETELEM), NFPROTO_INET, NLM_F_CREATE | NLM_F_ACK);
	mnl_attr_put_strz(f->message, NFTA_SET_ELEM_LIST_TABLE, f->table);
	mnl_attr_put_strz(f->message, NFTA_SET_ELEM_LIST_SET, f->set);
	f->list = mnl_attr_nest_start(f->message, NFTA_SET_ELEM_LIST_ELEMENTS);
	f->acks++;
}

static void
put_key(struct nlmsghdr *message, uint16_t attribute, const uint8_t *key, size_t size)
{
	struct nlattr *nest = mnl_attr_nest_start(message, attribute);

	mnl_attr_put(message, NFTA_DATA_VALUE, size, key);
	mnl_attr_nest_end(message, nest);
}

/* False: there is none behind the last key. */
static bool
key_behind(const struct nft_element *e, uint8_t out[NFT_KEY])
{
	memcpy(out, e->last, e->size);
	for (size_t i = e->size; i-- > 0;)
		if (++out[i] != 0)
			return true;
	return false;
}

static void
put_begin(struct nlmsghdr *message, const struct nft_element *e)
{
	struct nlattr *nest = mnl_attr_nest_start(message, NFTA_LIST_ELEM);

	put_key(message, NFTA_SET_ELEM_KEY, e->first, e->size);
	if (e->fields)
		put_key(message, NFTA_SET_ELEM_KEY_END, e->last, e->size);
	if (e->left > 0)
		mnl_attr_put_u64(message, NFTA_SET_ELEM_TIMEOUT, htobe64((uint64_t)e->left / (SECOND / 1000)));
	mnl_attr_nest_end(message, nest);
}

static void
put_end(struct nlmsghdr *message, const struct nft_element *e)
{
	uint8_t behind[NFT_KEY];
	struct nlattr *nest;

	if (e->fields || !key_behind(e, behind))
		return;
	nest = mnl_attr_nest_start(message, NFTA_LIST_ELEM);
	put_key(message, NFTA_SET_ELEM_KEY, behind, e->size);
	mnl_attr_put_u32(message, NFTA_SET_ELEM_FLAGS, htonl(NFT_SET_ELEM_INTERVAL_END));
	mnl_attr_nest_end(message, nest);
}

void
nft_fill_add(struct nft_filling *f, const struct nft_element *e)
{
	if (f->error != 0)
		return;
	if (f->elements % MESSAGE_ELEMENTS == 0) {
		close_message(f);
		/* With room for another message and the end of the batch. */
		if (f->elements == NFT_FILL_PIECE || f->used + MESSAGE_MOST + 256 > f->room)
			send_batch(f);
		open_message(f);
	}
	put_begin(f->message, e);
	put_end(f->message, e);
	f->elements++;
}

bool
nft_fill_end(struct nft_filling *f)
{
	send_batch(f);
	netlink_close(&f->netlink);
	if (f->batch != reserve)
		free(f->batch);
	errno = f->error;
	return f->error == 0;
}
