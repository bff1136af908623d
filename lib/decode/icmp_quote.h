/* SPDX-License-Identifier: GPL-3.0-or-later */
/* quote: the refused opening that an ICMP error quotes. Pure. */
#ifndef QUOTE_H
#define QUOTE_H

#include <stdbool.h>

#include "decode.h"

/* Destination unreachable, of whatever code but "fragmentation needed" (RFC 792; RFC 4443, 3.1), about a TCP segment of
 * the one that it was sent to: *out then is that segment as far as it is quoted (addresses, ports, seq), with the
 * protocol of the ICMP message. Anybody can write such a quote: it may only be used to look up an opening that was
 * seen. */
bool quote_read(const struct packet *icmp, struct packet *out);

#endif
