/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Fuzz target: a configuration file. What is read well must hold to its own rules;
 * what is refused must leave the target as it was and name file and line in clean text.
 */
#include "config.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/conf.h"
#include "common/err.h"
#include "common/file.h"
#include "common/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

#define MUST(what)                                                                     \
	do {                                                                           \
		if (!(what))                                                           \
			abort();                                                       \
	} while (0)

static void
check_good(const struct conf *c)
{
	MUST(c->state[0] == '/' && c->run[0] == '/' && c->www[0] == '/');
	MUST(c->max_baud >= 9600 && c->max_baud <= 3000000);
	MUST(c->max_jobs >= 1 && c->max_jobs <= 64);
	MUST(c->max_clients >= 1 && c->max_clients <= 1000);
	MUST(c->max_encoders <= 64 && c->linger_s <= 3600);
	MUST(c->log_level <= LOG_LEVEL_DEBUG && c->log_format <= LOG_FORMAT_JSON);
	MUST(strrchr(c->web_listen, ':') != NULL &&
	    strrchr(c->rtsp_listen, ':') != NULL);
	MUST(memchr(c->ports, '\0', sizeof(c->ports)) != NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct conf c, before;
	struct err e = { .code = ERR_NONE };
	char path[64];
	int fd;

	if (n > 65536 || (fd = memfd_create("conf", MFD_CLOEXEC)) < 0)
		return 0;
	MUST(file_write_all(fd, data, n, NULL) == 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	memset(&before, 0x5a, sizeof(before));
	c = before;
	if (conf_load(path, &c, &e) == 0) {
		check_good(&c);
	} else {
		MUST(memcmp(&c, &before, sizeof(c)) == 0);
		MUST(e.code == ERR_USAGE && e.name[0] != '\0');
		MUST(strncmp(e.msg, path, strlen(path)) == 0);
	}
	close(fd);
	return 0;
}
