/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Links, addresses and routes by rtnetlink(7): three dumps. */
#include "look.h"

#include <net/if.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/rtnetlink.h>

#include "nfqd/kernel/netlink.h"

#define ATTRIBUTES 64 /* more than any of these messages has */

/* Numbers of rtnetlink are in the order of this machine. */
static uint32_t
number(const struct nlattr *attribute)
{
	return attribute != NULL && mnl_attr_get_payload_len(attribute) == 4 ? mnl_attr_get_u32(attribute) : 0;
}

/* The entry of an array of 32-bit numbers. */
static uint32_t
entry(const struct nlattr *array, size_t i)
{
	uint32_t value = 0;

	if (array != NULL && mnl_attr_get_payload_len(array) >= (i + 1) * sizeof value)
		memcpy(&value, (const char *)mnl_attr_get_payload(array) + i * sizeof value, sizeof value);
	return value;
}

/* Room for one more of `size` bytes, all zeros; NULL at the bound, or if memory is short. */
static void *
add(void **items, size_t *count, size_t size, size_t most)
{
	char *grown = *items;

	if (*count == most)
		return NULL;
	if ((*count & (*count - 1)) == 0) { /* doubles at powers of two */
		if ((grown = realloc(grown, (*count > 0 ? 2 * *count : 1) * size)) == NULL)
			return NULL;
		*items = grown;
	}
	return memset(grown + (*count)++ * size, 0, size);
}

static void
read_forwarding(struct machine_link *l, const struct nlattr *families)
{
	const struct nlattr *four = netlink_inner(families, AF_INET), *six = netlink_inner(families, AF_INET6);

	l->forwards4 = entry(netlink_inner(four, IFLA_INET_CONF), IPV4_DEVCONF_FORWARDING - 1) != 0;
	l->forwards6 = entry(netlink_inner(six, IFLA_INET6_CONF), DEVCONF_FORWARDING) != 0;
}

static int
take_link(const struct nlmsghdr *header, void *arg)
{
	const struct ifinfomsg *link = mnl_nlmsg_get_payload(header);
	const struct nlattr *a[ATTRIBUTES];
	struct machine *m = arg;
	struct machine_link *l;

	if (header->nlmsg_type != RTM_NEWLINK || mnl_nlmsg_get_payload_len(header) < sizeof *link)
		return MNL_CB_OK;
	if ((l = add((void **)&m->links, &m->link_count, sizeof *l, MACHINE_LINKS)) == NULL) {
		m->cut = true;
		return MNL_CB_OK;
	}
	netlink_attributes_behind(header, sizeof *link, a, ATTRIBUTES);
	l->index = (uint32_t)link->ifi_index;
	l->running = (link->ifi_flags & IFF_UP) != 0 && (link->ifi_flags & IFF_RUNNING) != 0;
	l->master = number(a[IFLA_MASTER]);
	/* Of a link into another namespace the number means nothing here. */
	l->parent = a[IFLA_LINK_NETNSID] == NULL ? number(a[IFLA_LINK]) : 0;
	snprintf(l->name, sizeof l->name, "%s", netlink_text(a[IFLA_IFNAME]));
	snprintf(l->kind, sizeof l->kind, "%s", netlink_text(netlink_inner(a[IFLA_LINKINFO], IFLA_INFO_KIND)));
	read_forwarding(l, a[IFLA_AF_SPEC]);
	return MNL_CB_OK;
}

static int
take_address(const struct nlmsghdr *header, void *arg)
{
	const struct ifaddrmsg *address = mnl_nlmsg_get_payload(header);
	struct machine_link *l;

	if (header->nlmsg_type != RTM_NEWADDR || mnl_nlmsg_get_payload_len(header) < sizeof *address)
		return MNL_CB_OK;
	if (address->ifa_scope < RT_SCOPE_LINK && (l = machine_link(arg, address->ifa_index)) != NULL)
		l->addressed = true;
	return MNL_CB_OK;
}

static bool
prefix_from(uint8_t family, uint8_t len, const struct nlattr *to, struct prefix *out)
{
	size_t size = family == AF_INET ? 4 : 16;
	uint8_t bytes[16] = {0};
	struct addr a;

	if ((family != AF_INET && family != AF_INET6) || len > 8 * size)
		return false;
	if (to != NULL && mnl_attr_get_payload_len(to) == size)
		memcpy(bytes, mnl_attr_get_payload(to), size);
	else if (len > 0)
		return false;
	a = family == AF_INET ? addr_v4(bytes) : addr_v6(bytes);
	*out = prefix_of(&a, len);
	return true;
}

