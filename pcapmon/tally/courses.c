/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "parts.h"

/* The attempt that this segment answers or belongs to: of a host or, marked by *is_stray, of another. */
static struct attempt *
attempt_of(struct tally *t, const struct flow *f, uint32_t isn, int64_t when, bool *is_stray)
{
	struct attempt *a = attempts_answer(t->attempts, f, isn, when);

	*is_stray = a == NULL;
	return a != NULL ? a : attempts_answer(t->strays, f, isn, when);
}

static void
answered_after(struct tally *t, const struct attempt *a, const struct flow *f, int64_t when)
{
	int64_t after = when - a->first;

	if ((a->marks & MARK_RESENT) != 0 || after < 0)
		return;
	book_add(t->o.book, &f->src, f->dport, when, OUTCOME_ANSWERED, 1);
	book_add(t->o.book, &f->src, f->dport, when, OUTCOME_ANSWER_TIME, (uint64_t)after);
	book_add(t->o.book, &f->src, f->dport, when, OUTCOME_ANSWER_MOST, (uint64_t)after);
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
	book_outcome(t->o.book, f, when, 0, 1, 0);
	if (icmp)
		book_add(t->o.book, &f->src, f->dport, when, OUTCOME_ICMP, 1);
	else
		answered_after(t, a, f, when);
}

void
course_answer(struct tally *t, const struct packet *p, const struct flow *f, int64_t when)
{
	bool icmp = p->protocol != PROTOCOL_TCP, is_stray;
	struct attempt *a = attempt_of(t, f, icmp ? p->seq : p->ack - 1, when, &is_stray);

	if (a == NULL || (a->marks & MARK_TWIN) != 0)
		return;
	if (is_stray) {
		if (!icmp && (p->flags & TCP_RST) == 0 && a->state == ATTEMPT_OPEN) {
			a->state = ATTEMPT_ANSWERED;
			a->peer = p->seq;
		}
		return;
	}
	if (icmp || (p->flags & TCP_RST) != 0) {
		refused(t, a, f, when, icmp);
		return;
	}
	if (a->state == ATTEMPT_REFUSED) {
		/* Whoever sent that RST, the destination answers: a forged one must not hide a leak. */
		book_outcome(t->o.book, f, when, 0, -1, 0);
		if ((a->marks & MARK_ICMP) != 0)
			book_add(t->o.book, &f->src, f->dport, when, OUTCOME_ICMP, (uint64_t)-1);
	} else if (a->state == ATTEMPT_OPEN) {
		answered_after(t, a, f, when);
	} else {
		return;
	}
	a->state = ATTEMPT_ANSWERED;
	a->peer = p->seq;
	attempt_changed(t, a);
}

static void
established(struct tally *t, struct attempt *a, const struct flow *f, int64_t when)
{
	struct connection k = {
	        .flow = a->flow, .last = when, .isn = a->isn, .peer = a->peer, .host = f->src, .port = f->dport};
	struct decision d;
	bool leak;

	a->state = ATTEMPT_ESTABLISHED;
	if ((a->marks & MARK_TWIN) != 0)
		return;
	leak = leak_judged(t->leak, f, when, &d) && verdict_refuses(d.verdict);
	t->sums.established++;
	t->sums.leaked += leak;
	book_outcome(t->o.book, f, when, 1, 0, leak);
	if ((a->marks & MARK_CLOSED) != 0) {
		k.end = END_CLOSED_BY_SERVER;
		k.closed = 2;
		book_add(t->o.book, &f->src, f->dport, when, OUTCOME_CLOSED_BY_SERVER, 1);
	}
	connections_add(t->connections, &k);
	if (leak && !t->o.quiet)
		leak_log(t->leak, f, &d, when);
}

/* Nobody spoofs a whole handshake. */
static void
stray_established(struct tally *t, struct attempt *a, const struct flow *f, int64_t when)
{
	struct attempt *own;

	a->state = ATTEMPT_ESTABLISHED;
	if ((a->marks & MARK_TWIN) != 0 || !in_lan(t, &f->src))
		return;
	own = opening_proved(t, a, f);
	established(t, own, f, when);
	attempt_changed(t, own);
}

void
course_timed_out(void *arg, const struct connection *k)
{
	struct tally *t = arg;

	if (k->end == END_NONE)
		book_add(t->o.book, &k->host, k->port, k->last, OUTCOME_TIMED_OUT, 1);
}

/* Only after the handshake can a server close, but with a filter for SYN, FIN and RST the host's ACK was not seen. */
static void
closed_early(struct tally *t, const struct packet *p, const struct flow *f, int64_t when)
{
	struct attempt *a = attempts_follow(t->attempts, f, p->ack, when);

	if (a == NULL)
		return;
	a->marks |= MARK_CLOSED;
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
		if (!out && (p->flags & (TCP_FIN | TCP_ACK)) == (TCP_FIN | TCP_ACK))
			closed_early(t, p, f, when);
		return;
	}
	if (when - k->last > CONNECTION_IDLE) {
		course_timed_out(t, k);
		connections_drop(t->connections, k);
		return;
	}
	news = connections_packet(t->connections, k, p, out, when);
	if (news.out != 0)
		book_add(t->o.book, &f->src, f->dport, when, OUTCOME_BYTES_OUT, (uint64_t)news.out);
	if (news.in != 0)
		book_add(t->o.book, &f->src, f->dport, when, OUTCOME_BYTES_IN, (uint64_t)news.in);
	if (news.end != END_NONE)
		book_add(t->o.book, &f->src, f->dport, when, ends[news.end], 1);
}

/* An ACK of the opener may end a handshake. */
static void
handshake(struct tally *t, const struct packet *p, const struct flow *f, int64_t when)
{
	struct attempt *a;

	if ((a = attempts_follow(t->attempts, f, p->seq, when)) != NULL) {
		established(t, a, f, when);
		attempt_changed(t, a);
	} else if ((a = attempts_follow(t->strays, f, p->seq, when)) != NULL) {
		stray_established(t, a, f, when);
	}
}

void
course_segment(struct tally *t, const struct packet *p, const struct flow *f, bool out, int64_t when)
{
	if (out && (p->flags & (TCP_ACK | TCP_RST)) == TCP_ACK)
		handshake(t, p, f, when);
	go_on(t, p, f, out, when);
}
