/* SPDX-License-Identifier: GPL-3.0-or-later */
/* streamd: pictures from cameras to viewers. One event loop; see streamd(8). */
#include "config.h"

#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/conf.h"
#include "common/daemon.h"
#include "common/err.h"
#include "common/file.h"
#include "common/log.h"
#include "common/loop.h"
#include "common/netpolicy.h"
#include "common/notify.h"
#include "db/db.h"
#include "streamd/asks.h"
#include "streamd/darkroom.h"
#include "streamd/desk.h"
#include "streamd/encode.h"
#include "streamd/h264.h"
#include "streamd/hub_feed.h"
#include "streamd/outputs/pipe.h"
#include "streamd/outputs/rtsp_server.h"
#include "streamd/sources/http_pool.h"
#include "streamd/sources/rtsp_pull.h"
#include "streamd/sources/source.h"
#include "streamd/trial.h"

#define ENCODER_LINGER_S 30
/* A block of more than this goes back to the system when it is freed. */
#define LARGE_BYTES (256 * 1024)

struct streamd {
	struct conf conf;
	const char *conf_file;
	struct loop *loop;
	struct db *db;
	struct netpolicy *policy;
	struct http_pool *http;
	struct pull_pool *pulls;
	struct hub *hub;
	struct h264_pool *encoders;
	struct darkroom *darkroom;
	struct pipe_server *pipe;
	struct rtsp_server *rtsp;
	struct desk *desk;
	struct asks *asks;
	struct trial_pool *trials;
	struct event *watchdog;
};

/* A schema that does not fit is the admin's to mend; a file that cannot be read just
 * now is looked at again by the desk. */
static void
open_inventory(struct streamd *d)
{
	struct err e = { .code = ERR_NONE };

	if ((d->db = db_open(d->conf.state, DB_READ_ONLY, &e)) != NULL)
		return;
	if (strncmp(e.name, "schema-", 7) == 0)
		fatalx(EXIT_CONFIG, "streamd", "%s", e.msg);
	log_warnx("streamd", "cannot read the inventory yet: %s", e.msg);
}

static int
start_hub(struct streamd *d, struct err *e)
{
	struct hub_options o = { .linger_s = d->conf.linger_s,
		.encoder_linger_s = ENCODER_LINGER_S,
		.encoder = &encode_ops };

	d->encoders =
	    h264_pool_new(d->loop, d->conf.h264_encoder, d->conf.max_encoders, e);
	if (d->encoders == NULL)
		return -1;
	o.encoder_arg = d->encoders;
	d->hub = hub_new(d->loop, &o, e);
	return d->hub != NULL ? 0 : -1;
}

static int
start_outputs(struct streamd *d, struct err *e)
{
	struct rtsp_options o = { .listen = d->conf.rtsp_listen,
		.max_clients = d->conf.max_clients,
		.udp = strcmp(d->conf.udp, "on") == 0,
		.rtp_port = d->conf.rtp_port };

	if ((d->darkroom = darkroom_new(d->loop, e)) == NULL)
		return -1;
	d->pipe = pipe_server_new(d->loop, d->hub, d->darkroom, d->conf.run, e);
	if (d->pipe == NULL)
		return -1;
	pipe_server_battery(d->pipe, d->conf.battery_snapshot_s);
	d->rtsp = rtsp_server_new(d->loop, d->hub, d->darkroom, &o, e);
	return d->rtsp != NULL ? 0 : -1;
}

static void
on_credentials(void *arg, const char *user, const char *password)
{
	struct streamd *d = arg;

	rtsp_server_credentials(d->rtsp, user, password);
}

static int
start_desk(struct streamd *d, struct err *e)
{
	struct source_env env = { .loop = d->loop,
		.hub = d->hub,
		.http = d->http,
		.pulls = d->pulls,
		.darkroom = d->darkroom,
		.policy = d->policy,
		.discovery = d->conf.discovery };
	struct desk_options o = { .state = d->conf.state,
		.run = d->conf.run,
		.listen = rtsp_server_address(d->rtsp),
		.credentials = on_credentials,
		.arg = d,
		.rtsp = rtsp_server_shared(d->rtsp) };
	struct db *db = d->db;

	d->db = NULL;
	d->desk = desk_new(&env, &o, db, e);
	return d->desk != NULL ? 0 : -1;
}

