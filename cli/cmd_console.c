/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * camherd console: what a camera says on its serial line, by way of flashd, which has
 * the port open. One thread.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/out.h"
#include "cli/state.h"
#include "common/file.h"
#include "common/loop.h"
#include "common/redact.h"
#include "common/text.h"

#define IN_MAX (64 * 1024)
#define LINE_MAX_TYPED 512

struct session {
	struct cli *cli;
	int fd, save;
	bool hex, redact, typing;
	const char *send; /* --send: not sent yet */
	const char *line[2]; /* --dtr, --rts: not told yet */
	bool was_open, ended;
	char told[700]; /* the last state that was printed */
	char told_print[300];
	char *in;
	size_t n;
	char typed[LINE_MAX_TYPED + 2];
	size_t n_typed;
	struct err trouble;
};

static volatile sig_atomic_t interrupted;

static void
on_interrupt(int sig)
{
	(void)sig;
	interrupted = 1;
}

static int
tell(struct session *s, json_t *doc, struct err *e)
{
	char *text = out_memory(json_dumps(out_memory(doc), JSON_COMPACT));
	int r = file_write_all(s->fd, text, strlen(text), e);

	if (r == 0)
		r = file_write_all(s->fd, "\n", 1, e);
	free(text);
	json_decref(doc);
	return r;
}

/* ---- what is shown ---- */

static void
time_of(int64_t at_ms, char *ret, size_t ret_size)
{
	time_t s = (time_t)(at_ms / 1000);
	struct tm tm;
	char clock[16];

	if (localtime_r(&s, &tm) == NULL ||
	    strftime(clock, sizeof(clock), "%H:%M:%S", &tm) == 0)
		clock[0] = '\0';
	snprintf(ret, ret_size, "%s.%03d", clock, (int)(at_ms % 1000));
}

/* The line's bytes: as they are in "hex", else the text itself. */
static size_t
bytes_of(const json_t *doc, const char *text, uint8_t *ret, size_t max)
{
	const char *hex = json_string_value(json_object_get(doc, "hex"));
	size_t n = hex != NULL ? strlen(hex) / 2 : strlen(text);

	if (n > max)
		n = max;
	if (hex == NULL)
		memcpy(ret, text, n);
	else if (text_unhex(hex, ret, strlen(hex) / 2 > max ? 0 : n) < 0)
		n = 0;
	return n;
}

static void
show_hex(const char *clock, const json_t *doc, const char *text)
{
	uint8_t raw[1024];
	size_t n = bytes_of(doc, text, raw, sizeof(raw)), at, i;
	char row[60], plain[17];

	for (at = 0; at == 0 || at < n; at += 16) {
		row[0] = '\0';
		for (i = 0; i < 16 && at + i < n; i++) {
			snprintf(row + 3 * i, 4, "%02x ", raw[at + i]);
			plain[i] = raw[at + i] >= 0x20 && raw[at + i] < 0x7f
			    ? (char)raw[at + i]
			    : '.';
		}
		plain[i] = '\0';
		say(stdout, "%s  %-48s %s", clock, row, plain);
	}
}

static void
save_line(struct session *s, const char *clock, const char *mark, const char *text)
{
	char kept[2100], line[2200];
	struct err e;
	int n;

	if (s->save < 0)
		return;
	if (s->redact)
		redact_line(text, kept, sizeof(kept));
	else
		snprintf(kept, sizeof(kept), "%s", text);
	n = snprintf(line, sizeof(line), "%s %s%s\n", clock, mark, kept);
	if (file_write_all(s->save, line, (size_t)n, &e) < 0) {
		s->trouble = e;
		s->ended = true;
	}
}

static void
show_line(struct session *s, const json_t *doc)
{
	const char *text = json_string_value(json_object_get(doc, "text"));
	const char *mark = json_is_true(json_object_get(doc, "sent")) ? "> " : "  ";
	char clock[32];

	if (text == NULL)
		return;
	time_of(
	    json_integer_value(json_object_get(doc, "at_ms")), clock, sizeof(clock));
	save_line(s, clock, mark, text);
	if (s->cli->json)
		return;
	if (s->hex)
		show_hex(clock, doc, text);
	else
		say(stdout, "%s %s%s", clock, mark, text);
}

