/* SPDX-License-Identifier: GPL-3.0-or-later */
/* translation: where this machine's destination NAT has led a connection, from /proc/net/nf_conntrack. (Netlink would
 * need CAP_NET_ADMIN; the file needs root only when it is opened.) Known only if this machine is the gateway, tracks
 * connections, and not too many: older kernels search the table anew for every 4 KiB that are read. */
#ifndef TRANSLATION_H
#define TRANSLATION_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/count/attempts.h"

struct translation;

/* Call as root. NULL if the kernel has no such file, or memory is short. */
struct translation *translation_open(void);
/* The same from another file, which has the format of the kernel's. */
struct translation *translation_open_file(const char *path);
void translation_close(struct translation *t); /* accepts NULL */
/* Changes *f so that its destination and port are those where the connection ends. False: not known, and *f is as it
 * was. Reads the table, at most for a tenth of the time. */
bool translation_apply(struct translation *t, struct flow *f);

#endif
