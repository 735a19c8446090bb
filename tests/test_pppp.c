/* SPDX-License-Identifier: GPL-3.0-or-later */
/* PPPP's bytes: cipher, ids, packets, order, pictures, both dialects. Pure. */
#include "config.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"
#include "streamd/sources/pppp_targets.h"
#include "streamd/sources/pppp_order.h"
#include "streamd/sources/pppp_talk.h"
#include "streamd/sources/pppp_video.h"
#include "streamd/sources/pppp_wire.h"
#include "tests/unit.h"

static size_t
hex(const char *s, uint8_t *ret)
{
	size_t n = strlen(s) / 2;

	assert_int_equal(text_unhex(s, ret, n), 0);
	return n;
}

static void
searches_are_the_known_bytes(void **state)
{
	static const char *const known[] = { "f1300000", "2cba5f5d", "9fa1eeb9",
		"5d782818" };
	uint8_t p[4], want[4];
	unsigned i;

	(void)state;
	for (i = 0; i < 4; i++) {
		assert_int_equal(pppp_build(p, sizeof(p), PPPP_SEARCH, NULL, 0), 4);
		pppp_encrypt(i, p, 4);
		hex(known[i], want);
		assert_memory_equal(p, want, 4);
	}
}

static void
each_key_is_found_again(void **state)
{
	uint8_t uid[PPPP_UID] = "DGOA", p[64];
	unsigned key;
	size_t n;

	(void)state;
	for (key = 0; key < pppp_keys(); key++) {
		n = pppp_build(p, sizeof(p), PPPP_PUNCH, uid, sizeof(uid));
		pppp_encrypt(key, p, n);
		assert_int_equal(pppp_guess_key(p, n, PPPP_PUNCH), (int)key);
		pppp_decrypt(key, p, n);
		assert_memory_equal(p + 4, uid, sizeof(uid));
	}
	memset(p, 0x5d, sizeof(p));
	assert_int_equal(pppp_guess_key(p, sizeof(p), PPPP_PUNCH), -1);
	assert_int_equal(pppp_guess_key(p, 3, PPPP_PUNCH), -1);
}

static void
ids_are_read_and_written(void **state)
{
	static const char *const ids[][3] = {
		{ "424154440000000000026 2ca574f4e4a4d000000", "BATD156362WONJM",
		    "BATD-156362-WONJM" },
		{ "5848410000000000000003e24b4d4d4542000000", "XHA994KMMEB",
		    "XHA-000994-KMMEB" },
	};
	struct pppp_id id, other;
	char text[PPPP_UID_TEXT], clean[64];
	uint8_t uid[PPPP_UID];
	unsigned i, k, n;

	(void)state;
	for (i = 0; i < 2; i++) {
		for (k = n = 0; ids[i][0][k] != '\0'; k++) {
			if (ids[i][0][k] != ' ')
				clean[n++] = ids[i][0][k];
		}
		clean[n] = '\0';
		assert_int_equal(hex(clean, uid), PPPP_UID);
		assert_int_equal(pppp_id_read(uid, &id), 0);
		assert_int_equal(pppp_id_parse(ids[i][1], &other), 0);
		assert_true(pppp_id_equal(&id, &other));
		pppp_id_format(&id, text);
		assert_string_equal(text, ids[i][2]);
		assert_int_equal(pppp_id_parse(text, &other), 0);
		assert_true(pppp_id_equal(&id, &other));
		pppp_id_mask(&id, text);
		assert_null(strstr(text, id.check));
	}
	assert_int_equal(pppp_id_parse("BATD156362", &other), 0);
	assert_int_equal(pppp_id_parse("", &other), -1);
	assert_int_equal(pppp_id_parse("BATD", &other), -1);
	assert_int_equal(pppp_id_parse("BATD-1-A_", &other), -1);
	assert_int_equal(pppp_id_parse("BATD1234567890123456789A", &other), -1);
	assert_false(pppp_id_equal(&id, &other));
}

