/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A PPPP session against a simulated camera, both without socket and clock. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "streamd/sources/pppp_session.h"
#include "tests/sim/ppppcam.h"
#include "tests/unit.h"

#define JPEG 18200
#define MAIL 4096

struct mail {
	uint8_t p[PPPP_DATAGRAM_MAX];
	size_t n;
};

/* Session and camera with the air between them. */
struct bed {
	struct pppp_session s;
	struct ppppcam *cam;
	int64_t now_us;
	struct mail *to_cam, *to_us;
	unsigned cam_n, us_n;
	uint8_t jpeg[JPEG];
	unsigned pictures, broken, drops, audio, found, done;
	uint64_t sent, received; /* bytes of the session */
	bool done_well, deaf, refuse_found;
	struct pppp_status st;
	struct pppp_wifi wifi;
	struct err done_err;
	int64_t latency_us; /* sum */
	unsigned limit; /* pictures from this number on are not counted */
};

static void
post(struct mail *box, unsigned *n, const uint8_t *p, size_t len)
{
	if (*n == MAIL)
		return;
	memcpy(box[*n].p, p, len);
	box[(*n)++].n = len;
}

static void
on_cam_send(void *arg, const uint8_t *p, size_t n)
{
	struct bed *b = arg;

	post(b->to_us, &b->us_n, p, n);
}

static const uint8_t *
on_picture(void *arg, unsigned number, size_t *ret_n)
{
	struct bed *b = arg;
	int64_t made = b->now_us;

	memcpy(b->jpeg + 8, &number, sizeof(number));
	memcpy(b->jpeg + 16, &made, sizeof(made));
	memcpy(b->jpeg + JPEG - 16, &number, sizeof(number));
	*ret_n = JPEG;
	return b->jpeg;
}

static void
on_send(void *arg, const uint8_t *p, size_t n)
{
	struct bed *b = arg;

	b->sent += n;
	if (!b->deaf)
		post(b->to_cam, &b->cam_n, p, n);
}

static bool
on_found(void *arg)
{
	struct bed *b = arg;

	b->found++;
	return !b->refuse_found;
}

static void
on_state(void *arg, enum pppp_state state)
{
	(void)arg;
	(void)state;
}

static void
on_done(void *arg, const struct err *e, const struct pppp_status *st,
    const struct pppp_wifi *wifi)
{
	struct bed *b = arg;

	b->done++;
	b->done_well = e == NULL;
	if (e != NULL)
		b->done_err = *e;
	if (st != NULL)
		b->st = *st;
	if (wifi != NULL)
		b->wifi = *wifi;
}

static void
on_jpeg(void *arg, uint8_t *owned, size_t n, int64_t arrived_us)
{
	struct bed *b = arg;
	unsigned number;
	int64_t made;

	(void)arrived_us;
	memcpy(&number, owned + 8, sizeof(number));
	if (n != JPEG || memcmp(owned + 8, owned + JPEG - 16, 4) != 0)
		b->broken++;
	memcpy(&made, owned + 16, sizeof(made));
	b->latency_us += b->now_us - made;
	if (number < b->limit)
		b->pictures++;
	free(owned);
}

static void
on_audio(void *arg, const uint8_t *p, size_t n, int64_t arrived_us)
{
	struct bed *b = arg;

	(void)p;
	(void)n;
	(void)arrived_us;
	b->audio++;
}

static void
on_drop(void *arg, const char *why)
{
	struct bed *b = arg;

	(void)why;
	b->drops++;
}

static const struct pppp_session_ops ops = { .send = on_send,
	.found = on_found,
	.state = on_state,
	.done = on_done,
	.video = { on_jpeg, on_audio, on_drop } };

