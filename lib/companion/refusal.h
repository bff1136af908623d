/* SPDX-License-Identifier: GPL-3.0-or-later */
/* refusal: the blocklist and the listed address that a mail server names in a refusal. Pure; the text is hostile and
 * not terminated. */
#ifndef REFUSAL_H
#define REFUSAL_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/addr.h"

#define REFUSAL_NAME 48 /* of a blocklist, with its NUL */

/* Names of blocklists as they appear in refusals: zones, and parts of the URLs of their help pages. Ends with NULL. */
extern const char *const refusal_defaults[];

/* The longest of the names in the text, ignoring case; NULL: none. */
const char *refusal_list(const char *text, size_t size, const char *const *names, size_t count);
/* The first IPv4 or IPv6 address in the text that is not part of a name (as in 9.2.0.192.zen.spamhaus.org). */
bool refusal_address(const char *text, size_t size, struct addr *out);

#endif