static int
start_asks(struct streamd *d, struct err *e)
{
	struct asks_options o = { .loop = d->loop,
		.hub = d->hub,
		.desk = d->desk,
		.pipe = d->pipe,
		.discovery = d->conf.discovery,
		.policy = d->policy,
		.run = d->conf.run,
		.rtsp_listen = rtsp_server_address(d->rtsp) };

	if ((d->trials = o.trials = trial_pool_new(d->loop, e)) == NULL)
		return -1;
	d->asks = asks_new(&o, e);
	return d->asks != NULL ? 0 : -1;
}

static int
start(struct streamd *d, struct err *e)
{
	if ((d->policy = netpolicy_new(d->conf.camera_networks, e)) == NULL)
		fatalx(EXIT_CONFIG, "streamd", "%s", e->msg);
	if (file_mkdir(d->conf.run, 02770, e) < 0 || (d->loop = loop_new(e)) == NULL ||
	    (d->http = http_pool_new(d->loop, e)) == NULL ||
	    (d->pulls = pull_pool_new(d->loop, e)) == NULL || start_hub(d, e) < 0 ||
	    start_outputs(d, e) < 0 || start_desk(d, e) < 0 || start_asks(d, e) < 0 ||
	    daemon_write_listen(
		d->conf.run, "streamd", rtsp_server_address(d->rtsp), e) < 0)
		return -1;
	log_info("streamd", "RTSP on %s", rtsp_server_address(d->rtsp));
	return 0;
}

static void
end(struct streamd *d)
{
	char path[CONF_RUN_MAX + 40];

	notify_send("STOPPING=1");
	snprintf(path, sizeof(path), "%s/streamd.listen", d->conf.run);
	(void)unlink(path);
	desk_end_pushes(d->desk);
	rtsp_server_free(d->rtsp);
	pipe_server_free(d->pipe);
	trial_pool_free(d->trials);
	desk_free(d->desk);
	asks_free(d->asks);
	hub_free(d->hub);
	darkroom_free(d->darkroom);
	h264_pool_free(d->encoders);
	pull_pool_free(d->pulls);
	http_pool_free(d->http);
	netpolicy_free(d->policy);
	loop_drop(d->watchdog);
	loop_free(d->loop);
}

static void
on_watchdog(int fd, short what, void *arg)
{
	struct streamd *d = arg;

	(void)fd;
	(void)what;
	notify_send("WATCHDOG=1");
	loop_timer_set(d->watchdog, notify_watchdog_ms());
}

/* SIGHUP: what can change while cameras run. */
static void
on_reload(void *arg)
{
	struct streamd *d = arg;
	struct err e = { .code = ERR_NONE };
	struct conf conf;

	if (conf_load(d->conf_file, &conf, &e) < 0 ||
	    netpolicy_set(d->policy, conf.camera_networks, &e) < 0) {
		log_warnx("streamd", "the configuration stays as it was: %s", e.msg);
		return;
	}
	log_init(conf.log_level, conf.log_format);
	hub_set_linger(d->hub, conf.linger_s);
	pipe_server_battery(d->pipe, conf.battery_snapshot_s);
	log_info("streamd",
	    "took camera_networks, linger_s, battery_snapshot_s and [log] from the "
	    "configuration; other "
	    "keys of [streamd] need a restart");
}

/* Encoders come and go, each on a thread of its own with megabytes of buffers. With a
 * heap for each thread, and the limit for large blocks raised by the first one that is
 * freed, which is what the library does by itself, their memory would stay behind in
 * every heap that any of them ever had. */
static void
keep_memory_small(void)
{
	(void)mallopt(M_ARENA_MAX, 2);
	(void)mallopt(M_MMAP_THRESHOLD, LARGE_BYTES);
}

int
main(int argc, char **argv)
{
	struct streamd d = { .loop = NULL };
	struct err e = { .code = ERR_NONE };
	int status = 1;

	keep_memory_small();
	daemon_start(argc, argv, "streamd", &d.conf, &d.conf_file);
	open_inventory(&d);
	if (start(&d, &e) < 0) {
		log_errx("streamd", "%s", e.msg);
	} else {
		loop_on_reload(d.loop, on_reload, &d);
		if (notify_watchdog_ms() > 0 &&
		    (d.watchdog = loop_timer(d.loop, on_watchdog, &d, NULL)) != NULL)
			on_watchdog(-1, 0, &d);
		notify_send("READY=1");
		log_info("streamd", "ready");
		status = loop_run(d.loop);
	}
	end(&d);
	return status;
}
