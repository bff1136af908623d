/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How it works: an entry holds the head of one packet's payload twice: as seen by a receiver that keeps the first copy
 * of a byte, and by one that keeps the last. After each piece both are decoded. Once a header was shown, the next piece
 * that begins at 0 begins another packet, for a sender may use one number again at once; pieces that came in between
 * and repeat what was known belong to it. */
#include "fragments.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/table.h"
#include "lib/base/when.h"

#define WAYS 8
#define LIFE INT64_C(60000000) /* RFC 8200, 4.5; Linux gives IPv4 half of it */

/* Fresh: came since the header was shown, in a piece that repeated known bytes of that packet. */
enum byte_state { BYTE_UNKNOWN, BYTE_OLD, BYTE_FRESH };

struct key {
	uint8_t src[17], dst[17];
	uint8_t protocol;
	uint8_t zero;
	uint32_t id;
};

struct entry {
	struct key key;
	int64_t since; /* 0: nothing here */
	bool shown, opened, overlapping;
	uint8_t known[FRAGMENT_HEAD]; /* enum byte_state */
	uint8_t first[FRAGMENT_HEAD], last[FRAGMENT_HEAD];
};

struct fragments {
	struct table *entries; /* of struct entry */
	uint64_t evicted;
};

static bool
expired(const struct entry *e, int64_t when)
{
	return e->since == 0 || when - e->since > LIFE || e->since - when > LIFE;
}

/* The least needed is one that was shown, then the oldest. */
static int64_t
worth(const void *entry, const void *when)
{
	const struct entry *e = entry;

	if (expired(e, *(const int64_t *)when))
		return TABLE_WORTHLESS;
	return e->shown ? e->since - INT64_MAX : e->since;
}

_Static_assert(sizeof(struct key) == 40, "the key has no hole");
static const struct table_type type = {
        .size = sizeof(struct entry), .key = sizeof(struct key), .ways = WAYS, .worth = worth};

struct fragments *
fragments_new(uint64_t seed)
{
	struct fragments *f = calloc(1, sizeof *f);

	if (f != NULL && (f->entries = table_new_seeded(&type, FRAGMENT_ENTRIES / 2, seed)) != NULL)
		return f;
	free(f);
	return NULL;
}

void
fragments_free(struct fragments *f)
{
	if (f == NULL)
		return;
	table_free(f->entries);
	free(f);
}

uint64_t
fragments_evicted(const struct fragments *f)
{
	return f->evicted;
}

static void
key_of(const struct fragment *piece, struct key *out)
{
	const struct packet *p = &piece->packet;

	*out = (struct key){.protocol = piece->protocol, .id = piece->id};
	out->src[0] = p->src.family;
	out->dst[0] = p->dst.family;
	memcpy(out->src + 1, p->src.bytes, sizeof p->src.bytes);
	memcpy(out->dst + 1, p->dst.bytes, sizeof p->dst.bytes);
}

/* The entry of this packet; else a new one in place of the least needed. */
static struct entry *
find(struct fragments *f, const struct key *key, int64_t when)
{
	struct entry *e = table_find(f->entries, key);

	if (e != NULL && !expired(e, when))
		return e;
	if (e == NULL)
		e = table_spare(f->entries, key, &when);
	if (!expired(e, when) && !e->shown)
		f->evicted++;
	e = table_put(f->entries, e, key);
	e->since = when != 0 ? when : 1;
	return e;
}

/* The bytes that came since the last header was shown are all that is known of the next packet. */
static void
begin_again(struct entry *e, int64_t when)
{
	for (size_t i = 0; i < FRAGMENT_HEAD; i++) {
		e->known[i] = e->known[i] == BYTE_FRESH ? BYTE_OLD : BYTE_UNKNOWN;
		e->first[i] = e->last[i];
	}
	e->shown = e->opened = e->overlapping = false;
	e->since = when != 0 ? when : 1;
}

static void
put(struct entry *e, const struct fragment *piece)
{
	size_t size = FRAGMENT_HEAD - piece->offset;
	enum byte_state state = BYTE_OLD;

	if (piece->size < size)
		size = piece->size;
	if (e->shown && size > 0 && memchr(e->known + piece->offset, BYTE_UNKNOWN, size) == NULL)
		state = BYTE_FRESH;
	for (size_t i = 0; i < size; i++) {
		size_t at = piece->offset + i;

		if (e->known[at] == BYTE_UNKNOWN)
			e->first[at] = piece->bytes[i];
		else if (e->last[at] != piece->bytes[i])
			e->overlapping = true;
		e->last[at] = piece->bytes[i];
		e->known[at] = (uint8_t)state;
	}
}

static size_t
known_size(const struct entry *e)
{
	size_t size = 0;

	while (size < FRAGMENT_HEAD && e->known[size] != BYTE_UNKNOWN)
		size++;
	return size;
}

