/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "children.h"

#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "nfqd/gate/gate.h"
#include "lib/base/log.h"
#include "nfqd/record/recorder.h"
#include "lib/base/when.h"

#define READY_WAIT 10000 /* milliseconds; nothing else is done meanwhile */
#define READY_WAIT_FIRST 30000 /* ... when nfqd starts, perhaps on a machine that is busy booting */
#define STOP_WAIT 5000
#define DESCRIPTORS 256 /* the supervisor has only a few */

struct child
child_new(enum child_kind kind, unsigned number, const struct config *c)
{
	struct child ch = {.kind = kind, .number = number};

	if (kind == CHILD_GATE && c->workers > 1)
		snprintf(ch.name, sizeof ch.name, "gate %u", number + 1);
	else
		snprintf(ch.name, sizeof ch.name, "%s", kind == CHILD_GATE ? "gate" : "recorder");
	return ch;
}

/* In the child: closes the supervisor's descriptors but those that the child needs, and unblocks signals. */
static void
detach(int channel, int policy_fd, int wake)
{
	sigset_t none;

	for (int fd = STDERR_FILENO + 1; fd < DESCRIPTORS; fd++)
		if (fd != channel && fd != policy_fd && fd != wake)
			close(fd);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static void
limit_memory(const struct child *ch, struct shared *shared)
{
	if (ch->kind == CHILD_GATE)
		shared_limit_gate(shared, ch->number);
	else
		shared_limit_recorder(shared);
}

static _Noreturn void
become(const struct child *ch, const struct config *c, struct shared *shared, int channel, int policy_fd)
{
	struct gate_setup gate = {c, shared, ch->number, policy_fd, channel};
	struct recorder_setup recorder = {c, shared, channel};

	_exit(ch->kind == CHILD_GATE ? gate_main(&gate) : recorder_main(&recorder));
}

/* One byte from the child within `wait` milliseconds; 0: none came. */
static char
receive_byte(const struct child *ch, int wait)
{
	struct pollfd fd = {ch->channel, POLLIN, 0};
	char byte = 0;

	if (poll(&fd, 1, wait) == 1 && recv(ch->channel, &byte, 1, MSG_DONTWAIT) == 1)
		return byte;
	return 0;
}

bool
child_start(struct child *ch, const struct config *c, struct shared *shared)
{
	int pair[2], policy_fd = -1, wait = ch->since == 0 ? READY_WAIT_FIRST : READY_WAIT;

	if (ch->kind == CHILD_GATE && (policy_fd = gate_policy_memory(c->policy)) < 0) {
		log_warn("cannot make memory for the policy");
		return false;
	}
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
		log_warn("cannot start the %s", ch->name);
		close(policy_fd);
		return false;
	}
	if ((ch->pid = fork()) == 0) {
		close(pair[0]);
		limit_memory(ch, shared);
		detach(pair[1], policy_fd, shared->wake);
		become(ch, c, shared, pair[1], policy_fd);
	}
	close(pair[1]);
	if (policy_fd >= 0)
		close(policy_fd);
	ch->channel = pair[0];
	if (ch->pid < 0) {
		log_warn("cannot start the %s", ch->name);
		ch->pid = 0;
		close(ch->channel);
		return false;
	}
	ch->since = when_now();
	ch->began = steady_now();
	if (receive_byte(ch, wait) == 'r')
		return true;
	/* One that ended has said why. */
	if (steady_between(ch->began, steady_now()) >= wait * (int64_t)1000)
		log_warnx("the %s was not ready within %d s", ch->name, wait / 1000);
	child_stop(ch);
	return false;
}

void
child_stop(struct child *ch)
{
	if (ch->pid == 0)
		return;
	kill(ch->pid, SIGTERM);
	for (int waited = 0; waitpid(ch->pid, &ch->status, WNOHANG) == 0; waited += 10) {
		if (waited >= STOP_WAIT)
			kill(ch->pid, SIGKILL);
		poll(NULL, 0, 10);
	}
	ch->pid = 0;
	ch->died = when_now();
	close(ch->channel);
}

bool
child_send_policy(struct child *gate, const struct policy *p)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = {.bytes = {0}};
	char byte = GATE_POLICY;
	struct iovec iov = {&byte, 1};
	struct msghdr message = {
	        .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
	struct cmsghdr *c = CMSG_FIRSTHDR(&message);
	int fd = gate_policy_memory(p);
	bool sent;

	if (fd < 0)
		return false;
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof fd);
	memcpy(CMSG_DATA(c), &fd, sizeof fd);
	sent = sendmsg(gate->channel, &message, MSG_NOSIGNAL) == 1;
	close(fd);
	return sent && receive_byte(gate, 2000) == GATE_POLICY;
}

const char *
child_exit_text(const struct child *ch, char *buf, size_t size)
{
	if (WIFSIGNALED(ch->status))
		snprintf(buf, size, "was killed by signal %d (%s)", WTERMSIG(ch->status),
		         strsignal(WTERMSIG(ch->status)));
	else
		snprintf(buf, size, "left with status %d", WEXITSTATUS(ch->status));
	return buf;
}
