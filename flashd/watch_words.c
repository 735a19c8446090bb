/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a console's state means and what it is judged by, in words (see watch.h). */
#include "config.h"

#include <stdio.h>

#include "common/err.h"
#include "flashd/flashd.h"
#include "flashd/ports.h"
#include "flashd/watch.h"

const char *
watch_state(const struct watch *w)
{
	const struct port *p = ports_find(w->f, w->path);

	if (w->job != 0)
		return "job";
	if (p == NULL || p->lost)
		return "unplugged";
	if (w->w != NULL && w->baud != 0 && !w->stopping)
		return "open";
	return w->trouble.msg[0] != '\0' ? "busy" : "opening";
}

static void
evidence_of_silence(const struct watch *w, struct err *ret)
{
	if (w->heard == 0)
		err_set(ret, ERR_NONE, "",
		    "Nothing has come at %u baud yet. Switch the camera off and on; if "
		    "still nothing comes, check power and ground, then swap RX and TX.",
		    w->baud);
	else
		err_set(ret, ERR_NONE, "", "%llu bytes at %u baud: too few to tell.",
		    (unsigned long long)w->heard, w->heard_baud);
}

static void
evidence_of_garbage(const struct watch *w, struct err *ret)
{
	char next[80] = "";

	if (w->baud != w->heard_baud)
		snprintf(next, sizeof(next), " Now listening at %u baud.", w->baud);
	err_set(ret, ERR_NONE, "",
	    "Of %llu bytes at %u baud only %llu look like text: another rate, a "
	    "missing ground wire or a weak supply.%s",
	    (unsigned long long)w->heard, w->heard_baud,
	    (unsigned long long)w->heard_text, next);
}

void
watch_evidence(const struct watch *w, struct err *ret)
{
	const char *more = "";

	switch (w->verdict) {
	case CONSOLE_SILENT:
		evidence_of_silence(w, ret);
		return;
	case CONSOLE_GARBAGE:
		evidence_of_garbage(w, ret);
		return;
	case CONSOLE_READABLE:
		break;
	}
	if (w->print.login)
		more = " It asks for a login: sign in here, then start the job; it "
		       "uses the same console.";
	else if (w->print.prompt)
		more = " It waits for a command.";
	err_set(ret, ERR_NONE, "", "%llu of %llu bytes at %u baud are text.%s",
	    (unsigned long long)w->heard_text, (unsigned long long)w->heard,
	    w->heard_baud, more);
}
