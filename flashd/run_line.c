/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a child's lines mean for the rows. A line that is not awaited at its point is
 * as bad as one that cannot be read: false, and the child is ended. flashd's parent.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/bell.h"
#include "common/log.h"
#include "common/private.h"
#include "common/said.h"
#include "common/text.h"
#include "db/camera.h"
#include "db/db.h"
#include "flashd/childline.h"
#include "flashd/flashd.h"
#include "flashd/library.h"
#include "flashd/ports.h"
#include "flashd/run.h"
#include "flashd/worker.h"
#include "image/image.h"

#define BLOCK 4096u

static bool
is_hex(const char *s, size_t n)
{
	return strlen(s) == n && strspn(s, "0123456789abcdef") == n;
}

static bool
is_mac(const char *s)
{
	size_t i;

	if (strlen(s) != 17)
		return false;
	for (i = 0; i < 17; i++) {
		if (i % 3 == 2 ? s[i] != ':' : strchr("0123456789abcdef", s[i]) == NULL)
			return false;
	}
	return true;
}

static bool
copy_text(char *ret, size_t ret_size, const char *text)
{
	size_t n = strlen(text);

	if (n == 0 || n >= ret_size)
		return false;
	memcpy(ret, text, n + 1);
	return true;
}

/* A name of ours, not of the device: "xr872", "console". */
static bool
copy_word(char *ret, size_t ret_size, const char *text)
{
	return strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-_") == strlen(text) &&
	    copy_text(ret, ret_size, text);
}

/* A picture of the chip: one character a block, or for several where the chip is too
 * large for the row. */
static bool
start_map(struct run *r)
{
	uint64_t blocks = r->id.flash_size / BLOCK;
	const unsigned most = sizeof(r->progress.map) - 1;

	if (r->id.flash_size > IMAGE_BYTES_MAX)
		return false;
	r->block_scale = blocks == 0 ? 1 : (unsigned)((blocks + most - 1) / most);
	memset(r->progress.map, '.', (size_t)(blocks / r->block_scale));
	return true;
}

static bool
on_identity(struct run *r, const struct child_line *l)
{
	struct run_identity *id = &r->id;
	uint64_t n;

	if (strcmp(l->word, "chip") == 0)
		return copy_word(id->chip, sizeof(id->chip), l->text);
	if (strcmp(l->word, "jedec") == 0)
		return is_hex(l->text, 6) &&
		    copy_text(id->jedec, sizeof(id->jedec), l->text);
	if (strcmp(l->word, "chip_id") == 0)
		return is_hex(l->text, strlen(l->text)) &&
		    copy_text(id->chip_id, sizeof(id->chip_id), l->text);
	if (strcmp(l->word, "mac") == 0)
		return is_mac(l->text) && copy_text(id->mac, sizeof(id->mac), l->text);
	if (strcmp(l->word, "mac_source") == 0)
		return copy_word(id->mac_source, sizeof(id->mac_source), l->text);
	if (strcmp(l->word, "entry") == 0)
		return copy_word(id->entry, sizeof(id->entry), l->text);
	if (strcmp(l->word, "console") == 0)
		return copy_text(id->console, sizeof(id->console), l->text);
	if (strcmp(l->word, "brom_version") == 0) {
		if (text_number(l->text, 0, 255, false, &n) < 0)
			return false;
		id->brom_version = (unsigned)n;
		return true;
	}
	if (strcmp(l->word, "flash_size") == 0)
		return text_number(l->text, 0, UINT32_MAX, false, &id->flash_size) ==
		    0 &&
		    start_map(r);
	return false;
}

/* Whose camera is it? Named by the user, or known by its chip id. */
static int
find_camera(struct run *r, struct camera *c, struct err *e)
{
	if (r->job.camera_id != 0)
		return camera_by_id(r->f->db, r->job.camera_id, c, e);
	if (r->id.chip_id[0] == '\0')
		return err_set(e, ERR_NOT_FOUND, "camera-unknown", "no chip id");
	return camera_by_chip_id(r->f->db, r->id.chip_id, c, e);
}

static int
tell_camera(struct run *r, struct err *e)
{
	char here[65], known[65];
	struct camera c;

	if (find_camera(r, &c, e) < 0)
		return e->code == ERR_NOT_FOUND ? 0 : -1;
	if (c.chip_id[0] != '\0' && r->id.chip_id[0] != '\0' &&
	    strcmp(c.chip_id, r->id.chip_id) != 0)
		return err_set(e, ERR_REFUSED, "other-camera",
		    "the camera on this port is not '%s': its chip id is %s, that "
		    "of '%s' is %s. Nothing was written. Plug '%s' in, or name the "
		    "right "
		    "camera",
		    c.name, private_text(r->id.chip_id, here, sizeof(here)), c.name,
		    private_text(c.chip_id, known, sizeof(known)), c.name);
	snprintf(r->job.camera, sizeof(r->job.camera), "%s", c.name);
	if (r->job.camera_id == 0) {
		r->job.camera_id = c.id;
		if (job_set_camera(r->f->db, r->job.id, c.id, e) < 0)
			return -1;
	}
	return camera_set_hardware(
	    r->f->db, c.id, r->id.chip, r->id.chip_id, r->id.jedec, r->id.mac, e);
}