static struct bed *
bed_new(const struct ppppcam_options *co, const struct pppp_options *so)
{
	struct bed *b = calloc(1, sizeof(*b));

	assert_non_null(b);
	b->now_us = 1000000;
	b->limit = UINT32_MAX;
	b->to_cam = calloc(MAIL, sizeof(struct mail));
	b->to_us = calloc(MAIL, sizeof(struct mail));
	memset(b->jpeg, 0x5a, JPEG);
	memcpy(b->jpeg, "\xff\xd8\xff\xdb", 4);
	memcpy(b->jpeg + JPEG - 2, "\xff\xd9", 2);
	b->cam = ppppcam_new(co, on_cam_send, on_picture, b);
	pppp_session_init(&b->s, so, &ops, b, b->now_us);
	return b;
}

static void
bed_free(struct bed *b)
{
	pppp_session_fini(&b->s);
	ppppcam_free(b->cam);
	free(b->to_cam);
	free(b->to_us);
	free(b);
}

static void
put(struct bed *b, const uint8_t *p, size_t n)
{
	uint8_t *exact = malloc(n > 0 ? n : 1);

	/* In a buffer of its own size, so that a sanitizer sees one byte too many. */
	memcpy(exact, p, n);
	b->received += n;
	pppp_session_put(&b->s, exact, n, b->now_us);
	free(exact);
}

static void
deliver(struct bed *b)
{
	unsigned i;

	for (i = 0; i < b->us_n; i++)
		put(b, b->to_us[i].p, b->to_us[i].n);
	b->us_n = 0;
	for (i = 0; i < b->cam_n; i++)
		ppppcam_put(b->cam, b->to_cam[i].p, b->to_cam[i].n, b->now_us);
	b->cam_n = 0;
}

static void
run(struct bed *b, int64_t ms)
{
	int64_t until = b->now_us + ms * 1000;

	for (; b->now_us < until; b->now_us += 500) {
		(void)ppppcam_tick(b->cam, b->now_us);
		deliver(b);
		(void)pppp_session_tick(&b->s, b->now_us);
		deliver(b);
	}
}

static const struct pppp_options anyone = { .user = "", .password = "" };

/* Of a minute's pictures, how many came whole. */
static unsigned
minute(struct ppppcam_options *co, unsigned *ret_made, int64_t *ret_latency_us)
{
	struct bed *b = bed_new(co, &anyone);
	unsigned n;

	run(b, 60000);
	*ret_made = ppppcam_stats(b->cam)->frames;
	/* What is on its way may arrive. */
	b->limit = *ret_made;
	run(b, 1000);
	n = b->pictures;
	*ret_latency_us = b->latency_us / (n > 0 ? n : 1);
	assert_int_equal(b->broken, 0);
	assert_false(b->s.dead);
	assert_true(b->s.data.n_held <= PPPP_HELD_MAX);
	bed_free(b);
	return n;
}

static void
delivery_under_loss(void **state)
{
	static const struct {
		unsigned loss, resend_ms, of_1000;
	} cases[] = { { 0, 200, 1000 }, { 200, 50, 999 }, { 200, 200, 999 },
		{ 500, 50, 990 }, { 500, 200, 990 } };
	unsigned i, n, made;
	int64_t latency_us;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ppppcam_options co = { .id = "BATC609531EXLVS",
			.loss = cases[i].loss,
			.resend_ms = cases[i].resend_ms,
			.start = 64000,
			.audio = true,
			.seed = 11 + i };

		n = minute(&co, &made, &latency_us);
		print_message("loss %u/10000, resent after %u ms: %u of %u, %lld us\n",
		    cases[i].loss, cases[i].resend_ms, n, made, (long long)latency_us);
		assert_true(made > 880);
		assert_true(n * 1000 >= made * cases[i].of_1000);
		if (cases[i].loss == 0)
			assert_true(latency_us <= 10000);
	}
}

static void
reorder_and_duplicates_cost_nothing(void **state)
{
	struct ppppcam_options co = { .id = "BATC609531EXLVS",
		.reorder = 300,
		.dup = 300,
		.layout = PPPPCAM_INLINE,
		.odd = true,
		.seed = 5 };
	unsigned n, made;
	int64_t latency_us;

	(void)state;
	n = minute(&co, &made, &latency_us);
	assert_int_equal(n, made);
	co.fps = 15;
	co.key = PPPP_CAMERA;
	n = minute(&co, &made, &latency_us);
	assert_int_equal(n, made);
}

