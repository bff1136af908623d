/* SPDX-License-Identifier: GPL-3.0-or-later */
/* libFuzzer harness for packed states in a database: the judge's of a host, its usual hours, and the sums of a sealed
 * hour. A digit chooses which, and whether the bytes are the input's, or those of a host that lived by the first half
 * of the input, with changes by the second: hardly any others come near to what is accepted.
 *
 * What is read is packed again into no more bytes than promised and read as the same; rows are judged on top of it, and
 * the words about it are inert. */
#include "fuzz.h"
#include "lib/base/when.h"
#include "lib/database/sealed.h"
#include "lib/judge/pack.h"
#include "lib/judge/usual.h"
#include "lib/judge/words.h"

#define NOW (INT64_C(1800000000) * SECOND)

static void
check_words(const struct judgement *v)
{
	static struct judge_words words;
	char advice[JUDGE_ADVICE];

	words.count = 0;
	judge_reasons(v, &words);
	must(words.count <= JUDGE_SENTENCES);
	for (size_t i = 0; i < words.count; i++)
		must(memchr(words.text[i], '\0', JUDGE_SENTENCE) != NULL && is_inert(words.text[i]));
	judge_advice(v, advice);
}

/* Each three bytes: where, and what is there instead. */
static void
change(uint8_t *bytes, size_t size, const uint8_t *data, size_t count)
{
	for (size_t i = 0; i + 2 < count && size > 0; i += 3)
		bytes[(size_t)(data[i] << 8 | data[i + 1]) % size] = data[i + 2];
}

/* Rows of an hour on top of a state, with what the input says about them. */
static void
go_on(struct judge *j, const uint8_t *data, size_t size)
{
	struct judgement v;

	for (size_t i = 0; i < 40; i++) {
		uint8_t byte = data[i % size], network[4] = {203, (uint8_t)i, byte, 1};
		int64_t when = NOW + (int64_t)i * MINUTE;
		struct judge_row row = {.destination = addr_v4(network),
		                        .port = 25,
		                        .answer = byte % 3,
		                        .first = when,
		                        .last = when + byte * SECOND / 8,
		                        .attempts = byte,
		                        .retransmits = byte / 2,
		                        .raw = byte / 4,
		                        .listed = (byte & 64) != 0};

		judge_row(j, &row);
	}
	v = judge_verdict(j, NOW + DAY);
	check_words(&v);
}

static void
try_judge(const uint8_t *data, size_t size)
{
	uint8_t once[JUDGE_PACKED], twice[JUDGE_PACKED];
	struct judge *j = judge_new(&judge_defaults, NULL, NULL);
	struct judgement v;
	size_t packed;

	must(j != NULL);
	if (judge_unpack(j, data, size)) {
		packed = judge_pack(j, once);
		must(packed <= sizeof once);
		must(judge_unpack(j, once, packed) && judge_pack(j, twice) == packed &&
		     memcmp(once, twice, packed) == 0);
		v = judge_verdict(j, NOW);
		check_words(&v);
		go_on(j, data, size);
		must(judge_pack(j, once) <= sizeof once);
	}
	judge_free(j);
}

static void
try_changed_judge(const uint8_t *data, size_t size)
{
	static const uint8_t address[4] = {10, 1, 0, 1};
	const struct addr host = addr_v4(address);
	const struct judge_key key = judge_key_address(&host);
	struct judge *j = judge_new(&judge_defaults, NULL, NULL);
	uint8_t bytes[JUDGE_PACKED];
	size_t packed;

	must(j != NULL);
	judge_begin(j, &key);
	go_on(j, data, size - size / 2);
	packed = judge_pack(j, bytes);
	change(bytes, packed, data + size - size / 2, size / 2);
	try_judge(bytes, packed);
	judge_free(j);
}

static void
try_usual(const uint8_t *data, size_t size)
{
	static struct judge_usual usual;
	static struct judge_words words;
	uint8_t once[JUDGE_USUAL_PACKED], twice[JUDGE_USUAL_PACKED];
	struct prefix network = {{4, {203, 0, 113, 0}}, 24};
	size_t packed;

	if (!judge_usual_unpack(&usual, data, size))
		return;
	packed = judge_usual_pack(&usual, once);
	must(packed <= sizeof once);
	must(judge_usual_unpack(&usual, once, packed) && judge_usual_pack(&usual, twice) == packed &&
	     memcmp(once, twice, packed) == 0);
	judge_usual_level(&usual);
	for (size_t i = 0; i < 40; i++) {
		network.addr.bytes[1] = (uint8_t)i;
		judge_usual_row(&usual, (int64_t)usual.minute + data[i % size], data[(i + 1) % size], &network);
		judge_usual_look(&usual);
	}
	words.count = 0;
	if (usual.unusual.hours > 0)
		judge_reasons_unusual(&usual.unusual, &words);
	for (size_t i = 0; i < words.count; i++)
		must(is_inert(words.text[i]));
	must(judge_usual_pack(&usual, once) <= sizeof once);
}

static void
try_changed_usual(const uint8_t *data, size_t size)
{
	static struct judge_usual usual;
	static const struct prefix network = {{4, {203, 0, 113, 0}}, 24};
	int64_t minute = NOW / MINUTE;
	uint8_t bytes[JUDGE_USUAL_PACKED];
	size_t packed;

	usual = (struct judge_usual){0};
	for (size_t i = 0; i < size - size / 2; i++) {
		minute += data[i] * 16;
		judge_usual_row(&usual, minute, data[i] * 4U, &network);
		judge_usual_look(&usual);
	}
	packed = judge_usual_pack(&usual, bytes);
	change(bytes, packed, data + size - size / 2, size / 2);
	try_usual(bytes, packed);
}

static void
try_sealed(const uint8_t *data, size_t size)
{
	static struct sealed_host host, again;
	static uint8_t out[SEALED_BYTES];
	const uint8_t *at = data, *before = data, *written;
	size_t n;

	while (at < data + size && sealed_read(&at, data + size, NOW, &host)) {
		must(at > before && host.part_count <= SEALED_PARTS && host.peak_minute < 60);
		n = sealed_write(&host, NOW, out);
		written = out;
		must(n <= sizeof out && sealed_read(&written, out + n, NOW, &again) && written == out + n);
		must(again.part_count == host.part_count && again.peak == host.peak && again.others == host.others);
		before = at;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const try[])(const uint8_t *data, size_t size) = {try_judge, try_usual, try_sealed,
	                                                                try_changed_judge, try_changed_usual};
	uint8_t *exact; /* of its very size, so that a read beyond it is seen */

	if (size < 2)
		return 0;
	exact = malloc(size - 1);
	must(exact != NULL);
	memcpy(exact, data + 1, size - 1);
	try[data[0] % 5](exact, size - 1);
	free(exact);
	return 0;
}
