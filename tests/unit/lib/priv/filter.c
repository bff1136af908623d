/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The calls that a process which was taken over may try once it is filtered. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <unistd.h>

#include "lib/priv/priv.h"

static int pair[2]; /* connected to each other */

#define FAILED (-1)

static long
send_to_an_address(void)
{
	const struct sockaddr_un to = {.sun_family = AF_UNIX, .sun_path = "/run/nobody"};

	return sendto(pair[0], "x", 1, MSG_NOSIGNAL, (const struct sockaddr *)&to, sizeof to);
}

static long
send_to_the_peer(void)
{
	return send(pair[0], "x", 1, MSG_NOSIGNAL);
}

static long
send_a_message(void)
{
	struct iovec iov = {(char[]){'x'}, 1};
	const struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1};

	return sendmsg(pair[0], &message, MSG_NOSIGNAL);
}

static long
signal_another(void)
{
	return kill(getppid(), 0);
}

static long
signal_a_thread_of_another(void)
{
	pid_t parent = (pid_t)syscall(SYS_getpid) - 1; /* any but its own */

	return syscall(SYS_tgkill, parent, parent, 0);
}

static long
signal_itself(void)
{
	return syscall(SYS_tgkill, getpid(), gettid(), 0);
}

static long
own_signals_of_a_descriptor(void)
{
	return fcntl(pair[0], F_SETOWN, 1);
}

static long
map_to_execute(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? FAILED : 0;
}

static long
map_memory(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? FAILED : 0;
}

static char page[8192] __attribute__((aligned(4096)));

static long
make_executable(void)
{
	return mprotect(page, 4096, PROT_READ | PROT_EXEC);
}

static long
make_writable(void)
{
	return mprotect(page, 4096, PROT_READ | PROT_WRITE);
}

