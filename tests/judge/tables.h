/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tables: the measurements as markdown. */
#ifndef TABLES_H
#define TABLES_H

#include "measure.h"

#define SEEDS 32

/* scores[seed][kind] */
void table_labels(struct score scores[][KIND_COUNT], size_t seeds, enum moment m);
void table_mixture(struct score scores[][KIND_COUNT], size_t seeds);
void table_baselines(struct score scores[][KIND_COUNT], size_t seeds);
void table_crossings(struct score scores[][KIND_COUNT], size_t seeds);
/* Hosts of today: by kind, and by group. */
void table_today(struct score scores[][KIND_COUNT], size_t seeds);
void table_groups(struct score scores[][KIND_COUNT], size_t seeds);

#endif