static void
show_print(struct session *s, const json_t *p)
{
	static const char *const keys[] = { "sdk", "clock", "flash", "sensor", "family",
		NULL };
	char line[300] = "";
	size_t used = 0;
	const char *v;
	int i;

	for (i = 0; keys[i] != NULL; i++) {
		v = json_string_value(json_object_get(p, keys[i]));
		if (v != NULL && v[0] != '\0' && used < sizeof(line))
			used += (size_t)snprintf(line + used, sizeof(line) - used,
			    "%s%s", used > 0 ? " · " : "camera: ", v);
	}
	if (line[0] == '\0' || strcmp(line, s->told_print) == 0)
		return;
	snprintf(s->told_print, sizeof(s->told_print), "%s", line);
	say(stderr, "-- %s", line);
}

static const char *
text_of(const json_t *doc, const char *key)
{
	const char *v = json_string_value(json_object_get(doc, key));

	return v != NULL ? v : "";
}

/* Only what is news: figures alone are none. */
static void
show_state(struct session *s, const json_t *doc)
{
	const char *state = text_of(doc, "state"), *sender = text_of(doc, "sender");
	const json_t *job = json_object_get(doc, "job");
	char key[700];

	s->was_open = s->was_open || strcmp(state, "open") == 0;
	if (s->cli->json || s->cli->quiet)
		return;
	show_print(s, json_object_get(doc, "print"));
	snprintf(key, sizeof(key), "%s %lld %s %s %d %s", state,
	    (long long)json_integer_value(json_object_get(doc, "baud")),
	    text_of(doc, "verdict"), text_of(doc, "message"),
	    json_is_true(json_object_get(json_object_get(doc, "print"), "login")),
	    strcmp(sender, "other") == 0 ? sender : "");
	if (strcmp(key, s->told) == 0)
		return;
	snprintf(s->told, sizeof(s->told), "%s", key);
	if (strcmp(state, "open") == 0)
		say(stderr, "-- %s%s", text_of(doc, "evidence"),
		    strcmp(sender, "other") == 0 ? " Somebody else is typing." : "");
	else if (strcmp(state, "job") == 0)
		say(stderr,
		    "-- job %lld has the port; the console goes on after it. 'camherd "
		    "job show --follow %lld' watches it",
		    (long long)json_integer_value(job),
		    (long long)json_integer_value(job));
	else if (strcmp(state, "unplugged") == 0)
		say(stderr, "-- the port is unplugged; plug it in again");
	else
		say(stderr, "-- %s",
		    text_of(doc, "message")[0] != '\0' ? text_of(doc, "message")
						       : "the port is being opened");
}

static void
take_error(struct session *s, const json_t *doc, bool end)
{
	err_set(&s->trouble, ERR_REFUSED, text_of(doc, "code"), "%s",
	    text_of(doc, "message"));
	if (strcmp(text_of(doc, "code"), "flashd-ends") == 0)
		s->trouble.code = ERR_DOWN;
	if (end || !s->typing)
		s->ended = true;
	else
		say(stderr, "-- %s", text_of(doc, "message"));
}

static void
take_event(struct session *s, const char *line)
{
	json_t *doc = json_loads(line, 0, NULL);
	const char *event = text_of(doc, "event");

	if (s->cli->json && doc != NULL && strcmp(event, "end") != 0 &&
	    strcmp(event, "error") != 0)
		out_json(json_incref(doc));
	if (strcmp(event, "line") == 0)
		show_line(s, doc);
	else if (strcmp(event, "state") == 0)
		show_state(s, doc);
	else if (strcmp(event, "gap") == 0 && !s->cli->json)
		say(stderr, "-- %lld lines are no longer kept",
		    (long long)json_integer_value(json_object_get(doc, "lines")));
	else if (strcmp(event, "error") == 0 || strcmp(event, "end") == 0)
		take_error(s, doc, strcmp(event, "end") == 0);
	json_decref(doc);
	fflush(stdout);
}

/* ---- in and out ---- */

/* The first line, "ok" or "error CODE SENTENCE". */
static int
take_answer(const char *line, struct err *e)
{
	char name[40];
	const char *text;
	size_t n;

	if (strcmp(line, "ok") == 0)
		return 0;
	if (strncmp(line, "error ", 6) != 0)
		return err_set(e, ERR_FAILED, "bad-answer",
		    "flashd gave no answer that is understood here; are both of one "
		    "version?");
	n = strcspn(line + 6, " ");
	text = line[6 + n] == ' ' ? line + 7 + n : "refused";
	snprintf(name, sizeof(name), "%.*s", (int)(n < 39 ? n : 39), line + 6);
	return err_set(e,
	    strstr(name, "not") != NULL && strstr(name, "enabled") == NULL
		? ERR_NOT_FOUND
		: ERR_REFUSED,
	    name, "%s", text);
}

