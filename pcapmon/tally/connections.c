/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "connections.h"

#include <stdlib.h>

#include "lib/base/table.h"

#define CHANGED 16384
#define HALF (UINT32_C(1) << 31) /* sequence numbers further off lie behind, not ahead: RFC 9293, 3.4 */

struct connections {
	struct table *entries; /* of struct connection */
	int64_t earliest;      /* none has been silent since before */
	uint64_t evicted;
	uint64_t changed[CHANGED];
	size_t changed_count; /* CHANGED + 1: too many */
};

/* The one that was silent longest goes first. */
static int64_t
worth(const void *entry, const void *arg)
{
	(void)arg;
	return ((const struct connection *)entry)->last;
}

static const struct table_type type = {
        .size = sizeof(struct connection), .key = sizeof(uint64_t), .hashed = true, .ways = 16, .worth = worth};

struct connections *
connections_new(size_t entries)
{
	struct connections *c = calloc(1, sizeof *c);

	if (c == NULL)
		return NULL;
	c->earliest = INT64_MAX;
	c->entries = table_new(&type, entries); /* flows are hashes already */
	if (c->entries != NULL)
		return c;
	free(c);
	return NULL;
}

void
connections_free(struct connections *c)
{
	if (c == NULL)
		return;
	table_free(c->entries);
	free(c);
}

static void
note_change(struct connections *c, uint64_t flow)
{
	if (c->changed_count < CHANGED)
		c->changed[c->changed_count] = flow;
	if (c->changed_count <= CHANGED)
		c->changed_count++;
}

struct connection *
connections_find(struct connections *c, uint64_t flow)
{
	return table_find(c->entries, &flow);
}

void
connections_add(struct connections *c, const struct connection *k)
{
	struct connection *to = table_find(c->entries, &k->flow);

	if (to == NULL)
		to = table_spare(c->entries, &k->flow, NULL);
	if (to->flow != 0 && to->flow != k->flow) {
		c->evicted++;
		note_change(c, to->flow);
	}
	*(struct connection *)table_put(c->entries, to, &k->flow) = *k;
	if (k->last < c->earliest)
		c->earliest = k->last;
	note_change(c, k->flow);
}

void
connections_drop(struct connections *c, struct connection *k)
{
	note_change(c, k->flow);
	table_drop(c->entries, k);
}

/* Raises *known to the bytes before `number` if they are more, and returns how many more. */
static int64_t
learn(uint32_t *known, uint32_t start, uint32_t number)
{
	uint32_t bytes = number - start - 1, more = bytes - *known;

	if (more == 0 || more >= HALF)
		return 0;
	*known = bytes;
	return more;
}

/* A FIN takes a sequence number that is no byte. Its acknowledgement, if captured first, counted it as one. */
static int64_t
learn_end(uint32_t *known, uint32_t start, uint32_t number)
{
	if (*known != number - start)
		return learn(known, start, number);
	(*known)--;
	return -1;
}

static enum connection_end
end_of(const struct packet *p, bool out)
{
	if ((p->flags & TCP_RST) != 0)
		return out ? END_RESET_BY_HOST : END_RESET_BY_SERVER;
	if ((p->flags & TCP_FIN) != 0)
		return out ? END_CLOSED_BY_HOST : END_CLOSED_BY_SERVER;
	return END_NONE;
}

/* The sequence number lies in a window that a receiver may accept; otherwise the packet is not of this connection. */
static bool
belongs(const struct connection *k, const struct packet *p, bool out)
{
	return p->seq - (out ? k->isn : k->peer) - 1 < HALF;
}

struct connection_news
connections_packet(struct connections *c, struct connection *k, const struct packet *p, bool out, int64_t when)
{
	struct connection_news news = {END_NONE, 0, 0};
	bool fin = (p->flags & TCP_FIN) != 0;
	uint8_t own = out ? 1 : 2, other = out ? 2 : 1;
	/* Behind its own FIN the side counts one more than it has bytes. */
	uint32_t behind = p->seq + (uint32_t)p->payload_size - ((k->closed & own) != 0 && !fin);
	uint32_t *sent = out ? &k->out : &k->in, *got = out ? &k->in : &k->out;
	uint32_t start = out ? k->isn : k->peer, other_start = out ? k->peer : k->isn;
	int64_t more, more_got = 0;
	enum connection_end end = end_of(p, out);

	if (!belongs(k, p, out))
		return news;
	if (when > k->last)
		k->last = when;
	more = fin ? learn_end(sent, start, behind) : learn(sent, start, behind);
	if ((p->flags & TCP_ACK) != 0)
		more_got = learn(got, other_start, p->ack - ((k->closed & other) != 0));
	news.out = out ? more : more_got;
	news.in = out ? more_got : more;
	if (end != END_NONE && k->end == END_NONE)
		k->end = (uint8_t)(news.end = end);
	if (fin)
		k->closed |= own;
	if ((p->flags & TCP_RST) != 0 || k->closed == 3)
		connections_drop(c, k);
	else if (end != END_NONE || news.out != 0 || news.in != 0)
		note_change(c, k->flow);
	return news;
}

void
connections_expire(struct connections *c, int64_t now, void (*timed_out)(void *arg, const struct connection *k),
                   void *arg)
{
	int64_t earliest = INT64_MAX;
	struct connection *k;

	if (c->earliest == INT64_MAX || now - c->earliest <= CONNECTION_IDLE)
		return;
	for (size_t i = 0; (k = table_at(c->entries, i)) != NULL; i++) {
		if (k->flow == 0)
			continue;
		if (now - k->last > CONNECTION_IDLE) {
			timed_out(arg, k);
			connections_drop(c, k);
		} else if (k->last < earliest) {
			earliest = k->last;
		}
	}
	c->earliest = earliest;
}

uint64_t
connections_evicted(const struct connections *c)
{
	return c->evicted;
}

bool
connections_changed(const struct connections *c, const uint64_t **flow, size_t *count)
{
	*flow = c->changed;
	*count = c->changed_count <= CHANGED ? c->changed_count : 0;
	return c->changed_count <= CHANGED;
}

void
connections_settle(struct connections *c)
{
	c->changed_count = 0;
}

const struct connection *
connections_at(const struct connections *c, size_t place)
{
	return table_at(c->entries, place);
}
