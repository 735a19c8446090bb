/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A rescue as text that can be posted (see rescue.h). Processes webd and camherd; thread
 * of the struct db. */
#include "config.h"

#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/err.h"
#include "common/file.h"
#include "common/private.h"
#include "common/redact.h"
#include "common/text.h"
#include "common/words.h"
#include "db/camera.h"
#include "db/db.h"
#include "db/dump.h"
#include "db/job.h"
#include "db/photo.h"
#include "db/rescue.h"

#define LOG_BYTES (256u * 1024)
#define LOG_LINES 150u	/* the last ones of each job */
#define LINE_MAX_BYTES 1200u

struct report {
	struct db *db;
	const char *state;
	const struct rescue *r;
	FILE *f;
};

static const char *const asked[N_RESCUE_QUESTIONS] = {
	[RESCUE_HAPPENED] = "what happened",
	[RESCUE_HAVE] = "there is",
	[RESCUE_CHIP] = "marking on the chip",
	[RESCUE_JUMPER] = "adapter set to 3.3 V",
	[RESCUE_WIRED] = "ground and RX connected",
	[RESCUE_SENDING] = "TX connected",
	[RESCUE_PAIRED] = "donor paired to an account",
	[RESCUE_SUPPLY] = "supply steady",
	[RESCUE_JOINED] = "in the network",
	[RESCUE_BLOCKED] = "way out closed",
};

/* Said as it is here: the report is for forums. */
static void
put_answers(struct report *rep)
{
	int i;

	for (i = 0; i < N_RESCUE_QUESTIONS; i++)
		fprintf(rep->f, "- %s: %s\n", asked[i],
		    rep->r->answers[i][0] != '\0' ? rep->r->answers[i] : "not said");
}

static void
put_camera(struct report *rep, const char *what, int64_t id)
{
	struct camera c;
	char mac[18];

	if (id == 0 || camera_by_id(rep->db, id, &c, NULL) < 0)
		return;
	fprintf(rep->f, "- %s: chip %s, flash id %s, address %s\n", what,
	    c.chip[0] != '\0' ? c.chip : "unknown",
	    c.jedec[0] != '\0' ? c.jedec : "unknown",
	    c.mac[0] != '\0' ? private_text(c.mac, mac, sizeof(mac)) : "unknown");
}

static void
put_seen(struct report *rep)
{
	const struct rescue_seen *s;
	char when[24];
	int i;

	for (i = 0; i < N_RESCUE_PLACES; i++) {
		s = &rep->r->seen[i];
		if (s->at_s == 0)
			continue;
		fprintf(rep->f,
		    "- %s, %s: %s; %llu bytes at %u baud, %llu of them like text%s%s\n",
		    rescue_place_name((enum rescue_place)i),
		    text_time(s->at_s, when, sizeof(when)), s->verdict,
		    (unsigned long long)s->bytes, s->baud, (unsigned long long)s->text,
		    s->firmware[0] != '\0' ? "; " : "", s->firmware);
	}
}

static void
put_dump(struct report *rep, const char *what, int64_t id)
{
	struct dump d;
	char size[24];

	if (id == 0 || dump_by_id(rep->db, id, &d, NULL) < 0)
		return;
	fprintf(rep->f, "- %s: dump %lld, %s, chip %s, flash id %s, %s, sha256 %.8s...\n",
	    what, (long long)d.id, text_bytes(d.size, size, sizeof(size)),
	    d.chip[0] != '\0' ? d.chip : "unknown",
	    d.jedec[0] != '\0' ? d.jedec : "unknown",
	    d.verified ? "read twice, equal" : "not verified", d.sha256);
}

/* What the job found out, one fact a line. */
static void
put_result(struct report *rep, const struct job *j)
{
	json_t *doc = json_loads(j->result, JSON_REJECT_DUPLICATES, NULL), *value;
	const char *key;
	char *text;

	json_object_foreach(private_mask(doc), key, value)
	{
		if ((text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT)) != NULL)
			fprintf(rep->f, "  %s = %s\n", key, text);
		free(text);
	}
	json_decref(doc);
}

/* The last lines: how it ended matters most. */
static void
put_log(struct report *rep, const struct job *j)
{
	char path[600];
	uint8_t *p = NULL;
	const char *from;
	size_t n = 0, lines = 0;

	snprintf(path, sizeof(path), "%s/jobs/%lld.log", rep->state, (long long)j->id);
	if (file_get(AT_FDCWD, path, LOG_BYTES * 4, &p, &n, NULL) < 0)
		return;
	for (from = (char *)p + n; from > (char *)p && lines <= LOG_LINES; from--)
		lines += from[-1] == '\n';
	if (from > (char *)p) {
		from += strcspn(from, "\n") + 1;
		fputs("  (the beginning is left out)\n", rep->f);
	}
	while (*from != '\0') {
		n = strcspn(from, "\n");
		fprintf(rep->f, "  %.*s\n", (int)(n < LINE_MAX_BYTES ? n : LINE_MAX_BYTES),
		    from);
		from += n + (from[n] == '\n');
	}
	free(p);
}

