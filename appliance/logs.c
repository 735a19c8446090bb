/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a daemon logged last (see logs.h). Any process, any thread. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "appliance/logs.h"
#include "common/err.h"
#include "common/loop.h"

#define ASK_US 5000000 /* a journal on a slow card takes its time, but not all of ours */

/* The last LOGS_LINES of them, in place. */
static char *
last_lines(char *text)
{
	size_t n = strlen(text);
	char *at = text + n;
	unsigned lines = 0;

	if (n == 0) {
		free(text);
		return NULL;
	}
	while (at > text && (at[-1] != '\n' || at == text + n || ++lines < LOGS_LINES))
		at--;
	memmove(text, at, strlen(at) + 1);
	return text;
}

/* ---- journald ---- */

static pid_t
ask(const char *journal, const char *name, int fd)
{
	static const char *const environment[] = { "LC_ALL=C", "PATH=/usr/bin:/bin",
		"SYSTEMD_COLORS=0", NULL };
	char unit[64], lines[16];
	const char *argv[] = { "journalctl", "-u", unit, "-n", lines, "-o", "short-iso",
		"--no-pager", "--no-hostname", "--quiet", NULL };
	posix_spawn_file_actions_t to;
	pid_t pid = -1;

	snprintf(unit, sizeof(unit), "camherd-%s", name);
	snprintf(lines, sizeof(lines), "%d", LOGS_LINES);
	if (posix_spawn_file_actions_init(&to) != 0)
		return -1;
	if (posix_spawn_file_actions_addopen(&to, STDIN_FILENO, "/dev/null", O_RDONLY, 0) !=
		0 ||
	    posix_spawn_file_actions_adddup2(&to, fd, STDOUT_FILENO) != 0 ||
	    posix_spawn_file_actions_addopen(
		&to, STDERR_FILENO, "/dev/null", O_WRONLY, 0) != 0 ||
	    posix_spawn(&pid, journal, &to, NULL, (char **)(uintptr_t)argv,
		(char **)(uintptr_t)environment) != 0)
		pid = -1;
	posix_spawn_file_actions_destroy(&to);
	return pid;
}

/* What comes out of it within its time; true when all of it did. */
static bool
listen_to(int fd, char *text)
{
	int64_t end = loop_now_us() + ASK_US, left;
	struct pollfd p = { .fd = fd, .events = POLLIN };
	size_t have = 0;
	ssize_t n;

	while (have < LOGS_BYTES && (left = end - loop_now_us()) > 0) {
		if (poll(&p, 1, (int)(left / 1000) + 1) < 0 && errno != EINTR)
			break;
		if (p.revents == 0)
			continue;
		if ((n = read(fd, text + have, LOGS_BYTES - have)) <= 0) {
			text[have] = '\0';
			return n == 0;
		}
		have += (size_t)n;
	}
	text[have] = '\0';
	return have == LOGS_BYTES;
}

static char *
from_journal(const char *journal, const char *name)
{
	int ends[2], status = -1;
	char *text = malloc(LOGS_BYTES + 1);
	bool whole = false;
	pid_t pid;

	if (text == NULL || pipe2(ends, O_CLOEXEC) < 0) {
		free(text);
		return NULL;
	}
	pid = ask(journal, name, ends[1]);
	close(ends[1]);
	text[0] = '\0';
	if (pid > 0) {
		whole = listen_to(ends[0], text);
		if (!whole || strlen(text) == LOGS_BYTES)
			(void)kill(pid, SIGKILL);
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			continue;
	}
	close(ends[0]);
	if (!whole || strncmp(text, "-- No entries", 13) == 0)
		text[0] = '\0';
	return last_lines(text);
}

/* ---- RUN ---- */

/* Behind what text holds, at most room bytes of the file's end. */
static size_t
add_file(const char *path, char *text, size_t room)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	ssize_t n = 0;

	if (fd < 0)
		return 0;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		n = pread(fd, text, room,
		    (uint64_t)st.st_size > room ? st.st_size - (off_t)room : 0);
	close(fd);
	return n > 0 ? (size_t)n : 0;
}

static char *
from_run(const char *run, const char *name)
{
	char path[300], *text = malloc(LOGS_BYTES + 1);
	size_t n, room = LOGS_BYTES / 2;

	if (text == NULL)
		return NULL;
	snprintf(path, sizeof(path), "%s/%s.log.1", run, name);
	n = add_file(path, text, room);
	path[strlen(path) - 2] = '\0';
	n += add_file(path, text + n, LOGS_BYTES - n);
	text[n] = '\0';
	return last_lines(text);
}

char *
logs_tail(const char *run, const char *name, const char *journal, const char **ret_from)
{
	char *text = journal != NULL ? from_journal(journal, name) : NULL;

	*ret_from = "journald";
	if (text != NULL)
		return text;
	*ret_from = "RUN";
	return from_run(run, name);
}
