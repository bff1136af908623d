/* SPDX-License-Identifier: GPL-3.0-or-later */
/* value: JSON values, for both programs. If out of memory, the functions marked "never NULL", value_set and
 * value_append end the program (fatal); the others return NULL, which value_set and value_append accept and treat
 * alike. */
#ifndef VALUE_H
#define VALUE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "lib/base/addr.h"

json_t *value_whole(json_t *value); /* its argument, never NULL */
json_t *value_object(void);         /* never NULL */
json_t *value_array(void);          /* never NULL */
/* They take ownership of the value. */
void value_set(json_t *object, const char *key, json_t *value);
void value_append(json_t *array, json_t *value);

json_t *value_number(uint64_t n);            /* at most INT64_MAX */
json_t *value_text(const char *text);        /* any bytes; NULL gives null */
json_t *value_address(const struct addr *a); /* family 0 gives null */
json_t *value_mac(const uint8_t mac[6]);
json_t *value_time(int64_t when, bool local); /* microseconds to RFC 3339; local: with the offset instead of Z */
json_t *value_moment(int64_t when);           /* microseconds to RFC 3339 in seconds; null if when <= 0 */
json_t *value_milliseconds(bool known, uint64_t microseconds);
json_t *value_share(uint64_t part, uint64_t whole); /* three digits, rounded down; null if whole is 0 */

/* Ends of established connections. */
struct value_ends {
	uint64_t closed_by_host, closed_by_server, reset_by_host, reset_by_server, timed_out;
};
json_t *value_ends(const struct value_ends *e); /* never NULL */

/* Counts that belong to no single host: from outside lan to outside lan, and of hosts that found no room. */
struct value_pool {
	uint64_t syns, attempts, evicted;
};
json_t *value_pools(const struct value_pool *outside, const struct value_pool *room); /* never NULL */

/* Prints a value and a line feed, and releases the value. Escapes everything but printable ASCII as \uXXXX, which also
 * makes the output safe for a terminal. False, with errno set, on a write error. */
bool value_print(json_t *value, FILE *out);

#endif
