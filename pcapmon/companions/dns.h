/* SPDX-License-Identifier: GPL-3.0-or-later */
/* dns: the question of one DNS message, or of its answer. Pure; every read is checked.
 *
 * Only the header and the question are read (RFC 1035, 4.1); records.h reads what follows. Nothing is put together: a
 * message that is split over TCP segments is not seen. */
#ifndef COMPANIONS_DNS_H
#define COMPANIONS_DNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DNS_NAME 255  /* RFC 1035, 2.3.4 */
#define DNS_LABEL 63  /* the same */
#define DNS_HEADER 12 /* 4.1.1 */

/* https://www.iana.org/assignments/dns-parameters */
enum dns_type { DNS_A = 1, DNS_MX = 15, DNS_AAAA = 28 };
enum dns_rcode { DNS_NXDOMAIN = 3 };

struct dns_message {
	bool answer;
	uint8_t rcode; /* of an answer */
	uint16_t id, type;
	uint8_t name[DNS_NAME]; /* as on the wire, letters in lower case: any bytes */
	size_t name_size;
	const uint8_t *bytes; /* the message itself, where it was read, as far as it is there */
	size_t size;
};

/* Reads a message from UDP. False: it is no DNS message, or has no question (some answers do not repeat it). */
bool dns_read(const uint8_t *bytes, size_t size, struct dns_message *out);
/* Reads the next message of a TCP segment, which begins at *at with its length (RFC 1035, 4.2.2), and advances *at.
 * False: there is no more. */
bool dns_next(const uint8_t *bytes, size_t size, size_t *at, struct dns_message *out);
/* Appends a label, length and all, in lower case. False: the name is too long. The label must be whole. */
bool dns_take_label(const uint8_t *label, uint8_t name[DNS_NAME], size_t *size);
/* The name is that of, or lies under, a zone such as "zen.spamhaus.org" (in lower case). */
bool dns_under(const struct dns_message *d, const char *zone);

#endif
