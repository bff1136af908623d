/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <zstd.h>

#include "unpack.h"

struct zstd {
	struct unpack unpack;
	ZSTD_DStream *stream;
};

static bool
zstd_step(struct unpack *u, struct unpack_io *io)
{
	struct zstd *z = (struct zstd *)u;
	ZSTD_inBuffer in = {.src = io->in, .size = io->in_left};
	ZSTD_outBuffer out = {.dst = io->out, .size = io->out_left};
	size_t rc;

	if (u->whole && io->in_left == 0) /* another call would begin to wait for the next frame */
		return true;
	rc = ZSTD_decompressStream(z->stream, &out, &in);
	io->in += in.pos;
	io->in_left -= in.pos;
	io->out += out.pos;
	io->out_left -= out.pos;
	u->whole = rc == 0;
	if (!ZSTD_isError(rc))
		return true;
	u->why = "the zstd data are damaged, or need a window of more than 128 MiB";
	return false;
}

static void
zstd_free(struct unpack *u)
{
	struct zstd *z = (struct zstd *)u;

	ZSTD_freeDStream(z->stream);
	free(z);
}

struct unpack *
unpack_zstd(void)
{
	struct zstd *z = calloc(1, sizeof *z);

	if (z == NULL)
		return NULL;
	z->unpack = (struct unpack){.step = zstd_step, .free = zstd_free};
	z->stream = ZSTD_createDStream();
	if (z->stream == NULL || ZSTD_isError(ZSTD_DCtx_setParameter(z->stream, ZSTD_d_windowLogMax, 27))) {
		zstd_free(&z->unpack);
		return NULL;
	}
	return &z->unpack;
}