static void
eleven_odd_packets_at_every_stage(void **state)
{
	struct ppppcam_options co = { .id = "DGOA000123ABCDE" };
	uint8_t odd[64];
	unsigned key, which, stage;
	struct bed *b;
	size_t n;

	(void)state;
	for (key = 0; key <= PPPP_SHIX; key++) {
		for (which = 0; which < PPPPCAM_ODD; which++) {
			co.key = key;
			b = bed_new(&co, &anyone);
			for (stage = 0; stage < 20; stage++) {
				n = ppppcam_odd(which, odd);
				put(b, odd, n);
				pppp_encrypt(key, odd, n);
				put(b, odd, n);
				run(b, stage < 15 ? 2 : 100);
			}
			assert_false(b->s.dead);
			assert_true(b->pictures >= 4);
			assert_int_equal(b->drops, 0);
			bed_free(b);
		}
	}
}

/* Before the camera has shown that it hears us, answers are never longer than what
 * came, whatever came and how often. */
static void
no_amplification_before_the_handshake(void **state)
{
	struct ppppcam_options co = { .id = "BATC609531EXLVS" };
	struct bed *b = bed_new(&co, &anyone);
	uint8_t uid[PPPP_UID] = "BATC\0\0\0\0\0\0\0\1ABCDE", p[64];
	uint64_t own;
	unsigned i;
	size_t n;

	(void)state;
	b->deaf = true;
	(void)pppp_session_tick(&b->s, b->now_us);
	own = b->sent; /* the search itself */
	assert_int_equal(own, 16);
	for (i = 0; i < 500; i++) {
		n = pppp_build(p, sizeof(p), i % 3 == 0 ? PPPP_ALIVE : PPPP_PUNCH, uid,
		    i % 3 == 0 ? 0 : sizeof(uid));
		put(b, p, n);
	}
	assert_true(b->sent - own <= b->received);
	assert_int_equal(b->s.state, PPPP_OPENING);
	bed_free(b);
}

static void
a_flood_is_bounded(void **state)
{
	struct ppppcam_options co = { .id = "BATC609531EXLVS" };
	struct bed *b = bed_new(&co, &anyone);
	uint8_t p[1100], data[1024] = { 0x55, 0xaa, 0x15, 0xa8, 3 };
	uint64_t before;
	unsigned i;
	size_t n;

	(void)state;
	run(b, 1000);
	assert_int_equal(b->s.state, PPPP_STREAMING);
	before = b->sent;
	for (i = 0; i < 100000; i++) {
		n = pppp_build_data(
		    p, sizeof(p), 1, (uint16_t)(i * 7919), data, sizeof(data));
		put(b, p, n);
		assert_true(b->s.data.n_held <= PPPP_HELD_MAX);
	}
	assert_true(pppp_session_flooded(&b->s));
	assert_true(b->sent - before < 100000);
	run(b, 3000);
	assert_false(b->s.dead);
	bed_free(b);
}

static void
an_unknown_key_is_said(void **state)
{
	struct ppppcam_options co = { .id = "BATC609531EXLVS" };
	struct bed *b = bed_new(&co, &anyone);
	uint8_t p[32];

	(void)state;
	b->deaf = true;
	memset(p, 0x5d, sizeof(p));
	put(b, p, sizeof(p));
	run(b, 2500);
	assert_true(b->s.dead);
	assert_string_equal(b->s.why.name, "source-key");
	bed_free(b);
}

/* It answers the search and then nothing: somebody else is with it. The driver asks
 * again after a while, as for one that says so. */
