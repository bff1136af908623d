/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The last stage of isolation. A gate taken over through a packet can still send verdicts, but cannot open a file or
 * run a program; a recorder can write files as its user, but cannot open a socket. */
#include "priv.h"

#include <errno.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stddef.h>

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
        CALL(brk),          CALL(clock_gettime),  CALL(close),
        CALL(epoll_wait),   CALL(epoll_pwait),    CALL(exit),
        CALL(exit_group),   CALL(fstat),          CALL(futex),
        CALL(getpid),       CALL(gettid),         CALL(gettimeofday),
        CALL(madvise),      CALL(mmap),           CALL(mremap),
        CALL(munmap),       CALL(newfstatat),     CALL(poll),
        CALL(ppoll),        CALL(read),           CALL(restart_syscall),
        CALL(rt_sigaction), CALL(rt_sigprocmask), CALL(rt_sigreturn),
        CALL(sendto),       CALL(tgkill),         CALL(write),
        CALL(writev),       CALL(statx),
};

static const int gate[] = {CALL(recvmmsg), CALL(recvmsg), CALL(recvfrom), CALL(sendmsg)};

static const int recorder[] = {
        CALL(access),    CALL(clock_nanosleep), CALL(epoll_create1), CALL(epoll_ctl), CALL(faccessat), CALL(faccessat2),
        CALL(fallocate), CALL(fchmod),          CALL(fchown),        CALL(fcntl),     CALL(fdatasync), CALL(fsync),
        CALL(ftruncate), CALL(getcwd),          CALL(geteuid),       CALL(getrandom), CALL(getuid),    CALL(lseek),
        CALL(lstat),     CALL(nanosleep),       CALL(open),          CALL(openat),    CALL(pread64),   CALL(pwrite64),
        CALL(readlink),  CALL(readlinkat),      CALL(stat),          CALL(sysinfo),   CALL(unlink),    CALL(unlinkat),
        CALL(utimensat), CALL(prlimit64),       CALL(mprotect),      CALL(rename),    CALL(renameat),  CALL(renameat2),
};

static bool
allow(scmp_filter_ctx filter, const int *calls, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		int error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls[i], 0);

		if (error != 0 && error != -EDOM) { /* EDOM: a call that this architecture lacks */
			errno = -error;
			return false;
		}
	}
	return true;
}

void
priv_filter(enum priv_group group)
{
	const int *calls = group == PRIV_GATE ? gate : recorder;
	size_t count = group == PRIV_GATE ? sizeof gate / sizeof *gate : sizeof recorder / sizeof *recorder;
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);

	if (filter == NULL || !allow(filter, common, sizeof common / sizeof *common) || !allow(filter, calls, count) ||
	    seccomp_load(filter) != 0)
		fatal("cannot limit system calls");
	seccomp_release(filter);
}

#endif