static void
header_quirks_are_taken(void **state)
{
	struct pppp_packet pk;
	uint8_t p[64];
	uint16_t index[10];
	size_t n;

	(void)state;
	n = hex("f1420014424154450000000000"
		"0a8f6149555251"
		"4d000000"
		"0000000000000000",
	    p);
	assert_int_equal(n, 32);
	assert_int_equal(pppp_parse(p, n, &pk), 0);
	assert_int_equal(pk.n, PPPP_UID); /* padding is not payload */
	n = hex("f1d00404d1010000ffd8", p);
	assert_int_equal(pppp_parse(p, n, &pk), 0);
	assert_true(pk.cut);
	assert_int_equal(pk.n, 2);
	n = hex("f1d1000ad2010003000100020003", p);
	assert_int_equal(pppp_parse(p, n, &pk), 0);
	assert_int_equal(pppp_parse_acks(&pk, index, 10), 3);
	assert_int_equal(index[2], 3);
	n = hex("f1d10006d201ffff0001", p);
	assert_int_equal(pppp_parse(p, n, &pk), 0);
	assert_int_equal(pppp_parse_acks(&pk, index, 10), 1);
	for (n = 0; n < 8; n++) {
		hex("f1d00004d1000000", p);
		assert_int_equal(pppp_parse(p, n, &pk), -1);
	}
}

static void
login_is_the_recorded_bytes(void **state)
{
	uint8_t data[300], p[320];
	char head[50], tail[9];
	size_t n;

	(void)state;
	n = pppp_binary_login(data, sizeof(data), "admin", "admin");
	n = pppp_build_data(p, sizeof(p), 0, 0, data, n);
	assert_int_equal(n, 180);
	text_hex(p, 21, head);
	assert_string_equal(head, "f1d000b0d1000000110a2010a400ff00000000006f");
	text_hex(p + 21 + 27, 5, head);
	assert_string_equal(head, "60656c686f");
	text_hex(p + n - 4, 4, tail);
	assert_string_equal(tail, "60656c68");
}

static void
binary_answers_are_read(void **state)
{
	struct pppp_binary m;
	uint8_t p[64], ticket[4] = { 1, 2, 3, 4 }, want[64];
	size_t n;

	(void)state;
	n = hex("110a20110c00ff000000000057566c37fe010101", p);
	assert_int_equal(pppp_binary_parse(p, n, &m), 0);
	assert_int_equal(m.command, PPPP_LOGIN | PPPP_ANSWER);
	assert_int_equal(m.n, 8);
	assert_memory_equal(m.p + 4, "VWm6", 4);
	n = hex("110a20110400ff000efcffff", p);
	assert_int_equal(pppp_binary_parse(p, n, &m), 0);
	assert_int_equal(m.n, 0);
	assert_int_equal(m.token, -1010);
	n = pppp_binary_build(p, sizeof(p), PPPP_VIDEO_START, ticket, NULL, 0);
	assert_int_equal(n, hex("110a10300400000001020304", want));
	assert_memory_equal(p, want, n);
	for (n = 0; n < 12; n++)
		assert_int_equal(pppp_binary_parse(p, n, &m), -1);
}

static void
status_is_read(void **state)
{
	struct pppp_binary m = { .n = 124 };
	struct pppp_status st;

	(void)state;
	memcpy(m.p + 4, "\x18\x0f\0\0", 4);
	memcpy(m.p + 16, "\xbf\xff\xff\xff", 4);
	m.p[21] = 1;
	m.p[93] = 1;
	assert_int_equal(pppp_binary_status(&m, &st), 0);
	assert_int_equal(st.battery_mv, 3864);
	assert_int_equal(st.signal_dbm, -65);
	assert_int_equal(st.charging, 0);
	assert_int_equal(st.ir, 1);
	m.n = 23;
	assert_int_equal(pppp_binary_status(&m, &st), -1);
}

static void
json_is_framed_and_bounded(void **state)
{
	struct pppp_json_request q = { .command = 111,
		.name = "stream",
		.user = "admin",
		.password = "66\"66",
		.key = "video",
		.value = 1 };
	uint8_t p[512];
	int command, result;
	struct pppp_status st;
	struct pppp_wifi wifi;
	char answer[] = "\x06\x0a\xa0\x80\x30\0\0\0"
			"{\"cmd\":101,\"result\":0,\"icut\":1,\"signal\":-50  } ";
	size_t n = pppp_json_build(p, sizeof(p), &q);

	(void)state;
	assert_true(n > 8);
	assert_int_equal(p[4], n - 8);
	assert_non_null(memmem(p, n, "\"video\":1", 9));
	assert_non_null(memmem(p, n, "66\\\"66", 6));
	assert_int_equal(pppp_json_build(p, 40, &q), 0);
	answer[4] = (char)(sizeof(answer) - 9);
	assert_int_equal(pppp_json_parse((uint8_t *)answer, sizeof(answer) - 1,
			     &command, &result, &st, &wifi),
	    0);
	assert_int_equal(command, 101);
	assert_int_equal(result, 0);
	assert_int_equal(st.ir, 1);
	assert_int_equal(st.signal_dbm, -50);
	assert_int_equal(st.lamp, -1);
	assert_int_equal(pppp_json_parse((uint8_t *)answer, sizeof(answer) - 9,
			     &command, &result, &st, &wifi),
	    -1);
}

