/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a person may ask a PPPP camera to do (see pppp_session.h). Pure. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "streamd/sources/pppp_session.h"

#define ANSWER_US 3000000
#define SCAN_US 15000000 /* listening to all channels takes them long */
#define MOVE_US 200000 /* a step; the camera would go on until its end stop */

struct word {
	const char *verb, *arg; /* arg NULL: none */
	enum pppp_verb verb_no;
	int value;
};

static const struct word words[] = {
	{ "status", NULL, PPPP_DO_STATUS, 0 },
	{ "resolution", "320x240", PPPP_DO_RESOLUTION, 0 },
	{ "resolution", "640x480", PPPP_DO_RESOLUTION, 1 },
	{ "ir", "off", PPPP_DO_IR, 0 },
	{ "ir", "on", PPPP_DO_IR, 1 },
	{ "lamp", "off", PPPP_DO_LAMP, 0 },
	{ "lamp", "on", PPPP_DO_LAMP, 1 },
	{ "lamp", "toggle", PPPP_DO_LAMP, -1 },
	{ "move", "up", PPPP_DO_MOVE, 0 },
	{ "move", "down", PPPP_DO_MOVE, 1 },
	{ "move", "left", PPPP_DO_MOVE, 2 },
	{ "move", "right", PPPP_DO_MOVE, 3 },
	{ "move", "stop", PPPP_DO_MOVE, PPPP_MOVE_STOP },
	{ "reboot", NULL, PPPP_DO_REBOOT, 0 },
	{ "wifi", NULL, PPPP_DO_WIFI, 0 },
	{ "wifi-scan", NULL, PPPP_DO_WIFI_SCAN, 0 },
};

static void
end(struct pppp_session *s, const struct err *e, const struct pppp_status *st,
    const struct pppp_wifi *wifi)
{
	s->control.verb = PPPP_DO_NOTHING;
	s->control.awaited = 0;
	s->ops->done(s->arg, e, st, wifi);
}

static void
finish(struct pppp_session *s, const struct err *e, const struct pppp_status *st)
{
	end(s, e, st, NULL);
}

static void
refuse(struct pppp_session *s, const char *name, const char *sentence)
{
	struct err e = { .code = ERR_NONE };

	err_say(&e, ERR_FAILED, name, sentence);
	finish(s, &e, NULL);
}

static void
ask_binary(struct pppp_session *s, uint16_t command, const void *p, size_t n)
{
	s->control.awaited = command | PPPP_ANSWER;
	pppp_say_binary(s, command, p, n);
}

static void
ask_json(
    struct pppp_session *s, int command, const char *name, const char *key, int value)
{
	s->control.awaited = command;
	pppp_say_json(s, command, name, key, value, NULL, 0);
}

static void
move(struct pppp_session *s, int value)
{
	uint8_t p[28];

	/* JSON: up, up's stop, down, down's stop, … Which one moves is not known. */
	if (pppp_is_json(s) && value == PPPP_MOVE_STOP) {
		for (value = 1; value < 8; value += 2)
			pppp_say_json(s, PPPP_JSON_MOVE, "ptz_control", "parms", 0,
			    "value", value);
		return;
	}
	if (pppp_is_json(s)) {
		pppp_say_json(
		    s, PPPP_JSON_MOVE, "ptz_control", "parms", 0, "value", value * 2);
		return;
	}
	pppp_binary_move(p, (uint32_t)value);
	pppp_say_binary(s, PPPP_MOVE, p, sizeof(p));
}

static void
stop_moving(struct pppp_session *s)
{
	int value = s->control.value;

	s->control.stop_us = 0;
	if (pppp_is_json(s) && value != PPPP_MOVE_STOP)
		pppp_say_json(s, PPPP_JSON_MOVE, "ptz_control", "parms", 0, "value",
		    value * 2 + 1);
	else
		move(s, PPPP_MOVE_STOP);
	finish(s, NULL, NULL);
}

