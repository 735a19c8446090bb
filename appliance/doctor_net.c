/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The doctor knocks at our own doors: web page, RTSP, names, certificate. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "appliance/doctor_parts.h"
#include "common/err.h"
#include "common/file.h"
#include "db/live.h"

#define KNOCK_MS 5000

/* "0.0.0.0:8360" → the same port on this machine. */
static int
resolve(const char *listen, struct addrinfo **ret)
{
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
		.ai_socktype = SOCK_STREAM };
	const char *colon = strrchr(listen, ':');
	char host[128];

	if (colon == NULL)
		return -1;
	snprintf(host, sizeof(host), "%.*s", (int)(colon - listen), listen);
	if (host[0] == '[') {
		memmove(host, host + 1, strlen(host));
		host[strcspn(host, "]")] = '\0';
	}
	if (strcmp(host, "0.0.0.0") == 0)
		snprintf(host, sizeof(host), "127.0.0.1");
	else if (strcmp(host, "::") == 0)
		snprintf(host, sizeof(host), "::1");
	return getaddrinfo(host, colon + 1, &hints, ret) == 0 ? 0 : -1;
}

static bool
wait_for(int fd, short what)
{
	struct pollfd p = { fd, what, 0 };

	return poll(&p, 1, KNOCK_MS) == 1;
}

/* Connect, say something, hear the beginning of the answer. ret "" = no answer. -1:
 * nobody listens there; errno. */
static int
knock(const char *listen, const char *hello, char *ret, size_t size)
{
	struct addrinfo *to = NULL;
	int fd, failed = 0;
	socklen_t length = sizeof(failed);
	ssize_t n;

	ret[0] = '\0';
	errno = EINVAL;
	if (resolve(listen, &to) < 0)
		return -1;
	fd = socket(to->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0 && connect(fd, to->ai_addr, to->ai_addrlen) < 0 &&
	    errno == EINPROGRESS && wait_for(fd, POLLOUT))
		(void)getsockopt(fd, SOL_SOCKET, SO_ERROR, &failed, &length);
	else if (fd < 0)
		failed = errno;
	freeaddrinfo(to);
	if (fd >= 0 && failed == 0 && send(fd, hello, strlen(hello), MSG_NOSIGNAL) > 0 &&
	    wait_for(fd, POLLIN) && (n = recv(fd, ret, size - 1, 0)) >= 0)
		ret[n] = '\0';
	if (fd >= 0)
		close(fd);
	errno = failed;
	return failed != 0 ? -1 : 0;
}

static void
look_door(struct doctor *d, const char *daemon, const char *listen, const char *hello,
    const char *wanted)
{
	bool up = d->live != NULL && live_is_up(d->live, daemon);
	struct live_daemon row;
	char answer[64];

	/* Port 0 was given: where it is in truth. */
	if (up && live_get_daemon(d->live, daemon, &row, NULL) == 1 && row.listen[0] != '\0')
		listen = row.listen;
	if (knock(listen, hello, answer, sizeof(answer)) < 0) {
		if (up)
			doctor_found(d, "addresses", FINDING_BAD, "door-closed",
			    "{daemon} runs, but nobody answers at {listen}: {why}.",
			    "Look at its log: 'journalctl -u camherd-{daemon}'.", "daemon",
			    daemon, "listen", listen, "why", strerror(errno), NULL);
		return;
	}
	if (strncmp(answer, wanted, strlen(wanted)) == 0 && up)
		doctor_found(d, "addresses", FINDING_OK, "door-open",
		    "{daemon} answers at {listen}.", "", "daemon", daemon, "listen", listen,
		    NULL);
	else if (up)
		doctor_found(d, "addresses", FINDING_BAD, "door-odd",
		    "What answers at {listen} is not {daemon}.",
		    "'ss -ltnp' shows which program has the port; end it, or give {daemon} "
		    "another one.",
		    "daemon", daemon, "listen", listen, NULL);
	else
		doctor_found(d, "addresses", FINDING_BAD, "door-taken",
		    "{daemon} is not running, and another program listens at {listen}.",
		    "'ss -ltnp' shows which; end it, or give {daemon} another port.",
		    "daemon", daemon, "listen", listen, NULL);
}

void
doctor_addresses(struct doctor *d)
{
	look_door(d, "webd", d->conf.web_listen,
	    "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
	    "HTTP/1.1 200");
	look_door(d, "streamd", d->conf.rtsp_listen,
	    "OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n", "RTSP/1.0 200");
}

/* Names that people are told to use must lead somewhere. */
void
doctor_names(struct doctor *d)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *found;
	const char *at = d->conf.hostnames;
	char name[CONF_PATH_MAX];
	int r;

	while (conf_word(&at, name, sizeof(name))) {
		r = getaddrinfo(name, NULL, &hints, &found);
		if (r == 0) {
			freeaddrinfo(found);
			doctor_found(d, "names", FINDING_OK, "name-fine",
			    "The name {name} is known.", "", "name", name, NULL);
		} else {
			doctor_found(d, "names", FINDING_WARNING, "name-unknown",
			    "The name {name} in [webd] hostnames is not known: {why}.",
			    "Enter it in the router's list of names, or take it out.",
			    "name", name, "why", gai_strerror(r), NULL);
		}
	}
}

/* webd writes down what its certificate is. */
void
doctor_tls(struct doctor *d)
{
	char path[CONF_RUN_MAX + 20], days[24];
	uint8_t *text;
	struct err ignored;
	json_int_t left;
	json_t *doc;
	size_t n;

	if (d->conf.tls_listen[0] == '\0')
		return;
	snprintf(path, sizeof(path), "%s/webd.tls", d->conf.run);
	if (file_get(AT_FDCWD, path, 8192, &text, &n, &ignored) < 0)
		return;
	doc = json_loadb((const char *)text, n, 0, NULL);
	free(text);
	left = (json_integer_value(json_object_get(doc, "expires_s")) -
		   (json_int_t)time(NULL)) /
	    86400;
	doctor_number((long long)left, days);
	if (json_is_true(json_object_get(doc, "expired")) || left < 0)
		doctor_found(d, "tls", FINDING_BAD, "tls-expired",
		    "The certificate has expired.",
		    "Renew the files of [webd] tls_cert and tls_key, then 'systemctl "
		    "reload camherd-webd'.",
		    NULL);
	else
		doctor_found(d, "tls", left < 14 ? FINDING_WARNING : FINDING_OK,
		    left < 14 ? "tls-soon" : "tls-fine",
		    "The certificate is good for {days} days.",
		    left < 14 ? "Renew it." : "", "days", days, NULL);
	json_decref(doc);
}
