/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "netlink.h"

#include <arpa/inet.h>
#include <endian.h>
#include <unistd.h>

#include <linux/netfilter/nfnetlink.h>

static bool
begin_with(struct netlink *n, int fd)
{
	*n = (struct netlink){.fd = fd};
	if (fd >= 0)
		n->port = netfilter_port(fd);
	return fd >= 0;
}

bool
netlink_open(struct netlink *n, int room)
{
	return begin_with(n, netfilter_open(room));
}

bool
netlink_open_routing(struct netlink *n)
{
	return begin_with(n, netfilter_open_routing(0));
}

void
netlink_close(struct netlink *n)
{
	if (n->port != 0)
		close(n->fd);
	n->port = 0;
}

struct nlmsghdr *
netlink_request_with(struct netlink *n, char *buffer, uint16_t type, uint16_t flags, size_t more)
{
	struct nlmsghdr *header = mnl_nlmsg_put_header(buffer);

	header->nlmsg_type = type;
	header->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
	header->nlmsg_seq = ++n->seq;
	mnl_nlmsg_put_extra_header(header, more);
	return header;
}

struct nlmsghdr *
netlink_request(struct netlink *n, char *buffer, uint16_t type, uint8_t family, uint16_t flags)
{
	struct nfgenmsg *general;
	struct nlmsghdr *header = netlink_request_with(n, buffer, type, flags, sizeof *general);

	general = mnl_nlmsg_get_payload(header);
	general->nfgen_family = family;
	general->version = NFNETLINK_V0;
	return header;
}

bool
netlink_begin(struct netlink *n, const struct nlmsghdr *request)
{
	return netfilter_send(n->fd, request, request->nlmsg_len);
}

bool
netlink_step(struct netlink *n, mnl_cb_t take, void *arg, bool *more)
{
	char buffer[65536];
	ssize_t size = netfilter_receive(n->fd, buffer, sizeof buffer, 0);
	int result = size < 0 ? MNL_CB_ERROR : mnl_cb_run(buffer, (size_t)size, n->seq, n->port, take, arg);

	*more = result > MNL_CB_STOP;
	return result != MNL_CB_ERROR;
}

bool
netlink_ask(struct netlink *n, struct nlmsghdr *request, mnl_cb_t take, void *arg)
{
	bool good = netlink_begin(n, request), more = true;

	while (good && more)
		good = netlink_step(n, take, arg, &more);
	return good;
}

struct attributes {
	const struct nlattr **out;
	uint16_t most;
};

static int
sort_in(const struct nlattr *attribute, void *arg)
{
	struct attributes *w = arg;

	if (mnl_attr_get_type(attribute) < w->most)
		w->out[mnl_attr_get_type(attribute)] = attribute;
	return MNL_CB_OK;
}

void
netlink_attributes_behind(const struct nlmsghdr *header, unsigned size, const struct nlattr **out, uint16_t most)
{
	for (uint16_t i = 0; i < most; i++)
		out[i] = NULL;
	mnl_attr_parse(header, size, sort_in, &(struct attributes){out, most});
}

void
netlink_attributes(const struct nlmsghdr *header, const struct nlattr **out, uint16_t most)
{
	netlink_attributes_behind(header, sizeof(struct nfgenmsg), out, most);
}

void
netlink_nested(const struct nlattr *outer, const struct nlattr **out, uint16_t most)
{
	for (uint16_t i = 0; i < most; i++)
		out[i] = NULL;
	if (outer != NULL)
		mnl_attr_parse_nested(outer, sort_in, &(struct attributes){out, most});
}

struct sought {
	uint16_t type;
	const struct nlattr *found;
};

static int
seek(const struct nlattr *attribute, void *arg)
{
	struct sought *s = arg;

	if (mnl_attr_get_type(attribute) == s->type)
		s->found = attribute;
	return MNL_CB_OK;
}

const struct nlattr *
netlink_inner(const struct nlattr *outer, uint16_t type)
{
	struct sought s = {.type = type};

	if (outer != NULL)
		mnl_attr_parse_nested(outer, seek, &s);
	return s.found;
}

const char *
netlink_text(const struct nlattr *attribute)
{
	return attribute != NULL && mnl_attr_validate(attribute, MNL_TYPE_NUL_STRING) == 0 ? mnl_attr_get_str(attribute)
	                                                                                   : "";
}

uint8_t
netlink_u8(const struct nlattr *attribute)
{
	return attribute != NULL && mnl_attr_get_payload_len(attribute) == 1 ? mnl_attr_get_u8(attribute) : 0;
}

uint16_t
netlink_u16(const struct nlattr *attribute)
{
	return attribute != NULL && mnl_attr_get_payload_len(attribute) == 2 ? ntohs(mnl_attr_get_u16(attribute)) : 0;
}

uint32_t
netlink_u32(const struct nlattr *attribute)
{
	return attribute != NULL && mnl_attr_get_payload_len(attribute) == 4 ? ntohl(mnl_attr_get_u32(attribute)) : 0;
}

uint64_t
netlink_u64(const struct nlattr *attribute)
{
	return attribute != NULL && mnl_attr_get_payload_len(attribute) == 8 ? be64toh(mnl_attr_get_u64(attribute)) : 0;
}
