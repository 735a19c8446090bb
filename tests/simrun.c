/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs simuart for C tests (see simrun.h). Tests only. */
#include "config.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/loop.h"
#include "tests/simrun.h"

#define ARGS_MAX 48
#define DEADLINE_US 20000000

static void
die(const char *what)
{
	perror(what);
	abort();
}

void
simrun_prepare(struct simrun *s)
{
	const char *tmp = getenv("TMPDIR");

	memset(s, 0, sizeof(*s));
	snprintf(
	    s->dir, sizeof(s->dir), "%.40s/simrun.XXXXXX", tmp != NULL ? tmp : "/tmp");
	if (mkdtemp(s->dir) == NULL)
		die(s->dir);
	snprintf(s->link, sizeof(s->link), "%s/tty", s->dir);
	snprintf(s->flash, sizeof(s->flash), "%s/flash", s->dir);
	snprintf(s->stats, sizeof(s->stats), "%s/stats", s->dir);
	snprintf(s->control, sizeof(s->control), "%s/control", s->dir);
}

static void
run(struct simrun *s, const char *const *args, int out)
{
	const char *top = getenv("top_builddir");
	const char *argv[ARGS_MAX] = { "simuart", "--link", s->link, "--flash",
		s->flash, "--stats", s->stats, "--control", s->control };
	char path[1024];
	size_t n = 9;

	while (*args != NULL && n + 1 < ARGS_MAX)
		argv[n++] = *args++;
	snprintf(path, sizeof(path), "%s/tests/sim/simuart", top != NULL ? top : ".");
	/* A test that fails half-way must not leave it running. */
	(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (dup2(out, STDOUT_FILENO) < 0)
		_exit(126);
	execv(path, (char *const *)(uintptr_t)argv);
	perror(path);
	_exit(127);
}

void
simrun_again(struct simrun *s, const char *const *args)
{
	char word[8] = "";
	int p[2];

	fflush(stdout);
	if (pipe2(p, O_CLOEXEC) < 0 || (s->pid = fork()) < 0)
		die("simuart");
	if (s->pid == 0)
		run(s, args, p[1]);
	close(p[1]);
	if (read(p[0], word, 5) != 5 || strcmp(word, "ready") != 0)
		die("simuart does not get ready");
	close(p[0]);
}

void
simrun_start(struct simrun *s, const char *const *args)
{
	simrun_prepare(s);
	simrun_again(s, args);
}

int
simrun_stop(struct simrun *s)
{
	int status;

	if (s->pid <= 0)
		return -1;
	kill(s->pid, SIGTERM);
	if (waitpid(s->pid, &status, 0) != s->pid)
		die("simuart");
	s->pid = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void
simrun_clean(struct simrun *s)
{
	struct dirent *d;
	DIR *dir;

	(void)simrun_stop(s);
	if ((dir = opendir(s->dir)) == NULL)
		return;
	while ((d = readdir(dir)) != NULL)
		if (d->d_name[0] != '.')
			(void)unlinkat(dirfd(dir), d->d_name, 0);
	closedir(dir);
	(void)rmdir(s->dir);
}

/* It writes the counters after each command: their file coming back is the answer. */
void
simrun_control(struct simrun *s, const char *line)
{
	int64_t end = loop_now_us() + DEADLINE_US;
	char text[512];
	int fd, n;

	n = snprintf(text, sizeof(text), "%s\n", line);
	for (;;) {
		(void)unlink(s->stats);
		if ((fd = open(s->control, O_WRONLY | O_CLOEXEC)) < 0)
			die(s->control);
		if (write(fd, text, (size_t)n) != n)
			die(s->control);
		close(fd);
		break;
	}
	while (access(s->stats, R_OK) < 0) {
		if (loop_now_us() > end)
			die("simuart does not answer");
		(void)poll(NULL, 0, 1);
	}
}

static int64_t
find(struct simrun *s, const char *key)
{
	char text[4096], *at;
	size_t n;
	FILE *f;

	/* Twice: the file may have come back for another reason just before. */
	simrun_control(s, "state");
	simrun_control(s, "state");
	if ((f = fopen(s->stats, "re")) == NULL)
		die(s->stats);
	n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[n] = '\0';
	if ((at = strstr(text, key)) == NULL)
		return -1;
	return strtoll(at + strlen(key), NULL, 10);
}

int64_t
simrun_stat(struct simrun *s, const char *name)
{
	char key[64];

	snprintf(key, sizeof(key), "\"%s\": ", name);
	return find(s, key);
}

int64_t
simrun_op(struct simrun *s, unsigned op)
{
	char key[64];
	int64_t n;

	snprintf(key, sizeof(key), "\"%02x\": ", op);
	n = find(s, key);
	return n < 0 ? 0 : n;
}
