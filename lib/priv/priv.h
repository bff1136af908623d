/* SPDX-License-Identifier: GPL-3.0-or-later */
/* priv: user, capabilities and system calls of a process. The only file that changes identity.
 *
 * The order is always: open what only root may open; priv_drop; verify (done in there); then touch input. Everything
 * here but priv_own_directory is fatal on failure: a daemon that continues as root after a failed drop is worse than
 * none. */
#ifndef PRIV_H
#define PRIV_H

#include <stdbool.h>

#define PRIV_NO_CAPABILITY (-1)

/* "nfqd" if that user exists, else "nobody". */
const char *priv_default_user(void);
/* Fatal, with the remedy, if the user does not exist. */
void priv_check_user(const char *user);
/* As root: becomes `user` (supplementary groups gone) with at most the capability `keep` (CAP_* or
 * PRIV_NO_CAPABILITY), sets no_new_privs, forbids tracing by others of that user, and verifies that root cannot be
 * regained. Not root: only sets no_new_privs. */
void priv_drop(const char *user, int keep);
/* Limits the process to the system calls of this group; any other ends it (SIGSYS), or fails with EPERM in a capture.
 * Call last, after priv_drop. Does nothing in sanitizer builds, which make calls of their own. */
enum priv_group {
	PRIV_GATE,     /* wait, receive, send, map a policy */
	PRIV_RECORDER, /* wait, and file access as SQLite needs it */
	PRIV_CAPTURE,  /* the same, and sockets for a live capture, to open it again */
	/* Everything but some calls, which fail with EPERM; also in all programs that it runs. Before children start.
	 */
	PRIV_SUPERVISOR,
};
void priv_filter(enum priv_group group);
/* Keeps uid root, which the programs it runs (nft, iptables) require, with these capabilities only: NET_ADMIN and
 * NET_RAW for the rules, SETUID, SETGID, SETPCAP and KILL for the children, DAC_READ_SEARCH to reread the configuration
 * whoever owns it. Sets no_new_privs, for those programs, too. */
void priv_limit_supervisor(void);
/* As root: creates the directory if it is missing (not its parents), and changes the owner of it and of our files to
 * `user` if it holds nothing else, or a database of ours. Otherwise `user` must be able to write to it. False:
 * something of this failed, which was logged with the remedy. */
bool priv_own_directory(const char *dir, const char *user);
/* Before a program that only reads opens a database. Its folder decides what lies beside it, which SQLite opens and
 * writes to. As root, where others may place names: becomes the folder's owner for good, or, in a folder of root's that
 * others may write to, the file's. Fatal if that fails. */
void priv_become_owner(const char *file);

#endif
