/* SPDX-License-Identifier: GPL-3.0-or-later */
/* memory_file: memory behind a descriptor, which can be sealed and passed on. */
#ifndef MEMORY_FILE_H
#define MEMORY_FILE_H

#include <stddef.h>

/* Zeroed memory of `size` bytes that nobody can execute, open for sealing. A descriptor, or -1 with errno set. */
int memory_file_new(const char *name, size_t size);

#endif
