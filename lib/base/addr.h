/* SPDX-License-Identifier: GPL-3.0-or-later */
/* addr: IPv4 and IPv6 addresses and prefixes as plain values. Pure; libc only. */
#ifndef ADDR_H
#define ADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* family is 4, 6 or 0 (no address); bytes are in network order, an IPv4 address in the first four and
 * the rest zero, so that two addresses are equal exactly when memcmp says so. */
struct addr {
	uint8_t family;
	uint8_t bytes[16];
};

/* len counts from the first bit of the address of its family: 0-32 or 0-128. Host bits are zero. */
struct prefix {
	struct addr addr;
	uint8_t len;
};

#define ADDR_TEXT 46   /* room for any address as text, with its NUL */
#define PREFIX_TEXT 50 /* ... and for any prefix */

struct addr addr_v4(const uint8_t bytes[4]);
struct addr addr_v6(const uint8_t bytes[16]);
size_t addr_size(const struct addr *a); /* 4, 16, or 0 for no address */
/* The bytes that come next after those of the address in the order of a database; returns how many. */
#define ADDR_AFTER 17
size_t addr_after(const struct addr *a, uint8_t out[ADDR_AFTER]);
uint8_t addr_bits(const struct addr *a);                  /* 32, 128 or 0 */
int addr_cmp(const struct addr *a, const struct addr *b); /* IPv4 before IPv6, then by value */
bool addr_private(const struct addr *a);                  /* RFC 1918, RFC 6598, RFC 4193: private addresses */
bool addr_link_local(const struct addr *a);               /* RFC 4291: of IPv6, fe80::/10 */

/* Inline, because tables compare addresses millions of times. */
static inline bool
addr_equal(const struct addr *a, const struct addr *b)
{
	return memcmp(a, b, sizeof *a) == 0;
}

/* Exactly one dotted quad or one RFC 4291 text; no zone, no port, no white space. An IPv4-mapped address
 * (::ffff:10.1.0.25) is the IPv4 address. */
bool addr_parse(const char *text, struct addr *out);
/* RFC 5952 text into buf, which is returned. No address prints as "-". */
const char *addr_print(const struct addr *a, char buf[ADDR_TEXT]);

enum prefix_error { PREFIX_OK, PREFIX_SYNTAX, PREFIX_HOST_BITS };
/* An address, a prefix, or a short IPv4 prefix ("72.37.186/23", "10/8"); of an IPv4-mapped address the length counts
 * from 96 ("::ffff:10.1.0.0/112" is 10.1.0.0/16). With PREFIX_HOST_BITS *out holds the
 * corrected prefix; with PREFIX_SYNTAX it is untouched. */
enum prefix_error prefix_parse(const char *text, struct prefix *out);
/* "address/len"; a single address prints without its length. */
const char *prefix_print(const struct prefix *p, char buf[PREFIX_TEXT]);
struct prefix prefix_of(const struct addr *a, uint8_t len); /* clears the host bits */
bool prefix_contains(const struct prefix *p, const struct addr *a);
bool prefix_covers(const struct prefix *outer, const struct prefix *inner);
struct addr prefix_last(const struct prefix *p);                /* its highest address */
int prefix_cmp(const struct prefix *a, const struct prefix *b); /* by address, then shorter first */

#endif
