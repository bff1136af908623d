/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "parts.h"

#define HALF (UINT32_C(1) << 31) /* sequence numbers further off lie behind, not ahead: RFC 9293, 3.4 */

/* The attempt that this segment answers: of a host or, marked by *is_stray, of another. */
static struct attempt *
attempt_of(struct tally *t, const struct flow *f, uint32_t isn, int64_t when, bool *is_stray)
{
	struct attempt *a = attempts_answer(t->attempts, f, isn, when);

	*is_stray = a == NULL;
	return a != NULL ? a : attempts_answer(t->strays, f, isn, when);
}

/* The same for a later segment, `seq` being the opener's next sequence number. */
static struct attempt *
attempt_followed(struct tally *t, const struct flow *f, uint32_t seq, int64_t when, bool *is_stray)
{
	struct attempt *a = attempts_follow(t->attempts, f, seq, when);

	*is_stray = a == NULL;
	return a != NULL ? a : attempts_follow(t->strays, f, seq, when);
}

static void
count(struct tally *t, const struct flow *f, int64_t when, enum outcome_count what, uint64_t n)
{
	counters_add(t->o.counters, &(struct outcome_place){&f->src, f->dport, when}, what, n);
}

static void
answered_after(struct tally *t, const struct attempt *a, const struct flow *f, int64_t when)
{
	int64_t after = when - a->first;

	if ((a->marks & MARK_RESENT) != 0 || after < 0)
		return;
	count(t, f, when, OUTCOME_ANSWERED, 1);
	count(t, f, when, OUTCOME_ANSWER_TIME, (uint64_t)after);
	count(t, f, when, OUTCOME_ANSWER_MOST, (uint64_t)after);
}

static void
refused(struct tally *t, struct attempt *a, const struct flow *f, int64_t when, bool icmp)
{
	if (a->state != ATTEMPT_OPEN)
		return;
	a->state = ATTEMPT_REFUSED;
	if (icmp)
		a->marks |= MARK_ICMP;
	attempt_changed(t, a);
	counters_outcome(t->o.counters, f, when, &(struct outcome_change){.refused = 1});
	if (icmp)
		count(t, f, when, OUTCOME_ICMP, 1);
	else
		answered_after(t, a, f, when);
}

/* The destination answers, so the RST was not its last word: a forged one must not hide a leak. */
static void
take_back_refusal(struct tally *t, const struct attempt *a, const struct flow *f, int64_t when)
{
	counters_outcome(t->o.counters, f, when, &(struct outcome_change){.refused = -1});
	if ((a->marks & MARK_ICMP) != 0)
		count(t, f, when, OUTCOME_ICMP, (uint64_t)-1);
}

/* Only the time and the sequence number of `answer` are used. */
static void
answered(struct tally *t, struct attempt *a, const struct flow *f, bool is_stray, const struct early_answer *answer)
{
	if (!is_stray && a->state == ATTEMPT_REFUSED)
		take_back_refusal(t, a, f, answer->when);
	else if (!is_stray && a->state == ATTEMPT_OPEN)
		answered_after(t, a, f, answer->when);
	a->state = ATTEMPT_ANSWERED;
	a->peer = answer->peer;
	if (!is_stray)
		attempt_changed(t, a);
}

/* An answer to no attempt that is known. Of a flow with many openings it may be to one that lost its place to the
 * others: nobody but its receiver can have sent the number. Else its SYN may still come. */
static void
answer_to_none(struct tally *t, const struct packet *p, const struct flow *f, uint32_t isn, int64_t when)
{
	bool synack = p->protocol == PROTOCOL_TCP && (p->flags & TCP_RST) == 0, is_new;
	struct early_answer early = {.flow = attempts_flow(t->attempts, f), .when = when, .isn = isn, .peer = p->seq};
	struct attempts *of[] = {t->attempts, t->strays};

	for (size_t i = 0; synack && i < 2; i++) {
		if (attempts_alike(of[i], early.flow, when, ATTEMPT_WINDOW) < ATTEMPTS_ALIKE)
			continue;
		answered(t, attempts_syn(of[i], f, isn, when, &is_new), f, i == 1, &early);
		return;
	}
	early.kind = p->protocol != PROTOCOL_TCP ? EARLY_ICMP : synack ? EARLY_SYN_ACK : EARLY_RESET;
	early_put(t->early, &early);
}

