/* SPDX-License-Identifier: GPL-3.0-or-later */
/* POST /incoming: a file for a job to come. webd's one thread. */
#include "config.h"

#include "webd/api.h"
#include "webd/upload.h"

void
api_incoming(struct web *w, const struct request *r, struct reply *rep)
{
	struct err e = { .code = ERR_NONE };
	char name[UPLOAD_NAME_LEN + 1];
	uint64_t size;

	(void)w;
	if (r->upload == NULL) {
		reply_fail(rep, 411, ERR_USAGE, "length-needed",
		    "An upload must say how long it is (Content-Length).");
		return;
	}
	if (upload_finish(r->upload, name, &size, &e) < 0) {
		(void)reply_error(rep, &e);
		return;
	}
	reply_json(rep, 201,
	    json_pack("{s:s,s:I}", "incoming", name, "size", (json_int_t)size));
}
