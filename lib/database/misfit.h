/* SPDX-License-Identifier: GPL-3.0-or-later */
/* misfit: entries of the journal about a policy that does not fit the network. */
#ifndef MISFIT_H
#define MISFIT_H

#define MISFIT "misfit"    /* its text is a sentence, which holds from then on ... */
#define MISFIT_GONE "fits" /* ... until an entry with the same text, or ... */
#define MISFIT_RUN "start" /* ... the start of another run, which says anew what holds */

#endif
