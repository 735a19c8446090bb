/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The configuration file camherd.conf(5): what belongs to the machine. Cameras, users
 * and jobs are in the database. Read with inih against the one table of keys in
 * conf.c; an unknown key is an error that names file, line and the nearest key.
 */
#ifndef COMMON_CONF_H
#define COMMON_CONF_H

#include <stdbool.h>
#include <stddef.h>

#include "common/log.h"

struct err;

#define CONF_PATH_MAX 200	/* leaves room for sun_path's 108 only in `run` */
#define CONF_RUN_MAX 80
#define CONF_LIST_MAX 1024

struct conf {
	/* [paths] */
	char state[CONF_PATH_MAX];
	char run[CONF_RUN_MAX];
	char www[CONF_PATH_MAX];
	/* [flashd] */
	char ports[CONF_LIST_MAX];	/* "auto" or tty paths separated by spaces */
	char exclude[CONF_LIST_MAX];
	unsigned max_baud;
	unsigned max_jobs;
	/* [streamd] */
	char rtsp_listen[128];		/* HOST:PORT, port 0 takes a free one */
	char camera_networks[CONF_LIST_MAX]; /* CIDRs; empty = private and own ones */
	char discovery[CONF_LIST_MAX];	/* where PPPP cameras are searched */
	char h264_encoder[32];		/* auto, libx264, h264_v4l2m2m */
	unsigned max_encoders;		/* 0 = auto: one per CPU core */
	unsigned max_clients;
	char udp[4];		/* "on", "off" */
	unsigned rtp_port;	/* even; 0: any free pair */
	unsigned linger_s;
	unsigned battery_snapshot_s;	/* age of a picture that need not be taken anew */
	/* [webd] */
	char web_listen[128];
	char tls_listen[128];		/* "" = no TLS */
	char tls_cert[CONF_PATH_MAX], tls_key[CONF_PATH_MAX];	/* "" = webd's own */
	char trusted_proxy[CONF_LIST_MAX];	/* addresses and CIDRs */
	char hostnames[CONF_LIST_MAX];
	char frame_origins[CONF_LIST_MAX];
	/* [log] */
	enum log_level log_level;
	enum log_format log_format;
};

/* One row of the table, for camherd.conf(5)'s test and `camherd config check`. */
struct conf_key {
	const char *section, *key;
	const char *fallback;		/* the default, as it would stand in the file */
};

/* Defaults, then the file, then conf.d/ *.conf beside it in the order of their names.
 * path NULL: $CAMHERD_CONF, else the installed file, which may be missing; a file that
 * was named must exist. 0, or -1 with ret untouched. */
int conf_load(const char *path, struct conf *ret, struct err *e);

/* The file that conf_load() of this path reads, be it there or not. */
const char *conf_file_used(const char *path);
/* Call fn for each key that names a file of its own (a certificate, a password file). */
void conf_files(const struct conf *c,
    void (*fn)(const char *key, const char *path, void *arg), void *arg);

/* The table; ret_n gets its length. Borrowed, static. */
const struct conf_key *conf_keys(size_t *ret_n);

/* What a key is in this configuration, as it would stand in the file. Returns ret. */
const char *conf_value(const struct conf *c, const struct conf_key *key, char *ret,
    size_t ret_size);

/* Go through a list separated by spaces: copies the next word into ret and moves *at
 * behind it. false at the end. A word longer than ret_size - 1 is cut. */
bool conf_word(const char **at, char *ret, size_t ret_size);
/* True when the list holds this word. */
bool conf_list_has(const char *list, const char *word);

#endif
