/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Segments of SMTP -> commands of a client to a mail server, and the replies. */
#include "parts.h"

#include "lib/base/ascii.h"
#include "lib/companion/refusal.h"

#define PORT_MAIL 25

static void
keep_domain(struct companion *c, const char *text, size_t size)
{
	char domain[255]; /* RFC 5321, 4.5.3.1.2 */

	if (size > sizeof domain)
		size = sizeof domain;
	for (size_t i = 0; i < size; i++)
		domain[i] = ascii_lower(text[i]);
	if (size > 0)
		distinct_add(&c->domains, domain, size);
}

/* The receiver of commands and replies: the entries of the host. */
struct hearing {
	struct companions *c;
	struct pair pair;
	struct mail_session *session;
	bool submission;
};

static void
refused(const struct hearing *h, const char *text, size_t size)
{
	const char *list = refusal_list(text, size, h->c->o.lists, h->c->o.list_count);
	struct addr listed = {0};

	if (list == NULL)
		return;
	refusal_address(text, size, &listed);
	for (int i = 0; i < 2; i++)
		if (h->pair.of[i] != NULL)
			companion_listed(h->pair.of[i], list, &listed);
}

static void
replied(struct hearing *h, int code)
{
	pair_count(h->pair, COMPANION_REPLIES);
	if (code < 400)
		return;
	pair_count(h->pair, code < 500 ? COMPANION_TEMPORARY : COMPANION_PERMANENT);
	if (!h->session->refused)
		pair_count(h->pair, COMPANION_REFUSED);
	h->session->refused = true;
}

static void
heard(void *arg, enum smtp_word word, int code, const char *text, size_t size)
{
	struct hearing *h = arg;

	if (!h->session->spoken) {
		h->session->spoken = true;
		pair_count(h->pair, COMPANION_SESSIONS);
		if (h->submission)
			pair_count(h->pair, COMPANION_SUBMISSION);
	}
	switch (word) {
	case SMTP_HELLO:
		for (int i = 0; i < 2; i++)
			if (h->pair.of[i] != NULL)
				companion_hello(h->pair.of[i], text, size);
		break;
	case SMTP_SENDER:
		pair_count(h->pair, COMPANION_SENDERS);
		for (int i = 0; i < 2; i++)
			if (h->pair.of[i] != NULL)
				keep_domain(h->pair.of[i], text, size);
		break;
	case SMTP_RECIPIENT:
		pair_count(h->pair, COMPANION_RECIPIENTS);
		break;
	case SMTP_TLS:
		pair_count(h->pair, COMPANION_TLS);
		break;
	case SMTP_REPLY:
		replied(h, code);
		break;
	case SMTP_REFUSAL:
		refused(h, text, size);
		break;
	}
}

void
companions_smtp(struct companions *c, const struct mail_segment *s)
{
	const struct packet *p = s->packet;
	struct smtp_dialogue *dialogue = &s->session->smtp;
	bool client = s->side == SESSION_CLIENT;
	struct hearing h = {.c = c, .session = s->session, .submission = (client ? p->dport : p->sport) != PORT_MAIL};
	struct session_news news;

	if (dialogue->phase == SMTP_DARK || !session_payload(s->session, p, s->side, &news))
		return;
	h.pair = companions_pair(c, s->when, s->host);
	if (news.gap)
		smtp_gap(dialogue, client);
	(client ? smtp_client : smtp_server)(dialogue, news.bytes, news.size, heard, &h);
}
