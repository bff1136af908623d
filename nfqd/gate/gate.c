/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How it works: wait for either queue; take a batch; decide each packet by the policy alone; send the verdicts; and
 * only then put the events into the spool. The queue with bypass is served first. Openings that the kernel's rules
 * accept are reported by NFLOG to the first gate, and are logged once no packet waits for a verdict. */
#include "gate.h"

#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/socket.h>

#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "decide.h"
#include "in_force.h"
#include "lib/base/log.h"
#include "lib/base/steady.h"
#include "lib/base/when.h"
#include "lib/priv/priv.h"
#include "nflog.h"
#include "pace.h"
#include "queue.h"

#define LISTED_LENGTH 16     /* packets: short, so that a stopped gate delays few openings */
#define CLOSED_LENGTH 16384  /* packets */
#define PACED_OPENINGS 65536 /* 3 MiB; openings of 180 s of sources with a `max` */
#define IDLE 250             /* milliseconds between heartbeats */
#define LOG_BATCHES 16       /* batches of logged openings between two looks at the queues */
#define PAUSE 2              /* milliseconds that strangers may wait while many arrive */

enum { LISTED, CLOSED, QUEUES, CHANNEL = QUEUES, LOGGED, SOURCES };

struct gate {
	struct in_force in_force;
	struct gate_state *state;
	const _Atomic bool *last_missing;
	struct spool *events_out;
	int wake; /* the recorder */
	struct pace *pace;
	struct queue *queues[QUEUES];
	struct nflog *nflog; /* of the first gate; NULL in the others */
	struct queued packets[QUEUE_BATCH];
	struct event events[QUEUE_BATCH];
	struct nflogged logged[NFLOG_BATCH];
};

static volatile sig_atomic_t stopping;

static void
stop(int signal_number)
{
	(void)signal_number;
	stopping = 1;
}

/* One counter has one writer: no locked instruction is needed. */
static void
count(_Atomic uint64_t *counter, uint64_t by)
{
	atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + by, memory_order_relaxed);
}

/* Gives the kernel the event's verdict on one packet. */
static void
answer(struct gate *g, int q, const struct queued *queued, const struct event *event)
{
	if (event->verdict == VERDICT_DROP)
		queue_drop(g->queues[q], queued);
	else /* rejected packets, too: the kernel's rules behind the queue reset them, as no set has their source */
		queue_accept(g->queues[q], queued);
}

static struct deciding
deciding_now(const struct gate *g)
{
	return (struct deciding){.policy = g->in_force.policy,
	                         .before = g->in_force.before,
	                         .pace = g->pace,
	                         .now = when_now(),
	                         .steady = steady_now()};
}

static void
log_event(struct gate *g, const struct event *event)
{
	count(&g->state->verdicts[event->verdict][event->reason], 1);
	spool_put(g->events_out, event);
}

/* Returns the number of packets; after a full batch there may be more. */
static int
serve(struct gate *g, int q)
{
	struct gate_state *state = g->state;
	uint64_t overruns = 0, errors = 0;
	struct deciding d = deciding_now(g);
	int n = queue_read(g->queues[q], g->packets, &overruns, &errors);

	if (n < 0)
		fatal("queue %s", q == LISTED ? "of listed sources" : "of strangers");
	d.drops = atomic_load(g->last_missing); /* set before rules that lack the last places led any of these here */
	for (int i = 0; i < n; i++) {
		decide_queued(&d, &g->packets[i].opening, q == LISTED, &g->events[i]);
		answer(g, q, &g->packets[i], &g->events[i]);
	}
	if (!queue_send(g->queues[q]))
		count(&state->errors, (uint64_t)n);
	for (int i = 0; i < n; i++)
		log_event(g, &g->events[i]);
	count(&state->packets[q], (uint64_t)n);
	count(&state->overruns, overruns);
	count(&state->errors, errors);
	atomic_store_explicit(&state->evicted_sources, pace_evicted_sources(g->pace), memory_order_relaxed);
	atomic_store_explicit(&state->evicted_openings, pace_evicted_openings(g->pace), memory_order_relaxed);
	return n;
}

