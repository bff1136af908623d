/* SPDX-License-Identifier: GPL-3.0-or-later */
/* libFuzzer harness for databases whose pages are damaged, or written by somebody else: the input says which database,
 * then which bytes of it are others: four bytes for the place, one for how many, and those. */
#include "databases.h"
#include "fuzz.h"

#define HEAD 5

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct image *image;
	uint8_t *bytes;
	size_t at = 1;

	if (size < 1)
		return 0;
	image = databases_image(data[0] & 1);
	must((bytes = malloc(image->size)) != NULL);
	memcpy(bytes, image->bytes, image->size);
	while (size - at > HEAD) {
		size_t place =
		        (size_t)data[at] << 24 | (size_t)data[at + 1] << 16 | (size_t)data[at + 2] << 8 | data[at + 3];
		size_t count = data[at + 4];

		at += HEAD;
		place %= image->size;
		if (count > size - at)
			count = size - at;
		if (count > image->size - place)
			count = image->size - place;
		memcpy(bytes + place, data + at, count);
		at += count;
	}
	databases_read(databases_write(bytes, image->size));
	databases_remove();
	free(bytes);
	return 0;
}
