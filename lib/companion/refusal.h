/* SPDX-License-Identifier: GPL-3.0-or-later */
/* refusal: which blocklist a mail server names when it refuses, and the address that it says is listed. Pure; the text
 * is hostile and not terminated. */
#ifndef REFUSAL_H
#define REFUSAL_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/addr.h"

#define REFUSAL_NAME 48 /* of a blocklist, with its NUL */

/* What servers write when they refuse because of a list; beside the names of lists, what stands in the addresses of
 * their help pages. Ends with NULL. */
extern const char *const refusal_defaults[];

/* The longest of the names that the text has in it, in any case; NULL: none. */
const char *refusal_list(const char *text, size_t size, const char *const *names, size_t count);
/* The first address in the text, IPv4 or IPv6, that is not part of a name (as in 9.2.0.192.zen.spamhaus.org). */
bool refusal_address(const char *text, size_t size, struct addr *out);

#endif