/* Answers are no openings, and the rules do not count them as such. */
static void
log_logged(struct gate *g, const struct deciding *d, const struct nflogged *logged)
{
	struct event event;

	decide_logged(d, logged, &event);
	if (event.reason == REASON_ANSWER) {
		spool_put(g->events_out, &event);
		return;
	}
	log_event(g, &event);
	count(&g->state->packets[LISTED], 1);
	count(&g->state->audited, event.verdict == VERDICT_AUDIT);
}

/* The recorder looks once a second by itself; it is woken earlier when the spool fills up. */
static void
wake_recorder(struct gate *g)
{
	uint64_t one = 1;

	if (spool_head(g->events_out) - spool_tail(g->events_out) > spool_room(g->events_out) / 8)
		(void)!write(g->wake, &one, sizeof one);
}

/* Logs openings of listed hosts that the kernel has accepted, and answers to nobody, in batches, so that a flood of
 * them delays no verdict. Returns their number. */
static int
take_logged(struct gate *g)
{
	struct nflog_losses losses = {0, 0};
	struct deciding d = deciding_now(g);
	int n = NFLOG_BATCH, sum = 0;

	for (int batch = 0; batch < LOG_BATCHES && n > 0; batch++) {
		if ((n = nflog_read(g->nflog, g->logged, &losses)) < 0)
			fatal("NFLOG group of listed sources");
		for (int i = 0; i < n; i++)
			log_logged(g, &d, &g->logged[i]);
		sum += n;
		wake_recorder(g);
	}
	count(&g->state->log_lost, losses.lost);
	count(&g->state->log_overruns, losses.overruns);
	return sum;
}

static void
epoll_watch(int epoll, int fd, uint32_t which)
{
	struct epoll_event e = {.events = EPOLLIN, .data.u32 = which};

	if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e) != 0)
		fatal("cannot wait for packets");
}

/* The descriptors that the gate waits for: all, or all but the queue of strangers. */
struct wait_sets {
	int all, calm;
};

static struct wait_sets
wait_sets_open(const struct gate *g, int channel)
{
	struct wait_sets w = {epoll_create1(EPOLL_CLOEXEC), epoll_create1(EPOLL_CLOEXEC)};

	if (w.all < 0 || w.calm < 0)
		fatal("cannot wait for packets");
	epoll_watch(w.all, queue_fd(g->queues[LISTED]), LISTED);
	epoll_watch(w.all, queue_fd(g->queues[CLOSED]), CLOSED);
	epoll_watch(w.all, channel, CHANNEL);
	epoll_watch(w.calm, queue_fd(g->queues[LISTED]), LISTED);
	epoll_watch(w.calm, channel, CHANNEL);
	if (g->nflog != NULL) {
		epoll_watch(w.all, nflog_fd(g->nflog), LOGGED);
		epoll_watch(w.calm, nflog_fd(g->nflog), LOGGED);
	}
	return w;
}

static void
show_life(struct gate *g)
{
	atomic_store_explicit(&g->state->alive, when_now(), memory_order_relaxed);
	count(&g->state->turns, 1);
}

/* Serves the ready descriptors, a batch each; ready[CLOSED] stays true if there is more. Returns the number of
 * strangers. */
static int
serve_ready(struct gate *g, bool ready[QUEUES])
{
	int strangers = 0, n;

	/* A flood of strangers must not delay listed hosts: their queue is served before every batch. */
	for (int batch = 0; batch < 32 && (ready[LISTED] || ready[CLOSED]); batch++) {
		ready[LISTED] = serve(g, LISTED) == QUEUE_BATCH;
		if (ready[CLOSED]) {
			n = serve(g, CLOSED);
			strangers += n;
			ready[CLOSED] = n == QUEUE_BATCH;
		}
		wake_recorder(g);
	}
	return strangers;
}

/* Waking up is most of the cost of a packet. So when strangers arrive in quick succession, they are left to accumulate
 * for a moment; listed hosts never wait. */
