/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The doctor looks at the herd: ports, cameras, backups, people. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "appliance/doctor_parts.h"
#include "common/err.h"
#include "db/camera.h"
#include "db/dump.h"
#include "db/live.h"
#include "db/setting.h"
#include "db/user.h"

#define NAMES_SHOWN 300

/* "a, b, c and 4 more" */
struct names {
	char text[NAMES_SHOWN];
	size_t length;
	unsigned n, more;
};

static void
add_name(struct names *l, const char *name)
{
	l->n++;
	if (l->length + strlen(name) + 30 > sizeof(l->text)) {
		l->more++;
		return;
	}
	l->length += (size_t)snprintf(l->text + l->length, sizeof(l->text) - l->length,
	    "%s%s", l->length > 0 ? ", " : "", name);
}

static const char *
end_names(struct names *l)
{
	if (l->more > 0)
		(void)snprintf(l->text + l->length, sizeof(l->text) - l->length, " … (+%u)",
		    l->more);
	return l->text;
}

struct look {
	struct doctor *d;
	unsigned n, bad;
	struct names bare;	/* cameras without a verified backup */
	struct names damaged;
	bool has;		/* the camera at hand has one */
};

static bool
look_port(const struct live_port *p, void *arg)
{
	struct look *l = arg;

	l->n++;
	if (strcmp(p->state, "busy") == 0) {
		l->bad++;
		doctor_found(l->d, "ports", FINDING_WARNING, "port-held",
		    "{node} is held by {holder}.",
		    "Close that program, or leave the port to it: 'camherd port disable "
		    "{node}'.",
		    "node", p->node, "holder",
		    p->holder[0] != '\0' ? p->holder : "another program", NULL);
	}
	return true;
}

void
doctor_ports(struct doctor *d)
{
	struct look l = { .d = d };
	struct err ignored;
	char n[24];

	if (d->live == NULL || !live_is_up(d->live, "flashd"))
		return;
	(void)live_each_port(d->live, look_port, &l, &ignored);
	if (l.n == 0)
		doctor_found(d, "ports", FINDING_OK, "ports-none",
		    "No serial adapter is plugged in.", "", NULL);
	else if (l.bad == 0)
		doctor_found(d, "ports", FINDING_OK, "ports-fine",
		    "{n} serial ports are there, and no other program holds one.", "", "n",
		    doctor_number(l.n, n), NULL);
}

/* ---- cameras ---- */

static bool
look_camera(const struct camera *c, void *arg)
{
	static const char *const bad[] = { "unreachable", "unsupported", "stale",
		"held by another app", NULL };
	struct look *l = arg;
	struct live_stream s;
	int i;

	l->n++;
	if (!c->enabled || c->source[0] == '\0' || l->d->live == NULL ||
	    !live_is_up(l->d->live, "streamd") ||
	    live_get_stream(l->d->live, c->id, &s, NULL) != 1)
		return true;
	for (i = 0; bad[i] != NULL; i++) {
		if (strcmp(s.state, bad[i]) != 0)
			continue;
		l->bad++;
		doctor_found(l->d, "cameras", FINDING_WARNING, "camera-trouble",
		    "Camera {name} is {state}: {why}.",
		    "'camherd cam probe {name}' tries it once more and says how far it "
		    "comes.",
		    "name", c->name, "state", s.state, "why",
		    s.reason[0] != '\0' ? s.reason : "no reason was told", NULL);
	}
	if (strstr(s.h264_note, "encoder") != NULL) {
		l->bad++;
		doctor_found(l->d, "encoder", FINDING_WARNING, "encoder-trouble",
		    "Camera {name} got no H.264: {why}.",
		    "Fewer programs that watch in H.264 at a time, a larger "
		    "max_encoders, or MJPEG, which needs no encoder.",
		    "name", c->name, "why", s.h264_note, NULL);
	} else if (s.encoder[0] != '\0') {
		doctor_found(l->d, "encoder", FINDING_OK, "encoder-works",
		    "{encoder} makes H.264 of camera {name}.", "", "encoder", s.encoder,
		    "name", c->name, NULL);
	}
	return true;
}

