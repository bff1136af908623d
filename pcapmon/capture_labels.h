/* SPDX-License-Identifier: GPL-3.0-or-later */
/* capture_labels: what the judge says of the hosts of one capture file, by what stands in that file alone and by the
 * code that judges the rows of databases (lib/judging). The rows wait until the end of the file, beside those of a
 * database, if there is one. */
#ifndef CAPTURE_LABELS_H
#define CAPTURE_LABELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "devices.h"
#include "judge.h"
#include "minutes.h"

struct capture_labels;

struct capture_label {
	struct addr host;
	struct judgement judgement;
};

/* NULL if memory is short. */
struct capture_labels *capture_labels_new(void);
void capture_labels_free(struct capture_labels *l); /* accepts NULL */
/* What was counted since the last time; clears nothing. A failure is logged, and ends in capture_labels_read. */
void capture_labels_take(struct capture_labels *l, const struct minutes *m, const struct devices *d);
/* All hosts, by address, as of the capture's last packet: what came after it is not known. The caller frees them. NULL,
 * with the reason logged, if they cannot be told. */
struct capture_label *capture_labels_read(struct capture_labels *l, const struct judge_parameters *p, int64_t last,
                                          size_t *count);

#endif
