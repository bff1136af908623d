/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "json_value.h"

#include <stdlib.h>
#include <string.h>

#include "lib/judge/words.h"
#include "lib/base/log.h"
#include "lib/base/text.h"
#include "lib/base/when.h"

json_t *
value_whole(json_t *value)
{
	if (value == NULL)
		fatalx("out of memory");
	return value;
}

json_t *
value_object(void)
{
	return value_whole(json_object());
}

json_t *
value_array(void)
{
	return value_whole(json_array());
}

void
value_set(json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new_nocheck(object, key, value_whole(value)) != 0)
		fatalx("out of memory");
}

void
value_append(json_t *array, json_t *value)
{
	if (json_array_append_new(array, value_whole(value)) != 0)
		fatalx("out of memory");
}

json_t *
value_number(uint64_t n)
{
	return json_integer(n <= INT64_MAX ? (json_int_t)n : INT64_MAX);
}

json_t *
value_text(const char *text)
{
	size_t size;
	char *valid;
	json_t *value;

	if (text == NULL)
		return json_null();
	size = 3 * strlen(text) + 1;
	valid = malloc(size);
	if (valid == NULL)
		return NULL;
	value = json_string(text_utf8(text, valid, size));
	free(valid);
	return value;
}

json_t *
value_address(const struct addr *a)
{
	char buf[ADDR_TEXT];

	return a->family == 0 ? json_null() : json_string(addr_print(a, buf));
}

json_t *
value_time(int64_t when, bool local)
{
	char buf[WHEN_TEXT];

	return json_string(local ? when_print_local(when, buf) : when_print(when, true, buf));
}

json_t *
value_hardware(const uint8_t mac[6])
{
	char buf[TEXT_MAC];

	return json_string(text_mac(mac, buf));
}

json_t *
value_milliseconds(bool known, uint64_t microseconds)
{
	return known ? json_real((double)microseconds / 1000) : json_null();
}

json_t *
value_score(double score)
{
	return json_real(judge_score(score));
}
