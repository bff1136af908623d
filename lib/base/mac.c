/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "mac.h"

#include <ctype.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *
mac_print(const uint8_t mac[6], char buf[MAC_TEXT])
{
	snprintf(buf, MAC_TEXT, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
	return buf;
}

bool
mac_parse(const char *text, uint8_t mac[6])
{
	for (size_t i = 0; i < 6; i++, text += 3) {
		if (!isxdigit((unsigned char)text[0]) || !isxdigit((unsigned char)text[1]))
			return false;
		mac[i] = (uint8_t)strtoul((const char[]){text[0], text[1], '\0'}, NULL, 16);
		if (i == 5 ? text[2] != '\0' : text[2] != ':' && text[2] != '-')
			return false;
	}
	return true;
}

const char *
mac_no_card(const uint8_t mac[6])
{
	static const uint8_t zero[6];

	if ((mac[0] & 1) != 0)
		return "a multicast or broadcast address";
	return memcmp(mac, zero, sizeof zero) == 0 ? "not the address of a card" : NULL;
}
