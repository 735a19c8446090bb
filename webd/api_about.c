/* SPDX-License-Identifier: GPL-3.0-or-later */
/* /about: which camherd this is and what it is made of. webd's one thread. */
#include "config.h"

#include <string.h>

#include "db/copy.h"
#include "webd/api.h"
#include "webd/libraries.h"
#include "webd/web.h"

void
api_about(struct web *w, const struct request *r, struct reply *rep)
{
	json_t *list = json_array();
	const struct library *l;

	(void)r;
	for (l = libraries; l->name != NULL; l++)
		(void)json_array_append_new(list,
		    json_pack("{s:s,s:s,s:s,s:s}", "name", l->name, "version", l->version,
			"licence", l->licence, "url", l->url));
	reply_json(rep, 200,
	    json_pack("{s:s,s:s,s:i,s:o}", "version", PACKAGE_VERSION, "licence",
		"GPL-3.0-or-later", "schema", db_schema(w->db), "libraries", list));
}
