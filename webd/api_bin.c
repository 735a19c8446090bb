/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GET /bin: dumps that were removed and can be taken back by a job 'recover'. webd's
 * one thread. */
#include "config.h"

#include "common/conf.h"
#include "db/bin.h"
#include "db/keep.h"
#include "webd/api.h"
#include "webd/field.h"
#include "webd/web.h"

struct bin_walk {
	struct api_page page;
	json_t *list;
};

static bool
add_entry(const struct bin_entry *b, void *arg)
{
	struct bin_walk *walk = arg;

	if (!api_page_takes(&walk->page))
		return !walk->page.more;
	(void)json_array_append_new(walk->list,
	    json_pack("{s:o,s:o,s:s,s:I,s:o,s:o,s:b,s:o,s:o,s:o,s:I,s:I,s:b}", "name",
		json_text(b->name), "handle", json_text(b->handle), "sha256",
		b->d.sha256, "size", (json_int_t)b->d.size, "camera",
		json_text(b->d.camera), "kind", json_text(b->d.kind), "verified",
		b->d.verified, "chip", json_text(b->d.chip), "file",
		json_text(b->d.file), "note", json_text(b->d.note), "removed_s",
		(json_int_t)b->removed_s, "gone_s", (json_int_t)b->gone_s, "has_bytes",
		b->has_bytes));
	return true;
}

void
api_bin(struct web *w, const struct request *r, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };
	struct bin_walk walk;
	struct keep keep;

	if (api_page_read(r, &walk.page, rep) < 0)
		return;
	walk.list = json_array();
	if (keep_get(w->db, &keep, &e) < 0 ||
	    bin_each(w->conf->state, keep.bin, add_entry, &walk, &e) < 0) {
		json_decref(walk.list);
		(void)reply_error(rep, &e);
		return;
	}
	api_page_reply(&walk.page, "bin", walk.list, rep);
}
