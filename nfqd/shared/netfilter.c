/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "netfilter.h"

#include <sys/socket.h>
#include <sys/time.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define STRANGERS 1024 /* datagrams of others that a read skips at most */

static int
open_connected(int protocol, int room)
{
	const struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
	const struct timeval patience = {.tv_sec = NETFILTER_PATIENCE};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol), error;

	if (fd < 0)
		return -1;
	if (connect(fd, (const struct sockaddr *)&kernel, sizeof kernel) != 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) != 0) {
		error = errno;
		close(fd);
		errno = error;
		return -1;
	}
	if (room > 0 && setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room) != 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
	return fd;
}

int
netfilter_open(int room)
{
	return open_connected(NETLINK_NETFILTER, room);
}

int
netfilter_open_routing(int room)
{
	return open_connected(NETLINK_ROUTE, room);
}

uint32_t
netfilter_port(int fd)
{
	struct sockaddr_nl own = {0};
	socklen_t size = sizeof own;

	return getsockname(fd, (struct sockaddr *)&own, &size) == 0 ? own.nl_pid : 0;
}

bool
netfilter_send(int fd, const void *messages, size_t size)
{
	return send(fd, messages, size, 0) >= 0;
}

bool
netfilter_from_kernel(const struct sockaddr_nl *from, size_t from_size)
{
	return from_size == sizeof *from && from->nl_family == AF_NETLINK && from->nl_pid == 0;
}

size_t
netfilter_whole(const void *messages, size_t size)
{
	struct nlmsghdr header;
	size_t whole = 0;

	while (size - whole >= sizeof header) {
		memcpy(&header, (const char *)messages + whole, sizeof header);
		if (header.nlmsg_len < sizeof header || header.nlmsg_len > size - whole)
			break;
		if (NLMSG_ALIGN((size_t)header.nlmsg_len) >= size - whole) /* the last needs no padding */
			return size;
		whole += NLMSG_ALIGN((size_t)header.nlmsg_len);
	}
	return whole;
}

ssize_t
netfilter_receive(int fd, void *buffer, size_t size, int flags)
{
	for (int i = 0; i < STRANGERS; i++) {
		struct sockaddr_nl from;
		struct iovec place = {buffer, size};
		struct msghdr message = {
		        .msg_name = &from, .msg_namelen = sizeof from, .msg_iov = &place, .msg_iovlen = 1};
		ssize_t got = recvmsg(fd, &message, flags);

		if (got < 0)
			return -1;
		if (!netfilter_from_kernel(&from, message.msg_namelen))
			continue;
		if ((message.msg_flags & MSG_TRUNC) != 0) {
			errno = ENOSPC;
			return -1;
		}
		return (ssize_t)netfilter_whole(buffer, (size_t)got);
	}
	errno = EAGAIN;
	return -1;
}
