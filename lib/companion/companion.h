/* SPDX-License-Identifier: GPL-3.0-or-later */
/* companion: what goes along with spam, of one host: look-ups, mailboxes that are tried, what is said to mail servers.
 * It sums up: any two of the same host can be put together. Pure; of a fixed size.
 *
 * Texts are what the host sent, or a name of the configuration: they go to nobody's terminal as they are. */
#ifndef COMPANION_H
#define COMPANION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/addr.h"
#include "lib/base/distinct.h"

#define COMPANION_HELLOS 4
#define COMPANION_HELLO_TEXT 64
#define COMPANION_SERVERS 8
#define COMPANION_LISTINGS 4
#define COMPANION_LIST_TEXT 48
#define COMPANION_BYTES 1024 /* room for the bytes of any lists */

/* Names of companion.count[]. */
enum companion_count {
	COMPANION_MX, /* queries for MX, and for A and AAAA */
	COMPANION_ADDRESSES,
	COMPANION_ANSWERS, /* to these, and those that say that the name does not exist */
	COMPANION_NXDOMAIN,
	COMPANION_BLOCKLIST_LOOKUPS, /* of the addresses: what blocklists say of somebody */
	COMPANION_BOXES,             /* connections to POP and IMAP that were answered, and those that soon ended */
	COMPANION_BOXES_SHORT,
	COMPANION_SESSIONS, /* SMTP connections in which something was said in clear */
	COMPANION_TLS,      /* that went on encrypted */
	COMPANION_HELLO,    /* EHLO and HELO */
	COMPANION_SENDERS,  /* MAIL FROM */
	COMPANION_RECIPIENTS,
	COMPANION_REPLIES, /* all, and those of 4xx and 5xx */
	COMPANION_TEMPORARY,
	COMPANION_PERMANENT,
	COMPANION_LISTED,     /* refusals that name a blocklist */
	COMPANION_REFUSED,    /* of the sessions: with a reply of 4xx or 5xx */
	COMPANION_SUBMISSION, /* of the sessions: to the ports of mail programs */
	COMPANION_SERVED,     /* connections from outside to its port 25, greeted and answered with EHLO or HELO */
	COMPANION_COUNT
};

struct companion_hello {
	uint64_t count; /* 0: free */
	char text[COMPANION_HELLO_TEXT];
};

struct companion_server {
	uint64_t count;
	struct addr addr;
};

struct companion_listing {
	uint64_t count;
	char list[COMPANION_LIST_TEXT];
	struct addr addr; /* that is listed; family 0: not said */
};

struct companion {
	uint64_t count[COMPANION_COUNT];
	struct distinct names;                                /* looked up */
	struct distinct hellos;                               /* names of EHLO and HELO */
	struct distinct domains;                              /* of senders */
	struct distinct clients;                              /* networks of whom it served */
	struct companion_hello hello[COMPANION_HELLOS];       /* the first ones */
	struct companion_server server[COMPANION_SERVERS];    /* of short connections, the most-hit ones among them:
	                                                       * exact for up to COMPANION_SERVERS, else lower bounds */
	struct companion_listing listing[COMPANION_LISTINGS]; /* the first ones */
};

/* The name as it was sent; what is too long is cut off. */
void companion_hello(struct companion *c, const char *text, size_t size);
void companion_box_short(struct companion *c, const struct addr *server);
void companion_listed(struct companion *c, const char *list, const struct addr *addr);
/* `client`: the network of who was served. */
void companion_served(struct companion *c, const struct addr *client);
void companion_merge(struct companion *to, const struct companion *from);
/* The most-hit server of short connections; NULL: none. */
const struct companion_server *companion_most(const struct companion *c);
/* How many names it called itself by: exact while all of them are kept, then an estimate. */
uint64_t companion_hellos(const struct companion *c);

/* hello, server and listing as bytes, at most COMPANION_BYTES; returns how many. */
size_t companion_write(const struct companion *c, uint8_t *out);
/* Reads them back into a companion that has none. False: these are no such bytes; it then has some or none. */
bool companion_read(const uint8_t *bytes, size_t size, struct companion *c);

#endif
