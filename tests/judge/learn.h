/* SPDX-License-Identifier: GPL-3.0-or-later */
/* learn: passes the DNS messages of a life to pcapmon's table of names, as packets that it would have captured. */
#ifndef LEARN_H
#define LEARN_H

#include "life.h"
#include "pcapmon/companions/names.h"

/* The question and the answer. `host`: of a life without sources. `when`: of the answer, microseconds since the epoch.
 */
void learn_answer(struct names *t, const struct life *life, const struct answered *a, const struct addr *host,
                  int64_t when);
/* The address from which an attempt was made. */
const struct addr *learn_host(const struct life *life, uint32_t source, const struct addr *host);

#endif
