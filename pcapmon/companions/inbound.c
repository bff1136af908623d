/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How it works: a connection is remembered from its greeting on (220, RFC 5321, 3.1), which a client with a spoofed
 * address never gets: a flood of openings takes no room. STARTTLS is answered by 220, and followed by EHLO, once
 * more. */
#include "inbound.h"

#include <strings.h>

/* The payload begins with one of two words of four characters, in any case. */
static bool
starts(const struct packet *p, const char *one, const char *other)
{
	const char *text = (const char *)p->payload;

	return text != NULL && p->payload_size >= 4 &&
	       (strncasecmp(text, one, 4) == 0 || strncasecmp(text, other, 4) == 0);
}

bool
inbound_packet(struct sessions *t, const struct packet *p, bool client, int64_t when)
{
	bool greets = !client && starts(p, "220 ", "220-"), hello = client && starts(p, "EHLO", "HELO");
	bool opening = client && packet_opens(p), ends = (p->flags & (TCP_FIN | TCP_RST)) != 0;
	struct mail_session *k = NULL;

	if (greets || hello || opening || ends)
		k = sessions_at(t, p, client, greets, when);
	if (k == NULL)
		return false;
	if (opening)
		session_opens(k, p, when); /* the same ports: it may be another connection */
	k->answered = k->answered || greets;
	k->ended = k->ended || ends;
	if (!hello || !k->answered || k->spoken)
		return false;
	k->spoken = true;
	return true;
}
