/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How it works: what the kernel tells is not read but counted as news, so that nothing in it needs to be trusted. Each
 * news moves the look FITTING_QUIET further, up to a bound: a link that flaps all the time is looked at as well.
 * Without news there is a look now and then, since routes and forwarding change without it. */
#include "fitting.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/rtnetlink.h>

#include "lib/base/log.h"
#include "lib/database/misfit.h"
#include "lib/base/when.h"
#include "nfqd/network/look.h"
#include "nfqd/shared/netfilter.h"
#include "notes.h"

#define QUIET_MOST (10 * SECOND) /* after a change, whatever changes meanwhile */
#define USUALLY MINUTE           /* between looks without news */
#define LOOK_MOST (20 * SECOND)  /* a job */
#define DATAGRAMS 256            /* in a step */
#define TOLD_MOST 40             /* lines ... */
#define TOLD_SPAN (10 * MINUTE)  /* ... in this time: links may come and go by the thousand */

void
fitting_start(struct fitting *f)
{
	static const int groups[] = {RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR};

	f->due = (struct steady){0};
	if ((f->fd = netfilter_open_routing(0)) < 0)
		return;
	for (size_t i = 0; i < sizeof groups / sizeof *groups; i++)
		if (setsockopt(f->fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &groups[i], sizeof groups[i]) != 0) {
			close(f->fd);
			f->fd = -1;
			return;
		}
}

void
fitting_anew(struct fitting *f)
{
	f->again = job_runs(&f->job);
	f->due = steady_now();
}

/* True: something was told, or was lost. */
static bool
take_news(int fd)
{
	char buffer[4096];
	bool news = false;

	for (int i = 0; i < DATAGRAMS && fd >= 0; i++) {
		if (netfilter_receive(fd, buffer, sizeof buffer, MSG_DONTWAIT) < 0 && errno == EAGAIN)
			return news;
		news = true;
	}
	return news;
}

static void
postpone(struct fitting *f)
{
	struct steady now = steady_now(), quiet = steady_add(now, FITTING_QUIET);

	f->again = job_runs(&f->job);
	if (f->since.us == 0)
		f->since = now;
	f->due = steady_earlier(quiet, steady_add(f->since, QUIET_MOST));
}

struct task {
	const struct config *config;
	int64_t now;
};

static void
look(const void *arg, void *result)
{
	const struct task *t = arg;
	struct machine m;

	machine_look(&m, t->config);
	findings_make(t->config, &m, t->now, result);
	machine_free(&m);
}

static bool
may_tell(struct fitting *f)
{
	if (steady_since(f->told_since) > TOLD_SPAN) {
		f->told_since = steady_now();
		f->told = 0;
	}
	if (++f->told == TOLD_MOST)
		log_info("more about the network in `nfqd status`");
	return f->told < TOLD_MOST;
}

/* Notes are not for the head of a report. */
static void
tell_one(const struct context *x, const struct finding *one)
{
	if (one->level == FINDING_NOTE)
		log_info("note: %s", one->text);
	else
		log_warnx("%s", one->text);
	notes_journal(x->shared->notes, one->level == FINDING_NOTE ? "note" : MISFIT, "%s", one->text);
}

static void
tell(struct fitting *f, const struct context *x, struct findings *now)
{
	for (uint32_t i = 0; i < now->count; i++) {
		struct finding *one = &now->list[i];
		const struct finding *before = findings_same(&f->found, one);

		one->told = before != NULL ? before->told : may_tell(f);
		if (before == NULL && one->told)
			tell_one(x, one);
	}
	for (uint32_t i = 0; i < f->found.count; i++) {
		const struct finding *one = &f->found.list[i];

		if (!one->told || findings_same(now, one) != NULL)
			continue;
		log_info("no longer: %s", one->text);
		notes_journal(x->shared->notes, MISFIT_GONE, "%s", one->text);
	}
	f->found = *now;
}

static void
take_result(struct fitting *f, const struct context *x)
{
	struct findings now;

	if (f->job.state == JOB_DONE && !f->again) {
		memcpy(&now, f->job.result, sizeof now);
		tell(f, x, &now);
	}
	f->looked = f->looked || !f->again;
	if (!f->again)
		f->due = steady_add(steady_now(), USUALLY);
	f->again = false;
	job_drop(&f->job);
}

void
fitting_step(struct fitting *f, const struct context *x)
{
	struct task task = {x->config, when_now()};

	if (take_news(f->fd))
		postpone(f);
	if (f->job.state != JOB_NONE && job_look(&f->job) != JOB_RUNS)
		take_result(f, x);
	if (f->job.state != JOB_NONE || steady_before(steady_now(), f->due))
		return;
	f->since = (struct steady){0};
	job_start(&f->job, look, &task, sizeof(struct findings), LOOK_MOST);
}

struct steady
fitting_due(const struct fitting *f)
{
	return f->job.state == JOB_RUNS ? f->job.end : f->due;
}

void
fitting_stop(struct fitting *f)
{
	job_drop(&f->job);
}
