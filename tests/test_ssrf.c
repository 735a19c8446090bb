/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * T-NET-SSRF (N1): ways of writing a camera's address that mean this machine, nobody, or
 * somebody who is no camera; through the parser of what users type, the real drivers and
 * the check of the address, for each kind of source. A camera ("friend") listens on
 * 127.0.0.2, which is the one address that is allowed; at the same port of 127.0.0.1 and
 * ::1 listens a canary, which must never be connected to. Names are answered by this
 * program's own getaddrinfo(), so nothing leaves the machine.
 */
#include "config.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <event2/event.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/err.h"
#include "common/log.h"
#include "common/loop.h"
#include "common/netpolicy.h"
#include "db/camera.h"
#include "streamd/hub_feed.h"
#include "streamd/sources/http_pool.h"
#include "streamd/sources/rtsp_pull.h"
#include "streamd/sources/source.h"
#include "tests/unit.h"

#define DEADLINE_MS 60000
#define FRIEND "127.0.0.2"

/* ---- names ---- */

static const struct {
	const char *name, *first, *second; /* addresses; second of later answers, or also */
	bool changes; /* the first look-up gets first, later ones second */
} names[] = {
	{ "localhost", "127.0.0.1", "::1", false },
	{ "localhost.", "127.0.0.1", "::1", false },
	{ "localhost.localdomain", "127.0.0.1", NULL, false },
	{ "ip6-localhost", "::1", NULL, false },
	{ "own.test", "127.0.0.1", NULL, false },
	{ "six.test", "::1", NULL, false },
	{ "mapped.test", "::ffff:127.0.0.1", NULL, false },
	{ "metadata.test", "169.254.169.254", NULL, false },
	{ "zero.test", "0.0.0.0", NULL, false },
	{ "any6.test", "::", NULL, false },
	{ "group.test", "224.0.0.251", NULL, false },
	{ "all.test", "255.255.255.255", NULL, false },
	{ "world.test", "8.8.8.8", NULL, false },
	{ "friend.test", FRIEND, NULL, false },
	{ "both.test", "127.0.0.1", FRIEND, false },
	{ "turns.test", FRIEND, "127.0.0.1", true },
	{ "returns.test", "127.0.0.1", FRIEND, true },
};

static pthread_mutex_t names_lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned lookups; /* of names; under the lock */

typedef int resolver(const char *, const char *, const struct addrinfo *,
    struct addrinfo **);

static resolver *
real_resolver(void)
{
	void *sym = dlsym(RTLD_NEXT, "getaddrinfo");
	resolver *fn;

	memcpy(&fn, &sym, sizeof(fn));
	return fn;
}

/* In front of libc's: only numbers go there. */
int
getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
    struct addrinfo **ret)
{
	struct addrinfo h = { .ai_socktype = SOCK_STREAM }, *second;
	resolver *real = real_resolver();
	unsigned nth;
	size_t i;

	if (hints != NULL)
		h = *hints;
	h.ai_flags = (h.ai_flags & ~AI_ADDRCONFIG) | AI_NUMERICHOST;
	if (real(name, service, &h, ret) == 0)
		return 0;
	if (hints != NULL && (hints->ai_flags & AI_NUMERICHOST) != 0)
		return EAI_NONAME;
	pthread_mutex_lock(&names_lock);
	nth = ++lookups;
	pthread_mutex_unlock(&names_lock);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcasecmp(name, names[i].name) != 0)
			continue;
		if (names[i].changes)
			return real(nth == 1 ? names[i].first : names[i].second,
			    service, &h, ret);
		if (real(names[i].first, service, &h, ret) != 0)
			return EAI_NONAME;
		if (names[i].second != NULL &&
		    real(names[i].second, service, &h, &second) == 0)
			(*ret)->ai_next = second;
		return 0;
	}
	return EAI_NONAME;
}

/* ---- who listens ---- */

struct listener {
	int fd;
	unsigned connections;
};

