/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "addr_wrong.h"

#include <stdio.h>
#include <string.h>

#include "ascii.h"
#include "mac.h"

#define PREFIXES "192.0.2.1, 10.1.0.0/16, 10.1/16 or 2001:db8::/32"
#define ADDRESSES "192.0.2.7 or 2001:db8::7"

/* Bits that are set before the first one that is not; -1 if any follow. */
static int
leading_bits(const uint8_t bytes[4])
{
	uint32_t n = (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
	int len = 0;

	for (; (n & 0x80000000U) != 0; n <<= 1)
		len++;
	return n == 0 ? len : -1;
}

bool
addr_is_netmask(const struct addr *a, uint8_t *len)
{
	int bits = a->family == 4 && a->bytes[0] == 255 ? leading_bits(a->bytes) : -1;

	*len = bits >= 0 ? (uint8_t)bits : 0;
	return bits >= 0;
}

/* A netmask of any length, or as some routers have it, inverted. */
static bool
parse_mask(const char *text, uint8_t *len)
{
	struct addr mask, inverted = {.family = 4};
	int bits;

	if (!addr_parse(text, &mask) || mask.family != 4)
		return false;
	for (int i = 0; i < 4; i++)
		inverted.bytes[i] = (uint8_t)~mask.bytes[i];
	if ((bits = leading_bits(mask.bytes)) < 0)
		bits = leading_bits(inverted.bytes);
	*len = bits >= 0 ? (uint8_t)bits : 0;
	return bits >= 0;
}

/* Splits "A?B" at the first of these characters; false if there is none, or an end is too long. */
static bool
split(const char *text, const char *at, char a[ADDR_TEXT], char b[ADDR_TEXT])
{
	size_t n = strcspn(text, at), rest;

	if (text[n] == '\0')
		return false;
	rest = strlen(text + n + 1);
	if (n >= ADDR_TEXT || rest >= ADDR_TEXT)
		return false;
	snprintf(a, ADDR_TEXT, "%.*s", (int)n, text);
	snprintf(b, ADDR_TEXT, "%s", text + n + 1 + strspn(text + n + 1, " \t"));
	return true;
}

static bool
is_number(const char *text)
{
	return *text != '\0' && strspn(text, "0123456789") == strlen(text);
}

/* "192.0.2.1:25" and "[2001:db8::1]:25". */
static bool
parse_with_port(const char *text, struct addr *out)
{
	const char *colon = strrchr(text, ':');
	size_t bracket = text[0] == '[';
	char head[ADDR_TEXT];

	if (colon == NULL || !is_number(colon + 1) || colon - text < 3 || (size_t)(colon - text) >= sizeof head)
		return false;
	if (bracket && colon[-1] != ']')
		return false;
	snprintf(head, sizeof head, "%.*s", (int)((size_t)(colon - text) - 2 * bracket), text + bracket);
	return addr_parse(head, out) && (bracket || out->family == 4);
}

/* "mail.example.com", "office": other letters than those of an IPv6 address. */
static bool
is_name(const char *text)
{
	bool letters = false;

	for (; *text != '\0'; text++) {
		if (!ascii_is_alphanumeric(*text) && strchr("-._", *text) == NULL)
			return false;
		letters |= ascii_lower(*text) > 'f' && ascii_lower(*text) <= 'z';
	}
	return letters;
}

/* What prefix_wrong and addr_wrong both recognize: a MAC address, a port, a range, a list, a zone, a name. NULL: the
 * text is none of these. */
static const char *
other_kind(const char *text, const char *expected, char out[ADDR_WRONG])
{
	char a[ADDR_TEXT], b[ADDR_TEXT];
	struct addr first, last;
	uint8_t mac[6];

	if (mac_parse(text, mac))
		snprintf(out, ADDR_WRONG, "is not an IP address but a MAC address, expected %s", expected);
	else if (parse_with_port(text, &first))
		snprintf(out, ADDR_WRONG, "has a port, expected %s", addr_print(&first, a));
	else if (split(text, "-", a, b) && addr_parse(a, &first) && addr_parse(b, &last))
		snprintf(out, ADDR_WRONG, "is a range from one address to another, expected %s", expected);
	else if (split(text, ",", a, b) && addr_parse(a, &first))
		snprintf(out, ADDR_WRONG, "has a comma, expected a space between two addresses");
	else if (split(text, "%", a, b) && addr_parse(a, &first))
		snprintf(out, ADDR_WRONG, "has a zone, expected %s", addr_print(&first, b));
	else if (is_name(text))
		snprintf(out, ADDR_WRONG, "is not an address but a name, expected %s", expected);
	else
		return NULL;
	return out;
}

const char *
prefix_wrong(const char *text, char out[ADDR_WRONG])
{
	char a[ADDR_TEXT], b[ADDR_TEXT], right[PREFIX_TEXT];
	struct addr addr;
	struct prefix p;
	uint8_t len;

	if (split(text, "/ \t", a, b) && addr_parse(a, &addr)) {
		if (addr.family == 4 && parse_mask(b, &len)) {
			p = prefix_of(&addr, len);
			snprintf(out, ADDR_WRONG, "has a netmask, expected %s", prefix_print(&p, right));
			return out;
		}
		if (is_number(b)) {
			bool mapped = addr.family == 4 && strchr(a, ':') != NULL;

			snprintf(out, ADDR_WRONG, "has a length out of range, expected one from %d to %d",
			         mapped ? 96 : 0, mapped ? 128 : addr_bits(&addr));
			return out;
		}
	}
	if (other_kind(text, "addresses such as " PREFIXES, out) == NULL)
		snprintf(out, ADDR_WRONG, "is not an address, expected one such as " PREFIXES);
	return out;
}

const char *
addr_wrong(const char *text, char out[ADDR_WRONG])
{
	char a[ADDR_TEXT], b[ADDR_TEXT];
	struct addr addr;
	struct prefix p;
	uint8_t len;

	if (prefix_parse(text, &p) != PREFIX_SYNTAX)
		snprintf(out, ADDR_WRONG, "is a prefix, expected one address, such as %s", addr_print(&p.addr, a));
	else if (split(text, "/ \t", a, b) && addr_parse(a, &addr) && (is_number(b) || parse_mask(b, &len)))
		snprintf(out, ADDR_WRONG, "is a prefix, expected one address, such as %s", addr_print(&addr, a));
	else if (other_kind(text, "an address such as " ADDRESSES, out) == NULL)
		snprintf(out, ADDR_WRONG, "is not an address, expected one such as " ADDRESSES);
	return out;
}
