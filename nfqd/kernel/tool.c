/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tool.h"

#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/steady.h"
#include "lib/base/when.h"
#include "trouble.h"

#define USUAL 20                  /* times that a program usually takes, in addition */
#define LIMIT_READ (5 * SECOND)   /* of a program without input: it lists something */
#define LIMIT_WRITE (10 * SECOND) /* of one that is given a script, of up to 100,000 elements */
#define HUNG 8
#define TOOL_NAME 24
#define PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

enum { TO_CHILD, OUT, ERR, PIPES };

struct text {
	char *bytes;
	size_t size;
};

static bool
append(struct text *t, const char *bytes, size_t n)
{
	char *more = realloc(t->bytes, t->size + n + 1);

	if (more == NULL)
		return false;
	memcpy(more + t->size, bytes, n);
	t->bytes = more;
	t->size += n;
	more[t->size] = '\0';
	return true;
}

/* Programs that were ended at the limit: this process does not wait for them again. */
static char hung[HUNG][TOOL_NAME];
static int64_t usual;

bool
command_hangs(const char *name)
{
	for (size_t i = 0; i < HUNG; i++)
		if (strncmp(hung[i], name, TOOL_NAME - 1) == 0)
			return true;
	return false;
}

static void
remember_hung(const char *name)
{
	for (size_t i = 0; i < HUNG; i++)
		if (hung[i][0] == '\0') {
			snprintf(hung[i], TOOL_NAME, "%s", name);
			return;
		}
}

void
command_forget(void)
{
	memset(hung, 0, sizeof hung);
}

static pid_t
start(const char *const argv[], int pipes[PIPES][2])
{
	static char *const environment[] = {"PATH=" PATH, "LC_ALL=C", NULL};
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none;
	pid_t pid = -1;
	int error;

	sigemptyset(&none);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, pipes[TO_CHILD][0], STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, pipes[OUT][1], STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&actions, pipes[ERR][1], STDERR_FILENO);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
	for (const char *dir = strchr(argv[0], '/') != NULL ? "" : PATH; pid < 0 && dir != NULL;
	     dir = strchr(dir, ':') != NULL ? strchr(dir, ':') + 1 : NULL) {
		char path[PATH_MAX];

		snprintf(path, sizeof path, "%.*s%s%s", (int)strcspn(dir, ":"), dir, *dir != '\0' ? "/" : "", argv[0]);
		if (access(path, X_OK) != 0)
			continue;
		error = posix_spawn(&pid, path, &actions, &attributes, (char *const *)(uintptr_t)argv, environment);
		if (error != 0) {
			pid = -1;
			errno = error;
			break;
		}
	}
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	return pid;
}

/* Feeds and reads until the program closes its ends; until `end`, if that is not NULL. False: it took too long. */
static bool
converse(int pipes[PIPES][2], const char *input, const struct steady *end, struct text text[2])
{
	size_t left = input != NULL ? strlen(input) : 0;
	char buffer[65536];
	ssize_t n;

	for (int i = 0; i < PIPES; i++)
		fcntl(pipes[i][i == TO_CHILD], F_SETFL, O_NONBLOCK);
	while (pipes[OUT][0] >= 0 || pipes[ERR][0] >= 0) {
		struct pollfd fds[PIPES] = {
		        {pipes[TO_CHILD][1], POLLOUT, 0}, {pipes[OUT][0], POLLIN, 0}, {pipes[ERR][0], POLLIN, 0}};

		if (left == 0 && pipes[TO_CHILD][1] >= 0) {
			close(pipes[TO_CHILD][1]);
			fds[TO_CHILD].fd = pipes[TO_CHILD][1] = -1;
		}
		if ((end != NULL && !steady_before(steady_now(), *end)) ||
		    (poll(fds, PIPES, 1000) < 0 && errno != EINTR))
			return false;
		if (fds[TO_CHILD].revents != 0) {
			if ((n = write(pipes[TO_CHILD][1], input, left)) > 0) {
				input += n;
				left -= (size_t)n;
			} else if (n < 0 && errno != EAGAIN && errno != EINTR) {
				left = 0; /* it has closed its input */
			}
		}
		for (int i = OUT; i <= ERR; i++) {
			if (fds[i].revents == 0)
				continue;
			if ((n = read(pipes[i][0], buffer, sizeof buffer)) > 0) {
				if (!append(&text[i - OUT], buffer, (size_t)n))
					return false;
			} else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
				close(pipes[i][0]);
				pipes[i][0] = -1;
			}
		}
	}
	return true;
}