struct bed {
	struct loop *loop;
	struct http_pool *http;
	struct pull_pool *pulls;
	struct netpolicy *policy;
	struct hub *hub;
	struct listener friend, canary, canary6;
	unsigned port;
	/* of the row that runs */
	bool failed;
	struct err err;
};

static int
listen_at(const char *host, unsigned port)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6,
		.sin6_port = htons((uint16_t)port) };
	bool v6 = strchr(host, ':') != NULL;
	int fd = socket(
	    v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -1;
	if (v6)
		inet_pton(AF_INET6, host, &in6.sin6_addr);
	else
		inet_pton(AF_INET, host, &in.sin_addr);
	if (bind(fd, v6 ? (struct sockaddr *)&in6 : (struct sockaddr *)&in,
		v6 ? sizeof(in6) : sizeof(in)) == 0 &&
	    listen(fd, 64) == 0)
		return fd;
	close(fd);
	return -1;
}

static void
count(struct listener *l)
{
	int fd;

	while (l->fd >= 0 && (fd = accept4(l->fd, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
		l->connections++;
		close(fd);
	}
}

/* One port that all three have. */
static void
listen_all(struct bed *b)
{
	struct sockaddr_in in;
	socklen_t n;
	int i;

	b->canary6.fd = -1;
	for (i = 0; i < 50; i++) {
		n = sizeof(in);
		b->friend.fd = listen_at(FRIEND, 0);
		assert_true(b->friend.fd >= 0);
		assert_int_equal(
		    getsockname(b->friend.fd, (struct sockaddr *)&in, &n), 0);
		b->port = ntohs(in.sin_port);
		if ((b->canary.fd = listen_at("127.0.0.1", b->port)) >= 0)
			break;
		close(b->friend.fd);
	}
	assert_true(b->canary.fd >= 0);
	b->canary6.fd = listen_at("::1", b->port); /* where there is IPv6 */
}

static int
setup(void **state)
{
	struct hub_options o = { .linger_s = 0 };
	struct bed *b = calloc(1, sizeof(*b));
	struct err e;

	assert_non_null(b);
	listen_all(b);
	assert_non_null(b->loop = loop_new(&e));
	assert_non_null(b->http = http_pool_new(b->loop, &e));
	assert_non_null(b->pulls = pull_pool_new(b->loop, &e));
	assert_non_null(b->policy = netpolicy_new(FRIEND, &e));
	assert_non_null(b->hub = hub_new(b->loop, &o, &e));
	*state = b;
	return 0;
}

static int
teardown(void **state)
{
	struct bed *b = *state;

	hub_free(b->hub);
	pull_pool_free(b->pulls);
	http_pool_free(b->http);
	netpolicy_free(b->policy);
	loop_free(b->loop);
	close(b->friend.fd);
	close(b->canary.fd);
	if (b->canary6.fd >= 0)
		close(b->canary6.fd);
	free(b);
	return 0;
}

/* ---- one address ---- */

static void
on_frame(void *arg, struct frame *f)
{
	(void)arg;
	(void)f;
}

static void
on_note(void *arg, enum hub_note note, const struct err *e)
{
	struct bed *b = arg;

	if (note != HUB_TROUBLE)
		return;
	b->failed = true;
	b->err = *e;
}

static void
unchanged(void *arg)
{
	(void)arg;
}

static const struct subscriber_ops watch_ops = { on_frame, on_note };

/* Let streamd open it, until it fails; every one does, for the friend says nothing. */
static void
open_source(struct bed *b, const struct camera *c)
{
	struct source_env env = { .loop = b->loop,
		.hub = b->hub,
		.http = b->http,
		.pulls = b->pulls,
		.policy = b->policy,
		.discovery = FRIEND };
	struct source_config config = {
		.name = "cam", .url = c->source, .user = c->user, .password = c->password
	};
	int64_t end = loop_now_us() + DEADLINE_MS * INT64_C(1000);
	struct subscriber *sub;
	struct source *s;
	struct stream *st;

	s = source_new(&env, &config, unchanged, NULL, &b->err);
	assert_non_null(s);
	st = hub_camera_stream(source_camera(s), CODEC_JPEG);
	sub = hub_subscribe(b->hub, st, &watch_ops, b, &b->err);
	assert_non_null(sub);
	while (!b->failed && b->friend.connections == 0 && loop_now_us() < end) {
		event_base_loop(loop_base(b->loop), EVLOOP_ONCE | EVLOOP_NONBLOCK);
		count(&b->friend);
		poll(NULL, 0, 1);
	}
	hub_unsubscribe(sub);
	source_free(s);
}

enum verdict {
	SKIP, /* not asked of this kind of source */
	FORM, /* refused when it is typed */
	NET, /* refused when its numbers are known */
	NAME, /* no such name */
	TAKEN /* the friend was connected to */
};

static const char *const words[] = { "skipped", "refused as it is typed",
	"its numbers are refused", "unknown name", "taken" };

static enum verdict
try_url(struct bed *b, const char *url)
{
	struct camera c = { .enabled = true };

	b->failed = false;
	b->friend.connections = b->canary.connections = b->canary6.connections = 0;
	err_clear(&b->err);
	lookups = 0;
	if (camera_source_parse(url, &c, &b->err) < 0)
		return FORM;
	open_source(b, &c);
	count(&b->canary);
	count(&b->canary6);
	if (b->friend.connections > 0)
		return TAKEN;
	assert_true(b->failed);
	if (strcmp(b->err.name, "address") == 0)
		return NET;
	return NAME;
}

/* scheme and what stands behind it, %u for the port, %F for the friend. */
static void
make_url(const struct bed *b, const char *scheme, const char *rest, char *ret,
    size_t ret_size)
{
	size_t at = (size_t)snprintf(ret, ret_size, "%s", scheme);

	for (; *rest != '\0' && at + 20 < ret_size; rest++) {
		if (rest[0] == '%' && rest[1] == 'u')
			at += (size_t)snprintf(ret + at, ret_size - at, "%u", b->port);
		else if (rest[0] == '%' && rest[1] == 'F')
			at += (size_t)snprintf(ret + at, ret_size - at, FRIEND);
		else {
			ret[at++] = *rest;
			continue;
		}
		rest++;
	}
	ret[at] = '\0';
}

struct row {
	const char *rest;
	enum verdict verdict; /* of http:, http+still:, rtsp: */
	const char *why; /* stands in the reason */
	enum verdict pppp; /* FORM, NET, NAME ("no IPv4 address"), SKIP */
};

#define SELF "this machine itself"
#define ODD "must be written as"
#define HOST "no good HOST"
#define OUT "outside the networks of"

static const struct row rows[] = {
	/* the friend, so that a refusal means something */
	{ "%F:%u/x", TAKEN, "", SKIP },
	{ "friend.test:%u/", TAKEN, "", SKIP },
	{ "0x7f.0.0.2:%u/", TAKEN, "", SKIP },
	{ "2130706434:%u/", TAKEN, "", SKIP },
	/* this machine, in numbers */
	{ "127.0.0.1:%u", NET, SELF, NET },
	{ "127.1:%u", NET, SELF, NET },
	{ "127.0.1:%u", NET, SELF, NET },
	{ "127.00.000.001:%u", NET, SELF, NET },
	{ "127.0.0.3:%u", NET, SELF, NET },
	{ "127.255.255.254:%u", NET, SELF, NET },
	{ "0x7f000001:%u", NET, SELF, NET },
	{ "0X7F.1:%u", NET, SELF, NET },
	{ "0x7f.0x0.0x0.0x1:%u", NET, SELF, NET },
	{ "0177.0.0.1:%u", NET, SELF, NET },
	{ "017700000001:%u", NET, SELF, NET },
	{ "0177.0.0x0.1:%u", NET, SELF, NET },
	{ "2130706433:%u", NET, SELF, NET },
	{ "[::1]:%u", NET, SELF, SKIP },
	{ "[0:0:0:0:0:0:0:1]:%u", NET, SELF, SKIP },
	{ "[0000::0001]:%u", NET, SELF, SKIP },
	{ "[::ffff:127.0.0.1]:%u", NET, "IPv4 address in IPv6 form", SKIP },
	{ "[::ffff:7f00:1]:%u", NET, "IPv4 address in IPv6 form", SKIP },
	{ "[::FFFF:127.0.0.2]:%u", NET, "IPv4 address in IPv6 form", SKIP },
	{ "[::127.0.0.1]:%u", NET, "no address of a machine", SKIP },
	{ "[64:ff9b::7f00:1]:%u", NET, OUT, SKIP },
	{ "[2002:7f00:1::]:%u", NET, OUT, SKIP },
	/* and in names */
	{ "localhost:%u", NET, SELF, NAME },
	{ "LocalHost:%u", NET, SELF, NAME },
	{ "localhost.:%u", NET, SELF, NAME },
	{ "localhost.localdomain:%u", NET, SELF, NAME },
	{ "ip6-localhost:%u", NET, SELF, NAME },
	{ "own.test:%u", NET, SELF, NAME },
	{ "six.test:%u", NET, SELF, NAME },
	{ "mapped.test:%u", NET, "IPv4 address in IPv6 form", NAME },
	/* nobody */
	{ "0.0.0.0:%u", NET, "no address of a machine", NET },
	{ "0:%u", NET, "no address of a machine", NET },
	{ "0x0:%u", NET, "no address of a machine", NET },
	{ "00000000:%u", NET, "no address of a machine", NET },
	{ "0.1.2.3:%u", NET, "no address of a machine", NET },
	{ "[::]:%u", FORM, HOST, FORM },
	{ "[::0]:%u", NET, "no address of a machine", SKIP },
	{ "zero.test:%u", NET, "no address of a machine", NAME },
	{ "any6.test:%u", NET, "no address of a machine", NAME },
	/* many */
	{ "224.0.0.1:%u", NET, "multicast", NET },
	{ "239.255.255.250:1900", NET, "multicast", NET },
	{ "[ff02::1]:%u", NET, "multicast", SKIP },
	{ "group.test:%u", NET, "multicast", NAME },
	{ "255.255.255.255:%u", NET, "broadcast or reserved", NET },
	{ "240.0.0.1:%u", NET, "broadcast or reserved", NET },
	{ "all.test:%u", NET, "broadcast or reserved", NAME },
	/* a cloud's own, link-local, others' */
	{ "169.254.169.254/latest/meta-data", NET, OUT, SKIP },
	{ "0xa9fea9fe/", NET, OUT, SKIP },
	{ "2852039166:80", NET, OUT, NET },
	{ "metadata.test", NET, OUT, NAME },
	{ "[fd00:ec2::254]", NET, OUT, SKIP },
	{ "[fe80::1]:%u", NET, OUT, SKIP },
	{ "8.8.8.8", NET, OUT, NET },
	{ "134744072", NET, OUT, NET },
	{ "world.test", NET, OUT, NAME },
	{ "10.0.0.1", NET, OUT, NET },
	{ "192.168.1.1", NET, OUT, NET },
	{ "[2001:db8::1]", NET, OUT, SKIP },
	/* users and other decoys in front of the host */
	{ "%F@127.0.0.1:%u", NET, SELF, FORM },
	{ "%F:%u@127.0.0.1:%u", NET, SELF, FORM },
	{ "a:b@c@127.0.0.1:%u", NET, SELF, FORM },
	{ "%F%%40@127.0.0.1:%u", FORM, "cannot be read", FORM },
	{ "127.0.0.1:%u@%F:%u", TAKEN, "", SKIP },
	{ "%F:%u/@127.0.0.1:%u", TAKEN, "", SKIP },
	{ "%F:%u?@127.0.0.1:%u/", TAKEN, "", SKIP },
	{ "%F:%u#@127.0.0.1:%u/", FORM, "behind '#'", SKIP },
	{ "127.0.0.1:%u\\@%F:%u", FORM, ODD, FORM },
	{ "%F\\.127.0.0.1:%u", FORM, ODD, FORM },
	{ "%F;127.0.0.1:%u", FORM, HOST, FORM },
	{ "%F,127.0.0.1:%u", FORM, HOST, FORM },
	{ "%F 127.0.0.1:%u", FORM, ODD, FORM },
	/* characters that some parser takes for others */
	{ "%F:%u\r\nHost: 127.0.0.1", FORM, ODD, FORM },
	{ "%F\n127.0.0.1:%u", FORM, ODD, FORM },
	{ "127.0.0.1\t:%u", FORM, ODD, FORM },
	{ "127.0.0.1%00.test:%u", FORM, HOST, FORM },
	{ "%31%32%37.0.0.1:%u", FORM, HOST, FORM },
	{ "127%2e0.0.1:%u", FORM, HOST, FORM },
	{ "\xef\xbc\x91\xef\xbc\x92\xef\xbc\x97.0.0.1:%u", FORM, ODD, FORM },
	{ "127\xe3\x80\x82" "0\xe3\x80\x82" "0\xe3\x80\x82" "1:%u", FORM, ODD, FORM },
	{ "\xe2\x93\x9bocalhost:%u", FORM, ODD, FORM },
	{ "xn--ocalhost-x00d:%u", NAME, "not known", NAME },
	{ "<127.0.0.1>:%u", FORM, ODD, FORM },
	/* hosts and ports that are none */
	{ "", FORM, HOST, FORM },
	{ ":%u", FORM, HOST, FORM },
	{ "@", FORM, HOST, FORM },
	{ "/127.0.0.1:%u/", FORM, HOST, FORM },
	{ "[::1", FORM, HOST, FORM },
	{ "[]:%u", FORM, HOST, FORM },
	{ "[127.0.0.1]:%u", FORM, HOST, FORM },
	{ "[::1%25lo]:%u", FORM, HOST, FORM },
	{ "[fe80::1%eth0]:%u", FORM, HOST, FORM },
	{ ".localhost:%u", FORM, HOST, FORM },
	{ "-127.0.0.1:%u", FORM, HOST, FORM },
	{ "127.0.0.1.:%u", NAME, "", NAME },
	{ "127.0.0.1.%u", NAME, "", NAME },
	{ "127.0.0.256:%u", NAME, "not known", NAME },
	{ "999999999999:%u", NAME, "not known", NAME },
	{ "127.0.0.1:0", FORM, HOST, FORM },
	{ "127.0.0.1:65536", FORM, HOST, FORM },
	{ "127.0.0.1:+80", FORM, HOST, FORM },
	{ "127.0.0.1:0x50", FORM, HOST, FORM },
	{ "127.0.0.1:", FORM, HOST, FORM },
	{ "127.0.0.1:%u:%u", FORM, HOST, FORM },
	{ "nowhere.test:%u", NAME, "not known", NAME },
};

/* Other doors than those four. */
static const char *const other_schemes[] = { "https://%F:%u/", "ftp://%F/",
	"file:///etc/passwd", "file://%F/etc/passwd", "gopher://127.0.0.1:%u/_x",
	"dict://127.0.0.1:%u/x", "data:image/jpeg;base64,xx", "rtsps://%F/", "rtmp://%F/",
	"rtp://%F:%u", "udp://@127.0.0.1:%u", "tcp://127.0.0.1:%u", "concat:/etc/passwd",
	"http+unix://%2Frun%2Fx.sock/", "//127.0.0.1:%u/", "127.0.0.1:%u", "http:127.0.0.1",
	"http:/127.0.0.1:%u/", "javascript:alert(1)", "test:127.0.0.1" };

static void
judge(struct bed *b, const char *scheme, const struct row *r, enum verdict wanted)
{
	enum verdict got;
	char url[600];

	make_url(b, scheme, r->rest, url, sizeof(url));
	got = try_url(b, url);
	if (got != wanted)
		fail_msg("%s: %s, wanted: %s (%s: %s)", url, words[got], words[wanted],
		    b->err.name, b->err.msg);
	if (b->canary.connections + b->canary6.connections > 0)
		fail_msg("%s: this machine was connected to", url);
	if (got != TAKEN && b->err.msg[0] == '\0')
		fail_msg("%s: no reason was given", url);
	if (got != TAKEN && strcmp(scheme, "pppp:@") != 0 &&
	    strstr(b->err.msg, r->why) == NULL)
		fail_msg("%s: '%s' does not say '%s'", url, b->err.msg, r->why);
}

static void
all_rows(struct bed *b, const char *scheme)
{
	size_t i, n = sizeof(rows) / sizeof(rows[0]);
	bool pppp = strcmp(scheme, "pppp:@") == 0;
	unsigned tried = 0;

	for (i = 0; i < n; i++) {
		if (pppp && rows[i].pppp == SKIP)
			continue;
		judge(b, scheme, &rows[i], pppp ? rows[i].pppp : rows[i].verdict);
		tried++;
	}
	print_message("%u addresses behind %s\n", tried, scheme);
}

static void
http_goes_where_it_may(void **state)
{
	assert_true(sizeof(rows) / sizeof(rows[0]) >= 70);
	all_rows(*state, "http://");
}

static void
http_still_goes_where_it_may(void **state)
{
	all_rows(*state, "http+still://");
}

static void
rtsp_goes_where_it_may(void **state)
{
	all_rows(*state, "rtsp://");
}

static void
pppp_goes_where_it_may(void **state)
{
	all_rows(*state, "pppp:@");
}

static void
there_are_no_other_doors(void **state)
{
	struct bed *b = *state;
	char url[200];
	size_t i;

	for (i = 0; i < sizeof(other_schemes) / sizeof(other_schemes[0]); i++) {
		make_url(b, "", other_schemes[i], url, sizeof(url));
		if (try_url(b, url) != FORM)
			fail_msg("%s was taken", url);
		assert_true(b->err.msg[0] != '\0');
	}
}

/* A name is looked up once for a connection, and that answer is judged and used. */
static void
a_name_that_changes_gains_nothing(void **state)
{
	static const char *const schemes[] = { "http://", "http+still://", "rtsp://" };
	struct bed *b = *state;
	char url[200];
	size_t i;

	for (i = 0; i < 3; i++) {
		/* libcurl keeps answers for a minute: not from one row to the next. */
		http_pool_free(b->http);
		assert_non_null(b->http = http_pool_new(b->loop, &b->err));
		make_url(b, schemes[i], "turns.test:%u/", url, sizeof(url));
		assert_int_equal(try_url(b, url), TAKEN);
		assert_int_equal(lookups, 1);
		assert_int_equal(b->friend.connections, 1);
		assert_int_equal(b->canary.connections + b->canary6.connections, 0);
		http_pool_free(b->http);
		assert_non_null(b->http = http_pool_new(b->loop, &b->err));
		make_url(b, schemes[i], "returns.test:%u/", url, sizeof(url));
		assert_int_equal(try_url(b, url), NET);
		assert_int_equal(lookups, 1);
		assert_int_equal(b->canary.connections + b->canary6.connections, 0);
		/* Of several addresses one that may be used is, and no other. */
		make_url(b, schemes[i], "both.test:%u/", url, sizeof(url));
		assert_int_equal(try_url(b, url), TAKEN);
		assert_int_equal(b->canary.connections + b->canary6.connections, 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(http_goes_where_it_may, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    http_still_goes_where_it_may, setup, teardown),
		cmocka_unit_test_setup_teardown(rtsp_goes_where_it_may, setup, teardown),
		cmocka_unit_test_setup_teardown(pppp_goes_where_it_may, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    there_are_no_other_doors, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    a_name_that_changes_gains_nothing, setup, teardown),
	};

	log_init(LOG_LEVEL_ERR, LOG_FORMAT_TEXT); /* every refusal would be a line */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
