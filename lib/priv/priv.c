/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "priv.h"

#include <sys/prctl.h>
#include <sys/stat.h>

#include <cap-ng.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/log.h"

const char *
priv_default_user(void)
{
	return getpwnam("nfqd") != NULL ? "nfqd" : "nobody";
}

static const struct passwd *
find_user(const char *user)
{
	const struct passwd *pw = getpwnam(user);

	if (pw == NULL)
		fatalx("user %s does not exist: create it with useradd --system %s, or name another in the "
		       "configuration",
		       user, user);
	return pw;
}

void
priv_check_user(const char *user)
{
	find_user(user);
}

static void
become(uid_t uid, gid_t gid, const char *name)
{
	/* Groups before the user: afterwards the right to change them is gone. */
	if (setgroups(1, &gid) != 0 || setresgid(gid, gid, gid) != 0 || setresuid(uid, uid, uid) != 0)
		fatal("cannot become user %s", name);
	if (uid != 0 && (setuid(0) == 0 || seteuid(0) == 0 || setgid(0) == 0))
		fatalx("user %s can become root again: refusing to continue", name);
}

/* Sets permitted, effective and bounding set to exactly `caps`. */
static void
limit_to(const int *caps, size_t count)
{
	capng_clear(CAPNG_SELECT_BOTH);
	for (size_t i = 0; i < count; i++)
		if (capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED | CAPNG_BOUNDING_SET,
		                 (unsigned)caps[i]) != 0)
			fatalx("cannot choose capability %d", caps[i]);
	if (capng_apply(CAPNG_SELECT_BOTH) != 0)
		fatal("cannot limit capabilities");
}

void
priv_drop(const char *user, int keep)
{
	bool root = geteuid() == 0;

	if (root) {
		const struct passwd *pw = find_user(user);

		/* The bounding set can only be reduced with CAP_SETPCAP, so it goes first; PR_SET_KEEPCAPS then
		 * preserves the kept capability across the change of user. */
		capng_clear(CAPNG_SELECT_BOUNDS);
		if (keep >= 0)
			capng_update(CAPNG_ADD, CAPNG_BOUNDING_SET, (unsigned)keep);
		if (capng_apply(CAPNG_SELECT_BOUNDS) != 0)
			fatal("cannot limit capabilities");
		if (prctl(PR_SET_KEEPCAPS, keep >= 0, 0, 0, 0) != 0)
			fatal("cannot keep a capability");
		become(pw->pw_uid, pw->pw_gid, pw->pw_name);
		capng_clear(CAPNG_SELECT_CAPS);
		if (keep >= 0)
			capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, (unsigned)keep);
		if (capng_apply(CAPNG_SELECT_CAPS) != 0)
			fatal("cannot limit capabilities");
		if (prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) != 0)
			fatal("cannot drop the right to keep capabilities");
	}
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		fatal("cannot set no_new_privs");
	/* Other processes of that user must not trace it, whatever fs.suid_dumpable is. */
	if (root && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		fatal("cannot forbid tracing");
	if (root) {
		capng_get_caps_process();
		if (capng_have_capabilities(CAPNG_SELECT_CAPS) != (keep >= 0 ? CAPNG_PARTIAL : CAPNG_NONE))
			fatalx("capabilities remain after dropping them: refusing to continue");
	}
}

void
priv_limit_supervisor(void)
{
	static const int caps[] = {CAP_NET_ADMIN, CAP_NET_RAW, CAP_SETUID,         CAP_SETGID,
	                           CAP_SETPCAP,   CAP_KILL,    CAP_DAC_READ_SEARCH};

	if (geteuid() == 0)
		limit_to(caps, sizeof caps / sizeof *caps);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		fatal("cannot set no_new_privs");
}