static void
start_binary(struct pppp_session *s)
{
	struct pppp_control *c = &s->control;
	uint8_t p[8] = { 1, 0, 0, 0, (uint8_t)(c->value > 0 ? 2 : 0), 0, 0, 0 };

	if (c->verb == PPPP_DO_STATUS || c->verb == PPPP_DO_IR)
		ask_binary(s, PPPP_STATUS_GET, NULL, 0);
	else if (c->verb == PPPP_DO_RESOLUTION)
		ask_binary(s, PPPP_VIDEO_SET, p, sizeof(p));
	else if (c->verb == PPPP_DO_LAMP)
		ask_binary(s, PPPP_LAMP_TOGGLE, NULL, 0);
	else
		ask_binary(s, c->verb == PPPP_DO_WIFI ? PPPP_WIFI_GET : PPPP_WIFI_SCAN,
		    NULL, 0);
}

static void
start_json(struct pppp_session *s)
{
	struct pppp_control *c = &s->control;

	if (c->verb == PPPP_DO_STATUS)
		ask_json(s, PPPP_JSON_STATUS, "get_parms", NULL, 0);
	else if (c->verb == PPPP_DO_RESOLUTION)
		ask_json(s, PPPP_JSON_STREAM, "stream", "video", c->value > 0 ? 1 : 2);
	else if (c->verb == PPPP_DO_WIFI)
		ask_json(s, PPPP_JSON_WIFI_GET, "get_wifi", NULL, 0);
	else if (c->verb == PPPP_DO_WIFI_SCAN)
		ask_json(s, PPPP_JSON_WIFI_SCAN, "scan_wifi", NULL, 0);
	else
		ask_json(s, PPPP_JSON_CONTROL, "dev_control",
		    c->verb == PPPP_DO_IR ? "icut" : "lamp", c->value);
}

static void
start(struct pppp_session *s)
{
	struct pppp_control *c = &s->control;

	if (c->verb == PPPP_DO_MOVE) {
		move(s, c->value);
		if (c->value == PPPP_MOVE_STOP)
			finish(s, NULL, NULL);
		else
			c->stop_us = s->now_us + MOVE_US;
	} else if (c->verb == PPPP_DO_REBOOT) {
		/* It goes down without an answer. */
		if (pppp_is_json(s))
			pppp_say_json(
			    s, PPPP_JSON_CONTROL, "dev_control", "reboot", 1, NULL, 0);
		else
			pppp_say_binary(s, PPPP_REBOOT, NULL, 0);
		finish(s, NULL, NULL);
	} else if (pppp_is_json(s)) {
		start_json(s);
	} else {
		start_binary(s);
	}
}

static const struct word *
find_word(const char *verb, const char *arg)
{
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(words[i].verb, verb) == 0 &&
		    strcmp(words[i].arg != NULL ? words[i].arg : "", arg) == 0)
			return &words[i];
	}
	return NULL;
}

int
pppp_session_control(struct pppp_session *s, const char *verb, const char *arg,
    int64_t now_us, struct err *e)
{
	const struct word *w = find_word(verb, arg != NULL ? arg : "");

	if (w == NULL)
		return err_set(e, ERR_USAGE, "camera-control",
		    "a camera can be asked for: status, resolution 320x240|640x480, ir "
		    "on|off, lamp on|off|toggle, move up|down|left|right|stop, reboot, "
		    "wifi, wifi-scan");
	if (s->dead || s->state != PPPP_STREAMING)
		return err_set(e, ERR_FAILED, "camera-not-live",
		    "the camera is not connected just now; try again when it is live");
	if (s->control.verb != PPPP_DO_NOTHING)
		return err_set(e, ERR_REFUSED, "camera-control-busy",
		    "the camera is still busy with the last request; try again");
	if (w->verb_no == PPPP_DO_LAMP && pppp_is_json(s) != (w->value >= 0))
		return err_set(e, ERR_REFUSED, "camera-control-family",
		    pppp_is_json(s)
			? "this camera's lamp knows on and off; say which"
			: "this camera can only toggle its lamp and does not tell its "
			  "state; say lamp toggle");
	memset(&s->control, 0, sizeof(s->control));
	s->now_us = now_us;
	s->control.verb = w->verb_no;
	s->control.value = w->value;
	s->control.until_us =
	    now_us + (w->verb_no == PPPP_DO_WIFI_SCAN ? SCAN_US : ANSWER_US);
	start(s);
	return 0;
}

