/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The last stage of isolation. In every group a process can neither run a program, make another process, nor map
 * memory to execute; it sends only over sockets that are connected, as an address can name any process on the machine;
 * and it signals itself alone. What else a process may do is in its group's list. A call outside of it ends the
 * process, so that an attempt is in the log. A capture calls libraries that try this and that (libpcap, and the look-up
 * of users at a reload): there such a call fails with EPERM.
 *
 * The supervisor runs programs of others, and every process that it starts has its filter: what those need is not
 * known, but some calls that none of them needs are. These fail with EPERM, in programs for the machine's 32-bit
 * sibling, too. */
#include "priv.h"

#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
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

/* Other processes' memory, the kernel's code and its state, mounts, namespaces, files behind the back of their folders,
 * and what has a history of holes in the kernel. */
static const int refused[] = {
        CALL(acct),
        CALL(add_key),
        CALL(bpf),
        CALL(chroot),
        CALL(clock_adjtime),
        CALL(clock_adjtime64),
        CALL(clock_settime),
        CALL(clock_settime64),
        CALL(delete_module),
        CALL(fanotify_init),
        CALL(finit_module),
        CALL(fsconfig),
        CALL(fsmount),
        CALL(fsopen),
        CALL(fspick),
        CALL(init_module),
        CALL(io_uring_enter),
        CALL(io_uring_register),
        CALL(io_uring_setup),
        CALL(ioperm),
        CALL(iopl),
        CALL(kcmp),
        CALL(kexec_file_load),
        CALL(kexec_load),
        CALL(keyctl),
        CALL(modify_ldt),
        CALL(mount),
        CALL(mount_setattr),
        CALL(move_mount),
        CALL(open_by_handle_at),
        CALL(open_tree),
        CALL(perf_event_open),
        CALL(pidfd_getfd),
        CALL(pivot_root),
        CALL(process_vm_readv),
        CALL(process_vm_writev),
        CALL(ptrace),
        CALL(quotactl),
        CALL(quotactl_fd),
        CALL(reboot),
        CALL(request_key),
        CALL(setdomainname),
        CALL(sethostname),
        CALL(setns),
        CALL(settimeofday),
        CALL(stime),
        CALL(swapoff),
        CALL(swapon),
        CALL(syslog),
        CALL(umount),
        CALL(umount2),
        CALL(unshare),
        CALL(uselib),
        CALL(userfaultfd),
        CALL(vhangup),
        CALL(vm86),
        CALL(vm86old),
};

static const struct narrow narrow_refused[] = {
        {CALL(clone), 0, CLONE_NEWNS, CLONE_NEWNS},     {CALL(clone), 0, CLONE_NEWCGROUP, CLONE_NEWCGROUP},
        {CALL(clone), 0, CLONE_NEWUTS, CLONE_NEWUTS},   {CALL(clone), 0, CLONE_NEWIPC, CLONE_NEWIPC},
        {CALL(clone), 0, CLONE_NEWUSER, CLONE_NEWUSER}, {CALL(clone), 0, CLONE_NEWPID, CLONE_NEWPID},
        {CALL(clone), 0, CLONE_NEWNET, CLONE_NEWNET},   {CALL(ioctl), 1, INT, TIOCSTI},
};

/* EDOM: a call that this architecture lacks. */
static bool
added(int error)
{
	if (error == 0 || error == -EDOM)
		return true;
	errno = -error;
	return false;
}

static bool
add(scmp_filter_ctx filter, uint32_t action, const int *calls, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!added(seccomp_rule_add(filter, action, calls[i], 0)))
			return false;
	return true;
}

static bool
add_narrow(scmp_filter_ctx filter, uint32_t action, const struct narrow *n, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct scmp_arg_cmp argument = {.arg = n[i].argument,
		                                .op = SCMP_CMP_MASKED_EQ,
		                                .datum_a = n[i].mask,
		                                .datum_b = n[i].wanted == OWN ? (scmp_datum_t)getpid() : n[i].wanted};

		if (!added(seccomp_rule_add_array(filter, action, n[i].call, 1, &argument)))
			return false;
	}
	return true;
}

#define COUNT(list) (sizeof(list) / sizeof *(list))
#define ALLOW(filter, list) add(filter, SCMP_ACT_ALLOW, list, COUNT(list))
#define ALLOW_NARROW(filter, list) add_narrow(filter, SCMP_ACT_ALLOW, list, COUNT(list))

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

/* Programs for this architecture have the filter as well. */
#if defined(__x86_64__)
#define SIBLING SCMP_ARCH_X86
#elif defined(__aarch64__)
#define SIBLING SCMP_ARCH_ARM
#endif

/* clone3 has its flags in memory, where no filter can read them; without it the C library calls clone. */
static bool
refuse(scmp_filter_ctx filter)
{
	static const int clone3[] = {CALL(clone3)};

#ifdef SIBLING
	if (seccomp_arch_add(filter, SIBLING) != 0)
		return false;
#endif
	return add(filter, SCMP_ACT_ERRNO(EPERM), refused, COUNT(refused)) &&
	       add_narrow(filter, SCMP_ACT_ERRNO(EPERM), narrow_refused, COUNT(narrow_refused)) &&
	       add(filter, SCMP_ACT_ERRNO(ENOSYS), clone3, COUNT(clone3));
}

static uint32_t
action_of(enum priv_group group)
{
	if (group == PRIV_SUPERVISOR)
		return SCMP_ACT_ALLOW;
	return group == PRIV_CAPTURE ? SCMP_ACT_ERRNO(EPERM) : SCMP_ACT_KILL_PROCESS;
}

void
priv_filter(enum priv_group group)
{
	scmp_filter_ctx filter = seccomp_init(action_of(group));

	if (filter == NULL || !(group == PRIV_SUPERVISOR ? refuse(filter) : allow_group(filter, group)) ||
	    seccomp_load(filter) != 0)
		fatal("cannot limit system calls");
	seccomp_release(filter);
}

#endif
