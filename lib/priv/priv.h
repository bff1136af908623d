/* SPDX-License-Identifier: GPL-3.0-or-later */
/* priv: who a process is and what it may still do. The only file that changes identity.
 *
 * The order is always: open what only root may open; priv_drop; verify (done in there); then touch input. Everything
 * here is fatal on failure: a daemon that goes on as root after a failed drop is worse than none. */
#ifndef PRIV_H
#define PRIV_H

#define PRIV_NO_CAPABILITY (-1)

/* "nfqd" if this machine has that user, else "nobody". */
const char *priv_default_user(void);
/* Fatal, with the remedy, if there is no such user. */
void priv_check_user(const char *user);
/* As root: becomes `user` (supplementary groups gone) with at most the capability `keep` (CAP_* or
 * PRIV_NO_CAPABILITY), sets no_new_privs, and verifies that the way back is shut. Not root: only sets
 * no_new_privs. */
void priv_drop(const char *user, int keep);
/* From now on the process may only make the system calls of this group; any other ends it (SIGSYS). Comes last, after
 * priv_drop. Does nothing in a build with a sanitizer, which makes calls of its own. */
enum priv_group {
	PRIV_GATE,     /* wait, receive, send, map a policy */
	PRIV_RECORDER, /* wait, and what SQLite does with files */
};
void priv_filter(enum priv_group group);
/* Stays root in name, for the sake of the programs it runs (nft, iptables), with only these capabilities: NET_ADMIN and
 * NET_RAW for the rules, SETUID, SETGID, SETPCAP and KILL for the children, DAC_READ_SEARCH to read the configuration
 * again whoever owns it. */
void priv_limit_supervisor(void);
/* As root: makes the directory if it is missing (not its parents), and gives it and our files in it to `user` if it
 * holds nothing else. Otherwise `user` must be able to write to it, or it is fatal with the remedy. */
void priv_own_directory(const char *dir, const char *user);

#endif
