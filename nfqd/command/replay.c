/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "replay.h"

#include <sys/stat.h>

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "nfqd/kernel/tool.h"
#include "lib/base/log.h"
#include "lib/priv/priv.h"
#include "lib/base/when.h"

/* In the folder of our own program, or else through PATH. */
static const char *
find_pcapmon(char *path, size_t size)
{
	ssize_t n = readlink("/proc/self/exe", path, size - 1);
	char *slash;

	if (n > 0) {
		path[n] = '\0';
		if ((slash = strrchr(path, '/')) != NULL && (size_t)(slash - path) + sizeof "/pcapmon" <= size) {
			memcpy(slash, "/pcapmon", sizeof "/pcapmon");
			if (access(path, X_OK) == 0)
				return path;
		}
	}
	return "pcapmon";
}

static void
remove_folder(const char *path)
{
	DIR *dir = opendir(path);
	const struct dirent *entry;

	while (dir != NULL && (entry = readdir(dir)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			unlinkat(dirfd(dir), entry->d_name, 0);
	if (dir != NULL)
		closedir(dir);
	rmdir(path);
}

/* Takes the period from the summary. False if the summary has none. */
static bool
read_period(struct replay *r, const char *summary)
{
	json_t *o = summary != NULL ? json_loads(summary, 0, NULL) : NULL;
	const char *first = NULL, *last = NULL;
	bool known = o != NULL && json_unpack(o, "{s:{s:s, s:s}}", "capture", "first", &first, "last", &last) == 0 &&
	             when_parse(first, &r->since) && when_parse(last, &r->until);

	json_decref(o);
	r->until++; /* the end is exclusive */
	return known;
}

/* Returns its exit status. Sets the period, to 0 if pcapmon reported none. */
static int
run_pcapmon(struct replay *r, const char *capture, const char *config, const struct prefix_list *lan)
{
	const char **argv = calloc(lan->count * 2 + 12, sizeof *argv);
	char(*prefixes)[PREFIX_TEXT] = calloc(lan->count + 1, sizeof *prefixes);
	char path[4096], why[COMMAND_WHY], *summary;
	size_t n = 0;
	int status;

	if (argv == NULL || prefixes == NULL)
		fatal("plan");
	argv[n++] = find_pcapmon(path, sizeof path);
	argv[n++] = "-r";
	argv[n++] = capture;
	argv[n++] = "--db";
	argv[n++] = r->folder;
	argv[n++] = "--json";
	argv[n++] = "--user"; /* the user of the configuration may not exist yet */
	argv[n++] = priv_default_user();
	if (config != NULL) {
		argv[n++] = "-c";
		argv[n++] = config;
	}
	for (size_t k = 0; k < lan->count; k++) {
		argv[n++] = "--lan";
		argv[n++] = prefix_print(&lan->prefix[k], prefixes[k]);
	}
	status = command_wait(argv, &summary, why);
	if (status == 127)
		log_warnx("cannot run pcapmon, which reads captures: %s", why);
	else if (status != 0)
		log_warnx("%s", strncmp(why, "pcapmon: ", 9) == 0 ? why + 9 : why[0] != '\0' ? why : "pcapmon failed");
	if (!read_period(r, summary))
		r->since = r->until = 0;
	free(summary);
	free(argv);
	free(prefixes);
	return status;
}

bool
replay_begin(struct replay *r, const char *capture, const char *config, const struct prefix_list *lan)
{
	const char *tmp = getenv("TMPDIR");
	sigset_t stops, *before = malloc(sizeof *before);
	struct stat st;
	int status;

	*r = (struct replay){.signals = before};
	if (before == NULL ||
	    asprintf(&r->folder, "%s/nfqd-plan-XXXXXX", tmp != NULL && tmp[0] == '/' ? tmp : "/tmp") < 0)
		fatal("plan");
	/* A signal to the process group ends pcapmon; we remove the folder before we handle it. */
	sigemptyset(&stops);
	sigaddset(&stops, SIGINT);
	sigaddset(&stops, SIGTERM);
	sigaddset(&stops, SIGHUP);
	sigprocmask(SIG_BLOCK, &stops, before);
	if (mkdtemp(r->folder) == NULL || asprintf(&r->database, "%s/wire.db", r->folder) < 0)
		fatal("cannot create the folder %s", r->folder);
	status = run_pcapmon(r, capture, config, lan);
	r->status = status == 0 || status == 2 ? status : 1;
	if (status == 0 && r->until == 0) {
		log_warnx("%s: has no packets", capture);
		r->status = 1;
	}
	return r->until > 0 && stat(r->database, &st) == 0;
}

void
replay_end(struct replay *r)
{
	remove_folder(r->folder);
	sigprocmask(SIG_SETMASK, r->signals, NULL);
	free(r->signals);
	free(r->folder);
	free(r->database);
}
