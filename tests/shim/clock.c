/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Preloaded into nfqd and pcapmon by tests: their wall clock goes wrong by the microseconds in the file STEP_CLOCK,
 * which may change while they run, and with it the times of captured frames (by the step that held when the kernel took
 * them). Their time since boot is ahead by those of a suspension that only they have noticed. The machine's clock and
 * the steady one are left alone. libfaketime does this, too, but opens its file at each look, which nfqd's system-call
 * filter forbids: this maps it once, so that nfqd runs as it always does.
 */
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>

#include <dlfcn.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define STEPS 16384 /* as in tests/gateway/daemons.py */

struct steps {
	int64_t step, count, suspended;
	struct {
		int64_t from, step; /* microseconds since the epoch, by the machine's clock */
	} list[STEPS];
};

static const volatile struct steps *steps;

/* libpcap, if the program is linked with it: the kernel gives each frame its time. */
struct pcap;
struct pcap_pkthdr {
	struct timeval ts;
};
int pcap_next_ex(struct pcap *from, struct pcap_pkthdr **header, const unsigned char **bytes);
static int (*next_frame)(struct pcap *from, struct pcap_pkthdr **header, const unsigned char **bytes);

__attribute__((constructor)) static void
map_step(void)
{
	const char *path = getenv("STEP_CLOCK");
	int fd = path != NULL ? open(path, O_RDONLY | O_CLOEXEC) : -1;

	if (fd < 0)
		return;
	steps = mmap(NULL, sizeof *steps, PROT_READ, MAP_SHARED, fd, 0);
	if (steps == MAP_FAILED) {
		perror("STEP_CLOCK");
		_exit(1);
	}
	close(fd);
	next_frame =
	        (int (*)(struct pcap *, struct pcap_pkthdr **, const unsigned char **))dlsym(RTLD_NEXT, "pcap_next_ex");
}

int
pcap_next_ex(struct pcap *from, struct pcap_pkthdr **header, const unsigned char **bytes)
{
	int rc = next_frame(from, header, bytes);

	if (rc == 1) {
		int64_t when = (int64_t)(*header)->ts.tv_sec * 1000000 + (*header)->ts.tv_usec, n = steps->count;

		while (n > 0 && steps->list[n - 1].from > when)
			n--;
		when += n > 0 ? steps->list[n - 1].step : 0;
		(*header)->ts = (struct timeval){when / 1000000, when % 1000000};
	}
	return rc;
}

int
clock_gettime(clockid_t clock, struct timespec *out)
{
	int64_t microseconds;

	if (syscall(SYS_clock_gettime, clock, out) != 0)
		return -1;
	if ((clock != CLOCK_REALTIME && clock != CLOCK_BOOTTIME) || steps == NULL)
		return 0;
	microseconds = (int64_t)out->tv_sec * 1000000 + out->tv_nsec / 1000;
	microseconds += clock == CLOCK_REALTIME ? steps->step : steps->suspended;
	out->tv_sec = (time_t)(microseconds / 1000000);
	out->tv_nsec = (long)(microseconds % 1000000) * 1000;
	return 0;
}

int
gettimeofday(struct timeval *out, void *zone)
{
	struct timespec ts;

	(void)zone;
	clock_gettime(CLOCK_REALTIME, &ts);
	*out = (struct timeval){ts.tv_sec, ts.tv_nsec / 1000};
	return 0;
}

time_t
time(time_t *out)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	if (out != NULL)
		*out = ts.tv_sec;
	return ts.tv_sec;
}
