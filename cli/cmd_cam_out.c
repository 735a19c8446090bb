/* SPDX-License-Identifier: GPL-3.0-or-later */
/* camherd cam urls|snapshot: what to type into a player, and one picture. */
#include "config.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/frames.h"
#include "cli/out.h"
#include "cli/state.h"
#include "common/file.h"
#include "common/text.h"
#include "db/camera.h"
#include "db/setting.h"

#define SNAPSHOT_WAIT_S 15

/* urls */

/* The first address of this machine that others can reach, else its name. */
static void
own_host(char *ret, size_t ret_size)
{
	struct ifaddrs *all, *a;
	const struct sockaddr_in *in;

	if (gethostname(ret, ret_size) < 0)
		snprintf(ret, ret_size, "localhost");
	ret[ret_size - 1] = '\0';
	if (getifaddrs(&all) < 0)
		return;
	for (a = all; a != NULL; a = a->ifa_next) {
		if (a->ifa_addr == NULL || a->ifa_addr->sa_family != AF_INET ||
		    a->ifa_flags & IFF_LOOPBACK || !(a->ifa_flags & IFF_UP))
			continue;
		in = (const struct sockaddr_in *)(const void *)a->ifa_addr;
		if (inet_ntop(AF_INET, &in->sin_addr, ret, (socklen_t)ret_size) != NULL)
			break;
	}
	freeifaddrs(all);
}

/* HOST:PORT to reach a daemon by: what it bound, else what it is told to bind; any
 * address becomes this machine's own. ERR_DOWN when it will take a free port. */
static int
reach(const struct cli *cli, const char *daemon, const char *listen, char *ret,
    size_t ret_size, struct err *e)
{
	char path[CONF_RUN_MAX + 40], host[256], bound[160] = "";
	const char *colon;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s.listen", cli->conf.run, daemon);
	if ((f = fopen(path, "re")) != NULL) {
		if (fgets(bound, (int)sizeof(bound), f) != NULL)
			bound[strcspn(bound, "\r\n ")] = '\0';
		fclose(f);
	}
	snprintf(ret, ret_size, "%s", strrchr(bound, ':') != NULL ? bound : listen);
	if ((colon = strrchr(ret, ':')) == NULL || strcmp(colon, ":0") == 0)
		return state_down(daemon, e);
	if (strncmp(ret, "0.0.0.0:", 8) != 0 && strncmp(ret, "[::]:", 5) != 0)
		return 0;
	snprintf(bound, sizeof(bound), "%s", colon + 1);
	own_host(host, sizeof(host) - 1);
	snprintf(ret, ret_size, "%s:%s", host, bound);
	return 0;
}

struct urls {
	char rtsp[600], rtsp_mjpeg[600], mjpeg[600], snapshot[600];
	char user[33], password[65];
};

static int
make_urls(
    struct cli *cli, const char *name, bool embed, struct urls *ret, struct err *e)
{
	char rtsp[300], web[300], login[120] = "";

	if (stream_password_get(cli->db, ret->user, ret->password, e) < 0 ||
	    reach(cli, "streamd", cli->conf.rtsp_listen, rtsp, sizeof(rtsp), e) < 0 ||
	    reach(cli, "webd", cli->conf.web_listen, web, sizeof(web), e) < 0)
		return -1;
	if (embed)
		snprintf(login, sizeof(login), "%s:%s@", ret->user, ret->password);
	snprintf(ret->rtsp, sizeof(ret->rtsp), "rtsp://%s%s/%s", login, rtsp, name);
	snprintf(ret->rtsp_mjpeg, sizeof(ret->rtsp_mjpeg), "rtsp://%s%s/%s/mjpeg",
	    login, rtsp, name);
	snprintf(ret->mjpeg, sizeof(ret->mjpeg), "http://%s%s/cam/%s/stream.mjpeg",
	    login, web, name);
	snprintf(ret->snapshot, sizeof(ret->snapshot),
	    "http://%s%s/cam/%s/snapshot.jpg", login, web, name);
	return 0;
}

static int
run_urls(struct cli *cli, const struct cli_args *args, struct err *e)
{
	struct camera c;
	struct urls u;

	if (camera_by_name(cli->db, args->arg[0], &c, e) < 0 ||
	    make_urls(cli, c.name, cli_opt(args, "embed") != NULL, &u, e) < 0)
		return -1;
	if (cli->json)
		return out_json(json_pack("{s:o,s:o,s:o,s:o,s:o,s:o}", "rtsp",
		    out_text(u.rtsp), "rtsp_mjpeg", out_text(u.rtsp_mjpeg), "mjpeg",
		    out_text(u.mjpeg), "snapshot", out_text(u.snapshot), "user",
		    out_text(u.user), "password", out_text(u.password)));
	say_fact("H.264", "%s", u.rtsp);
	say_fact("RTP/JPEG", "%s", u.rtsp_mjpeg);
	say_fact("MJPEG", "%s", u.mjpeg);
	say_fact("still", "%s", u.snapshot);
	say_fact("user", "%s", u.user);
	say_fact("password", "%s", u.password);
	if (!cli->quiet)
		say(stderr,
		    "Home Assistant, recorders: H.264 (Generic Camera), or MJPEG and "
		    "still (MJPEG IP "
		    "Camera), which cost no encoder.");
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
	    .needs = CLI_CONF | CLI_READ,
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
