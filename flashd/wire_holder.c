/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finds who holds a tty (see wire_holder.h). Any process, any thread. */
#include "config.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "common/text.h"
#include "flashd/wire_holder.h"

#define FDS_MAX 4096 /* descriptors looked at in one process */

static bool
process_has(const char *pid, const char *node)
{
	char dir[300], path[600], target[PATH_MAX];
	struct dirent *d;
	bool found = false, other_end = false;
	ssize_t n;
	int left = FDS_MAX;
	DIR *fds;

	snprintf(dir, sizeof(dir), "/proc/%s/fd", pid);
	if ((fds = opendir(dir)) == NULL)
		return false;
	while (left-- > 0 && (d = readdir(fds)) != NULL) {
		if (d->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, d->d_name);
		if ((n = readlink(path, target, sizeof(target) - 1)) < 0)
			continue;
		target[n] = '\0';
		found = found || strcmp(target, node) == 0;
		other_end = other_end || strcmp(target, "/dev/ptmx") == 0 ||
		    strcmp(target, "/dev/pts/ptmx") == 0;
	}
	closedir(fds);
	/* Whoever has the other end of a pty is no rival for this one. */
	return found && !(other_end && strncmp(node, "/dev/pts/", 9) == 0);
}

static void
describe(const char *pid, char *ret, size_t ret_size)
{
	char path[300], comm[64], clean[260];
	size_t n = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%s/comm", pid);
	if ((f = fopen(path, "re")) != NULL) {
		n = fread(comm, 1, sizeof(comm), f);
		fclose(f);
	}
	while (n > 0 && comm[n - 1] == '\n')
		n--;
	text_escape(comm, n, clean, sizeof(clean));
	snprintf(ret, ret_size, "%s (process %s)", n > 0 ? clean : "a program", pid);
}

/* minicom and others announce themselves in /run/lock/LCK..ttyUSB0 with their pid. */
static void
lock_file(const char *node, char *ret, size_t ret_size)
{
	const char *base = strrchr(node, '/');
	char path[300], text[32], pid[16];
	size_t n = 0;
	long value;
	FILE *f;

	base = base == NULL ? node : base + 1;
	snprintf(path, sizeof(path), "/run/lock/LCK..%s", base);
	if ((f = fopen(path, "re")) == NULL)
		return;
	n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[n] = '\0';
	value = strtol(text, NULL, 10);
	if (value <= 0 || value > INT_MAX || value == (long)getpid())
		return;
	snprintf(pid, sizeof(pid), "%ld", value);
	/* A lock of a process that has ended counts for nothing. */
	snprintf(path, sizeof(path), "/proc/%s", pid);
	if (access(path, F_OK) == 0)
		describe(pid, ret, ret_size);
}

void
wire_holder(const char *node, char *ret, size_t ret_size)
{
	struct dirent *d;
	char self[16];
	DIR *proc;

	ret[0] = '\0';
	snprintf(self, sizeof(self), "%ld", (long)getpid());
	if ((proc = opendir("/proc")) != NULL) {
		while (ret[0] == '\0' && (d = readdir(proc)) != NULL)
			if (isdigit((unsigned char)d->d_name[0]) &&
			    strcmp(d->d_name, self) != 0 &&
			    process_has(d->d_name, node))
				describe(d->d_name, ret, ret_size);
		closedir(proc);
	}
	if (ret[0] == '\0')
		lock_file(node, ret, ret_size);
}