static void
a_camera_that_opens_no_session_is_said(void **state)
{
	struct ppppcam_options co = { .id = "BATC609531EXLVS" };
	struct bed *b = bed_new(&co, &anyone);
	uint8_t uid[PPPP_UID] = "BATC\0\0\0\0\0\0\0\1ABCDE", p[64];
	size_t n = pppp_build(p, sizeof(p), PPPP_PUNCH, uid, sizeof(uid));

	(void)state;
	b->deaf = true;
	put(b, p, n);
	assert_int_equal(b->s.state, PPPP_OPENING);
	run(b, 2000);
	assert_false(b->s.dead);
	run(b, 1000);
	assert_true(b->s.dead);
	assert_string_equal(b->s.why.name, "camera-held");
	bed_free(b);
}

/* It lives, and acknowledges all, and does nothing of it. What was seen is said before
 * the driver would call it silence. */
static void
a_camera_that_gives_nothing_is_told_from_silence(void **state)
{
	static const struct {
		int mute;
		unsigned key;
		const char *said;
	} cases[] = { { PPPPCAM_MUTE_LOGIN, 0, "acknowledged the sign-in and never" },
		{ PPPPCAM_MUTE_LOGIN, 1, "acknowledged the sign-in and never" },
		{ PPPPCAM_MUTE_VIDEO, 0, "accepted the sign-in, but sends no video" },
		{ PPPPCAM_MUTE_VIDEO, 1, "accepted the sign-in, but sends no video" } };
	struct ppppcam_options co = { .id = "BATC609531EXLVS" };
	struct bed *b;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		co.key = cases[i].key;
		co.mute = cases[i].mute;
		b = bed_new(&co, &anyone);
		run(b, 4000);
		assert_false(b->s.dead);
		run(b, 900);
		assert_true(b->s.dead);
		assert_string_equal(b->s.why.name, "camera-mute");
		assert_non_null(strstr(b->s.why.msg, cases[i].said));
		assert_non_null(strstr(b->s.why.msg, "switch the camera off and on"));
		bed_free(b);
	}
}

static void
only_the_pinned_camera(void **state)
{
	struct ppppcam_options co = { .id = "BATC609531EXLVS" };
	struct pppp_options so = anyone;
	struct bed *b;

	(void)state;
	so.pinned = true;
	assert_int_equal(pppp_id_parse("BATC-609532-EXLVS", &so.id), 0);
	b = bed_new(&co, &so);
	run(b, 500);
	assert_true(b->s.dead);
	assert_string_equal(b->s.why.name, "camera-identity");
	assert_int_equal(b->found, 0);
	bed_free(b);
	/* In a search, others are no trouble and get nothing. */
	so.broadcast = true;
	b = bed_new(&co, &so);
	run(b, 500);
	assert_false(b->s.dead);
	assert_int_equal(b->found, 0);
	assert_int_equal(b->s.state, PPPP_SEARCHING);
	bed_free(b);
}

static void
what_the_network_policy_refuses_is_not_opened(void **state)
{
	struct ppppcam_options co = { .id = "BATC609531EXLVS" };
	struct bed *b = bed_new(&co, &anyone);

	(void)state;
	b->refuse_found = true;
	run(b, 500);
	assert_true(b->found > 0);
	assert_int_equal(b->s.state, PPPP_SEARCHING);
	bed_free(b);
}

static void
silence_and_close_end_it(void **state)
{
	struct ppppcam_options co = { .id = "BATC609531EXLVS" };
	struct bed *b = bed_new(&co, &anyone);

	(void)state;
	run(b, 1000);
	ppppcam_reboot(b->cam, b->now_us, 10000);
	run(b, 3500);
	assert_true(b->s.dead);
	assert_string_equal(b->s.why.name, "camera-silent");
	bed_free(b);
	b = bed_new(&co, &anyone);
	run(b, 1000);
	ppppcam_kick(b->cam);
	run(b, 10);
	assert_true(b->s.dead);
	assert_string_equal(b->s.why.name, "camera-held");
	bed_free(b);
}

/* Some cameras pad a Close to 32 bytes, others say it in four. */
static void
a_close_of_four_bytes_ends_it(void **state)
{
	struct ppppcam_options co = { .id = "BATC609531EXLVS" };
	struct bed *b = bed_new(&co, &anyone);

	(void)state;
	run(b, 1000);
	assert_false(b->s.dead);
	put(b, (const uint8_t *)"\xf1\xf0\0", 4);
	assert_true(b->s.dead);
	assert_string_equal(b->s.why.name, "camera-held");
	bed_free(b);
}

