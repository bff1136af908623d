/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "companion.h"

#include <string.h>

static void
add_hello(struct companion *c, const char *text, uint64_t count)
{
	for (size_t i = 0; i < COMPANION_HELLOS; i++) {
		struct companion_hello *h = &c->hello[i];

		if (h->count == 0)
			memcpy(h->text, text, strlen(text) + 1);
		if (strcmp(h->text, text) == 0) {
			h->count += count;
			return;
		}
	}
}

/* Misra and Gries 1982: an item without a slot decrements all counters by its own count. */
static void
add_server(struct companion *c, const struct addr *addr, uint64_t count)
{
	struct companion_server *place = NULL;
	uint64_t least = count;

	for (size_t i = 0; i < COMPANION_SERVERS; i++) {
		struct companion_server *s = &c->server[i];

		if (s->count > 0 && addr_equal(&s->addr, addr)) {
			s->count += count;
			return;
		}
		if (s->count == 0 && place == NULL)
			place = s;
		if (s->count < least)
			least = s->count;
	}
	for (size_t i = 0; place == NULL && i < COMPANION_SERVERS; i++)
		c->server[i].count -= least;
	for (size_t i = 0; place == NULL && i < COMPANION_SERVERS; i++)
		if (c->server[i].count == 0)
			place = &c->server[i];
	count -= least;
	if (place != NULL && count > 0)
		*place = (struct companion_server){.count = count, .addr = *addr};
}

static void
add_listing(struct companion *c, const char *list, const struct addr *addr, uint64_t count)
{
	for (size_t i = 0; i < COMPANION_LISTINGS; i++) {
		struct companion_listing *l = &c->listing[i];

		if (l->count == 0) {
			memcpy(l->list, list, strlen(list) + 1);
			l->addr = *addr;
		}
		if (strcmp(l->list, list) == 0 && addr_equal(&l->addr, addr)) {
			l->count += count;
			return;
		}
	}
}

void
companion_hello(struct companion *c, const char *text, size_t size)
{
	char kept[COMPANION_HELLO_TEXT] = "";
	size_t length = 0;

	c->count[COMPANION_HELLO]++;
	distinct_add(&c->hellos, text, size);
	for (; length < size && length < sizeof kept - 1; length++)
		kept[length] = (char)(text[length] != '\0' ? text[length] : '?');
	if (length > 0)
		add_hello(c, kept, 1);
}

void
companion_box_short(struct companion *c, const struct addr *server)
{
	c->count[COMPANION_BOXES_SHORT]++;
	add_server(c, server, 1);
}

void
companion_listed(struct companion *c, const char *list, const struct addr *addr)
{
	c->count[COMPANION_LISTED]++;
	if (strlen(list) < COMPANION_LIST_TEXT)
		add_listing(c, list, addr, 1);
}

void
companion_served(struct companion *c, const struct addr *client)
{
	c->count[COMPANION_SERVED]++;
	distinct_add(&c->clients, client->bytes, addr_size(client));
}

void
companion_merge(struct companion *to, const struct companion *from)
{
	for (size_t i = 0; i < COMPANION_COUNT; i++)
		to->count[i] += from->count[i];
	distinct_merge(&to->names, &from->names);
	distinct_merge(&to->hellos, &from->hellos);
	distinct_merge(&to->domains, &from->domains);
	distinct_merge(&to->clients, &from->clients);
	for (size_t i = 0; i < COMPANION_HELLOS && from->hello[i].count > 0; i++)
		add_hello(to, from->hello[i].text, from->hello[i].count);
	for (size_t i = 0; i < COMPANION_SERVERS; i++)
		if (from->server[i].count > 0)
			add_server(to, &from->server[i].addr, from->server[i].count);
	for (size_t i = 0; i < COMPANION_LISTINGS && from->listing[i].count > 0; i++)
		add_listing(to, from->listing[i].list, &from->listing[i].addr, from->listing[i].count);
}