void
doctor_cameras(struct doctor *d)
{
	struct look l = { .d = d };
	struct err ignored;
	char n[24];

	if (d->db == NULL || camera_each(d->db, look_camera, &l, &ignored) < 0)
		return;
	if (l.n == 0)
		doctor_found(d, "cameras", FINDING_OK, "cameras-none",
		    "There is no camera yet.", "'camherd discover' looks for some.", NULL);
	else if (l.bad == 0)
		doctor_found(d, "cameras", FINDING_OK, "cameras-fine",
		    "None of {n} cameras is in trouble.", "", "n", doctor_number(l.n, n),
		    NULL);
}

/* ---- backups ---- */

static bool
see_verified(const struct dump *dump, void *arg)
{
	struct look *l = arg;

	l->has = l->has || (dump->verified && !dump->missing && !dump->damaged);
	return !l->has;
}

static bool
look_backup(const struct camera *c, void *arg)
{
	struct look *l = arg;
	struct err ignored;

	l->n++;
	l->has = false;
	if (dump_each(l->d->db, c->id, see_verified, l, &ignored) == 0 && !l->has)
		add_name(&l->bare, c->name);
	return true;
}

static bool
look_dump(const struct dump *dump, void *arg)
{
	struct look *l = arg;
	char id[24];

	l->n++;
	if (dump->damaged || dump->missing)
		add_name(&l->damaged, doctor_number(dump->id, id));
	return true;
}

static void
look_scrub(struct doctor *d)
{
	char value[32], days[24];
	struct err ignored;
	int64_t at_s;

	if (setting_get(d->db, "scrub_round_s", "0", value, sizeof(value), &ignored) < 0)
		return;
	at_s = strtoll(value, NULL, 10);
	if (at_s == 0)
		doctor_found(d, "dumps", FINDING_OK, "scrub-begun",
		    "Not every backup has been read again yet; flashd reads one each hour.",
		    "'camherd dump verify' reads all of them now.", NULL);
	else
		doctor_found(d, "dumps",
		    (int64_t)time(NULL) - at_s > 60 * 86400 ? FINDING_WARNING : FINDING_OK,
		    "scrub-age",
		    "Every backup was read again and compared, the last time {days} days ago.",
		    (int64_t)time(NULL) - at_s > 60 * 86400
			? "'camherd dump verify' reads all of them now."
			: "",
		    "days", doctor_number(((int64_t)time(NULL) - at_s) / 86400, days),
		    NULL);
}

void
doctor_dumps(struct doctor *d)
{
	struct look cameras = { .d = d }, dumps = { .d = d };
	struct err ignored;
	char n[24];

	if (d->db == NULL || camera_each(d->db, look_backup, &cameras, &ignored) < 0 ||
	    dump_each(d->db, 0, look_dump, &dumps, &ignored) < 0)
		return;
	if (cameras.bare.n > 0)
		doctor_found(d, "backups", FINDING_WARNING, "backup-none",
		    "{n} cameras have no verified backup: {names}.",
		    "Back them up while they work: 'camherd backup PORT --camera NAME'.",
		    "n", doctor_number(cameras.bare.n, n), "names",
		    end_names(&cameras.bare), NULL);
	else if (cameras.n > 0)
		doctor_found(d, "backups", FINDING_OK, "backup-all",
		    "Every camera has a verified backup.", "", NULL);
	if (dumps.damaged.n > 0)
		doctor_found(d, "dumps", FINDING_BAD, "dump-damaged",
		    "The files of these backups are damaged or gone: {names}.",
		    "Back up those cameras anew, and check the disk.", "names",
		    end_names(&dumps.damaged), NULL);
	else
		doctor_found(d, "dumps", FINDING_OK, "dumps-fine",
		    "{n} backups; none is known to be damaged.", "", "n",
		    doctor_number(dumps.n, n), NULL);
	if (dumps.n > 0)
		look_scrub(d);
}

void
doctor_people(struct doctor *d)
{
	struct err ignored;
	unsigned n;

	if (d->db == NULL || user_count(d->db, &n, &ignored) < 0)
		return;
	if (n == 0)
		doctor_found(d, "people", FINDING_WARNING, "people-none",
		    "Nobody can sign in to the page yet.",
		    "'camherd setup-code' makes a code; enter it on the page.", NULL);
	else
		doctor_found(d, "people", FINDING_OK, "people-fine",
		    "The page has its administrator.", "", NULL);
}