/* The video is stopped once, while the session is open: a stop behind a Close would not
 * be heard. Then Close, three times. */
static void
goodbye_stops_the_video_and_closes_three_times(void **state)
{
	struct ppppcam_options families[] = { { .id = "BATC609531EXLVS" },
		{ .id = "DGOA000123ABCDE", .key = 1 } };
	struct bed *b;
	unsigned i;

	(void)state;
	for (i = 0; i < 2; i++) {
		b = bed_new(&families[i], &anyone);
		run(b, 1000);
		assert_int_equal(b->s.state, PPPP_STREAMING);
		assert_int_equal(ppppcam_stats(b->cam)->stops, 0);
		pppp_session_close(&b->s, b->now_us);
		deliver(b);
		assert_int_equal(ppppcam_stats(b->cam)->stops, 1);
		assert_int_equal(ppppcam_stats(b->cam)->closes, 3);
		bed_free(b);
	}
}

static void
do_it(struct bed *b, const char *verb, const char *arg, int64_t ms)
{
	struct err e = { .code = ERR_NONE };
	unsigned before = b->done;

	assert_int_equal(pppp_session_control(&b->s, verb, arg, b->now_us, &e), 0);
	run(b, ms);
	assert_int_equal(b->done, before + 1);
	assert_true(b->done_well);
}

static void
requests_of_the_binary_family(void **state)
{
	struct ppppcam_options co = { .id = "PTZA000001ABCDE", .loss = 0 };
	struct bed *b = bed_new(&co, &anyone);
	const struct ppppcam_stats *st = ppppcam_stats(b->cam);
	struct err e = { .code = ERR_NONE };

	(void)state;
	assert_int_equal(pppp_session_control(&b->s, "status", "", b->now_us, &e), -1);
	run(b, 500);
	do_it(b, "status", "", 300);
	assert_int_equal(b->st.battery_mv, 3864);
	assert_int_equal(b->st.signal_dbm, -65);
	do_it(b, "ir", "on", 500);
	assert_int_equal(st->ir, 1);
	assert_int_equal(b->st.ir, 1);
	do_it(b, "ir", "on", 500); /* already: not toggled */
	assert_int_equal(st->ir, 1);
	do_it(b, "ir", "off", 500);
	assert_int_equal(st->ir, 0);
	do_it(b, "lamp", "toggle", 300);
	assert_int_equal(st->lamp, 1);
	do_it(b, "resolution", "640x480", 300);
	do_it(b, "move", "left", 500);
	assert_int_equal(st->moves, 2); /* and its stop */
	do_it(b, "move", "stop", 100);
	do_it(b, "wifi", "", 300);
	assert_int_equal(b->wifi.n, 1);
	assert_string_equal(b->wifi.network[0].name, "meadow");
	assert_int_equal(b->wifi.network[0].channel, 6);
	do_it(b, "wifi-scan", "", 300);
	assert_int_equal(b->wifi.n, 2); /* the third was cut off */
	assert_int_equal(b->wifi.network[0].signal_dbm, -77);
	assert_int_equal(b->wifi.network[0].secured, 1);
	assert_int_equal(b->wifi.network[1].signal_dbm, -58);
	assert_int_equal(b->wifi.network[1].secured, 0);
	assert_int_equal(pppp_session_control(&b->s, "lamp", "on", b->now_us, &e), -1);
	assert_int_equal(e.code, ERR_REFUSED);
	assert_int_equal(pppp_session_control(&b->s, "wifi", "x", b->now_us, &e), -1);
	assert_int_equal(e.code, ERR_USAGE);
	do_it(b, "reboot", "", 100);
	assert_int_equal(st->reboots, 1);
	bed_free(b);
}

