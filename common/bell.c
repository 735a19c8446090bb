/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The doorbell (see bell.h). Any process. */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/bell.h"
#include "common/err.h"

static int
bell_address(const char *run, const char *who, struct sockaddr_un *ret)
{
	int n;

	memset(ret, 0, sizeof(*ret));
	ret->sun_family = AF_UNIX;
	n = snprintf(ret->sun_path, sizeof(ret->sun_path), "%s/%s.bell", run, who);
	return n > 0 && (size_t)n < sizeof(ret->sun_path) ? 0 : -1;
}

int
bell_open(const char *run, const char *who, struct err *e)
{
	struct sockaddr_un a;
	int fd;

	if (bell_address(run, who, &a) < 0)
		return err_set(e, ERR_USAGE, "path-too-long", "the run folder '%s' is too long", run);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return err_sys(e, "make the doorbell");
	(void)unlink(a.sun_path);
	if (bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0) {
		err_sys(e, "hang up the doorbell '%s'", a.sun_path);
		close(fd);
		return -1;
	}
	/* The group rings: webd, the CLI and the other daemons have users of their own. */
	(void)chmod(a.sun_path, 0660);
	return fd;
}

void
bell_ring(const char *run, const char *who)
{
	struct sockaddr_un a;
	int fd;

	if (bell_address(run, who, &a) < 0)
		return;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	/* Nobody there, or its queue is full: it will look anyway. */
	(void)!sendto(fd, "", 0, 0, (struct sockaddr *)&a, sizeof(a));
	close(fd);
}

void
bell_drain(int fd)
{
	char b[8];

	while (recv(fd, b, sizeof(b), 0) >= 0)
		;
}

void
bell_close(int fd, const char *run, const char *who)
{
	struct sockaddr_un a;

	if (fd < 0)
		return;
	if (bell_address(run, who, &a) == 0)
		(void)unlink(a.sun_path);
	close(fd);
}
