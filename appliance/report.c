/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Diagnostics for a stranger (see report.h). Any process, any thread. */
#include "config.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "appliance/logs.h"
#include "appliance/report.h"
#include "appliance/secrets.h"
#include "common/conf.h"
#include "common/err.h"
#include "common/file.h"
#include "common/loop.h"
#include "common/redact.h"
#include "common/text.h"
#include "db/camera.h"
#include "db/copy.h"
#include "db/db.h"
#include "db/event.h"
#include "db/job.h"
#include "db/live.h"
#include "db/token.h"
#include "db/user.h"

#define EVENTS 300
#define JOBS 30
#define LOGS 5		/* jobs whose log's end is shown */
#define LOG_TAIL 8192
#define CONFIG_MAX (256 * 1024)
#define LINE_MAX_BYTES 4096
#define NAMES_MAX 256

struct report {
	FILE *f;
	struct conf conf;
	bool has_conf;
	const char *conf_file;
	struct db *db;
	struct live *live;
	unsigned logs;
	char names[NAMES_MAX][65];	/* of people, and of their tokens */
	unsigned n_names;
};

static void line(struct report *r, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void
line(struct report *r, const char *fmt, ...)
{
	char text[LINE_MAX_BYTES], clean[LINE_MAX_BYTES];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	text_escape(text, strlen(text), clean, sizeof(clean));
	fprintf(r->f, "%s\n", clean);
}

/* Words of others: a log, a reason. Anything that looks like a secret goes. */
static void
foreign_line(struct report *r, const char *text)
{
	char clean[LINE_MAX_BYTES], shown[LINE_MAX_BYTES];

	text_escape(text, strlen(text), shown, sizeof(shown));
	redact_line(shown, clean, sizeof(clean));
	fprintf(r->f, "    %s\n", clean);
}

static void
title(struct report *r, const char *text)
{
	fprintf(r->f, "\n== %s\n", text);
}

static void
put_versions(struct report *r)
{
	static const char *const daemons[] = { "flashd", "streamd", "webd", NULL };
	struct live_daemon d;
	struct utsname u;
	char when[32];
	int i;

	title(r, "versions");
	line(r, "camherd %s, diagnostics of %s", PACKAGE_VERSION,
	    text_time((int64_t)time(NULL), when, sizeof(when)));
	/* Not the machine's name. */
	if (uname(&u) == 0)
		line(r, "%s %s %s", u.sysname, u.release, u.machine);
	if (r->db != NULL)
		line(r, "inventory: schema %d", db_schema(r->db));
	for (i = 0; daemons[i] != NULL && r->live != NULL; i++) {
		if (live_get_daemon(r->live, daemons[i], &d, NULL) == 1)
			line(r, "%s %s, %s", daemons[i], d.version,
			    live_is_up(r->live, daemons[i]) ? "up" : "down");
		else
			line(r, "%s never started", daemons[i]);
	}
}

static void
put_findings(struct report *r, const json_t *doctor)
{
	const json_t *one;
	size_t i;

	title(r, "doctor");
	json_array_foreach (json_object_get(doctor, "findings"), i, one) {
		line(r, "%-8s %-10s %s: %s",
		    json_string_value(json_object_get(one, "state")),
		    json_string_value(json_object_get(one, "check")),
		    json_string_value(json_object_get(one, "code")),
		    json_string_value(json_object_get(one, "text")));
	}
}

static void
put_lines(struct report *r, char *text)
{
	char *at = text, *end;

	while (at != NULL && *at != '\0') {
		if ((end = strchr(at, '\n')) != NULL)
			*end = '\0';
		foreign_line(r, at);
		at = end != NULL ? end + 1 : NULL;
	}
}

static void
put_config(struct report *r)
{
	struct err e;
	uint8_t *text;

	title(r, "configuration");
	if (file_get(AT_FDCWD, r->conf_file, CONFIG_MAX, &text, NULL, &e) < 0) {
		line(r, "%s", e.msg);
		return;
	}
	line(r, "%s", r->conf_file);
	put_lines(r, (char *)text);
	free(text);
}

/* The scheme alone: an address is nobody's business. */
static bool
put_camera(const struct camera *c, void *arg)
{
	struct report *r = arg;
	struct live_stream s;

	memset(&s, 0, sizeof(s));
	if (r->live != NULL)
		(void)live_get_stream(r->live, c->id, &s, NULL);
	line(r,
	    "camera %lld: %.*s, %s, chip %s, %ux%u, %.1f in, %.1f out, %llu frames, "
	    "%llu reconnects, %u clients, drops '%s', jpeg '%s', encoder '%s'",
	    (long long)c->id, (int)strcspn(c->source, ":"), c->source,
	    !c->enabled		     ? "disabled"
		: s.state[0] != '\0' ? s.state
				     : "unknown",
	    c->chip[0] != '\0' ? c->chip : "-", s.width, s.height, s.fps_in, s.fps_out,
	    (unsigned long long)s.frames, (unsigned long long)s.reconnects, s.clients,
	    s.drops, s.jpeg, s.encoder);
	if (s.reason[0] != '\0')
		foreign_line(r, s.reason);
	if (s.h264_note[0] != '\0')
		foreign_line(r, s.h264_note);
	return true;
}

static bool
put_port(const struct live_port *p, void *arg)
{
	struct report *r = arg;

	/* A serial number tells one adapter from all others. */
	line(r,
	    "%s: %s, %s, %s, errors: framing %llu, overrun %llu, parity %llu, break %llu, "
	    "asked again %llu",
	    p->node, p->adapter, p->usb_id, p->state, (unsigned long long)p->frame_errors,
	    (unsigned long long)p->overruns, (unsigned long long)p->parity_errors,
	    (unsigned long long)p->breaks, (unsigned long long)p->retries);
	return true;
}

static void
put_log(struct report *r, int64_t id)
{
	char path[CONF_PATH_MAX + 40], *first;
	struct stat st;
	char *text;
	ssize_t n;
	off_t at;
	int fd;

	snprintf(path, sizeof(path), "%s/jobs/%lld.log", r->conf.state, (long long)id);
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    (text = malloc(LOG_TAIL + 1)) != NULL) {
		at = st.st_size > LOG_TAIL ? st.st_size - LOG_TAIL : 0;
		n = pread(fd, text, LOG_TAIL, at);
		text[n > 0 ? n : 0] = '\0';
		first = at > 0 && strchr(text, '\n') != NULL ? strchr(text, '\n') + 1 : text;
		put_lines(r, first);
		free(text);
	}
	close(fd);
}

