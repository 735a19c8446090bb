/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names and ports of this appliance's streams (see reach.h). One thread. */
#include "config.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/reach.h"
#include "cli/state.h"
#include "common/connect.h"
#include "db/camera.h"
#include "db/live.h"
#include "db/setting.h"

/* The first address of this machine that others can reach, else its name. */
static void
own_host(char *ret, size_t ret_size)
{
	struct ifaddrs *all, *a;
	const struct sockaddr_in *in;

	if (gethostname(ret, ret_size) < 0)
		snprintf(ret, ret_size, "localhost");
	ret[ret_size - 1] = '\0';
	if (getifaddrs(&all) < 0)
		return;
	for (a = all; a != NULL; a = a->ifa_next) {
		if (a->ifa_addr == NULL || a->ifa_addr->sa_family != AF_INET ||
		    a->ifa_flags & IFF_LOOPBACK || !(a->ifa_flags & IFF_UP))
			continue;
		in = (const struct sockaddr_in *)(const void *)a->ifa_addr;
		if (inet_ntop(AF_INET, &in->sin_addr, ret, (socklen_t)ret_size) != NULL)
			break;
	}
	freeifaddrs(all);
}

/* HOST:PORT to reach a daemon by: what it bound, else what it is told to bind; any
 * address becomes a name of this machine's. ERR_DOWN when it will take a free port. */
static int
reach(const struct cli *cli, const char *daemon, const char *listen,
    const char *wanted, char *ret, size_t ret_size, struct err *e)
{
	char path[CONF_RUN_MAX + 40], host[256], bound[160] = "";
	const char *names = cli->conf.hostnames;
	const char *colon;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s.listen", cli->conf.run, daemon);
	if ((f = fopen(path, "re")) != NULL) {
		if (fgets(bound, (int)sizeof(bound), f) != NULL)
			bound[strcspn(bound, "\r\n ")] = '\0';
		fclose(f);
	}
	snprintf(ret, ret_size, "%s", strrchr(bound, ':') != NULL ? bound : listen);
	if ((colon = strrchr(ret, ':')) == NULL || strcmp(colon, ":0") == 0)
		return state_down(daemon, e);
	if (wanted == NULL && strncmp(ret, "0.0.0.0:", 8) != 0 &&
	    strncmp(ret, "[::]:", 5) != 0)
		return 0;
	snprintf(bound, sizeof(bound), "%s", colon + 1);
	if (wanted != NULL)
		snprintf(host, sizeof(host), "%s", wanted);
	else if (!conf_word(&names, host, sizeof(host)))
		own_host(host, sizeof(host) - 1);
	snprintf(ret, ret_size, "%s:%s", host, bound);
	return 0;
}

/* A name, or an address; a port of the page's behind it. */
static int
check_host(const char *host, struct err *e)
{
	if (host == NULL ||
	    (host[0] != '\0' && strlen(host) < 250 &&
		strspn(host,
		    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_[]:") ==
		    strlen(host)))
		return 0;
	return err_set(e, ERR_USAGE, "usage",
	    "--host is a name or an address (an IPv6 address in brackets), without a "
	    "port");
}

int
reach_camera(struct cli *cli, const char *camera, const char *host,
    struct connect *ret, struct err *e)
{
	struct live_stream s = { .width = 0 };
	struct camera c;

	memset(ret, 0, sizeof(*ret));
	if (check_host(host, e) < 0 || camera_by_name(cli->db, camera, &c, e) < 0 ||
	    stream_password_get(cli->db, ret->user, ret->password, e) < 0 ||
	    reach(cli, "streamd", cli->conf.rtsp_listen, host, ret->rtsp,
		sizeof(ret->rtsp), e) < 0 ||
	    reach(cli, "webd", cli->conf.web_listen, host, ret->web, sizeof(ret->web),
		e) < 0)
		return -1;
	snprintf(ret->name, sizeof(ret->name), "%s", c.name);
	snprintf(ret->scheme, sizeof(ret->scheme), "http");
	if (cli->live != NULL)
		(void)live_get_stream(cli->live, c.id, &s, NULL);
	ret->width = s.width;
	ret->height = s.height;
	return 0;
}