/* Whole lines of what has come. 1 = more may come, 0 = it is over, -1. */
static int
take_input(struct session *s, bool *answered, struct err *e)
{
	ssize_t n = read(s->fd, s->in + s->n, IN_MAX - s->n);
	char *at = s->in, *end;

	if (n < 0 && errno == EINTR)
		return 1;
	if (n <= 0)
		return err_set(e, ERR_DOWN, "flashd-gone",
		    "flashd closed the console; 'camherd status' tells whether it "
		    "runs");
	s->n += (size_t)n;
	while ((end = memchr(at, '\n', s->n - (size_t)(at - s->in))) != NULL) {
		*end = '\0';
		if (*answered)
			take_event(s, at);
		else if (take_answer(at, e) < 0)
			return -1;
		*answered = true;
		at = end + 1;
		if (s->ended)
			return 0;
	}
	s->n -= (size_t)(at - s->in);
	memmove(s->in, at, s->n);
	return s->n == IN_MAX
	    ? err_set(e, ERR_FAILED, "bad-answer", "flashd's line has no end")
	    : 1;
}

static int
take_typed(struct session *s, struct err *e)
{
	ssize_t n =
	    read(STDIN_FILENO, s->typed + s->n_typed, LINE_MAX_TYPED - s->n_typed);
	char *end;
	size_t len;

	if (n <= 0) {
		s->typing = n < 0 && errno == EINTR;
		return 0;
	}
	s->n_typed += (size_t)n;
	while ((end = memchr(s->typed, '\n', s->n_typed)) != NULL ||
	    s->n_typed == LINE_MAX_TYPED) {
		len = end != NULL ? (size_t)(end - s->typed) : s->n_typed;
		if (tell(s, json_pack("{s:o}", "send", json_stringn(s->typed, len)),
			e) < 0)
			return -1;
		len += end != NULL;
		s->n_typed -= len;
		memmove(s->typed, s->typed + len, s->n_typed);
	}
	return 0;
}

/* --dtr and --rts, once the port is open. */
static int
tell_lines(struct session *s, struct err *e)
{
	static const char *const names[] = { "dtr", "rts" };
	int i;

	for (i = 0; i < 2; i++) {
		if (s->line[i] != NULL &&
		    tell(s,
			json_pack("{s:b}", names[i], strcmp(s->line[i], "on") == 0),
			e) < 0)
			return -1;
		s->line[i] = NULL;
	}
	return 0;
}

static int
loop(struct session *s, struct err *e)
{
	struct pollfd p[2] = { { .fd = s->fd, .events = POLLIN },
		{ .fd = STDIN_FILENO, .events = POLLIN } };
	int64_t end_us = loop_now_us() + (int64_t)s->cli->timeout_s * 1000000, left_ms;
	bool answered = false;
	int r;

	while (!interrupted) {
		left_ms =
		    s->cli->timeout_s == 0 ? 1000 : (end_us - loop_now_us()) / 1000;
		if (left_ms <= 0)
			return 0;
		if (poll(p, s->typing ? 2 : 1, left_ms < 1000 ? (int)left_ms : 1000) <=
		    0)
			continue;
		if (p[0].revents != 0 && (r = take_input(s, &answered, e)) <= 0)
			return r;
		if (s->was_open && tell_lines(s, e) < 0)
			return -1;
		if (s->was_open && s->send != NULL) {
			if (tell(s, json_pack("{s:s}", "send", s->send), e) < 0)
				return -1;
			s->send = NULL;
		}
		if (s->typing && p[1].revents != 0 && take_typed(s, e) < 0)
			return -1;
	}
	return 0;
}

/* ---- the command ---- */

