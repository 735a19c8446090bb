/* SPDX-License-Identifier: GPL-3.0-or-later */
/* camherd discover, cam ctl and cam probe: cameras asked through streamd. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/frames.h"
#include "cli/out.h"
#include "db/camera.h"

#define DISCOVER_WAIT_S 15
#define CONTROL_WAIT_S 32

/* The JSON that streamd answers with. */
static json_t *
ask(struct cli *cli, const char *request, int wait_s, struct err *e)
{
	uint8_t *p = NULL;
	size_t n = 0;
	json_t *doc;

	if (frames_ask(cli, request, wait_s, &p, &n, e) < 0)
		return NULL;
	doc = json_loadb((char *)p, n, 0, NULL);
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

static void
show_found(const struct cli *cli, const json_t *list)
{
	struct table *t = table_new(5, "ID", "FAMILY", "ADDRESS", "SOURCE", "NOTE");
	const json_t *c;
	size_t i;

	json_array_foreach(list, i, c)
	{
		table_cell(t, "%s", text_of(c, "id"));
		table_cell(t, "%s", text_of(c, "family"));
		table_cell(t, "%s", text_of(c, "address"));
		table_cell(t, "%s",
		    text_of(c, "source")[0] != '\0' ? text_of(c, "source") : "-");
		if (text_of(c, "camera")[0] != '\0')
			table_cell(t, "it is your camera '%s'%s%s",
			    text_of(c, "camera"),
			    text_of(c, "missing")[0] != '\0' ? "; " : "",
			    text_of(c, "missing"));
		else
			table_cell(t, "%s", text_of(c, "missing"));
	}
	table_end(t, cli);
}

/* "discover", or "discover ADDRESS…". */
static int
discover_request(const struct cli_args *args, char *ret, size_t size, struct err *e)
{
	size_t len = (size_t)snprintf(ret, size, "discover");
	int i;

	for (i = 0; i < args->n; i++) {
		if (strspn(args->arg[i], "0123456789.:auto") != strlen(args->arg[i]) ||
		    len + strlen(args->arg[i]) + 3 > size)
			return err_set(e, ERR_USAGE, "usage",
			    "'%s' is neither auto nor an IPv4 ADDRESS or ADDRESS:PORT",
			    args->arg[i]);
		len += (size_t)snprintf(ret + len, size - len, " %s", args->arg[i]);
	}
	snprintf(ret + len, size - len, "\n");
	return 0;
}

static int
run_discover(struct cli *cli, const struct cli_args *args, struct err *e)
{
	char request[600];
	json_t *doc, *list;

	if (discover_request(args, request, sizeof(request), e) < 0)
		return -1;
	if (!cli->quiet && !cli->json)
		say(stderr, "searching for 5 seconds ...");
	if ((doc = ask(cli, request, DISCOVER_WAIT_S, e)) == NULL)
		return -1;
	if (cli->json)
		return out_json(doc);
	list = json_object_get(doc, "cameras");
	show_found(cli, list);
	if (json_array_size(list) == 0)
		say(stderr,
		    "No camera answered. A PPPP camera must be paired with its maker's "
		    "app once and be in a network of this machine; one in another "
		    "network is found by its address: camherd discover ADDRESS. "
		    "Cameras of other kinds do not answer.");
	json_decref(doc);
	return 0;
}

static void
show_fact(const json_t *doc, const char *key, const char *label, const char *unit)
{
	const json_t *v = json_object_get(doc, key);

	if (v != NULL)
		say_fact(label, "%lld%s", (long long)json_integer_value(v), unit);
}

static void
show_switch(const json_t *doc, const char *key, const char *label)
{
	const json_t *v = json_object_get(doc, key);

	if (v != NULL)
		say_fact(label, "%s", json_integer_value(v) != 0 ? "on" : "off");
}

static void
number_cell(struct table *t, const json_t *v)
{
	if (v == NULL)
		table_cell(t, "?");
	else
		table_cell(t, "%lld", (long long)json_integer_value(v));
}

static void
show_networks(const struct cli *cli, const json_t *list)
{
	struct table *t = table_new(4, "NETWORK", "SIGNAL", "CHANNEL", "PASSWORD");
	const json_t *w, *v;
	size_t i;

	json_array_foreach(list, i, w)
	{
		table_cell(t, "%s", text_of(w, "name"));
		number_cell(t, json_object_get(w, "signal_dbm"));
		number_cell(t, json_object_get(w, "channel"));
		v = json_object_get(w, "secured");
		table_cell(t, "%s",
		    v == NULL			? "?"
			: json_integer_value(v) ? "yes"
						: "no");
	}
	table_end(t, cli);
	if (json_array_size(list) == 0 && !cli->quiet)
		say(stderr, "The camera told of no network.");
}

static int
run_ctl(struct cli *cli, const struct cli_args *args, struct err *e)
{
	char request[80];
	struct camera c;
	json_t *doc, *list;
	int n;

	if (camera_by_name(cli->db, args->arg[0], &c, e) < 0)
		return -1;
	n = snprintf(request, sizeof(request), "ctl %s %s%s%s\n", c.name, args->arg[1],
	    args->n > 2 ? " " : "", args->n > 2 ? args->arg[2] : "");
	if (n < 0 || (size_t)n >= sizeof(request) ||
	    strcspn(request, "\r\n") + 1 != (size_t)n)
		return err_set(e, ERR_USAGE, "usage",
		    "a camera is asked with one or two short words; 'camherd help cam "
		    "ctl' names them");
	if ((doc = ask(cli, request, CONTROL_WAIT_S, e)) == NULL)
		return -1;
	if (cli->json)
		return out_json(doc);
	show_fact(doc, "battery_mv", "battery", " mV");
	show_fact(doc, "battery", "battery", "");
	show_fact(doc, "signal_dbm", "signal", " dBm");
	show_switch(doc, "charging", "charging");
	show_switch(doc, "ir", "infrared");
	show_switch(doc, "lamp", "lamp");
	if ((list = json_object_get(doc, "networks")) != NULL)
		show_networks(cli, list);
	if (json_object_size(doc) == 0 && !cli->quiet)
		say(stdout, "done");
	json_decref(doc);
	return 0;
}

static const char *
word_or(const json_t *doc, const char *key, const char *otherwise)
{
	const char *s = text_of(doc, key);

	return s[0] != '\0' ? s : otherwise;
}

static void
show_probe(const json_t *doc)
{
	const json_t *rtp = json_object_get(doc, "rtp_jpeg");
	const char *why = text_of(rtp, "why");

	say_fact("state", "%s%s%s", text_of(doc, "state"),
	    text_of(doc, "reason")[0] != '\0' ? ": " : "", text_of(doc, "reason"));
	say_fact("sends", "%s, %lldx%lld, %.1f a second, %lld kbit/s",
	    text_of(doc, "codec"),
	    (long long)json_integer_value(json_object_get(doc, "width")),
	    (long long)json_integer_value(json_object_get(doc, "height")),
	    json_real_value(json_object_get(doc, "fps")),
	    (long long)json_integer_value(json_object_get(doc, "bits_per_s")) / 1000);
	if (json_object_get(doc, "sampling") != NULL)
		say_fact("JPEG",
		    "%s, %lld bits, %s Huffman tables%s, restart markers: %s",
		    text_of(doc, "sampling"),
		    (long long)json_integer_value(json_object_get(doc, "bits")),
		    word_or(doc, "huffman", "no"),
		    json_is_true(json_object_get(doc, "progressive")) ? ", progressive"
								      : "",
		    json_integer_value(json_object_get(doc, "restart_interval")) > 0
			? "yes"
			: "no");
	if (rtp != NULL)
		say_fact("RTP/JPEG", "%s%s%s", text_of(rtp, "how"),
		    why[0] != '\0' ? ": " : "", why);
	say_fact("H.264", "%s", text_of(doc, "h264"));
	say_fact("dropped", "%s", word_or(doc, "drops", "nothing"));
}

static int
run_probe(struct cli *cli, const struct cli_args *args, struct err *e)
{
	char request[60];
	struct camera c;
	json_t *doc;
	bool shows;

	if (camera_by_name(cli->db, args->arg[0], &c, e) < 0)
		return -1;
	snprintf(request, sizeof(request), "probe %s\n", c.name);
	if ((doc = ask(cli, request, CONTROL_WAIT_S, e)) == NULL)
		return -1;
	shows = json_object_get(doc, "codec") != NULL;
	if (!shows) {
		err_set(e, ERR_FAILED, "camera-silent", "camera %s is %s: %s", c.name,
		    text_of(doc, "state"), word_or(doc, "reason", "no picture came"));
		json_decref(doc);
		return -1;
	}
	if (cli->json)
		return out_json(doc);
	show_probe(doc);
	json_decref(doc);
	return 0;
}

const struct cli_command cmds_cam_ctl[] = {
	{ .verb = "cam probe",
	    .usage = "NAME",
	    .help = "open a camera and tell what it sends",
	    .more = "How fast, in which form, and what becomes of it: whether RTP/JPEG "
		    "carries the\n"
		    "pictures as they are, or what is done to them, and why.",
	    .min = 1,
	    .max = 1,
	    .needs = CLI_CONF | CLI_READ,
	    .run = run_probe },
	{ .verb = "cam ctl",
	    .usage = "NAME REQUEST [VALUE]",
	    .help = "ask a PPPP camera for something it can do",
	    .more =
		"status; resolution 320x240|640x480; ir on|off; lamp on|off|toggle;\n"
		"move up|down|left|right|stop; reboot; wifi (the network it is set "
		"to);\n"
		"wifi-scan (the networks it hears; takes some seconds).\n"
		"What the camera's family has not is refused.",
	    .min = 2,
	    .max = 3,
	    .needs = CLI_CONF | CLI_READ,
	    .run = run_ctl },
	{ .verb = "discover",
	    .usage = "[ADDRESS...]",
	    .help = "look for PPPP cameras; they are shown, not added",
	    .more = "In every network of this machine (auto), or at these IPv4 "
		    "addresses only.",
	    .min = 0,
	    .max = CLI_ARGS_MAX,
	    .needs = CLI_CONF,
	    .run = run_discover },
	{ .verb = NULL }
};
