/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The session's transport: opening, data, acknowledgements, keep-alive (see
 * pppp_session.h). Pure; one thread at a time. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "common/source.h"
#include "streamd/sources/pppp_session.h"

#define SEARCH_US 1000000
#define FOREIGN_US 2000000 /* of answers under no known key */
#define KNOCK_US 500000
#define OPENING_US 2500000 /* a camera that is free opens within a second */
#define MUTE_US 4500000 /* open, but no video: before source.c gives up on it */
#define RESEND_US 250000
#define RESENDS 5
#define IDLE_US 500000 /* nothing said for so long: say that we live */
#define SILENT_US 3000000 /* a camera tells twice a second that it lives */
#define ECHOES_MAX 5

bool
pppp_is_json(const struct pppp_session *s)
{
	return s->key != PPPP_CLEAR;
}

void
pppp_fail(
    struct pppp_session *s, enum err_code code, const char *name, const char *sentence)
{
	if (s->dead)
		return;
	s->dead = true;
	err_say(&s->why, code, name, sentence);
}

void
pppp_enter(struct pppp_session *s, enum pppp_state state)
{
	s->state = state;
	s->state_us = s->now_us;
	s->ops->state(s->arg, state);
}

/* A clear packet, sent under the session's key. */
static void
emit(struct pppp_session *s, uint8_t *p, size_t n)
{
	if (n == 0)
		return;
	pppp_encrypt(s->key, p, n);
	s->said_us = s->now_us;
	s->ops->send(s->arg, p, n);
}

static void
emit_op(struct pppp_session *s, enum pppp_op op, const void *p, size_t n)
{
	uint8_t out[64];

	emit(s, out, pppp_build(out, sizeof(out), op, p, n));
}

/* ---- channel 0 out ---- */

static void
send_pending(struct pppp_session *s, struct pppp_pending *q)
{
	uint8_t out[PPPP_DATAGRAM_MAX];

	q->sent_us = s->now_us;
	q->tries++;
	emit(s, out, pppp_build_data(out, sizeof(out), 0, q->index, q->p, q->n));
}

void
pppp_say(struct pppp_session *s, const uint8_t *p, size_t n)
{
	struct pppp_pending *q = NULL;
	unsigned i;

	if (n == 0 || n > sizeof(q->p))
		return;
	for (i = 0; i < PPPP_PENDING && q == NULL; i++) {
		if (!s->pending[i].used)
			q = &s->pending[i];
	}
	if (q == NULL) {
		pppp_fail(s, ERR_FAILED, "camera-silent",
		    "it does not acknowledge what it is told");
		return;
	}
	memcpy(q->p, p, n);
	q->n = n;
	q->index = s->next_index++;
	q->tries = 0;
	q->used = true;
	send_pending(s, q);
}

void
pppp_say_binary(struct pppp_session *s, uint16_t command, const void *p, size_t n)
{
	uint8_t out[300];

	pppp_say(s, out, pppp_binary_build(out, sizeof(out), command, s->ticket, p, n));
}

static int64_t
resend(struct pppp_session *s)
{
	int64_t due, next = INT64_MAX;
	struct pppp_pending *q;

	for (q = s->pending; q < s->pending + PPPP_PENDING; q++) {
		if (!q->used)
			continue;
		due = q->sent_us + RESEND_US;
		if (due <= s->now_us && q->tries >= RESENDS) {
			q->used = false;
			continue;
		}
		if (due <= s->now_us) {
			send_pending(s, q);
			due = s->now_us + RESEND_US;
		}
		if (due < next)
			next = due;
	}
	return next;
}

static void
take_acks(struct pppp_session *s, const struct pppp_packet *pk)
{
	uint16_t index[128];
	unsigned i, k, n = pppp_parse_acks(pk, index, 128);

	if (pk->channel != 0)
		return;
	for (i = 0; i < PPPP_PENDING; i++) {
		for (k = 0; k < n && s->pending[i].used; k++) {
			if (index[k] == s->pending[i].index) {
				s->pending[i].used = false;
				s->acked = true;
			}
		}
	}
}

/* ---- data in ---- */

static void
send_acks(struct pppp_session *s, uint8_t channel)
{
	struct pppp_acks *a = &s->acks[channel];
	uint8_t out[64];

	emit(s, out,
	    pppp_build_acks(out, sizeof(out), pppp_is_json(s) ? 0xd1 : 0xd2, channel,
		a->index, a->n));
	a->n = 0;
}

static void
note_ack(struct pppp_session *s, uint8_t channel, uint16_t index)
{
	struct pppp_acks *a = &s->acks[channel];

	if (a->n == 0)
		a->since_us = s->now_us;
	a->index[a->n++] = index;
	if (a->n == PPPP_ACKS_MAX)
		send_acks(s, channel);
}

