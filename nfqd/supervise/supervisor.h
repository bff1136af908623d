/* SPDX-License-Identifier: GPL-3.0-or-later */
/* supervisor: the one struct of the process that starts the others, keeps the kernel's rules, and never reads a packet.
 */
#ifndef SUPERVISOR_H
#define SUPERVISOR_H

#include "children.h"
#include "lib/config/config.h"
#include "nfqd/gate/nflog.h"
#include "nfqd/rules/rules.h"
#include "notes.h"
#include "nfqd/shared/shared.h"
#include "nfqd/kernel/shield_counts.h"
#include "nfqd/kernel/watch.h"

#define SUPERVISOR_TICK 250 /* milliseconds */

struct supervisor {
	const char *path; /* of the configuration */
	struct config *config;
	enum backend backend;
	struct shared *shared;
	struct child children[CONFIG_WORKERS + 1]; /* the gates, then the recorder */
	unsigned gate_count;
	struct child *recorder; /* the last of them */
	int64_t ahead;          /* microseconds by which the wall clock is ahead of the steady one */
	int64_t since, loaded;  /* start; last successful reading of the configuration */
	/* descriptors */
	int signals, control;
	/* rules (keep.c) */
	struct rules_applied rules; /* `next` is when they must be made anew */
	bool rules_failed;
	struct watch *watch;      /* NULL: the kernel has no nftables */
	struct rules_sight sight; /* as we left them */
	uint64_t rules_stamp;     /* of what nobody is told of, when they were last found as we left them */
	bool rules_changed;       /* somebody may have been at them since */
	int64_t rules_seen;       /* last time they were known to be as we left them */
	struct steady looked, stamped;
	unsigned rules_doubts;     /* how often in turn they did not look as they were made */
	struct steady rules_again; /* not to be put back before this */
	struct steady ticked;      /* our own last look at the gates */
	/* openings that the kernel's rules counted and no gate saw, for this run */
	int64_t counted_before;   /* by the rules, when the run began */
	int64_t missed;           /* written down so far */
	int64_t look;             /* what the rules had counted at the last look; -1: none is open */
	struct steady counted_at; /* when that was */
	int64_t even;             /* when all that was counted was last known to be seen or written down */
	uint64_t queue_lost[2 * CONFIG_WORKERS]; /* by the kernel, of each queue, at the last look */
	struct nflog_losses log_losses; /* of NFLOG, that are written down */
	int64_t unexplained;            /* openings that are, and may turn out to be some of NFLOG's next losses */
	struct steady queues_checked;
	int64_t queues_looked;
	/* the shield */
	struct shield *shield;                /* NULL: there is none */
	int64_t shield_named, shield_unnamed; /* its totals at the last look; -1: not known */
	int64_t shield_looked;                /* when that was */
	struct steady shield_next;            /* when the next one is due */
	bool shield_again;                    /* some growth is still to be told */
	/* connections that are open though the policy refuses them */
	struct conntrack *ending; /* under way; NULL: done */
	struct steady ending_since;
	bool ending_due;
	bool remove_on_exit;
	bool stopping;
};

/* Children that have ended. One that lived a while is started again at once. */
void supervisor_reap(struct supervisor *s);
/* A few times a second: starts what is due, and looks after the gate and the rules. */
void supervisor_tick(struct supervisor *s);
/* Reads the configuration again and puts it in force. NULL, or why the old one stays (static text). */
const char *supervisor_reload(struct supervisor *s);

/* keep.c: the kernel's rules. */
void keep_start(struct supervisor *s); /* while there are all capabilities */
bool supervisor_apply_rules(struct supervisor *s, const struct config *c);
/* Whenever the watch has news, and at every tick: makes the rules anew when the policy wants it, and puts back what
 * somebody else has changed. */
void keep_rules(struct supervisor *s);
bool keep_intact(const struct supervisor *s); /* a look, now */

/* reconcile.c. Openings that the kernel's rules have counted since they were made; -1 if that cannot be read. */
int64_t supervisor_counted(const struct supervisor *s);
/* Openings that gates of this run have seen. */
int64_t reconcile_seen(const struct supervisor *s);
/* Openings of listed hosts that the kernel keeps for NFLOG still, and that a gate will see. */
int64_t reconcile_underway(const struct supervisor *s);
/* How many openings no gate saw since the last time this was asked; -1 if that cannot be known. */
int64_t reconcile_missed(struct supervisor *s);
/* Gaps for what the kernel dropped because a queue was full, or because it could not hand it over, and for what NFLOG
 * lost. */
void reconcile_queues(struct supervisor *s);
/* A while after a look at the rules' counters: a gap for what should have been seen by then. */
void reconcile_settle(struct supervisor *s);

/* fold.c: the shield's counts into the log. Start: when the recorder runs; look: when shield_next has come; stop: at an
 * orderly end, while the recorder still runs. */
void fold_start(struct supervisor *s);
void fold_look(struct supervisor *s);
void fold_begin(struct supervisor *s); /* the shield has just been made: its counters stand at 0 */
void fold_stop(struct supervisor *s);

/* established.c: ends connections that are open though the policy refuses them, when `ending_due` says so, for so many
 * microseconds. True: more is left to do. */
#define ESTABLISHED_SLICE (20 * 1000)     /* while other things go on */
#define ESTABLISHED_PATIENCE (500 * 1000) /* before somebody is told that the policy is in force */
bool established_step(struct supervisor *s, int64_t patience);

/* state.c: the whole as a JSON object, the caller's to free. */
char *state_json(const struct supervisor *s);

/* notify.c: sd_notify(3)'s protocol. Does nothing without NOTIFY_SOCKET. */
void notify(const char *state);

#endif
