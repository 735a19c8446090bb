/* SPDX-License-Identifier: GPL-3.0-or-later */
/* camherd cam urls|snapshot: what to type into a player, and one picture. */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/out.h"
#include "cli/state.h"
#include "common/file.h"
#include "common/loop.h"
#include "common/text.h"
#include "db/camera.h"
#include "db/setting.h"

#define SNAPSHOT_WAIT_S 15
#define PICTURE_MAX (1024 * 1024)

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

struct pipe_reader {
	int fd;
	int64_t deadline_us;
};

static int
connect_frames(struct cli *cli, struct err *e)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd, n;

	n = snprintf(a.sun_path, sizeof(a.sun_path), "%s/frames.sock", cli->conf.run);
	if (n < 0 || (size_t)n >= sizeof(a.sun_path))
		return err_set(e, ERR_FAILED, "run-too-long",
		    "[paths] run is too long for a socket");
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return err_sys(e, "make a socket");
	if (connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0)
		return fd;
	if (errno == ENOENT || errno == ECONNREFUSED)
		state_down("streamd", e);
	else
		err_sys(e, "connect to '%s'", a.sun_path);
	close(fd);
	return -1;
}

/* Up to n bytes before the deadline; 0 at the end, -1. */
static ssize_t
read_some(struct pipe_reader *r, void *p, size_t n, struct err *e)
{
	struct pollfd pfd = { .fd = r->fd, .events = POLLIN };
	int64_t left_ms = (r->deadline_us - loop_now_us()) / 1000;
	ssize_t got;

	if (left_ms <= 0 || poll(&pfd, 1, (int)left_ms) <= 0)
		return err_set(
		    e, ERR_FAILED, "timeout", "streamd sent no picture in time");
	got = recv(r->fd, p, n, 0);
	return got < 0 ? err_sys(e, "read from streamd") : got;
}

static int
read_line(struct pipe_reader *r, char *ret, size_t ret_size, struct err *e)
{
	size_t n = 0;
	ssize_t got;

	while (n + 1 < ret_size) {
		if ((got = read_some(r, ret + n, 1, e)) < 0)
			return -1;
		if (got == 0)
			break;
		if (ret[n] == '\n') {
			ret[n] = '\0';
			return 0;
		}
		n++;
	}
	return err_set(e, ERR_FAILED, "streamd-hung-up",
	    "streamd closed the line without an answer");
}

/* "error CODE SENTENCE" as our error. */
static int
refused(const char *line, struct err *e)
{
	const char *code = line + strlen("error "), *text;
	char name[40];

	if (strncmp(line, "error ", 6) != 0)
		return err_set(e, ERR_FAILED, "streamd-answer",
		    "streamd gave an answer that makes no sense");
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(code, " "), code);
	text = code + strcspn(code, " ");
	return err_set(e, strcmp(name, "not-found") == 0 ? ERR_NOT_FOUND : ERR_FAILED,
	    name, "%s", *text == ' ' ? text + 1 : text);
}

static int
read_picture(struct pipe_reader *r, const char *name, uint8_t **ret, size_t *ret_n,
    struct err *e)
{
	char line[700], request[80];
	unsigned long n;
	size_t at = 0;
	ssize_t got;

	snprintf(request, sizeof(request), "snapshot %s\n", name);
	if (send(r->fd, request, strlen(request), MSG_NOSIGNAL) !=
	    (ssize_t)strlen(request))
		return err_sys(e, "ask streamd");
	if (read_line(r, line, sizeof(line), e) < 0)
		return -1;
	if (strcmp(line, "ok") != 0)
		return refused(line, e);
	if (read_line(r, line, sizeof(line), e) < 0)
		return -1;
	if (sscanf(line, "frame %lu ", &n) != 1 || n == 0 || n > PICTURE_MAX)
		return refused(line, e);
	*ret = out_memory(malloc(n));
	while (at < n && (got = read_some(r, *ret + at, n - at, e)) > 0)
		at += (size_t)got;
	if (at == n) {
		*ret_n = n;
		return 0;
	}
	free(*ret);
	*ret = NULL;
	return e->code != ERR_NONE
	    ? -1
	    : err_set(e, ERR_FAILED, "streamd-hung-up",
		  "streamd closed the line in the middle of a picture");
}

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
	struct pipe_reader r;
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
	if (camera_by_name(cli->db, args->arg[0], &c, e) < 0 ||
	    (r.fd = connect_frames(cli, e)) < 0)
		return -1;
	r.deadline_us = loop_now_us() +
	    (int64_t)(cli->timeout_s > 0 ? cli->timeout_s : SNAPSHOT_WAIT_S) * 1000000;
	result = read_picture(&r, c.name, &p, &n, e);
	close(r.fd);
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
