/* SPDX-License-Identifier: GPL-3.0-or-later */
/* netlink: questions to the kernel's packet filters (NETLINK_NETFILTER) and to its routing (NETLINK_ROUTE), and their
 * answers. */
#ifndef NETLINK_H
#define NETLINK_H

#include <stdbool.h>
#include <stdint.h>

#include <libmnl/libmnl.h>
#include <linux/netfilter/nfnetlink.h>

#include "nfqd/shared/netfilter.h"

/* The type of a message to nf_tables: NFT_MSG_*. */
#define NETLINK_NFT(message) ((uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | (message)))

struct netlink {
	int fd;        /* a socket of netfilter.h */
	uint32_t port; /* of that socket; 0: it is not open */
	uint32_t seq;
};

/* With a receive buffer of `room` bytes (0: the system's). False with errno set; either way netlink_close afterwards.
 */
bool netlink_open(struct netlink *n, int room);
/* The same to ask for links, addresses and routes. */
bool netlink_open_routing(struct netlink *n);
void netlink_close(struct netlink *n);
/* Begins a request in `buffer` (at least 256 bytes): type is subsystem << 8 | message, family the kernel's NFPROTO_*.
 */
struct nlmsghdr *netlink_request(struct netlink *n, char *buffer, uint16_t type, uint8_t family, uint16_t flags);
/* The same of a family of messages that begin with `more` bytes of their own, here zeros, instead of an nfgenmsg. */
struct nlmsghdr *netlink_request_with(struct netlink *n, char *buffer, uint16_t type, uint16_t flags, size_t more);
/* Sends a request made above and hands every message of the answer to `take`. False with errno set: the kernel's error
 * (ENOENT: no such object), EINTR: the list changed while it was read, or EAGAIN: no answer within
 * NETFILTER_PATIENCE. */
bool netlink_ask(struct netlink *n, struct nlmsghdr *request, mnl_cb_t take, void *arg);
/* The same in steps: sends the last request made, and hands the messages of one datagram, up to 32 KiB, to `take`.
 * *more: the answer goes on. After a false, close the socket: the rest of the answer may wait in it. */
bool netlink_begin(struct netlink *n, const struct nlmsghdr *request);
bool netlink_step(struct netlink *n, mnl_cb_t take, void *arg, bool *more);
/* The attributes behind a message's nfgenmsg, by number; those of `most` and above are left out. */
void netlink_attributes(const struct nlmsghdr *header, const struct nlattr **out, uint16_t most);
/* The same behind a header of `size` bytes. */
void netlink_attributes_behind(const struct nlmsghdr *header, unsigned size, const struct nlattr **out, uint16_t most);
/* The same of those nested in an attribute, which may be NULL. */
void netlink_nested(const struct nlattr *outer, const struct nlattr **out, uint16_t most);
/* An attribute among those nested in another, which may be NULL; NULL if it is not there. */
const struct nlattr *netlink_inner(const struct nlattr *outer, uint16_t type);
/* The text of an attribute; "" if it is not there or not a text. */
const char *netlink_text(const struct nlattr *attribute);
/* A number, the longer ones big-endian; 0 if it is not there or not that long. */
uint8_t netlink_u8(const struct nlattr *attribute);
uint16_t netlink_u16(const struct nlattr *attribute);
uint32_t netlink_u32(const struct nlattr *attribute);
uint64_t netlink_u64(const struct nlattr *attribute);

#endif
