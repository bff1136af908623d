/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pattern.h"

#include <sys/ioctl.h>

#include <net/if.h>
#include <stdlib.h>

#include "lib/base/link.h"
#include "lib/base/when.h"

#define KNOWN 8192 /* a power of two */
#define VALID (5 * SECOND)

struct known {
	uint32_t number; /* 0: none */
	bool fits;
	int64_t asked;
};

struct pattern {
	const char *name;
	int fd;
	struct known known[KNOWN]; /* by number: the kernel counts them up */
};

struct pattern *
pattern_new(const char *name, int fd)
{
	struct pattern *p = calloc(1, sizeof *p);

	if (p != NULL) {
		p->name = name;
		p->fd = fd;
	}
	return p;
}

void
pattern_free(struct pattern *p)
{
	free(p);
}

bool
pattern_fits(struct pattern *p, uint32_t number, int64_t when)
{
	struct known *k = &p->known[number % KNOWN];
	struct ifreq request = {.ifr_ifindex = (int)number};

	if (k->number == number && when >= k->asked && when < k->asked + VALID)
		return k->fits;
	if (ioctl(p->fd, SIOCGIFNAME, &request) == 0)
		*k = (struct known){number, link_fits(p->name, request.ifr_name), when};
	return k->number == number && k->fits;
}
