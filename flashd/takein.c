/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Taking in an archive (see takein.h). flashd's parent, main thread. */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "appliance/load.h"
#include "common/bell.h"
#include "common/err.h"
#include "common/file.h"
#include "common/log.h"
#include "common/loop.h"
#include "common/said.h"
#include "common/text.h"
#include "db/copy.h"
#include "db/db.h"
#include "db/event.h"
#include "db/setting.h"
#include "flashd/flashd.h"
#include "flashd/library.h"
#include "flashd/ports.h"
#include "flashd/store.h"
#include "flashd/takein.h"
#include "flashd/takein_parts.h"

#define PIECE 65536u
#define SWITCHING "switching" /* in the folder: from here on it is carried through */

static int
read_order(struct takein *t, struct err *e)
{
	uint8_t *text = NULL;
	json_t *doc;
	size_t n;

	if (file_get(t->dir, LOAD_ORDER, 4096, &text, &n, e) < 0)
		return -1;
	doc = json_loadb((const char *)text, n, 0, NULL);
	free(text);
	snprintf(t->id, sizeof(t->id), "%.32s",
	    json_is_string(json_object_get(doc, "id"))
		? json_string_value(json_object_get(doc, "id"))
		: "");
	snprintf(t->who, sizeof(t->who), "%.64s",
	    json_is_string(json_object_get(doc, "who"))
		? json_string_value(json_object_get(doc, "who"))
		: "");
	t->at_s = json_integer_value(json_object_get(doc, "at_s"));
	json_decref(doc);
	return 0;
}

