/* SPDX-License-Identifier: GPL-3.0-or-later */
/* addresses_output: the addresses of one host, the latest first: a few of them, and their number. */
#ifndef ADDRESSES_OUTPUT_H
#define ADDRESSES_OUTPUT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "lib/base/addr.h"
#include "lib/base/text.h"

#define ADDRESSES_SHOWN 4
#define ADDRESSES_TEXT (ADDR_TEXT + TEXT_NUMBER + 16)
#define ADDRESSES_SENTENCE ((ADDRESSES_SHOWN + 1) * (ADDR_TEXT + 8) + 2 * TEXT_NUMBER + 64)

/* "fd00::7", or "fd00::7 and 320 more": `first` is shown for them. */
const char *addresses_print(const struct addr *first, size_t count, char buf[ADDRESSES_TEXT]);
/* "one device with 321 addresses: ..." or, if it is not known by its MAC address, "one host with 321 addresses in
 * fd00:0:0:100::/64: ...". False if it has one. */
bool addresses_sentence(const struct addr *list, size_t count, bool device, char buf[ADDRESSES_SENTENCE]);
/* Sets `addresses`, ADDRESSES_SHOWN of them at most, and `address_count`; neither if there is one. */
void addresses_set(json_t *o, const struct addr *list, size_t count);

#endif
