/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Log lines to stderr: a systemd priority prefix (or JSON), then a room token,
 * then the sentence. Control characters are escaped, so that a device's text can
 * neither forge a line nor drive a terminal. Any thread.
 */
#ifndef COMMON_LOG_H
#define COMMON_LOG_H

enum log_level { LOG_LEVEL_ERR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };
enum log_format { LOG_FORMAT_TEXT, LOG_FORMAT_JSON };

void log_init(enum log_level level, enum log_format format);
/* From now on each line is also kept, with its time, in RUN/<name>.log, which is begun
 * anew at LOG_KEPT bytes; the one before stays as <name>.log.1. RUN lies in memory. Failing
 * to is no reason to stop. */
void log_keep(const char *run, const char *name);
#define LOG_KEPT 65536

/* err: work was lost; warn: it went on in spite of it; info: a person did or got
 * something; debug: for the curious. The two without x add errno's text. */
void log_err(const char *room, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void log_errx(const char *room, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void log_warn(const char *room, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void log_warnx(const char *room, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void log_info(const char *room, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void log_debug(const char *room, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Log and exit with the given status (78: the configuration or the schema). */
void fatalx(int status, const char *room, const char *fmt, ...)
    __attribute__((format(printf, 3, 4), noreturn));

#endif
