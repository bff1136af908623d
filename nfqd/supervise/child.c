/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "child.h"

#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/log.h"
#include "lib/base/when.h"
#include "nfqd/gate/gate.h"
#include "nfqd/record/recorder.h"

#define READY_WITHIN (10 * SECOND)
#define READY_FIRST (30 * SECOND) /* when nfqd starts, perhaps on a machine that is busy booting */
#define STOP_WITHIN (5 * SECOND)
#define AGAIN SECOND    /* until a start that failed is tried again */
#define DESCRIPTORS 256 /* those that a child keeps are below */

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
	close_range(DESCRIPTORS, ~0U, 0);
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

/* False with errno set. */
static bool
start(struct child *ch, const struct config *c, struct shared *shared)
{
	int pair[2], policy_fd = -1, error;

	if (ch->kind == CHILD_GATE && (policy_fd = gate_policy_memory(c->policy)) < 0)
		return false;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
		error = errno;
		if (policy_fd >= 0)
			close(policy_fd);
		errno = error;
		return false;
	}
	if ((ch->pid = fork()) == 0) {
		close(pair[0]);
		limit_memory(ch, shared);
		detach(pair[1], policy_fd, shared->wake);
		if (ch->hushed)
			log_hush();
		become(ch, c, shared, pair[1], policy_fd);
	}
	error = errno;
	close(pair[1]);
	if (policy_fd >= 0)
		close(policy_fd);
	ch->channel = pair[0];
	if (ch->pid > 0)
		return true;
	ch->pid = 0;
	close(ch->channel);
	errno = error;
	return false;
}

bool
child_start(struct child *ch, const struct config *c, struct shared *shared)
{
	bool first = ch->since == 0;

	if (!start(ch, c, shared)) {
		if (!ch->failing)
			log_warn("cannot start the %s, trying again every second", ch->name);
		ch->failing = true;
		ch->due = steady_add(steady_now(), AGAIN);
		return false;
	}
	ch->failing = false;
	ch->restarts += !first && !ch->renewed;
	ch->since = when_now();
	ch->began = steady_now();
	ch->state = CHILD_STARTING;
	ch->due = steady_add(ch->began, first ? READY_FIRST : READY_WITHIN);
	ch->turns = 0;
	ch->silent = 0;
	return true;
}

void
child_ready(struct child *ch)
{
	if (ch->state == CHILD_STARTING)
		ch->state = CHILD_UP;
}

void
child_stop(struct child *ch)
{
	if (ch->state == CHILD_DOWN || ch->state == CHILD_STOPPING)
		return;
	kill(ch->pid, SIGTERM);
	ch->state = CHILD_STOPPING;
	ch->due = steady_add(steady_now(), STOP_WITHIN);
}

void
child_kill(struct child *ch)
{
	if (ch->state == CHILD_STARTING && !ch->down_told)
		log_warnx("the %s was not ready within %.0f s: replacing it", ch->name,
		          (double)steady_since(ch->began) / (double)SECOND);
	kill(ch->pid, SIGKILL);
	ch->due = steady_add(steady_now(), STOP_WITHIN);
}

static void
close_channel(struct child *ch)
{
	if (ch->channel >= 0)
		close(ch->channel);
	ch->channel = -1;
}

bool
child_reap(struct child *ch)
{
	if (ch->state == CHILD_DOWN || waitpid(ch->pid, &ch->status, WNOHANG) != ch->pid)
		return false;
	close_channel(ch);
	ch->pid = 0;
	ch->died = when_now();
	ch->state = CHILD_DOWN;
	return true;
}

size_t
child_receive(struct child *ch, char message[CHILD_MESSAGE + 1])
{
	ssize_t n = recv(ch->channel, message, CHILD_MESSAGE, MSG_DONTWAIT);
	size_t size = n > 0 ? (size_t)n : 0;

	message[size] = '\0';
	if (n == 0) /* it has closed its end, which would be news for ever */
		close_channel(ch);
	return size;
}

bool
child_send_policy(const struct child *gate, const struct policy *p)
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
	sent = sendmsg(gate->channel, &message, MSG_DONTWAIT | MSG_NOSIGNAL) == 1;
	close(fd);
	return sent;
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
