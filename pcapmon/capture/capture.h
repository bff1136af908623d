/* SPDX-License-Identifier: GPL-3.0-or-later */
/* capture: frames from an interface. The only file that knows libpcap; for files see savefile. */
#ifndef CAPTURE_H
#define CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/decode/frame.h"

struct capture;

struct capture_options {
	const uint16_t *ports;
	size_t port_count;
	int retire; /* milliseconds after which the kernel hands over a block that is not full */
};
/* An interface ("any": all; "ppp*": those that begin so), promiscuous, behind a kernel filter for TCP with one of the
 * ports, and DNS over UDP if its port is one of them. Never blocks: see capture_fd. NULL on error, with the reason,
 * which names the interface, in `why`. Needs CAP_NET_RAW. */
struct capture *capture_live(const char *interface, const struct capture_options *o, char *why, size_t size);
void capture_close(struct capture *c); /* accepts NULL */

/* Never FRAME_END. */
enum frame_result capture_next(struct capture *c, struct frame *out);
int capture_fd(const struct capture *c); /* readable when there may be a frame */
/* The interface exists and is up; `c`, or NULL, is a capture to ask with. */
bool capture_up(const struct capture *c, const char *interface);
/* After FRAME_ERROR: the reason, printable. Valid as long as the capture. */
const char *capture_error(const struct capture *c);
int capture_link(const struct capture *c); /* for decode() */
/* libpcap's name of a link type, or "unknown". */
const char *capture_link_name(int link);
/* Packets that the kernel had no room for, since the capture was opened. */
uint64_t capture_drops(struct capture *c);

#endif
