/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How it works: SQLite opens files through open_regular, so that none of its names, whenever somebody changes them,
 * leads to a link or stops it at a FIFO. Its pages may point to one another in any way, and a few of them then hold
 * billions of rows: so a reader counts the steps of SQLite's machine, and gives up at many times what an honest file of
 * that size takes. */
#include "guard.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "handle.h"

#define MEBIBYTE (1024 * 1024)
#define HEAP (INT64_C(512) * MEBIBYTE) /* of SQLite, in this process */
#define VALUE (16 * MEBIBYTE)          /* the longest value of a database */
#define PAUSE 10000                    /* steps between looks at the limits */
/* Steps of one run of a statement, and of all runs since the database was opened: for any file, and for each of its
 * bytes. A row takes 40 to 60 bytes and about 40 steps to read. */
#define RUN_STEPS UINT64_C(20000000)
#define RUN_STEPS_BYTE 8
#define ALL_STEPS UINT64_C(400000000)
#define ALL_STEPS_BYTE 256
#define HOLES 8 /* a file may be this many times as large as the space that it takes (holes, compression) */

const char *const store_files[STORE_FILES] = {"", "-wal", "-shm", "-journal"};

/* In place of open(2). SQLite opens directories, too, to sync them. */
static int
open_regular(const char *path, int flags, int mode)
{
	int fd = open(path, flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, (mode_t)mode);
	struct stat st;

	if (fd < 0 || (fstat(fd, &st) == 0 && (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode))))
		return fd;
	close(fd);
	errno = EACCES;
	return -1;
}

void
guard_files(void)
{
	static bool done;
	sqlite3_vfs *vfs;

	if (done)
		return;
	/* The programs are single-threaded: no mutexes. */
	sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 1); /* for the limit */
	if ((vfs = sqlite3_vfs_find(NULL)) != NULL)
		vfs->xSetSystemCall(vfs, "open", (sqlite3_syscall_ptr)open_regular);
	sqlite3_hard_heap_limit64(HEAP);
	done = true;
}

static const char *
kind(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFLNK:
		return "a symbolic link";
	case S_IFIFO:
		return "a FIFO";
	case S_IFDIR:
		return "a directory";
	case S_IFSOCK:
		return "a socket";
	default:
		return "a device";
	}
}

bool
guard_path(const char *path, char *why, size_t why_size)
{
	char name[4096 + 16];
	struct stat st;

	for (size_t n = 0; n < STORE_FILES; n++) {
		snprintf(name, sizeof name, "%s%s", path, store_files[n]);
		if (lstat(name, &st) != 0 || S_ISREG(st.st_mode))
			continue;
		snprintf(why, why_size, "%s is %s, expected a regular file", name, kind(st.st_mode));
		return false;
	}
	return true;
}

/* True ends the statement. */
static int
look(void *store)
{
	struct store *s = store;

	s->steps += PAUSE;
	if (s->running != NULL)
		s->running->steps += PAUSE;
	s->exceeded = s->steps > s->all_most || (s->running != NULL && s->running->steps > s->run_most);
	return s->exceeded;
}

/* Limits the work by the size of the file. */
static void
limit_work(struct store *s)
{
	char name[4096 + 16];
	uint64_t bytes = 0;
	struct stat st;

	for (size_t n = 0; n < 2 && s->path[0] != '\0'; n++) {
		snprintf(name, sizeof name, "%s%s", s->path, store_files[n]);
		if (stat(name, &st) == 0)
			bytes += (uint64_t)(st.st_size < HOLES * 512 * st.st_blocks ? st.st_size
			                                                            : HOLES * 512 * st.st_blocks);
	}
	s->run_most = RUN_STEPS + RUN_STEPS_BYTE * bytes;
	s->all_most = ALL_STEPS + ALL_STEPS_BYTE * bytes;
	sqlite3_progress_handler(s->db, PAUSE, look, s);
}

void
guard_no_work(struct store *s)
{
	sqlite3_progress_handler(s->db, 0, NULL, NULL);
}

void
guard_connection(struct store *s)
{
	static const struct {
		int what, most;
	} limits[] = {
	        {SQLITE_LIMIT_LENGTH, VALUE},     {SQLITE_LIMIT_SQL_LENGTH, 100000}, {SQLITE_LIMIT_COLUMN, 100},
	        {SQLITE_LIMIT_EXPR_DEPTH, 100},   {SQLITE_LIMIT_VDBE_OP, 25000},     {SQLITE_LIMIT_ATTACHED, 0},
	        {SQLITE_LIMIT_WORKER_THREADS, 0}, {SQLITE_LIMIT_TRIGGER_DEPTH, 10},  {SQLITE_LIMIT_COMPOUND_SELECT, 10},
	};
	static const struct {
		int what, value;
	} settings[] = {
	        {SQLITE_DBCONFIG_DEFENSIVE, 1},   {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
	        {SQLITE_DBCONFIG_ENABLE_VIEW, 0}, {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
	        {SQLITE_DBCONFIG_DQS_DDL, 0},     {SQLITE_DBCONFIG_DQS_DML, 0},
	};

	for (size_t n = 0; n < sizeof limits / sizeof *limits; n++)
		sqlite3_limit(s->db, limits[n].what, limits[n].most);
	for (size_t n = 0; n < sizeof settings / sizeof *settings; n++)
		sqlite3_db_config(s->db, settings[n].what, settings[n].value, NULL);
	limit_work(s);
}

bool
guard_exceeded(const struct store *s)
{
	return s->exceeded;
}
