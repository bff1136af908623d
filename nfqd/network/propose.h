/* SPDX-License-Identifier: GPL-3.0-or-later */
/* propose: a configuration for this machine, for a person to look at. Pure. */
#ifndef PROPOSE_H
#define PROPOSE_H

#include <stdio.h>

#include "machine.h"

/* Writes the networks inside with their interfaces, under audit. What cannot be known is a comment. False: no network
 * inside is known, so that the text has no lan line. */
bool propose_config(const struct machine *m, FILE *out);

#endif
