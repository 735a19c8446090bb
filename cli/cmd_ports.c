/* SPDX-License-Identifier: GPL-3.0-or-later */
/* camherd ports, port enable|disable|name: serial ports by their physical place. */
#include "config.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cli/cli.h"
#include "cli/out.h"
#include "cli/progress.h"
#include "cli/state.h"
#include "common/bell.h"
#include "common/holder.h"
#include "common/text.h"
#include "db/db.h"
#include "db/job.h"
#include "db/live.h"
#include "db/socket.h"

#define PORTS_MAX 256

struct port {
	char path[256], name[33];
	struct live_port live; /* all empty while it is not there */
	bool enabled, seen, has_row;
	unsigned good_baud;
};

struct ports {
	struct port *p;
	int n;
	const struct conf *conf;
};

static struct port *
port_of(struct ports *all, const char *path)
{
	int i;

	for (i = 0; i < all->n; i++) {
		if (strcmp(all->p[i].path, path) == 0)
			return &all->p[i];
	}
	if (all->n == PORTS_MAX)
		return NULL;
	snprintf(all->p[all->n].path, sizeof(all->p[0].path), "%s", path);
	all->p[all->n].enabled = conf_list_has(all->conf->ports, path);
	return &all->p[all->n++];
}

static bool
take_row(const struct socket_row *s, void *arg)
{
	struct port *p = port_of(arg, s->path);

	if (p == NULL)
		return false;
	snprintf(p->name, sizeof(p->name), "%s", s->name);
	p->enabled = s->enabled; /* who has a row was asked */
	p->has_row = true;
	p->good_baud = s->good_baud;
	return true;
}

static bool
take_live(const struct live_port *l, void *arg)
{
	struct ports *all = arg;
	struct port *p = port_of(all, l->path);

	if (p == NULL)
		return false;
	p->seen = true;
	if (!p->has_row)
		p->enabled = p->enabled || conf_list_has(all->conf->ports, l->node);
	p->live = *l;
	return true;
}

/* Who runs camherd may see more processes than flashd does. */
static void
ask_holders(struct ports *all)
{
	struct holder *asked = out_memory(calloc(PORTS_MAX, sizeof(*asked)));
	char(*real)[PATH_MAX] = out_memory(calloc(PORTS_MAX, sizeof(*real)));
	struct live_port *l, *of[PORTS_MAX];
	size_t n = 0, i;

	for (i = 0; i < (size_t)all->n; i++) {
		l = &all->p[i].live;
		if ((strcmp(l->state, "free") != 0 && strcmp(l->state, "busy") != 0) ||
		    realpath(l->node, real[n]) == NULL)
			continue;
		asked[n].node = real[n];
		of[n++] = l;
	}
	holder_find(asked, n);
	for (i = 0; i < n; i++) {
		/* flashd itself: a job or console that has just begun. */
		if (asked[i].who[0] == '\0' || strncmp(asked[i].who, "flashd ", 7) == 0)
			continue;
		snprintf(of[i]->state, sizeof(of[i]->state), "busy");
		snprintf(of[i]->holder, sizeof(of[i]->holder), "%s", asked[i].who);
	}
	free(asked);
	free(real);
}

/* "working: backup, read1 41 %", "busy: picocom (process 812)", "not enabled". */
static void
describe(struct cli *cli, const struct port *p, char *ret, size_t ret_size)
{
	const struct live_port *l = &p->live;
	struct live_progress g;
	struct job j;

	if (!p->seen)
		snprintf(ret, ret_size, "unplugged");
	else if (l->job_id != 0 && job_by_id(cli->db, l->job_id, &j, NULL) == 0 &&
	    j.state == JOB_WAITING)
		snprintf(ret, ret_size, "%s: %s waits", l->state, job_kind_name(j.kind));
	else if (l->job_id != 0 && job_by_id(cli->db, l->job_id, &j, NULL) == 0 &&
	    live_get_progress(cli->live, l->job_id, &g, NULL) == 1 && g.total != 0)
		snprintf(ret, ret_size, "working: %s, %s %u %%", job_kind_name(j.kind),
		    progress_step(g.step), (unsigned)(g.done * 100 / g.total));
	else if (l->holder[0] != '\0')
		snprintf(ret, ret_size, "%s: %s", l->state, l->holder);
	else
		snprintf(ret, ret_size, "%s%s%s", l->state,
		    p->enabled ? "" : ", not enabled",
		    l->radio && !p->enabled ? " (looks like a radio stick)" : "");
}

