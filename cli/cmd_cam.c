/* SPDX-License-Identifier: GPL-3.0-or-later */
/* camherd cam add|list|show|set|rm: the inventory of cameras. */
#include "config.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "cli/ask.h"
#include "cli/cli.h"
#include "cli/doc.h"
#include "cli/history.h"
#include "cli/out.h"
#include "cli/state.h"
#include "common/bell.h"
#include "common/source.h"
#include "common/text.h"
#include "db/camera.h"
#include "db/dump.h"
#include "db/live.h"
#include "db/photo.h"

struct walk {
	struct cli *cli;
	struct table *table;
	json_t *list;
	bool show_private;
	unsigned n;
};

static int
take_text(char *field, size_t size, const char *key, const char *value, struct err *e)
{
	if (strlen(value) >= size)
		return err_set(
		    e, ERR_USAGE, "usage", "%s: at most %zu characters", key, size - 1);
	snprintf(field, size, "%s", value);
	return 0;
}

static int
take_enabled(struct camera *c, const char *value, struct err *e)
{
	if (strcmp(value, "yes") != 0 && strcmp(value, "no") != 0)
		return err_set(
		    e, ERR_USAGE, "usage", "enabled=%s: must be yes or no", value);
	c->enabled = value[0] == 'y';
	return 0;
}

static int
take_source(struct camera *c, const char *value, struct err *e)
{
	if (value[0] == '\0') {
		c->source[0] = '\0';
		return 0;
	}
	/* user:password@ in the address replaces what was there. */
	if (strchr(value, '@') != NULL) {
		c->user[0] = '\0';
		c->password[0] = '\0';
	}
	return camera_source_parse(value, c, e);
}

/* Another server gets no user and password that were another one's. */
static int
take_push(struct camera *c, const char *value, struct err *e)
{
	c->push_user[0] = '\0';
	c->push_password[0] = '\0';
	return camera_push_parse(value, c, e);
}

/* One key=value word. */
static int
set_one(struct camera *c, const char *word, struct err *e)
{
	const char *value = strchr(word, '=');
	size_t n = value != NULL ? (size_t)(value - word) : 0;

	if (value != NULL)
		value++;
	if (n == 4 && memcmp(word, "name", n) == 0)
		return take_text(c->name, sizeof(c->name), "name", value, e);
	if (n == 6 && memcmp(word, "source", n) == 0)
		return take_source(c, value, e);
	if (n == 4 && memcmp(word, "user", n) == 0)
		return take_text(c->user, sizeof(c->user), "user", value, e);
	if (n == 5 && memcmp(word, "notes", n) == 0)
		return take_text(c->notes, sizeof(c->notes), "notes", value, e);
	if (n == 4 && memcmp(word, "tags", n) == 0)
		return take_text(c->tags, sizeof(c->tags), "tags", value, e);
	if (n == 7 && memcmp(word, "enabled", n) == 0)
		return take_enabled(c, value, e);
	if (n == 4 && memcmp(word, "push", n) == 0)
		return take_push(c, value, e);
	if (n == 9 && memcmp(word, "push-user", n) == 0)
		return take_text(
		    c->push_user, sizeof(c->push_user), "push-user", value, e);
	if (n == 10 && memcmp(word, "push-codec", n) == 0)
		return take_text(
		    c->push_codec, sizeof(c->push_codec), "push-codec", value, e);
	if (n == 8 && memcmp(word, "password", n) == 0)
		return err_set(e, ERR_USAGE, "password-on-command-line",
		    "a password on the command line can be read by others; give "
		    "--password and type it");
	return err_set(e, ERR_USAGE, "usage",
	    "'%s': a camera has name=, source=, user=, notes=, tags=, "
	    "enabled=yes|no, push=, push-user= and push-codec=h264|mjpeg to set",
	    word);
}

static int
set_options(const struct cli_args *args, struct camera *c, struct err *e)
{
	const char *user = cli_opt(args, "user");

	if (user != NULL && take_text(c->user, sizeof(c->user), "--user", user, e) < 0)
		return -1;
	if (cli_opt(args, "password") != NULL &&
	    ask_password(
		"Password of the camera", c->password, sizeof(c->password), e) < 0)
		return -1;
	return 0;
}

