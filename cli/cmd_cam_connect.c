/* SPDX-License-Identifier: GPL-3.0-or-later */
/* camherd cam connect|ha|test: a camera for other programs, and whether they get it.
 * The trials themselves are streamd's. One thread. */
#include "config.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/ask.h"
#include "cli/cli.h"
#include "cli/frames.h"
#include "cli/out.h"
#include "cli/reach.h"
#include "common/connect.h"

#define WAIT_S 30

static const char *const titles[] = { "MJPEG over HTTP", "still picture",
	"H.264 over RTSP", "JPEG over RTSP" };

/* ---- connect ---- */

static json_t *
way_json(const struct connect *c, enum connect_way way)
{
	struct connect_field fields[CONNECT_FIELDS_MAX];
	unsigned n = connect_fields(c, way, fields), i;
	json_t *list = json_array();

	for (i = 0; i < n; i++)
		(void)json_array_append_new(list,
		    json_pack("{s:s,s:o,s:b}", "label", fields[i].label, "value",
			out_text(fields[i].value), "secret", (int)fields[i].secret));
	return json_pack("{s:s,s:s,s:o}", "integration", connect_integration(way),
	    "link", connect_link(way), "fields", list);
}

static int
connect_json(const struct connect *c)
{
	char url[CONNECT_URL_MAX], text[CONNECT_TEXT_MAX];
	json_t *outputs = json_array(), *doc;
	int i;

	for (i = 0; i < CONNECT_OUTPUTS; i++)
		(void)json_array_append_new(outputs,
		    json_pack("{s:s,s:o}", "output",
			connect_output_name((enum connect_output)i), "url",
			out_text(connect_url(c, (enum connect_output)i, false, url))));
	doc = json_pack("{s:o,s:o,s:o,s:o,s:o,s:o}", "camera", out_text(c->name),
	    "user", out_text(c->user), "password", out_text(c->password), "outputs",
	    outputs, "see", way_json(c, CONNECT_SEE), "all", way_json(c, CONNECT_ALL));
	(void)json_object_set_new(doc, "go2rtc", out_text(connect_go2rtc(c, text)));
	(void)json_object_set_new(doc, "frigate", out_text(connect_frigate(c, text)));
	return out_json(doc);
}

static int
run_connect(struct cli *cli, const struct cli_args *args, struct err *e)
{
	static const char *const whom[] = {
		"Home Assistant (MJPEG IP Camera), browsers, VLC; no encoder",
		"notifications, dashboards; no encoder",
		"Home Assistant (Generic Camera), Frigate; encoded while watched",
		"mpv, ffmpeg, GStreamer; no encoder. Not for Home Assistant"
	};
	char url[CONNECT_URL_MAX], text[CONNECT_TEXT_MAX];
	struct connect c;
	int i;

	if (reach_camera(cli, args->arg[0], cli_opt(args, "host"), &c, e) < 0)
		return -1;
	if (cli->json)
		return connect_json(&c);
	for (i = 0; i < CONNECT_OUTPUTS; i++)
		printf("%-16s %s\n%-16s %s\n", titles[i],
		    connect_url(&c, (enum connect_output)i, false, url), "", whom[i]);
	printf("%-16s %s\n%-16s %s\n", "user", c.user, "password", c.password);
	printf("\n# go2rtc.yaml\n%s", connect_go2rtc(&c, text));
	printf("\n# Frigate's config.yml\n%s", connect_frigate(&c, text));
	return 0;
}

/* ---- test ---- */

/* One word of a line to streamd. */
static void
put_escaped(char *to, size_t room, const char *text)
{
	size_t at = strlen(to);

	if (at + 1 < room)
		to[at++] = ' ';
	for (; *text != '\0' && at + 4 < room; text++) {
		if (isalnum((unsigned char)*text))
			to[at++] = *text;
		else
			at += (size_t)snprintf(
			    to + at, room - at, "%%%02X", (unsigned char)*text);
	}
	to[at] = '\0';
}

struct login {
	char user[65], password[129]; /* "" = the stream credentials */
};

