/* SPDX-License-Identifier: GPL-3.0-or-later */
/* conntrack: ends open connections that the policy no longer allows, piece by piece. Follows
 * net/netfilter/nf_conntrack_netlink.c and include/uapi/linux/netfilter/nfnetlink_conntrack.h. */
#ifndef CONNTRACK_H
#define CONNTRACK_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/config/config.h"

/* One pass over the kernel's table. */
struct conntrack;

enum conntrack_progress { CONNTRACK_MORE, CONNTRACK_DONE, CONNTRACK_FAILED };

struct conntrack *conntrack_begin(void);  /* NULL with errno set. Needs CAP_NET_ADMIN */
void conntrack_free(struct conntrack *t); /* accepts NULL */
/* Reads a piece of the table, and deletes the connections that a host in lan has opened through this gateway to an
 * enforced port outside, and that the policy refuses at `now`; no others. The rules refuse their further packets
 * (nft_midstream.c, iptables_midstream.c), and must stand before. (The table has no incoming interface: connections of
 * hosts that only `interface` names stay.) CONNTRACK_FAILED: the table cannot be read, the reason is in errno. */
enum conntrack_progress conntrack_step(struct conntrack *t, const struct config *c, int64_t now);
int64_t conntrack_ended(const struct conntrack *t); /* so far */
/* The kernel tracks connections in this network namespace, or has done so since this program began. */
bool conntrack_tracks(void);

#endif