void
course_began(struct tally *t, struct attempt *a, const struct flow *f, bool is_stray, int64_t when)
{
	struct early_answer early;

	if (!early_take(t->early, a->flow, a->isn, when, &early))
		return;
	if (early.kind == EARLY_SYN_ACK)
		answered(t, a, f, is_stray, &early);
	else if (!is_stray)
		refused(t, a, f, early.when, early.kind == EARLY_ICMP);
}

static void
established(struct tally *t, struct attempt *a, const struct flow *f, int64_t when)
{
	struct connection k = {
	        .flow = a->flow, .last = when, .isn = a->isn, .peer = a->peer, .host = f->src, .port = f->dport};
	bool leak;

	a->state = ATTEMPT_ESTABLISHED;
	if ((a->marks & MARK_NAT) != 0)
		return;
	leak = leak_established(t->leak, f, when, t->o.quiet);
	t->sums.established++;
	t->sums.leaked += leak;
	counters_outcome(t->o.counters, f, when, &(struct outcome_change){.established = 1, .leaked = leak});
	if ((a->marks & MARK_CLOSED) != 0) {
		k.end = END_CLOSED_BY_SERVER;
		k.closed = 2;
		count(t, f, when, OUTCOME_CLOSED_BY_SERVER, 1);
	}
	connections_add(t->connections, &k);
}

/* Nobody spoofs a whole handshake. */
static void
stray_established(struct tally *t, struct attempt *a, const struct flow *f, int64_t when)
{
	struct attempt *own;

	a->state = ATTEMPT_ESTABLISHED;
	if ((a->marks & MARK_NAT) != 0 || !in_lan(t, &f->src))
		return;
	own = opening_proved(t, a, f);
	established(t, own, f, when);
	attempt_changed(t, own);
}

static void
completed(struct tally *t, struct attempt *a, const struct flow *f, bool is_stray, int64_t when)
{
	if (is_stray) {
		stray_established(t, a, f, when);
		return;
	}
	established(t, a, f, when);
	attempt_changed(t, a);
}

void
course_answer(struct tally *t, const struct packet *p, const struct flow *f, int64_t when)
{
	bool icmp = p->protocol != PROTOCOL_TCP, is_stray;
	uint32_t isn = icmp ? p->seq : p->ack - 1;
	struct attempt *a = attempt_of(t, f, isn, when, &is_stray);

	if (a == NULL) {
		answer_to_none(t, p, f, isn, when);
		return;
	}
	if ((a->marks & MARK_NAT) != 0)
		return;
	if (icmp || (p->flags & TCP_RST) != 0) {
		if (!is_stray)
			refused(t, a, f, when, icmp);
		return;
	}
	if (a->state == ATTEMPT_CROSSED && a->peer == p->seq) {
		completed(t, a, f, is_stray, when);
	} else if (a->state == ATTEMPT_ANSWERED && a->peer != p->seq) {
		a->marks |= MARK_LOOSE; /* one of them is forged */
		if (!is_stray)
			attempt_changed(t, a);
	} else if (a->state == ATTEMPT_OPEN || a->state == ATTEMPT_REFUSED || a->state == ATTEMPT_CROSSED) {
		answered(t, a, f, is_stray, &(struct early_answer){.peer = p->seq, .when = when});
	}
}

/* An ACK of the server's SYN, and of no more, unless the server went on, or sent two SYNs of which one is forged. A FIN
 * may acknowledge more in any case: where only SYN, FIN and RST were captured, nothing is known of what lies between.
 */
static bool
acknowledges(const struct attempt *a, const struct packet *p)
{
	uint32_t bytes = p->ack - a->peer - 1;

	return bytes == 0 || (a->marks & MARK_LOOSE) != 0 || ((p->flags & TCP_FIN) != 0 && bytes < HALF);
}

/* RFC 9293, 3.5: the opener's SYN met a SYN of the other end; some servers answer with one (split handshake). Of the
 * SYN-ACK that ends a handshake, in place of an ACK, some receivers ignore the SYN. */
