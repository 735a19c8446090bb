/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines of history from a terminal (see history.h). One thread. */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>

#include "cli/cli.h"
#include "cli/history.h"
#include "cli/out.h"
#include "db/event.h"

void
history_note(
    struct cli *cli, const char *kind, int64_t camera_id, const char *fmt, ...)
{
	struct err e = { .code = ERR_NONE }, said;
	va_list ap;

	va_start(ap, fmt);
	(void)err_vset(&said, ERR_NONE, "", fmt, ap);
	va_end(ap);
	if (event_row_say(cli->db, kind, camera_id, 0, "camherd", &said, &e) < 0)
		say(stderr, "camherd: history: %s", e.msg);
}
