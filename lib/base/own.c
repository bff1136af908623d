/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "own.h"

#include <ifaddrs.h>
#include <netinet/in.h>
#include <string.h>

static struct addr
address_of(const struct sockaddr *a)
{
	struct sockaddr_in four;
	struct sockaddr_in6 six;

	if (a != NULL && a->sa_family == AF_INET) {
		memcpy(&four, a, sizeof four);
		return addr_v4((const uint8_t *)&four.sin_addr);
	}
	if (a != NULL && a->sa_family == AF_INET6) {
		memcpy(&six, a, sizeof six);
		return addr_v6((const uint8_t *)&six.sin6_addr);
	}
	return (struct addr){0};
}

bool
own_address(const struct addr *a)
{
	struct ifaddrs *all;
	bool own = false;

	if (getifaddrs(&all) != 0)
		return false;
	for (const struct ifaddrs *i = all; i != NULL && !own; i = i->ifa_next) {
		struct addr mine = address_of(i->ifa_addr);

		own = addr_equal(&mine, a);
	}
	freeifaddrs(all);
	return own;
}
