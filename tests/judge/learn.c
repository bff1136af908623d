/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "learn.h"

#include "packets.h"

const struct addr *
learn_host(const struct life *life, uint32_t source, const struct addr *host)
{
	return life->source_count > 0 ? &life->sources[source].address : host;
}

static void
pass(struct names *t, const struct packet *p, const struct bytes *message, int64_t when)
{
	struct dns_message d;

	if (dns_read(message->list, message->count, &d))
		names_take(t, p, &d, when);
}

void
learn_answer(struct names *t, const struct life *life, const struct answered *a, const struct addr *host, int64_t when)
{
	static const struct addr resolver = {4, {10, 0, 0, 53}};
	struct packet asks = {.src = *learn_host(life, a->source, host),
	                      .dst = resolver,
	                      .sport = 40000,
	                      .dport = PORT_DNS,
	                      .protocol = PROTOCOL_UDP};
	struct packet answers = {
	        .src = asks.dst, .dst = asks.src, .sport = PORT_DNS, .dport = asks.sport, .protocol = PROTOCOL_UDP};
	uint16_t id = (uint16_t)when;
	struct bytes message;

	message_question(&message, a, id);
	pass(t, &asks, &message, when - 4000);
	message_answer(&message, a, id);
	pass(t, &answers, &message, when);
}