/* It has closed its ends, and is to end until `end`, if that is not NULL. False: it was killed. */
static bool
wait_for(pid_t pid, const struct steady *end, int *status)
{
	for (int pause = 0; waitpid(pid, status, end != NULL ? WNOHANG : 0) == 0; pause = pause < 10 ? pause + 1 : 10) {
		if (!steady_before(steady_now(), *end)) {
			kill(pid, SIGKILL);
			return false;
		}
		poll(NULL, 0, pause);
	}
	return true;
}

static int
run(const char *const argv[], const char *input, const struct steady *end, char **output, char why[COMMAND_WHY])
{
	int pipes[PIPES][2] = {{-1, -1}, {-1, -1}, {-1, -1}}, ended, status = 127;
	struct text text[2] = {{NULL, 0}, {NULL, 0}};
	void (*old)(int) = signal(SIGPIPE, SIG_IGN);
	pid_t pid = -1;

	for (int i = 0; i < PIPES; i++)
		if (pipe2(pipes[i], O_CLOEXEC) != 0)
			goto done;
	errno = ENOENT;
	if ((pid = start(argv, pipes)) < 0)
		goto done;
	for (int i = 0; i < PIPES; i++) {
		close(pipes[i][i != TO_CHILD]);
		pipes[i][i != TO_CHILD] = -1;
	}
	if (!converse(pipes, input, end, text)) {
		kill(pid, SIGKILL);
		waitpid(pid, &ended, WNOHANG); /* one that waits for a disk is left behind */
		status = 124;
	} else if (wait_for(pid, end, &ended)) {
		status = WIFEXITED(ended) ? WEXITSTATUS(ended) : 126;
	} else {
		status = 124;
	}
done:
	if (why != NULL) {
		const char *said = text[1].bytes != NULL ? text[1].bytes : pid < 0 ? strerror(errno) : "";

		snprintf(why, COMMAND_WHY, "%.*s", (int)strcspn(said, "\n"), said);
	}
	for (int i = 0; i < PIPES; i++)
		for (int k = 0; k < 2; k++)
			if (pipes[i][k] >= 0)
				close(pipes[i][k]);
	if (output != NULL)
		*output = text[0].bytes;
	else
		free(text[0].bytes);
	free(text[1].bytes);
	signal(SIGPIPE, old);
	return status;
}

void
command_usually_takes(int64_t us)
{
	usual = us;
}

int
command_run(const char *const argv[], const char *input, char **output, char why[COMMAND_WHY])
{
	int64_t limit = (input != NULL ? LIMIT_WRITE : LIMIT_READ) + USUAL * usual;
	struct steady end = steady_add(steady_now(), limit);
	int status = 124;

	if (output != NULL)
		*output = NULL;
	if (!command_hangs(argv[0])) {
		status = run(argv, input, &end, output, why);
		if (status == 124) {
			remember_hung(argv[0]);
			trouble("%s does not end: killed after %d s", argv[0], (int)(limit / SECOND));
		}
	}
	if (status == 124 && why != NULL)
		snprintf(why, COMMAND_WHY, "it does not end");
	return status;
}

bool
command_takes(const char *const argv[], const char *input, int *known)
{
	int status;

	if (*known < 0 && (status = command_run(argv, input, NULL, NULL)) != 124)
		*known = status == 0;
	return *known > 0;
}

int
command_wait(const char *const argv[], char **output, char why[COMMAND_WHY])
{
	return run(argv, NULL, NULL, output, why);
}

bool
command_feed(const char *tool, const char *option, const char *script)
{
	const char *const argv[] = {tool, option, NULL};
	char why[COMMAND_WHY];

	if (command_run(argv, script, NULL, why) == 0)
		return true;
	if (!command_hangs(tool))
		trouble("%s refused our rules: %s", tool, why);
	return false;
}
