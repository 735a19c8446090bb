/* SPDX-License-Identifier: GPL-3.0-or-later */
/* webd: the page and its API. One process, one thread; a worker beside it for what
 * takes long (work.h). */
#include "config.h"

#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/conf.h"
#include "common/daemon.h"
#include "common/err.h"
#include "common/file.h"
#include "common/log.h"
#include "common/loop.h"
#include "common/notify.h"
#include "db/db.h"
#include "db/live.h"
#include "db/photo.h"
#include "webd/answers.h"
#include "webd/archive.h"
#include "webd/auth.h"
#include "webd/console.h"
#include "webd/events.h"
#include "webd/firmware.h"
#include "webd/host.h"
#include "webd/http.h"
#include "webd/proxy.h"
#include "webd/relay.h"
#include "webd/site.h"
#include "webd/tls.h"
#include "webd/web.h"
#include "webd/work.h"

#define BEAT_MS 4000

struct server {
	struct web web;
	struct conf conf;
	const char *conf_file;
	struct event *beat, *watchdog;
};

static void tell_tls(struct server *s);

static void
on_beat(int fd, short what, void *arg)
{
	struct server *s = arg;
	struct err e = { .code = ERR_NONE };

	(void)fd;
	(void)what;
	if (live_beat(s->web.live, "webd", PACKAGE_VERSION, s->web.listen, &e) < 0)
		log_warnx("webd", "heartbeat: %s", e.msg);
	if (tls_tick(s->web.tls))
		tell_tls(s);
	loop_timer_set(s->beat, BEAT_MS);
}

static void
on_watchdog(int fd, short what, void *arg)
{
	struct server *s = arg;

	(void)fd;
	(void)what;
	notify_send("WATCHDOG=1");
	loop_timer_set(s->watchdog, notify_watchdog_ms());
}

/* SIGHUP: names, proxies, certificate, frame origins and the log; the addresses and the
 * page stay. */
static void
on_reload(void *arg)
{
	struct server *s = arg;
	struct err e = { .code = ERR_NONE };
	struct conf fresh;
	struct proxies *proxies = NULL;
	struct hosts *hosts;

	if (conf_load(s->conf_file, &fresh, &e) < 0 ||
	    (proxies = proxies_new(fresh.trusted_proxy, &e)) == NULL ||
	    (s->web.tls != NULL && tls_reload(s->web.tls, &fresh, &e) < 0)) {
		log_warnx("webd", "the configuration stays as it was: %s", e.msg);
		proxies_free(proxies);
		return;
	}
	if (s->web.tls != NULL)
		tell_tls(s);
	proxies_free(s->web.proxies);
	s->web.proxies = proxies;
	if ((hosts = hosts_new(fresh.hostnames)) == NULL)
		return;
	hosts_free(s->web.hosts);
	s->web.hosts = hosts;
	http_set_frame_origins(s->web.http, fresh.frame_origins);
	log_init(fresh.log_level, fresh.log_format);
	log_info("webd", "configuration read anew");
}

/* A schema that does not fit is a matter of the installation: 78, do not restart. */
static void
open_databases(struct server *s)
{
	struct err e = { .code = ERR_NONE };

	if ((s->web.db = db_open(s->conf.state, DB_READ_WRITE, &e)) == NULL)
		fatalx(strncmp(e.name, "schema-", 7) == 0 ? EXIT_CONFIG : 1, "webd",
		    "%s", e.msg);
	if ((s->web.live = live_open(s->conf.run, &e)) == NULL)
		fatalx(1, "webd", "%s", e.msg);
}

/* Photos whose row a crash or a power cut came before. */
static void
sweep_photos(struct server *s)
{
	struct err e = { .code = ERR_NONE };
	unsigned n = 0;

	if (photo_sweep(s->web.db, s->conf.state, &n, &e) < 0)
		log_warnx("webd", "photos: %s", e.msg);
	else if (n > 0)
		log_info("webd", "%u files of photos that nothing names were removed", n);
}

/* RUN/webd.tls: what `camherd status` says of the certificate. */
static void
tell_tls(struct server *s)
{
	struct err e = { .code = ERR_NONE };
	char path[CONF_RUN_MAX + 20], *text;
	json_t *doc = tls_json(s->web.tls, s->web.tls_listen);

	text = json_dumps(doc, JSON_COMPACT);
	json_decref(doc);
	snprintf(path, sizeof(path), "%s/webd.tls", s->conf.run);
	if (text != NULL && file_put(AT_FDCWD, path, text, strlen(text), 0644, &e) < 0)
		log_warnx("webd", "%s", e.msg);
	free(text);
}

