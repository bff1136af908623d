/* SPDX-License-Identifier: GPL-3.0-or-later */
/* inbound: connections from outside to a mail server of lan, port 25. */
#ifndef COMPANIONS_INBOUND_H
#define COMPANIONS_INBOUND_H

#include <stdbool.h>
#include <stdint.h>

#include "sessions.h"

/* A packet of a connection to port 25; `client`: sent by the client. True, once per connection, when the client answers
 * the greeting with EHLO or HELO, whether or not it sends mail. */
bool inbound_packet(struct sessions *t, const struct packet *p, bool client, int64_t when);

#endif