/* "QinHeng USB Serial 1a86:7523", without saying the maker twice. */
static void
describe_adapter(const struct live_port *l, char *ret, size_t ret_size)
{
	bool twice = strncasecmp(l->product, l->vendor, strlen(l->vendor)) == 0;

	snprintf(ret, ret_size, "%s%s%s", twice ? "" : l->vendor,
	    twice || l->vendor[0] == '\0' ? "" : " ", l->adapter);
}

/* "3 framing, 12 retries", or "-". */
static void
describe_errors(const struct live_port *l, char *ret, size_t ret_size)
{
	const struct {
		uint64_t n;
		const char *what;
	} list[] = { { l->frame_errors, "framing" }, { l->overruns, "overrun" },
		{ l->parity_errors, "parity" }, { l->breaks, "break" },
		{ l->retries, "retried" } };
	size_t used = 0, i;

	snprintf(ret, ret_size, "-");
	for (i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
		if (list[i].n != 0 && used < ret_size)
			used += (size_t)snprintf(ret + used, ret_size - used,
			    "%s%llu %s", used > 0 ? ", " : "",
			    (unsigned long long)list[i].n, list[i].what);
	}
}

static json_t *
errors_json(const struct live_port *l)
{
	return json_pack("{s:I,s:I,s:I,s:I,s:I}", "framing",
	    (json_int_t)l->frame_errors, "overrun", (json_int_t)l->overruns, "parity",
	    (json_int_t)l->parity_errors, "break", (json_int_t)l->breaks, "retries",
	    (json_int_t)l->retries);
}

static json_t *
port_json(const struct port *p)
{
	const struct live_port *l = &p->live;

	return json_pack("{s:o,s:o,s:b,s:o,s:o,s:o,s:o,s:o,s:o,s:b,s:o,s:o,s:o,s:o,s:i,"
			 "s:o}",
	    "path", out_text(p->path), "name", out_text_or_null(p->name), "enabled",
	    p->enabled, "node", out_text_or_null(l->node), "adapter",
	    out_text_or_null(l->adapter), "vendor", out_text_or_null(l->vendor),
	    "product", out_text_or_null(l->product), "serial",
	    out_text_or_null(l->serial), "usb_id", out_text_or_null(l->usb_id), "radio",
	    l->radio, "state", out_text(p->seen ? l->state : "unplugged"), "holder",
	    out_text_or_null(l->holder), "job",
	    l->job_id == 0 ? json_null() : json_integer(l->job_id), "chip",
	    out_text_or_null(l->chip), "good_baud", (int)p->good_baud, "errors",
	    errors_json(l));
}

static void
show(struct cli *cli, const struct ports *all)
{
	struct table *t = table_new(
	    7, "PORT", "NODE", "ADAPTER", "SERIAL", "STATE", "ERRORS", "CHIP");
	char text[200];
	int i;

	for (i = 0; i < all->n; i++) {
		table_cell(t, "%s",
		    all->p[i].name[0] != '\0' ? all->p[i].name : all->p[i].path);
		table_cell(t, "%s", all->p[i].live.node);
		describe_adapter(&all->p[i].live, text, sizeof(text));
		table_cell(t, "%s", text);
		table_cell(t, "%s", all->p[i].live.serial);
		describe(cli, &all->p[i], text, sizeof(text));
		table_cell(t, "%s", text);
		describe_errors(&all->p[i].live, text, sizeof(text));
		table_cell(t, "%s", text);
		table_cell(t, "%s", all->p[i].live.chip);
	}
	table_end(t, cli);
	if (all->n == 0 && !cli->quiet)
		puts("No serial port is known. Plug in a USB-serial adapter; flashd "
		     "lists it here.");
	if (!state_is_up(cli, "flashd") && !cli->quiet)
		puts("flashd is not running, so what is plugged in now is not known.");
}

static int
run_ports(struct cli *cli, const struct cli_args *args, struct err *e)
{
	struct port *p = out_memory(calloc(PORTS_MAX, sizeof(*p)));
	struct ports all = { .p = p, .conf = &cli->conf };
	json_t *list;
	int i, r;

	(void)args;
	r = socket_each(cli->db, take_row, &all, e);
	if (r == 0 && state_is_up(cli, "flashd"))
		r = live_each_port(cli->live, take_live, &all, e);
	if (r == 0)
		ask_holders(&all);
	if (r == 0 && cli->json) {
		list = json_array();
		for (i = 0; i < all.n; i++)
			json_array_append_new(list, port_json(&all.p[i]));
		out_json(json_pack("{s:o}", "ports", list));
	} else if (r == 0) {
		show(cli, &all);
	}
	free(p);
	return r;
}