static bool
ours(const char *name)
{
	static const char *const stems[] = {"gate.db", "wire.db", "gate.lock", "wire.lock"};

	for (size_t i = 0; i < sizeof stems / sizeof *stems; i++)
		if (strncmp(name, stems[i], strlen(stems[i])) == 0)
			return true;
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* Changes the owner of one of our files to the user. The name may be a link to anything, placed there by the user, so
 * only a regular file with a single name is changed. False: it was not, which was logged. */
static bool
give(int dir, const char *name, const struct passwd *to)
{
	int fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	bool given = false;
	struct stat st;

	if (fd < 0 && errno == ENOENT) /* already gone: another program closed its database */
		return true;
	if (fd < 0 || fstat(fd, &st) != 0)
		log_warn("database: cannot examine %s", name);
	else if (st.st_uid != to->pw_uid && (!S_ISREG(st.st_mode) || st.st_nlink != 1))
		log_warnx("database: %s is not a regular file with one name (a link?): remove it", name);
	else if ((st.st_uid != to->pw_uid || st.st_gid != to->pw_gid) &&
	         fchownat(fd, "", to->pw_uid, to->pw_gid, AT_EMPTY_PATH) != 0)
		log_warn("database: cannot give %s to user %s", name, to->pw_name);
	else
		given = true;
	if (fd >= 0)
		close(fd);
	return given;
}

/* True if the directory is for our files: it holds nothing else, or a database of ours besides. What everybody may
 * write to, anybody can have placed a gate.db in. */
static bool
for_ours(DIR *stream, mode_t mode)
{
	const struct dirent *entry;
	bool only = true, database = false;

	rewinddir(stream);
	while ((entry = readdir(stream)) != NULL) {
		only = only && ours(entry->d_name);
		/* Not a lock: one has just been made, wherever the configuration leads. */
		database = database || strcmp(entry->d_name, "gate.db") == 0 || strcmp(entry->d_name, "wire.db") == 0;
	}
	return only || (database && (mode & S_IWOTH) == 0);
}

/* False: one of our files could not be given to the user. */
static bool
give_all(DIR *stream, const struct passwd *to)
{
	const struct dirent *entry;
	bool given = true;

	rewinddir(stream);
	while ((entry = readdir(stream)) != NULL)
		if (ours(entry->d_name) && entry->d_name[0] != '.')
			given = give(dirfd(stream), entry->d_name, to) && given;
	return given;
}

/* False: it was not given, which was logged. */
static bool
own(DIR *stream, const char *dir, const struct passwd *to)
{
	struct stat st;

	if (fstat(dirfd(stream), &st) != 0) {
		log_warn("database: cannot examine directory %s", dir);
		return false;
	}
	if (!for_ours(stream, st.st_mode)) {
		if (st.st_uid == to->pw_uid || (st.st_mode & S_IWOTH) != 0)
			return true;
		log_warnx("database: %s holds other files, and user %s cannot write to it: name a directory of its own",
		          dir, to->pw_name);
		return false;
	}
	if ((st.st_uid != to->pw_uid || st.st_gid != to->pw_gid) &&
	    fchown(dirfd(stream), to->pw_uid, to->pw_gid) != 0) {
		log_warn("database: cannot give %s to user %s", dir, to->pw_name);
		return false;
	}
	return give_all(stream, to);
}

bool
priv_own_directory(const char *dir, const char *user)
{
	DIR *stream;
	bool owned;

	if (mkdir(dir, 0750) != 0 && errno != EEXIST) {
		log_warn("database: cannot make directory %s", dir);
		return false;
	}
	if (geteuid() != 0)
		return true;
	if ((stream = opendir(dir)) == NULL) {
		log_warn("database: cannot open directory %s", dir);
		return false;
	}
	owned = own(stream, dir, find_user(user));
	closedir(stream);
	return owned;
}

/* The folder of a file; its links are followed. */
static bool
folder_of(const char *file, struct stat *st)
{
	char folder[4096];
	const char *slash = strrchr(file, '/');

	snprintf(folder, sizeof folder, "%.*s", slash != NULL ? (int)(slash - file) + 1 : 1,
	         slash != NULL ? file : ".");
	return stat(folder, st) == 0;
}

void
priv_become_owner(const char *file)
{
	struct stat folder, st;
	const struct passwd *pw;

	if (geteuid() != 0 || !folder_of(file, &folder))
		return;
	if (folder.st_uid != 0)
		st = folder;
	else if ((folder.st_mode & (S_IWGRP | S_IWOTH)) == 0 || lstat(file, &st) != 0 || st.st_uid == 0)
		return;
	pw = getpwuid(st.st_uid);
	become(st.st_uid, pw != NULL ? pw->pw_gid : st.st_gid, pw != NULL ? pw->pw_name : "of the database");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		fatal("cannot set no_new_privs");
}
