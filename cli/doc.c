/* SPDX-License-Identifier: GPL-3.0-or-later */
/* JSON forms of rows (see doc.h). One thread. */
#include "config.h"

#include "cli/cli.h"
#include "cli/doc.h"
#include "cli/out.h"
#include "cli/state.h"
#include "common/private.h"
#include "db/camera.h"
#include "db/dump.h"
#include "db/job.h"
#include "db/live.h"

static json_t *
id_or_null(int64_t id)
{
	return id == 0 ? json_null() : json_integer(id);
}

const char *
job_port(const struct job *j)
{
	return j->port_name[0] != '\0' ? j->port_name : j->port;
}

json_t *
job_result_of(const struct job *j, bool show_private)
{
	json_t *ret = json_loads(j->result, 0, NULL);

	if (!json_is_object(ret)) {
		json_decref(ret);
		ret = json_object();
	}
	out_memory(ret);
	(void)json_object_del(ret, "note_params");	/* for pages */
	return show_private ? ret : private_mask(ret);
}

json_t *
job_result(const struct job *j)
{
	return job_result_of(j, false);
}

int64_t
result_number(const json_t *result, const char *key)
{
	return json_integer_value(json_object_get(result, key));
}

const char *
result_text(const json_t *result, const char *key)
{
	const char *s = json_string_value(json_object_get(result, key));

	return s != NULL ? s : "";
}

json_t *
doc_progress(const struct live_progress *p)
{
	return json_pack("{s:o,s:I,s:I,s:I,s:I,s:I,s:o,s:o,s:o}", "step",
	    out_text(p->step), "done", (json_int_t)p->done, "total",
	    (json_int_t)p->total, "rate", (json_int_t)p->rate, "eta_s",
	    (json_int_t)p->eta_s, "retries", (json_int_t)p->retries, "ask",
	    out_text(p->ask), "text", out_text(p->text), "map", out_text(p->map));
}

json_t *
doc_job(const struct job *j, const struct live_progress *p)
{
	json_t *o = json_pack("{s:I,s:s,s:s,s:o,s:o,s:o,s:o,s:o,s:o}", "id",
	    (json_int_t)j->id, "kind", job_kind_name(j->kind), "state",
	    job_state_name(j->state), "port", out_text_or_null(j->port), "port_name",
	    out_text_or_null(j->port_name), "camera", out_text_or_null(j->camera),
	    "dump", id_or_null(j->dump_id), "identity", out_text_or_null(j->identity),
	    "asked_by", out_text(j->asked_by));

	out_memory(o);
	json_object_set_new(o, "file", out_text_or_null(j->file));
	json_object_set_new(o, "code", json_integer(j->code));
	json_object_set_new(o, "reason", out_text(j->reason));
	json_object_set_new(o, "message", out_text(j->message));
	json_object_set_new(o, "result", job_result(j));
	json_object_set_new(o, "result_dump", id_or_null(j->result_dump_id));
	json_object_set_new(o, "touched", json_boolean(j->touched));
	json_object_set_new(o, "created_s", json_integer(j->created_s));
	json_object_set_new(o, "started_s", id_or_null(j->started_s));
	json_object_set_new(o, "ended_s", id_or_null(j->ended_s));
	json_object_set_new(o, "progress", p != NULL ? doc_progress(p) : json_null());
	return o;
}