static int64_t
due_acks(struct pppp_session *s)
{
	int64_t due, next = INT64_MAX;
	uint8_t i;

	for (i = 0; i < PPPP_CHANNELS; i++) {
		if (s->acks[i].n == 0)
			continue;
		due = s->acks[i].since_us + PPPP_ACK_US;
		if (due <= s->now_us)
			send_acks(s, i);
		else if (due < next)
			next = due;
	}
	return next;
}

static void
take_text(struct pppp_session *s, const uint8_t *p, size_t n)
{
	struct pppp_status st;
	struct pppp_wifi wifi;
	int command, result;

	if (pppp_json_parse(p, n, &command, &result, &st, &wifi) < 0)
		return;
	pppp_login_json(s, command, result);
	pppp_control_json(s, command, result, &st, &wifi);
}

/* A long answer, such as that to a scan, comes in several packets. */
static void
on_text(struct pppp_session *s, const uint8_t *p, size_t n, bool gap)
{
	size_t length = pppp_json_length(p, n);

	if (gap || length > 0)
		s->text_n = 0;
	if (length > 0 && length <= n) {
		take_text(s, p, n);
		return;
	}
	if ((length == 0 && s->text_n == 0) || length > sizeof(s->text) ||
	    n > sizeof(s->text) - s->text_n) {
		s->text_n = 0;
		return;
	}
	memcpy(s->text + s->text_n, p, n);
	s->text_n += n;
	if (pppp_json_length(s->text, s->text_n) <= s->text_n) {
		n = s->text_n;
		s->text_n = 0;
		take_text(s, s->text, n);
	}
}

/* Channel 0 in order. Notices of other kinds come here as well and mean nothing. */
static void
on_command(void *arg, const uint8_t *p, size_t n, bool gap, int64_t arrived_us)
{
	struct pppp_session *s = arg;
	struct pppp_binary m;

	(void)arrived_us;
	if (pppp_is_json(s)) {
		on_text(s, p, n, gap);
	} else if (pppp_binary_parse(p, n, &m) == 0) {
		pppp_login_binary(s, &m);
		pppp_control_binary(s, &m);
	}
}

static void
on_data(void *arg, const uint8_t *p, size_t n, bool gap, int64_t arrived_us)
{
	struct pppp_session *s = arg;

	pppp_video_put(&s->video, p, n, gap, arrived_us);
}

static void
take_data(struct pppp_session *s, const struct pppp_packet *pk)
{
	if (pk->channel >= PPPP_CHANNELS || (pk->cut && pk->channel != 0))
		return;
	note_ack(s, pk->channel, pk->index);
	if (pk->channel == 0)
		pppp_order_put(&s->commands, pk->index, pk->p, pk->n, s->now_us);
	else if (pk->channel == 1 && s->state == PPPP_STREAMING) {
		s->video_heard = true;
		pppp_order_put(&s->data, pk->index, pk->p, pk->n, s->now_us);
	}
}

/* ---- opening ---- */

static void
search(struct pppp_session *s)
{
	uint8_t out[4];
	unsigned i;

	if (s->state == PPPP_OPENING) {
		s->search_us = s->now_us + KNOCK_US;
		emit_op(s, PPPP_SEARCH, NULL, 0);
		return;
	}
	s->search_us = s->now_us + SEARCH_US;
	for (i = 0; i <= PPPP_LITTLESTARS; i++) {
		(void)pppp_build(out, sizeof(out), PPPP_SEARCH, NULL, 0);
		pppp_encrypt(i, out, sizeof(out));
		s->ops->send(s->arg, out, sizeof(out));
	}
}

/* One answer for one packet of the camera and never a longer one, so that a forged
 * source address gains nothing. */
static void
answer_punch(struct pppp_session *s)
{
	if (!pppp_is_json(s))
		emit_op(s, PPPP_READY, s->uid, PPPP_UID);
	else if (s->echoes++ < ECHOES_MAX)
		emit_op(s, PPPP_PUNCH, s->uid, PPPP_UID);
}

/* The pinned camera, or any when none is. */
static bool
right_camera(struct pppp_session *s, const struct pppp_id *id)
{
	if (!s->o.pinned || pppp_id_equal(&s->o.id, id))
		return true;
	if (!s->o.broadcast)
		pppp_fail(s, ERR_REFUSED, "camera-identity",
		    SOURCE_OTHER_CAMERA
		    "; give the right one, or the source anew if the camera was "
		    "exchanged");
	return false;
}