static long
open_a_file(void)
{
	return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static long
open_a_socket_of_another_family(void)
{
	return socket(AF_INET, SOCK_DGRAM, 0);
}

static long
open_a_socket(void)
{
	return socket(AF_UNIX, SOCK_DGRAM, 0);
}

static long
connect_a_socket(void)
{
	const struct sockaddr_un to = {.sun_family = AF_UNIX, .sun_path = "/run/nobody"};

	return connect(pair[0], (const struct sockaddr *)&to, sizeof to);
}

static long
run_a_program(void)
{
	char *const none[] = {NULL};

	return execve("/bin/true", none, none);
}

static long
make_a_process(void)
{
	long pid = fork();

	if (pid == 0)
		_exit(0);
	return pid;
}

static long
trace_another(void)
{
	return ptrace(PTRACE_ATTACH, 1, NULL, NULL);
}

static long
write_into_another(void)
{
	char byte = 0;
	struct iovec here = {&byte, 1}, there = {page, 1};

	return process_vm_writev(1, &here, 1, &there, 1, 0);
}

static long
limit_another(void)
{
	return syscall(SYS_prlimit64, 1, RLIMIT_NOFILE, NULL, NULL);
}

static long
type_into_the_terminal(void)
{
	return ioctl(pair[0], TIOCSTI, "x");
}

static long
ask_about_an_interface(void)
{
	struct ifreq lo = {.ifr_name = "lo"};

	return ioctl(pair[0], SIOCGIFINDEX, &lo);
}

static long
make_a_namespace(void)
{
	return unshare(CLONE_NEWNET);
}

static long
make_a_process_in_a_namespace(void)
{
	long pid = syscall(SYS_clone, CLONE_NEWNET | SIGCHLD, NULL, NULL, NULL, 0);

	if (pid == 0)
		_exit(0);
	return pid;
}

static long
mount_something(void)
{
	return mount("none", "/tmp", NULL, MS_REMOUNT | MS_BIND, NULL);
}

static long
open_any_file_by_its_number(void)
{
	union {
		struct file_handle handle;
		char bytes[sizeof(struct file_handle) + MAX_HANDLE_SZ];
	} any = {.handle = {.handle_bytes = MAX_HANDLE_SZ}};

	return open_by_handle_at(AT_FDCWD, &any.handle, O_RDONLY);
}

#ifdef __x86_64__
/* A call of 32-bit programs, by its number there. */
static long
call_32(long number)
{
	long result;

	__asm__ volatile("int $0x80"
	                 : "=a"(result)
	                 : "a"(number), "b"(0), "c"(0), "d"(0), "S"(0), "D"(0)
	                 : "memory", "r8", "r9", "r10", "r11");
	if (result >= 0 || result < -4095)
		return 0;
	errno = (int)-result;
	return FAILED;
}

static long
make_a_namespace_32(void)
{
	return call_32(310); /* unshare */
}

static long
ask_for_the_pid_32(void)
{
	return call_32(20);
}
#endif

static long
run_a_program_to_its_end(void)
{
	char *const argv[] = {(char *)(uintptr_t) "true", NULL}, *const none[] = {NULL};
	int status = -1;
	pid_t pid;

	errno = posix_spawn(&pid, "/bin/true", NULL, NULL, argv, none);
	return errno == 0 && waitpid(pid, &status, 0) == pid && status == 0 ? 0 : FAILED;
}

enum outcome { ALLOWED, REFUSED, KILLED };

struct attempt {
	const char *name;
	long (*call)(void);
	enum outcome gate, recorder, capture;
};

static const struct attempt attempts[] = {
        {"send to an address", send_to_an_address, KILLED, KILLED, REFUSED},
        {"send to the peer", send_to_the_peer, ALLOWED, ALLOWED, ALLOWED},
        {"sendmsg", send_a_message, KILLED, KILLED, REFUSED},
        {"kill", signal_another, KILLED, KILLED, REFUSED},
        {"tgkill of another", signal_a_thread_of_another, KILLED, KILLED, REFUSED},
        {"tgkill of itself", signal_itself, ALLOWED, ALLOWED, ALLOWED},
        {"F_SETOWN", own_signals_of_a_descriptor, KILLED, KILLED, REFUSED},
        {"map memory", map_memory, ALLOWED, ALLOWED, ALLOWED},
        {"map to execute", map_to_execute, KILLED, KILLED, REFUSED},
        {"make writable", make_writable, KILLED, ALLOWED, ALLOWED},
        {"make executable", make_executable, KILLED, KILLED, REFUSED},
        {"open a file", open_a_file, KILLED, ALLOWED, ALLOWED},
        {"open a socket", open_a_socket, KILLED, KILLED, ALLOWED},
        {"open a socket of another family", open_a_socket_of_another_family, KILLED, KILLED, REFUSED},
        {"connect", connect_a_socket, KILLED, KILLED, REFUSED},
        {"type into the terminal", type_into_the_terminal, KILLED, KILLED, REFUSED},
        {"ask about an interface", ask_about_an_interface, KILLED, KILLED, ALLOWED},
        {"execve", run_a_program, KILLED, KILLED, REFUSED},
        {"fork", make_a_process, KILLED, KILLED, REFUSED},
        {"ptrace", trace_another, KILLED, KILLED, REFUSED},
        {"process_vm_writev", write_into_another, KILLED, KILLED, REFUSED},
        {"prlimit of another", limit_another, KILLED, KILLED, REFUSED},
};

/* One call of a filtered process. */
static enum outcome
outcome_of(long (*call)(void), enum priv_group group)
{
	int status;
	pid_t pid;

	if ((pid = fork()) == 0) {
		priv_filter(group);
		_exit(call() == FAILED ? (errno == EPERM ? 1 : 2) : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status)) {
		assert_int_equal(WTERMSIG(status), SIGSYS);
		return KILLED;
	}
	assert_int_not_equal(WEXITSTATUS(status), 2);
	return WEXITSTATUS(status) == 1 ? REFUSED : ALLOWED;
}

static void
each_group_makes_its_calls_alone(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof attempts / sizeof *attempts; i++) {
		const struct attempt *a = &attempts[i];
		enum outcome gate = outcome_of(a->call, PRIV_GATE), recorder = outcome_of(a->call, PRIV_RECORDER),
		             capture = outcome_of(a->call, PRIV_CAPTURE);

		if (gate != a->gate || recorder != a->recorder || capture != a->capture)
			fail_msg("%s: gate %d, recorder %d, capture %d", a->name, gate, recorder, capture);
	}
}

static const struct {
	const char *name;
	long (*call)(void);
	enum outcome outcome;
} of_supervisor[] = {
        {"run a program", run_a_program_to_its_end, ALLOWED},
        {"open a socket", open_a_socket, ALLOWED},
        {"kill", signal_another, ALLOWED},
        {"unshare", make_a_namespace, REFUSED},
        {"clone into a namespace", make_a_process_in_a_namespace, REFUSED},
        {"mount", mount_something, REFUSED},
        {"open_by_handle_at", open_any_file_by_its_number, REFUSED},
        {"ptrace", trace_another, REFUSED},
        {"process_vm_writev", write_into_another, REFUSED},
        {"type into the terminal", type_into_the_terminal, REFUSED},
#ifdef __x86_64__
        {"a 32-bit call", ask_for_the_pid_32, ALLOWED},
        {"unshare as a 32-bit call", make_a_namespace_32, REFUSED},
#endif
};

/* It runs programs, which may be those of a 32-bit system. */
static void
the_supervisor_and_its_tools_lack_some_calls(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof of_supervisor / sizeof *of_supervisor; i++) {
		enum outcome outcome = outcome_of(of_supervisor[i].call, PRIV_SUPERVISOR);

		if (outcome != of_supervisor[i].outcome)
			fail_msg("%s: %d", of_supervisor[i].name, outcome);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(each_group_makes_its_calls_alone),
	        cmocka_unit_test(the_supervisor_and_its_tools_lack_some_calls),
	};

#ifdef __SANITIZE_ADDRESS__
	return 0; /* such a build is not filtered, so it has no test here */
#endif
	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair) != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
