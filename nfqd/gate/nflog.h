/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nflog: openings of listed hosts, which the kernel's rules accept and report to one NFLOG group, and answers to
 * nobody, which they drop and report to it. Follows net/netfilter/nfnetlink_log.c and
 * include/uapi/linux/netfilter/nfnetlink_log.h. */
#ifndef NFLOG_H
#define NFLOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "opening.h"

#define NFLOG_BATCH 64  /* openings per read, at most; the kernel sends when it has this many */
#define NFLOG_DELAY 500 /* milliseconds that the kernel keeps an opening at most before it sends */

struct nflogged {
	struct opening opening;
	int64_t when; /* microseconds since the epoch, by the kernel; 0: it does not say */
	bool has_seq;
	uint32_t seq; /* counts what the group has taken since it was bound, from 0 */
};

/* Losses. */
struct nflog_losses {
	uint64_t lost;     /* openings, by gaps in their sequence numbers */
	uint64_t overruns; /* times that the kernel reported a full socket */
};

struct nflog;

/* Binds and configures the group. NULL on error, with the reason and the remedy in `why`. */
struct nflog *nflog_open(uint16_t group, char *why, size_t why_size);
void nflog_close(struct nflog *n); /* accepts NULL */
int nflog_fd(const struct nflog *n);
/* Reads without waiting. Returns the number of openings, 0 for none, -1 for an error of the socket. *losses grows.
 * Allocates nothing. */
int nflog_read(struct nflog *n, struct nflogged out[NFLOG_BATCH], struct nflog_losses *losses);
/* Unbinds the group. The kernel first sends the openings that it holds: read until there are none. */
void nflog_unbind(struct nflog *n);

/* One message, for nflog_read and its tests; pure. `message` is aligned to 4 bytes. False: no opening, *out is as it
 * was. */
bool nflog_parse(const void *message, size_t size, struct nflogged *out);

/* A group as the kernel shows it in /proc/net/netfilter/nfnetlink_log and /proc/net/netlink. */
struct nflog_look {
	uint32_t owner;   /* netlink port; a program's first is its pid */
	uint32_t waiting; /* openings that the kernel has not sent yet */
	uint32_t unread;  /* bytes that lie in the socket */
};
bool nflog_look(uint16_t group, struct nflog_look *out); /* false: nobody has bound it */

#endif