static int
open_takein(struct takein *t, struct flashd *f, struct err *e)
{
	struct tm tm;
	time_t at;

	memset(t, 0, sizeof(*t));
	t->f = f;
	t->dir = t->state = t->dumps = t->fd = -1;
	t->dir = openat(f->state_dir, LOAD_READY,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (t->dir < 0)
		return err_sys(e, "open the archive's folder");
	if (read_order(t, e) < 0)
		return -1;
	at = (time_t)t->at_s;
	if (gmtime_r(&at, &tm) == NULL ||
	    strftime(t->before, sizeof(t->before), "before-%Y%m%dT%H%M%SZ", &tm) == 0)
		snprintf(t->before, sizeof(t->before), "before-archive");
	t->state = openat(
	    t->dir, "state", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (t->state < 0)
		return err_sys(e, "open the archive's state");
	t->dumps = openat(
	    t->state, "dumps", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return t->dumps < 0 && errno != ENOENT ? err_sys(e, "open the archive's dumps")
					       : 0;
}

static void
close_takein(struct takein *t)
{
	unsigned i;

	for (i = 0; i < t->n_names; i++)
		free(t->names[i]);
	free(t->names);
	free(t->rotten);
	t->rotten = NULL;
	if (t->fd >= 0)
		close(t->fd);
	if (t->dumps >= 0)
		close(t->dumps);
	if (t->state >= 0)
		close(t->state);
	if (t->dir >= 0)
		close(t->dir);
	loop_drop(t->timer);
	t->names = NULL;
	t->n_names = 0;
	t->fd = t->dumps = t->state = t->dir = -1;
	t->timer = NULL;
}

/* What became of it, for whoever asked: a setting and a line of history. */
static void
tell(struct takein *t, const struct err *why)
{
	char packed[SAID_MAX];
	json_t *doc = json_pack("{s:s,s:b,s:s,s:s,s:s,s:s,s:i,s:o}", "id", t->id, "ok",
	    why->code == ERR_NONE, "code", why->name, "message", why->msg,
	    "message_params", said_pack(why, packed), "before",
	    why->code == ERR_NONE ? t->before : "", "dumps", (int)t->added, "left",
	    t->left != NULL ? json_incref(t->left) : json_array());
	char *text = doc != NULL ? json_dumps(doc, JSON_COMPACT) : NULL;
	struct err e = { .code = ERR_NONE }, said;

	json_decref(doc);
	if (text == NULL || setting_set(t->f->db, LOAD_RESULT_KEY, text, &e) < 0)
		log_warnx("archive", "the result is not told: %s", e.msg);
	free(text);
	if (why->code == ERR_NONE)
		err_set(&said, ERR_NONE, "",
		    "an archive was loaded; the state before is in %s", t->before);
	else
		err_set(&said, ERR_NONE, "", "an archive was not loaded: %.480s", why->msg);
	if (why->code != ERR_NONE)
		said_nest(&said, 0, why);
	if (event_row_say(t->f->db, "archive", 0, 0, t->who, &said, &e) < 0)
		log_warnx("archive", "history: %s", e.msg);
	if (why->code == ERR_NONE)
		log_info("archive", "an archive was loaded; the state before is in %s",
		    t->before);
	else
		log_errx("archive", "an archive was not loaded: %s", why->msg);
}

static void
end_takein(struct takein *t, const struct err *why)
{
	struct flashd *f = t->f;
	char old[48];
	struct err e;

	tell(t, why);
	/* Once it has another name it is rubbish, however much of it is left. */
	snprintf(old, sizeof(old), LOAD_READY "-%s", t->id);
	if (renameat(f->state_dir, LOAD_READY, f->state_dir, old) < 0)
		log_warn("archive", "its folder stays");
	else if (load_remove_tree(f->state_dir, old, &e) < 0)
		log_warnx("archive", "its folder stays: %s", e.msg);
	json_decref(t->left);
	close_takein(t);
	f->takein = NULL;
	free(t);
	/* The sockets of the inventory may be others now. */
	if (f->loop != NULL && why->code == ERR_NONE) {
		if (ports_configure(f, &e) < 0)
			log_warnx("archive", "%s", e.msg);
		ports_look(f);
	}
	flashd_changed(f);
	bell_ring(f->conf.run, "streamd");
	bell_ring(f->conf.run, "flashd");
}

/* ---- reading every dump once more ---- */

static int
list_dumps(struct takein *t, struct err *e)
{
	struct dirent **list;
	int i, n, r = 0;

	if (t->dumps < 0)
		return 0;
	if ((n = scandirat(t->dumps, ".", &list, NULL, alphasort)) < 0)
		return err_sys(e, "list the archive's dumps");
	t->names = calloc((size_t)n + 1, sizeof(*t->names));
	t->rotten = calloc((size_t)n + 1, sizeof(*t->rotten));
	if (t->names == NULL || t->rotten == NULL)
		r = err_sys(e, "memory for the archive");
	for (i = 0; i < n; i++) {
		if (r == 0 && list[i]->d_name[0] != '.' &&
		    (t->names[t->n_names] = strdup(list[i]->d_name)) != NULL)
			t->n_names++;
		free(list[i]);
	}
	free(list);
	return r;
}

bool
takein_is_bytes(const char *name)
{
	uint8_t digest[32];
	char hex[65];

	if (strlen(name) != 68 || strcmp(name + 64, ".bin") != 0)
		return false;
	snprintf(hex, sizeof(hex), "%.64s", name);
	return text_unhex(hex, digest, sizeof(digest)) == 0;
}

static int
open_next(struct takein *t, struct err *e)
{
	const char *name = t->names[t->at];

	t->read = 0;
	crypto_hash_sha256_init(&t->sum);
	t->fd = openat(t->dumps, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	return t->fd < 0 ? err_sys(e, "open the archive's dump %.8s", name) : 0;
}

/* Ours of the same name stays, unless it is damaged: then this one is the good one. */
static void
look_at_ours(struct takein *t, const char *sha256)
{
	struct err e;

	if (store_check(t->f->store, sha256, t->read, &e) < 0 && e.code == ERR_MISMATCH)
		t->rotten[t->n_rotten++] = t->at;
}

static int
judge_dump(struct takein *t, struct err *e)
{
	unsigned char digest[crypto_hash_sha256_BYTES];
	const char *name = t->names[t->at];
	char got[65];

	close(t->fd);
	t->fd = -1;
	crypto_hash_sha256_final(&t->sum, digest);
	text_hex(digest, sizeof(digest), got);
	if (strncmp(got, name, 64) == 0) {
		look_at_ours(t, got);
		return 0;
	}
	return err_set(e, ERR_MISMATCH, "archive-dump-damaged",
	    "the dump %.8s of the archive changed since it was checked: is the disk "
	    "failing? Nothing was changed",
	    name);
}

/* One piece of one dump. 1 = all were read, 0 = more to come, -1. */
static int
read_piece(struct takein *t, struct err *e)
{
	uint8_t piece[PIECE];
	ssize_t n;

	while (t->at < t->n_names && !takein_is_bytes(t->names[t->at]))
		t->at++;
	if (t->at == t->n_names)
		return 1;
	if (t->fd < 0 && open_next(t, e) < 0)
		return -1;
	if ((n = pread(t->fd, piece, sizeof(piece), (off_t)t->read)) < 0)
		return err_sys(e, "read the archive's dump %.8s", t->names[t->at]);
	crypto_hash_sha256_update(&t->sum, piece, (size_t)n);
	t->read += (uint64_t)n;
	if (n > 0)
		return 0;
	if (judge_dump(t, e) < 0)
		return -1;
	t->at++;
	return 0;
}

/* ---- the turn in which things change ---- */

static int
switch_over(struct takein *t, struct err *e)
{
	struct library_counts counts;

	if (takein_move(t, e) < 0)
		return -1;
	return library_rebuild(t->f->db, t->f->store, false, &counts, e);
}

static int
begin_switch(struct takein *t, struct err *e)
{
	if (takein_check(t, e) < 0)
		return -1;
	return file_put(t->dir, SWITCHING, "", 0, 0660, e);
}

static void
on_piece(int fd, short what, void *arg)
{
	struct takein *t = arg;
	struct err e = { .code = ERR_NONE };
	int r;

	(void)fd;
	(void)what;
	if ((r = read_piece(t, &e)) == 0) {
		loop_timer_set(t->timer, 0);
		return;
	}
	if (r < 0 || begin_switch(t, &e) < 0) {
		end_takein(t, &e);
		return;
	}
	if (switch_over(t, &e) < 0) {
		/* It is carried through at the next start, or by the next look. */
		log_errx("archive",
		    "taking in the archive stopped half-way and goes on when flashd "
		    "starts again: %s",
		    e.msg);
		close_takein(t);
		t->broken = true;
		return;
	}
	err_clear(&e);
	end_takein(t, &e);
}

static struct takein *
start(struct flashd *f, struct err *e)
{
	struct takein *t = calloc(1, sizeof(*t));

	if (t == NULL) {
		err_sys(e, "memory for the archive");
		return NULL;
	}
	if (open_takein(t, f, e) < 0 || list_dumps(t, e) < 0) {
		f->takein = t;
		end_takein(t, e);
		return NULL;
	}
	return t;
}

bool
takein_look(struct flashd *f)
{
	struct err e = { .code = ERR_NONE };

	if (f->takein != NULL)
		return true;
	if (faccessat(f->state_dir, LOAD_READY, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
		return false;
	if (f->n_runs > 0 || f->stopping)
		return true;
	if ((f->takein = start(f, &e)) == NULL)
		return false;
	f->takein->timer = loop_timer(f->loop, on_piece, f->takein, &e);
	if (f->takein->timer == NULL) {
		end_takein(f->takein, &e);
		return false;
	}
	loop_timer_set(f->takein->timer, 0);
	return true;
}

void
takein_recover(struct flashd *f)
{
	struct err e = { .code = ERR_NONE };
	struct takein *t;

	if (faccessat(f->state_dir, LOAD_READY "/" SWITCHING, F_OK, AT_SYMLINK_NOFOLLOW) <
	    0)
		return;
	log_warnx("archive", "flashd ended while it took in an archive; going on");
	if ((t = start(f, &e)) == NULL)
		return;
	f->takein = t;
	if (switch_over(t, &e) < 0)
		fatalx(1, "archive", "the archive cannot be taken in: %s", e.msg);
	err_clear(&e);
	end_takein(t, &e);
}

void
takein_stop(struct flashd *f)
{
	if (f->takein == NULL)
		return;
	json_decref(f->takein->left);
	close_takein(f->takein);
	free(f->takein);
	f->takein = NULL;
}
