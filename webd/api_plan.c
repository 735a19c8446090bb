/* SPDX-License-Identifier: GPL-3.0-or-later */
/* POST /plan: what a write would keep, change and take, before anybody is asked.
 * webd's one thread. */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/conf.h"
#include "common/file.h"
#include "common/log.h"
#include "db/camera.h"
#include "db/dump.h"
#include "db/job.h"
#include "db/socket.h"
#include "image/image.h"
#include "image/plan.h"
#include "webd/api.h"
#include "webd/web.h"

/* Path of the image that the job would write. */
static int
image_path(
    struct web *w, const struct job *j, char *ret, size_t ret_size, struct err *e)
{
	struct dump d;
	char file[100];

	if (j->incoming[0] != '\0') {
		snprintf(ret, ret_size, "%s/incoming/%s", w->conf->state, j->incoming);
		return 0;
	}
	if (j->dump_id == 0)
		return err_set(e, ERR_USAGE, "image-missing",
		    "Say what to write: 'dump', or 'incoming' with a file that was "
		    "sent.");
	if (dump_by_id(w->db, j->dump_id, &d, e) < 0)
		return -1;
	dump_file_name(&d, file, sizeof(file));
	snprintf(ret, ret_size, "%s/%s", w->conf->state, file);
	return 0;
}

static bool
newest_size(const struct dump *d, void *arg)
{
	uint64_t *ret = arg;

	if (strcmp(d->kind, "import") == 0)
		return true;
	*ret = d->size;
	return false;
}

/* The rate to expect: asked for, else what the socket did last, else the limit. */
static unsigned
expected_baud(struct web *w, const struct job *j)
{
	struct socket_row row;

	if (j->baud != 0)
		return j->baud;
	if (j->port[0] != '\0' && socket_by_path(w->db, j->port, &row, NULL) == 0 &&
	    row.good_baud != 0)
		return row.good_baud;
	return w->conf->max_baud;
}

/* What is known of the camera is judged now; what is not, flashd asks the chip. */
static void
judge(struct web *w, const struct job *j, const uint8_t *p, size_t n,
    const struct image_map *map, uint64_t flash_size, char *ret, size_t ret_size)
{
	struct image_target target = { .flash_size = flash_size };
	struct err e = { .code = ERR_NONE };
	struct camera c;

	ret[0] = '\0';
	if (j->camera_id == 0 || camera_by_id(w->db, j->camera_id, &c, NULL) < 0 ||
	    c.chip[0] == '\0' || flash_size == 0)
		return;
	snprintf(target.chip, sizeof(target.chip), "%s", c.chip);
	if (image_judge(p, n, map,
		j->kind == JOB_RESTORE ? IMAGE_WHOLE : IMAGE_SECTIONS, &target, ret,
		ret_size, &e) < 0)
		snprintf(ret, ret_size, "%s", e.msg);
}

static void
answer(const struct plan *plan, const char *warning, struct reply *rep)
{
	json_t *lines = json_array();
	unsigned i;

	for (i = 0; i < plan->n_lines; i++)
		(void)json_array_append_new(lines,
		    json_pack("{s:s,s:s}", "what", plan->lines[i].what, "text",
			plan->lines[i].text));
	reply_json(rep, 200,
	    json_pack("{s:o,s:i,s:s}", "lines", lines, "seconds", (int)plan->seconds,
		"warning", warning));
}

static void
plan_image(struct web *w, const struct job *j, struct image_map *map, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };
	char path[CONF_PATH_MAX + 120], warning[600];
	uint64_t flash_size = 0;
	struct plan plan;
	uint8_t *p = NULL;
	size_t n;

	if (image_path(w, j, path, sizeof(path), &e) < 0) {
		(void)reply_error(rep, &e);
		return;
	}
	if (file_get(AT_FDCWD, path, IMAGE_BYTES_MAX, &p, &n, &e) < 0) {
		log_warnx("api", "%s", e.msg);
		reply_fail(rep, 404, ERR_NOT_FOUND, "file-missing",
		    "The file to write cannot be read. Send it again, or choose "
		    "another dump.");
		return;
	}
	if (j->camera_id != 0)
		(void)dump_each(w->db, j->camera_id, newest_size, &flash_size, NULL);
	if (image_map(p, n, map, &e) < 0) {
		(void)reply_error(rep, &e);
	} else {
		judge(w, j, p, n, map, flash_size, warning, sizeof(warning));
		memset(&plan, 0, sizeof(plan));
		image_plan(j->kind == JOB_RESTORE ? PLAN_RESTORE : PLAN_FLASH, map,
		    flash_size, 0, 0, expected_baud(w, j), NULL, &plan);
		answer(&plan, warning, rep);
	}
	free(p);
}

void
api_plan(struct web *w, const struct request *r, struct reply *rep)
{
	struct image_map *map;
	struct plan plan = { .n_lines = 0 };
	struct job j;

	if (api_job_read(w, r, false, &j, rep) < 0)
		return;
	if (j.kind == JOB_ERASE) {
		image_plan(
		    PLAN_ERASE, NULL, 0, j.at, j.size, expected_baud(w, &j), NULL,
		    &plan);
		answer(&plan, "", rep);
	} else if (!job_kind_writes(j.kind)) {
		reply_fail(rep, 400, ERR_USAGE, "no-plan",
		    "Only restore, flash and erase change anything, so only they have "
		    "a plan.");
	} else if ((map = malloc(sizeof(*map))) == NULL) {
		reply_fail(
		    rep, 503, ERR_FAILED, "no-memory", "There is no memory left.");
	} else {
		plan_image(w, &j, map, rep);
		free(map);
	}
}