void
course_crossed(struct tally *t, const struct packet *p, const struct flow *f, int64_t when)
{
	bool is_stray;
	struct attempt *a = attempt_of(t, f, p->seq, when, &is_stray);

	if (a == NULL || a->isn != p->seq || (a->marks & MARK_NAT) != 0)
		return;
	if (a->state == ATTEMPT_ANSWERED && acknowledges(a, p)) {
		completed(t, a, f, is_stray, when);
		return;
	}
	if (a->state != ATTEMPT_OPEN && a->state != ATTEMPT_REFUSED)
		return;
	if (!is_stray && a->state == ATTEMPT_REFUSED)
		take_back_refusal(t, a, f, when);
	a->state = ATTEMPT_CROSSED;
	a->peer = p->ack - 1;
	if (!is_stray)
		attempt_changed(t, a);
}

void
course_timed_out(void *arg, const struct connection *k)
{
	struct tally *t = arg;

	if (k->end == END_NONE)
		counters_add(t->o.counters, &(struct outcome_place){&k->host, k->port, k->last}, OUTCOME_TIMED_OUT, 1);
}

/* The server sends its first data behind a SYN-ACK that answered no opening: somebody else completed the handshake in
 * the name of the host, which only receives. That is a leak like any, of a connection that cannot be counted. */
static void
answered_without_opening(struct tally *t, const struct packet *p, const struct flow *f, int64_t when)
{
	const struct early_answer synack = {
	        .flow = attempts_flow(t->attempts, f), .isn = p->ack - 1, .peer = p->seq - 1};

	if (p->payload_size == 0 || !in_lan(t, &f->src) || !early_unclaimed(t->early, &synack) ||
	    !leak_answered(t->leak, f, when, t->o.quiet))
		return;
	t->sums.leaked++;
	counters_outcome(t->o.counters, f, when, &(struct outcome_change){.leaked = 1});
}

/* The server goes on: with a crossed attempt it ends the handshake; of an answered one the host's ACK was not captured
 * yet, or not at all. Only after the handshake can a server close. */
static void
server_goes_on(struct tally *t, const struct packet *p, const struct flow *f, int64_t when)
{
	bool is_stray;
	struct attempt *a = attempt_followed(t, f, p->ack, when, &is_stray);

	if (a == NULL)
		answered_without_opening(t, p, f, when);
	if (a == NULL || p->seq - a->peer - 1 >= HALF)
		return;
	if (a->state == ATTEMPT_CROSSED) {
		completed(t, a, f, is_stray, when);
		return;
	}
	a->marks |= MARK_LOOSE | ((p->flags & TCP_FIN) != 0 ? MARK_CLOSED : 0);
	if (!is_stray)
		attempt_changed(t, a);
}

static void
go_on(struct tally *t, const struct packet *p, const struct flow *f, bool out, int64_t when)
{
	static const enum outcome_count ends[] = {
	        [END_CLOSED_BY_HOST] = OUTCOME_CLOSED_BY_HOST,
	        [END_CLOSED_BY_SERVER] = OUTCOME_CLOSED_BY_SERVER,
	        [END_RESET_BY_HOST] = OUTCOME_RESET_BY_HOST,
	        [END_RESET_BY_SERVER] = OUTCOME_RESET_BY_SERVER,
	};
	struct connection *k = connections_find(t->connections, attempts_flow(t->attempts, f));
	struct connection_news news;

	if (k == NULL) {
		if (!out && (p->flags & (TCP_RST | TCP_ACK)) == TCP_ACK)
			server_goes_on(t, p, f, when);
		return;
	}
	if (when - k->last > CONNECTION_IDLE) {
		course_timed_out(t, k);
		connections_drop(t->connections, k);
		return;
	}
	news = connections_packet(t->connections, k, p, out, when);
	if (news.out != 0)
		count(t, f, when, OUTCOME_BYTES_OUT, (uint64_t)news.out);
	if (news.in != 0)
		count(t, f, when, OUTCOME_BYTES_IN, (uint64_t)news.in);
	if (news.end != END_NONE)
		count(t, f, when, ends[news.end], 1);
}

/* An ACK of the opener may end a handshake. */
static void
handshake(struct tally *t, const struct packet *p, const struct flow *f, int64_t when)
{
	bool is_stray;
	struct attempt *a = attempt_followed(t, f, p->seq, when, &is_stray);

	if (a != NULL && a->state == ATTEMPT_ANSWERED && acknowledges(a, p))
		completed(t, a, f, is_stray, when);
}

void
course_segment(struct tally *t, const struct packet *p, const struct flow *f, bool out, int64_t when)
{
	if (out && (p->flags & (TCP_ACK | TCP_RST)) == TCP_ACK)
		handshake(t, p, f, when);
	go_on(t, p, f, out, when);
}
