/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is true now (see state.h). One thread. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/state.h"
#include "common/loop.h"
#include "db/camera.h"
#include "db/live.h"
#include "db/socket.h"

const char *const state_daemons[] = { "flashd", "streamd", "webd", NULL };

bool
state_is_up(struct cli *cli, const char *daemon)
{
	return cli->live != NULL && live_is_up(cli->live, daemon);
}

bool
state_daemon(struct cli *cli, const char *daemon, struct live_daemon *ret)
{
	memset(ret, 0, sizeof(*ret));
	return cli->live != NULL && live_get_daemon(cli->live, daemon, ret, NULL) == 1;
}

static void
say_instead(struct live_stream *s, const char *state, const char *reason)
{
	memset(s, 0, sizeof(*s));
	snprintf(s->state, sizeof(s->state), "%s", state);
	snprintf(s->reason, sizeof(s->reason), "%s", reason);
}

void
state_stream(struct cli *cli, const struct camera *c, struct live_stream *ret)
{
	if (!c->enabled)
		say_instead(ret, "disabled", "");
	else if (c->source[0] == '\0')
		say_instead(ret, "no-source", "the camera has no source");
	else if (!state_is_up(cli, "streamd"))
		say_instead(ret, "unknown", "streamd is not running");
	else if (live_get_stream(cli->live, c->id, ret, NULL) != 1)
		say_instead(ret, "unknown", "streamd has not looked at it yet");
}

int64_t
state_frame_age_ms(const struct live_stream *s)
{
	int64_t us;

	if (s->last_frame_us == 0)
		return -1;
	us = loop_now_us() - s->last_frame_us;
	return us < 0 ? 0 : us / 1000;
}

int
state_find_port(
    struct cli *cli, const char *typed, char *ret_path, size_t ret_size, struct err *e)
{
	bool up = state_is_up(cli, "flashd");

	if (socket_resolve(
		cli->db, up ? cli->live : NULL, typed, ret_path, ret_size, e) == 0)
		return 0;
	if (up || e->code != ERR_NOT_FOUND)
		return -1;
	state_down("flashd", e);
	return err_add(e,
	    "port '%s' is not known by name, and which are plugged in is flashd's to "
	    "tell",
	    typed);
}

int
state_down(const char *daemon, struct err *e)
{
	return err_set(e, ERR_DOWN, "daemon-down",
	    "%s is not running; start it with 'systemctl start camherd-%s' (or "
	    "./quickstart.sh in "
	    "a checkout)",
	    daemon, daemon);
}
