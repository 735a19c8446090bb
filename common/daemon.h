/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the three daemons do alike at start: options, configuration, log, and the file
 * that names the address they listen on. Main thread.
 */
#ifndef COMMON_DAEMON_H
#define COMMON_DAEMON_H

struct conf;
struct err;

#define EXIT_CONFIG 78	/* bad configuration or a schema that does not fit (EX_CONFIG) */

/* Parse [-c FILE] [-d] [-V], load the configuration, start the log. Exits by itself:
 * 0 for -V, 2 for a wrong option, 78 for a bad configuration. ret_file (may be NULL)
 * gets the -c argument or NULL, for a reload; borrowed from argv. */
void daemon_start(int argc, char **argv, const char *name, struct conf *ret,
    const char **ret_file);

/* Write HOST:PORT to RUN/<name>.listen, so that scripts find a port taken freely. */
int daemon_write_listen(const char *run, const char *name, const char *host_port,
    struct err *e);

#endif