static void
add_route(struct machine *m, const struct prefix *to, uint32_t link)
{
	struct machine_route *r = add((void **)&m->routes, &m->route_count, sizeof *r, MACHINE_ROUTES);

	if (r == NULL)
		m->cut = true;
	else
		*r = (struct machine_route){*to, link};
}

/* The next hops of one route. */
static void
add_hops(struct machine *m, const struct prefix *to, const struct nlattr *hops)
{
	const char *at = mnl_attr_get_payload(hops);
	size_t left = mnl_attr_get_payload_len(hops), whole;
	struct rtnexthop hop;

	while (left >= sizeof hop) {
		memcpy(&hop, at, sizeof hop);
		if (hop.rtnh_len < sizeof hop || hop.rtnh_len > left)
			return;
		add_route(m, to, (uint32_t)hop.rtnh_ifindex);
		whole = NLMSG_ALIGN((size_t)hop.rtnh_len);
		if (whole >= left)
			return;
		left -= whole;
		at += whole;
	}
}

static int
take_route(const struct nlmsghdr *header, void *arg)
{
	const struct rtmsg *route = mnl_nlmsg_get_payload(header);
	const struct nlattr *a[ATTRIBUTES];
	struct machine *m = arg;
	struct prefix to;

	if (header->nlmsg_type != RTM_NEWROUTE || mnl_nlmsg_get_payload_len(header) < sizeof *route ||
	    route->rtm_table == RT_TABLE_LOCAL || (route->rtm_flags & RTM_F_CLONED) != 0)
		return MNL_CB_OK;
	netlink_attributes_behind(header, sizeof *route, a, ATTRIBUTES);
	if (!prefix_from(route->rtm_family, route->rtm_dst_len, a[RTA_DST], &to))
		return MNL_CB_OK;
	if (route->rtm_type == RTN_UNICAST && a[RTA_MULTIPATH] != NULL)
		add_hops(m, &to, a[RTA_MULTIPATH]);
	else if (route->rtm_type == RTN_UNICAST)
		add_route(m, &to, number(a[RTA_OIF]));
	else if (route->rtm_type == RTN_BLACKHOLE || route->rtm_type == RTN_UNREACHABLE ||
	         route->rtm_type == RTN_PROHIBIT)
		add_route(m, &to, 0);
	return MNL_CB_OK;
}

/* One dump, on a socket of its own: after a fault the rest of an answer may wait in it. A list that changed while it
 * was read is read again. */
static bool
dump(struct machine *m, uint16_t type, mnl_cb_t take)
{
	char buffer[256];
	struct netlink n;
	bool good;

	if ((good = netlink_open_routing(&n))) {
		struct nlmsghdr *request = netlink_request_with(&n, buffer, type, NLM_F_DUMP, sizeof(struct rtgenmsg));

		good = netlink_ask(&n, request, take, m);
	}
	netlink_close(&n);
	return good;
}

void
machine_look(struct machine *m, const struct config *c)
{
	*m = (struct machine){.no_user = getpwnam(c->user) == NULL};
	for (int try = 0; try < 3 && !m->asked; try++) {
		machine_free(m);
		m->asked = dump(m, RTM_GETLINK, take_link);
		machine_sort_links(m);
		m->asked = m->asked && dump(m, RTM_GETADDR, take_address) && dump(m, RTM_GETROUTE, take_route);
	}
	if (!m->asked)
		machine_free(m);
	machine_find_outer(m);
}

static int
take_answer(const struct nlmsghdr *header, void *link)
{
	const struct nlattr *a[ATTRIBUTES];

	if (header->nlmsg_type != RTM_NEWROUTE || mnl_nlmsg_get_payload_len(header) < sizeof(struct rtmsg))
		return MNL_CB_OK;
	netlink_attributes_behind(header, sizeof(struct rtmsg), a, ATTRIBUTES);
	*(uint32_t *)link = number(a[RTA_OIF]);
	return MNL_CB_STOP;
}

const struct machine_link *
machine_route_to(const struct machine *m, const struct addr *to)
{
	char buffer[256];
	struct netlink n;
	uint32_t link = 0;

	if (netlink_open_routing(&n)) {
		struct nlmsghdr *request = netlink_request_with(&n, buffer, RTM_GETROUTE, 0, sizeof(struct rtmsg));
		struct rtmsg *route = mnl_nlmsg_get_payload(request);

		route->rtm_family = to->family == 4 ? AF_INET : AF_INET6;
		route->rtm_dst_len = addr_bits(to);
		mnl_attr_put(request, RTA_DST, addr_size(to), to->bytes);
		if (!netlink_ask(&n, request, take_answer, &link))
			link = 0;
	}
	netlink_close(&n);
	return machine_link(m, link);
}