/* Two passwords at once come one after the other. */
static int
set_push_options(const struct cli_args *args, struct camera *c, struct err *e)
{
	if (cli_opt(args, "push-password") == NULL)
		return 0;
	if (c->push[0] == '\0')
		return err_set(e, ERR_USAGE, "usage",
		    "--push-password: the camera is not published; give push=ADDRESS, "
		    "too");
	return ask_password("Password of the media server", c->push_password,
	    sizeof(c->push_password), e);
}

static int
answer(struct cli *cli, struct camera *c, const char *what, struct err *e)
{
	struct err warning;

	bell_ring(cli->conf.run, "streamd");
	bell_ring(cli->conf.run, "webd");
	sodium_memzero(c->password, sizeof(c->password));
	sodium_memzero(c->push_password, sizeof(c->push_password));
	if (camera_by_id(cli->db, c->id, c, e) < 0)
		return -1;
	(void)source_warning(c->source, cli->conf.camera_networks, &warning);
	if (warning.msg[0] != '\0')
		say(stderr, "camherd: %s will show no picture: %s", c->name,
		    warning.msg);
	if (cli->json)
		return out_json(json_pack("{s:o,s:o}", "camera",
		    doc_camera(cli, c, false), "warning", out_text_or_null(warning.msg)));
	if (!cli->quiet)
		say(stdout, "camera %s is %s%s%s", c->name, what,
		    c->source[0] != '\0' ? "; its addresses: camherd cam urls " : "",
		    c->source[0] != '\0' ? c->name : "");
	return 0;
}

static int
run_add(struct cli *cli, const struct cli_args *args, struct err *e)
{
	const char *tags = cli_opt(args, "tags"), *notes = cli_opt(args, "notes");
	struct camera c = { .enabled = true };

	if (take_text(c.name, sizeof(c.name), "NAME", args->arg[0], e) < 0 ||
	    (args->n > 1 && take_source(&c, args->arg[1], e) < 0) ||
	    (tags != NULL &&
		take_text(c.tags, sizeof(c.tags), "--tags", tags, e) < 0) ||
	    (notes != NULL &&
		take_text(c.notes, sizeof(c.notes), "--notes", notes, e) < 0) ||
	    set_options(args, &c, e) < 0 || camera_add(cli->db, &c, e) < 0)
		return -1;
	history_note(cli, "camera", c.id, "%s was added", c.name);
	return answer(cli, &c, "added", e);
}

static int
run_set(struct cli *cli, const struct cli_args *args, struct err *e)
{
	char what[CAMERA_CHANGES_MAX];
	struct camera c, old;
	int i;

	if (args->n < 2 && cli_opt(args, "user") == NULL &&
	    cli_opt(args, "password") == NULL &&
	    cli_opt(args, "push-password") == NULL)
		return err_set(e, ERR_USAGE, "usage",
		    "nothing to set; 'camherd help cam set' says what");
	if (camera_by_name(cli->db, args->arg[0], &c, e) < 0)
		return -1;
	old = c;
	for (i = 1; i < args->n; i++) {
		if (set_one(&c, args->arg[i], e) < 0)
			return -1;
	}
	if (set_options(args, &c, e) < 0 || set_push_options(args, &c, e) < 0 ||
	    camera_update(cli->db, &c, e) < 0)
		return -1;
	if (camera_changes(&old, &c, what)[0] != '\0')
		history_note(
		    cli, "camera", c.id, "%s was changed: %s", old.name, what);
	return answer(cli, &c, "changed", e);
}

static bool
count_dump(const struct dump *d, void *arg)
{
	unsigned *n = arg;

	(void)d;
	(*n)++;
	return true;
}

static int
run_rm(struct cli *cli, const struct cli_args *args, struct err *e)
{
	struct camera c;
	struct photo_files photos;
	char question[300];
	unsigned dumps = 0;

	if (camera_by_name(cli->db, args->arg[0], &c, e) < 0 ||
	    dump_each(cli->db, c.id, count_dump, &dumps, e) < 0 ||
	    photo_files_of(cli->db, c.id, &photos, e) < 0)
		return -1;
	snprintf(question, sizeof(question),
	    "Camera %s goes from the inventory, and with it its notes and photos (%u); "
	    "its dumps (%u) stay in the library.\nType its name to go on.",
	    c.name, photos.n, dumps);
	if (cli_opt(args, "yes") == NULL && ask_word(question, c.name, "--yes", e) < 0)
		return -1;
	if (camera_remove(cli->db, c.id, e) < 0)
		return -1;
	photo_files_drop(cli->conf.state, &photos);
	history_note(cli, "camera", 0, "%s was removed", c.name);
	bell_ring(cli->conf.run, "streamd");
	bell_ring(cli->conf.run, "webd");
	if (cli->json)
		return out_json(json_pack("{s:o}", "removed", out_text(c.name)));
	if (!cli->quiet)
		say(stdout, "camera %s is removed", c.name);
	return 0;
}

