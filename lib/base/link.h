/* SPDX-License-Identifier: GPL-3.0-or-later */
/* link: names of network interfaces. Pure. */
#ifndef LINK_H
#define LINK_H

#include <stdbool.h>

/* `name` may end with '*', which stands for anything. */
bool link_is_pattern(const char *name);
bool link_fits(const char *name, const char *link);
/* Some link may fit both. */
bool link_overlap(const char *name, const char *other);

#endif
