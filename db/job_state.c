/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Job kinds, states, and the one table of transitions (see job.h). Pure; any process.
 */
#include "config.h"

#include <string.h>

#include "db/job.h"

static const struct {
	const char *name;
	bool port, writes;
} kinds[N_JOB_KINDS] = {
	[JOB_IDENTIFY] = { "identify", true, false },
	[JOB_BACKUP] = { "backup", true, false },
	[JOB_VERIFY] = { "verify", true, false },
	[JOB_RESTORE] = { "restore", true, true },
	[JOB_FLASH] = { "flash", true, true },
	[JOB_ERASE] = { "erase", true, true },
	[JOB_IMPORT] = { "import", false, false },
	[JOB_REMOVE] = { "remove", false, false },
	[JOB_REBUILD] = { "rebuild", false, false },
	[JOB_SCRUB] = { "scrub", false, false },
	[JOB_RECOVER] = { "recover", false, false },
};

#define TO(state) (1u << (state))

static const struct {
	const char *name;
	unsigned next; /* a bit for each state it may go to */
} states[N_JOB_STATES] = {
	[JOB_QUEUED] = { "queued", TO(JOB_RUNNING) | TO(JOB_CANCELLED) },
	[JOB_RUNNING] = { "running",
	    TO(JOB_WAITING) | TO(JOB_DONE) | TO(JOB_FAILED) | TO(JOB_REFUSED) |
		TO(JOB_CANCELLED) | TO(JOB_INTERRUPTED) },
	[JOB_WAITING] = { "waiting", TO(JOB_RUNNING) },
	[JOB_DONE] = { "done", 0 },
	[JOB_FAILED] = { "failed", 0 },
	[JOB_REFUSED] = { "refused", 0 },
	[JOB_CANCELLED] = { "cancelled", 0 },
	[JOB_INTERRUPTED] = { "interrupted", TO(JOB_QUEUED) | TO(JOB_CANCELLED) },
};

const char *
job_kind_name(enum job_kind kind)
{
	return (unsigned)kind < N_JOB_KINDS ? kinds[kind].name : "?";
}

const char *
job_state_name(enum job_state state)
{
	return (unsigned)state < N_JOB_STATES ? states[state].name : "?";
}

int
job_kind_parse(const char *s, enum job_kind *ret)
{
	unsigned i;

	for (i = 0; i < N_JOB_KINDS; i++) {
		if (strcmp(kinds[i].name, s) == 0) {
			*ret = (enum job_kind)i;
			return 0;
		}
	}
	return -1;
}

const char *
job_kinds_json(char ret[JOB_KINDS_JSON_MAX])
{
	size_t used = 0, len;
	unsigned i;

	for (i = 0; i < N_JOB_KINDS; i++) {
		len = strlen(kinds[i].name);
		if (used + len + 5 > JOB_KINDS_JSON_MAX)
			break;
		ret[used++] = i == 0 ? '[' : ',';
		ret[used++] = '"';
		memcpy(ret + used, kinds[i].name, len);
		used += len;
		ret[used++] = '"';
	}
	ret[used++] = ']';
	ret[used] = '\0';
	return ret;
}

int
job_state_parse(const char *s, enum job_state *ret)
{
	unsigned i;

	for (i = 0; i < N_JOB_STATES; i++) {
		if (strcmp(states[i].name, s) == 0) {
			*ret = (enum job_state)i;
			return 0;
		}
	}
	return -1;
}

bool
job_kind_needs_port(enum job_kind kind)
{
	return (unsigned)kind < N_JOB_KINDS && kinds[kind].port;
}

bool
job_kind_writes(enum job_kind kind)
{
	return (unsigned)kind < N_JOB_KINDS && kinds[kind].writes;
}

bool
job_state_is_final(enum job_state state)
{
	return (unsigned)state < N_JOB_STATES && states[state].next == 0;
}

bool
job_may_go(enum job_state from, enum job_state to)
{
	return (unsigned)from < N_JOB_STATES && (unsigned)to < N_JOB_STATES &&
	    (states[from].next & TO(to)) != 0;
}
