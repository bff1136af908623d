/* SPDX-License-Identifier: GPL-3.0-or-later */
/* netfilter: netlink sockets to the kernel's packet filters (NETLINK_NETFILTER).
 *
 * Any process with CAP_NET_ADMIN may send to any netlink socket, in the name of the kernel's messages. A socket from
 * here is connected to the kernel, which then refuses messages of others for it (netlink_getsockbyportid of
 * net/netlink/af_netlink.c; not those to a group, so the sender is compared, too), and needs no address to send: the
 * system-call filter of the gate allows none. */
#ifndef NETFILTER_H
#define NETFILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <linux/netlink.h>

#define NETFILTER_PATIENCE 5 /* seconds that a read waits: the kernel answers at once, or never */

/* A socket, connected to the kernel, with a receive buffer of `room` bytes (0: the system's). -1 with errno set. */
int netfilter_open(int room);
/* The same for links, addresses and routes (NETLINK_ROUTE). */
int netfilter_open_routing(int room);
/* Its netlink port, which the kernel's answers name. */
uint32_t netfilter_port(int fd);
bool netfilter_send(int fd, const void *messages, size_t size); /* false with errno set */
/* Receives one datagram of the kernel's; those of anybody else are skipped. `flags`: 0 or MSG_DONTWAIT. Returns its
 * size as netfilter_whole counts it, or -1 with errno set; ENOSPC: it was longer than the buffer. */
ssize_t netfilter_receive(int fd, void *buffer, size_t size, int flags);

/* For those who receive for themselves. */
bool netfilter_from_kernel(const struct sockaddr_nl *from, size_t from_size);
/* Bytes of the messages that lie in a buffer as a whole; what follows them is damaged. (libmnl's mnl_nlmsg_ok takes a
 * length of 2 GiB and more for a negative one, which fits anywhere.) */
size_t netfilter_whole(const void *messages, size_t size);

#endif
