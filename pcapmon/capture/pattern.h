/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pattern: the interfaces whose names fit one like ppp*, which come and go by the thousand: one socket for all. Of the
 * frames of the machine those of other interfaces are left out, by the number of the interface that each has. */
#ifndef PATTERN_H
#define PATTERN_H

#include <stdbool.h>
#include <stdint.h>

struct pattern;

/* `fd` is a socket to ask the kernel with, open as long as the pattern. `name` stays the caller's. NULL: out of memory.
 */
struct pattern *pattern_new(const char *name, int fd);
void pattern_free(struct pattern *p); /* accepts NULL */
/* The interface of this number fits; asked again after some seconds of frames (`when`), since it may be renamed. One
 * that is gone is what it was. */
bool pattern_fits(struct pattern *p, uint32_t number, int64_t when);

#endif