static void
take_punch(struct pppp_session *s, unsigned key, const struct pppp_packet *pk)
{
	struct pppp_id id;

	if (pk->n < PPPP_UID || pppp_id_read(pk->p, &id) < 0 || !right_camera(s, &id))
		return;
	if (key == PPPP_LITTLESTARS) {
		pppp_fail(s, ERR_REFUSED, "source-family",
		    "it is a LittleStars camera (key @@@@....): this family is "
		    "recognised but cannot be streamed from");
		return;
	}
	if (key > PPPP_LITTLESTARS) {
		pppp_fail(s, ERR_REFUSED, "source-family",
		    "it answers under a key whose family cannot be streamed from");
		return;
	}
	if (!s->ops->found(s->arg))
		return;
	s->key = key;
	s->id = id;
	memcpy(s->uid, pk->p, PPPP_UID);
	s->heard_us = s->now_us;
	pppp_enter(s, PPPP_OPENING);
	answer_punch(s);
}

static void
put_searching(struct pppp_session *s, uint8_t *p, size_t n)
{
	struct pppp_packet pk;
	int key = pppp_guess_key(p, n, PPPP_PUNCH);

	if (key < 0) {
		s->foreign += n >= 4 && p[0] != 0xf1;
		return;
	}
	pppp_decrypt((unsigned)key, p, n);
	if (pppp_parse(p, n, &pk) == 0)
		take_punch(s, (unsigned)key, &pk);
}

/* ---- the whole ---- */

static void
take_packet(struct pppp_session *s, const struct pppp_packet *pk)
{
	bool open = s->state >= PPPP_LOGGING_IN;

	switch (pk->op) {
	case PPPP_PUNCH:
		if (s->state == PPPP_OPENING && pk->n >= PPPP_UID)
			answer_punch(s);
		break;
	case PPPP_READY:
		if (s->state == PPPP_OPENING)
			pppp_login_begin(s);
		break;
	case PPPP_DATA:
		if (open)
			take_data(s, pk);
		break;
	case PPPP_DATA_ACK:
		if (open)
			take_acks(s, pk);
		break;
	case PPPP_ALIVE:
		emit_op(s, PPPP_ALIVE_ACK, NULL, 0);
		break;
	case PPPP_CLOSE:
		pppp_fail(s, ERR_FAILED, "camera-held",
		    "the camera closed the session; another program, such as the "
		    "maker's app, may hold it");
		break;
	default:
		break;
	}
}

static bool
within_rate(struct pppp_session *s)
{
	int64_t more = (s->now_us - s->tokens_us) * PPPP_RATE / 1000000;

	if (more > 0) {
		s->tokens_us = s->now_us;
		s->tokens = more + s->tokens > PPPP_RATE ? PPPP_RATE
							 : s->tokens + (unsigned)more;
	}
	if (s->tokens == 0)
		return false;
	s->tokens--;
	return true;
}

void
pppp_session_put(struct pppp_session *s, const uint8_t *p, size_t n, int64_t now_us)
{
	uint8_t clear[PPPP_DATAGRAM_MAX];
	struct pppp_packet pk;

	s->now_us = now_us;
	if (s->dead || !within_rate(s))
		return;
	if (n > sizeof(clear))
		n = sizeof(clear);
	if (n > 0)
		memcpy(clear, p, n);
	if (s->state == PPPP_SEARCHING) {
		put_searching(s, clear, n);
		return;
	}
	pppp_decrypt(s->key, clear, n);
	if (pppp_parse(clear, n, &pk) < 0)
		return;
	s->heard_us = now_us;
	take_packet(s, &pk);
}

int64_t
pppp_session_rest(const struct pppp_session *s)
{
	return s->state == PPPP_STREAMING ? pppp_video_rest(&s->video, s->now_us) : 0;
}

bool
pppp_session_flooded(const struct pppp_session *s)
{
	return s->tokens == 0;
}

