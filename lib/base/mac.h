/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mac: MAC addresses as text. Pure. */
#ifndef MAC_H
#define MAC_H

#include <stdbool.h>
#include <stdint.h>

#define MAC_TEXT 18 /* room for one as text, with its NUL */

/* "52:54:00:12:34:56" into buf, which is returned. */
const char *mac_print(const uint8_t mac[6], char buf[MAC_TEXT]);
/* Exactly six pairs of digits, with colons or hyphens between them, in any case. False: it is none. */
bool mac_parse(const char *text, uint8_t mac[6]);
/* The reason why a MAC address cannot be a sender's: "a multicast or broadcast address". NULL: it can be one. */
const char *mac_no_card(const uint8_t mac[6]);

#endif
