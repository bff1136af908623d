/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How long `pcapmon -r` takes for a capture of 10,000,000 packets, 1 % of them mail, against tcpdump with
 * `tcp port 25`; and for 1,000,000 packets, against tshark.
 *
 *   bench_capture [PACKETS]      BUILD names the folder with the programs; the files go to TMPDIR, about 1.2 GB
 *
 * The traffic: connections of 20 packets (SYN, SYN-ACK, ACK, and segments either way), one in 100 to port 25 and the
 * others to 443; frames of 74 or 1514 bytes, of which 96 at most were captured. Figures are CPU seconds and wall
 * seconds of whole processes, the best of three in turns (tshark: one). */
#include <sys/resource.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PACKETS 10000000UL
#define TSHARK_PACKETS 1000000UL /* ten million would take it minutes */
#define PER_CONNECTION 20
#define MAIL_EVERY 100 /* connections */
#define AT_ONCE 64     /* connections whose packets alternate */
#define SNAPLEN 96
#define ROUNDS 3

struct took {
	double wall, cpu;
};

static void
put32(uint8_t *b, uint32_t n)
{
	for (int i = 0; i < 4; i++)
		b[i] = (uint8_t)(n >> (24 - 8 * i));
}

/* Ethernet, IPv4 and TCP: packet `k` of a connection. Returns the length on the wire. */
static uint32_t
make_frame(uint8_t b[SNAPLEN], uint32_t connection, unsigned k)
{
	static const uint8_t start[] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45, 0};
	uint32_t host = 0x0a010000 + connection % 5000, server = 0xcb007100 + connection % 251;
	uint32_t port = connection % MAIL_EVERY == 0 ? 25 : 443, own = 20000 + connection / 5000 % 40000;
	int back = k == 1 || (k > 2 && k % 3 == 0);
	uint32_t length = k > 2 && k % 2 == 0 ? 1514 : 74;

	memset(b, 0, SNAPLEN);
	memcpy(b, start, sizeof start);
	put32(b + 16, (length - 14) << 16);
	b[22] = 64;
	b[23] = 6;
	put32(b + 26, back ? server : host);
	put32(b + 30, back ? host : server);
	put32(b + 34, back ? port << 16 | own : own << 16 | port);
	put32(b + 38, connection * 7 + (back ? 1000000 : 0) + (k > 1 ? 1 : 0));
	put32(b + 42, k == 0 ? 0 : connection * 7 + (back ? 0 : 1000000) + 1);
	b[46] = 0x50;
	b[47] = k == 0 ? 0x02 : k == 1 ? 0x12 : 0x10;
	b[48] = 0xff;
	return length;
}

static void
make_capture(const char *path, unsigned long packets)
{
	const uint32_t header[6] = {0xa1b2c3d4, 4 << 16 | 2, 0, 0, SNAPLEN, 1};
	FILE *file = fopen(path, "wb");
	uint8_t frame[SNAPLEN];

	if (file == NULL || fwrite(header, sizeof header, 1, file) != 1) {
		perror(path);
		exit(1);
	}
	for (unsigned long n = 0; n < packets; n++) {
		unsigned long group = n / (AT_ONCE * PER_CONNECTION), place = n % (AT_ONCE * PER_CONNECTION);
		uint32_t length =
		        make_frame(frame, (uint32_t)(group * AT_ONCE + place % AT_ONCE), (unsigned)(place / AT_ONCE));
		uint32_t captured = length < SNAPLEN ? length : SNAPLEN;
		uint32_t record[4] = {(uint32_t)(1700000000 + n / 50000), (uint32_t)(n % 50000 * 20), captured, length};

		fwrite(record, sizeof record, 1, file);
		fwrite(frame, captured, 1, file);
	}
	if (fclose(file) != 0) {
		perror(path);
		exit(1);
	}
}

/* Ends the benchmark if the program fails: a figure of that would say nothing. */
static struct took
run(char *const *argv)
{
	struct timespec begin, end;
	struct rusage usage;
	struct took t;
	int status;
	pid_t pid;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	pid = fork();
	if (pid == 0) {
		int null = open("/dev/null", O_WRONLY);

		dup2(null, STDOUT_FILENO);
		dup2(null, STDERR_FILENO);
		execvp(argv[0], argv);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &usage) != pid || status != 0) {
		fprintf(stderr, "bench_capture: %s failed\n", argv[0]);
		exit(1);
	}
	clock_gettime(CLOCK_MONOTONIC, &end);
	t.wall = (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) * 1e-9;
	t.cpu = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	        (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
	return t;
}

static void
keep_best(struct took *best, struct took t, int round)
{
	if (round == 0 || t.wall < best->wall)
		best->wall = t.wall;
	if (round == 0 || t.cpu < best->cpu)
		best->cpu = t.cpu;
}

static void
compare(const char *name, char *const *theirs, char *const *ours, int rounds, double goal)
{
	struct took a = {0}, b = {0};

	for (int round = 0; round < rounds; round++) {
		keep_best(&a, run(theirs), round);
		keep_best(&b, run(ours), round);
	}
	printf("%-8s %7.2f s (CPU %6.2f s)   pcapmon %6.2f s (CPU %5.2f s)   ratio %.3f, CPU %.3f (goal: <= %.2f)\n",
	       name, a.wall, a.cpu, b.wall, b.cpu, b.wall / a.wall, b.cpu / a.cpu, goal);
}

int
main(int argc, char **argv)
{
	unsigned long packets = argc > 1 ? strtoul(argv[1], NULL, 10) : PACKETS;
	const char *tmp = getenv("TMPDIR"), *build = getenv("BUILD");
	char path[4096], pcapmon[4096];
	char *tcpdump[] = {"tcpdump", "-r", path, "-w", "/dev/null", "tcp port 25", NULL};
	char *tshark[] = {"tshark", "-n", "-r", path, "-Y", "tcp.flags.syn==1", NULL};
	char *ours[] = {pcapmon, "-r", path, "--json", NULL};
	char *version[] = {"tshark", "--version", NULL};

	if (packets == 0) {
		fprintf(stderr, "usage: bench_capture [PACKETS]\n");
		return 2;
	}
	snprintf(path, sizeof path, "%s/nfqd-bench-%ld.pcap", tmp != NULL ? tmp : "/tmp", (long)getpid());
	snprintf(pcapmon, sizeof pcapmon, "%s/bin/pcapmon", build != NULL ? build : "build");
	make_capture(path, packets);
	printf("%lu packets\n", packets);
	compare("tcpdump", tcpdump, ours, ROUNDS, 1.3);
	if (system("command -v tshark >/dev/null 2>&1") == 0) {
		make_capture(path, TSHARK_PACKETS);
		printf("%lu packets\n", TSHARK_PACKETS);
		run(version); /* its files are in memory then */
		compare("tshark", tshark, ours, 1, 0.02);
	} else {
		printf("tshark is not installed\n");
	}
	unlink(path);
	return 0;
}