/* All lines about the identity are in when the next step begins. */
static void
take_identity(struct run *r)
{
	struct port *port = ports_find(r->f, r->job.port);
	struct err e;

	if (r->id.told || r->id.chip[0] == '\0')
		return;
	r->id.told = true;
	if (port != NULL) {
		memcpy(port->chip, r->id.chip, sizeof(port->chip));
		ports_publish(r->f, port);
	}
	if (run_wait_identity(r, &e) == 0 && tell_camera(r, &e) == 0)
		return;
	if (e.code == ERR_REFUSED)
		run_veto(r, &e);
	else
		log_warnx("run", "job %lld: %s", (long long)r->job.id, e.msg);
}

static void
publish(struct run *r)
{
	struct err e;

	if (live_set_progress(r->f->live, &r->progress, &e) < 0)
		log_warnx("run", "job %lld: %s", (long long)r->job.id, e.msg);
	bell_ring(r->f->conf.run, "webd");
}

static bool
on_step(struct run *r, const struct child_line *l)
{
	static const char *const steps[] = { "enter", "identify", "read1", "read2",
		"compare", "store", "erase", "write", "verify", "leave", NULL };
	size_t i;

	for (i = 0; steps[i] != NULL && strcmp(steps[i], l->word) != 0; i++)
		;
	if (steps[i] == NULL || l->n[0] > 4ull * IMAGE_BYTES_MAX)
		return false;
	take_identity(r);
	memcpy(r->progress.step, l->word, sizeof(r->progress.step));
	r->progress.step[sizeof(r->progress.step) - 1] = '\0';
	r->progress.done = 0;
	r->progress.total = l->n[0];
	publish(r);
	return true;
}

static bool
on_progress(struct run *r, const struct child_line *l)
{
	r->progress.done = l->n[0];
	r->progress.rate = l->n[1] > UINT32_MAX ? UINT32_MAX : (unsigned)l->n[1];
	r->progress.eta_s = l->eta;
	r->progress.retries = l->n[2] > UINT32_MAX ? UINT32_MAX : (unsigned)l->n[2];
	publish(r);
	return true;
}

static bool
on_blocks(struct run *r, const struct child_line *l)
{
	uint64_t blocks = r->id.flash_size / BLOCK, i;

	if (l->n[1] > blocks || l->n[0] > blocks - l->n[1])
		return false;
	for (i = l->n[0]; i < l->n[0] + l->n[1]; i++) {
		if (i / r->block_scale < sizeof(r->progress.map) - 1)
			r->progress.map[i / r->block_scale] = l->mark;
	}
	return true;
}

static bool
on_note(struct run *r, const struct child_line *l)
{
	struct err said;

	(void)said_unpack(&said, l->text, l->params);
	notes_add(&r->notes, &said);
	return true;
}

static bool
on_ask(struct run *r, const struct child_line *l)
{
	const bool ask = strcmp(l->word, "none") != 0;
	struct err e;

	if (ask != r->asking &&
	    job_set_state(r->f->db, r->job.id, ask ? JOB_WAITING : JOB_RUNNING, &e) < 0)
		log_warnx("run", "job %lld: %s", (long long)r->job.id, e.msg);
	r->asking = ask;
	snprintf(r->progress.ask, sizeof(r->progress.ask), "%.23s", ask ? l->word : "");
	text_escape(l->text, ask ? strlen(l->text) : 0, r->progress.text,
	    sizeof(r->progress.text));
	snprintf(r->progress.text_params, sizeof(r->progress.text_params), "%s",
	    ask ? l->params : "");
	publish(r);
	return true;
}

static void
describe(struct run *r, const struct child_line *l)
{
	struct dump *d = &r->dump;

	memset(d, 0, sizeof(*d));
	memcpy(d->sha256, l->word, sizeof(d->sha256));
	d->size = l->n[0];
	d->passes = (unsigned)l->n[1];
	d->retries = l->n[2] > UINT32_MAX ? UINT32_MAX : (unsigned)l->n[2];
	d->verified = d->passes >= 2;
	snprintf(d->kind, sizeof(d->kind), "%s",
	    r->job.kind == JOB_BACKUP ? "backup" : "safety");
	d->camera_id = r->job.camera_id;
	memcpy(d->camera, r->job.camera, sizeof(d->camera));
	memcpy(d->chip, r->id.chip, sizeof(d->chip));
	memcpy(d->chip_id, r->id.chip_id, sizeof(d->chip_id));
	memcpy(d->jedec, r->id.jedec, sizeof(d->jedec));
	memcpy(d->mac, r->id.mac, sizeof(d->mac));
	memcpy(d->port, r->job.port, sizeof(d->port));
	d->baud = r->baud;
	d->job_id = r->job.id;
	snprintf(d->tool, sizeof(d->tool), "camherd %s", PACKAGE_VERSION);
}