static bool
put_job(const struct job *j, void *arg)
{
	struct report *r = arg;
	bool bad = j->state == JOB_FAILED || j->state == JOB_INTERRUPTED;

	line(r, "job %lld: %s %s %s", (long long)j->id, job_kind_name(j->kind),
	    job_state_name(j->state), j->reason);
	if (j->message[0] != '\0')
		foreign_line(r, j->message);
	if (bad && r->logs < LOGS) {
		r->logs++;
		put_log(r, j->id);
	}
	return true;
}

static bool
put_event(const struct event_row *ev, void *arg)
{
	struct report *r = arg;
	char when[32], text[700];

	/* Not who: that is a person's name. */
	snprintf(text, sizeof(text), "%s %s: %s",
	    text_time(ev->at_s, when, sizeof(when)), ev->kind, ev->text);
	foreign_line(r, text);
	return true;
}

static void
put_rows(struct report *r)
{
	struct err e;

	title(r, "cameras");
	if (r->db != NULL && camera_each(r->db, put_camera, r, &e) < 0)
		line(r, "%s", e.msg);
	title(r, "ports");
	if (r->live != NULL && live_each_port(r->live, put_port, r, &e) < 0)
		line(r, "%s", e.msg);
	title(r, "jobs, newest first");
	if (r->db != NULL && job_each(r->db, false, JOBS, put_job, r, &e) < 0)
		line(r, "%s", e.msg);
	title(r, "history, newest first");
	if (r->db != NULL && event_row_each(r->db, 0, 0, EVENTS, put_event, r, &e) < 0)
		line(r, "%s", e.msg);
}

/* ---- what the daemons said ---- */

static void
add_name(struct report *r, const char *name)
{
	if (r->n_names < NAMES_MAX && name[0] != '\0')
		snprintf(r->names[r->n_names++], sizeof(r->names[0]), "%s", name);
}

static bool
add_user(const struct user *u, void *arg)
{
	add_name(arg, u->name);
	return true;
}

static bool
add_token(const struct token *t, void *arg)
{
	add_name(arg, t->name);
	return true;
}

/* The length of an address of somebody's network at p, or 0. Our own is no secret. */
static size_t
address_at(const char *p)
{
	size_t n = strspn(p, "0123456789."), i, dots = 0, colons = 0;

	for (i = 0; i < n; i++)
		dots += p[i] == '.';
	if (dots == 3 && isdigit((unsigned char)p[n - 1]))
		return strncmp(p, "127.", 4) == 0 || strncmp(p, "0.0.0.0", 7) == 0 ? 0 : n;
	n = strspn(p, "0123456789abcdefABCDEF:");
	for (i = 0; i < n; i++)
		colons += p[i] == ':';
	return colons > 2 || (colons == 2 && n > 2 && strncmp(p, "::", 2) == 0) ? n : 0;
}

