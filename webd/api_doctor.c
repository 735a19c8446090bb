/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The doctor, diagnostics and what takes room on the disk, for the page. The worker does
 * the work: it opens an inventory of its own and tries our own addresses, which the loop
 * answers meanwhile. */
#include "config.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "appliance/doctor.h"
#include "appliance/report.h"
#include "common/conf.h"
#include "common/text.h"
#include "db/bin.h"
#include "db/camera.h"
#include "db/dump.h"
#include "db/keep.h"
#include "webd/api.h"
#include "webd/field.h"
#include "webd/web.h"
#include "webd/work.h"

#define DEPTH_MAX 8

struct round {
	const char *conf_file;
	char state[CONF_PATH_MAX];
	bool report;
	json_t *doc; /* the doctor's, or storage filled in */
	char *text; /* the report's, or doc as it is sent */
	size_t n;
	struct err e;
};

static void
drop_round(void *arg)
{
	struct round *d = arg;

	json_decref(d->doc);
	free(d->text);
	free(d);
}

static struct round *
new_round(struct web *w, struct reply *rep)
{
	struct round *d = calloc(1, sizeof(*d));

	if (d == NULL) {
		reply_fail(rep, 503, ERR_FAILED, "no-memory", "There is no memory left.");
		return NULL;
	}
	d->conf_file = w->conf_file;
	snprintf(d->state, sizeof(d->state), "%s", w->conf->state);
	return d;
}

static void
answer_round(void *arg, struct reply *rep)
{
	struct round *d = arg;

	if (d->e.code != ERR_NONE || d->text == NULL) {
		if (d->e.code == ERR_NONE)
			err_set(&d->e, ERR_FAILED, "no-memory", "There is no memory left.");
		(void)reply_error(rep, &d->e);
		return;
	}
	if (d->report) {
		reply_text(rep, 200, "text/plain; charset=utf-8", d->text, d->n);
		reply_header(rep, "Content-Disposition",
		    "attachment; filename=\"camherd-diagnostics.txt\"");
		return;
	}
	reply_json_text(rep, 200, d->text);
	d->text = NULL;
}

/* ---- the doctor ---- */

static void
run_round(void *arg)
{
	struct round *d = arg;

	if (d->report) {
		(void)report_make(d->conf_file, DOCTOR_WEBD, &d->text, &d->n, &d->e);
	} else if ((d->doc = doctor_run(d->conf_file, DOCTOR_WEBD)) != NULL) {
		d->text = json_dumps(d->doc, JSON_COMPACT);
	}
}

static const struct work_ops round_ops = { run_round, answer_round, drop_round };

void
api_doctor(struct web *w, const struct request *r, struct reply *rep)
{
	struct round *d = new_round(w, rep);

	(void)r;
	if (d != NULL)
		work_give(w->worker, &round_ops, d, rep);
}

void
api_doctor_report(struct web *w, const struct request *r, struct reply *rep)
{
	struct round *d = new_round(w, rep);

	(void)r;
	if (d == NULL)
		return;
	d->report = true;
	work_give(w->worker, &round_ops, d, rep);
}

/* ---- storage ---- */

struct size {
	uint64_t bytes;
	unsigned files;
};

