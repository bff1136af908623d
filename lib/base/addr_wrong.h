/* SPDX-License-Identifier: GPL-3.0-or-later */
/* addr_wrong: what a text is that was to be an address or a prefix, for error messages. Pure. */
#ifndef ADDR_WRONG_H
#define ADDR_WRONG_H

#include <stdbool.h>

#include "addr.h"

#define ADDR_WRONG 160

/* The second half of an error message, behind the quoted text: what a text is that prefix_parse has refused, and what
 * is expected, such as "has a netmask, expected 10.1.0.0/16". Returns out. */
const char *prefix_wrong(const char *text, char out[ADDR_WRONG]);
/* The same for a text that addr_parse has refused, where one address is wanted. */
const char *addr_wrong(const char *text, char out[ADDR_WRONG]);
/* True for a netmask such as 255.255.0.0; its length in *len. Not for one that begins with less than eight bits. */
bool addr_is_netmask(const struct addr *a, uint8_t *len);

#endif
