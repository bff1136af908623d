/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "spellings.h"

#include <stdbool.h>
#include <string.h>

#include "dns.h"
#include "lib/base/ascii.h"
#include "records.h"

#define CUT "..."
#define ESCAPED 4 /* bytes of \DDD */

static size_t
spell_byte(uint8_t byte, char *out)
{
	char c = (char)byte;

	if (ascii_is_alphanumeric(c) || c == '-' || c == '_') {
		*out = c;
		return 1;
	}
	out[0] = '\\';
	out[1] = (char)('0' + byte / 100);
	out[2] = (char)('0' + byte / 10 % 10);
	out[3] = (char)('0' + byte % 10);
	return ESCAPED;
}

/* The whole name; returns its length. */
static size_t
spell(const uint8_t *name, size_t size, char out[ESCAPED * DNS_NAME])
{
	size_t length = 0;

	for (size_t at = 0; at < size && name[at] > 0; at += name[at] + 1U) {
		if (at > 0)
			out[length++] = '.';
		for (size_t n = 1; n <= name[at] && at + n < size; n++)
			length += spell_byte(name[at + n], out + length);
	}
	return length;
}

void
spellings_take(struct spellings *s, const uint8_t *name, size_t size)
{
	uint64_t hash = dns_name_hash(name, size);
	struct spelling *place = &s->place[hash % SPELLINGS];
	char whole[ESCAPED * DNS_NAME];
	size_t length, room = NAMING_TEXT - 1;

	if (place->name == hash)
		return;
	length = spell(name, size, whole);
	*place = (struct spelling){.name = hash};
	if (length <= room) {
		memcpy(place->text, whole, length);
		return;
	}
	/* The end says whose name it is. */
	room -= strlen(CUT);
	memcpy(place->text, CUT, strlen(CUT));
	memcpy(place->text + strlen(CUT), whole + length - room, room);
}

const char *
spellings_find(const struct spellings *s, uint64_t name)
{
	const struct spelling *place = &s->place[name % SPELLINGS];

	return name != 0 && place->name == name ? place->text : NULL;
}
