/* SPDX-License-Identifier: GPL-3.0-or-later */
/* smtp: the dialogue of an SMTP connection in clear (RFC 5321), until STARTTLS. Pure; every read is checked.
 *
 * It takes segments in order and does not reassemble them: of a line that is split over segments only the first part is
 * read, and truncated commands are ignored. The message behind DATA is never read, up to the server's next reply; so
 * commands that a client sends in one segment with the end of its message are missed. After a gap the client's data are
 * ignored until the server has replied. */
#ifndef COMPANIONS_SMTP_H
#define COMPANIONS_SMTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The state: the client's commands are read, or the reason why they are not. */
enum smtp_phase {
	SMTP_COMMANDS,
	SMTP_WAIT_DATA, /* it sent DATA, and waits for 354 */
	SMTP_WAIT_TLS,  /* it sent STARTTLS, and waits for 220 */
	SMTP_UNSURE,    /* something is missing */
	SMTP_MESSAGE,   /* until the next reply */
	SMTP_DARK,      /* encrypted, for good */
};

/* Zeroes are a connection that begins. */
struct smtp_dialogue {
	uint8_t phase;       /* enum smtp_phase */
	bool split[2];       /* the last line of the server, of the client, goes on in its next segment */
	uint16_t unanswered; /* commands */
	uint64_t chunk;      /* bytes of BDAT (RFC 3030) to come */
};

enum smtp_word {
	SMTP_HELLO,     /* EHLO or HELO; the text is the name */
	SMTP_SENDER,    /* MAIL FROM; the text is the domain, "" for <> */
	SMTP_RECIPIENT, /* RCPT TO; no text */
	SMTP_TLS,       /* STARTTLS was agreed on; no text */
	SMTP_REPLY,     /* to a command: `code`; no text */
	SMTP_REFUSAL,   /* a line of a reply of 4xx or 5xx: `code`, the text behind it */
};

/* Text is of the packet: hostile bytes, not terminated. */
typedef void smtp_heard(void *arg, enum smtp_word word, int code, const char *text, size_t size);

/* A segment of the client, or of the server. `size` 0 is fine. */
void smtp_client(struct smtp_dialogue *t, const uint8_t *bytes, size_t size, smtp_heard *heard, void *arg);
void smtp_server(struct smtp_dialogue *t, const uint8_t *bytes, size_t size, smtp_heard *heard, void *arg);
/* Bytes of the client, or of the server, were not captured. */
void smtp_gap(struct smtp_dialogue *t, bool client);

#endif
