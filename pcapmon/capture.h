/* SPDX-License-Identifier: GPL-3.0-or-later */
/* capture: frames from an interface or from a file. The only file that knows libpcap. */
#ifndef CAPTURE_H
#define CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct capture;

/* Valid until the next call. */
struct frame {
	const uint8_t *bytes;
	size_t caplen;
	int64_t when; /* microseconds since the epoch; finer stamps are cut off, wild ones moved into 1970 to 9999 */
};

enum capture_result { CAPTURE_FRAME, CAPTURE_NOTHING, CAPTURE_END, CAPTURE_ERROR };

/* A pcap or pcapng file; "-" is standard input. NULL on error, with the reason, which names the file, in `why`. */
struct capture *capture_file(const char *path, char *why, size_t size);
/* An interface, promiscuous, behind a kernel filter for TCP with one of the ports (count 0: all), and for DNS over
 * UDP if its port is among them. Never blocks: see
 * capture_wait. NULL on error, with the reason, which names the interface, in `why`. Needs CAP_NET_RAW. */
struct capture *capture_live(const char *interface, const uint16_t *ports, size_t count, char *why, size_t size);
void capture_close(struct capture *c); /* accepts NULL */

/* CAPTURE_NOTHING only live, CAPTURE_END only from a file. */
enum capture_result capture_next(struct capture *c, struct frame *out);
/* Live: waits until there may be a frame, a signal, or `milliseconds` are over. */
void capture_wait(const struct capture *c, int milliseconds);
/* Live: whether the interface exists and is up. */
bool capture_up(const char *interface);
/* After CAPTURE_ERROR: the reason, printable. Valid as long as the capture. */
const char *capture_error(const struct capture *c);
int capture_link(const struct capture *c); /* for decode() */
const char *capture_link_name(const struct capture *c);
/* Live: packets that the kernel had no room for, since the capture was opened. */
uint64_t capture_drops(const struct capture *c);

#endif