/* All that lies in a folder; another program may change it meanwhile. */
static void
measure(int at, const char *name, unsigned depth, struct size *ret)
{
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	struct stat st;

	if (dir == NULL) {
		if (fd >= 0)
			close(fd);
		return;
	}
	while ((entry = readdir(dir)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
		    fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		if (S_ISDIR(st.st_mode) && depth < DEPTH_MAX)
			measure(fd, entry->d_name, depth + 1, ret);
		else if (S_ISREG(st.st_mode)) {
			ret->bytes += (uint64_t)st.st_blocks * 512;
			ret->files++;
		}
	}
	closedir(dir);
}

static void
add_part(json_t *parts, const char *name, const struct size *s)
{
	char shown[300];

	text_escape(name, strlen(name), shown, sizeof(shown));
	(void)json_array_append_new(parts,
	    json_pack("{s:s,s:I,s:I}", "name", shown, "bytes", (json_int_t)s->bytes,
		"files", (json_int_t)s->files));
}

static void
measure_state(struct round *d, json_t *parts)
{
	int fd = open(d->state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct dirent **list;
	struct stat st;
	int i, n;

	if (fd < 0 || (n = scandirat(fd, ".", &list, NULL, alphasort)) < 0) {
		if (fd >= 0)
			close(fd);
		return;
	}
	for (i = 0; i < n; i++) {
		struct size s = { 0, 0 };

		if (strcmp(list[i]->d_name, ".") != 0 &&
		    strcmp(list[i]->d_name, "..") != 0 &&
		    fstatat(fd, list[i]->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
			if (S_ISDIR(st.st_mode)) {
				measure(fd, list[i]->d_name, 0, &s);
			} else {
				s.bytes = (uint64_t)st.st_blocks * 512;
				s.files = 1;
			}
			add_part(parts, list[i]->d_name, &s);
		}
		free(list[i]);
	}
	free(list);
	close(fd);
}

static void
run_storage(void *arg)
{
	struct round *d = arg;
	json_t *parts = json_array();
	struct statvfs v;

	measure_state(d, parts);
	(void)json_object_set_new(d->doc, "parts", parts);
	if (statvfs(d->state, &v) == 0)
		(void)json_object_set_new(d->doc, "disk",
		    json_pack("{s:I,s:I}", "total",
			(json_int_t)((uint64_t)v.f_blocks * v.f_frsize), "free",
			(json_int_t)((uint64_t)v.f_bavail * v.f_frsize)));
	else
		(void)json_object_set_new(d->doc, "disk",
		    json_pack("{s:I,s:I}", "total", (json_int_t)0, "free", (json_int_t)0));
	d->text = json_dumps(d->doc, JSON_COMPACT);
}

static const struct work_ops storage_ops = { run_storage, answer_round, drop_round };

/* Bytes that several cameras have in common are counted for each of them. */
static bool
count_dump(const struct dump *dump, void *arg)
{
	json_t *by_name = arg, *one = json_object_get(by_name, dump->camera);

	if (one == NULL) {
		one = json_pack("{s:I,s:I}", "dumps", (json_int_t)0, "bytes", (json_int_t)0);
		(void)json_object_set_new(by_name, dump->camera, one);
	}
	(void)json_object_set_new(one, "dumps",
	    json_integer(json_integer_value(json_object_get(one, "dumps")) + 1));
	(void)json_object_set_new(one, "bytes",
	    json_integer(json_integer_value(json_object_get(one, "bytes")) +
		(dump->missing ? 0 : (json_int_t)dump->size)));
	return true;
}

static bool
count_binned(const struct bin_entry *b, void *arg)
{
	struct size *s = arg;

	s->files++;
	s->bytes += b->has_bytes ? b->d.size : 0;
	return true;
}

static json_t *
list_cameras(const json_t *by_name)
{
	json_t *list = json_array(), *one;
	const char *name;

	json_object_foreach ((json_t *)(uintptr_t)by_name, name, one) {
		(void)json_array_append_new(list,
		    json_pack("{s:o,s:O,s:O}", "camera",
			name[0] != '\0' ? json_string(name) : json_null(), "dumps",
			json_object_get(one, "dumps"), "bytes",
			json_object_get(one, "bytes")));
	}
	return list;
}

void
api_storage(struct web *w, const struct request *r, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };
	struct size bin = { 0, 0 };
	struct keep keep;
	json_t *by_name;
	struct round *d = new_round(w, rep);

	(void)r;
	if (d == NULL)
		return;
	by_name = json_object();
	if (keep_get(w->db, &keep, &e) < 0 ||
	    dump_each(w->db, 0, count_dump, by_name, &e) < 0 ||
	    bin_each(w->conf->state, keep.bin, count_binned, &bin, &e) < 0) {
		(void)reply_error(rep, &e);
		drop_round(d);
	} else {
		d->doc = json_pack("{s:o,s:{s:I,s:I,s:i},s:{s:i,s:i}}", "cameras",
		    list_cameras(by_name), "bin", "dumps", (json_int_t)bin.files, "bytes",
		    (json_int_t)bin.bytes, "days", keep.bin, "keep", "logs_days", keep.logs,
		    "events_days", keep.history);
		work_give(w->worker, &storage_ops, d, rep);
	}
	json_decref(by_name);
}
