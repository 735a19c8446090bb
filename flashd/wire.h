/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One serial line as the chip drivers see it: read until a deadline, write, baud,
 * DTR/RTS. Two backends: libserialport for real adapters, and a tty opened by its path
 * (pty, socat, ser2net), which libserialport refuses. Both take flock and TIOCEXCL.
 * Worker process only (flashd -W); every call blocks at most until its deadline.
 */
#ifndef FLASHD_WIRE_H
#define FLASHD_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct err;
struct wire;

/* What the adapter's driver counted since it was plugged in. */
struct wire_errors {
	uint64_t frame, overrun, parity, breaks;
};

struct wire_ops {
	/* Bytes read (at least 1), 0 at the deadline, -1 with ERR_LOST when the line is
	 * gone or ERR_FAILED. deadline_us is of loop_now_us(). */
	ssize_t (*read)(struct wire *w, void *ret, size_t n, int64_t deadline_us,
	    struct err *e);
	/* All n bytes or -1; returns when the kernel has them. */
	int (*write)(struct wire *w, const void *p, size_t n, int64_t deadline_us,
	    struct err *e);
	/* Wait until all written bytes have left, then set the rate; 8N1, no flow
	 * control. */
	int (*set_baud)(struct wire *w, unsigned baud, struct err *e);
	/* 1, 0, or -1 to leave a line alone. */
	int (*set_lines)(struct wire *w, int dtr, int rts, struct err *e);
	/* Throw away what came in unread. */
	void (*flush_input)(struct wire *w);
	void (*close)(struct wire *w);
	/* 0, or -1 where the driver does not count; may be NULL. */
	int (*errors)(struct wire *w, struct wire_errors *ret);
};

struct wire_trace;

/* Backends embed this as their first member. */
struct wire {
	const struct wire_ops *ops;
	unsigned baud;			/* as last set */
	uint64_t bytes_in, bytes_out;	/* since it was opened */
	struct wire_errors told;	/* by wire_new_errors() */
	struct wire_trace *trace;	/* borrowed; NULL = none */
	bool (*stop_asked)(void *arg);	/* NULL, or polled between waits: true ends a
					 * read with ERR_FAILED "cancelled" */
	void *stop_arg;
};

/* Open a tty at 115200 8N1. ERR_REFUSED "port-busy" when another program holds it,
 * naming it where it can be seen; ERR_NOT_FOUND when there is no such node. A path
 * that libserialport knows is opened by it, any other by path. Close with
 * wire_close(). */
struct wire *wire_open(const char *node, struct err *e);
/* The same; sentences call it by this name, unless that is "". */
struct wire *wire_open_named(const char *node, const char *name, struct err *e);
void wire_close(struct wire *w);	/* NULL is fine */

/* Call the ops, count bytes and write the trace. */
ssize_t wire_read(struct wire *w, void *ret, size_t n, int64_t deadline_us, struct err *e);
int wire_write(struct wire *w, const void *p, size_t n, int64_t deadline_us, struct err *e);
int wire_set_baud(struct wire *w, unsigned baud, struct err *e);
int wire_set_lines(struct wire *w, int dtr, int rts, struct err *e);
void wire_flush_input(struct wire *w);
/* What was counted since the last call, or since it was opened. True when that is more
 * than nothing. */
bool wire_new_errors(struct wire *w, struct wire_errors *ret);

#endif
