/* SPDX-License-Identifier: GPL-3.0-or-later */
/* log: one line to standard error, which is the terminal or the journal. For the journal it has a priority:
 * information, warning, or error (what ends the program). */
#ifndef LOG_H
#define LOG_H

#include <stdarg.h>

/* `name` is the program or process ("nfqd gate"), kept by pointer. Opens those of descriptors 0 to 2 that are closed.
 */
void log_open(const char *name);
/* For a daemon, before it forks: from now on no line waits for a reader, and SIGPIPE is ignored. Lines that nobody
 * takes are lost and counted. */
void log_never_wait(void);
/* Writes the number of lost lines, if there are any, and somebody reads again. Call now and then. */
void log_catch_up(void);
/* Between the two no line is written: for a process that is tried again and again, and has said why it fails. */
void log_hush(void);
void log_speak(void);
/* A warning as it is, without the name; cut after 4 KiB. */
void log_line(const char *text);
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));         /* with errno's text */
void log_warnx(const char *format, ...) __attribute__((format(printf, 1, 2)));        /* without */
_Noreturn void fatal(const char *format, ...) __attribute__((format(printf, 1, 2)));  /* errno's text; exit 1 */
_Noreturn void fatalx(const char *format, ...) __attribute__((format(printf, 1, 2))); /* exit 1 */
_Noreturn void usagex(const char *format, ...) __attribute__((format(printf, 1, 2))); /* exit 2 */
void *whole(void *p); /* returns p; NULL: memory was short, which is fatal */

#endif
