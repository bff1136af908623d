/* SPDX-License-Identifier: GPL-3.0-or-later */
/* companions: packets -> side traffic of hosts: look-ups (DNS), short connections to mailboxes (POP and IMAP), and
 * dialogues with mail servers in clear (SMTP).
 *
 * Look-ups count with any server that a host of lan asks; everything else only from lan to outside, except connections
 * from outside to a mail server of lan. Connections are remembered in a bounded table; packets captured twice count
 * once. Messages split over segments are not counted. */
#ifndef COMPANIONS_H
#define COMPANIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "table.h"
#include "lib/companion/name.h"
#include "lib/decode/decode.h"
#include "lib/policy/policy.h"

#define COMPANION_SHORT                                                                                                \
	(INT64_C(10) * 1000000) /* microseconds: a connection to a mailbox that ended sooner is short                  \
	                         */

/* All pointers stay the caller's and must outlive the companions; all may be NULL. */
struct companions_options {
	const struct policy *lan; /* hosts in its lan count; NULL: all hosts, for companions_notable to choose from */
	const char *const *lists; /* names of blocklists */
	size_t list_count;
	struct companion_table *rows;   /* by hour */
	struct companion_table *totals; /* by host */
	void (*flush)(void *arg);       /* called when rows are full */
	void *arg;
	uint64_t seed;
	bool nameless; /* keeps no names of destinations */
};

struct companions_lost {
	uint64_t hosts;       /* rows without room, or dropped before their host was of interest */
	uint64_t connections; /* forgotten before their end */
};

struct companions;

struct companions *companions_new(const struct companions_options *o); /* NULL if memory is short */
void companions_free(struct companions *c);                            /* accepts NULL */
/* Another policy, from the next packet on; accepts NULL. */
void companions_policy(struct companions *c, const struct policy *lan, const char *const *lists, size_t list_count);
#define COMPANIONS_PORTS 8

/* The ports that a filter must pass in addition: these over TCP, in both directions, and PORT_DNS over
 * UDP, too. Adds those that are missing to `count` ports, for which there must be room; returns how many there are
 * then.
 */
size_t companions_ports(uint16_t *list, size_t count);
/* Accepts any packet that decode knows; most are ignored. */
void companions_packet(struct companions *c, const struct packet *p, int64_t when);
/* What a destination of the host is by the answers that the host got (names.h). Accepts NULL. */
struct naming companions_name(const struct companions *c, const struct addr *host, const struct addr *destination,
                              int64_t when);
/* How the name of a destination is spelled; NULL: that is not known any more. Accepts NULL. */
const char *companions_spelling(const struct companions *c, uint64_t name);
bool companions_names(const struct companions *c); /* names of destinations are kept; accepts NULL */
/* The row is worth storing: its host opened connections to watched ports (`opened`), or is in lan and did more than
 * look up addresses and fetch mail. Everybody looks up addresses. */
bool companions_notable(const struct companions *c, const struct companion_row *row, bool opened);
struct companion_table *companions_rows(const struct companions *c);
struct companion_table *companions_totals(const struct companions *c);
struct companions_lost companions_lost(const struct companions *c);

#endif
