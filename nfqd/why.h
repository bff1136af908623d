/* SPDX-License-Identifier: GPL-3.0-or-later */
/* why: what is known of a host, as sentences with numbers that a person can check. */
#ifndef WHY_H
#define WHY_H

#include <stddef.h>

#include "hosts.h"

#define WHY_MAX 6
#define WHY_TEXT 320

/* ASCII, harmless on a terminal. */
struct why {
	size_t count; /* at least 1 */
	char text[WHY_MAX][WHY_TEXT];
};

void why_explain(const struct host *h, struct why *w);

#endif
