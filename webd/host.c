/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which Host headers are ours (see host.h). webd's one thread. */
#include "config.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "common/conf.h"
#include "common/err.h"
#include "common/text.h"
#include "webd/host.h"

#define HOST_MAX 254

struct hosts {
	char configured[CONF_LIST_MAX];
	char name[HOST_MAX]; /* the machine's, lower case, up to the first dot */
	char full[HOST_MAX]; /* the whole of it */
	char search[CONF_LIST_MAX]; /* the resolver's search domains */
};

static const char *const home_domains[] = { "local", "lan", "home.arpa", "fritz.box" };

static void
lower(const char *s, char *ret, size_t ret_size)
{
	size_t i;

	for (i = 0; s[i] != '\0' && i + 1 < ret_size; i++)
		ret[i] = (char)tolower((unsigned char)s[i]);
	ret[i] = '\0';
}

/* "search lan fritz.box" and "domain lan" of resolv.conf(5). */
static void
read_search(char *ret, size_t ret_size)
{
	char line[512];
	FILE *f = fopen("/etc/resolv.conf", "re");

	ret[0] = '\0';
	if (f == NULL)
		return;
	while (fgets(line, sizeof(line), f) != NULL) {
		line[strcspn(line, "\r\n")] = '\0';
		if ((strncmp(line, "search", 6) == 0 ||
			strncmp(line, "domain", 6) == 0) &&
		    (line[6] == ' ' || line[6] == '\t'))
			snprintf(ret, ret_size, "%s", line + 7);
	}
	fclose(f);
}

struct hosts *
hosts_new_as(const char *configured, const char *hostname, const char *search)
{
	struct hosts *h = calloc(1, sizeof(*h));

	if (h == NULL)
		return NULL;
	lower(configured, h->configured, sizeof(h->configured));
	lower(hostname, h->full, sizeof(h->full));
	lower(search, h->search, sizeof(h->search));
	snprintf(h->name, sizeof(h->name), "%.*s", (int)strcspn(h->full, "."), h->full);
	return h;
}

struct hosts *
hosts_new(const char *configured)
{
	char name[HOST_MAX] = "", search[CONF_LIST_MAX];

	if (gethostname(name, sizeof(name) - 1) < 0)
		name[0] = '\0';
	read_search(search, sizeof(search));
	return hosts_new_as(configured, name, search);
}

void
hosts_free(struct hosts *h)
{
	free(h);
}

/* Letters, digits, dots and hyphens, no empty label, no trailing dot. */
static bool
is_name(const char *s)
{
	size_t i;

	if (s[0] == '\0' || s[0] == '.' || s[0] == '-')
		return false;
	for (i = 0; s[i] != '\0'; i++) {
		if (s[i] == '.' && (s[i + 1] == '.' || s[i + 1] == '\0'))
			return false;
		if (!isalnum((unsigned char)s[i]) && s[i] != '.' && s[i] != '-' &&
		    s[i] != '_')
			return false;
	}
	return true;
}

int
host_split(const char *value, char *ret_host, size_t host_size, char *ret_port,
    size_t port_size)
{
	struct in6_addr v6;
	char inner[INET6_ADDRSTRLEN];
	uint64_t port;
	size_t n = value[0] == '[' ? strcspn(value, "]") + 1 : strcspn(value, ":");

	if (n > strlen(value) || n >= host_size)
		return -1;
	if (value[n] != '\0' &&
	    (value[n] != ':' || value[n + 1] == '0' ||
		text_number(value + n + 1, 1, 65535, false, &port) < 0))
		return -1;
	snprintf(ret_host, host_size, "%.*s", (int)n, value);
	snprintf(ret_port, port_size, "%s", value[n] == ':' ? value + n + 1 : "");
	if (ret_host[0] != '[')
		return is_name(ret_host) ? 0 : -1;
	if (n < 4 || n - 2 >= sizeof(inner))
		return -1;
	snprintf(inner, sizeof(inner), "%.*s", (int)(n - 2), ret_host + 1);
	return inet_pton(AF_INET6, inner, &v6) == 1 ? 0 : -1;
}

/* ret gets the binary address of "10.0.0.2" or "[fe80::1]"; its family, or 0. */
static int
literal(const char *host, uint8_t ret[16])
{
	char inner[INET6_ADDRSTRLEN];

	if (host[0] != '[')
		return inet_pton(AF_INET, host, ret) == 1 ? AF_INET : 0;
	snprintf(inner, sizeof(inner), "%.*s", (int)strlen(host) - 2, host + 1);
	return inet_pton(AF_INET6, inner, ret) == 1 ? AF_INET6 : 0;
}

static bool
same_address(const struct sockaddr *a, int family, const uint8_t *address)
{
	if (a == NULL || a->sa_family != family)
		return false;
	if (family == AF_INET)
		return memcmp(&((const struct sockaddr_in *)(const void *)a)->sin_addr,
			   address, 4) == 0;
	return memcmp(&((const struct sockaddr_in6 *)(const void *)a)->sin6_addr,
		   address, 16) == 0;
}

static bool
own_address(int family, const uint8_t *address, const struct sockaddr_storage *local)
{
	struct ifaddrs *list, *i;
	bool found = false;

	if (local != NULL &&
	    same_address((const struct sockaddr *)local, family, address))
		return true;
	if (getifaddrs(&list) < 0)
		return false;
	for (i = list; i != NULL && !found; i = i->ifa_next)
		found = same_address(i->ifa_addr, family, address);
	freeifaddrs(list);
	return found;
}

/* host is name.domain with a domain of this list? */
static bool
in_domain(const char *host, const char *name, const char *domain)
{
	size_t n = strlen(name);

	return n > 0 && strncmp(host, name, n) == 0 && host[n] == '.' &&
	    strcmp(host + n + 1, domain) == 0;
}

static bool
own_name(const struct hosts *h, const char *host)
{
	const char *at = h->search;
	char domain[HOST_MAX];
	size_t i;

	if (strcmp(host, "localhost") == 0 ||
	    (h->name[0] != '\0' && strcmp(host, h->name) == 0))
		return true;
	if (h->full[0] != '\0' && strcmp(host, h->full) == 0)
		return true;
	if (conf_list_has(h->configured, host))
		return true;
	for (i = 0; i < sizeof(home_domains) / sizeof(home_domains[0]); i++) {
		if (in_domain(host, h->name, home_domains[i]))
			return true;
	}
	while (conf_word(&at, domain, sizeof(domain))) {
		if (in_domain(host, h->name, domain))
			return true;
	}
	return false;
}

int
hosts_check(struct hosts *h, const char *value, const struct sockaddr_storage *local,
    struct err *e)
{
	char host[HOST_MAX], asked[HOST_MAX], port[8];
	uint8_t address[16];
	int family;

	if (host_split(value, asked, sizeof(asked), port, sizeof(port)) < 0)
		return err_set(e, ERR_USAGE, "bad-host",
		    "The Host header is neither a name nor an address.");
	lower(asked, host, sizeof(host));
	family = literal(host, address);
	if (family != 0 ? own_address(family, address, local) : own_name(h, host))
		return 0;
	if (conf_list_has(h->configured, host))
		return 0;
	return err_set(e, ERR_REFUSED, "unknown-host",
	    "camherd does not know itself by the name %s. If that is a name of this "
	    "machine, "
	    "write it into camherd.conf and restart webd:\n\n[webd]\nhostnames = "
	    "%s%s%s\n",
	    host, h->configured, h->configured[0] != '\0' ? " " : "", host);
}