/* ---- order ---- */

struct seen {
	unsigned n, gaps;
	uint32_t next; /* the number expected in the bytes */
	uint32_t lost;
};

static void
on_packet(void *arg, const uint8_t *p, size_t n, bool gap, int64_t arrived_us)
{
	struct seen *s = arg;
	uint32_t number;

	(void)arrived_us;
	assert_int_equal(n, 4);
	memcpy(&number, p, 4);
	assert_true(number >= s->next);
	assert_int_equal(gap, number != s->next);
	s->lost += number - s->next;
	s->next = number + 1;
	s->gaps += gap;
	s->n++;
}

static void
put(struct pppp_order *o, uint32_t number, int64_t now_us)
{
	uint8_t p[4];

	memcpy(p, &number, 4);
	pppp_order_put(o, (uint16_t)number, p, 4, now_us);
}

static uint32_t
dice(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

/* 200,000 packets: three wraps, some swapped, some doubled, none lost. */
static void
order_holds_across_the_wrap(void **state)
{
	struct pppp_order *o = malloc(sizeof(*o));
	struct seen seen = { .n = 0 };
	uint32_t i, seed = 7;

	(void)state;
	pppp_order_init(o, on_packet, &seen);
	for (i = 0; i < 200000; i++) {
		if (dice(&seed) % 50 == 0 && i > 0) {
			put(o, i + 1, i * 500);
			put(o, i, i * 500);
			i++;
		} else {
			put(o, i, i * 500);
		}
		if (dice(&seed) % 100 == 0)
			put(o, i, i * 500);
		(void)pppp_order_tick(o, i * 500);
	}
	assert_in_range(seen.n, 200000, 200001);
	assert_int_equal(seen.gaps, 0);
	assert_int_equal(o->n_held, 0);
	assert_true(o->duplicates > 1000);
	pppp_order_fini(o);
	free(o);
}

static void
a_hole_is_given_up_in_time(void **state)
{
	struct pppp_order *o = malloc(sizeof(*o));
	struct seen seen = { .n = 0 };

	(void)state;
	pppp_order_init(o, on_packet, &seen);
	put(o, 0, 0);
	put(o, 2, 1000);
	put(o, 4, 2000);
	assert_int_equal(seen.n, 1);
	assert_int_equal(pppp_order_tick(o, 3000), 1000 + PPPP_HOLE_US);
	put(o, 1, 200000); /* sent again */
	assert_int_equal(seen.n, 3);
	assert_int_equal(pppp_order_tick(o, 300000), 2000 + PPPP_HOLE_US);
	assert_int_equal(pppp_order_tick(o, 2000 + PPPP_HOLE_US), INT64_MAX);
	assert_int_equal(seen.n, 4);
	assert_int_equal(seen.lost, 1);
	put(o, 3, 500000); /* too late */
	assert_int_equal(seen.n, 4);
	pppp_order_fini(o);
	free(o);
}

/* Indices begin at 0. A first packet that comes late, such as the answer to the login
 * behind a notice, is no duplicate. */
static void
a_late_first_packet_is_waited_for(void **state)
{
	struct seen seen = { .n = 0 };
	struct pppp_order order, *o = &order;

	(void)state;
	pppp_order_init(o, on_packet, &seen);
	put(o, 1, 0);
	put(o, 0, 200000);
	assert_int_equal(seen.n, 2);
	assert_int_equal(seen.gaps, 0);
	assert_int_equal(o->duplicates, 0);
	pppp_order_fini(o);
	/* One that never comes holds nothing up for long. */
	memset(&seen, 0, sizeof(seen));
	pppp_order_init(o, on_packet, &seen);
	put(o, 1, 0);
	assert_int_equal(pppp_order_tick(o, 0), PPPP_HOLE_US);
	assert_true(pppp_order_tick(o, PPPP_HOLE_US) == INT64_MAX);
	assert_int_equal(seen.n, 1);
	pppp_order_fini(o);
}

static void
a_bogus_index_does_not_move_it(void **state)
{
	struct pppp_order *o = malloc(sizeof(*o));
	struct seen seen = { .n = 0 };
	uint32_t i;

	(void)state;
	pppp_order_init(o, on_packet, &seen);
	for (i = 0; i < 100; i++) {
		put(o, i, i);
		put(o, 30000 + (i % 7) * 3000, i);
	}
	assert_int_equal(seen.n, 100);
	assert_int_equal(seen.gaps, 0);
	/* A camera that counts anew: its neighbours repeat it. */
	for (i = 20000; i < 20020; i++)
		put(o, i, i);
	assert_int_equal(seen.n, 100 + 20 - PPPP_JUMP + 1);
	assert_int_equal(seen.gaps, 1);
	pppp_order_fini(o);
	free(o);
}

static void
what_is_held_is_bounded(void **state)
{
	struct pppp_order *o = malloc(sizeof(*o));
	struct seen seen = { .n = 0 };
	uint32_t i;

	(void)state;
	pppp_order_init(o, on_packet, &seen);
	put(o, 0, 0);
	for (i = 0; i < 1023; i++) {
		put(o, 2 + i, 0);
		assert_true(o->n_held <= PPPP_HELD_MAX);
	}
	pppp_order_fini(o);
	seen.next = 0;
	pppp_order_init(o, on_packet, &seen);
	for (i = 0; i < 1000; i++) {
		put(o, i * 2, 0);
		assert_true(o->n_held <= PPPP_HELD_MAX);
	}
	pppp_order_fini(o);
	free(o);
}

/* ---- pictures ---- */

struct pictures {
	unsigned n, audio, drops;
	size_t bytes;
	const uint8_t *want;
	size_t want_n;
};

static void
on_jpeg(void *arg, uint8_t *owned, size_t n, int64_t arrived_us)
{
	struct pictures *s = arg;

	(void)arrived_us;
	if (s->want != NULL) {
		assert_int_equal(n, s->want_n);
		assert_memory_equal(owned, s->want, n);
	}
	s->n++;
	s->bytes += n;
	free(owned);
}

static void
on_audio(void *arg, const uint8_t *p, size_t n, int64_t arrived_us)
{
	struct pictures *s = arg;

	(void)p;
	(void)arrived_us;
	assert_int_equal(n, 960);
	s->audio++;
}

static void
on_drop(void *arg, const char *why)
{
	struct pictures *s = arg;

	(void)why;
	s->drops++;
}

static const struct pppp_video_ops video_ops = { on_jpeg, on_audio, on_drop };

static void
header_of(uint8_t *p, uint8_t type, uint32_t n)
{
	memset(p, 0, 32);
	memcpy(p, "\x55\xaa\x15\xa8", 4);
	p[4] = type;
	p[16] = (uint8_t)n;
	p[17] = (uint8_t)(n >> 8);
	p[18] = (uint8_t)(n >> 16);
}

enum layout { NONE, SEPARATE, INLINE };

/* A picture of n bytes as packets; lose: this packet is missing. audio: a sound packet
 * stands inside. */
static void
send_picture(struct pppp_video *v, const uint8_t *jpeg, size_t n, enum layout layout,
    unsigned lose, bool audio)
{
	uint8_t p[1024];
	size_t at = 0, k, padded = (n + 3) / 4 * 4, head;
	unsigned i = 0;
	bool gap = false;

	if (layout == SEPARATE) {
		header_of(p, 3, (uint32_t)n);
		pppp_video_put(v, p, 32, false, 1);
	}
	for (; at < padded; at += k, i++) {
		head = layout == INLINE && at == 0 ? 32 : 0;
		memset(p, 0, sizeof(p));
		if (head > 0)
			header_of(p, 3, (uint32_t)n);
		k = padded - at < 1024 - head ? padded - at : 1024 - head;
		if (at < n)
			memcpy(p + head, jpeg + at, n - at < k ? n - at : k);
		if (i == lose) {
			gap = true;
			continue;
		}
		pppp_video_put(v, p, k + head, gap, 1);
		gap = false;
		if (audio && i == 1) {
			header_of(p, 6, 960);
			pppp_video_put(v, p, 992, false, 1);
		}
	}
}

static void
all_layouts_and_lengths(void **state)
{
	static uint8_t jpeg[5000];
	struct pictures s = { .n = 0 };
	struct pppp_video v;
	unsigned layout;
	size_t n;

	(void)state;
	memset(jpeg, 0x55, sizeof(jpeg));
	memcpy(jpeg, "\xff\xd8\xff\xdb", 4);
	pppp_video_init(&v, &video_ops, &s);
	for (layout = NONE; layout <= INLINE; layout++) {
		for (n = 2040; n < 4110; n++) {
			memcpy(jpeg + n - 2, "\xff\xd9", 2);
			s.want = jpeg;
			s.want_n = n;
			s.n = 0;
			send_picture(&v, jpeg, n, (enum layout)layout, 99, n % 2 != 0);
			assert_int_equal(s.n, 1);
			memset(jpeg + n - 2, 0x55, 2);
		}
	}
	assert_int_equal(s.drops, 0);
	assert_true(s.audio > 3000);
	pppp_video_fini(&v);
}

static void
a_picture_with_a_hole_is_left_out(void **state)
{
	static uint8_t jpeg[5000];
	struct pictures s = { .n = 0 };
	struct pppp_video v;
	unsigned layout, lose;

	(void)state;
	memset(jpeg, 0x55, sizeof(jpeg));
	memcpy(jpeg, "\xff\xd8\xff\xdb", 4);
	memcpy(jpeg + 4998, "\xff\xd9", 2);
	pppp_video_init(&v, &video_ops, &s);
	s.want = jpeg;
	s.want_n = sizeof(jpeg);
	for (layout = NONE; layout <= INLINE; layout++) {
		for (lose = 0; lose < 5; lose++) {
			s.n = 0;
			send_picture(
			    &v, jpeg, sizeof(jpeg), (enum layout)layout, lose, false);
			assert_int_equal(s.n, 0);
			send_picture(
			    &v, jpeg, sizeof(jpeg), (enum layout)layout, 99, false);
			assert_int_equal(s.n, 1);
		}
	}
	pppp_video_fini(&v);
}

static void
an_endless_picture_is_bounded(void **state)
{
	struct pictures s = { .n = 0 };
	struct pppp_video v;
	uint8_t p[1024];
	unsigned i;

	(void)state;
	memset(p, 0x55, sizeof(p));
	pppp_video_init(&v, &video_ops, &s);
	header_of(p, 3, 0xffffffff);
	pppp_video_put(&v, p, sizeof(p), false, 1);
	memset(p, 0x11, sizeof(p));
	for (i = 0; i < 2000; i++)
		pppp_video_put(&v, p, sizeof(p), false, 1);
	assert_int_equal(s.n, 0);
	assert_int_equal(s.drops, 1);
	assert_true(v.size <= PPPP_FRAME_MAX);
	pppp_video_fini(&v);
}

/* Twins: a dump that was written to another camera brought its device id along. */
static void
cameras_of_one_id_are_told_apart_by_address(void **state)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(32108) };
	struct pppp_id id;

	(void)state;
	assert_int_equal(pppp_id_parse("BATC609531EXLVS", &id), 0);
	assert_int_equal(inet_pton(AF_INET, "10.0.0.7", &at.sin_addr), 1);
	assert_true(pppp_source_is("pppp:BATC609531EXLVS", &at, &id));
	assert_true(pppp_source_is("pppp:@10.0.0.7", &at, &id));
	assert_true(pppp_source_is("pppp:BATC609531EXLVS@10.0.0.7", &at, &id));
	assert_false(pppp_source_is("pppp:BATC609531EXLVS@10.0.0.8", &at, &id));
	assert_false(pppp_source_is("pppp:BATC609531EXLVS@10.0.0.7:999", &at, &id));
	assert_false(pppp_source_is("pppp:BATC609532EXLVS@10.0.0.7", &at, &id));
	assert_false(pppp_source_is("pppp:BATC609532EXLVS", &at, &id));
	assert_false(pppp_source_is("http://10.0.0.7/", &at, &id));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(searches_are_the_known_bytes),
		cmocka_unit_test(each_key_is_found_again),
		cmocka_unit_test(ids_are_read_and_written),
		cmocka_unit_test(cameras_of_one_id_are_told_apart_by_address),
		cmocka_unit_test(header_quirks_are_taken),
		cmocka_unit_test(login_is_the_recorded_bytes),
		cmocka_unit_test(binary_answers_are_read),
		cmocka_unit_test(status_is_read),
		cmocka_unit_test(json_is_framed_and_bounded),
		cmocka_unit_test(order_holds_across_the_wrap),
		cmocka_unit_test(a_hole_is_given_up_in_time),
		cmocka_unit_test(a_late_first_packet_is_waited_for),
		cmocka_unit_test(a_bogus_index_does_not_move_it),
		cmocka_unit_test(what_is_held_is_bounded),
		cmocka_unit_test(all_layouts_and_lengths),
		cmocka_unit_test(a_picture_with_a_hole_is_left_out),
		cmocka_unit_test(an_endless_picture_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
