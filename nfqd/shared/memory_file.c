/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "memory_file.h"

#include <sys/mman.h>

#include <errno.h>
#include <unistd.h>

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U /* include/uapi/linux/memfd.h, since Linux 6.3 */
#endif

int
memory_file_new(const char *name, size_t size)
{
	const unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
	int fd = memfd_create(name, flags | MFD_NOEXEC_SEAL), error; /* without it newer kernels warn */

	if (fd < 0 && errno == EINVAL)
		fd = memfd_create(name, flags);
	if (fd >= 0 && ftruncate(fd, (off_t)size) != 0) {
		error = errno;
		close(fd);
		errno = error;
		return -1;
	}
	return fd;
}
