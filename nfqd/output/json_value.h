/* SPDX-License-Identifier: GPL-3.0-or-later */
/* out_json_value: one value of the report as one of JSON. It knows no host and no report. Memory that is short ends the
 * program (fatal): what makes a value may return NULL, and who puts it somewhere looks at that. */
#ifndef OUT_JSON_VALUE_H
#define OUT_JSON_VALUE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/base/addr.h"

json_t *value_whole(json_t *value); /* itself, which is not NULL */
json_t *value_object(void);         /* never NULL */
json_t *value_array(void);
/* They take over the value, which may be NULL. */
void value_set(json_t *object, const char *key, json_t *value);
void value_append(json_t *array, json_t *value);

json_t *value_number(uint64_t n);            /* cut off at INT64_MAX */
json_t *value_text(const char *text);        /* from outside, any bytes; NULL is null */
json_t *value_address(const struct addr *a); /* none is null */
json_t *value_hardware(const uint8_t mac[6]);
json_t *value_time(int64_t when, bool local); /* RFC 3339, of microseconds; local: with the offset instead of Z */
json_t *value_milliseconds(bool known, uint64_t microseconds);
json_t *value_score(double score); /* see judge_score */

#endif
