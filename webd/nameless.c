/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See nameless.h. webd, main thread and workers. */
#include "config.h"

#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <unistd.h>

#include "common/conf.h"
#include "common/err.h"
#include "common/file.h"
#include "common/text.h"
#include "webd/nameless.h"
#include "webd/upload.h"

static int
create(const char *state, struct err *e)
{
	char path[CONF_PATH_MAX + UPLOAD_NAME_LEN + 32], name[UPLOAD_NAME_LEN + 1];
	uint8_t random[UPLOAD_NAME_LEN / 2];
	int fd;

	snprintf(path, sizeof(path), "%s/incoming", state);
	if (file_mkdir(path, 02770, e) < 0)
		return -1;
	randombytes_buf(random, sizeof(random));
	text_hex(random, sizeof(random), name);
	snprintf(path, sizeof(path), "%s/incoming/%s.part", state, name);
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_sys(e, "create '%s'", path);
	(void)unlink(path);
	return fd;
}

int
nameless_open(const char *state, uint64_t n, struct err *e)
{
	uint64_t free_bytes;
	int fd = create(state, e);

	if (fd < 0)
		return -1;
	if (file_free_bytes(fd, &free_bytes, e) == 0) {
		if (free_bytes >= n + UPLOAD_SPARE_BYTES)
			return fd;
		err_set(e, ERR_FAILED, "disk-full",
		    "There is too little room on the disk to make the copy; free some "
		    "and try again.");
	}
	close(fd);
	return -1;
}
