/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The daemons' common start (see daemon.h). Main thread. */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/conf.h"
#include "common/daemon.h"
#include "common/err.h"
#include "common/file.h"
#include "common/log.h"

void
daemon_start(int argc, char **argv, const char *name, struct conf *ret,
    const char **ret_file)
{
	struct err e = { .code = ERR_NONE };
	const char *file = NULL;
	int debug = 0, opt;

	while ((opt = getopt(argc, argv, "c:dV")) != -1) {
		switch (opt) {
		case 'c':
			file = optarg;
			break;
		case 'd':
			debug = 1;
			break;
		case 'V':
			printf("%s (camherd) %s\n", name, PACKAGE_VERSION);
			exit(0);
		default:
			fprintf(stderr, "usage: %s [-c FILE] [-d] [-V]\n", name);
			exit(2);
		}
	}
	if (optind < argc) {
		fprintf(stderr, "%s: what is '%s'? It takes options only: [-c FILE] [-d] [-V]\n",
		    name, argv[optind]);
		exit(2);
	}
	if (conf_load(file, ret, &e) < 0)
		fatalx(EXIT_CONFIG, name, "%s", e.msg);
	log_init(debug ? LOG_LEVEL_DEBUG : ret->log_level, ret->log_format);
	log_keep(ret->run, name);
	if (ret_file != NULL)
		*ret_file = file;
}

int
daemon_write_listen(const char *run, const char *name, const char *host_port, struct err *e)
{
	char path[CONF_RUN_MAX + 40], line[160];

	snprintf(path, sizeof(path), "%s/%s.listen", run, name);
	snprintf(line, sizeof(line), "%s\n", host_port);
	return file_put(AT_FDCWD, path, line, strlen(line), 0644, e);
}