const struct companion_server *
companion_most(const struct companion *c)
{
	const struct companion_server *most = NULL;

	for (size_t i = 0; i < COMPANION_SERVERS; i++) {
		const struct companion_server *s = &c->server[i];

		if (s->count > 0 && (most == NULL || s->count > most->count ||
		                     (s->count == most->count && addr_cmp(&s->addr, &most->addr) < 0)))
			most = s;
	}
	return most;
}

uint64_t
companion_hellos(const struct companion *c)
{
	uint64_t known = 0, about = distinct_count(&c->hellos);

	while (known < COMPANION_HELLOS && c->hello[known].count > 0)
		known++;
	return known == COMPANION_HELLOS && about > known ? about : known;
}

/* Each entry: its kind, its count (64 bits, little-endian), and two byte strings, each preceded by its size. */
enum { KIND_HELLO = 1, KIND_SERVER, KIND_LISTING };

static uint8_t *
put(uint8_t *out, uint8_t kind, uint64_t count, const char *text, const struct addr *addr)
{
	size_t text_size = text != NULL ? strlen(text) : 0;
	size_t size = addr != NULL ? addr_size(addr) : 0;

	*out++ = kind;
	for (int i = 0; i < 8; i++)
		*out++ = (uint8_t)(count >> 8 * i);
	*out++ = (uint8_t)text_size;
	if (text_size > 0)
		memcpy(out, text, text_size);
	out += text_size;
	*out++ = (uint8_t)size;
	if (size > 0)
		memcpy(out, addr->bytes, size);
	return out + size;
}

_Static_assert(COMPANION_HELLOS *(11 + COMPANION_HELLO_TEXT) + COMPANION_SERVERS * (11 + 16) +
                               COMPANION_LISTINGS * (11 + COMPANION_LIST_TEXT + 16) <=
                       COMPANION_BYTES,
               "any companion fits");

size_t
companion_write(const struct companion *c, uint8_t *out)
{
	uint8_t *end = out;

	for (size_t i = 0; i < COMPANION_HELLOS && c->hello[i].count > 0; i++)
		end = put(end, KIND_HELLO, c->hello[i].count, c->hello[i].text, NULL);
	for (size_t i = 0; i < COMPANION_SERVERS; i++)
		if (c->server[i].count > 0)
			end = put(end, KIND_SERVER, c->server[i].count, NULL, &c->server[i].addr);
	for (size_t i = 0; i < COMPANION_LISTINGS && c->listing[i].count > 0; i++)
		end = put(end, KIND_LISTING, c->listing[i].count, c->listing[i].list, &c->listing[i].addr);
	return (size_t)(end - out);
}

struct entry {
	uint8_t kind;
	uint64_t count;
	char text[COMPANION_HELLO_TEXT];
	struct addr addr;
};

/* Returns the number of bytes of the entry; 0 if it is not valid. */
static size_t
get(const uint8_t *b, size_t left, struct entry *out)
{
	size_t text, address;

	*out = (struct entry){0};
	if (left < 11 || (text = b[9]) >= sizeof out->text || left < 11 + text)
		return 0;
	address = b[10 + text];
	if ((address != 0 && address != 4 && address != 16) || left < 11 + text + address)
		return 0;
	out->kind = b[0];
	for (int i = 0; i < 8; i++)
		out->count |= (uint64_t)b[1 + i] << 8 * i;
	memcpy(out->text, b + 10, text);
	if (address == 4)
		out->addr = addr_v4(b + 11 + text);
	else if (address == 16)
		out->addr = addr_v6(b + 11 + text);
	return 11 + text + address;
}

bool
companion_read(const uint8_t *bytes, size_t size, struct companion *c)
{
	struct entry e;
	size_t taken;

	for (; size > 0; bytes += taken, size -= taken) {
		if ((taken = get(bytes, size, &e)) == 0 || e.count == 0)
			return false;
		if (e.kind == KIND_HELLO && e.text[0] != '\0')
			add_hello(c, e.text, e.count);
		else if (e.kind == KIND_SERVER && e.addr.family != 0)
			add_server(c, &e.addr, e.count);
		else if (e.kind == KIND_LISTING && strlen(e.text) < COMPANION_LIST_TEXT)
			add_listing(c, e.text, &e.addr, e.count);
		else
			return false;
	}
	return true;
}
