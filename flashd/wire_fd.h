/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What both wire backends share, because both end in a file descriptor: exclusive use,
 * poll(2) with deadlines, and telling silence from a port that is gone. Only the wire's
 * own files include this. Worker process only.
 */
#ifndef FLASHD_WIRE_FD_H
#define FLASHD_WIRE_FD_H

#include "flashd/wire.h"

struct sp_port;

struct wire_fd {
	struct wire w;		/* must be first */
	int fd;
	struct sp_port *port;	/* libserialport's, or NULL */
	char node[256];		/* as the user named it */
	char real[256];		/* without links */
};

/* flock and TIOCEXCL; ERR_REFUSED "port-busy" naming who has it. */
int wire_fd_claim(struct wire_fd *f, struct err *e);
void wire_fd_unclaim(struct wire_fd *f);
/* Fill e for a port that another program has. Returns -1. */
int wire_fd_busy(const struct wire_fd *f, struct err *e);
/* Raw bytes, 8N1, no flow control, no hang-up at close; the rate stays. */
int wire_fd_raw(struct wire_fd *f, struct err *e);
/* Any rate in baud, by termios2. */
int wire_fd_rate(struct wire_fd *f, unsigned baud, struct err *e);
/* Wait until what was written has left, at most timeout_us. */
void wire_fd_drain(struct wire_fd *f, int64_t timeout_us);

/* For struct wire_ops. */
ssize_t wire_fd_read(struct wire *w, void *ret, size_t n, int64_t deadline_us, struct err *e);
int wire_fd_write(struct wire *w, const void *p, size_t n, int64_t deadline_us,
    struct err *e);
int wire_fd_set_lines(struct wire *w, int dtr, int rts, struct err *e);
void wire_fd_flush_input(struct wire *w);
int wire_fd_errors(struct wire *w, struct wire_errors *ret);

/* The backends' doors; each takes f over on success. */
int wire_sp_open(struct wire_fd *f, struct err *e);
bool wire_sp_knows(const char *real);	/* a port with real hardware behind it */
int wire_tty_open(struct wire_fd *f, struct err *e);

#endif