static int64_t
sooner(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t
tick_opening(struct pppp_session *s)
{
	if (s->state == PPPP_SEARCHING && s->foreign > 0 &&
	    s->now_us - s->state_us >= FOREIGN_US)
		pppp_fail(s, ERR_REFUSED, "source-key",
		    "it answers under an unknown key: no known PPPP family");
	if (s->state == PPPP_OPENING && s->now_us - s->state_us >= OPENING_US)
		pppp_fail(s, ERR_FAILED, "camera-held",
		    "it answers, but opens no session: another program, such as the "
		    "maker's app, holds it, or a session that died; if that lasts, "
		    "switch it off and on");
	if (!s->dead && s->now_us >= s->search_us)
		search(s);
	return s->search_us;
}

static int64_t
tick_video(struct pppp_session *s)
{
	if (s->state != PPPP_STREAMING || s->pictures)
		return INT64_MAX;
	if (s->now_us >= s->video_us) {
		if (s->refused)
			pppp_fail(s, ERR_REFUSED, "camera-password",
			    "it does not accept the user name or password");
		else
			pppp_video_ask(s);
	}
	return s->video_us;
}

/* The session is open and the camera lives, but it does not do what it is asked. */
static void
fail_mute(struct pppp_session *s)
{
	if (s->state == PPPP_STREAMING)
		pppp_fail(s, ERR_FAILED, "camera-mute",
		    "it accepted the sign-in, but sends no video: another viewer, such "
		    "as the maker's app, may hold its picture; close that one, else "
		    "switch the camera off and on");
	else if (s->acked)
		pppp_fail(s, ERR_FAILED, "camera-mute",
		    "it acknowledged the sign-in and never answered it: another "
		    "viewer, such as the maker's app, may hold it, or it wants "
		    "another password; close that one, give its password, else "
		    "switch the camera off and on");
	else
		pppp_fail(s, ERR_FAILED, "camera-mute",
		    "it opened a session, but does not even acknowledge the sign-in; "
		    "switch the camera off and on");
}

static int64_t
tick_mute(struct pppp_session *s)
{
	int64_t due = s->login_us + MUTE_US;

	if (s->pictures || s->video_heard)
		return INT64_MAX;
	if (s->now_us >= due)
		fail_mute(s);
	return due;
}

static int64_t
tick_alive(struct pppp_session *s)
{
	if (s->now_us - s->heard_us >= SILENT_US)
		pppp_fail(s, ERR_FAILED, "camera-silent",
		    "the camera fell silent: is it switched on?");
	if (s->now_us - s->said_us >= IDLE_US)
		emit_op(s, PPPP_ALIVE, NULL, 0);
	return sooner(s->said_us + IDLE_US, s->heard_us + SILENT_US);
}

int64_t
pppp_session_tick(struct pppp_session *s, int64_t now_us)
{
	int64_t next;

	s->now_us = now_us;
	if (s->dead)
		return INT64_MAX;
	if (s->state < PPPP_LOGGING_IN)
		return tick_opening(s);
	next = due_acks(s);
	next = sooner(next, pppp_order_tick(&s->commands, now_us));
	next = sooner(next, pppp_order_tick(&s->data, now_us));
	next = sooner(next, resend(s));
	next = sooner(next, tick_video(s));
	next = sooner(next, tick_mute(s));
	next = sooner(next, pppp_control_tick(s));
	return sooner(next, tick_alive(s));
}

static void
on_jpeg(void *arg, uint8_t *owned, size_t n, int64_t arrived_us)
{
	struct pppp_session *s = arg;

	s->pictures = true;
	s->refused = false;
	/* A pause follows: what waits for company would wait in vain. */
	if (s->acks[1].n > 0)
		send_acks(s, 1);
	s->ops->video.jpeg(s->arg, owned, n, arrived_us);
}

static void
on_audio(void *arg, const uint8_t *p, size_t n, int64_t arrived_us)
{
	struct pppp_session *s = arg;

	s->ops->video.audio(s->arg, p, n, arrived_us);
}

static void
on_drop(void *arg, const char *why)
{
	struct pppp_session *s = arg;

	s->ops->video.drop(s->arg, why);
}

static const struct pppp_video_ops video_ops = { on_jpeg, on_audio, on_drop };

void
pppp_session_init(struct pppp_session *s, const struct pppp_options *o,
    const struct pppp_session_ops *ops, void *arg, int64_t now_us)
{
	memset(s, 0, sizeof(*s));
	s->o = *o;
	s->ops = ops;
	s->arg = arg;
	snprintf(s->user, sizeof(s->user), "%s", o->user);
	snprintf(s->password, sizeof(s->password), "%s", o->password);
	s->o.user = s->o.password = NULL;
	s->now_us = s->state_us = s->heard_us = s->said_us = s->search_us = now_us;
	s->tokens = PPPP_RATE;
	s->tokens_us = now_us;
	pppp_order_init(&s->commands, on_command, s);
	pppp_order_init(&s->data, on_data, s);
	pppp_video_init(&s->video, &video_ops, s);
}

void
pppp_session_fini(struct pppp_session *s)
{
	pppp_order_fini(&s->commands);
	pppp_order_fini(&s->data);
	pppp_video_fini(&s->video);
	explicit_bzero(s->password, sizeof(s->password));
	explicit_bzero(s->pending, sizeof(s->pending));
}

/* Three times, because nothing acknowledges a goodbye. */
void
pppp_session_close(struct pppp_session *s, int64_t now_us)
{
	unsigned i;

	s->now_us = now_us;
	if (s->state == PPPP_STREAMING && !s->dead) {
		if (pppp_is_json(s))
			pppp_say_json(
			    s, PPPP_JSON_STREAM, "stream", "video", 0, NULL, 0);
		else
			pppp_say_binary(s, PPPP_VIDEO_STOP, NULL, 0);
	}
	for (i = 0; i < 3 && s->state >= PPPP_OPENING; i++)
		emit_op(s, PPPP_CLOSE, NULL, 0);
}
