/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Log lines to stderr (see log.h). Every process, any thread. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "common/log.h"
#include "common/text.h"

#define LINE_MAX_BYTES 1400

static enum log_level log_max = LOG_LEVEL_INFO;
static enum log_format log_style = LOG_FORMAT_TEXT;

static void log_line(enum log_level, const char *, int, const char *, va_list)
    __attribute__((format(printf, 4, 0)));

void
log_init(enum log_level level, enum log_format format)
{
	log_max = level;
	log_style = format;
}

static const char *
level_name(enum log_level level)
{
	static const char *const names[] = { "error", "warning", "info", "debug" };

	return names[level];
}

/* systemd's priorities: 3 error, 4 warning, 6 info, 7 debug. */
static int
level_priority(enum log_level level)
{
	static const int priorities[] = { 3, 4, 6, 7 };

	return priorities[level];
}

/* ---- the last lines, kept beside stderr ---- */

static struct {
	pthread_mutex_t lock;
	int fd;
	off_t size;
	char path[256];
} kept = { .lock = PTHREAD_MUTEX_INITIALIZER, .fd = -1 };

static void
open_kept(void)
{
	struct stat st;

	kept.fd = open(kept.path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0640);
	kept.size = kept.fd >= 0 && fstat(kept.fd, &st) == 0 ? st.st_size : 0;
}

void
log_keep(const char *run, const char *name)
{
	pthread_mutex_lock(&kept.lock);
	if (kept.fd >= 0)
		close(kept.fd);
	kept.fd = -1;
	if ((size_t)snprintf(kept.path, sizeof(kept.path), "%s/%s.log", run, name) <
	    sizeof(kept.path))
		open_kept();
	pthread_mutex_unlock(&kept.lock);
}

static void
turn_over(void)
{
	char old[sizeof(kept.path) + 2];

	snprintf(old, sizeof(old), "%s.1", kept.path);
	close(kept.fd);
	(void)rename(kept.path, old);
	open_kept();
}

static void
keep(const char *line, size_t n)
{
	struct iovec io[2];
	char when[32], line_time[40];
	ssize_t done;

	pthread_mutex_lock(&kept.lock);
	if (kept.fd >= 0) {
		snprintf(line_time, sizeof(line_time), "%s ",
		    text_time((int64_t)time(NULL), when, sizeof(when)));
		io[0] = (struct iovec) { line_time, strlen(line_time) };
		io[1] = (struct iovec) { (void *)(uintptr_t)line, n };
		if ((done = writev(kept.fd, io, 2)) > 0)
			kept.size += done;
		if (kept.size >= LOG_KEPT)
			turn_over();
	}
	pthread_mutex_unlock(&kept.lock);
}

static void
log_line(enum log_level level, const char *room, int error, const char *fmt, va_list ap)
{
	char raw[LINE_MAX_BYTES], safe[2 * LINE_MAX_BYTES], line[2 * LINE_MAX_BYTES + 120];
	size_t n;
	int len;

	if (level > log_max)
		return;
	vsnprintf(raw, sizeof(raw), fmt, ap);
	n = strlen(raw);
	if (error != 0)
		snprintf(raw + n, sizeof(raw) - n, ": %s", strerror(error));
	if (log_style == LOG_FORMAT_JSON) {
		text_escape_json(raw, strlen(raw), safe, sizeof(safe));
		len = snprintf(line, sizeof(line),
		    "{\"level\":\"%s\",\"room\":\"%s\",\"text\":\"%s\"}\n", level_name(level),
		    room, safe);
	} else {
		text_escape(raw, strlen(raw), safe, sizeof(safe));
		len = snprintf(line, sizeof(line), "<%d>%s: %s\n", level_priority(level), room,
		    safe);
	}
	if (len > 0) {
		n = (size_t)len < sizeof(line) ? (size_t)len : sizeof(line) - 1;
		keep(line, n);
		/* One write, so that lines of several processes do not mix. */
		if (write(STDERR_FILENO, line, n) < 0)
			return;
	}
}

#define LOG_FUNCTION(name, level, error)                                            \
	void name(const char *room, const char *fmt, ...)                          \
	{                                                                          \
		int saved = errno;                                                 \
		va_list ap;                                                        \
                                                                                   \
		va_start(ap, fmt);                                                 \
		log_line(level, room, error, fmt, ap);                             \
		va_end(ap);                                                        \
		errno = saved;                                                     \
	}

LOG_FUNCTION(log_err, LOG_LEVEL_ERR, saved)
LOG_FUNCTION(log_errx, LOG_LEVEL_ERR, 0)
LOG_FUNCTION(log_warn, LOG_LEVEL_WARN, saved)
LOG_FUNCTION(log_warnx, LOG_LEVEL_WARN, 0)
LOG_FUNCTION(log_info, LOG_LEVEL_INFO, 0)
LOG_FUNCTION(log_debug, LOG_LEVEL_DEBUG, 0)

void
fatalx(int status, const char *room, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_line(LOG_LEVEL_ERR, room, 0, fmt, ap);
	va_end(ap);
	exit(status);
}
