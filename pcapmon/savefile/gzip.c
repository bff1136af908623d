/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <limits.h>
#include <stdlib.h>
#include <zlib.h>

#include "unpack.h"

#define GZIP_ONLY (16 + MAX_WBITS) /* zlib's way to say that the header is gzip's */

struct gzip {
	struct unpack unpack;
	z_stream z;
};

/* Behind a member comes another, or zeros that fill up a block of a tape: gzip(1) passes over them, too. */
static bool
next_member(struct gzip *g, struct unpack_io *io)
{
	while (io->in_left > 0 && io->in[0] == 0) {
		io->in++;
		io->in_left--;
	}
	if (io->in_left == 0)
		return true;
	g->unpack.whole = false;
	return inflateReset(&g->z) == Z_OK;
}

static uInt
at_most(size_t size)
{
	return size < UINT_MAX ? (uInt)size : UINT_MAX;
}

static bool
gzip_step(struct unpack *u, struct unpack_io *io)
{
	struct gzip *g = (struct gzip *)u;
	uInt in, out;
	int rc;

	if (u->whole && !next_member(g, io))
		return false;
	if (u->whole)
		return true;
	g->z.next_in = (z_const Bytef *)io->in;
	g->z.avail_in = in = at_most(io->in_left);
	g->z.next_out = io->out;
	g->z.avail_out = out = at_most(io->out_left);
	rc = inflate(&g->z, Z_NO_FLUSH);
	io->in += in - g->z.avail_in;
	io->in_left -= in - g->z.avail_in;
	io->out += out - g->z.avail_out;
	io->out_left -= out - g->z.avail_out;
	u->whole = rc == Z_STREAM_END;
	if (rc == Z_OK || rc == Z_STREAM_END || rc == Z_BUF_ERROR)
		return true;
	u->why = rc == Z_MEM_ERROR ? "out of memory" : "the gzip data are damaged";
	return false;
}

static void
gzip_free(struct unpack *u)
{
	struct gzip *g = (struct gzip *)u;

	inflateEnd(&g->z);
	free(g);
}

struct unpack *
unpack_gzip(void)
{
	struct gzip *g = calloc(1, sizeof *g);

	if (g == NULL)
		return NULL;
	g->unpack = (struct unpack){.step = gzip_step, .free = gzip_free};
	if (inflateInit2(&g->z, GZIP_ONLY) != Z_OK) {
		free(g);
		return NULL;
	}
	return &g->unpack;
}
