/* SPDX-License-Identifier: GPL-3.0-or-later */
/* companion: side traffic of a host: DNS lookups, POP3 and IMAP connections, SMTP dialogue. Summable: any two of the
 * same host can be merged. Pure; of fixed size.
 *
 * Texts come from the host or from the configuration: use text_safe before a terminal. */
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
#define COMPANION_BYTES 1024 /* enough for any lists */

/* Indices of companion.count[]. */
enum companion_count {
	COMPANION_MX, /* queries for MX; for A and AAAA */
	COMPANION_ADDRESSES,
	COMPANION_ANSWERS, /* to these; those with NXDOMAIN */
	COMPANION_NXDOMAIN,
	COMPANION_BLOCKLIST_LOOKUPS, /* address queries in blocklists */
	COMPANION_BOXES,             /* answered connections to POP3 and IMAP; those that ended soon */
	COMPANION_BOXES_SHORT,
	COMPANION_SESSIONS, /* SMTP connections with commands in clear */
	COMPANION_TLS,      /* of the sessions: switched to TLS */
	COMPANION_HELLO,    /* EHLO and HELO */
	COMPANION_SENDERS,  /* MAIL FROM */
	COMPANION_RECIPIENTS,
	COMPANION_REPLIES, /* all; 4xx; 5xx */
	COMPANION_TEMPORARY,
	COMPANION_PERMANENT,
	COMPANION_LISTED,     /* refusals that name a blocklist */
	COMPANION_REFUSED,    /* of the sessions: with a reply of 4xx or 5xx */
	COMPANION_SUBMISSION, /* of the sessions: to submission ports */
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
	struct addr addr; /* the listed address; family 0: not named */
};

struct companion {
	uint64_t count[COMPANION_COUNT];
	struct distinct names;                                /* looked up */
	struct distinct hellos;                               /* names of EHLO and HELO */
	struct distinct domains;                              /* of senders */
	struct distinct clients;                              /* networks of clients served */
	struct companion_hello hello[COMPANION_HELLOS];       /* the first ones */
	struct companion_server server[COMPANION_SERVERS];    /* of short connections, including the most frequent:
	                                                       * exact for up to COMPANION_SERVERS, else lower bounds */
	struct companion_listing listing[COMPANION_LISTINGS]; /* the first ones */
};

/* The name as sent, truncated to COMPANION_HELLO_TEXT. */
void companion_hello(struct companion *c, const char *text, size_t size);
void companion_box_short(struct companion *c, const struct addr *server);
void companion_listed(struct companion *c, const char *list, const struct addr *addr);
/* `client`: the network of the client. */
void companion_served(struct companion *c, const struct addr *client);
void companion_merge(struct companion *to, const struct companion *from);
/* The most frequent server of short connections; NULL: none. */
const struct companion_server *companion_most(const struct companion *c);
/* Number of distinct HELO names: exact up to COMPANION_HELLOS, then an estimate. */
uint64_t companion_hellos(const struct companion *c);

/* hello, server and listing as bytes, at most COMPANION_BYTES; returns their number. */
size_t companion_write(const struct companion *c, uint8_t *out);
/* Reads them back into a companion with empty lists. False: invalid bytes; the lists are then filled in part. */
bool companion_read(const uint8_t *bytes, size_t size, struct companion *c);

#endif
