/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files that root gives away or removes, in directories that others can write to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/stat.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "nfqd/shared/control.h"
#include "lib/priv/priv.h"

static char top[] = "/tmp/nfqd-priv-XXXXXX";

static const char *
path(const char *name)
{
	static char text[4][128];
	static int next;

	next = (next + 1) % 4;
	snprintf(text[next], sizeof text[next], "%s/%s", top, name);
	return text[next];
}

static void
make_file(const char *name)
{
	int fd = open(path(name), O_CREAT | O_WRONLY, 0600);

	assert_true(fd >= 0);
	close(fd);
}

static uid_t
owner(const char *name)
{
	struct stat st;

	assert_int_equal(lstat(path(name), &st), 0);
	return st.st_uid;
}

/* 0 if priv_own_directory does it all, in a process of its own. */
static int
own(void)
{
	int status;
	pid_t pid;

	fflush(NULL);
	if ((pid = fork()) == 0) {
		close(STDERR_FILENO);
		_exit(priv_own_directory(path("db"), "nobody") ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WEXITSTATUS(status);
}

static void
links_are_not_given_away(void **state)
{
	const struct passwd *nobody = getpwnam("nobody");

	(void)state;
	if (geteuid() != 0 || nobody == NULL)
		skip();
	make_file("secret");
	assert_int_equal(mkdir(path("db"), 0750), 0);
	make_file("db/gate.db");
	assert_int_equal(own(), 0);
	assert_int_equal(owner("db"), nobody->pw_uid);
	assert_int_equal(owner("db/gate.db"), nobody->pw_uid);
	assert_int_equal(link(path("secret"), path("db/gate.db-wal")), 0);
	assert_int_equal(own(), 1);
	assert_int_equal(owner("secret"), 0);
	unlink(path("db/gate.db-wal"));
	assert_int_equal(symlink(path("secret"), path("db/wire.db")), 0);
	assert_int_equal(own(), 1);
	assert_int_equal(owner("secret"), 0);
	unlink(path("db/wire.db"));
	unlink(path("db/gate.db"));
	unlink(path("secret"));
	rmdir(path("db"));
}

/* A foreign file keeps its owner. It makes a directory somebody else's only if there is no database of ours. */
static void
a_foreign_file_is_left_alone(void **state)
{
	const struct passwd *nobody = getpwnam("nobody");

	(void)state;
	if (geteuid() != 0 || nobody == NULL)
		skip();
	assert_int_equal(mkdir(path("db"), 0755), 0);
	make_file("db/notes.txt");
	make_file("db/gate.lock"); /* any nfqd makes one, wherever its configuration leads */
	assert_int_equal(own(), 1);
	assert_int_equal(owner("db"), 0);
	unlink(path("db/gate.lock"));
	make_file("db/gate.db");
	assert_int_equal(chmod(path("db"), 0777), 0);
	assert_int_equal(own(), 0);
	assert_int_equal(owner("db"), 0);
	assert_int_equal(chmod(path("db"), 0755), 0);
	assert_int_equal(own(), 0);
	assert_int_equal(owner("db"), nobody->pw_uid);
	assert_int_equal(owner("db/gate.db"), nobody->pw_uid);
	assert_int_equal(owner("db/notes.txt"), 0);
	unlink(path("db/notes.txt"));
	unlink(path("db/gate.db"));
	rmdir(path("db"));
}

static void
control_replaces_only_sockets(void **state)
{
	int fd;

	(void)state;
	make_file("precious");
	assert_int_equal(control_listen(path("precious")), -1);
	assert_int_equal(access(path("precious"), F_OK), 0);
	assert_true((fd = control_listen(path("socket"))) >= 0);
	close(fd);
	assert_true((fd = control_listen(path("socket"))) >= 0);
	close(fd);
	unlink(path("socket"));
	unlink(path("precious"));
}

static int
make_top(void **state)
{
	(void)state;
	return mkdtemp(top) == NULL;
}

static int
remove_top(void **state)
{
	(void)state;
	return rmdir(top);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(links_are_not_given_away),
	        cmocka_unit_test(a_foreign_file_is_left_alone),
	        cmocka_unit_test(control_replaces_only_sockets),
	};

	return cmocka_run_group_tests(tests, make_top, remove_top);
}
