/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A flood of connection openings for tests and benches: TCP SYNs from many sources to many destinations, written to an
 * interface with its source MAC address, as fast as it takes them or at a rate.
 *
 * usage: flood [-cru] [-p PORT] [-t SECONDS] INTERFACE GATEWAY_MAC FIRST_SOURCE SOURCES FIRST_DESTINATION DESTINATIONS
 * PACKETS [PER_SECOND] Packet n comes from source n % SOURCES, or with -u from one of them by lot, the first ones more
 * often, and goes to destination n % DESTINATIONS, port 25 or PORT; no two have the same ports and sequence number.
 * With -r (not with -u; it needs a rate) each is resent after 1 and 3 s, as a kernel does that gets no answer, on top
 * of PACKETS. Ends after so many packets or seconds. What the interface does not take is sent again, so that on a veth
 * pair every packet reaches the other end. Prints how many were sent and in how many seconds, passed and of processor
 * time; with -c then also "ADDRESS PACKETS" of each source. Send it only inside a network namespace of your own. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"

#define BATCH 64
#define FRAME 58 /* Ethernet 14, IPv4 20, TCP 20 with an MSS option of 4 */

static void
die(const char *what)
{
	fprintf(stderr, "flood: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void
put16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void
put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v & 0xffff);
}

static uint32_t
sum16(const uint8_t *p, size_t n)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < n; i += 2)
		sum += (uint32_t)p[i] << 8 | p[i + 1];
	return sum;
}

static uint32_t
fold(uint32_t sum)
{
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum & 0xffff;
}

static uint32_t port = 25;
static uint32_t first_isn; /* differs from run to run, so that no run repeats the SYNs of another */

/* The parts that differ from packet to packet, and the checksums. */
static void
fill(uint8_t *frame, uint32_t source, uint32_t destination, uint64_t n)
{
	uint8_t *ip = frame + 14, *tcp = ip + 20;

	put32(ip + 12, source);
	put32(ip + 16, destination);
	put16(ip + 10, 0);
	put16(ip + 10, fold(sum16(ip, 20)));
	put16(tcp, 1024 + (uint32_t)(n % 60000));
	put32(tcp + 4, first_isn + (uint32_t)n * 2654435761U);
	put16(tcp + 16, 0);
	put16(tcp + 16, fold(sum16(tcp, 24) + sum16(ip + 12, 8) + IPPROTO_TCP + 24));
}

static void
prepare(uint8_t *frame, const uint8_t from[6], const uint8_t to[6])
{
	uint8_t *ip = frame + 14, *tcp = ip + 20;

	memcpy(frame, to, 6);
	memcpy(frame + 6, from, 6);
	put16(frame + 12, ETH_P_IP);
	ip[0] = 0x45;
	put16(ip + 2, 44);
	put16(ip + 6, 0x4000);
	ip[8] = 64;
	ip[9] = IPPROTO_TCP;
	put16(tcp + 2, port);
	tcp[12] = 0x60;
	tcp[13] = 0x02;
	put16(tcp + 14, 64240);
	tcp[20] = 2;
	tcp[21] = 4;
	put16(tcp + 22, 1460);
}

static int
open_interface(const char *name, uint8_t mac[6])
{
	struct sockaddr_ll ll = {.sll_family = AF_PACKET, .sll_protocol = 0, .sll_ifindex = (int)if_nametoindex(name)};
	int fd = socket(AF_PACKET, SOCK_RAW, 0), on = 1;
	struct ifreq ifr;

	if (fd < 0 || ll.sll_ifindex == 0 || bind(fd, (const struct sockaddr *)&ll, sizeof ll) != 0)
		die(name);
	memset(&ifr, 0, sizeof ifr);
	snprintf(ifr.ifr_name, sizeof ifr.ifr_name, "%s", name);
	if (ioctl(fd, SIOCGIFHWADDR, &ifr) != 0)
		die(name);
	memcpy(mac, ifr.ifr_hwaddr.sa_data, 6);
	setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof on);
	return fd;
}

static int
parse_mac(const char *text, uint8_t mac[6])
{
	for (int i = 0; i < 6; i++) {
		char *end;

		mac[i] = (uint8_t)strtoul(text, &end, 16);
		if (end != text + 2 || *end != (i < 5 ? ':' : '\0'))
			return 0;
		text = end + 1;
	}
	return 1;
}

struct flood {
	uint32_t source, destination; /* the first ones, host byte order */
	unsigned sources, destinations;
	uint64_t packets;
	double rate, limit; /* packets a second, seconds; 0: no limit */
	int uneven, resend;
	uint64_t *counts; /* sent by each source */
};

static uint64_t
lot(void)
{
	static uint64_t state = 88172645463325252U; /* xorshift: the same lots in every run */

	state ^= state << 13;
	state ^= state >> 7;
	return state ^= state << 17;
}

static unsigned
source_of(const struct flood *f, uint64_t n)
{
	unsigned a, b;

	if (!f->uneven)
		return (unsigned)(n % f->sources);
	a = (unsigned)(lot() % f->sources);
	b = (unsigned)(lot() % f->sources);
	return a < b ? a : b;
}

