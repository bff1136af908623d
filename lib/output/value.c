/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "value.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/log.h"
#include "lib/base/mac.h"
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
value_mac(const uint8_t mac[6])
{
	char buf[MAC_TEXT];

	return json_string(mac_print(mac, buf));
}

json_t *
value_milliseconds(bool known, uint64_t microseconds)
{
	return known ? json_real((double)microseconds / 1000) : json_null();
}

json_t *
value_moment(int64_t when)
{
	char buf[WHEN_TEXT];

	return when > 0 ? json_string(when_print(when, false, buf)) : json_null();
}

json_t *
value_share(uint64_t part, uint64_t whole)
{
	return whole > 0 ? json_real((double)(uint64_t)(1000.0 * (double)part / (double)whole) / 1000) : json_null();
}

json_t *
value_ends(const struct value_ends *e)
{
	json_t *o = value_object();

	value_set(o, "closed_by_host", value_number(e->closed_by_host));
	value_set(o, "closed_by_server", value_number(e->closed_by_server));
	value_set(o, "reset_by_host", value_number(e->reset_by_host));
	value_set(o, "reset_by_server", value_number(e->reset_by_server));
	value_set(o, "timed_out", value_number(e->timed_out));
	return o;
}

json_t *
value_pools(const struct value_pool *outside, const struct value_pool *room)
{
	json_t *o = value_object(), *first = value_object(), *second = value_object();

	value_set(first, "syns", value_number(outside->syns));
	value_set(first, "attempts", value_number(outside->attempts));
	value_set(second, "syns", value_number(room->syns));
	value_set(second, "attempts", value_number(room->attempts));
	value_set(second, "hosts_evicted", value_number(room->evicted));
	value_set(o, "outside_lan", first);
	value_set(o, "no_room", second);
	return o;
}

/* DEL is ASCII and may stand in a string of JSON as it is, but not on a terminal. */
static int
write_inert(const char *text, size_t size, void *out)
{
	for (size_t i = 0; i < size; i++)
		if (text[i] == 0x7f ? fputs("\\u007F", out) == EOF : fputc(text[i], out) == EOF)
			return -1;
	return 0;
}

bool
value_print(json_t *value, FILE *out)
{
	const size_t flags = JSON_INDENT(2) | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(12);
	bool done = json_dump_callback(value, write_inert, out, flags) == 0;

	done = done && fputc('\n', out) != EOF;
	json_decref(value);
	return done;
}
