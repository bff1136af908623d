/* SPDX-License-Identifier: GPL-3.0-or-later */
/* syn: whether an operating system could have sent this SYN, or only a tool that makes packets of its own. Pure. */
#ifndef SYN_H
#define SYN_H

#include <stdbool.h>
#include <stdint.h>

#define SYN_OPTIONS 10

/* Fields of a connection opening, in host order. */
struct syn {
	uint8_t family; /* 4 or 6 */
	uint8_t ttl;    /* or hop limit */
	uint16_t id;    /* of the IPv4 header */
	uint16_t window;
	uint16_t mss;                 /* 0: none given */
	uint8_t option_count;         /* all there are; only SYN_OPTIONS of them are kept */
	uint8_t options[SYN_OPTIONS]; /* kinds, in order, padding (0 and 1) included: RFC 9293, 3.2 */
};

enum syn_sender {
	SYN_SYSTEM, /* an operating system, or no sign of a tool */
	SYN_ZMAP,
	SYN_MASSCAN,
	SYN_NMAP /* -sS */
};

/* By the defaults of the tools: zmap's packet.c, masscan's templ-pkt.c, and p0f's signatures for nmap. A tool with
 * other settings is not recognized; no system is known to send SYNs like these. */
enum syn_sender syn_sender(const struct syn *s);

static inline bool
syn_is_raw(const struct syn *s)
{
	return syn_sender(s) != SYN_SYSTEM;
}

#endif