/* IR is a toggle: look, toggle when it is not as wanted, look again. */
static void
step_ir(struct pppp_session *s, const struct pppp_binary *m)
{
	struct pppp_control *c = &s->control;
	struct pppp_status st;

	if (c->step == 1) {
		c->step = 2;
		ask_binary(s, PPPP_STATUS_GET, NULL, 0);
		return;
	}
	if (pppp_binary_status(m, &st) < 0 || st.ir < 0)
		refuse(s, "camera-control-family",
		    "the camera does not tell whether infrared is on");
	else if (st.ir == c->value)
		finish(s, NULL, &st);
	else if (c->step == 2)
		refuse(s, "camera-control-ignored", "the camera ignored the request");
	else {
		c->step = 1;
		ask_binary(s, PPPP_IR_TOGGLE, NULL, 0);
	}
}

void
pppp_control_binary(struct pppp_session *s, const struct pppp_binary *m)
{
	struct pppp_control *c = &s->control;
	struct pppp_status st;
	struct pppp_wifi wifi;

	if (c->awaited == 0 || m->command != c->awaited)
		return;
	if (c->verb == PPPP_DO_IR) {
		step_ir(s, m);
	} else if (c->verb == PPPP_DO_STATUS) {
		if (pppp_binary_status(m, &st) < 0)
			refuse(s, "camera-control-family",
			    "the camera's status cannot be read");
		else
			finish(s, NULL, &st);
	} else if (c->verb == PPPP_DO_WIFI || c->verb == PPPP_DO_WIFI_SCAN) {
		/* The token's place holds how many networks follow. */
		if (pppp_binary_wifi(m, &wifi) < 0)
			refuse(s, "camera-control-family",
			    "the camera's Wi-Fi settings cannot be read");
		else
			end(s, NULL, NULL, &wifi);
	} else if (m->token != 0) {
		refuse(s, "camera-control-refused", "the camera refused the request");
	} else {
		finish(s, NULL, NULL);
	}
}

void
pppp_control_json(struct pppp_session *s, int command, int result,
    const struct pppp_status *st, const struct pppp_wifi *wifi)
{
	struct pppp_control *c = &s->control;
	int is;

	if (c->awaited == 0 || command != c->awaited)
		return;
	if (result != 0) {
		refuse(s, "camera-control-refused", "the camera refused the request");
	} else if (command == PPPP_JSON_CONTROL) {
		ask_json(s, PPPP_JSON_STATUS, "get_parms", NULL, 0);
	} else if (c->verb == PPPP_DO_IR || c->verb == PPPP_DO_LAMP) {
		is = c->verb == PPPP_DO_IR ? st->ir : st->lamp;
		if (is == c->value)
			finish(s, NULL, st);
		else
			refuse(s, "camera-control-ignored",
			    "the camera ignored the request");
	} else if (c->verb == PPPP_DO_WIFI || c->verb == PPPP_DO_WIFI_SCAN) {
		end(s, NULL, NULL, wifi);
	} else {
		finish(s, NULL, c->verb == PPPP_DO_STATUS ? st : NULL);
	}
}

int64_t
pppp_control_tick(struct pppp_session *s)
{
	struct pppp_control *c = &s->control;

	if (c->verb == PPPP_DO_NOTHING)
		return INT64_MAX;
	if (c->stop_us > 0 && s->now_us >= c->stop_us) {
		stop_moving(s);
		return INT64_MAX;
	}
	if (s->now_us >= c->until_us) {
		refuse(s, "camera-silent", "the camera did not answer the request");
		return INT64_MAX;
	}
	return c->stop_us > 0 && c->stop_us < c->until_us ? c->stop_us : c->until_us;
}
