/* SPDX-License-Identifier: GPL-3.0-or-later */
/* began: since when a database is written, in its table meta. What was before is not known from it. */
#ifndef BEGAN_H
#define BEGAN_H

/* Notes ?1 (microseconds), or what is older in a file of an earlier version; nothing if that is noted already. */
extern const char began_put_sql[];
/* The time, or that of the first row if it is earlier, or until which rows were deleted if that is later; no row if it is
 * not known. */
extern const char began_get_sql[];
/* Notes that rows before ?1 (microseconds) are deleted, for `max-size`. */
extern const char began_deleted_sql[];

#endif
