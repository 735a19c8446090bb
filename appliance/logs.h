/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The last lines that a daemon logged, for diagnostics: from journald where this user may
 * read it, which also has those from before the machine started, else from RUN/<name>.log.
 * As they are: who shows them to others blanks them. Any process, any thread.
 */
#ifndef APPLIANCE_LOGS_H
#define APPLIANCE_LOGS_H

#define LOGS_LINES 200		/* of each daemon, at most */
#define LOGS_BYTES 65536	/* and so many bytes */

/* Oldest first; caller frees. NULL: there are none. ret_from: "journald" or "RUN", where
 * they come from. journal: the program journalctl, or NULL: it is not asked. */
char *logs_tail(const char *run, const char *name, const char *journal,
    const char **ret_from);

#endif