static void
send_batch(int fd, struct mmsghdr *headers, unsigned n)
{
	for (unsigned done = 0; done < n;) {
		int got = sendmmsg(fd, headers + done, n - done, 0);

		if (got < 0 && errno != ENOBUFS && errno != EAGAIN && errno != EINTR)
			die("send");
		done += got > 0 ? (unsigned)got : 0;
	}
}

/* How many of the openings are to be sent until `at` seconds after the begin. */
static uint64_t
due(const struct flood *f, double at)
{
	if (f->rate == 0 || at * f->rate >= (double)f->packets)
		return f->packets;
	return at > 0 ? (uint64_t)(at * f->rate) : 0;
}

#define RESENDS 2
static const double delay[1 + RESENDS] = {0, 1, 3}; /* seconds after an opening, at which it is sent again */

struct progress {
	uint64_t next[1 + RESENDS]; /* numbers of the openings to be sent, and resent, next */
};

/* Makes frames of what is to be sent by now; returns how many. */
static unsigned
make_batch(const struct flood *f, struct progress *p, double now, uint8_t frames[BATCH][FRAME])
{
	unsigned n = 0;

	for (int i = f->resend ? RESENDS : 0; i >= 0; i--)
		for (uint64_t end = due(f, now - delay[i]); p->next[i] < end && n < BATCH; p->next[i]++) {
			unsigned source = source_of(f, p->next[i]);

			fill(frames[n++], f->source + source, f->destination + (uint32_t)(p->next[i] % f->destinations),
			     p->next[i]);
			f->counts[source]++;
		}
	return n;
}

static void
flood(const struct flood *f, int fd, const uint8_t from[6], const uint8_t to[6])
{
	static uint8_t frames[BATCH][FRAME];
	struct mmsghdr headers[BATCH] = {0};
	struct iovec vectors[BATCH];
	struct progress progress = {0};
	double begin = bench_seconds(CLOCK_MONOTONIC), now = 0;
	uint64_t sent = 0;

	for (int i = 0; i < BATCH; i++) {
		prepare(frames[i], from, to);
		vectors[i] = (struct iovec){frames[i], FRAME};
		headers[i].msg_hdr = (struct msghdr){.msg_iov = &vectors[i], .msg_iovlen = 1};
	}
	first_isn = (uint32_t)(begin * 1e6);
	while (progress.next[f->resend ? RESENDS : 0] < f->packets && (f->limit == 0 || now < f->limit)) {
		unsigned n;

		now = bench_seconds(CLOCK_MONOTONIC) - begin;
		n = make_batch(f, &progress, now, frames);
		send_batch(fd, headers, n);
		sent += n;
		if (n == 0)
			usleep(100);
	}
	printf("%llu sent in %.3f s with %.3f s of processor time\n", (unsigned long long)sent,
	       bench_seconds(CLOCK_MONOTONIC) - begin, bench_seconds(CLOCK_PROCESS_CPUTIME_ID));
}

static void
print_counts(const struct flood *f)
{
	for (unsigned i = 0; i < f->sources; i++) {
		struct in_addr a = {htonl(f->source + i)};
		char text[INET_ADDRSTRLEN];

		if (f->counts[i] > 0)
			printf("%s %llu\n", inet_ntop(AF_INET, &a, text, sizeof text),
			       (unsigned long long)f->counts[i]);
	}
}

static int
usage(void)
{
	fprintf(stderr,
	        "usage: flood [-cru] [-p PORT] [-t SECONDS] INTERFACE GATEWAY_MAC FIRST_SOURCE SOURCES FIRST_DESTINATION "
	        "DESTINATIONS PACKETS [PER_SECOND]\n");
	return 2;
}

int
main(int argc, char **argv)
{
	struct flood f = {0};
	struct in_addr source, destination;
	uint8_t mac[6], gateway[6];
	int fd, opt, counts = 0;

	while ((opt = getopt(argc, argv, "crup:t:")) != -1)
		switch (opt) {
		case 'c':
			counts = 1;
			break;
		case 'r':
			f.resend = 1;
			break;
		case 'u':
			f.uneven = 1;
			break;
		case 'p':
			port = (uint32_t)strtoul(optarg, NULL, 10);
			break;
		case 't':
			f.limit = strtod(optarg, NULL);
			break;
		default:
			return usage();
		}
	argc -= optind;
	argv += optind;
	if (argc < 7 || argc > 8 || !parse_mac(argv[1], gateway) || inet_pton(AF_INET, argv[2], &source) != 1 ||
	    inet_pton(AF_INET, argv[4], &destination) != 1)
		return usage();
	f.source = ntohl(source.s_addr);
	f.sources = (unsigned)strtoul(argv[3], NULL, 10);
	f.destination = ntohl(destination.s_addr);
	f.destinations = (unsigned)strtoul(argv[5], NULL, 10);
	f.packets = strtoull(argv[6], NULL, 10);
	f.rate = argc > 7 ? strtod(argv[7], NULL) : 0;
	if (f.sources == 0 || f.destinations == 0 || (f.resend && (f.rate == 0 || f.uneven)))
		return usage();
	if ((f.counts = calloc(f.sources, sizeof *f.counts)) == NULL)
		die("memory");
	fd = open_interface(argv[0], mac);
	flood(&f, fd, mac, gateway);
	if (counts)
		print_counts(&f);
	close(fd);
	free(f.counts);
	return 0;
}
