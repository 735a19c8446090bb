/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The order that the parent gives to its child, as key=value lines ended by an empty
 * one, and the numbers of the descriptors that come with it. Both sides use it; pure.
 */
#ifndef FLASHD_ORDER_H
#define FLASHD_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;

/* What the child finds open. It gets descriptors, never paths, but for the tty. */
#define ORDER_FD_OUT 3		/* the dump that it reads out of the chip */
#define ORDER_FD_TALK 4		/* socketpair: order, lines, "go" */
#define ORDER_FD_IMAGE 5	/* sealed memory: what is written or compared */
#define ORDER_FD_LOG 6		/* the job's log, for people */
#define ORDER_FD_TRACE 7	/* the job's wire trace */
#define ORDER_FD_LOCK 8		/* held open only: says that a child still lives */
#define ORDER_FD_JOURNAL 9	/* writes: the journal */
#define ORDER_FD_SAFETY 10	/* resumed writes: sealed memory, what the chip held before */
#define ORDER_FD_END 11

#define ORDER_TEXT_MAX 2048	/* bytes of a whole order */

struct order {
	int64_t job;
	char kind[16];		/* identify, backup, verify, restore, flash, erase, console */
	char node[128];		/* the tty */
	char name[64];		/* what its user calls it; "" = by its node */
	char image_name[128];	/* for sentences: "dump 12 (a1b2c3d4)" */
	unsigned baud;		/* the rate to try first; 0 = the usual one */
	unsigned wait_s;	/* how long to wait for a person's hand; 0 = fail at once */
	uint64_t image;		/* bytes on ORDER_FD_IMAGE; 0 = none */
	uint64_t at, size;	/* erase */
	uint64_t kept;		/* bytes on ORDER_FD_OUT that an earlier child read */
	bool experimental;	/* the user knows that the chip is untried */
	bool resume;		/* a write goes on where its journal ends */
	char identity[8];	/* restore: keep, donor, blank; else "" */
	char image_chip_id[65];	/* of the camera that the dump was read from, or "" */
	char image_mac[18];	/* what that camera's chip said, or "" */
	bool image_own;		/* the library has it under the name of this camera */
	bool force;		/* an XR808 image on an XR872; console: stay at this rate */
};

/* The text of an order, empty line included. Its length, or -1 when it does not fit
 * or a field holds a line end. */
int order_format(const struct order *o, char *ret, size_t ret_size);
/* Strict: known keys only, each once, values within their bounds. The n bytes end
 * with the empty line. 0, or -1 with ret untouched. */
int order_parse(const char *text, size_t n, struct order *ret, struct err *e);

#endif
