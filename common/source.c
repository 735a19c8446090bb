/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sources judged before streamd meets them (see source.h). Any process. */
#include "config.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/err.h"
#include "common/netpolicy.h"
#include "common/source.h"

int
source_opens(const char *source, struct err *e)
{
	/* Each of them has a driver in streamd/sources/. */
	static const char *const schemes[] = { "http:", "http+still:", "pppp:",
		"rtsp:", "test:" };
	size_t i, n = strcspn(source, ":");

	for (i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		if (strncmp(source, schemes[i], strlen(schemes[i])) == 0)
			return 0;
	}
	return err_set(e, ERR_REFUSED, "source-scheme",
	    "this version cannot open '%.*s:' cameras; it can open http:, http+still:, "
	    "pppp:, rtsp: and test:",
	    (int)(n < 20 ? n : 20), source);
}

int
source_still_rate(const char *source, unsigned *ret_fps10)
{
	const char *mark = strchr(source, '#');
	unsigned whole, tenth = 0;
	char end;

	if (mark == NULL) {
		*ret_fps10 = SOURCE_STILL_FPS10;
		return 0;
	}
	if (strlen(mark) > 9 || strncmp(mark, "#fps=", 5) != 0 ||
	    mark[5 + strspn(mark + 5, "0123456789.")] != '\0')
		return -1;
	if (sscanf(mark + 5, "%u.%1u%c", &whole, &tenth, &end) != 2 &&
	    (sscanf(mark + 5, "%u%c", &whole, &end) != 1))
		return -1;
	if (whole * 10 + tenth < 2 || whole * 10 + tenth > 150)
		return -1;
	*ret_fps10 = whole * 10 + tenth;
	return 0;
}

/* The host of the source when it is an address and no name. */
static bool
literal_host(const char *source, struct sockaddr_storage *ret)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	const char *at = strstr(source, "://");
	char host[64];

	if (at != NULL)
		at += 3;
	else if ((at = strchr(source, '@')) != NULL)
		at++;
	else
		return false;
	memset(ret, 0, sizeof(*ret));
	if (*at == '[') {
		snprintf(host, sizeof(host), "%.*s", (int)strcspn(at + 1, "]"), at + 1);
		if (inet_pton(AF_INET6, host, &in6.sin6_addr) != 1)
			return false;
		memcpy(ret, &in6, sizeof(in6));
		return true;
	}
	snprintf(host, sizeof(host), "%.*s", (int)strcspn(at, ":/?"), at);
	if (inet_pton(AF_INET, host, &in.sin_addr) != 1)
		return false;
	memcpy(ret, &in, sizeof(in));
	return true;
}

const struct err *
source_warning(const char *source, const char *networks, struct err *ret)
{
	struct err other = { .code = ERR_NONE };
	struct sockaddr_storage host;
	struct netpolicy *p;

	err_clear(ret);
	if (source[0] == '\0' || source_opens(source, ret) < 0 ||
	    !literal_host(source, &host) ||
	    (p = netpolicy_new(networks, &other)) == NULL)
		return ret;
	/* Without a look at the interfaces a verdict would be a guess. */
	if (netpolicy_refresh(p, &other) == 0)
		(void)netpolicy_check(p, (const struct sockaddr *)&host, ret);
	netpolicy_free(p);
	return ret;
}
