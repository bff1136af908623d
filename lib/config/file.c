/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads files for the parser: the configuration, its includes, its files of prefixes. */
#include "feed.h"

#include <errno.h>
#include <glob.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/log.h"
#include "lib/base/text.h"
#include "lib/priv/priv.h"

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

static const char *
read_lines(const char *path, const struct config_taker *to)
{
	enum { MARK = 3 };
	static const char mark[MARK] = {'\xef', '\xbb', '\xbf'}; /* byte order mark, which some editors write */
	FILE *in = fopen(path, "re");
	struct stat st;
	char *text = NULL;
	size_t size = 0;
	uint32_t number = 0;
	ssize_t n;
	int error = errno;

	if (in == NULL)
		return strerror(error);
	if (fstat(fileno(in), &st) == 0 && S_ISDIR(st.st_mode)) {
		fclose(in);
		return "it is a directory";
	}
	while ((n = getline(&text, &size, in)) >= 0) {
		if (n > 0 && text[n - 1] == '\n')
			text[--n] = '\0';
		if (number == 0 && n >= MARK && memcmp(text, mark, MARK) == 0) {
			n -= MARK;
			memmove(text, text + MARK, (size_t)n + 1);
		}
		if (memchr(text, '\0', (size_t)n) != NULL)
			text[0] = '\1'; /* the text after a NUL would be lost: make the parser refuse the line */
		to->line(to->ctx, path, ++number, text);
	}
	error = ferror(in) ? EIO : 0;
	free(text);
	fclose(in);
	return error != 0 ? strerror(error) : NULL;
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

	(void)arg;
	resolve(from, pattern, path, sizeof path);
	if (!glob_it || strpbrk(pattern, "*?[") == NULL)
		return read_lines(path, to);
	switch (glob(path, 0, glob_error, &found)) {
	case 0:
		for (size_t i = 0; i < found.gl_pathc && why == NULL; i++)
			why = read_lines(found.gl_pathv[i], to);
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
	fprintf(stderr, "%s\n", text_name_hidden(text, shown, sizeof shown));
}

static void
feed(void *ctx, const char *file, uint32_t number, const char *text)
{
	config_feed(ctx, file, number, text);
}

struct config *
config_load(const char *path)
{
	static const struct config_io io = {.read = read_files, .user = find_user, .complain = complain_to_stderr};
	struct config *c = config_new(&io);
	const char *why;

	if (c == NULL) {
		log_warnx("out of memory");
		return NULL;
	}
	c->user = priv_default_user();
	if ((why = read_lines(path, &(struct config_taker){feed, c})) != NULL) {
		fprintf(stderr, "%s: %s, expected a readable configuration\n", path, why);
		config_free(c);
		return NULL;
	}
	if (config_finish(c, path) > 0) {
		config_free(c);
		return NULL;
	}
	return c;
}
