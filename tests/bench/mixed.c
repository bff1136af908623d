/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mixed traffic, 1 % of it mail, for benches of pcapmon: as a capture file, or sent to an interface at a rate.
 *
 * usage: mixed FILE PACKETS
 *        mixed -i INTERFACE PACKETS PER_SECOND
 *
 * Connections of 20 packets (SYN, SYN-ACK, ACK, segments either way, a FIN of each side), one in 100 to port 25 and the
 * others to 443, 64 at a time; frames of 74 bytes without data, or 1514 with 1440. The file has 96 bytes of each at
 * most, 50,000 packets to the second. What the interface does not take is sent again. Prints how many packets went to
 * port 25 or came from it. Send it only inside a network namespace of your own. */
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"

#define PER_CONNECTION 20
#define MAIL_EVERY 100 /* connections */
#define AT_ONCE 64     /* connections whose packets alternate */
#define HEAD 96        /* bytes of a frame that are not zero, and that a file has */
#define SHORT 74       /* Ethernet, IPv4, TCP with 20 bytes of options */
#define LONGEST 1514
#define BATCH 64

struct frame {
	uint8_t bytes[LONGEST];
	uint32_t length;
	int mail;
};

static void
die(const char *what)
{
	fprintf(stderr, "mixed: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void
put32(uint8_t *b, uint32_t n)
{
	for (int i = 0; i < 4; i++)
		b[i] = (uint8_t)(n >> (24 - 8 * i));
}

static uint8_t
flags_of(unsigned k)
{
	if (k < 2)
		return k == 0 ? 0x02 : 0x12;
	return k >= PER_CONNECTION - 2 ? 0x11 : 0x10;
}

static int
is_back(unsigned k)
{
	return k == 1 || (k > 2 && k % 3 == 0);
}

static uint32_t
length_of(unsigned k)
{
	return k > 2 && k % 2 == 0 && k < PER_CONNECTION - 2 ? LONGEST : SHORT;
}

/* Sequence numbers that one side has used up before packet `k`, counted from its first. */
static uint32_t
sent_before(unsigned k, int back)
{
	uint32_t sent = 0;

	for (unsigned i = 0; i < k; i++)
		if (is_back(i) == back)
			sent += (uint32_t)((flags_of(i) & 0x03) != 0) + length_of(i) - SHORT;
	return sent;
}

/* Packet `n` of the traffic. */
static void
make_frame(struct frame *f, unsigned long n)
{
	static const uint8_t start[] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45, 0};
	unsigned long group = n / (AT_ONCE * PER_CONNECTION), place = n % (AT_ONCE * PER_CONNECTION);
	uint32_t connection = (uint32_t)(group * AT_ONCE + place % AT_ONCE);
	unsigned k = (unsigned)(place / AT_ONCE);
	uint32_t host = 0x0a010000 + connection % 5000, server = 0xcb007100 + connection % 251;
	uint32_t port = connection % MAIL_EVERY == 0 ? 25 : 443, own = 20000 + connection / 5000 % 40000;
	int back = is_back(k);
	uint32_t isn[2] = {connection * 7, connection * 7 + 1000000};
	uint8_t *b = f->bytes;

	f->mail = port == 25;
	f->length = length_of(k);
	memset(b, 0, HEAD);
	memcpy(b, start, sizeof start);
	put32(b + 16, (f->length - 14) << 16);
	b[22] = 64;
	b[23] = 6;
	put32(b + 26, back ? server : host);
	put32(b + 30, back ? host : server);
	put32(b + 34, back ? port << 16 | own : own << 16 | port);
	put32(b + 38, isn[back] + sent_before(k, back));
	put32(b + 42, k == 0 ? 0 : isn[!back] + sent_before(k, !back));
	b[46] = 0xa0;
	b[47] = flags_of(k);
	b[48] = 0xff;
	memset(b + 54, 1, SHORT - 54); /* options that do nothing */
}

static unsigned long
write_file(const char *path, unsigned long packets)
{
	const uint32_t header[6] = {0xa1b2c3d4, 4 << 16 | 2, 0, 0, HEAD, 1};
	FILE *file = fopen(path, "wb");
	struct frame f;
	unsigned long mail = 0;

	if (file == NULL || fwrite(header, sizeof header, 1, file) != 1)
		die(path);
	for (unsigned long n = 0; n < packets; n++) {
		uint32_t record[4] = {(uint32_t)(1700000000 + n / 50000), (uint32_t)(n % 50000 * 20)};

		make_frame(&f, n);
		record[2] = f.length < HEAD ? f.length : HEAD;
		record[3] = f.length;
		mail += (unsigned long)f.mail;
		if (fwrite(record, sizeof record, 1, file) != 1 || fwrite(f.bytes, record[2], 1, file) != 1)
			die(path);
	}
	if (fclose(file) != 0)
		die(path);
	return mail;
}

static int
open_interface(const char *name)
{
	struct sockaddr_ll ll = {.sll_family = AF_PACKET, .sll_protocol = 0, .sll_ifindex = (int)if_nametoindex(name)};
	int fd = socket(AF_PACKET, SOCK_RAW, 0), on = 1;

	if (fd < 0 || ll.sll_ifindex == 0 || bind(fd, (const struct sockaddr *)&ll, sizeof ll) != 0)
		die(name);
	setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof on);
	return fd;
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

static unsigned long
send_all(const char *interface, unsigned long packets, double rate)
{
	static struct frame frame[BATCH];
	struct mmsghdr headers[BATCH] = {0};
	struct iovec vectors[BATCH];
	int fd = open_interface(interface);
	double begin = bench_seconds(CLOCK_MONOTONIC);
	unsigned long mail = 0;

	for (unsigned long sent = 0; sent < packets;) {
		unsigned n = packets - sent < BATCH ? (unsigned)(packets - sent) : BATCH;

		for (unsigned i = 0; i < n; i++) {
			make_frame(&frame[i], sent + i);
			mail += (unsigned long)frame[i].mail;
			vectors[i] = (struct iovec){frame[i].bytes, frame[i].length};
			headers[i].msg_hdr = (struct msghdr){.msg_iov = &vectors[i], .msg_iovlen = 1};
		}
		send_batch(fd, headers, n);
		sent += n;
		while (bench_seconds(CLOCK_MONOTONIC) - begin < (double)sent / rate)
			usleep(100);
	}
	close(fd);
	return mail;
}

int
main(int argc, char **argv)
{
	int live = argc == 5 && strcmp(argv[1], "-i") == 0;
	unsigned long packets = live || argc == 3 ? strtoul(argv[argc - (live ? 2 : 1)], NULL, 10) : 0;
	double rate = live ? strtod(argv[4], NULL) : 0;

	if (packets == 0 || (live && rate <= 0)) {
		fprintf(stderr, "usage: mixed FILE PACKETS\n       mixed -i INTERFACE PACKETS PER_SECOND\n");
		return 2;
	}
	printf("%lu\n", live ? send_all(argv[2], packets, rate) : write_file(argv[1], packets));
	return 0;
}
