/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an archive would change here, and handing it to flashd (see load.h). */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "appliance/load.h"
#include "appliance/load_parts.h"
#include "appliance/save.h"
#include "common/conf.h"
#include "common/err.h"
#include "common/file.h"
#include "common/text.h"
#include "db/camera.h"
#include "db/db.h"
#include "db/job.h"
#include "db/token.h"
#include "db/user.h"

#define NAMES_MAX 100	/* of a list that is shown */
#define CONFIG_MAX (1024 * 1024)

/* Two inventories side by side: name → a text of all that a person set. */
struct side {
	json_t *map;
};

static bool
see_camera(const struct camera *c, void *arg)
{
	struct side *s = arg;
	char text[6144];

	snprintf(text, sizeof(text), "%s\n%s\n%s\n%s\n%s\n%d", c->source, c->user,
	    c->password, c->notes, c->tags, c->enabled);
	(void)json_object_set_new(s->map, c->name, json_stringn(text, strlen(text)));
	return true;
}

static bool
see_user(const struct user *u, void *arg)
{
	struct side *s = arg;

	(void)json_object_set_new(s->map, u->name, json_string(role_name(u->role)));
	return true;
}

static bool
see_token(const struct token *t, void *arg)
{
	struct side *s = arg;

	(void)json_object_set_new(s->map, t->name, json_string(role_name(t->role)));
	return true;
}

enum list { LIST_CAMERAS, LIST_USERS, LIST_TOKENS };

static int
fill_side(struct db *db, enum list which, struct side *s, struct err *e)
{
	switch (which) {
	case LIST_CAMERAS:
		return camera_each(db, see_camera, s, e);
	case LIST_USERS:
		return user_each(db, see_user, s, e);
	default:
		return token_each(db, see_token, s, e);
	}
}

static void
add_name(json_t *list, const char *name)
{
	char shown[300];

	if (json_array_size(list) >= NAMES_MAX)
		return;
	text_escape(name, strlen(name), shown, sizeof(shown));
	(void)json_array_append_new(list, json_string(shown));
}

static json_t *
compare(struct db *theirs, struct db *ours, enum list which, struct err *e)
{
	struct side there = { json_object() }, here = { json_object() };
	json_t *only = json_array(), *changed = json_array(), *r = NULL, *other, *value;
	const char *name;

	if (fill_side(theirs, which, &there, e) == 0 &&
	    fill_side(ours, which, &here, e) == 0) {
		json_object_foreach (here.map, name, value) {
			other = json_object_get(there.map, name);
			if (other == NULL)
				add_name(only, name);
			else if (!json_equal(other, value))
				add_name(changed, name);
		}
		r = json_pack("{s:I,s:I,s:O,s:O}", "archive",
		    (json_int_t)json_object_size(there.map), "here",
		    (json_int_t)json_object_size(here.map), "only_here", only,
		    "changed", changed);
	}
	json_decref(there.map);
	json_decref(here.map);
	json_decref(only);
	json_decref(changed);
	return r;
}

/* ---- files ---- */

struct files {
	int there, here;	/* folders: the archive's state/, STATE */
	json_int_t archive, same_place, only;	/* files */
	json_int_t dumps_there, dumps_here, dumps_new;
	json_t *replaced;	/* names of folders and files at the top */
};

