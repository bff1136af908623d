/* SPDX-License-Identifier: GPL-3.0-or-later */
/* notify: sd_notify(3)'s protocol. Does nothing without NOTIFY_SOCKET. */
#ifndef NOTIFY_H
#define NOTIFY_H

/* Connects to the service manager. Optional: for a process that may not do so later (lib/priv/priv.h). */
void notify_open(void);
/* Sends a state such as "READY=1"; waits 0.1 s at most. */
void notify(const char *state);
/* The program works: call it at least once a second. Restarted by the service manager if it does not (WatchdogSec=). */
void notify_alive(void);

#endif