static json_t *
try_out(struct cli *cli, const struct connect *c, enum connect_output o,
    const struct login *who, struct err *e)
{
	char words[960];
	bool rtsp = o == CONNECT_RTSP || o == CONNECT_RTSP_MJPEG;
	uint8_t *p = NULL;
	size_t n = 0, end;
	json_t *doc;

	snprintf(words, sizeof(words) - 1, "trial %s %s %s %s", connect_output_name(o),
	    c->name, c->scheme, rtsp ? c->rtsp : c->web);
	if (who->user[0] != '\0') {
		put_escaped(words, sizeof(words) - 1, who->user);
		put_escaped(words, sizeof(words) - 1, who->password);
	}
	end = strlen(words);
	words[end] = '\n';
	words[end + 1] = '\0';
	if (frames_ask(cli, words, WAIT_S, &p, &n, e) < 0)
		return NULL;
	doc = json_loadb((const char *)p, n, 0, NULL);
	free(p);
	if (doc == NULL)
		err_set(e, ERR_FAILED, "streamd-answer",
		    "streamd gave an answer that makes no sense; are camherd and "
		    "streamd of one version? 'camherd status' tells");
	return doc;
}

static const char *
text_of(const json_t *doc, const char *key)
{
	const char *s = json_string_value(json_object_get(doc, key));

	return s != NULL ? s : "";
}

/* "JPEG 640x480, 14.8 fps, first after 120 ms". */
static void
say_seen(const json_t *doc)
{
	const json_t *seen = json_object_get(doc, "seen");
	const json_t *fps = json_object_get(seen, "fps");

	printf("%s %lldx%lld", text_of(seen, "codec"),
	    (long long)json_integer_value(json_object_get(seen, "width")),
	    (long long)json_integer_value(json_object_get(seen, "height")));
	if (json_is_real(fps))
		printf(", %.1f fps", json_real_value(fps));
	printf(", first picture after %lld ms\n",
	    (long long)json_integer_value(json_object_get(seen, "first_ms")));
}

static void
say_trial(const json_t *doc, enum connect_output o)
{
	const json_t *steps = json_object_get(doc, "steps"), *step;
	size_t i;

	printf("%-16s %s\n", titles[o], text_of(doc, "url"));
	json_array_foreach(steps, i, step)
	{
		printf("  %-3s %-10s %s\n",
		    json_is_true(json_object_get(step, "ok")) ? "ok" : "NO",
		    text_of(step, "step"), text_of(step, "text"));
	}
	if (json_is_true(json_object_get(doc, "ok"))) {
		printf("  ok  ");
		say_seen(doc);
		return;
	}
	printf("  why %s\n  do  %s\n", text_of(doc, "why"), text_of(doc, "do"));
}

/* The trials of these outputs, told as they come. How many failed, or -1. */
static int
try_all(struct cli *cli, const struct connect *c, const enum connect_output *list,
    unsigned n, const struct login *who, json_t *into, struct err *e)
{
	const char *note = "";
	int failed = 0;
	json_t *doc;
	unsigned i;

	for (i = 0; i < n; i++) {
		if ((doc = try_out(cli, c, list[i], who, e)) == NULL)
			return -1;
		failed += !json_is_true(json_object_get(doc, "ok"));
		if (!cli->json)
			say_trial(doc, list[i]);
		(void)json_array_append_new(into, doc);
		note = text_of(doc, "note");
	}
	if (!cli->json && note[0] != '\0')
		printf("note  %s\n", note);
	return failed;
}

static int
read_login(const struct cli_args *args, struct login *ret, struct err *e)
{
	const char *user = cli_opt(args, "user");

	memset(ret, 0, sizeof(*ret));
	if (user == NULL)
		return 0;
	if (user[0] == '\0' || strlen(user) >= sizeof(ret->user))
		return err_set(e, ERR_USAGE, "usage", "--user has 1 to %zu characters",
		    sizeof(ret->user) - 1);
	snprintf(ret->user, sizeof(ret->user), "%s", user);
	return ask_password("Password that the other program has", ret->password,
	    sizeof(ret->password), e);
}

static int
choose(const char *word, enum connect_output *ret, struct err *e)
{
	int i;

	for (i = 0; i < CONNECT_OUTPUTS; i++) {
		*ret = (enum connect_output)i;
		if (strcmp(word, connect_output_name(*ret)) == 0)
			return 0;
	}
	return err_set(e, ERR_USAGE, "usage",
	    "'%s': an output is mjpeg, snapshot, rtsp or rtsp_mjpeg", word);
}

static int
run_test(struct cli *cli, const struct cli_args *args, struct err *e)
{
	enum connect_output list[CONNECT_OUTPUTS] = { CONNECT_STILL, CONNECT_MJPEG,
		CONNECT_RTSP, CONNECT_RTSP_MJPEG };
	json_t *tests = json_array();
	struct connect c;
	struct login who;
	unsigned n = CONNECT_OUTPUTS;
	int failed = -1;

	if (args->n > 1)
		n = 1;
	if ((n > 1 || choose(args->arg[1], &list[0], e) == 0) &&
	    read_login(args, &who, e) == 0 &&
	    reach_camera(cli, args->arg[0], cli_opt(args, "host"), &c, e) == 0)
		failed = try_all(cli, &c, list, n, &who, tests, e);
	if (failed < 0) {
		json_decref(tests);
		return -1;
	}
	if (cli->json)
		(void)out_json(
		    json_pack("{s:o,s:o}", "camera", out_text(c.name), "tests", tests));
	else
		json_decref(tests);
	return failed > 0 ? ERR_FAILED : ERR_NONE;
}

