/* SPDX-License-Identifier: GPL-3.0-or-later */
/* served: mail that comes in: connections from outside to a mail server of lan. */
#ifndef SERVED_H
#define SERVED_H

#include <stdbool.h>
#include <stdint.h>

#include "talks.h"

/* A packet of a connection to port 25; `client`: it is the client's. True, once for each connection, when a client that
 * was greeted says who it is, and so wants to hand over mail. */
bool served_packet(struct talks *t, const struct packet *p, bool client, int64_t when);

#endif
