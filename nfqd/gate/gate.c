/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How it works: wait for either queue; take a batch; decide each packet by the policy alone; send the verdicts; and
 * only then put the events into the spool. Listed sources' queue is served first. */
#include "gate.h"

#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <errno.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/decode/decode.h"
#include "lib/base/log.h"
#include "pace.h"
#include "lib/priv/priv.h"
#include "queue.h"
#include "lib/base/steady.h"
#include "lib/base/when.h"

#define LISTED_LENGTH 16     /* packets: short, so that a stopped gate holds up few openings before the rest pass */
#define CLOSED_LENGTH 16384  /* packets */
#define PACED_OPENINGS 65536 /* 3 MiB; openings of 180 s of sources with a `max` */
#define IDLE 250             /* milliseconds between signs of life */
#define PAUSE 2              /* milliseconds that strangers may wait while they come in numbers */

enum { LISTED, CLOSED, QUEUES, CHANNEL = QUEUES };

struct gate {
	const struct policy *policy;
	size_t policy_size;
	uint32_t mark, mark_mask;
	struct gate_state *state;
	struct spool *events_out;
	int wake; /* the recorder */
	struct pace *pace;
	struct queue *queues[QUEUES];
	struct queued packets[QUEUE_BATCH];
	struct event events[QUEUE_BATCH];
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

int
gate_policy_memory(const struct policy *p)
{
	int fd = memfd_create("nfqd policy", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	void *to;

	if (fd < 0)
		return -1;
	if (ftruncate(fd, (off_t)p->size) != 0 ||
	    (to = mmap(NULL, p->size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0)) == MAP_FAILED) {
		close(fd);
		return -1;
	}
	memcpy(to, p, p->size);
	munmap(to, p->size);
	return fd;
}

static bool
map_policy(struct gate *g, int fd)
{
	const struct policy *p;
	struct stat st;

	if (fstat(fd, &st) != 0 ||
	    (p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED | MAP_POPULATE, fd, 0)) == MAP_FAILED)
		return false;
	if (g->policy != NULL)
		munmap((void *)(uintptr_t)g->policy, g->policy_size);
	g->policy = p;
	g->policy_size = (size_t)st.st_size;
	return true;
}

/* A new policy from the supervisor. False: the supervisor is gone. */
static bool
read_channel(struct gate *g, int channel)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	char byte = 0;
	struct iovec iov = {&byte, 1};
	struct msghdr message = {
	        .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
	ssize_t n = recvmsg(channel, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	const struct cmsghdr *c;
	int fd;

	if (n <= 0)
		return n < 0 && (errno == EAGAIN || errno == EINTR);
	c = CMSG_FIRSTHDR(&message);
	if (c == NULL || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
		return true;
	memcpy(&fd, CMSG_DATA(c), sizeof fd);
	byte = map_policy(g, fd) ? GATE_POLICY : '!';
	close(fd);
	send(channel, &byte, 1, MSG_DONTWAIT | MSG_NOSIGNAL);
	return true;
}

/* What the policy says of an opening, and the pace of its source where the policy asks for it. */
static struct decision
decide(struct gate *g, const struct queued *queued, const struct packet *packet, int64_t now, struct steady steady)
{
	const struct flow flow = {packet->src, packet->dst, packet->sport, packet->dport};
	const uint32_t *user = queued->has_user ? &queued->user : NULL;
	struct decision d = queued->local ? policy_decide_local(g->policy, user, &packet->src, &packet->dst, now)
	                                  : policy_decide(g->policy, &packet->src, &packet->dst, now);
	const struct limit limit = {d.max, d.limit};

	if (d.max > 0 && !pace_ask(g->pace, &flow, packet->seq, &limit, steady))
		return policy_over_max(g->policy, &packet->src, &d);
	return d;
}

/* The verdict for one packet, and the event that tells of it. */
static void
judge(struct gate *g, int q, const struct queued *queued, int64_t now, struct steady steady, struct event *event)
{
	struct decision d = {.verdict = q == LISTED ? VERDICT_PASS : VERDICT_DROP, .reason = REASON_UNREADABLE};
	struct packet packet;

	*event = (struct event){.when = now, .has_mac = queued->has_mac};
	memcpy(event->mac, queued->mac, sizeof event->mac);
	if (decode_packet(queued->bytes, queued->size, &packet)) {
		d = decide(g, queued, &packet, now, steady);
		event->src = packet.src;
		event->dst = packet.dst;
		event->sport = packet.sport;
		event->dport = packet.dport;
		event->isn = packet.seq;
		event->raw = packet.raw;
		event->stack = packet.stack;
		event->clock = packet.clock;
	}
	event->verdict = d.verdict;
	event->reason = d.reason;
	if (d.verdict == VERDICT_DROP)
		queue_drop(g->queues[q], queued);
	else if (d.verdict == VERDICT_REJECT) /* goes on, marked: the kernel answers it */
		queue_reject(g->queues[q], queued, (queued->mark & ~g->mark_mask) | g->mark);
	else /* what passes must not look refused because somebody else uses that mark */
		queue_accept(g->queues[q], queued,
		             (queued->mark & g->mark_mask) == g->mark ? queued->mark & ~g->mark_mask : queued->mark);
}

/* How many packets there were; a full batch: there may be more. */
static int
serve(struct gate *g, int q)
{
	struct gate_state *state = g->state;
	uint64_t overruns = 0, errors = 0;
	struct steady steady = steady_now();
	int64_t now = when_now();
	int n = queue_read(g->queues[q], g->packets, &overruns, &errors);

	if (n < 0)
		fatal("queue %s", q == LISTED ? "of listed sources" : "of strangers");
	for (int i = 0; i < n; i++)
		judge(g, q, &g->packets[i], now, steady, &g->events[i]);
	if (!queue_send(g->queues[q]))
		count(&state->errors, (uint64_t)n);
	for (int i = 0; i < n; i++) {
		count(&state->verdicts[g->events[i].verdict][g->events[i].reason], 1);
		spool_put(g->events_out, &g->events[i]);
	}
	count(&state->packets[q], (uint64_t)n);
	count(&state->overruns, overruns);
	count(&state->errors, errors);
	atomic_store_explicit(&state->evicted_sources, pace_evicted_sources(g->pace), memory_order_relaxed);
	atomic_store_explicit(&state->evicted_openings, pace_evicted_openings(g->pace), memory_order_relaxed);
	return n;
}

/* The recorder looks once a second by itself; it is woken earlier when the spool fills up. */
static void
wake_recorder(struct gate *g)
{
	uint64_t one = 1;

	if (spool_head(g->events_out) - spool_tail(g->events_out) > spool_room(g->events_out) / 8)
		(void)!write(g->wake, &one, sizeof one);
}

static void
watch(int epoll, int fd, uint32_t which)
{
	struct epoll_event e = {.events = EPOLLIN, .data.u32 = which};

	if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e) != 0)
		fatal("cannot wait for packets");
}

/* What the gate waits for: everything, or everything but strangers. */
struct waiting {
	int all, calm;
};

static struct waiting
watch_all(const struct gate *g, int channel)
{
	struct waiting w = {epoll_create1(EPOLL_CLOEXEC), epoll_create1(EPOLL_CLOEXEC)};

	if (w.all < 0 || w.calm < 0)
		fatal("cannot wait for packets");
	watch(w.all, queue_fd(g->queues[LISTED]), LISTED);
	watch(w.all, queue_fd(g->queues[CLOSED]), CLOSED);
	watch(w.all, channel, CHANNEL);
	watch(w.calm, queue_fd(g->queues[LISTED]), LISTED);
	watch(w.calm, channel, CHANNEL);
	return w;
}

static void
show_life(struct gate *g)
{
	atomic_store_explicit(&g->state->alive, when_now(), memory_order_relaxed);
	count(&g->state->turns, 1);
}

/* Batches of what is ready; ready[CLOSED] stays true if there is more. How many were strangers. */
static int
serve_ready(struct gate *g, bool ready[QUEUES])
{
	int strangers = 0, n;

	/* A flood of strangers must not keep the listed waiting: look at theirs before every batch. */
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

/* Most of what a packet costs is waking up for it. So where strangers come one on the heels of the other, they are
 * left to gather for a moment; who is listed never waits. */
static void
loop(struct gate *g, const struct waiting *w, int channel)
{
	struct epoll_event events[QUEUES + 1];
	struct steady served = {0}; /* when strangers were, last */
	bool pause = false;

	while (!stopping) {
		int n = epoll_wait(pause ? w->calm : w->all, events, QUEUES + 1, pause ? PAUSE : IDLE);
		struct steady now = steady_now();
		bool ready[QUEUES] = {false, pause && (n == 0 || steady_between(served, now) >= PAUSE * 1000)};

		show_life(g);
		for (int i = 0; i < n; i++)
			if (events[i].data.u32 == CHANNEL) {
				if (!read_channel(g, channel))
					return;
			} else {
				ready[events[i].data.u32] = true;
			}
		if (!ready[CLOSED]) {
			serve_ready(g, ready);
			continue;
		}
		pause = serve_ready(g, ready) > 0 && !ready[CLOSED] && steady_between(served, now) < 2 * PAUSE * 1000;
		served = now;
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

int
gate_main(const struct gate_setup *setup)
{
	const struct config *c = setup->config;
	const struct gate_share *share = &setup->shared->gates[setup->number];
	struct gate *g = calloc(1, sizeof *g);
	static char name[32] = "nfqd gate";
	char ready = GATE_READY;
	uint64_t seed;
	struct waiting w;

	if (c->workers > 1)
		snprintf(name, sizeof name, "nfqd gate %u", setup->number + 1);
	log_open(name);
	if (g == NULL || getrandom(&seed, sizeof seed, 0) != sizeof seed ||
	    (g->pace = pace_new(setup->shared->debts, PACED_OPENINGS, seed)) == NULL)
		fatal("gate");
	g->state = share->state;
	g->events_out = share->events;
	g->wake = setup->shared->wake;
	g->mark = c->mark;
	g->mark_mask = c->mark_mask;
	signal(SIGTERM, stop);
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	if (!map_policy(g, setup->policy_fd))
		fatal("cannot map the policy");
	g->queues[LISTED] = open_queue(config_queue(c, true, setup->number), LISTED_LENGTH, true);
	g->queues[CLOSED] = open_queue(config_queue(c, false, setup->number), CLOSED_LENGTH, false);
	w = watch_all(g, setup->channel);
	/* From here on: no root, no file, nothing but the right to send verdicts, which the kernel wants at each. */
	priv_drop(c->user, CAP_NET_ADMIN);
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0)
		fatal("cannot follow the supervisor");
	priv_filter(PRIV_GATE);
	show_life(g);
	if (send(setup->channel, &ready, 1, MSG_NOSIGNAL) == 1) /* or else the supervisor is gone already */
		loop(g, &w, setup->channel);
	queue_close(g->queues[LISTED]);
	queue_close(g->queues[CLOSED]);
	pace_free(g->pace);
	free(g);
	return 0;
}
