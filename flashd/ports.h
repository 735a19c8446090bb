/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The serial ports that are there now: tty paths of the configuration and USB adapters,
 * published in live.db. Nothing here opens a tty. flashd's parent, main thread.
 */
#ifndef FLASHD_PORTS_H
#define FLASHD_PORTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;
struct flashd;
struct ports;

#define PORTS_MAX 64

struct port {
	char path[256];		/* the socket's key */
	char node[128];		/* what is opened */
	char adapter[96];
	char chip[33];		/* last seen on it */
	char holder[96];	/* another program has it, as far as the last job saw */
	int64_t busy_until_us;	/* shown as busy until then */
	int64_t job;		/* 0 = none */
	bool lost;		/* it went away under a job */
};

struct ports *ports_new(void);
void ports_free(struct ports *p);	/* NULL is fine */

/* Configured paths are enabled: make their rows. At start and after a reload. */
int ports_configure(struct flashd *f, struct err *e);
/* Look what is there and publish what changed. */
void ports_look(struct flashd *f);
/* Publish this one anew; NULL does nothing. */
void ports_publish(struct flashd *f, struct port *p);
/* The port with this socket path, or NULL when it is not there. Borrowed until the
 * next ports_look(). */
struct port *ports_find(struct flashd *f, const char *path);

/* One USB adapter as the system shows it. Fills the first n of ret from the folders
 * sys ("/sys/class/tty") and by_path ("/dev/serial/by-path"); the count. */
size_t ports_scan_usb(const char *sys, const char *by_path, struct port *ret, size_t n);

#endif