json_t *
doc_dump(const struct dump *d, bool show_private)
{
	char mac[18], chip_id[65];
	json_t *o = json_pack("{s:I,s:o,s:I,s:o,s:o,s:b,s:o,s:o,s:o,s:o}", "id",
	    (json_int_t)d->id, "sha256", out_text(d->sha256), "size",
	    (json_int_t)d->size, "camera", out_text_or_null(d->camera), "kind",
	    out_text(d->kind), "verified", d->verified, "chip",
	    out_text_or_null(d->chip), "jedec", out_text_or_null(d->jedec), "mac",
	    out_text_or_null(out_mask(d->mac, show_private, mac, sizeof(mac))),
	    "chip_id",
	    out_text_or_null(
		out_mask(d->chip_id, show_private, chip_id, sizeof(chip_id))));

	out_memory(o);
	json_object_set_new(o, "port", out_text_or_null(d->port));
	json_object_set_new(o, "baud", json_integer(d->baud));
	json_object_set_new(o, "passes", json_integer(d->passes));
	json_object_set_new(o, "retries", json_integer(d->retries));
	json_object_set_new(o, "tool", out_text_or_null(d->tool));
	json_object_set_new(o, "file", out_text_or_null(d->file));
	json_object_set_new(o, "note", out_text(d->note));
	json_object_set_new(o, "job", id_or_null(d->job_id));
	json_object_set_new(o, "missing", json_boolean(d->missing));
	json_object_set_new(o, "damaged", json_boolean(d->damaged));
	json_object_set_new(o, "same_bytes", json_integer(d->same_bytes));
	json_object_set_new(o, "same_cameras", json_integer(d->same_cameras));
	json_object_set_new(o, "created_s", json_integer(d->created_s));
	return o;
}

static void
add_stream(json_t *o, const struct live_stream *s)
{
	int64_t age_ms = state_frame_age_ms(s);

	json_object_set_new(o, "state", out_text(s->state));
	json_object_set_new(o, "reason", out_text(s->reason));
	json_object_set_new(o, "fps", json_real(s->fps_in));
	json_object_set_new(o, "fps_out", json_real(s->fps_out));
	json_object_set_new(o, "width", json_integer(s->width));
	json_object_set_new(o, "height", json_integer(s->height));
	json_object_set_new(o, "bits_per_s", json_integer((json_int_t)s->bits_per_s));
	json_object_set_new(o, "clients", json_integer(s->clients));
	json_object_set_new(
	    o, "last_frame_ms", age_ms < 0 ? json_null() : json_integer(age_ms));
	json_object_set_new(o, "jpeg", out_text(s->jpeg));
	json_object_set_new(o, "dropped", json_integer((json_int_t)s->dropped));
	json_object_set_new(o, "drops", out_text(s->drops));
	json_object_set_new(o, "reconnects", json_integer((json_int_t)s->reconnects));
	json_object_set_new(o, "skipped", json_integer((json_int_t)s->skipped));
	json_object_set_new(o, "encoder", out_text(s->encoder));
	json_object_set_new(o, "encoder_load", json_real(s->encoder_load));
	json_object_set_new(
	    o, "encoder_skipped", json_integer((json_int_t)s->encoder_skipped));
	json_object_set_new(o, "h264_note", out_text(s->h264_note));
}

json_t *
doc_camera(struct cli *cli, const struct camera *c, bool show_private)
{
	struct live_stream s;
	char mac[18], chip_id[65], source[sizeof(c->source)];
	json_t *o = json_pack("{s:I,s:o,s:o,s:o,s:b,s:o,s:o,s:o,s:o,s:o,s:o}", "id",
	    (json_int_t)c->id, "name", out_text(c->name), "source",
	    out_text_or_null(show_private ? c->source : camera_source_show(c, source)),
	    "user", out_text_or_null(c->user), "enabled", c->enabled, "tags",
	    out_text(c->tags), "notes", out_text(c->notes), "chip",
	    out_text_or_null(c->chip), "jedec", out_text_or_null(c->jedec), "mac",
	    out_text_or_null(out_mask(c->mac, show_private, mac, sizeof(mac))),
	    "chip_id",
	    out_text_or_null(
		out_mask(c->chip_id, show_private, chip_id, sizeof(chip_id))));

	out_memory(o);
	state_stream(cli, c, &s);
	add_stream(o, &s);
	json_object_set_new(o, "push", out_text(c->push));
	json_object_set_new(o, "push_user", out_text(c->push_user));
	json_object_set_new(o, "push_codec", out_text(c->push_codec));
	json_object_set_new(o, "push_state", out_text(s.push_state));
	json_object_set_new(o, "push_reason", out_text(s.push_reason));
	json_object_set_new(
	    o, "push_dropped", json_integer((json_int_t)s.push_dropped));
	json_object_set_new(
	    o, "push_reconnects", json_integer((json_int_t)s.push_reconnects));
	return o;
}
