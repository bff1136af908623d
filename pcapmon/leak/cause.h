/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cause: why a refused opening was established, as far as gate.db shows it without any privilege. */
#ifndef CAUSE_H
#define CAUSE_H

#include <stddef.h>
#include <stdint.h>

#include "lib/count/attempts.h"

#define CAUSE_TEXT 160

/* The likeliest cause of a leak at `when`, which the gate has had some seconds to write down what it knows about by
 * `now`, from directory/gate.db. Returns out. */
const char *cause_find(const char *directory, const struct flow *f, int64_t when, int64_t now, char out[CAUSE_TEXT]);

#endif
