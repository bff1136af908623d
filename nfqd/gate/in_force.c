/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "in_force.h"

#include <sys/mman.h>
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "gate.h"
#include "nfqd/shared/memory_file.h"

int
gate_policy_memory(const struct policy *p)
{
	int fd = memory_file_new("nfqd policy", p->size);
	void *to;

	if (fd < 0)
		return -1;
	if ((to = mmap(NULL, p->size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0)) == MAP_FAILED) {
		close(fd);
		return -1;
	}
	memcpy(to, p, p->size);
	munmap(to, p->size);
	fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
	return fd;
}

bool
in_force_map(struct in_force *f, int fd)
{
	const struct policy *p;
	off_t size = lseek(fd, 0, SEEK_END);

	if (size < 0 || (p = mmap(NULL, (size_t)size, PROT_READ, MAP_SHARED | MAP_POPULATE, fd, 0)) == MAP_FAILED)
		return false;
	if (f->before != NULL)
		munmap((void *)(uintptr_t)f->before, f->size_before);
	f->before = f->policy;
	f->size_before = f->size;
	f->policy = p;
	f->size = (size_t)size;
	return true;
}

bool
in_force_read(struct in_force *f, int channel)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	char byte = 0;
	struct iovec iov = {&byte, 1};
	struct msghdr message = {
	        .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
	ssize_t n = recvmsg(channel, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	const struct cmsghdr *c;
	int fd;

	if (n <= 0)
		return n < 0 && (errno == EAGAIN || errno == EINTR);
	c = CMSG_FIRSTHDR(&message);
	if (c == NULL || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
		return true;
	memcpy(&fd, CMSG_DATA(c), sizeof fd);
	byte = in_force_map(f, fd) ? GATE_POLICY : '!';
	close(fd);
	send(channel, &byte, 1, MSG_DONTWAIT | MSG_NOSIGNAL);
	return true;
}
