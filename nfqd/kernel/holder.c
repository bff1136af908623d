/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How it works: the kernel lists queues and groups with the netlink port that has bound them, and netlink sockets with
 * port and inode; a process has the inode among its descriptors. A port is often the pid, but every second socket of a
 * process has another. Follows the seq_show functions of net/netfilter/nfnetlink_queue.c, nfnetlink_log.c and
 * net/netlink/af_netlink.c. */
#include "holder.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/process.h"
#include "lib/base/text.h"

#define QUEUES "/proc/net/netfilter/nfnetlink_queue"
#define GROUPS "/proc/net/netfilter/nfnetlink_log"
#define NETFILTER 12U /* NETLINK_NETFILTER */

/* Both lists begin their lines with the number and the port. 0: nobody holds it. */
static uint32_t
port_of(const char *list, uint16_t number)
{
	FILE *in = fopen(list, "re");
	char line[256];
	unsigned n;
	uint32_t port, found = 0;

	while (in != NULL && found == 0 && fgets(line, sizeof line, in) != NULL)
		if (sscanf(line, "%u %" SCNu32, &n, &port) == 2 && n == number)
			found = port;
	if (in != NULL)
		fclose(in);
	return found;
}

/* The inode of the netlink socket with this port; 0: not found. */
static uintmax_t
inode_of(uint32_t port)
{
	FILE *in = fopen("/proc/net/netlink", "re");
	char line[256];
	uintmax_t inode, found = 0;
	unsigned protocol;
	uint32_t own;

	while (in != NULL && found == 0 && fgets(line, sizeof line, in) != NULL)
		if (sscanf(line, "%*s %u %" SCNu32 " %*s %*s %*s %*s %*s %*s %ju", &protocol, &own, &inode) == 3 &&
		    protocol == NETFILTER && own == port)
			found = inode;
	if (in != NULL)
		fclose(in);
	return found;
}

/* True if a process has the file among its descriptors. */
static bool
process_has(const char *pid, const char *file)
{
	char path[64], target[64];
	const struct dirent *e;
	bool found = false;
	DIR *dir;

	snprintf(path, sizeof path, "/proc/%.20s/fd", pid);
	if ((dir = opendir(path)) == NULL)
		return false;
	while (!found && (e = readdir(dir)) != NULL) {
		ssize_t n = readlinkat(dirfd(dir), e->d_name, target, sizeof target - 1);

		target[n > 0 ? n : 0] = '\0';
		found = strcmp(target, file) == 0;
	}
	closedir(dir);
	return found;
}

static pid_t
process_of(uint32_t port)
{
	uintmax_t inode = inode_of(port);
	char file[64];
	const struct dirent *e;
	long pid = 0;
	DIR *dir;

	if (inode == 0 || (dir = opendir("/proc")) == NULL)
		return 0;
	snprintf(file, sizeof file, "socket:[%ju]", inode);
	while (pid == 0 && (e = readdir(dir)) != NULL)
		if (e->d_name[0] >= '1' && e->d_name[0] <= '9' && process_has(e->d_name, file))
			pid = strtol(e->d_name, NULL, 10);
	closedir(dir);
	return (pid_t)pid;
}

/* Without the right to see the descriptors of others: the process whose pid is the port. */
static void
identify(struct holder *h)
{
	if ((h->pid = process_of(h->port)) == 0 && h->port <= INT32_MAX)
		h->pid = (pid_t)h->port;
	if (process_name(h->pid, h->name)[0] == '\0')
		h->pid = 0;
}

static bool
holds(const char *list, uint16_t number, struct holder *out)
{
	*out = (struct holder){.group = strcmp(list, GROUPS) == 0, .number = number};
	if ((out->port = port_of(list, number)) == 0)
		return false;
	identify(out);
	return true;
}

bool
holder_of_gate(const struct config *c, unsigned gate, struct holder *out)
{
	return holds(QUEUES, config_queue(c, true, gate), out) || holds(QUEUES, config_queue(c, false, gate), out) ||
	       (gate == 0 && holds(GROUPS, config_queue(c, true, 0), out));
}

bool
holder_of_any(const struct config *c, struct holder *out)
{
	for (unsigned gate = 0; gate < c->workers; gate++)
		if (holder_of_gate(c, gate, out))
			return true;
	return false;
}

bool
holder_is_nfqd(const struct holder *h)
{
	return strcmp(h->name, "nfqd") == 0;
}

const char *
holder_print(const struct holder *h, char out[HOLDER_TEXT])
{
	char who[64], name[4 * sizeof h->name + 1];

	if (h->pid != 0)
		snprintf(who, sizeof who, "%.32s, pid %d", text_safe(h->name, false, name, sizeof name), (int)h->pid);
	else
		snprintf(who, sizeof who, "netlink port %" PRIu32, h->port);
	snprintf(out, HOLDER_TEXT, "%s %u belongs to another program (%s)", h->group ? "NFLOG group" : "queue",
	         h->number, who);
	return out;
}
