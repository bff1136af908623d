/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "addr.h"

#include <arpa/inet.h>
#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct addr
addr_v4(const uint8_t bytes[4])
{
	struct addr a = {.family = 4};

	memcpy(a.bytes, bytes, 4);
	return a;
}

struct addr
addr_v6(const uint8_t bytes[16])
{
	struct addr a = {.family = 6};

	memcpy(a.bytes, bytes, 16);
	return a;
}

size_t
addr_size(const struct addr *a)
{
	return a->family == 4 ? 4 : a->family == 6 ? 16 : 0;
}

size_t
addr_after(const struct addr *a, uint8_t out[ADDR_AFTER])
{
	size_t size = addr_size(a);

	memcpy(out, a->bytes, size);
	out[size] = 0;
	return size + 1;
}

uint8_t
addr_bits(const struct addr *a)
{
	return a->family == 4 ? 32 : a->family == 6 ? 128 : 0;
}

int
addr_cmp(const struct addr *a, const struct addr *b)
{
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return memcmp(a->bytes, b->bytes, sizeof a->bytes);
}

bool
addr_private(const struct addr *a)
{
	const uint8_t *b = a->bytes;

	if (a->family != 4)
		return a->family == 6 && (b[0] & 0xfe) == 0xfc;
	return b[0] == 10 || (b[0] == 172 && (b[1] & 0xf0) == 16) || (b[0] == 192 && b[1] == 168) ||
	       (b[0] == 100 && (b[1] & 0xc0) == 64);
}

bool
addr_link_local(const struct addr *a)
{
	return a->family == 6 && a->bytes[0] == 0xfe && (a->bytes[1] & 0xc0) == 0x80;
}

/* Length of the prefix of IPv4-mapped addresses, ::ffff:0:0/96: RFC 4291, 2.5.5.2. */
#define MAPPED_BITS 96

static bool
is_mapped(const uint8_t bytes[16])
{
	static const uint8_t prefix[MAPPED_BITS / 8] = {[10] = 0xff, [11] = 0xff};

	return memcmp(bytes, prefix, sizeof prefix) == 0;
}

/* *mapped: the IPv4 address was written as an IPv6 one. */
static bool
parse(const char *text, struct addr *out, bool *mapped)
{
	uint8_t bytes[16];

	*mapped = false;
	if (inet_pton(AF_INET, text, bytes) == 1) {
		*out = addr_v4(bytes);
		return true;
	}
	if (inet_pton(AF_INET6, text, bytes) != 1)
		return false;
	*mapped = is_mapped(bytes);
	*out = *mapped ? addr_v4(bytes + MAPPED_BITS / 8) : addr_v6(bytes);
	return true;
}

bool
addr_parse(const char *text, struct addr *out)
{
	bool mapped;

	return parse(text, out, &mapped);
}

const char *
addr_print(const struct addr *a, char buf[ADDR_TEXT])
{
	if (a->family == 0)
		snprintf(buf, ADDR_TEXT, "-");
	else
		inet_ntop(a->family == 4 ? AF_INET : AF_INET6, a->bytes, buf, ADDR_TEXT);
	return buf;
}

struct prefix
prefix_of(const struct addr *a, uint8_t len)
{
	struct prefix p = {.addr = *a, .len = len};
	unsigned whole = len / 8;

	if (whole < sizeof p.addr.bytes) {
		p.addr.bytes[whole] = (uint8_t)(p.addr.bytes[whole] & ~(0xff >> len % 8));
		memset(p.addr.bytes + whole + 1, 0, sizeof p.addr.bytes - whole - 1);
	}
	return p;
}

/* "72.37.186" or "10": one to three octets, the rest is zero. */
static bool
parse_short_v4(const char *text, struct addr *out)
{
	uint8_t bytes[4] = {0};

	for (int i = 0; i < 4; i++) {
		int value = 0, digits = 0;

		for (; *text >= '0' && *text <= '9' && digits < 4; text++, digits++)
			value = value * 10 + (*text - '0');
		if (digits == 0 || digits > 3 || value > 255)
			return false;
		bytes[i] = (uint8_t)value;
		if (*text == '\0') {
			*out = addr_v4(bytes);
			return true;
		}
		if (*text++ != '.')
			return false;
	}
	return false;
}

enum prefix_error
prefix_parse(const char *text, struct prefix *out)
{
	const char *slash = strchr(text, '/');
	char head[ADDR_TEXT];
	struct addr a;
	unsigned len = 0, unseen;
	bool mapped;

	if (slash == NULL) {
		if (!addr_parse(text, &a))
			return PREFIX_SYNTAX;
		*out = prefix_of(&a, addr_bits(&a));
		return PREFIX_OK;
	}
	if ((size_t)(slash - text) >= sizeof head)
		return PREFIX_SYNTAX;
	memcpy(head, text, (size_t)(slash - text));
	head[slash - text] = '\0';
	if (!parse(head, &a, &mapped) && !parse_short_v4(head, &a))
		return PREFIX_SYNTAX;
	unseen = mapped ? MAPPED_BITS : 0;
	if (slash[1] == '\0' || strlen(slash + 1) > 3)
		return PREFIX_SYNTAX;
	for (const char *p = slash + 1; *p != '\0'; p++) {
		if (*p < '0' || *p > '9')
			return PREFIX_SYNTAX;
		len = len * 10 + (unsigned)(*p - '0');
	}
	if (len < unseen || len - unseen > addr_bits(&a))
		return PREFIX_SYNTAX;
	*out = prefix_of(&a, (uint8_t)(len - unseen));
	return addr_equal(&out->addr, &a) ? PREFIX_OK : PREFIX_HOST_BITS;
}

const char *
prefix_print(const struct prefix *p, char buf[PREFIX_TEXT])
{
	char text[ADDR_TEXT];

	addr_print(&p->addr, text);
	if (p->len == addr_bits(&p->addr))
		snprintf(buf, PREFIX_TEXT, "%s", text);
	else
		snprintf(buf, PREFIX_TEXT, "%s/%u", text, p->len);
	return buf;
}

/* The first 64 bits as a number. */
static uint64_t
head(const uint8_t bytes[16])
{
	uint64_t n;

	memcpy(&n, bytes, sizeof n);
	return be64toh(n);
}

bool
prefix_contains(const struct prefix *p, const struct addr *a)
{
	unsigned whole = p->len / 8, rest = p->len % 8;
	uint64_t differ = head(p->addr.bytes) ^ head(a->bytes);

	if (p->addr.family != a->family)
		return false;
	if (p->len <= 64) /* every IPv4 prefix, and nearly every IPv6 one */
		return p->len == 0 || differ >> (64 - p->len) == 0;
	if (memcmp(p->addr.bytes, a->bytes, whole) != 0)
		return false;
	return rest == 0 || ((p->addr.bytes[whole] ^ a->bytes[whole]) & (0xff00 >> rest & 0xff)) == 0;
}

bool
prefix_covers(const struct prefix *outer, const struct prefix *inner)
{
	return outer->len <= inner->len && prefix_contains(outer, &inner->addr);
}

struct addr
prefix_last(const struct prefix *p)
{
	struct addr a = p->addr;

	for (unsigned bit = p->len; bit < addr_bits(&a); bit++)
		a.bytes[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	return a;
}

int
prefix_cmp(const struct prefix *a, const struct prefix *b)
{
	int order = addr_cmp(&a->addr, &b->addr);

	return order != 0 ? order : (a->len > b->len) - (a->len < b->len);
}