/* The rules once more, on the bytes that we hashed, against what the chip said. */
static int
judge(struct run *r, struct err *e)
{
	if (r->job.kind != JOB_RESTORE && r->job.kind != JOB_FLASH)
		return 0;
	return image_load_judge(&r->image, r->job.kind == JOB_RESTORE, r->id.chip,
	    r->id.brom_version, r->id.flash_size, (r->job.flags & JOB_FLAG_FORCE) != 0,
	    e);
}

/* Seal the dump. A safety dump goes into the index now: nothing is erased before. */
static int
seal(struct run *r, struct err *e)
{
	if (library_seal(r->f->db, r->f->store, r->out_fd, r->part, &r->dump,
		&r->same_as, e) < 0)
		return -1;
	r->part[0] = '\0';
	r->have_dump = true;
	if (!run_writes(r))
		return 0;
	return library_index(r->f->db, &r->dump, e);
}

/* The port went away in the middle of a dump. */
static bool
on_kept(struct run *r, const struct child_line *l)
{
	if (r->part[0] == '\0' || l->n[0] > r->id.flash_size)
		return false;
	r->kept = l->n[0];
	return true;
}

static bool
on_saved(struct run *r, const struct child_line *l)
{
	struct err e;

	if (r->part[0] == '\0' || r->have_dump || l->n[0] != r->id.flash_size ||
	    l->n[1] < 2 || l->n[1] > 100 || !r->id.told)
		return false;
	describe(r, l);
	if (r->verdict.code == ERR_NONE && seal(r, &e) == 0 && judge(r, &e) == 0) {
		run_log(r, "sealed as %.8s", r->dump.sha256);
		worker_answer(r->w, "go");
		return true;
	}
	if (r->verdict.code == ERR_NONE)
		r->verdict = e;
	worker_answer(r->w, "stop");
	return true;
}

/* No erase before the safety dump is sealed, and none that is not written down. */
static bool
on_touched(struct run *r)
{
	struct err e;

	/* A job that goes on after an interruption was touched before. */
	if (!run_writes(r) || !r->have_dump || r->verdict.code != ERR_NONE ||
	    r->touching)
		return false;
	/* What goes on has no dump to be judged at. */
	if ((!r->resume || judge(r, &e) == 0) &&
	    job_set_touched(r->f->db, r->job.id, &e) == 0) {
		r->job.touched = r->touching = true;
		worker_answer(r->w, "go");
		return true;
	}
	r->verdict = e;
	worker_answer(r->w, "stop");
	return true;
}

/* The image of a restore, made once what the camera held is safe. */
static bool
on_image(struct run *r, const struct child_line *l)
{
	static const char *const hows[] = { "own", "keep", "blank", "donor", NULL };
	size_t i;

	for (i = 0; hows[i] != NULL && strcmp(hows[i], l->word) != 0; i++)
		;
	if (hows[i] == NULL || r->job.kind != JOB_RESTORE || !is_hex(l->text, 64))
		return false;
	snprintf(r->image_how, sizeof(r->image_how), "%s", hows[i]);
	return copy_text(r->image_sha256, sizeof(r->image_sha256), l->text);
}

static bool
on_fail(struct run *r, const struct child_line *l)
{
	if (l->n[0] < ERR_FAILED || l->n[0] > ERR_MISMATCH)
		return false;
	r->ended_badly = r->spoke = true;
	(void)said_unpack(&r->said, l->text, l->params);
	r->said.code = (enum err_code)l->n[0];
	snprintf(r->said.name, sizeof(r->said.name), "%.39s", l->word);
	return true;
}

bool
run_line(void *arg, const struct child_line *l)
{
	struct run *r = arg;

	if (r->ended_well || r->ended_badly)
		return false;
	switch (l->verb) {
	case CHILD_STEP:
		return on_step(r, l);
	case CHILD_PROGRESS:
		return on_progress(r, l);
	case CHILD_BLOCKS:
		return on_blocks(r, l);
	case CHILD_IDENTITY:
		return on_identity(r, l);
	case CHILD_BAUD:
		r->baud = (unsigned)l->n[0];
		return l->n[0] >= 9600 && l->n[0] <= 4000000;
	case CHILD_NOTE:
		return on_note(r, l);
	case CHILD_ASK:
		return on_ask(r, l);
	case CHILD_KEPT:
		return on_kept(r, l);
	case CHILD_SAVED:
		return on_saved(r, l);
	case CHILD_TOUCHED:
		return on_touched(r);
	case CHILD_COUNTS:
		memcpy(r->counts, l->n, sizeof(r->counts));
		r->have_counts = true;
		return run_writes(r);
	case CHILD_DIFFERS:
		memcpy(r->differs, l->n, sizeof(r->differs));
		r->have_differs = true;
		return r->job.kind == JOB_VERIFY;
	case CHILD_IMAGE:
		return on_image(r, l);
	case CHILD_ERRORS:
		ports_count_errors(r->f, r->job.port, l->n);
		return true;
	case CHILD_FAIL:
		return on_fail(r, l);
	case CHILD_OK:
		take_identity(r);
		r->ended_well = true;
		return true;
	case CHILD_TEXT:
	case CHILD_HEARD:
	case CHILD_FREE:
		return false; /* a job is no console */
	}
	return false;
}
