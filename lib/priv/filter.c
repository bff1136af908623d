/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The last stage of isolation. In every group a process can neither run a program, make another process, nor map
 * memory to execute; it sends only over sockets that are connected, as an address can name any process on the machine;
 * and it signals itself alone. What else a process may do is in its group's list. A call outside of it ends the
 * process, so that an attempt is in the log. A capture calls libraries that try this and that (libpcap, and the look-up
 * of users at a reload): there such a call fails with EPERM. */
#include "priv.h"

#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <unistd.h>

#include "lib/base/log.h"

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED
#endif
#endif

#ifdef SANITIZED

void
priv_filter(enum priv_group group)
{
	(void)group;
}

#else

#define CALL(name) SCMP_SYS(name)

/* Memory, signals, time, standard error, exit. */
static const int common[] = {
        CALL(brk),          CALL(clock_gettime),   CALL(close),        CALL(epoll_wait),     CALL(epoll_pwait),
        CALL(exit),         CALL(exit_group),      CALL(futex),        CALL(getpid),         CALL(gettid),
        CALL(gettimeofday), CALL(madvise),         CALL(munmap),       CALL(poll),           CALL(ppoll),
        CALL(read),         CALL(restart_syscall), CALL(rt_sigaction), CALL(rt_sigprocmask), CALL(rt_sigreturn),
        CALL(write),        CALL(writev),
};

static const int gate[] = {CALL(lseek), CALL(recvmmsg), CALL(recvmsg)};

/* Files, as SQLite needs them. */
static const int files[] = {
        CALL(access),    CALL(clock_nanosleep), CALL(epoll_create1), CALL(epoll_ctl),
        CALL(faccessat), CALL(faccessat2),      CALL(fallocate),     CALL(fchmod),
        CALL(fchown),    CALL(fdatasync),       CALL(fstat),         CALL(fsync),
        CALL(ftruncate), CALL(getcwd),          CALL(geteuid),       CALL(getrandom),
        CALL(getuid),    CALL(lseek),           CALL(lstat),         CALL(mremap),
        CALL(nanosleep), CALL(newfstatat),      CALL(open),          CALL(openat),
        CALL(pread64),   CALL(pwrite64),        CALL(readlink),      CALL(readlinkat),
        CALL(rename),    CALL(renameat),        CALL(renameat2),     CALL(stat),
        CALL(statx),     CALL(sysinfo),         CALL(unlink),        CALL(unlinkat),
        CALL(utimensat),
};

/* Interfaces that come back are opened again, by libpcap. */
static const int capture[] = {CALL(bind),        CALL(dup),         CALL(eventfd2),   CALL(getdents64),
                              CALL(getpeername), CALL(getsockname), CALL(getsockopt), CALL(recvfrom),
                              CALL(recvmsg),     CALL(setsockopt),  CALL(uname)};

/* A call that is allowed with one argument only: (value & mask) == wanted. */
struct narrow {
	int call;
	unsigned argument; /* from 0 */
	scmp_datum_t mask, wanted;
};

#define WHOLE UINT64_MAX
#define INT UINT32_MAX /* the kernel ignores the upper half of an int */

#define OWN UINT64_MAX              /* stands for the process's own id */
#define SIOC_FIRST UINT64_C(0x8900) /* of the 256 requests about sockets and interfaces (linux/sockios.h) */

static const struct narrow narrow_common[] = {
        {CALL(mmap), 2, PROT_EXEC, 0},
        {CALL(sendto), 4, WHOLE, 0}, /* no address: to the peer of a connected socket */
        {CALL(tgkill), 0, INT, OWN},
};

static const struct narrow narrow_files[] = {
        {CALL(mprotect), 2, PROT_EXEC, 0},
        {CALL(prlimit64), 0, INT, 0}, /* its own limits */
        /* Not F_SETOWN, which sends signals to others. */
        {CALL(fcntl), 1, INT, F_DUPFD},
        {CALL(fcntl), 1, INT, F_DUPFD_CLOEXEC},
        {CALL(fcntl), 1, INT, F_GETFD},
        {CALL(fcntl), 1, INT, F_SETFD},
        {CALL(fcntl), 1, INT, F_GETFL},
        {CALL(fcntl), 1, INT, F_SETFL},
        {CALL(fcntl), 1, INT, F_GETLK},
        {CALL(fcntl), 1, INT, F_SETLK},
        {CALL(fcntl), 1, INT, F_SETLKW},
};

static const struct narrow narrow_capture[] = {
        /* Not TIOCSTI, which types into the terminal that pcapmon was started from. */
        {CALL(ioctl), 1, INT & ~(scmp_datum_t)0xff, SIOC_FIRST},
        {CALL(ioctl), 1, INT, TCGETS},
        {CALL(socket), 0, INT, AF_PACKET},
        {CALL(socket), 0, INT, AF_UNIX}, /* to ask about interfaces (SIOCGIFFLAGS) */
        {CALL(socket), 0, INT, AF_NETLINK},
};

/* EDOM: a call that this architecture lacks. */
static bool
allowed(int error)
{
	if (error == 0 || error == -EDOM)
		return true;
	errno = -error;
	return false;
}

static bool
allow(scmp_filter_ctx filter, const int *calls, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!allowed(seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls[i], 0)))
			return false;
	return true;
}

static bool
allow_narrow(scmp_filter_ctx filter, const struct narrow *n, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct scmp_arg_cmp argument = {.arg = n[i].argument,
		                                .op = SCMP_CMP_MASKED_EQ,
		                                .datum_a = n[i].mask,
		                                .datum_b = n[i].wanted == OWN ? (scmp_datum_t)getpid() : n[i].wanted};

		if (!allowed(seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, n[i].call, 1, &argument)))
			return false;
	}
	return true;
}

#define ALLOW(filter, list) allow(filter, list, sizeof(list) / sizeof *(list))
#define ALLOW_NARROW(filter, list) allow_narrow(filter, list, sizeof(list) / sizeof *(list))

static bool
allow_group(scmp_filter_ctx filter, enum priv_group group)
{
	if (!ALLOW(filter, common) || !ALLOW_NARROW(filter, narrow_common))
		return false;
	if (group == PRIV_GATE)
		return ALLOW(filter, gate);
	if (!ALLOW(filter, files) || !ALLOW_NARROW(filter, narrow_files))
		return false;
	return group != PRIV_CAPTURE || (ALLOW(filter, capture) && ALLOW_NARROW(filter, narrow_capture));
}

void
priv_filter(enum priv_group group)
{
	scmp_filter_ctx filter = seccomp_init(group == PRIV_CAPTURE ? SCMP_ACT_ERRNO(EPERM) : SCMP_ACT_KILL_PROCESS);

	if (filter == NULL || !allow_group(filter, group) || seccomp_load(filter) != 0)
		fatal("cannot limit system calls");
	seccomp_release(filter);
}

#endif