/* Call fn for each name of the folder that is not left out. No folder is no error. */
static void
each_name(int dir, const char *path, void (*fn)(const char *name, void *arg), void *arg)
{
	int fd = openat(dir, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *list = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (list == NULL) {
		if (fd >= 0)
			close(fd);
		return;
	}
	while ((entry = readdir(list)) != NULL) {
		if (entry->d_name[0] != '.')
			fn(entry->d_name, arg);
	}
	closedir(list);
}

static bool
is_bin(const char *name)
{
	return strlen(name) == 68 && strcmp(name + 64, ".bin") == 0;
}

static void
see_dump_there(const char *name, void *arg)
{
	struct files *f = arg;
	char path[300];

	if (!is_bin(name))
		return;
	f->dumps_there++;
	snprintf(path, sizeof(path), "dumps/%.280s", name);
	if (faccessat(f->here, path, F_OK, 0) < 0)
		f->dumps_new++;
}

static void
see_dump_here(const char *name, void *arg)
{
	struct files *f = arg;

	f->dumps_here += is_bin(name);
}

/* Whatever else stands at the top of both: ours goes into the copy of the old state. */
static void
see_top(const char *name, void *arg)
{
	struct files *f = arg;

	if (strcmp(name, "dumps") != 0 && strcmp(name, DB_NAME) != 0 &&
	    !save_leaves_out(name) && faccessat(f->here, name, F_OK, 0) == 0)
		add_name(f->replaced, name);
}

static void
look_files(struct load *l, struct files *f)
{
	f->here = l->state_dir;
	f->there = openat(l->dir, "state", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (f->there < 0)
		return;
	each_name(f->there, "dumps", see_dump_there, f);
	each_name(f->here, "dumps", see_dump_here, f);
	each_name(f->there, ".", see_top, f);
	close(f->there);
}

/* ---- the configuration ---- */

struct config {
	struct load *l;
	const char *conf_file;
	json_t *list;
};

static bool
same_bytes(int dir, const char *there, const char *here)
{
	uint8_t *a = NULL, *b = NULL;
	size_t n_a = 0, n_b = 0;
	struct err ignored;
	bool same = file_get(dir, there, CONFIG_MAX, &a, &n_a, &ignored) == 0 &&
	    file_get(AT_FDCWD, here, CONFIG_MAX, &b, &n_b, &ignored) == 0 &&
	    n_a == n_b && memcmp(a, b, n_a) == 0;

	free(a);
	free(b);
	return same;
}

static void
add_config(struct config *c, const char *there, const char *here)
{
	bool same;

	if (faccessat(c->l->dir, there, F_OK, 0) < 0)
		return;
	same = same_bytes(c->l->dir, there, here);
	(void)json_array_append_new(c->list,
	    json_pack("{s:s,s:s,s:b}", "file", there, "place", here, "same", same));
}

static void
see_drop_in(const char *name, void *arg)
{
	struct config *c = arg;
	const char *slash = strrchr(c->conf_file, '/');
	char there[300], here[CONF_PATH_MAX + 300];

	snprintf(there, sizeof(there), "config/conf.d/%.250s", name);
	snprintf(here, sizeof(here), "%.*s/conf.d/%s",
	    slash != NULL ? (int)(slash - c->conf_file) : 1,
	    slash != NULL ? c->conf_file : ".", name);
	add_config(c, there, here);
}

static void
see_named_file(const char *key, const char *path, void *arg)
{
	struct config *c = arg;
	const char *slash = strrchr(path, '/');
	char there[300];

	snprintf(there, sizeof(there), "config/files/%.60s/%.180s", key,
	    slash != NULL ? slash + 1 : path);
	add_config(c, there, path);
}

static json_t *
look_config(struct load *l, const struct conf *conf, const char *conf_file)
{
	struct config c = { l, conf_file, json_array() };

	add_config(&c, "config/camherd.conf", conf_file);
	each_name(l->dir, "config/conf.d", see_drop_in, &c);
	conf_files(conf, see_named_file, &c);
	return c.list;
}

/* ---- may it be? ---- */

struct open_job {
	int64_t id;
	enum job_kind kind;
	enum job_state state;
};

static bool
see_job(const struct job *j, void *arg)
{
	struct open_job *o = arg;

	if (j->state == JOB_INTERRUPTED && !j->touched)
		return true;
	o->id = j->id;
	o->kind = j->kind;
	o->state = j->state;
	return false;
}

/* An open job is about this machine's wires and has a journal here. */
static int
check_idle(struct db *db, struct err *e)
{
	struct open_job o = { .id = 0 };

	if (job_each(db, true, 1000, see_job, &o, e) < 0)
		return -1;
	if (o.id == 0)
		return 0;
	if (o.state == JOB_INTERRUPTED)
		return err_set(e, ERR_REFUSED, "archive-jobs-open",
		    "job %lld (%s) was cut off half-way through writing a flash, and "
		    "only this appliance knows how to go on. 'camherd job resume %lld' "
		    "first, or give it up",
		    (long long)o.id, job_kind_name(o.kind), (long long)o.id);
	return err_set(e, ERR_REFUSED, "archive-jobs-open",
	    "job %lld (%s) is %s; let it end or cancel it, then load the archive",
	    (long long)o.id, job_kind_name(o.kind), job_state_name(o.state));
}

json_t *
load_plan(struct load *l, struct db *db, const struct conf *conf, const char *conf_file,
    struct err *e)
{
	struct files f = { .replaced = json_array() };
	struct err why = { .code = ERR_NONE };
	json_t *cameras = NULL, *users = NULL, *tokens = NULL, *head = NULL, *r = NULL;
	char folder[sizeof(l->state) + 100];
	struct db *theirs;
	uint8_t *text = NULL;
	size_t n = 0;

	snprintf(folder, sizeof(folder), "%s/%s/state", l->state, l->folder);
	if ((theirs = db_open(folder, DB_READ_ONLY, e)) == NULL) {
		json_decref(f.replaced);
		return NULL;
	}
	if ((cameras = compare(theirs, db, LIST_CAMERAS, e)) != NULL &&
	    (users = compare(theirs, db, LIST_USERS, e)) != NULL &&
	    (tokens = compare(theirs, db, LIST_TOKENS, e)) != NULL &&
	    file_get(l->dir, LOAD_CHECKED, ARCHIVE_HEAD_MAX, &text, &n, e) == 0) {
		head = json_loadb((const char *)text, n, 0, NULL);
		look_files(l, &f);
		(void)check_idle(db, &why);
		r = json_pack("{s:s,s:O,s:O,s:O,s:O,s:{s:I,s:I,s:I,s:I},s:O,s:o,s:o}",
		    "id", l->id, "archive", head, "cameras", cameras, "users", users,
		    "tokens", tokens, "dumps", "archive", f.dumps_there, "here",
		    f.dumps_here, "new", f.dumps_new, "only_here",
		    f.dumps_here - (f.dumps_there - f.dumps_new), "replaced", f.replaced,
		    "config", look_config(l, conf, conf_file), "blocked",
		    why.code != ERR_NONE ? json_string(why.msg) : json_null());
		if (r == NULL)
			err_set(e, ERR_FAILED, "no-memory", "memory for the archive");
	}
	db_close(theirs);
	free(text);
	json_decref(head);
	json_decref(cameras);
	json_decref(users);
	json_decref(tokens);
	json_decref(f.replaced);
	return r;
}

int
load_commit(struct load *l, struct db *db, const char *who, char *ret_id, struct err *e)
{
	json_t *doc;
	char *text;
	int r;

	if (l->stage != LOAD_SOUND)
		return err_set(e, ERR_FAILED, "failed", "the archive is not whole");
	if (check_idle(db, e) < 0)
		return -1;
	doc = json_pack("{s:s,s:s,s:I}", "id", l->id, "who", who, "at_s",
	    (json_int_t)time(NULL));
	text = doc != NULL ? json_dumps(doc, JSON_COMPACT) : NULL;
	json_decref(doc);
	if (text == NULL)
		return err_set(e, ERR_FAILED, "no-memory", "memory for the archive");
	r = file_put(l->dir, LOAD_ORDER, text, strlen(text), 0660, e);
	free(text);
	if (r < 0)
		return -1;
	/* From here on flashd takes it in, also after a power cut. */
	if (renameat2(l->state_dir, l->folder, l->state_dir, LOAD_READY,
		RENAME_NOREPLACE) < 0)
		return errno == EEXIST
		    ? err_set(e, ERR_REFUSED, "archive-under-way",
			  "flashd is taking in another archive just now; wait for its "
			  "end")
		    : err_sys(e, "rename '%s'", l->folder);
	l->keep = true;
	snprintf(ret_id, sizeof(l->id), "%s", l->id);
	return file_sync_dir(l->state_dir, e);
}
