/* SPDX-License-Identifier: GPL-3.0-or-later */
/* notify: sd_notify(3)'s protocol. Does nothing without NOTIFY_SOCKET. */
#ifndef NOTIFY_H
#define NOTIFY_H

void notify(const char *state);

#endif