static void
requests_of_the_json_family(void **state)
{
	struct ppppcam_options co = { .id = "DGOA000123ABCDE", .key = PPPP_SHIX };
	struct bed *b = bed_new(&co, &anyone);
	const struct ppppcam_stats *st = ppppcam_stats(b->cam);
	struct err e = { .code = ERR_NONE };

	(void)state;
	run(b, 500);
	do_it(b, "status", "", 300);
	assert_int_equal(b->st.battery, 80);
	assert_int_equal(b->st.signal_dbm, -61);
	do_it(b, "ir", "on", 500);
	do_it(b, "lamp", "on", 500);
	assert_int_equal(st->ir, 1);
	assert_int_equal(st->lamp, 1);
	assert_int_equal(b->st.lamp, 1);
	do_it(b, "resolution", "320x240", 300);
	assert_int_equal(st->resolution, 2);
	do_it(b, "wifi", "", 300);
	assert_int_equal(b->wifi.n, 1);
	assert_string_equal(b->wifi.network[0].name, "meadow");
	do_it(b, "wifi-scan", "", 500); /* an answer of several packets */
	assert_int_equal(b->wifi.n, PPPP_NETWORKS_MAX);
	assert_string_equal(b->wifi.network[23].name, "network number 23");
	assert_int_equal(b->wifi.network[23].signal_dbm, -63);
	do_it(b, "move", "up", 500);
	assert_int_equal(st->moves, 2);
	do_it(b, "move", "stop", 500);
	assert_int_equal(st->moves, 6); /* of each direction */
	assert_int_equal(
	    pppp_session_control(&b->s, "lamp", "toggle", b->now_us, &e), -1);
	do_it(b, "reboot", "", 100);
	assert_int_equal(st->reboots, 1);
	bed_free(b);
}

static void
a_request_without_answer_ends(void **state)
{
	struct ppppcam_options co = { .id = "BATC609531EXLVS" };
	struct bed *b = bed_new(&co, &anyone);
	struct err e = { .code = ERR_NONE };

	(void)state;
	run(b, 500);
	b->deaf = true;
	assert_int_equal(pppp_session_control(&b->s, "status", "", b->now_us, &e), 0);
	assert_int_equal(pppp_session_control(&b->s, "status", "", b->now_us, &e), -1);
	run(b, 3100);
	assert_int_equal(b->done, 1);
	assert_false(b->done_well);
	bed_free(b);
}

/* A login that is lost comes again with the same index and counts once. */
static void
commands_are_sent_again(void **state)
{
	struct ppppcam_options co = { .id = "BATC609531EXLVS" };
	struct bed *b = bed_new(&co, &anyone);

	(void)state;
	while (b->s.state < PPPP_LOGGING_IN)
		run(b, 1);
	b->cam_n = 0;
	b->deaf = true;
	run(b, 200);
	b->deaf = false;
	run(b, 400);
	assert_int_equal(ppppcam_stats(b->cam)->logins, 1);
	assert_true(b->pictures > 0);
	bed_free(b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(delivery_under_loss),
		cmocka_unit_test(reorder_and_duplicates_cost_nothing),
		cmocka_unit_test(eleven_odd_packets_at_every_stage),
		cmocka_unit_test(no_amplification_before_the_handshake),
		cmocka_unit_test(a_flood_is_bounded),
		cmocka_unit_test(an_unknown_key_is_said),
		cmocka_unit_test(a_camera_that_opens_no_session_is_said),
		cmocka_unit_test(a_camera_that_gives_nothing_is_told_from_silence),
		cmocka_unit_test(only_the_pinned_camera),
		cmocka_unit_test(what_the_network_policy_refuses_is_not_opened),
		cmocka_unit_test(silence_and_close_end_it),
		cmocka_unit_test(a_close_of_four_bytes_ends_it),
		cmocka_unit_test(goodbye_stops_the_video_and_closes_three_times),
		cmocka_unit_test(requests_of_the_binary_family),
		cmocka_unit_test(requests_of_the_json_family),
		cmocka_unit_test(a_request_without_answer_ends),
		cmocka_unit_test(commands_are_sent_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