static int
start_tls(struct server *s, struct err *e)
{
	struct web *w = &s->web;

	if (s->conf.tls_listen[0] == '\0')
		return 0;
	if ((w->tls = tls_open(&s->conf, e)) == NULL ||
	    http_start_tls(w->http, s->conf.tls_listen, e) < 0)
		return -1;
	tell_tls(s);
	log_info("webd", "listening with TLS on %s", w->tls_listen);
	return 0;
}

static void
start_parts(struct server *s)
{
	struct err e = { .code = ERR_NONE };
	struct web *w = &s->web;

	w->hosts = hosts_new(s->conf.hostnames);
	w->auth = auth_new();
	w->answers = answers_new();
	w->archives = archives_new();
	w->site = site_new(s->conf.www);
	w->relay = relay_new(w);
	w->consoles = consoles_new(w);
	w->firmwares = firmwares_new(w);
	if (w->hosts == NULL || w->answers == NULL || w->archives == NULL ||
	    w->auth == NULL || w->site == NULL ||
	    w->relay == NULL || w->consoles == NULL || w->firmwares == NULL)
		fatalx(1, "webd", "out of memory");
	if ((w->events = events_start(w, &e)) == NULL)
		fatalx(1, "webd", "%s", e.msg);
	w->worker = worker_start(w->loop,
	    "Too many dumps and photos are being worked on just now; try again in a "
	    "moment.",
	    &e);
	if (w->worker != NULL)
		w->hasher = worker_start(w->loop,
		    "Too many people sign in just now; try again in a moment.", &e);
	if (w->hasher == NULL)
		fatalx(1, "webd", "%s", e.msg);
	if ((w->proxies = proxies_new(s->conf.trusted_proxy, &e)) == NULL ||
	    (w->http = http_start(w, s->conf.web_listen, &e)) == NULL ||
	    start_tls(s, &e) < 0)
		fatalx(e.code == ERR_USAGE ? EXIT_CONFIG : 1, "webd", "%s", e.msg);
}

static void
start_timers(struct server *s)
{
	struct err e = { .code = ERR_NONE };

	s->beat = loop_timer(s->web.loop, on_beat, s, &e);
	s->watchdog = loop_timer(s->web.loop, on_watchdog, s, &e);
	if (s->beat == NULL || s->watchdog == NULL)
		fatalx(1, "webd", "%s", e.msg);
	on_beat(-1, 0, s);
	loop_timer_set(s->watchdog, notify_watchdog_ms());
	loop_on_reload(s->web.loop, on_reload, s);
}

/* Who looks for the address must not find that of a server that is gone. */
static void
forget_listen(struct server *s)
{
	char path[CONF_RUN_MAX + 20];

	snprintf(path, sizeof(path), "%s/webd.listen", s->conf.run);
	(void)unlink(path);
	snprintf(path, sizeof(path), "%s/webd.tls", s->conf.run);
	(void)unlink(path);
}

static void
stop(struct server *s)
{
	struct web *w = &s->web;

	notify_send("STOPPING=1");
	forget_listen(s);
	loop_drop(s->beat);
	loop_drop(s->watchdog);
	http_stop(w->http);
	w->http = NULL;
	tls_free(w->tls);
	proxies_free(w->proxies);
	worker_stop(w->worker);
	worker_stop(w->hasher);
	events_stop(w->events);
	relay_free(w->relay);
	consoles_free(w->consoles);
	firmwares_free(w->firmwares);
	(void)live_beat_end(w->live, "webd", NULL);
	site_free(w->site);
	archives_free(w->archives);
	answers_free(w->answers);
	auth_free(w->auth);
	hosts_free(w->hosts);
	live_close(w->live);
	db_close(w->db);
	loop_free(w->loop);
}

int
main(int argc, char **argv)
{
	struct server s = { .conf_file = NULL };
	struct err e = { .code = ERR_NONE };
	int status;

	daemon_start(argc, argv, "webd", &s.conf, &s.conf_file);
	/* What we make in the shared folders belongs to the group. */
	(void)umask(0007);
	if (sodium_init() < 0)
		fatalx(1, "webd", "libsodium does not start");
	s.web.conf = &s.conf;
	s.web.conf_file = s.conf_file;
	if ((s.web.loop = loop_new(&e)) == NULL)
		fatalx(1, "webd", "%s", e.msg);
	open_databases(&s);
	sweep_photos(&s);
	forget_listen(&s);
	start_parts(&s);
	start_timers(&s);
	if (daemon_write_listen(s.conf.run, "webd", s.web.listen, &e) < 0)
		fatalx(1, "webd", "%s", e.msg);
	log_info("webd", "listening on %s", s.web.listen);
	notify_send("READY=1");
	status = loop_run(s.web.loop);
	stop(&s);
	return status;
}
