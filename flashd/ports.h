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
struct loop;
struct ports;
struct ports_hold;

#define PORTS_MAX 64

/* What went wrong on it since it came. */
struct port_errors {
	uint64_t frame, overrun, parity, breaks;	/* as its adapter counts */
	uint64_t retries;				/* asked again by jobs */
};

struct port {
	char path[256];		/* the socket's key */
	char node[128];		/* what is opened */
	char adapter[96];
	char vendor[48], product[48], serial[48], usb_id[12];
	bool radio;		/* looks like a Zigbee, Z-Wave or Thread stick */
	char chip[33];		/* last seen on it */
	char holder[96];	/* another program that has it; "" = none is known */
	int64_t busy_until_us;	/* a job was refused, and nobody can be seen: busy until then */
	bool came;		/* not seen by the look before */
	int64_t plugged_us;	/* when it came; 0 = it was there at our start */
	struct port_errors errors;
	int64_t job;		/* 0 = none */
	bool lost;		/* it went away under a job */
};

struct ports *ports_new(void);
void ports_free(struct ports *p);	/* NULL is fine */

/* Configured paths are enabled: make their rows. At start and after a reload. */
int ports_configure(struct flashd *f, struct err *e);
/* From now on be told when another program opens or closes a port. */
void ports_watch_holders(struct flashd *f);
/* Look what is there and publish what changed. */
void ports_look(struct flashd *f);
/* Ask who has the ports that no child of ours works on, and publish what changed. After
 * an open or close of one of them, never by the clock alone. */
void ports_ask_holders(struct flashd *f);
/* Its adapter counted so many more: framing, overrun, parity, break. */
void ports_count_errors(struct flashd *f, const char *path, const uint64_t n[4]);
/* A job found it taken. */
void ports_was_busy(struct flashd *f, struct port *p);
/* Publish this one anew; NULL does nothing. */
void ports_publish(struct flashd *f, struct port *p);
/* The port with this socket path, or NULL when it is not there. Borrowed until the
 * next ports_look(). */
struct port *ports_find(struct flashd *f, const char *path);

/* USB adapters as the system shows it. Fills the first n of ret from the folders
 * sys ("/sys/class/tty") and by_path ("/dev/serial/by-path"); the count. */
size_t ports_scan_usb(const char *sys, const char *by_path, struct port *ret, size_t n);

#endif
