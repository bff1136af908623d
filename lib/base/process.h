/* SPDX-License-Identifier: GPL-3.0-or-later */
/* process: what /proc tells of other processes. */
#ifndef PROCESS_H
#define PROCESS_H

#include <sys/types.h>

#define PROCESS_NAME 16 /* bytes, as the kernel keeps them (TASK_COMM_LEN) */

/* The name that a process has given itself, which may be anything: for a terminal through text_safe. "" if it is hidden
 * or has ended, or for a pid of 0 or less. Returns out. */
const char *process_name(pid_t pid, char out[PROCESS_NAME]);

#endif
