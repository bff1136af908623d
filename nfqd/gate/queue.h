/* SPDX-License-Identifier: GPL-3.0-or-later */
/* queue: netfilter queues: packets in, verdicts out. The only file that knows libnetfilter_queue.
 * Follows net/netfilter/nfnetlink_queue.c and include/uapi/linux/netfilter/nfnetlink_queue.h. */
#ifndef QUEUE_H
#define QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "opening.h"

#define QUEUE_BATCH 64 /* packets a read takes at most */

struct queue;

struct queued {
	uint32_t id;
	struct opening opening;
};

/* Binds and configures; afterwards packets are ours to answer. `length` is in packets. With `open_when_full` the kernel
 * lets pass what does not fit. NULL on error, with the reason and the remedy in `why`. */
struct queue *queue_open(uint16_t number, uint32_t length, bool open_when_full, char *why, size_t why_size);
void queue_close(struct queue *q); /* accepts NULL */
int queue_fd(const struct queue *q);
/* Reads without waiting. Returns the number of packets, 0 for none, -1 for an error of the socket. *overruns grows by
 * the number of times that the kernel reported a full socket, *errors by the number of verdicts that it rejected. */
int queue_read(struct queue *q, struct queued packets[QUEUE_BATCH], uint64_t *overruns, uint64_t *errors);
/* Puts a verdict into the batch, in the order of the packets as they were read. Accepted packets are not changed. */
void queue_accept(struct queue *q, const struct queued *p);
void queue_drop(struct queue *q, const struct queued *p);
/* Sends the batch. */
bool queue_send(struct queue *q);

/* A queue as the kernel shows it in /proc/net/netfilter/nfnetlink_queue. */
struct queue_look {
	uint32_t owner;        /* netlink port; a program's first is its pid */
	uint32_t waiting;      /* packets without a verdict */
	uint32_t dropped;      /* because the queue was full */
	uint32_t user_dropped; /* because they could not be handed over */
};
bool queue_look(uint16_t number, struct queue_look *out); /* false: nobody has bound it */

#endif
