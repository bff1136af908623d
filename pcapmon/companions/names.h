/* SPDX-License-Identifier: GPL-3.0-or-later */
/* names: which name an address had for a host, by the answers that it got, and for which domain that name takes mail.
 *
 * An answer counts only if the host's question was seen within the ten seconds before, with the same addresses, ports,
 * id, type and name. What it says is kept for its TTL, from NAMES_LEAST to NAMES_MOST. Names are kept as hashes, and
 * the latest that were asked for as text (spellings.h). Bounded: a full bucket gives up what ends first, so a flood of
 * answers makes names unknown, and never others. Nothing allocates after names_new. */
#ifndef COMPANIONS_NAMES_H
#define COMPANIONS_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/companion/name.h"
#include "lib/decode/decode.h"
#include "dns.h"

#define NAMES_LEAST 3600 /* seconds: programs use an address for longer than its TTL */
#define NAMES_MOST 86400 /* ... even if the TTL is longer */

struct names;

struct names *names_new(uint64_t seed); /* NULL if memory is short */
void names_free(struct names *t);       /* accepts NULL */
/* A message of the packet, to or from a host. Times in microseconds. */
void names_take(struct names *t, const struct packet *p, const struct dns_message *d, int64_t when);
/* What a destination is to the host at that time. */
struct naming names_find(const struct names *t, const struct addr *host, const struct addr *destination, int64_t when);
const char *names_text(const struct names *t, uint64_t name); /* NULL: it is not known any more */

#endif
