/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <sys/socket.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/log.h"

#define LINES 10000 /* far more than a pipe or a socket holds */

static char text[8 << 20];
static int saved;

/* `end` becomes standard error, as a shell would pass it on. */
static void
begin(int end)
{
	saved = dup(STDERR_FILENO);
	assert_true(saved >= 0 && dup2(end, STDERR_FILENO) == STDERR_FILENO);
	log_open("t");
	log_never_wait();
	for (int i = 0; i < LINES; i++)
		log_info("line");
}

/* What can be read without waiting. Returns the number of lines, all complete. */
static size_t
lines_read(int from)
{
	size_t size = 0, lines = 0;
	ssize_t n;

	fcntl(from, F_SETFL, O_NONBLOCK);
	while ((n = read(from, text + size, sizeof text - 1 - size)) > 0)
		size += (size_t)n;
	text[size] = '\0';
	for (const char *p = text; (p = strchr(p, '\n')) != NULL; p++)
		lines++;
	assert_true(size == 0 || text[size - 1] == '\n');
	return lines;
}

static void
end(void)
{
	assert_true(dup2(saved, STDERR_FILENO) == STDERR_FILENO);
	close(saved);
}

/* The first lines are there; the others are counted, and the number is written once there is room. */
static void
check_counted(int from)
{
	size_t first = lines_read(from);
	char *said;

	assert_true(first > 0 && first < LINES);
	log_info("again");
	assert_int_equal(lines_read(from), 2);
	said = strstr(text, " lines lost: nobody read standard error\nt: again\n");
	assert_non_null(said);
	*said = '\0';
	assert_int_equal(strncmp(text, "t: ", 3), 0);
	assert_int_equal(strtoull(text + 3, NULL, 10), LINES - first);
	log_catch_up();
	assert_int_equal(lines_read(from), 0);
}

static void
a_full_pipe_makes_nobody_wait_and_its_lost_lines_are_counted(void **state)
{
	int pipes[2];

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	begin(pipes[1]);
	check_counted(pipes[0]);
	end();
	/* The description that others share is as it was. */
	assert_int_equal(fcntl(pipes[1], F_GETFL) & O_NONBLOCK, 0);
	close(pipes[0]);
	close(pipes[1]);
}

static void
so_does_a_full_socket(void **state)
{
	int pair[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	begin(pair[1]);
	check_counted(pair[0]);
	end();
	assert_int_equal(fcntl(pair[1], F_GETFL) & O_NONBLOCK, 0);
	close(pair[0]);
	close(pair[1]);
}

static void
a_reader_that_has_gone_ends_nobody(void **state)
{
	int pipes[2];

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	close(pipes[0]);
	begin(pipes[1]);
	end();
	close(pipes[1]);
}

static void
a_closed_standard_error_is_no_file_of_ours(void **state)
{
	int fd;

	(void)state;
	saved = dup(STDERR_FILENO);
	close(STDERR_FILENO);
	log_open("t");
	fd = open("/dev/zero", O_RDONLY);
	assert_true(fd > STDERR_FILENO);
	close(fd);
	end();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_full_pipe_makes_nobody_wait_and_its_lost_lines_are_counted),
	        cmocka_unit_test(so_does_a_full_socket),
	        cmocka_unit_test(a_reader_that_has_gone_ends_nobody),
	        cmocka_unit_test(a_closed_standard_error_is_no_file_of_ours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
