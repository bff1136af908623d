/* SPDX-License-Identifier: GPL-3.0-or-later */
/* capture: writes a life as a capture file (pcap, Ethernet): the host's questions and the resolver's answers, its SYNs,
 * and the resets of a gateway that rejects. */
#ifndef CAPTURE_H
#define CAPTURE_H

#include <stdbool.h>
#include <stdio.h>

#include "life.h"

/* A life without sources is that of 10.1.0.66, whose resolver is 10.1.0.1. Names are left out if `names` is false.
 * False: the file could not be written (errno). Memory that is short ends the program. */
bool capture_write(FILE *f, const struct life *life, bool reject, bool names);

#endif
