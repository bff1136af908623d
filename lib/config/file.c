/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads files for the parser: the configuration, its includes, its files of prefixes. */
#include "feed.h"
#include "published.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/log.h"
#include "lib/base/text.h"
#include "lib/priv/priv.h"

static bool
is_stdin(const char *path)
{
	return strcmp(path, "-") == 0;
}

static const char *
shown_name(const char *path)
{
	return is_stdin(path) ? "standard input" : path;
}

/* Relative to the directory of the file that names it. */
static void
resolve(const char *from, const char *name, char *out, size_t size)
{
	const char *slash = strrchr(from, '/');

	if (name[0] == '/' || slash == NULL)
		snprintf(out, size, "%s", name);
	else
		snprintf(out, size, "%.*s/%s", (int)(slash - from), from, name);
}

/* The most bytes of a configuration with all that it includes. Opening a file counts, too, so that files which include
 * each other in circles come to an end. */
#define MOST_BYTES (64 << 20)
#define OPENED_BYTES 256

struct reading {
	int64_t bytes; /* so far */
};

static const char *
refuse_kind(mode_t mode)
{
	if (S_ISDIR(mode))
		return "it is a directory";
	if (S_ISFIFO(mode))
		return "it is a FIFO or a pipe";
	return S_ISREG(mode) ? NULL : "it is a device or a socket";
}

/* Never waits: a FIFO would, until somebody writes. NULL with the reason in *why. */
static FILE *
open_regular(const char *path, const char **why)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;
	FILE *in = NULL;

	if (fd < 0 || fstat(fd, &st) != 0)
		*why = strerror(errno);
	else if ((*why = refuse_kind(st.st_mode)) == NULL && (in = fdopen(fd, "r")) == NULL)
		*why = strerror(errno);
	if (in == NULL && fd >= 0)
		close(fd);
	return in;
}

/* `name`: as errors call it. NULL, or what went wrong. */
static const char *
read_stream(struct reading *r, FILE *in, const char *name, const struct config_taker *to)
{
	enum { MARK = 3 };
	static const char mark[MARK] = {'\xef', '\xbb', '\xbf'}; /* byte order mark, which some editors write */
	const char *why = NULL;
	char *text = NULL;
	size_t size = 0;
	uint32_t number = 0;
	ssize_t n;

	r->bytes += OPENED_BYTES;
	while (r->bytes <= MOST_BYTES && (n = getline(&text, &size, in)) >= 0) {
		r->bytes += n;
		if (n > 0 && text[n - 1] == '\n')
			text[--n] = '\0';
		if (number == 0 && n >= MARK && memcmp(text, mark, MARK) == 0) {
			n -= MARK;
			memmove(text, text + MARK, (size_t)n + 1);
		}
		if (memchr(text, '\0', (size_t)n) != NULL)
			text[0] = '\1'; /* the text after a NUL would be lost: make the parser refuse the line */
		to->line(to->ctx, name, ++number, text);
	}
	if (r->bytes > MOST_BYTES)
		why = "more than 64 MiB with all that was read before it";
	else if (ferror(in))
		why = strerror(EIO);
	free(text);
	return why;
}

static const char *
read_lines(struct reading *r, const char *path, const struct config_taker *to)
{
	const char *why;
	FILE *in = open_regular(path, &why);

	if (in == NULL)
		return why;
	why = read_stream(r, in, path, to);
	fclose(in);
	return why;
}

/* The configuration itself, which may be standard input. */
static const char *
read_first(struct reading *r, const char *path, const struct config_taker *to)
{
	return is_stdin(path) ? read_stream(r, stdin, shown_name(path), to) : read_lines(r, path, to);
}

/* A pattern in a missing directory matches no files; an unreadable directory is an error. */
static int
glob_error(const char *path, int error)
{
	(void)path;
	return error != ENOENT;
}

static const char *
read_files(void *arg, const char *from, const char *pattern, bool glob_it, const struct config_taker *to)
{
	char path[4096];
	const char *why = NULL;
	glob_t found;

	resolve(from, pattern, path, sizeof path);
	if (!glob_it || strpbrk(pattern, "*?[") == NULL)
		return read_lines(arg, path, to);
	switch (glob(path, 0, glob_error, &found)) {
	case 0:
		for (size_t i = 0; i < found.gl_pathc && why == NULL; i++)
			why = read_lines(arg, found.gl_pathv[i], to);
		break;
	case GLOB_NOMATCH: /* an empty conf.d is no error */
		break;
	default:
		why = "the directory cannot be read";
	}
	globfree(&found);
	return why;
}

static bool
find_user(void *arg, const char *name, uint32_t *out)
{
	const struct passwd *user = getpwnam(name);

	(void)arg;
	if (user != NULL)
		*out = user->pw_uid;
	return user != NULL;
}

static void
complain_to_stderr(void *arg, const char *text)
{
	char shown[2400];

	(void)arg;
	log_line(text_name_hidden(text, shown, sizeof shown));
}

static void
feed(void *ctx, const char *file, uint32_t number, const char *text)
{
	config_feed(ctx, file, number, text);
}

/* Where errors go: to standard error, but for config_load_telling. */
static struct {
	void (*take)(void *arg, const char *text);
	void *arg;
} errors = {complain_to_stderr, NULL};

static void
complain_of(void *arg, const char *text)
{
	(void)arg;
	errors.take(errors.arg, text);
}

static void
complain_of_file(const char *path, const char *why)
{
	char text[4400];

	snprintf(text, sizeof text, "%s: %s, expected a readable configuration", path, why);
	complain_of(NULL, text);
}

/* NULL, and a line in the log, if memory is short. A configuration keeps its `io`. */
static struct config *
new_config(struct reading **reading)
{
	static struct reading of_this_one;
	const struct config_io io = {&of_this_one, read_files, find_user, complain_of};
	struct config *c = config_new(&io);

	if (c == NULL)
		log_warnx("out of memory");
	of_this_one = (struct reading){0};
	*reading = &of_this_one;
	return c;
}

struct config *
config_load_settings(const char *path, bool *wrong)
{
	struct reading *reading;
	struct config *c = new_config(&reading);
	const char *why;

	*wrong = true;
	if (c == NULL)
		return NULL;
	c->user = priv_default_user();
	if ((why = read_first(reading, path, &(struct config_taker){feed, c})) != NULL) {
		complain_of_file(shown_name(path), why);
		return c;
	}
	*wrong = config_finish(c, shown_name(path)) > 0;
	return c;
}

struct config *
config_load(const char *path)
{
	bool wrong;
	struct config *c = config_load_settings(path, &wrong);

	if (!wrong)
		return c;
	config_free(c);
	return NULL;
}

struct config *
config_load_telling(const char *path, void (*take)(void *arg, const char *text), void *arg)
{
	struct config *c;

	errors.take = take;
	errors.arg = arg;
	c = config_load(path);
	errors.take = complain_to_stderr;
	return c;
}

struct config *
published_load(const char *path, struct published_times *times)
{
	struct reading *reading;
	struct published p = {.config = new_config(&reading)};
	const char *why;

	if (p.config == NULL)
		return NULL;
	if ((why = read_lines(reading, path, &(struct config_taker){published_feed, &p})) != NULL)
		complain_of_file(path, why);
	*times = p.times;
	if (why == NULL && config_finish(p.config, path) == 0)
		return p.config;
	config_free(p.config);
	return NULL;
}
