/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Finds who holds ttys (see holder.h). Three places tell: the descriptors of processes
 * that we may look into, the lock files of terminal programs, and the kernel's list of
 * file locks, which shows other users' processes too. Any process, any thread.
 */
#include "config.h"

#include <ctype.h>
#include <dirent.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/types.h>
#include <unistd.h>

#include "common/holder.h"
#include "common/text.h"

#define FDS_MAX 4096 /* descriptors looked at in one process */
#define LOCKS_MAX 4096 /* lines of /proc/locks */

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
	snprintf(ret, ret_size, "%.60s (process %s)", n > 0 ? clean : "another program",
	    pid);
}

/* A descriptor leads to target: note it where that is one of ours. */
static void
note_target(struct holder *list, size_t n, const char *target, bool *ret_hit)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (list[i].who[0] == '\0' && strcmp(target, list[i].node) == 0)
			ret_hit[i] = true;
	}
}

static void
look_into(const char *pid, struct holder *list, size_t n, bool *hit)
{
	char dir[300], path[600], target[PATH_MAX];
	bool other_end = false;
	struct dirent *d;
	int left = FDS_MAX;
	ssize_t len;
	DIR *fds;
	size_t i;

	snprintf(dir, sizeof(dir), "/proc/%s/fd", pid);
	if ((fds = opendir(dir)) == NULL)
		return;
	memset(hit, 0, n * sizeof(*hit));
	while (left-- > 0 && (d = readdir(fds)) != NULL) {
		if (d->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, d->d_name);
		if ((len = readlink(path, target, sizeof(target) - 1)) < 0)
			continue;
		target[len] = '\0';
		note_target(list, n, target, hit);
		other_end = other_end || strcmp(target, "/dev/ptmx") == 0 ||
		    strcmp(target, "/dev/pts/ptmx") == 0;
	}
	closedir(fds);
	for (i = 0; i < n; i++) {
		/* Whoever has the other end of a pty is no rival for this one. */
		if (hit[i] &&
		    !(other_end && strncmp(list[i].node, "/dev/pts/", 9) == 0))
			describe(pid, list[i].who, sizeof(list[i].who));
	}
}

static void
look_into_all(struct holder *list, size_t n)
{
	bool *hit = calloc(n, sizeof(*hit));
	struct dirent *d;
	char self[16];
	DIR *proc;

	snprintf(self, sizeof(self), "%ld", (long)getpid());
	if (hit != NULL && (proc = opendir("/proc")) != NULL) {
		while ((d = readdir(proc)) != NULL) {
			if (isdigit((unsigned char)d->d_name[0]) &&
			    strcmp(d->d_name, self) != 0)
				look_into(d->d_name, list, n, hit);
		}
		closedir(proc);
	}
	free(hit);
}

/* A process that is there, other than ourselves. */
static void
take_pid(long value, struct holder *h)
{
	char pid[16], path[32];

	if (value <= 0 || value > INT_MAX || value == (long)getpid())
		return;
	snprintf(pid, sizeof(pid), "%ld", value);
	snprintf(path, sizeof(path), "/proc/%s", pid);
	if (access(path, F_OK) == 0)
		describe(pid, h->who, sizeof(h->who));
}

/* minicom and others announce themselves in /run/lock/LCK..ttyUSB0 with their pid; the
 * lock of a process that has ended counts for nothing. */
static void
lock_file(struct holder *h)
{
	const char *base = strrchr(h->node, '/');
	char path[300], text[32];
	size_t n = 0;
	FILE *f;

	base = base == NULL ? h->node : base + 1;
	snprintf(path, sizeof(path), "/run/lock/LCK..%s", base);
	if ((f = fopen(path, "re")) == NULL)
		return;
	n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[n] = '\0';
	take_pid(strtol(text, NULL, 10), h);
}

/* "7: FLOCK  ADVISORY  WRITE 812 00:06:1234 0 EOF": device and inode in it are the
 * tty's. */
static void
kernel_locks(struct holder *list, size_t n)
{
	unsigned long long ino;
	unsigned major_no, minor_no;
	int left = LOCKS_MAX;
	char line[200];
	struct stat st;
	long pid;
	FILE *f;
	size_t i;

	if ((f = fopen("/proc/locks", "re")) == NULL)
		return;
	while (left-- > 0 && fgets(line, sizeof(line), f) != NULL) {
		if (sscanf(line, "%*s %*s %*s %*s %ld %x:%x:%llu", &pid, &major_no,
			&minor_no, &ino) != 4)
			continue;
		for (i = 0; i < n; i++) {
			if (list[i].who[0] == '\0' && stat(list[i].node, &st) == 0 &&
			    st.st_ino == ino && major(st.st_dev) == major_no &&
			    minor(st.st_dev) == minor_no)
				take_pid(pid, &list[i]);
		}
	}
	fclose(f);
}

void
holder_find(struct holder *list, size_t n)
{
	size_t i;

	if (n == 0)
		return;
	for (i = 0; i < n; i++)
		list[i].who[0] = '\0';
	look_into_all(list, n);
	for (i = 0; i < n; i++) {
		if (list[i].who[0] == '\0')
			lock_file(&list[i]);
	}
	kernel_locks(list, n);
}