static bool
list_json(const struct camera *c, void *arg)
{
	struct walk *w = arg;

	json_array_append_new(w->list, doc_camera(w->cli, c, w->show_private));
	return true;
}

static bool
list_row(const struct camera *c, void *arg)
{
	struct walk *w = arg;
	char source[sizeof(c->source)];
	struct live_stream s;

	state_stream(w->cli, c, &s);
	table_cell(w->table, "%s", c->name);
	table_cell(w->table, "%s", s.state);
	if (s.width != 0)
		table_cell(w->table, "%ux%u", s.width, s.height);
	else
		table_cell(w->table, "-");
	table_cell(w->table, "%s",
	    w->show_private ? c->source : camera_source_show(c, source));
	table_cell(w->table, "%s", c->chip);
	table_cell(w->table, "%s", c->tags);
	w->n++;
	return true;
}

static int
run_list(struct cli *cli, const struct cli_args *args, struct err *e)
{
	struct walk w = { .cli = cli };

	(void)args;
	if (cli->json) {
		w.list = json_array();
		if (camera_each(cli->db, list_json, &w, e) < 0) {
			json_decref(w.list);
			return -1;
		}
		return out_json(json_pack("{s:o}", "cameras", w.list));
	}
	w.table = table_new(6, "CAMERA", "STATE", "PICTURE", "SOURCE", "CHIP", "TAGS");
	if (camera_each(cli->db, list_row, &w, e) < 0)
		return -1;
	table_end(w.table, cli);
	if (w.n == 0 && !cli->quiet)
		puts("No camera yet. Add one: camherd cam add NAME http://ADDRESS/...");
	return 0;
}

static void
show_viewers(const struct live_stream *s)
{
	if (s->clients == 0 && s->skipped == 0)
		return;
	say_fact("viewers",
	    "%u, %.1f frames a second each; %llu frames too many for slow ones",
	    s->clients, s->fps_out, (unsigned long long)s->skipped);
}

static void
show_h264(const struct live_stream *s)
{
	if (s->encoder[0] != '\0')
		say_fact("H.264",
		    "by %s, %.0f %% of a core; %llu frames it had no time for",
		    s->encoder, s->encoder_load * 100,
		    (unsigned long long)s->encoder_skipped);
	if (s->h264_note[0] != '\0')
		say_fact("no H.264", "%s", s->h264_note);
}

static void
show_push(const struct camera *c, const struct live_stream *s)
{
	if (c->push[0] == '\0')
		return;
	say_fact("published", "%s as %s%s%s%s", c->push, c->push_codec,
	    c->push_user[0] != '\0' ? ", user " : "", c->push_user,
	    c->push_password[0] != '\0' ? " (with a password)" : "");
	if (s->push_state[0] != '\0')
		say_fact("publishing", "%s%s%s; %llu reconnects, %llu dropped",
		    s->push_state, s->push_reason[0] != '\0' ? ": " : "",
		    s->push_reason, (unsigned long long)s->push_reconnects,
		    (unsigned long long)s->push_dropped);
}

static void
show_stream(struct cli *cli, const struct camera *c)
{
	struct live_stream s;
	char age[24];
	int64_t ms;

	state_stream(cli, c, &s);
	ms = state_frame_age_ms(&s);
	say_fact("state", "%s%s%s", s.state, s.reason[0] != '\0' ? ": " : "", s.reason);
	if (ms >= 0)
		say_fact("picture",
		    "%ux%u, %.1f frames a second, %.0f kbit/s, last %s ago", s.width,
		    s.height, s.fps_in, (double)s.bits_per_s / 1000,
		    out_age(ms / 1000, age, sizeof(age)));
	if (s.frames != 0)
		say_fact("counts", "%llu frames, %llu dropped%s%s%s, %llu reconnects",
		    (unsigned long long)s.frames, (unsigned long long)s.dropped,
		    s.drops[0] != '\0' ? " (" : "", s.drops,
		    s.drops[0] != '\0' ? ")" : "", (unsigned long long)s.reconnects);
	show_viewers(&s);
	show_h264(&s);
	show_push(c, &s);
	if (strcmp(s.jpeg, "ok") == 0)
		say_fact("RTP/JPEG", "possible without transcoding");
	else
		say_fact("RTP/JPEG", "%s", s.jpeg);
}

