/* SPDX-License-Identifier: GPL-3.0-or-later */
/* watch: hears of every change that anybody makes to the rules of nftables, and so to those of iptables-nft. Follows
 * the group NFNLGRP_NFTABLES of include/uapi/linux/netfilter/nfnetlink.h. */
#ifndef WATCH_H
#define WATCH_H

#include <stdbool.h>

struct watch;

/* Needs CAP_NET_ADMIN. NULL with errno set; without nftables in the kernel there is nothing to hear. */
struct watch *watch_open(void);
void watch_close(struct watch *w);   /* accepts NULL */
int watch_fd(const struct watch *w); /* readable when there is news; -1 for NULL */
/* Takes what has come, without waiting. True: some of it was about a table that rules of ours stand in, or may have
 * been (news was lost). False for NULL. */
bool watch_changed(struct watch *w);
/* Who made the last such change, as in "nft (process 4711)"; printable; "somebody" if the kernel did not say. */
const char *watch_changed_by(const struct watch *w);
void watch_forget(struct watch *w); /* who it was; accepts NULL */

#endif
