/* SPDX-License-Identifier: GPL-3.0-or-later */
/* watch: receives an event for every change to the rules of nftables, and so to those of iptables-nft. Follows the
 * group NFNLGRP_NFTABLES of include/uapi/linux/netfilter/nfnetlink.h. */
#ifndef WATCH_H
#define WATCH_H

#include <stdbool.h>

struct watch;

/* Needs CAP_NET_ADMIN. NULL with errno set; without nftables in the kernel there are no events. */
struct watch *watch_open(void);
void watch_close(struct watch *w);   /* accepts NULL */
int watch_fd(const struct watch *w); /* readable when there is news; -1 for NULL */
/* Reads the waiting events, without blocking. True: one was about a table with rules of ours, or may have been (events
 * were lost). False for NULL. */
bool watch_changed(struct watch *w);
/* The program that made the last such change, as in "nft (process 4711)"; printable; "somebody" if the kernel did not
 * say. */
const char *watch_changed_by(const struct watch *w);
void watch_forget(struct watch *w); /* forgets that program; accepts NULL */

#endif
