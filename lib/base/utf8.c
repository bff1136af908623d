/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "utf8.h"

size_t
utf8_next(const char *text, uint32_t *c)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	const unsigned char *p = (const unsigned char *)text;
	size_t size = *p < 0x80                 ? 1
	              : *p >= 0xc2 && *p < 0xe0 ? 2
	              : *p >= 0xe0 && *p < 0xf0 ? 3
	              : *p >= 0xf0 && *p < 0xf5 ? 4
	                                        : 0;

	if (size == 0)
		return 0;
	*c = size == 1 ? *p : *p & (0xffU >> (size + 1));
	for (size_t n = 1; n < size; n++) {
		if ((p[n] & 0xc0) != 0x80)
			return 0;
		*c = *c << 6 | (p[n] & 0x3f);
	}
	return *c < least[size] || (*c >= 0xd800 && *c < 0xe000) || *c > 0x10ffff ? 0 : size;
}

size_t
utf8_put(uint32_t c, char out[UTF8_MOST])
{
	static const uint32_t least[] = {0, 0x80, 0x800, 0x10000, 0x110000};
	static const unsigned char first[] = {0, 0xc0, 0xe0, 0xf0};
	size_t size = 1;

	if (c == 0 || c >= least[UTF8_MOST] || (c >= 0xd800 && c < 0xe000))
		return 0;
	while (c >= least[size])
		size++;
	for (size_t n = size - 1; n > 0; n--, c >>= 6)
		out[n] = (char)(0x80 | (c & 0x3f));
	out[0] = (char)(first[size - 1] | c);
	return size;
}

bool
utf8_controls(uint32_t c)
{
	return c < ' ' || (c >= 0x7f && c < 0xa0);
}

bool
utf8_deceives(uint32_t c)
{
	return c == 0xad || c == 0x61c || c == 0x180e || (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
	       (c >= 0x2060 && c <= 0x206f) || (c >= 0xfe00 && c <= 0xfe0f) || c == 0xfeff ||
	       (c >= 0x1bca0 && c <= 0x1bca3) || (c >= 0x1d173 && c <= 0x1d17a) || c >= 0xe0000;
}

bool
utf8_blank(uint32_t c)
{
	return c == 0xa0 || c == 0x034f || c == 0x115f || c == 0x1160 || c == 0x1680 || (c >= 0x17b4 && c <= 0x17b5) ||
	       (c >= 0x180b && c <= 0x180f) || (c >= 0x2000 && c <= 0x200a) || c == 0x202f || c == 0x205f ||
	       c == 0x2800 || c == 0x3000 || c == 0x3164 || c == 0xffa0 || (c >= 0xfff0 && c <= 0xfffb);
}
