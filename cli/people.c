/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lists of users and tokens (see people.h). One thread. */
#include "config.h"

#include "cli/cli.h"
#include "cli/out.h"
#include "cli/people.h"
#include "common/bell.h"
#include "common/text.h"

json_t *
people_json(const char *name, enum role role, int64_t created_s)
{
	return json_pack("{s:o,s:s,s:I}", "name", out_text(name), "role",
	    role_name(role), "created_s", (json_int_t)created_s);
}

void
people_begin(struct people *p, const struct cli *cli, const char *title)
{
	p->list = cli->json ? json_array() : NULL;
	p->table = cli->json ? NULL : table_new(3, title, "ROLE", "SINCE");
}

void
people_add(struct people *p, const char *name, enum role role, int64_t created_s)
{
	char when[24];

	if (p->list != NULL) {
		json_array_append_new(p->list, people_json(name, role, created_s));
		return;
	}
	table_cell(p->table, "%s", name);
	table_cell(p->table, "%s", role_name(role));
	table_cell(p->table, "%s", text_time(created_s, when, sizeof(when)));
}

int
people_end(struct people *p, const struct cli *cli, const char *key)
{
	if (p->list != NULL)
		return out_json(json_pack("{s:o}", key, p->list));
	table_end(p->table, cli);
	return 0;
}

void
people_drop(struct people *p)
{
	json_decref(p->list);
}

int
people_removed(struct cli *cli, const char *what, const char *name)
{
	bell_ring(cli->conf.run, "webd");
	if (cli->json)
		return out_json(json_pack("{s:o}", "removed", out_text(name)));
	if (!cli->quiet)
		say(stdout, "%s %s is removed", what, name);
	return 0;
}
