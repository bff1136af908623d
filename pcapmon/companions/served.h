/* SPDX-License-Identifier: GPL-3.0-or-later */
/* served: connections from outside to port 25 of lan, as they come to a mail server. */
#ifndef SERVED_H
#define SERVED_H

#include <stdbool.h>
#include <stdint.h>

#include "talks.h"

/* A packet of a connection to port 25; `client`: it is the client's. True, once for each connection, when a client that
 * was greeted answers with EHLO or HELO. Whether mail follows is not looked at. */
bool served_packet(struct talks *t, const struct packet *p, bool client, int64_t when);

#endif
