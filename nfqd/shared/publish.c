/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How it works: the new file is complete before it gets its name. Its time of change is when the policy had reached the
 * kernel and all gates. */
#include "publish.h"

#include <sys/fsuid.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/log.h"
#include "lib/config/published.h"

#define NEW ".new"
#define MODE 0640

/* A file of a folder, which is open. */
struct place {
	int folder;
	char path[PUBLISHED_PATH];
	const char *name; /* within `path` */
};

/* False, with errno: there is no such folder, or others than root may write to it (EPERM). */
static bool
open_place(const struct config *c, struct place *p)
{
	char folder[PUBLISHED_PATH];
	const char *slash;
	struct stat st;

	published_path(c, p->path);
	slash = strrchr(p->path, '/');
	p->name = slash != NULL ? slash + 1 : p->path;
	snprintf(folder, sizeof folder, "%.*s", slash != NULL ? (int)(slash - p->path) : 1,
	         slash != NULL ? p->path : ".");
	p->folder = open(folder[0] != '\0' ? folder : "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (p->folder < 0)
		return false;
	if (fstat(p->folder, &st) == 0 && st.st_uid == 0 && (st.st_mode & (S_IWGRP | S_IWOTH)) == 0)
		return true;
	close(p->folder);
	errno = EPERM;
	return false;
}

/* A new file that the user's group may read. */
static int
make(const struct place *p, const char *name, const char *user)
{
	const struct passwd *pw = getpwnam(user);
	mode_t mask = umask(0);
	int fd;

	if (pw != NULL) /* the supervisor may not give files away, but it may act for a group */
		setfsgid(pw->pw_gid);
	fd = openat(p->folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, MODE);
	setfsgid(getegid());
	umask(mask);
	return fd;
}

static bool
write_all(int fd, const struct config *c, const struct published_times *times)
{
	FILE *out = fdopen(fd, "w");
	bool ok;

	if (out == NULL) {
		close(fd);
		return false;
	}
	published_print(c, times, out);
	ok = ferror(out) == 0;
	return fclose(out) == 0 && ok;
}

/* From when the policy is in force that was published last; 0: none was. */
static int64_t
last_since(const struct place *p)
{
	int fd = openat(p->folder, p->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct published_times times = {0};
	FILE *in = fd >= 0 ? fdopen(fd, "r") : NULL;
	char line[256];

	for (int i = 0; in != NULL && i < 3 && fgets(line, sizeof line, in) != NULL; i++)
		if (published_read_times(line, &times))
			break;
	if (in != NULL)
		fclose(in);
	return times.since;
}

static bool
replace(const struct place *p, const struct config *c, int64_t since)
{
	const struct published_times times = {since, last_since(p)};
	char name[PUBLISHED_PATH + sizeof NEW];
	int fd;

	snprintf(name, sizeof name, "%s" NEW, p->name);
	unlinkat(p->folder, name, 0);
	if ((fd = make(p, name, c->user)) < 0)
		return false;
	if (write_all(fd, c, &times) && renameat(p->folder, name, p->folder, p->name) == 0)
		return true;
	unlinkat(p->folder, name, 0);
	return false;
}

void
publish_policy(const struct config *c, int64_t since)
{
	struct place p;
	bool done;
	int error;

	if (!open_place(c, &p)) {
		if (errno != ENOENT) /* `nfqd rules --apply` where nfqd has never run */
			log_warn("%s: not written, pcapmon does not follow the policy", p.path);
		return;
	}
	done = replace(&p, c, since);
	error = errno;
	if (!done)
		unlinkat(p.folder, p.name, 0); /* no policy rather than an old one */
	close(p.folder);
	errno = error;
	if (!done)
		log_warn("%s: cannot be written, pcapmon does not follow the policy", p.path);
}

void
publish_settled(const struct config *c)
{
	struct place p;

	if (!open_place(c, &p))
		return;
	utimensat(p.folder, p.name, NULL, AT_SYMLINK_NOFOLLOW);
	close(p.folder);
}

void
publish_nothing(const struct config *c)
{
	struct place p;

	if (!open_place(c, &p))
		return;
	unlinkat(p.folder, p.name, 0);
	close(p.folder);
}
