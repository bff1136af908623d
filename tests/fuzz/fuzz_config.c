/* SPDX-License-Identifier: GPL-3.0-or-later */
/* libFuzzer harness for the configuration: a text, which may include a second one or read prefixes from it. The two
 * stand behind each other, with the bytes ff ff between them.
 *
 * A text without a path is read from files, by the code that the daemon reads files with. What is accepted is printed,
 * and read again as the same configuration, with the same decisions; the rules of both back ends are made of it. */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "fuzz.h"
#include "lib/config/feed.h"
#include "nfqd/rules/ipset.h"
#include "nfqd/rules/iptables.h"
#include "nfqd/rules/kernel_policy.h"
#include "nfqd/rules/nft.h"
#include "nfqd/rules/shield.h"

#define NOW INT64_C(1800000000000000)
#define DEEP 4 /* includes within includes */

static struct {
	const char *second;
	unsigned depth;
} input;

static void
feed_lines(const char *file, const char *text, const struct config_taker *to)
{
	char *copy = strdup(text), *rest = copy, *line;
	uint32_t number = 0;

	must(copy != NULL);
	while ((line = strsep(&rest, "\n")) != NULL)
		to->line(to->ctx, file, ++number, line);
	free(copy);
}

static const char *
read_second(void *arg, const char *from, const char *pattern, bool glob, const struct config_taker *to)
{
	(void)arg;
	(void)from;
	(void)glob;
	if (input.depth == DEEP || strlen(pattern) > 64)
		return "it is not there";
	input.depth++;
	feed_lines("second", input.second, to);
	input.depth--;
	return NULL;
}

static bool
find_user(void *arg, const char *name, uint32_t *out)
{
	(void)arg;
	*out = 4711;
	return strcmp(name, "somebody") == 0;
}

static void
complain(void *arg, const char *text)
{
	(void)arg;
	must(strchr(text, '\n') == NULL && strlen(text) < 100000);
}

static void
take_line(void *ctx, const char *file, uint32_t number, const char *text)
{
	config_feed(ctx, file, number, text);
}

/* NULL: it has errors. */
static struct config *
read_memory(const char *text)
{
	static const struct config_io io = {.read = read_second, .user = find_user, .complain = complain};
	struct config *c = config_new(&io);

	must(c != NULL);
	c->user = "nobody";
	feed_lines("first", text, &(struct config_taker){take_line, c});
	if (config_finish(c, "first") == 0)
		return c;
	config_free(c);
	return NULL;
}

static char *
printed(const struct config *c)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	must(out != NULL);
	config_print(c, out);
	must(fclose(out) == 0);
	return text;
}

static void
check_decisions(const struct config *a, const struct config *b)
{
	static const uint8_t hosts[][4] = {{10, 1, 0, 25}, {10, 0, 0, 1}, {192, 168, 1, 1}, {203, 0, 113, 7}};
	static const uint8_t servers[][4] = {{203, 0, 113, 1}, {198, 51, 100, 25}, {10, 9, 9, 9}};

	for (size_t h = 0; h < sizeof hosts / sizeof *hosts; h++)
		for (size_t s = 0; s < sizeof servers / sizeof *servers; s++) {
			struct addr src = addr_v4(hosts[h]), dst = addr_v4(servers[s]);
			struct decision one = policy_decide(a->policy, &src, &dst, NULL, NOW);
			struct decision two = policy_decide(b->policy, &src, &dst, NULL, NOW);

			must(one.verdict == two.verdict && one.reason == two.reason && one.max == two.max);
		}
}

static void
print_rules(const struct config *c)
{
	struct kernel_policy *p = kernel_policy_make(c, NOW);
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	must(p != NULL && out != NULL);
	nft_print(c, p, out);
	iptables_print(c, p, out);
	ipset_print(p, out);
	shield_print(c, p, out);
	fclose(out);
	free(text);
	kernel_policy_free(p);
}

static void
check(const struct config *c)
{
	char *once = printed(c), *twice;
	struct config *again;

	input.second = "";
	again = read_memory(once);
	must(again != NULL);
	twice = printed(again);
	must(strcmp(once, twice) == 0);
	check_decisions(c, again);
	if (c->line_count < 200)
		print_rules(c);
	config_free(again);
	free(once);
	free(twice);
}

static void
write_file(const char *path, const void *data, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	must(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	close(fd);
}

/* Through files, if no word of them can lead out of their folder. */
static void
read_files(const uint8_t *data, size_t size, size_t cut)
{
	static char first[64], second[64], folder[48];
	size_t behind = cut + 2 <= size ? cut + 2 : size;

	for (size_t i = 0; i < size; i++)
		if (data[i] == '/' || data[i] == '.')
			return;
	if (folder[0] == '\0') {
		snprintf(folder, sizeof folder, "/tmp/nfqd-fuzz-%d", getpid());
		must(mkdir(folder, 0700) == 0 || errno == EEXIST);
		snprintf(first, sizeof first, "%s/first", folder);
		snprintf(second, sizeof second, "%s/second", folder);
	}
	write_file(first, data, cut);
	write_file(second, data + behind, size - behind);
	config_free(config_load(first));
	unlink(first);
	unlink(second);
	rmdir(folder);
	folder[0] = '\0';
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config *c;
	size_t cut = 0;
	char *text, *second;

	while (cut < size && !(size - cut >= 2 && data[cut] == 0xff && data[cut + 1] == 0xff))
		cut++;
	read_files(data, size, cut);
	text = text_of(data, cut);
	second = text_of(data + (cut < size ? cut + 2 : size), cut < size ? size - cut - 2 : 0);
	input.second = second;
	input.depth = 0;
	if ((c = read_memory(text)) != NULL)
		check(c);
	config_free(c);
	free(text);
	free(second);
	return 0;
}