/* ---- ha ---- */

static void
say_way(const struct connect *c, enum connect_way way)
{
	struct connect_field fields[CONNECT_FIELDS_MAX];
	unsigned n = connect_fields(c, way, fields), i;

	printf("%s\n  %s\n", connect_integration(way), connect_link(way));
	printf("  or: Settings, Devices & services, Add integration, %s\n",
	    connect_integration(way));
	for (i = 0; i < n; i++)
		printf("  %-36s %s\n", fields[i].label, fields[i].value);
}

/* What Home Assistant fetches on this way. */
static int
run_ha(struct cli *cli, const struct cli_args *args, struct err *e)
{
	static const enum connect_output see[] = { CONNECT_STILL, CONNECT_MJPEG };
	static const enum connect_output all[] = { CONNECT_STILL, CONNECT_RTSP };
	bool record = cli_opt(args, "record") != NULL;
	json_t *tests = json_array();
	struct connect c;
	struct login who;
	int failed;

	if (read_login(args, &who, e) < 0 ||
	    reach_camera(cli, args->arg[0], cli_opt(args, "host"), &c, e) < 0) {
		json_decref(tests);
		return -1;
	}
	if (!cli->json) {
		say_way(&c, record ? CONNECT_ALL : CONNECT_SEE);
		if (!record)
			puts("  To record, cast, or use WebRTC or HomeKit: --record.");
		putchar('\n');
		(void)fflush(stdout);
	}
	failed = try_all(cli, &c, record ? all : see, 2, &who, tests, e);
	if (failed >= 0 && cli->json)
		(void)out_json(json_pack("{s:o,s:o,s:o}", "camera", out_text(c.name),
		    "home_assistant", way_json(&c, record ? CONNECT_ALL : CONNECT_SEE),
		    "tests", json_incref(tests)));
	else if (failed == 0)
		puts("Home Assistant will see it, if it reaches this machine by that "
		     "name.");
	json_decref(tests);
	return failed < 0 ? -1 : failed > 0 ? ERR_FAILED : ERR_NONE;
}

#define HOST_OPTION                                                                    \
	{                                                                              \
		"host", 0, "HOST", "the name by which others reach this machine"       \
	}
#define USER_OPTION                                                                    \
	{                                                                              \
		"user", 0, "USER",                                                     \
		    "try this user and ask for the password, as typed elsewhere"       \
	}

static const struct cli_option connect_options[] = { HOST_OPTION,
	{ NULL, 0, NULL, NULL } };
static const struct cli_option test_options[] = { HOST_OPTION, USER_OPTION,
	{ NULL, 0, NULL, NULL } };
static const struct cli_option ha_options[] = { { "record", 0, NULL,
						    "Generic Camera: record, cast, "
						    "WebRTC, HomeKit" },
	HOST_OPTION, USER_OPTION, { NULL, 0, NULL, NULL } };

#define NEEDS (CLI_CONF | CLI_READ | CLI_LIVE)

const struct cli_command cmds_cam_connect[] = {
	{ .verb = "cam connect",
	    .usage = "NAME",
	    .help = "its outputs, and pieces for go2rtc and Frigate",
	    .options = connect_options,
	    .min = 1,
	    .max = 1,
	    .needs = NEEDS,
	    .run = run_connect },
	{ .verb = "cam ha",
	    .usage = "NAME",
	    .help = "what to type into Home Assistant, tried out",
	    .more = "Prints the fields of the integration in Home Assistant's own "
		    "words, then fetches\n"
		    "the addresses as Home Assistant would and says which fails and "
		    "why.",
	    .options = ha_options,
	    .min = 1,
	    .max = 1,
	    .needs = NEEDS,
	    .run = run_ha },
	{ .verb = "cam test",
	    .usage = "NAME [OUTPUT]",
	    .help = "try its published addresses out",
	    .more = "OUTPUT is snapshot, mjpeg, rtsp or rtsp_mjpeg; without one all "
		    "four are tried\n"
		    "by a real client. Exit status 1 when one fails.",
	    .options = test_options,
	    .min = 1,
	    .max = 2,
	    .needs = NEEDS,
	    .run = run_test },
	{ .verb = NULL }
};