/* The header as seen by either kind of receiver; an opening takes precedence. */
static bool
read_header(const struct entry *e, const struct fragment *piece, struct packet *out)
{
	struct packet first = piece->packet, last = piece->packet;
	size_t size = known_size(e);
	bool has_first = decode_payload(piece->protocol, e->first, size, &first);
	bool has_last = e->overlapping && decode_payload(piece->protocol, e->last, size, &last);

	if (!has_first && !has_last)
		return false;
	*out = has_first && (packet_opens(&first) || !has_last || !packet_opens(&last)) ? first : last;
	return true;
}

static bool
add(struct fragments *f, const struct fragment *piece, int64_t when, struct packet *out)
{
	struct packet alone = piece->packet, p;
	bool whole = piece->offset == 0 && decode_payload(piece->protocol, piece->bytes, piece->size, &alone);
	bool overlapping;
	struct entry *e;
	struct key key;

	if (piece->offset >= FRAGMENT_HEAD) /* far behind any header: not worth an entry */
		return false;
	key_of(piece, &key);
	e = find(f, &key, when);
	if (piece->offset == 0 && e->shown)
		begin_again(e, when);
	overlapping = e->overlapping;
	put(e, piece);
	if (!read_header(e, piece, &p))
		return false;
	if (e->shown && !(packet_opens(&p) && (!e->opened || (e->overlapping && !overlapping))))
		return false;
	if (packet_opens(&p))
		p.tricks = (uint8_t)((whole || e->shown ? 0 : PACKET_TINY) | (e->overlapping ? PACKET_OVERLAPPING : 0) |
		                     (e->opened ? PACKET_AGAIN : 0));
	p.payload = whole ? alone.payload : NULL;
	p.payload_size = whole ? alone.payload_size : 0;
	e->shown = true;
	e->opened = packet_opens(&p);
	*out = p;
	return true;
}

enum decoded
fragments_decode(struct fragments *f, const struct frame *frame, struct packet *out)
{
	struct fragment piece;
	enum decoded result = decode_frame(frame->link, frame->bytes, frame->caplen, out, &piece);

	if (result != DECODED_FRAGMENT)
		return result;
	return add(f, &piece, frame->when, out) ? DECODED_SEGMENT : DECODED_NOTHING;
}

enum { MARK_SHOWN = 1, MARK_OPENED = 2, MARK_OVERLAPPING = 4 };

enum place_state
fragments_pack(const struct fragments *f, size_t place, uint8_t out[FRAGMENT_BYTES])
{
	const struct entry *e = table_at(f->entries, place);
	uint8_t *to = out;

	if (e == NULL)
		return PLACE_NONE;
	if (e->since == 0)
		return PLACE_FREE;
	memcpy(to, e->key.src, sizeof e->key.src);
	memcpy(to + PACKED_ADDR, e->key.dst, sizeof e->key.dst);
	to = put_number(to + 2 * PACKED_ADDR, e->key.protocol, 1);
	to = put_number(to, e->key.id, 4);
	to = put_number(to, (uint64_t)e->since, 8);
	*to++ = (uint8_t)((e->shown ? MARK_SHOWN : 0) | (e->opened ? MARK_OPENED : 0) |
	                  (e->overlapping ? MARK_OVERLAPPING : 0));
	memcpy(to, e->known, FRAGMENT_HEAD);
	memcpy(to + FRAGMENT_HEAD, e->first, FRAGMENT_HEAD);
	memcpy(to + 2 * FRAGMENT_HEAD, e->last, FRAGMENT_HEAD);
	return PLACE_TAKEN;
}

/* Unknown bytes are zero, as in an entry that was never packed. */
void
fragments_put_back(struct fragments *f, const uint8_t bytes[FRAGMENT_BYTES])
{
	struct entry e = {0}, *to;
	const uint8_t *from = bytes;
	uint64_t n[3];

	memcpy(e.key.src, from, sizeof e.key.src);
	memcpy(e.key.dst, from + PACKED_ADDR, sizeof e.key.dst);
	from = get_number(from + 2 * PACKED_ADDR, &n[0], 1);
	from = get_number(from, &n[1], 4);
	from = get_number(from, &n[2], 8);
	e.key.protocol = (uint8_t)n[0];
	e.key.id = (uint32_t)n[1];
	e.since = (int64_t)n[2];
	e.shown = (*from & MARK_SHOWN) != 0;
	e.opened = (*from & MARK_OPENED) != 0;
	e.overlapping = (*from++ & MARK_OVERLAPPING) != 0;
	memcpy(e.known, from, FRAGMENT_HEAD);
	memcpy(e.first, from + FRAGMENT_HEAD, FRAGMENT_HEAD);
	memcpy(e.last, from + 2 * FRAGMENT_HEAD, FRAGMENT_HEAD);
	if (e.since == 0 || !when_is_time(e.since) || table_find(f->entries, &e.key) != NULL)
		return;
	to = table_spare(f->entries, &e.key, &e.since);
	if (to->since == 0)
		*(struct entry *)table_put(f->entries, to, &e.key) = e;
}
