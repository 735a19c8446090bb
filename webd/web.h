/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What every part of webd may reach: made in main.c, one thread. */
#ifndef WEBD_WEB_H
#define WEBD_WEB_H

struct answers;
struct archives;
struct auth;
struct conf;
struct consoles;
struct db;
struct events;
struct firmwares;
struct hosts;
struct http;
struct live;
struct loop;
struct outages;
struct proxies;
struct relay;
struct site;
struct tls;
struct worker;

struct web {
	struct conf *conf;
	const char *conf_file;	/* -c, or NULL */
	struct answers *answers;	/* made a moment ago; NULL: each is made anew */
	struct archives *archives;
	struct loop *loop;
	struct db *db;
	struct live *live;
	struct hosts *hosts;	/* names this appliance answers to */
	struct auth *auth;	/* limits on wrong passwords */
	struct site *site;	/* the files of the page */
	struct events *events;
	struct outages *outages;	/* cameras that were or are away */
	struct relay *relay;
	struct consoles *consoles;	/* live, of ports */
	struct http *http;
	struct firmwares *firmwares;	/* of dumps that were looked into */
	struct worker *worker;	/* for work on whole images; NULL: done at once */
	struct worker *hasher;	/* for passwords; NULL: done at once */
	char listen[160];	/* HOST:PORT as bound */
	char tls_listen[160];	/* the same with TLS; "" = none */
	struct tls *tls;	/* NULL = no TLS */
	struct proxies *proxies;	/* NULL: none is trusted */
	unsigned uploads;	/* under way */
};

#endif
