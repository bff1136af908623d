/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Messages of other processes, and messages with impossible lengths. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/socket.h>

#include <errno.h>
#include <sched.h>
#include <linux/netfilter/nfnetlink.h>
#include <string.h>
#include <unistd.h>

#include "nfqd/shared/netfilter.h"

/* Bytes of `size` that netfilter_whole takes, in two messages with these lengths. */
static size_t
whole(uint32_t first, uint32_t second, size_t size)
{
	struct nlmsghdr m[2] = {{.nlmsg_len = first}, {.nlmsg_len = second}};

	return netfilter_whole(m, size);
}

static void
impossible_lengths_end_a_datagram(void **state)
{
	const size_t one = sizeof(struct nlmsghdr), two = 2 * sizeof(struct nlmsghdr);

	(void)state;
	assert_int_equal(whole(16, 16, two), two);
	assert_int_equal(whole(16, 16, one), one);
	assert_int_equal(whole(32, 0, two), two);
	assert_int_equal(whole(29, 0, two), two);
	assert_int_equal(whole(16, 17, two), one);
	assert_int_equal(whole(16, 15, two), one);
	assert_int_equal(whole(16, 0xfffffff0U, two), one);
	assert_int_equal(whole(33, 16, two), 0);
	assert_int_equal(whole(0, 16, two), 0);
	assert_int_equal(whole(0x80000000U, 16, two), 0);
	assert_int_equal(whole(0xffffffffU, 16, two), 0);
	for (size_t size = 0; size < one; size++)
		assert_int_equal(whole(16, 16, size), 0);
}

static void
other_processes_are_not_heard(void **state)
{
	const struct nlmsghdr lie = {.nlmsg_len = 0xfffffff0U, .nlmsg_type = NFNL_SUBSYS_NFTABLES << 8};
	struct sockaddr_nl to = {.nl_family = AF_NETLINK};
	int ours = netfilter_open(0), theirs = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
	int group = NFNLGRP_NFTABLES;
	char buffer[256];

	(void)state;
	assert_true(ours >= 0 && theirs >= 0);
	to.nl_pid = netfilter_port(ours);
	assert_int_not_equal(to.nl_pid, 0);
	assert_int_equal(sendto(theirs, &lie, sizeof lie, 0, (const struct sockaddr *)&to, sizeof to), -1);
	assert_int_equal(errno, geteuid() == 0 ? ECONNREFUSED : EPERM);
	if (geteuid() == 0 && setsockopt(ours, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group) == 0) {
		/* A group reaches connected sockets, too. */
		to = (struct sockaddr_nl){.nl_family = AF_NETLINK, .nl_groups = 1U << (NFNLGRP_NFTABLES - 1)};
		sendto(theirs, &lie, sizeof lie, 0, (const struct sockaddr *)&to, sizeof to);
		assert_int_equal(recv(ours, buffer, sizeof buffer, MSG_DONTWAIT | MSG_PEEK), sizeof lie);
	}
	assert_int_equal(netfilter_receive(ours, buffer, sizeof buffer, MSG_DONTWAIT), -1);
	assert_int_equal(errno, EAGAIN);
	close(ours);
	close(theirs);
}

/* The kernel answers a request without an address: an unknown subsystem is an error message. */
static void
the_kernel_answers(void **state)
{
	_Alignas(8) struct {
		struct nlmsghdr header;
		struct nfgenmsg general;
	} ask = {{.nlmsg_len = sizeof ask, .nlmsg_type = 0x7f00, .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK}, {0}};
	_Alignas(8) struct nlmsghdr answer[64];
	int fd = netfilter_open(65536);

	(void)state;
	assert_true(netfilter_send(fd, &ask, sizeof ask));
	assert_true(netfilter_receive(fd, answer, sizeof answer, 0) >= (ssize_t)sizeof(struct nlmsgerr));
	assert_int_equal(answer->nlmsg_type, NLMSG_ERROR);
	assert_true(netfilter_send(fd, &ask, sizeof ask));
	assert_int_equal(netfilter_receive(fd, answer, sizeof(struct nlmsghdr), 0), -1);
	assert_int_equal(errno, ENOSPC);
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(impossible_lengths_end_a_datagram),
	        cmocka_unit_test(other_processes_are_not_heard),
	        cmocka_unit_test(the_kernel_answers),
	};

	if (geteuid() == 0 && unshare(CLONE_NEWNET) != 0) /* nobody else shall get the messages to a group */
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