/* One row as the answer to a change. */
static int
answer(struct cli *cli, const char *path, struct err *e)
{
	struct socket_row row;

	bell_ring(cli->conf.run, "flashd");
	bell_ring(cli->conf.run, "webd");
	if (socket_by_path(cli->db, path, &row, e) < 0)
		return -1;
	if (cli->json)
		return out_json(json_pack("{s:o,s:o,s:b}", "path", out_text(row.path),
		    "name", out_text_or_null(row.name), "enabled", row.enabled));
	if (!cli->quiet)
		say(stdout, "%s%s%s is %s", row.name, row.name[0] != '\0' ? ", " : "",
		    row.path, row.enabled ? "enabled" : "not enabled");
	return 0;
}

static int
set_enabled(struct cli *cli, const struct cli_args *args, bool on, struct err *e)
{
	char path[256];

	if (state_find_port(cli, args->arg[0], path, sizeof(path), e) < 0 ||
	    socket_set_enabled(cli->db, path, on, e) < 0)
		return -1;
	return answer(cli, path, e);
}

static int
run_enable(struct cli *cli, const struct cli_args *args, struct err *e)
{
	return set_enabled(cli, args, true, e);
}

static int
run_disable(struct cli *cli, const struct cli_args *args, struct err *e)
{
	return set_enabled(cli, args, false, e);
}

static int
run_name(struct cli *cli, const struct cli_args *args, struct err *e)
{
	char path[256];

	if (state_find_port(cli, args->arg[0], path, sizeof(path), e) < 0 ||
	    socket_set_name(cli->db, path, args->arg[1], e) < 0)
		return -1;
	return answer(cli, path, e);
}

static int
run_watch(struct cli *cli, const struct cli_args *args, struct err *e)
{
	char watch[12];

	if ((args->n > 0 && socket_watch_set(cli->db, args->arg[0], e) < 0) ||
	    socket_watch_get(cli->db, watch, e) < 0)
		return -1;
	if (args->n > 0) {
		bell_ring(cli->conf.run, "flashd");
		bell_ring(cli->conf.run, "webd");
	}
	if (cli->json)
		return out_json(json_pack("{s:s}", "watch", watch));
	if (cli->quiet)
		return 0;
	if (strcmp(watch, "off") == 0)
		say(stdout, "nothing begins by itself when a port is plugged in");
	else
		say(stdout, "%s begins by itself on an enabled port that is plugged in",
		    watch);
	return 0;
}

const struct cli_command cmds_ports[] = {
	{ .verb = "ports",
	    .usage = "",
	    .help = "serial ports by their physical place",
	    .needs = CLI_CONF | CLI_READ | CLI_LIVE,
	    .run = run_ports },
	{ .verb = "port enable",
	    .usage = "PORT",
	    .help = "let flashd open this port",
	    .more = "flashd never sends a byte to a port that was not enabled: Zigbee "
		    "sticks and 3D\n"
		    "printers use the same adapters.",
	    .min = 1,
	    .max = 1,
	    .needs = CLI_CONF | CLI_WRITE | CLI_LIVE,
	    .run = run_enable },
	{ .verb = "port disable",
	    .usage = "PORT",
	    .help = "forbid flashd to open it",
	    .min = 1,
	    .max = 1,
	    .needs = CLI_CONF | CLI_WRITE | CLI_LIVE,
	    .run = run_disable },
	{ .verb = "port name",
	    .usage = "PORT NAME",
	    .help = "call it by a name of your own",
	    .more = "NAME is made of a-z, 0-9 and '-', at most 32 characters; '' takes "
		    "it away.",
	    .min = 2,
	    .max = 2,
	    .needs = CLI_CONF | CLI_WRITE | CLI_LIVE,
	    .run = run_name },
	{ .verb = "port watch",
	    .usage = "[off|identify|backup]",
	    .help = "what begins by itself on a port that is plugged in",
	    .more = "Only on ports that are enabled. Without a word: what is set now.",
	    .max = 1,
	    .needs = CLI_CONF | CLI_WRITE | CLI_LIVE,
	    .run = run_watch },
	{ .verb = NULL }
};
