/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Jobs for freshly plugged ports (see ports_new.h). flashd's parent, main thread. */
#include "config.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/err.h"
#include "common/log.h"
#include "db/job.h"
#include "db/socket.h"
#include "flashd/flashd.h"
#include "flashd/ports.h"
#include "flashd/ports_new.h"

#define OPEN_MAX 300 /* jobs looked through; no more can wait */

struct search {
	const char *path;
	bool found;
};

static bool
is_on(const struct job *j, void *arg)
{
	struct search *s = arg;

	s->found = s->found || strcmp(j->port, s->path) == 0;
	return !s->found;
}

/* A job that waits for this very adapter goes on by itself; a write that was
 * interrupted is for a person to decide. */
static bool
has_open_job(struct flashd *f, const char *path)
{
	struct search s = { path, false };
	struct err e;

	if (job_each(f->db, true, OPEN_MAX, is_on, &s, &e) < 0) {
		log_warnx("ports", "%s", e.msg);
		return true;
	}
	return s.found;
}

void
ports_new_came(struct flashd *f, const struct port *p)
{
	struct socket_row row;
	struct job j;
	char what[12];
	struct err e = { .code = ERR_NONE };

	memset(&j, 0, sizeof(j));
	if (socket_watch_get(f->db, what, &e) < 0)
		log_warnx("ports", "%s", e.msg);
	if (e.code != ERR_NONE || job_kind_parse(what, &j.kind) < 0 ||
	    socket_by_path(f->db, p->path, &row, &e) < 0 || !row.enabled ||
	    has_open_job(f, p->path))
		return;
	snprintf(j.port, sizeof(j.port), "%s", p->path);
	snprintf(j.asked_by, sizeof(j.asked_by), "plugged in");
	if (job_submit(f->db, &j, &e) < 0)
		log_warnx("ports", "%s was plugged in: %s", p->path, e.msg);
	else
		log_info("ports", "%s was plugged in: job %lld, %s", p->path,
		    (long long)j.id, what);
}
