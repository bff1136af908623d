/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How it works: the kernel tells who has bound an abstract socket (SO_PEERCRED of whoever connects) and who holds a
 * record lock (F_GETLK). Such a lock belongs to one process: forked children do not have it, so those that outlive a
 * killed supervisor for a moment are in nobody's way. The socket they have until they close it, some milliseconds after
 * the fork: hence TRIES. */
#include "single.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/log.h"
#include "lib/base/process.h"
#include "lib/base/text.h"
#include "priv.h"

#define TRIES 20 /* 10 milliseconds apart */
#define WHO 128

/* A process as messages name it. */
static const char *
print_process(pid_t pid, const char *name, char out[WHO])
{
	char safe[64];

	if (pid <= 0)
		snprintf(out, WHO, "a process of another container");
	else
		snprintf(out, WHO, "%s, pid %d",
		         name[0] != '\0' ? text_safe(name, false, safe, sizeof safe) : "a process", (int)pid);
	return out;
}

static socklen_t
abstract(const char *name, struct sockaddr_un *out)
{
	*out = (struct sockaddr_un){.sun_family = AF_UNIX};
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 +
	                   (size_t)snprintf(out->sun_path + 1, sizeof out->sun_path - 1, "%s", name));
}

/* The process that listens under a name; its pid is 0 where another pid namespace hides it. False: nobody does, or who
 * it is cannot be asked. */
static bool
listener(const char *name, struct ucred *out)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un sun;
	socklen_t length = abstract(name, &sun), size = sizeof *out;
	bool known;

	/* Not blocking: one who takes no connections is not waited for. */
	known = fd >= 0 && connect(fd, (const struct sockaddr *)&sun, length) == 0 &&
	        getsockopt(fd, SOL_SOCKET, SO_PEERCRED, out, &size) == 0;
	if (fd >= 0)
		close(fd);
	return known;
}

/* False: it is taken, or errno is something else than EADDRINUSE. The socket stays open as long as the process. */
static bool
take_name(const char *name)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), error;
	struct sockaddr_un sun;
	socklen_t length = abstract(name, &sun);

	if (fd >= 0 && bind(fd, (const struct sockaddr *)&sun, length) == 0 && listen(fd, 16) == 0)
		return true;
	error = errno;
	if (fd >= 0)
		close(fd);
	errno = error;
	return false;
}

void
single_in_namespace(const char *name, const char *program)
{
	struct ucred other;
	char comm[PROCESS_NAME], who[WHO];

	for (int i = 0; i < TRIES; i++) {
		if (take_name(name))
			return;
		if (errno != EADDRINUSE) {
			log_warn("cannot take the name @%s in this network namespace", name);
			return;
		}
		poll(NULL, 0, 10);
	}
	if (!listener(name, &other)) {
		log_warnx("the name @%s is taken by a process that does not say who it is: going on without it", name);
		return;
	}
	process_name(other.pid, comm);
	print_process(other.pid, comm, who);
	if (other.uid == 0 && (comm[0] == '\0' || strcmp(comm, program) == 0))
		fatalx("another %s runs in this network namespace (%s): stop it first", program, who);
	log_warnx("the name @%s is taken by another program (%s, uid %u): going on without it", name, who,
	          (unsigned)other.uid);
}

/* A lock on the whole file. 1: taken; 0: `holder` (0: hidden) has it; -1: an error. */
static int
lock(int fd, pid_t *holder)
{
	struct flock l = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

	if (fcntl(fd, F_SETLK, &l) == 0)
		return 1;
	if (errno != EACCES && errno != EAGAIN)
		return -1;
	if (fcntl(fd, F_GETLK, &l) != 0)
		return -1;
	*holder = l.l_type == F_UNLCK ? 0 : l.l_pid;
	return 0;
}

/* The file may be anything that the directory's owner has placed there. -1: it cannot be opened, which was logged. */
static int
open_file(int dir, const char *directory, const char *file)
{
	int fd = openat(dir, file, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0600);
	struct stat st;

	if (fd < 0 && errno != ELOOP && errno != EISDIR && errno != ENXIO) {
		log_warn("%s/%s: cannot be opened; another writer would not be noticed", directory, file);
		return -1;
	}
	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_nlink <= 1)
		return fd;
	log_warnx("%s/%s is not a regular file with one name (a link?): remove it; another writer would not be noticed",
	          directory, file);
	if (fd >= 0)
		close(fd);
	return -1;
}

/* True if the name still leads to the open file. */
static bool
same(int dir, const char *file, int fd)
{
	struct stat a, b;

	return fstat(fd, &a) == 0 && fstatat(dir, file, &b, AT_SYMLINK_NOFOLLOW) == 0 && a.st_dev == b.st_dev &&
	       a.st_ino == b.st_ino;
}

static bool
of_root(pid_t pid)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof path, "/proc/%d", (int)pid);
	return pid <= 0 || stat(path, &st) != 0 || st.st_uid == 0;
}

/* Takes the file; it stays open, and locked, as long as the process. */
static void
take_file(int dir, const char *directory, const char *file, bool root_alone)
{
	char comm[PROCESS_NAME], who[WHO];
	pid_t holder = 0;
	int fd, got = 0;

	for (int i = 0; i < TRIES; i++) {
		if ((fd = open_file(dir, directory, file)) < 0)
			return;
		if ((got = lock(fd, &holder)) > 0 && same(dir, file, fd))
			return;
		close(fd);
		if (got < 0) {
			log_warn("%s/%s: cannot be locked; another writer would not be noticed", directory, file);
			return;
		}
		poll(NULL, 0, 10);
	}
	process_name(holder, comm);
	print_process(holder, comm, who);
	if (!root_alone || of_root(holder))
		fatalx("%s: another program writes to this database (%s): stop it first, or name another directory",
		       directory, who);
	log_warnx("%s/%s is held by a program that is not root's (%s): going on without it", directory, file, who);
}

bool
single_in_directory(const char *directory, const char *file, const char *user, bool root_alone)
{
	int dir = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool owned;

	if (dir < 0) { /* nobody writes there: it can be made first */
		if (!priv_own_directory(directory, user))
			return false;
		dir = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	}
	if (dir >= 0)
		take_file(dir, directory, file, root_alone);
	owned = priv_own_directory(directory, user); /* with the file */
	if (dir >= 0)
		close(dir);
	return owned;
}
