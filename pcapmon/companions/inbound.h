/* SPDX-License-Identifier: GPL-3.0-or-later */
/* inbound: connections from outside to a mail server of lan, port 25. */
#ifndef COMPANIONS_INBOUND_H
#define COMPANIONS_INBOUND_H

#include <stdbool.h>
#include <stdint.h>

#include "sessions.h"

/* A packet of a connection to port 25; `client`: it is the client's. True, once for each connection, when a client that
 * was greeted answers with EHLO or HELO. It need not send mail. */
bool inbound_packet(struct sessions *t, const struct packet *p, bool client, int64_t when);

#endif
