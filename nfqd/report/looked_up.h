/* SPDX-License-Identifier: GPL-3.0-or-later */
/* looked_up: the names and recipient domains that a host looked up and connected to, in words. */
#ifndef LOOKED_UP_H
#define LOOKED_UP_H

#include <stdbool.h>

#include "host.h"
#include "reasons.h"

/* A few names of a kind. False: the host was not judged, or there are none. */
bool looked_up_sentence(const struct host *h, enum naming_kind kind, char text[REASONS_TEXT]);

#endif
