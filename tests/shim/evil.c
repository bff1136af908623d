/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Preloaded into nfqd by tests: what code does that took over one of its children, after the child has dropped its
 * rights. A signal starts each attempt; lines on standard error have the results.
 *
 *   SIGUSR1   asks the kernel, over the sockets that the child has, to delete rules and tables of nfqd
 *   SIGUSR2   sends a broken netlink message to the supervisor
 *   SIGWINCH  fills all shared memory that it may write to with ones, and all its sockets with rubbish
 *   SIGPWR    ends the supervisor by SIGKILL */
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MAPPINGS 128
#define FIRST 3 /* descriptors of a child */
#define LAST 32
#define PAGE 4096

static pid_t supervisor;
static struct {
	char *at;
	size_t size;
} mapping[MAPPINGS];
static int mappings;

/* Notes the shared mappings that the supervisor makes to write to; policies come later, and are let go again. */
void *
mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset)
{
	char *got = (char *)syscall(SYS_mmap, at, size, protection, flags, fd, offset);

	if (got != MAP_FAILED && (flags & MAP_SHARED) != 0 && (flags & MAP_FIXED) == 0 &&
	    (protection & PROT_WRITE) != 0 && getpid() == supervisor && mappings < MAPPINGS) {
		mapping[mappings].at = got;
		mapping[mappings++].size = size;
	}
	return got;
}

/* What a child lets go may be private memory afterwards. */
int
munmap(void *at, size_t size)
{
	for (int i = 0; i < mappings; i++)
		if (mapping[i].at == at)
			mapping[i].size = 0;
	return (int)syscall(SYS_munmap, at, size);
}

/* A line in the log, by the one call that the child may make for it. */
static void
say(const char *text)
{
	(void)!write(STDERR_FILENO, text, strlen(text));
}

static void
add_request(char *to, size_t *used, uint16_t type, const struct nfgenmsg *general, const char *const names[2])
{
	struct nlmsghdr *header = (struct nlmsghdr *)(void *)(to + *used);
	size_t size = sizeof *header + sizeof *general;

	*header = (struct nlmsghdr){.nlmsg_type = type, .nlmsg_flags = NLM_F_REQUEST};
	memcpy(header + 1, general, sizeof *general);
	for (int i = 0; names != NULL && i < 2 && names[i] != NULL; i++) {
		size_t length = strlen(names[i]) + 1;
		struct nlattr name = {(uint16_t)(sizeof name + length), (uint16_t)(i + 1)}; /* table, chain */

		memcpy(to + *used + size, &name, sizeof name);
		memcpy(to + *used + size + sizeof name, names[i], length);
		size += (size_t)NLA_ALIGN(name.nla_len);
	}
	header->nlmsg_len = (uint32_t)size;
	*used += size;
}

static void
delete_rules(int signal_number)
{
	static const struct {
		uint8_t message, family;
		const char *names[2];
	} what[] = {{NFT_MSG_DELRULE, NFPROTO_IPV4, {"mangle", "NFQD"}},
	            {NFT_MSG_DELRULE, NFPROTO_IPV6, {"mangle", "NFQD"}},
	            {NFT_MSG_DELRULE, NFPROTO_IPV4, {"filter", "NFQD"}},
	            {NFT_MSG_DELRULE, NFPROTO_IPV6, {"filter", "NFQD"}},
	            {NFT_MSG_DELTABLE, NFPROTO_INET, {"nfqd_shield", NULL}},
	            {NFT_MSG_DELTABLE, NFPROTO_INET, {"nfqd", NULL}}};
	const struct nfgenmsg batch = {.res_id = htons(NFNL_SUBSYS_NFTABLES)};

	(void)signal_number;
	for (size_t i = 0; i < sizeof what / sizeof *what; i++) {
		const struct nfgenmsg general = {.nfgen_family = what[i].family};
		_Alignas(8) char message[256] = {0};
		size_t size = 0;

		add_request(message, &size, NFNL_MSG_BATCH_BEGIN, &batch, NULL);
		add_request(message, &size, (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | what[i].message), &general,
		            what[i].names);
		add_request(message, &size, NFNL_MSG_BATCH_END, &batch, NULL);
		for (int fd = FIRST; fd < LAST; fd++)
			send(fd, message, size, MSG_DONTWAIT | MSG_NOSIGNAL);
	}
	say("evil: asked\n");
}

static void
break_the_supervisor(int signal_number)
{
	const struct nlmsghdr lie = {.nlmsg_len = 0xfffffff0U, .nlmsg_type = NFNL_SUBSYS_NFTABLES << 8};
	const struct sockaddr_nl to = {.nl_family = AF_NETLINK, .nl_pid = (uint32_t)supervisor};

	(void)signal_number;
	for (int fd = FIRST; fd < LAST; fd++)
		sendto(fd, &lie, sizeof lie, MSG_DONTWAIT, (const struct sockaddr *)&to, sizeof to);
	say("evil: sent\n");
}

static void
fill_with_rubbish(int signal_number)
{
	char rubbish[64];

	(void)signal_number;
	memset(rubbish, 0xff, sizeof rubbish);
	for (int i = 0; i < mappings; i++)
		for (size_t at = 0; at < mapping[i].size; at += PAGE)
			/* A system call fails where a store would end the process. */
			if (syscall(SYS_clock_gettime, CLOCK_REALTIME, mapping[i].at + at) == 0)
				memset(mapping[i].at + at, 0xff, PAGE);
	for (int fd = FIRST; fd < LAST; fd++)
		for (size_t size = 1; size <= sizeof rubbish; size *= 2)
			send(fd, rubbish, size, MSG_DONTWAIT | MSG_NOSIGNAL);
	say("evil: filled\n");
}

static void
end_the_supervisor(int signal_number)
{
	(void)signal_number;
	syscall(SYS_tgkill, supervisor, supervisor, SIGKILL);
	say("evil: killed\n");
}

__attribute__((constructor)) static void
prepare(void)
{
	supervisor = getpid();
	signal(SIGUSR1, delete_rules);
	signal(SIGUSR2, break_the_supervisor);
	signal(SIGWINCH, fill_with_rubbish);
	signal(SIGPWR, end_the_supervisor);
}
