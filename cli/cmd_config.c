/* SPDX-License-Identifier: GPL-3.0-or-later */
/* camherd config check: would the daemons start with this configuration? */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/out.h"
#include "common/err.h"
#include "common/nets.h"
#include "common/text.h"

#define FINDINGS_MAX 20

struct findings {
	json_t *list; /* strings */
};

static void found(struct findings *f, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void
found(struct findings *f, const char *fmt, ...)
{
	char line[600];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (json_array_size(f->list) < FINDINGS_MAX)
		json_array_append_new(f->list, out_text(line));
}

static void
check_folder(struct findings *f, const char *key, const char *path, int mode)
{
	struct stat st;

	if (stat(path, &st) < 0)
		found(f, "[paths] %s = %s: %s", key, path, strerror(errno));
	else if (!S_ISDIR(st.st_mode))
		found(f, "[paths] %s = %s: not a folder", key, path);
	else if (access(path, mode) < 0)
		found(f, "[paths] %s = %s: %s for this user (uid %d)", key, path,
		    strerror(errno), (int)getuid());
}

/* A numeric host; a name would make the start depend on a name server. */
static void
check_listen(struct findings *f, const char *key, const char *value)
{
	const char *colon = strrchr(value, ':');
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV },
			*found_at;
	char host[128];
	size_t n;

	if (colon == NULL)
		return;
	n = (size_t)(colon - value);
	if (n >= 2 && value[0] == '[' && value[n - 1] == ']')
		snprintf(host, sizeof(host), "%.*s", (int)n - 2, value + 1);
	else
		snprintf(host, sizeof(host), "%.*s", (int)n, value);
	if (getaddrinfo(host, colon + 1, &hints, &found_at) != 0)
		found(f, "%s = %s: '%s' is not an IP address", key, value, host);
	else
		freeaddrinfo(found_at);
}

static void
check_networks(struct findings *f, const char *key, const char *list)
{
	struct err e = { .code = ERR_NONE };
	char word[CONF_PATH_MAX];
	struct nets nets;

	while (conf_word(&list, word, sizeof(word))) {
		if (nets_parse(word, key, "networks", &nets, &e) < 0)
			found(f, "%s", e.msg);
	}
}

/* webd, which has a user of its own, reads them; here only: are they there? */
static void
check_file(struct findings *f, const char *key, const char *path)
{
	struct stat st;

	if (path[0] == '\0')
		return;
	if (stat(path, &st) < 0)
		found(f, "[webd] %s = %s: %s", key, path, strerror(errno));
	else if (!S_ISREG(st.st_mode))
		found(f, "[webd] %s = %s: not a file", key, path);
}

/* ADDRESS or ADDRESS:PORT. */
static bool
is_searchable(const char *word)
{
	char host[64];
	uint8_t bytes[4];
	uint64_t port;
	size_t n = strcspn(word, ":");

	snprintf(host, sizeof(host), "%.*s", (int)n, word);
	return inet_pton(AF_INET, host, bytes) == 1 &&
	    (word[n] == '\0' || text_number(word + n + 1, 1, 65535, false, &port) == 0);
}

static void
check_lists(struct findings *f, const struct conf *c)
{
	const char *at = c->discovery;
	char word[CONF_PATH_MAX];

	check_networks(f, "[streamd] camera_networks", c->camera_networks);
	check_networks(f, "[webd] trusted_proxy", c->trusted_proxy);
	while (conf_word(&at, word, sizeof(word))) {
		if (strcmp(word, "auto") != 0 && !is_searchable(word))
			found(f,
			    "[streamd] discovery: '%s' is neither 'auto' nor an IPv4 "
			    "address such as 192.168.1.255",
			    word);
	}
	at = c->ports;
	if (strcmp(c->ports, "auto") == 0)
		return;
	while (conf_word(&at, word, sizeof(word))) {
		if (word[0] != '/')
			found(f,
			    "[flashd] ports: '%s' is neither 'auto' nor a tty path",
			    word);
	}
}

static void
check_run(struct findings *f, const char *run)
{
	struct sockaddr_un a;

	if (strlen(run) + strlen("/frames.sock") >= sizeof(a.sun_path))
		found(f, "[paths] run = %s: too long for a socket's name", run);
}

static const char *
file_in_use(const struct cli *cli)
{
	const char *env = getenv("CAMHERD_CONF");

	if (cli->conf_file != NULL)
		return cli->conf_file;
	return env != NULL ? env : CAMHERD_CONF_FILE;
}

static void
say_findings(const struct cli *cli, const struct findings *f)
{
	size_t i, n = json_array_size(f->list);

	for (i = 0; i < n; i++)
		say(stdout, "%s", json_string_value(json_array_get(f->list, i)));
	if (n == 0 && !cli->quiet)
		say(stdout, "%s: the configuration is fine%s", file_in_use(cli),
		    access(file_in_use(cli), F_OK) < 0
			? " (there is no such file: all defaults)"
			: "");
}

static int
run_check(struct cli *cli, const struct cli_args *args, struct err *e)
{
	struct findings f = { .list = json_array() };
	size_t n;

	(void)args;
	(void)e;
	check_folder(&f, "state", cli->conf.state, R_OK | W_OK | X_OK);
	check_folder(&f, "run", cli->conf.run, R_OK | W_OK | X_OK);
	check_folder(&f, "www", cli->conf.www, R_OK | X_OK);
	check_run(&f, cli->conf.run);
	check_listen(&f, "[streamd] rtsp_listen", cli->conf.rtsp_listen);
	check_listen(&f, "[webd] listen", cli->conf.web_listen);
	check_listen(&f, "[webd] tls_listen", cli->conf.tls_listen);
	check_file(&f, "tls_cert", cli->conf.tls_cert);
	check_file(&f, "tls_key", cli->conf.tls_key);
	check_lists(&f, &cli->conf);
	n = json_array_size(f.list);
	if (cli->json) {
		out_json(json_pack("{s:o,s:b,s:o}", "file", out_text(file_in_use(cli)),
		    "ok", n == 0, "findings", f.list));
		return n == 0 ? ERR_NONE : ERR_FAILED;
	}
	say_findings(cli, &f);
	json_decref(f.list);
	return n == 0 ? ERR_NONE : ERR_FAILED;
}

const struct cli_command cmds_config[] = {
	{ .verb = "config check",
	    .usage = "",
	    .help = "is the configuration right?",
	    .more = "Reads the file and conf.d/*.conf beside it as the daemons would, "
		    "then looks at\n"
		    "the folders, addresses and networks it names. Exit code 2: a key "
		    "or value is\n"
		    "wrong; 1: the machine does not fit it.",
	    .needs = CLI_CONF,
	    .run = run_check },
	{ .verb = NULL }
};
