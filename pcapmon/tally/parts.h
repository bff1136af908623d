/* SPDX-License-Identifier: GPL-3.0-or-later */
/* parts: shared by the files of the tally alone. tally.c distributes packets, openings.c classifies SYNs, courses.c
 * follows an attempt from its answer to its end, and proved.c is below both. Flows are as their opener sees them. */
#ifndef TALLY_PARTS_H
#define TALLY_PARTS_H

#include "lib/count/attempts.h"
#include "tracked.h"
#include "early.h"
#include "fragments.h"
#include "pcapmon/leak/leak.h"
#include "order.h"
#include "tally.h"
#include "nat.h"

#define CHANGED 8192 /* changed attempts that are noted for memory_rows between two transactions */

/* Stored in wire.db: never renumber. */
enum mark {
	MARK_RESENT = 1,
	MARK_NAT = 2,     /* another source's attempt, behind NAT */
	MARK_ICMP = 4,    /* refused by an ICMP error */
	MARK_CHANGED = 8, /* is in changed[] */
	MARK_CLOSED = 16, /* the server's FIN came before any ACK of the host was captured */
	MARK_RAW = 32,    /* its SYN is a tool's */
	MARK_LOOSE = 64,  /* the server went on, or sent another SYN-ACK: any number may be acknowledged */
};

struct tally {
	struct tally_options o;
	struct attempts *attempts, *strays;
	struct connections *connections;
	struct tracked *tracked;
	struct nat *nat;
	struct early *early;
	struct order *order;
	struct leak *leak;
	struct fragments *fragments;
	uint8_t watched[65536 / 8];
	uint32_t changed[CHANGED];
	size_t changed_count;
	bool missed; /* some that changed found no room there */
	int64_t newest;
	struct tally_sums sums;
};

static inline bool
in_lan(const struct tally *t, const struct addr *a)
{
	return t->o.lan == NULL || policy_is_lan(t->o.lan, a);
}

/* Notes for memory_rows that the attempt has changed. */
void attempt_changed(struct tally *t, struct attempt *a);
/* The host, if it is an address, is not tracked any more: its totals are forgotten. */
void host_gone(struct tally *t, const struct addr *host, int64_t when);
/* A source that was not tracked completed a handshake: it becomes a tracked host. Returns its attempt. */
struct attempt *opening_proved(struct tally *t, const struct attempt *a, const struct flow *f);
/* A SYN. */
void opening(struct tally *t, const struct packet *p, const struct flow *f, int64_t when);
/* A SYN-ACK, a RST with ACK, or an ICMP error (`p` then is the SYN that it quotes). */
void course_answer(struct tally *t, const struct packet *p, const struct flow *f, int64_t when);
/* An attempt that is new: its answer may have been captured before it. */
void course_began(struct tally *t, struct attempt *a, const struct flow *f, bool is_stray, int64_t when);
/* A SYN-ACK of the opener. */
void course_crossed(struct tally *t, const struct packet *p, const struct flow *f, int64_t when);
/* Any segment without SYN, of the opener or else (`out` false) to it. */
void course_segment(struct tally *t, const struct packet *p, const struct flow *f, bool out, int64_t when);
void course_timed_out(void *arg, const struct connection *k);

#endif
