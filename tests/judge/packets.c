/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "packets.h"

#include <string.h>

#define TCP 6
#define UDP 17

void
put8(struct bytes *b, uint8_t x)
{
	put(b, &x, 1);
}

void
put16(struct bytes *b, uint16_t x)
{
	put8(b, (uint8_t)(x >> 8));
	put8(b, (uint8_t)x);
}

void
put32(struct bytes *b, uint32_t x)
{
	put16(b, (uint16_t)(x >> 16));
	put16(b, (uint16_t)x);
}

void
put(struct bytes *b, const void *from, size_t size)
{
	if (b->count + size > sizeof b->list)
		return;
	memcpy(b->list + b->count, from, size);
	b->count += size;
}

void
put_name(struct bytes *b, const char *text)
{
	while (*text != '\0') {
		size_t size = strcspn(text, ".");

		put8(b, (uint8_t)size);
		put(b, text, size);
		text += size + (text[size] == '.');
	}
	put8(b, 0);
}

/* --- IP (RFC 791, RFC 8200), with the checksums of RFC 1071 */

static uint32_t
sum(uint32_t x, const uint8_t *list, size_t count)
{
	for (size_t n = 0; n < count; n++)
		x += n % 2 ? list[n] : (uint32_t)list[n] << 8;
	return x;
}

static uint16_t
folded(uint32_t x)
{
	while (x >> 16)
		x = (x & 0xffff) + (x >> 16);
	return (uint16_t)~x;
}

static void
put_addr(struct bytes *b, const struct addr *a)
{
	put(b, a->bytes, addr_size(a));
}

/* The packet around a segment whose checksum, still 0, is at `checksum`. */
static void
put_packet(struct bytes *b, const struct flow *f, uint8_t protocol, struct bytes *segment, size_t checksum)
{
	uint16_t size = (uint16_t)segment->count;
	uint32_t x = sum(sum(0, f->from.bytes, 16), f->to.bytes, 16); /* the rest of an IPv4 address is zero */

	x = sum(x + protocol + size, segment->list, segment->count);
	segment->list[checksum] = (uint8_t)(folded(x) >> 8);
	segment->list[checksum + 1] = (uint8_t)folded(x);
	b->count = 0;
	put(b, f->to_mac, 6);
	put(b, f->from_mac, 6);
	if (f->from.family == 4) {
		put16(b, 0x0800);
		put16(b, 0x4500);
		put16(b, (uint16_t)(20 + size));
		put32(b, 0x00004000); /* do not fragment */
		put8(b, 64);
		put8(b, protocol);
		put16(b, 0);
	} else {
		put16(b, 0x86dd);
		put32(b, 0x60000000);
		put16(b, size);
		put8(b, protocol);
		put8(b, 64);
	}
	put_addr(b, &f->from);
	put_addr(b, &f->to);
	if (f->from.family == 4) {
		uint16_t own = folded(sum(0, b->list + 14, 20));

		b->list[24] = (uint8_t)(own >> 8);
		b->list[25] = (uint8_t)own;
	}
	put(b, segment->list, segment->count);
}

static void
put_tcp(struct bytes *s, const struct flow *f, uint32_t sequence, uint32_t acknowledged)
{
	put16(s, f->from_port);
	put16(s, f->to_port);
	put32(s, sequence);
	put32(s, acknowledged);
}

void
packet_syn(struct bytes *b, const struct flow *f, uint32_t sequence, uint32_t ticks)
{
	struct bytes s = {.count = 0};

	put_tcp(&s, f, sequence, 0);
	put16(&s, 0xa002); /* 40 bytes; SYN */
	put16(&s, 64240);
	put32(&s, 0);          /* checksum, urgent */
	put32(&s, 0x020405b4); /* maximum segment size 1460 */
	put16(&s, 0x0402);     /* selective acknowledgements */
	put16(&s, 0x080a);     /* timestamps */
	put32(&s, ticks);
	put32(&s, 0);
	put32(&s, 0x01030307); /* nop, window scale 7 */
	put_packet(b, f, TCP, &s, 16);
}

void
packet_reset(struct bytes *b, const struct flow *f, uint32_t acknowledged)
{
	struct bytes s = {.count = 0};

	put_tcp(&s, f, 0, acknowledged);
	put32(&s, 0x50140000); /* 20 bytes; RST, ACK; window 0 */
	put32(&s, 0);
	put_packet(b, f, TCP, &s, 16);
}

void
packet_udp(struct bytes *b, const struct flow *f, const struct bytes *payload)
{
	struct bytes s = {.count = 0};

	put16(&s, f->from_port);
	put16(&s, f->to_port);
	put16(&s, (uint16_t)(8 + payload->count));
	put16(&s, 0);
	put(&s, payload->list, payload->count);
	put_packet(b, f, UDP, &s, 6);
}

/* --- DNS (RFC 1035) */

enum type { TYPE_A = 1, TYPE_CNAME = 5, TYPE_MX = 15, TYPE_AAAA = 28 };

static uint16_t
type_of(const struct answered *a)
{
	return a->mx ? TYPE_MX : a->count > 0 && a->address[0].family == 6 ? TYPE_AAAA : TYPE_A;
}

static void
put_header(struct bytes *b, const struct answered *a, uint16_t id, uint16_t flags)
{
	char text[DOMAINS_TEXT];

	b->count = 0;
	put16(b, id);
	put16(b, flags);
	put16(b, 1);
	put32(b, 0);
	put16(b, 0);
	put_name(b, domains_print(&a->asked, text));
	put16(b, type_of(a));
	put16(b, 1); /* Internet */
}

/* The head of a record; its data follow. */
static void
put_record(struct bytes *b, const char *owner, uint16_t type, uint32_t ttl, size_t size)
{
	put_name(b, owner);
	put16(b, type);
	put16(b, 1);
	put32(b, ttl);
	put16(b, (uint16_t)size);
	b->list[7]++; /* number of records in the answer */
}

void
message_question(struct bytes *b, const struct answered *a, uint16_t id)
{
	put_header(b, a, id, 0x0100);
}

void
message_answer(struct bytes *b, const struct answered *a, uint16_t id)
{
	char owner[DOMAINS_TEXT], alias[DOMAINS_TEXT];

	put_header(b, a, id, 0x8180);
	domains_print(&a->asked, owner);
	for (size_t n = 0; !a->mx && domains_alias(&a->asked, n, alias); n++) {
		put_record(b, owner, TYPE_CNAME, a->ttl, strlen(alias) + 2);
		put_name(b, alias);
		memcpy(owner, alias, sizeof owner);
	}
	for (size_t n = 0; n < a->count; n++)
		if (a->mx) {
			char exchange[DOMAINS_TEXT];

			domains_print(&a->exchange[n], exchange);
			put_record(b, owner, TYPE_MX, a->ttl, 2 + strlen(exchange) + 2);
			put16(b, a->asked.sort == DOMAIN_YAHOO ? 1 : (uint16_t)(10 * (n + 1)));
			put_name(b, exchange);
		} else {
			put_record(b, owner, type_of(a), a->ttl, addr_size(&a->address[n]));
			put_addr(b, &a->address[n]);
		}
}
