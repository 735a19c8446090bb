/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Signing in and asking for video, both dialects (see pppp_session.h). Pure. */
#include "config.h"

#include <string.h>

#include "streamd/sources/pppp_session.h"

#define AGAIN_US 2000000

struct credential {
	const char *user, *password;
};

/* What the makers ship, the most common first. */
static const struct credential binary_defaults[] = { { "admin", "admin" },
	{ "admin", "6666" }, { "admin", "" } };
static const struct credential json_defaults[] = { { "admin", "6666" },
	{ "admin", "admin" }, { "admin", "" } };
#define DEFAULTS 3

/* The pair in use; false when there is none left. */
static bool
credential(const struct pppp_session *s, struct credential *ret)
{
	if (s->user[0] != '\0' || s->password[0] != '\0') {
		ret->user = s->user;
		ret->password = s->password;
		return s->credential == 0;
	}
	*ret = (pppp_is_json(s) ? json_defaults
				: binary_defaults)[s->credential % DEFAULTS];
	return s->credential < DEFAULTS;
}

void
pppp_say_json(struct pppp_session *s, int command, const char *name, const char *key,
    int value, const char *key2, int value2)
{
	struct pppp_json_request q = { .command = command,
		.name = name,
		.key = key,
		.value = value,
		.key2 = key2,
		.value2 = value2 };
	struct credential c;
	uint8_t out[300];

	(void)credential(s, &c);
	q.user = c.user;
	q.password = c.password;
	pppp_say(s, out, pppp_json_build(out, sizeof(out), &q));
}

static void
ask(struct pppp_session *s, const struct credential *c)
{
	uint8_t out[300];

	if (pppp_is_json(s))
		pppp_say_json(s, PPPP_JSON_LOGIN, "check_user", NULL, 0, NULL, 0);
	else
		pppp_say(
		    s, out, pppp_binary_login(out, sizeof(out), c->user, c->password));
	explicit_bzero(out, sizeof(out));
}

void
pppp_login_begin(struct pppp_session *s)
{
	struct credential c;

	pppp_enter(s, PPPP_LOGGING_IN);
	s->login_us = s->now_us;
	s->credential = 0;
	if (credential(s, &c))
		ask(s, &c);
}

void
pppp_video_ask(struct pppp_session *s)
{
	s->video_us = s->now_us + AGAIN_US;
	if (pppp_is_json(s))
		pppp_say_json(s, PPPP_JSON_STREAM, "stream", "video", 1, "audio", 0);
	else
		pppp_say_binary(s, PPPP_VIDEO_START, NULL, 0);
}

static void
begin_video(struct pppp_session *s)
{
	pppp_enter(s, PPPP_STREAMING);
	pppp_video_ask(s);
}

/* Refused: the next pair. Some firmware refuses all and streams nevertheless, so that
 * is tried before it is called a wrong password. */
static void
next_credential(struct pppp_session *s)
{
	struct credential c;

	s->credential++;
	if (credential(s, &c)) {
		ask(s, &c);
		return;
	}
	s->credential = 0;
	s->refused = true;
	begin_video(s);
}

/* Success is a payload with a ticket behind four bytes. */
void
pppp_login_binary(struct pppp_session *s, const struct pppp_binary *m)
{
	if (s->state != PPPP_LOGGING_IN || m->command != (PPPP_LOGIN | PPPP_ANSWER))
		return;
	if (m->n < 8) {
		next_credential(s);
		return;
	}
	memcpy(s->ticket, m->p + 4, sizeof(s->ticket));
	begin_video(s);
}

void
pppp_login_json(struct pppp_session *s, int command, int result)
{
	if (s->state != PPPP_LOGGING_IN || command != PPPP_JSON_LOGIN)
		return;
	if (result != 0)
		next_credential(s);
	else
		begin_video(s);
}