static void
put_job(struct report *rep, enum rescue_task task)
{
	struct job j;

	if (rep->r->jobs[task] == 0 ||
	    job_by_id(rep->db, rep->r->jobs[task], &j, NULL) < 0)
		return;
	fprintf(rep->f, "\n## %s: job %lld (%s), %s\n", rescue_task_name(task),
	    (long long)j.id, job_kind_name(j.kind), job_state_name(j.state));
	if (j.message[0] != '\0')
		fprintf(rep->f, "%s%s%s\n", j.reason, j.reason[0] != '\0' ? ": " : "",
		    j.message);
	put_result(rep, &j);
	put_dump(rep, "made", j.result_dump_id);
	put_log(rep, &j);
}

static bool
put_photo(const struct photo *p, void *arg)
{
	struct report *rep = arg;

	fprintf(rep->f, "- %s, %u x %u%s%s\n", p->about[0] != '\0' ? p->about : "photo",
	    p->width, p->height, p->caption[0] != '\0' ? ": " : "", p->caption);
	return true;
}

static void
put_photos(struct report *rep)
{
	struct photo_filter filter = { .camera_id = rep->r->camera_id,
		.limit = PHOTO_EACH_MAX };

	fputs("\n## Photos\n", rep->f);
	if (rep->r->camera_id != 0)
		(void)photo_each(rep->db, &filter, put_photo, rep, NULL);
}

static void
put_all(struct report *rep)
{
	char when[24];
	int64_t image = 0;
	int i;

	fprintf(rep->f, "# Rescue of a camera\n\nMade by camherd " PACKAGE_VERSION
			" at %s. Names, keys, addresses and ids are blanked.\n"
			"At step: %s\n\n## Facts\n",
	    text_time(db_now_s(rep->db), when, sizeof(when)), rep->r->step);
	put_answers(rep);
	put_camera(rep, "broken camera", rep->r->camera_id);
	put_camera(rep, "good camera", rep->r->donor_id);
	(void)rescue_image(rep->db, rep->r, &image, NULL);
	put_dump(rep, "to be written", image);
	fputs("\n## Heard on the wire\n", rep->f);
	put_seen(rep);
	if (rep->r->seen[RESCUE_WIRE].at_s == 0)
		fputs("- nobody listened yet\n", rep->f);
	put_photos(rep);
	for (i = 0; i < N_RESCUE_TASKS; i++)
		put_job(rep, (enum rescue_task)i);
}

/* Line by line through redact_line(). NULL without memory. */
static char *
redacted(const char *text)
{
	char line[2 * LINE_MAX_BYTES], clean[4 * LINE_MAX_BYTES], *ret = NULL;
	size_t n = 0, len;
	FILE *f = open_memstream(&ret, &n);

	if (f == NULL)
		return NULL;
	while (*text != '\0') {
		len = strcspn(text, "\n");
		snprintf(line, sizeof(line), "%.*s", (int)len, text);
		redact_line(line, clean, sizeof(clean));
		fprintf(f, "%s\n", clean);
		text += len + (text[len] == '\n');
	}
	if (fclose(f) == 0)
		return ret;
	free(ret);
	return NULL;
}

int
rescue_report_draft(
    struct db *db, const char *state, int64_t id, char **ret, struct err *e)
{
	struct rescue r;
	struct report rep = { .db = db, .state = state, .r = &r };
	char *text = NULL;
	size_t n = 0;

	if (rescue_by_id(db, id, &r, e) < 0)
		return -1;
	if ((rep.f = open_memstream(&text, &n)) == NULL)
		return err_sys(e, "memory for the report");
	put_all(&rep);
	if (fclose(rep.f) != 0) {
		free(text);
		return err_sys(e, "memory for the report");
	}
	*ret = text;
	return 0;
}

int
rescue_report_clean(char *draft, struct words *secrets, char **ret, struct err *e)
{
	char *clean;

	words_blank(secrets, draft);
	if ((clean = redacted(draft)) == NULL)
		return err_sys(e, "memory for the report");
	*ret = clean;
	return 0;
}

static void
add_dump(struct db *db, const char *what, int64_t id, struct rescue_dump *ret, unsigned *n)
{
	unsigned i;

	for (i = 0; i < *n; i++)
		if (ret[i].row.id == id)
			return;
	if (id == 0 || dump_by_id(db, id, &ret[*n].row, NULL) < 0)
		return;
	ret[*n].what = what;
	(*n)++;
}

unsigned
rescue_dumps(struct db *db, const struct rescue *r, struct rescue_dump ret[RESCUE_DUMPS])
{
	static const struct {
		enum rescue_task task;
		const char *what;
	} made[] = { { RESCUE_SAVE, "broken" }, { RESCUE_DONOR, "good" },
		{ RESCUE_IMPORT, "image" } };
	unsigned i, n = 0;
	int64_t image = 0;
	struct job j;

	for (i = 0; i < sizeof(made) / sizeof(made[0]); i++)
		if (r->jobs[made[i].task] != 0 &&
		    job_by_id(db, r->jobs[made[i].task], &j, NULL) == 0)
			add_dump(db, made[i].what, j.result_dump_id, ret, &n);
	if (rescue_image(db, r, &image, NULL) == 0)
		add_dump(db, "image", image, ret, &n);
	return n;
}
