/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ports that come and go, noticed at once (see ports_watch.h). flashd's parent. */
#include "config.h"

#include <event2/event.h>
#include <libgen.h>
#include <libudev.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "common/conf.h"
#include "common/err.h"
#include "common/log.h"
#include "common/loop.h"
#include "flashd/ports_watch.h"

/* One adapter makes several events, and its links appear between them. */
#define SETTLE_MS 50

struct ports_watch {
	struct udev *udev;
	struct udev_monitor *monitor;
	struct event *udev_event, *file_event, *settle;
	int inotify;
	void (*fn)(void *);
	void *arg;
};

static void
on_settled(int fd, short what, void *arg)
{
	struct ports_watch *w = arg;

	(void)fd;
	(void)what;
	w->fn(w->arg);
}

static void
on_udev(int fd, short what, void *arg)
{
	struct ports_watch *w = arg;
	struct udev_device *device;

	(void)fd;
	(void)what;
	while ((device = udev_monitor_receive_device(w->monitor)) != NULL)
		udev_device_unref(device);
	loop_timer_set(w->settle, SETTLE_MS);
}

static void
on_file(int fd, short what, void *arg)
{
	struct ports_watch *w = arg;
	char events[4096];

	(void)what;
	while (read(fd, events, sizeof(events)) > 0)
		;
	loop_timer_set(w->settle, SETTLE_MS);
}

static void
watch_udev(struct ports_watch *w, struct loop *loop)
{
	struct err e;

	if ((w->udev = udev_new()) == NULL)
		return;
	w->monitor = udev_monitor_new_from_netlink(w->udev, "udev");
	if (w->monitor == NULL ||
	    udev_monitor_filter_add_match_subsystem_devtype(w->monitor, "tty", NULL) <
		0 ||
	    udev_monitor_enable_receiving(w->monitor) < 0) {
		log_info(
		    "ports", "no udev here: new adapters are noticed within seconds");
		return;
	}
	w->udev_event =
	    loop_watch(loop, udev_monitor_get_fd(w->monitor), EV_READ, on_udev, w, &e);
	if (w->udev_event == NULL)
		log_warnx("ports", "%s", e.msg);
}

/* The folders of the configured paths: a pty's link or a by-path name appears there. */
static void
watch_files(struct ports_watch *w, struct loop *loop, const char *paths)
{
	char word[128];
	struct err e;

	w->inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (w->inotify < 0) {
		log_warn("ports", "watch the folders of tty paths");
		return;
	}
	while (conf_word(&paths, word, sizeof(word))) {
		if (word[0] == '/' &&
		    inotify_add_watch(w->inotify, dirname(word),
			IN_CREATE | IN_DELETE | IN_MOVED_TO | IN_MOVED_FROM) < 0)
			log_warn("ports", "watch the folder '%s'", word);
	}
	w->file_event = loop_watch(loop, w->inotify, EV_READ, on_file, w, &e);
	if (w->file_event == NULL)
		log_warnx("ports", "%s", e.msg);
}

struct ports_watch *
ports_watch_new(struct loop *loop, const char *paths, void (*fn)(void *arg), void *arg)
{
	struct ports_watch *w = calloc(1, sizeof(*w));
	struct err e;

	if (w == NULL)
		return NULL;
	w->inotify = -1;
	w->fn = fn;
	w->arg = arg;
	if ((w->settle = loop_timer(loop, on_settled, w, &e)) == NULL) {
		free(w);
		return NULL;
	}
	watch_udev(w, loop);
	watch_files(w, loop, paths);
	return w;
}

void
ports_watch_free(struct ports_watch *w)
{
	if (w == NULL)
		return;
	loop_drop(w->udev_event);
	loop_drop(w->file_event);
	loop_drop(w->settle);
	if (w->monitor != NULL)
		udev_monitor_unref(w->monitor);
	if (w->udev != NULL)
		udev_unref(w->udev);
	if (w->inotify >= 0)
		close(w->inotify);
	free(w);
}
