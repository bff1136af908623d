/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "own.h"

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
own_among(const struct ifaddrs *list, const struct addr *a)
{
	for (; list != NULL; list = list->ifa_next) {
		struct addr own = address_of(list->ifa_addr);

		if (addr_equal(&own, a))
			return true;
	}
	return false;
}

bool
own_address(const struct addr *a)
{
	struct ifaddrs *all;
	bool own;

	if (getifaddrs(&all) != 0)
		return false;
	own = own_among(all, a);
	freeifaddrs(all);
	return own;
}
