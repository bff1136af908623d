/* SPDX-License-Identifier: GPL-3.0-or-later */
/* value: values of JSON, for both programs. Memory that is short ends the program (fatal) in those that say "never
 * NULL" and in those that put a value somewhere; the others may return NULL, which these accept. */
#ifndef VALUE_H
#define VALUE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "lib/base/addr.h"

json_t *value_whole(json_t *value); /* itself, never NULL */
json_t *value_object(void);         /* never NULL */
json_t *value_array(void);          /* never NULL */
/* They take over the value. */
void value_set(json_t *object, const char *key, json_t *value);
void value_append(json_t *array, json_t *value);

json_t *value_number(uint64_t n);            /* cut off at INT64_MAX */
json_t *value_text(const char *text);        /* from outside, any bytes; NULL is null */
json_t *value_address(const struct addr *a); /* none is null */
json_t *value_hardware(const uint8_t mac[6]);
json_t *value_time(int64_t when, bool local); /* RFC 3339, of microseconds; local: with the offset instead of Z */
json_t *value_moment(int64_t when);           /* RFC 3339 to the second, of microseconds; 0 and less is null */
json_t *value_milliseconds(bool known, uint64_t microseconds);
json_t *value_share(uint64_t part, uint64_t whole); /* to three digits, rounded down; of nothing it is null */

/* How connections ended that were established. */
struct value_ends {
	uint64_t closed_by_host, closed_by_server, reset_by_host, reset_by_server, timed_out;
};
json_t *value_ends(const struct value_ends *e); /* never NULL */

/* What is counted together: from outside lan to outside lan, and of hosts for which there was no room. */
struct value_pool {
	uint64_t syns, attempts, evicted;
};
json_t *value_pools(const struct value_pool *outside, const struct value_pool *room); /* never NULL */

/* Writes a value and a line feed, and releases it. Everything beyond ASCII is written as \uXXXX, so that the output is
 * harmless on a terminal too. False, with errno set, if it could not be written. */
bool value_print(json_t *value, FILE *out);

#endif
