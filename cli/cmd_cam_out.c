/* SPDX-License-Identifier: GPL-3.0-or-later */
/* camherd cam urls|snapshot: what to type into a player, and one picture. */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/frames.h"
#include "cli/out.h"
#include "cli/reach.h"
#include "common/connect.h"
#include "common/file.h"
#include "db/camera.h"

#define SNAPSHOT_WAIT_S 15

/* urls */

static int
run_urls(struct cli *cli, const struct cli_args *args, struct err *e)
{
	static const char *const titles[] = { "MJPEG", "still", "H.264", "RTP/JPEG" };
	static const enum connect_output order[] = { CONNECT_RTSP, CONNECT_RTSP_MJPEG,
		CONNECT_MJPEG, CONNECT_STILL };
	bool embed = cli_opt(args, "embed") != NULL;
	char url[CONNECT_URL_MAX];
	struct connect c;
	json_t *doc;
	size_t i;

	if (reach_camera(cli, args->arg[0], cli_opt(args, "host"), &c, e) < 0)
		return -1;
	if (cli->json) {
		doc = json_pack("{s:o,s:o}", "user", out_text(c.user), "password",
		    out_text(c.password));
		for (i = 0; i < CONNECT_OUTPUTS; i++)
			(void)json_object_set_new(doc, connect_output_name(order[i]),
			    out_text(connect_url(&c, order[i], embed, url)));
		return out_json(doc);
	}
	for (i = 0; i < CONNECT_OUTPUTS; i++)
		say_fact(titles[order[i]], "%s", connect_url(&c, order[i], embed, url));
	say_fact("user", "%s", c.user);
	say_fact("password", "%s", c.password);
	if (!cli->quiet)
		say(stderr,
		    "Home Assistant, recorders: H.264 (Generic Camera), or MJPEG and "
		    "still (MJPEG IP "
		    "Camera), which cost no encoder; 'camherd cam ha %s' says what to "
		    "type in.",
		    c.name);
	return 0;
}

/* snapshot */

static int
write_picture(const char *file, const uint8_t *p, size_t n, struct err *e)
{
	if (strcmp(file, "-") != 0)
		return file_put(AT_FDCWD, file, p, n, 0640, e);
	if (isatty(STDOUT_FILENO))
		return err_set(e, ERR_USAGE, "usage",
		    "a picture's bytes do not belong on a terminal");
	return file_write_all(STDOUT_FILENO, p, n, e);
}

static int
run_snapshot(struct cli *cli, const struct cli_args *args, struct err *e)
{
	const char *file = cli_opt(args, "output");
	char request[80];
	struct camera c;
	uint8_t *p = NULL;
	size_t n = 0;
	int result;

	if (file == NULL)
		return err_set(e, ERR_USAGE, "usage",
		    "cam snapshot needs -o FILE ('-' for a pipe)");
	if (strcmp(file, "-") == 0 && cli->json)
		return err_set(
		    e, ERR_USAGE, "usage", "-o - and --json both want standard output");
	if (camera_by_name(cli->db, args->arg[0], &c, e) < 0)
		return -1;
	snprintf(request, sizeof(request), "snapshot %s\n", c.name);
	result = frames_ask(cli, request, SNAPSHOT_WAIT_S, &p, &n, e);
	if (result == 0)
		result = write_picture(file, p, n, e);
	free(p);
	if (result < 0 || strcmp(file, "-") == 0)
		return result;
	if (cli->json)
		return out_json(json_pack("{s:o,s:o,s:I}", "camera", out_text(c.name),
		    "file", out_text(file), "size", (json_int_t)n));
	if (!cli->quiet)
		say(stdout, "%s: %zu bytes", file, n);
	return 0;
}

static const struct cli_option urls_options[] = {
	{ "embed", 0, NULL, "put user and password into the addresses" },
	{ "host", 0, "HOST", "the name by which others reach this machine" },
	{ NULL, 0, NULL, NULL }
};
static const struct cli_option snapshot_options[] = {
	{ "output", 'o', "FILE", "where to, '-' for a pipe" }, { NULL, 0, NULL, NULL }
};

const struct cli_command cmds_cam_out[] = {
	{ .verb = "cam urls",
	    .usage = "NAME",
	    .help = "its addresses for players and Home Assistant",
	    .options = urls_options,
	    .min = 1,
	    .max = 1,
	    .needs = CLI_CONF | CLI_READ | CLI_LIVE,
	    .run = run_urls },
	{ .verb = "cam snapshot",
	    .usage = "NAME -o FILE",
	    .help = "one fresh picture",
	    .options = snapshot_options,
	    .min = 1,
	    .max = 1,
	    .needs = CLI_CONF | CLI_READ,
	    .run = run_snapshot },
	{ .verb = NULL }
};