static size_t
name_at(const struct report *r, const char *p)
{
	size_t n = strspn(p, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			     "0123456789._-@");
	unsigned i;

	for (i = 0; i < r->n_names; i++) {
		if (strlen(r->names[i]) == n && strncmp(r->names[i], p, n) == 0)
			return n;
	}
	return 0;
}

/* In place, and never longer than it was: who, and from where. */
static void
mask_people(const struct report *r, char *text)
{
	char *to = text, before = ' ';
	const char *p = text;
	size_t n;

	while (*p != '\0') {
		n = isalnum((unsigned char)before) ? 0 : address_at(p);
		if (n == 0 && !isalnum((unsigned char)before))
			n = name_at(r, p);
		before = n > 0 ? '*' : *p;
		*to++ = before;
		p += n > 0 ? n : 1;
	}
	*to = '\0';
}

static const char *
journal_program(void)
{
	static const char *const places[] = { "/usr/bin/journalctl", "/bin/journalctl",
		NULL };
	int i;

	/* Where systemd does not run there is no journal. */
	if (access("/run/systemd/journal/socket", F_OK) < 0)
		return NULL;
	for (i = 0; places[i] != NULL; i++) {
		if (access(places[i], X_OK) == 0)
			return places[i];
	}
	return NULL;
}

static void
put_said(struct report *r, const char *daemon)
{
	const char *from;
	char *text = logs_tail(r->conf.run, daemon, journal_program(), &from);

	line(r, "%s%s%s", daemon, text != NULL ? ", from " : ": no lines",
	    text != NULL ? from : "");
	if (text == NULL)
		return;
	mask_people(r, text);
	put_lines(r, text);
	free(text);
}

static void
put_daemons(struct report *r)
{
	struct err ignored;

	title(r, "what the daemons said last");
	if (!r->has_conf)
		return;
	if (r->db != NULL) {
		(void)user_each(r->db, add_user, r, &ignored);
		(void)token_each(r->db, add_token, r, &ignored);
	}
	put_said(r, "flashd");
	put_said(r, "streamd");
	put_said(r, "webd");
}

static int
blank(struct report *r, char *text, size_t *n, struct err *e)
{
	struct secrets *s = secrets_new();
	int found;

	if (s == NULL)
		return err_sys(e, "memory for the report");
	if (secrets_gather(s, r->db, r->has_conf ? &r->conf : NULL, e) < 0) {
		secrets_free(s);
		return -1;
	}
	*n = secrets_blank(s, text, *n);
	found = secrets_find(s, text, *n);
	secrets_free(s);
	return found < 0 ? 0
			 : err_set(e, ERR_FAILED, "report-secret",
			       "a secret is still in the report; it was not written");
}

static void
open_all(struct report *r, const char *conf_named)
{
	struct err ignored;

	r->conf_file = conf_file_used(conf_named);
	r->has_conf = conf_load(conf_named, &r->conf, &ignored) == 0;
	if (!r->has_conf)
		return;
	r->db = db_open(r->conf.state, DB_READ_ONLY, &ignored);
	if (access(r->conf.run, X_OK) == 0)
		r->live = live_open(r->conf.run, &ignored);
}

int
report_make(const char *conf_named, enum doctor_from from, char **ret, size_t *ret_n,
    struct err *e)
{
	struct report r = { .f = NULL };
	json_t *doctor = doctor_run(conf_named, from);
	char *text = NULL;
	size_t n = 0;
	int done = -1;

	open_all(&r, conf_named);
	if (doctor != NULL && (r.f = open_memstream(&text, &n)) != NULL) {
		put_versions(&r);
		put_findings(&r, doctor);
		put_config(&r);
		put_rows(&r);
		put_daemons(&r);
		if (fclose(r.f) == 0)
			done = blank(&r, text, &n, e);
		else
			err_sys(e, "memory for the report");
	} else {
		err_set(e, ERR_FAILED, "no-memory", "memory for the report");
	}
	json_decref(doctor);
	db_close(r.db);
	if (r.live != NULL)
		live_close(r.live);
	if (done < 0) {
		free(text);
		return -1;
	}
	*ret = text;
	*ret_n = n;
	return 0;
}