static int
open_console(struct session *s, const char *path, struct err *e)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	char line[300];
	int n;

	snprintf(
	    addr.sun_path, sizeof(addr.sun_path), "%s/console.sock", s->cli->conf.run);
	s->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (s->fd < 0)
		return err_sys(e, "make a socket");
	if (connect(s->fd, (struct sockaddr *)&addr, sizeof(addr)) < 0)
		return errno == EACCES ? err_sys(e, "open %s", addr.sun_path)
				       : state_down("flashd", e);
	n = snprintf(line, sizeof(line), "console %s\n", path);
	return file_write_all(s->fd, line, (size_t)n, e);
}

static int
open_save(struct session *s, const struct cli_args *args, struct err *e)
{
	const char *name = cli_opt(args, "save");

	s->redact = cli_opt(args, "redact") != NULL;
	if (name == NULL && s->redact)
		return err_set(
		    e, ERR_USAGE, "usage", "--redact is for what --save writes");
	if (name == NULL)
		return 0;
	s->save =
	    open(name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (s->save < 0 && errno == EEXIST)
		return err_set(e, ERR_REFUSED, "file-exists",
		    "%s is there already; give another name", name);
	return s->save < 0 ? err_sys(e, "write %s", name) : 0;
}

static int
converse(
    struct session *s, const struct cli_args *args, const char *path, struct err *e)
{
	uint64_t baud = 0;
	int given = 0, i;
	const char *b = cli_opt(args, "baud");

	if (b != NULL && strcmp(b, "auto") != 0 &&
	    (given = cli_opt_number(args, "baud", 300, 4000000, &baud, e)) < 0)
		return -1;
	for (i = 0; i < 2; i++) {
		if (s->line[i] != NULL && strcmp(s->line[i], "on") != 0 &&
		    strcmp(s->line[i], "off") != 0)
			return err_set(e, ERR_USAGE, "usage",
			    "--dtr and --rts take 'on' or 'off'");
	}
	if (open_save(s, args, e) < 0 || open_console(s, path, e) < 0)
		return -1;
	if ((given > 0 || b != NULL) &&
	    tell(s, json_pack("{s:I}", "baud", (json_int_t)baud), e) < 0)
		return -1;
	if (loop(s, e) < 0)
		return -1;
	if (s->trouble.code == ERR_NONE || !s->ended)
		return 0;
	*e = s->trouble;
	return -1;
}

static int
run_console(struct cli *cli, const struct cli_args *args, struct err *e)
{
	struct sigaction sa = { .sa_handler = on_interrupt };
	struct session s = { .cli = cli,
		.fd = -1,
		.save = -1,
		.hex = cli_opt(args, "hex") != NULL,
		.send = cli_opt(args, "send"),
		.line = { cli_opt(args, "dtr"), cli_opt(args, "rts") },
		.typing = isatty(STDIN_FILENO) && !cli->json };
	char path[256];
	int r;

	if (state_find_port(cli, args->arg[0], path, sizeof(path), e) < 0)
		return -1;
	sigemptyset(&sa.sa_mask);
	(void)sigaction(SIGINT, &sa, NULL);
	(void)sigaction(SIGTERM, &sa, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	s.in = out_memory(malloc(IN_MAX));
	r = converse(&s, args, path, e);
	free(s.in);
	if (s.fd >= 0)
		close(s.fd);
	if (s.save >= 0)
		close(s.save);
	return r;
}

static const struct cli_option console_options[] = {
	{ "baud", 0, "N|auto", "stay at this line rate; auto finds it again" },
	{ "send", 0, "LINE", "send this line once the port is open" },
	{ "dtr", 0, "on|off", "raise or lower DTR; it is left alone otherwise" },
	{ "rts", 0, "on|off", "the same for RTS" },
	{ "hex", 0, NULL, "show bytes" },
	{ "save", 0, "FILE", "write the lines to a new file, too" },
	{ "redact", 0, NULL, "leave passwords and ids out of that file" },
	{ NULL, 0, NULL, NULL }
};

const struct cli_command cmds_console[] = {
	{ .verb = "console",
	    .usage = "PORT",
	    .help = "what the camera says on its serial line, live",
	    .more = "Begins with the lines that flashd kept. On a terminal what you "
		    "type is sent line by\n"
		    "line; one at a time may send. Ctrl-C ends it, --timeout, too. "
		    "Control characters\n"
		    "are shown as \\xNN. --json prints one event a line.",
	    .options = console_options,
	    .min = 1,
	    .max = 1,
	    .needs = CLI_CONF | CLI_READ | CLI_LIVE,
	    .run = run_console },
	{ .verb = NULL }
};
