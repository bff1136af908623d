/* SPDX-License-Identifier: GPL-3.0-or-later */
/* held: queues and the NFLOG group that another program has. */
#ifndef HELD_H
#define HELD_H

#include "lib/config/config.h"

/* Ends nfqd if another program holds a queue or the NFLOG group; the kernel then refuses strangers by itself. The rules
 * of another nfqd stay as they are. */
void held_end(const struct config *c);

#endif
