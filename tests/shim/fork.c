/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Preloaded into nfqd by tests: fork fails as if there were too many processes, while the file REFUSE_FORK holds a
 * number that is not 0. It may change while nfqd runs. */
#include <sys/mman.h>

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const volatile int64_t *refuse;

/* At the start: nfqd's system-call filter forbids it later. */
__attribute__((constructor)) static void
map_refusal(void)
{
	const char *path = getenv("REFUSE_FORK");
	int fd = path != NULL ? open(path, O_RDONLY | O_CLOEXEC) : -1;

	if (fd < 0)
		return;
	refuse = mmap(NULL, sizeof *refuse, PROT_READ, MAP_SHARED, fd, 0);
	if (refuse == MAP_FAILED) {
		perror("REFUSE_FORK");
		_exit(1);
	}
	close(fd);
}

pid_t
fork(void)
{
	pid_t (*next)(void) = (pid_t(*)(void))dlsym(RTLD_NEXT, "fork");

	if (refuse != NULL && *refuse != 0) {
		errno = EAGAIN;
		return -1;
	}
	return next();
}