static void
loop(struct gate *g, const struct wait_sets *w, int channel)
{
	struct epoll_event events[SOURCES];
	struct steady served = {0}; /* time of the latest strangers */
	bool pause = false;

	while (!stopping) {
		int n = epoll_wait(pause ? w->calm : w->all, events, SOURCES, pause ? PAUSE : IDLE);
		struct steady now = steady_now();
		bool ready[QUEUES] = {false, pause && (n == 0 || steady_between(served, now) >= PAUSE * 1000)};
		bool logged = false;

		show_life(g);
		for (int i = 0; i < n; i++)
			if (events[i].data.u32 == CHANNEL) {
				if (!in_force_read(&g->in_force, channel))
					return;
			} else if (events[i].data.u32 == LOGGED) {
				logged = true;
			} else {
				ready[events[i].data.u32] = true;
			}
		if (!ready[CLOSED]) {
			serve_ready(g, ready);
		} else {
			pause = serve_ready(g, ready) > 0 && !ready[CLOSED] &&
			        steady_between(served, now) < 2 * PAUSE * 1000;
			served = now;
		}
		if (logged) /* packets that wait for a verdict come first */
			take_logged(g);
	}
}

static struct queue *
open_queue(uint16_t number, uint32_t length, bool open_when_full)
{
	char why[256];
	struct queue *q = queue_open(number, length, open_when_full, why, sizeof why);

	if (q == NULL)
		fatalx("%s", why);
	return q;
}

static struct nflog *
open_nflog(uint16_t group)
{
	char why[256];
	struct nflog *n = nflog_open(group, why, sizeof why);

	if (n == NULL)
		fatalx("%s", why);
	return n;
}

/* An orderly end: openings that the kernel has accepted and reported so far are still logged. */
static void
close_nflog(struct gate *g)
{
	if (g->nflog == NULL)
		return;
	nflog_unbind(g->nflog);
	while (take_logged(g) > 0)
		;
	nflog_close(g->nflog);
}

int
gate_main(const struct gate_setup *setup)
{
	const struct config *c = setup->config;
	const struct gate_share *share = &setup->shared->gates[setup->number];
	struct gate *g = calloc(1, sizeof *g);
	static char name[32] = "nfqd gate";
	char ready = GATE_READY;
	uint64_t seed;
	struct wait_sets w;

	if (c->workers > 1)
		snprintf(name, sizeof name, "nfqd gate %u", setup->number + 1);
	log_open(name);
	if (g == NULL || getrandom(&seed, sizeof seed, 0) != sizeof seed ||
	    (g->pace = pace_new(setup->shared->debts, PACED_OPENINGS, seed)) == NULL)
		fatal("gate");
	g->state = share->state;
	g->last_missing = setup->shared->last_missing;
	g->events_out = share->events;
	g->wake = setup->shared->wake;
	signal(SIGTERM, stop);
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	if (!in_force_map(&g->in_force, setup->policy_fd))
		fatal("cannot map the policy");
	close(setup->policy_fd);
	g->queues[LISTED] = open_queue(config_queue(c, true, setup->number), LISTED_LENGTH, true);
	g->queues[CLOSED] = open_queue(config_queue(c, false, setup->number), CLOSED_LENGTH, false);
	if (setup->number == 0)
		g->nflog = open_nflog(config_queue(c, true, 0));
	w = wait_sets_open(g, setup->channel);
	/* From here on: no root, no files, only CAP_NET_ADMIN, which the kernel requires for each verdict. */
	priv_drop(c->user, CAP_NET_ADMIN);
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0)
		fatal("cannot follow the supervisor");
	priv_filter(PRIV_GATE);
	show_life(g);
	log_speak();
	if (send(setup->channel, &ready, 1, MSG_NOSIGNAL) == 1) /* or else the supervisor is gone already */
		loop(g, &w, setup->channel);
	close_nflog(g);
	queue_close(g->queues[LISTED]);
	queue_close(g->queues[CLOSED]);
	pace_free(g->pace);
	free(g);
	return 0;
}