static int
run_show(struct cli *cli, const struct cli_args *args, struct err *e)
{
	bool show = cli_opt(args, "show-private") != NULL;
	char mac[40], chip_id[80];
	struct camera c;
	char source[sizeof(c.source)];
	unsigned dumps = 0;

	if (camera_by_name(cli->db, args->arg[0], &c, e) < 0 ||
	    dump_each(cli->db, c.id, count_dump, &dumps, e) < 0)
		return -1;
	if (cli->json)
		return out_json(
		    json_pack("{s:o}", "camera", doc_camera(cli, &c, show)));
	say_fact("camera", "%s", c.name);
	say_fact("source", "%s", show ? c.source : camera_source_show(&c, source));
	say_fact(
	    "user", "%s%s", c.user, c.password[0] != '\0' ? " (with a password)" : "");
	show_stream(cli, &c);
	say_fact(
	    "chip", "%s%s%s", c.chip, c.jedec[0] != '\0' ? ", flash " : "", c.jedec);
	say_fact("chip id", "%s", out_mask(c.chip_id, show, chip_id, sizeof(chip_id)));
	say_fact("MAC", "%s", out_mask(c.mac, show, mac, sizeof(mac)));
	say_fact("tags", "%s", c.tags);
	say_fact("notes", "%s", c.notes);
	say_fact("dumps", "%u", dumps);
	return 0;
}

static const struct cli_option add_options[] = { { "user", 0, "USER",
						     "to sign in at the camera" },
	{ "password", 0, NULL,
	    "ask for the camera's password (or read it from stdin)" },
	{ "tags", 0, "WORDS", "words to find it by" },
	{ "notes", 0, "TEXT", "anything worth knowing" }, { NULL, 0, NULL, NULL } };
static const struct cli_option set_options_list[] = { { "user", 0, "USER",
							  "to sign in at the camera" },
	{ "password", 0, NULL,
	    "ask for the camera's password (or read it from stdin)" },
	{ "push-password", 0, NULL,
	    "ask for the media server's password (or read it from stdin)" },
	{ NULL, 0, NULL, NULL } };
static const struct cli_option show_options[] = { { "show-private", 0, NULL,
						      "show all of chip id and MAC" },
	{ NULL, 0, NULL, NULL } };
static const struct cli_option rm_options[] = { { "yes", 0, NULL, "do not ask" },
	{ NULL, 0, NULL, NULL } };

#define READ_NEEDS (CLI_CONF | CLI_READ | CLI_LIVE)
#define WRITE_NEEDS (CLI_CONF | CLI_WRITE | CLI_LIVE)

const struct cli_command cmds_cam[] = {
	{ .verb = "cam add",
	    .usage = "NAME [SOURCE]",
	    .help = "add a camera",
	    .more = "NAME is made of a-z, 0-9 and '-'. SOURCE is the address of its "
		    "stream, such as\n"
		    "http://192.168.1.40/stream; without one the camera is only a name "
		    "for backups.",
	    .options = add_options,
	    .min = 1,
	    .max = 2,
	    .needs = WRITE_NEEDS,
	    .run = run_add },
	{ .verb = "cam list",
	    .usage = "",
	    .help = "all cameras",
	    .needs = READ_NEEDS,
	    .run = run_list },
	{ .verb = "cam show",
	    .usage = "NAME",
	    .help = "all about a camera",
	    .options = show_options,
	    .min = 1,
	    .max = 1,
	    .needs = READ_NEEDS,
	    .run = run_show },
	{ .verb = "cam set",
	    .usage = "NAME KEY=VALUE ...",
	    .help = "change it",
	    .more = "Keys: name, source, user, notes, tags, enabled (yes or no); "
		    "push: the rtsp://\n"
		    "address of a media server to publish it to, or off; push-user; "
		    "push-codec: what is\n"
		    "sent, h264 or mjpeg.",
	    .options = set_options_list,
	    .min = 1,
	    .max = -1,
	    .needs = WRITE_NEEDS,
	    .run = run_set },
	{ .verb = "cam rm",
	    .usage = "NAME",
	    .help = "remove it; its dumps stay",
	    .options = rm_options,
	    .min = 1,
	    .max = 1,
	    .needs = WRITE_NEEDS,
	    .run = run_rm },
	{ .verb = NULL }
};
