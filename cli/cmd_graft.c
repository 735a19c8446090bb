/* SPDX-License-Identifier: GPL-3.0-or-later */
/* camherd dump graft: an image for one camera, made of two dumps. One thread. */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/bytes.h"
#include "cli/cli.h"
#include "cli/out.h"
#include "cli/preview.h"
#include "common/text.h"

struct parents {
	uint8_t *donor, *target;
	size_t n;
	struct graft_who who;
	struct graft_choices choices;
};

static int
parse_identity(const char *s, enum graft_identity *ret, struct err *e)
{
	*ret = GRAFT_KEEP;
	if (s == NULL || (graft_identity_parse(s, ret) == 0 && *ret != GRAFT_DONOR))
		return 0;
	return err_set(e, ERR_USAGE, "usage",
	    "--identity %s: a graft keeps the target's identity (keep) or starts with "
	    "factory "
	    "defaults (blank); for the donor's own, use its dump as it is",
	    s);
}

static void
parts_say(const struct graft_report *r)
{
	unsigned i;

	printf("Parts that --part can choose:");
	for (i = 0; i < r->n_lines; i++) {
		if (r->lines[i].usual[0] != '\0')
			printf(" 0x%06x", r->lines[i].at);
	}
	putchar('\n');
}

static void
graft_say(struct cli *cli, const struct preview *v, const char *file)
{
	const struct graft_report *r = &v->report;
	struct table *t = table_new(4, "AT", "BYTES", "FROM", "WHAT");
	unsigned i, parts = 0;

	if (r->gone) {
		say(stdout, "%s", r->lines[0].said.msg);
		putchar('\n');
	}
	for (i = r->gone ? 1 : 0; i < r->n_lines; i++) {
		parts += r->lines[i].usual[0] != '\0';
		if (r->lines[i].n > 0)
			table_cell(t, "0x%06x", r->lines[i].at);
		else
			table_cell(t, "%s", r->lines[i].what);
		if (r->lines[i].n > 0)
			table_cell(t, "%u", r->lines[i].n);
		else
			table_cell(t, "%s", "");
		table_cell(t, "%s", r->lines[i].from);
		table_cell(t, "%s", r->lines[i].said.msg);
	}
	table_end(t, cli);
	if (parts > 0)
		parts_say(r);
	putchar('\n');
	preview_say(v, stdout);
	if (file == NULL)
		say(stdout, "This was a preview; give -o FILE to write the image.");
}

static json_t *
graft_doc(const struct preview *v, const char *file)
{
	const struct graft_report *r = &v->report;
	json_t *lines = json_array();
	unsigned i;

	for (i = 0; i < r->n_lines; i++)
		json_array_append_new(lines,
		    json_pack("{s:s,s:s,s:o,s:I,s:I,s:s}", "what", r->lines[i].what,
			"from", r->lines[i].from, "usual",
			out_text_or_null(r->lines[i].usual), "offset",
			(json_int_t)r->lines[i].at, "size",
			(json_int_t)r->lines[i].n, "text", r->lines[i].said.msg));
	return json_pack("{s:o,s:i,s:i,s:b,s:o,s:o}", "lines", lines,
	    "differs_from_donor", (int)r->differs_from_donor, "differs_from_target",
	    (int)r->differs_from_target, "identity_gone", r->gone, "image",
	    preview_json(v), "file", out_text_or_null(file != NULL ? file : ""));
}

static int
graft_write(struct cli *cli, const struct cli_args *args, const struct parents *p,
    struct err *e)
{
	struct preview *v = out_memory(calloc(1, sizeof(*v)));
	const char *file = cli_opt(args, "output");
	uint8_t *out = out_memory(malloc(p->n));
	int r = -1;

	if (parse_identity(cli_opt(args, "identity"), &v->identity, e) == 0 &&
	    image_graft(p->donor, p->target, p->n, v->identity, &p->choices,
		&p->who, out, &v->report, e) == 0 &&
	    preview_look(v, out, p->donor, p->target, p->n, e) == 0)
		r = file == NULL
		    ? 0
		    : bytes_write(file, out, p->n, cli_opt(args, "force") != NULL, e);
	if (r == 0 && cli->json)
		out_json(graft_doc(v, file));
	else if (r == 0 && !cli->quiet && (file == NULL || strcmp(file, "-") != 0))
		graft_say(cli, v, file);
	free(out);
	free(v);
	return r;
}

/* Both dumps, and what the library knows of their cameras. */
static int
read_parents(struct cli *cli, const char *donor, const char *target, struct parents *p,
    struct err *e)
{
	struct dump d, t;
	char donor_size[32], target_size[32];
	size_t nt;

	if (bytes_find(cli, donor, &d, &p->donor, &p->n, e) < 0)
		return err_add(e, "donor");
	if (bytes_find(cli, target, &t, &p->target, &nt, e) < 0)
		return err_add(e, "target");
	memcpy(p->who.donor_chip_id, d.chip_id, sizeof(p->who.donor_chip_id));
	snprintf(p->who.donor_mac, sizeof(p->who.donor_mac), "%s", dump_chip_mac(&d));
	memcpy(p->who.target_chip_id, t.chip_id, sizeof(p->who.target_chip_id));
	snprintf(
	    p->who.target_mac, sizeof(p->who.target_mac), "%s", dump_chip_mac(&t));
	if (p->n == nt)
		return 0;
	return err_set(e, ERR_REFUSED, "image-size",
	    "The donor's dump has %s (%zu bytes), the target's %s (%zu bytes): an "
	    "image "
	    "can only be made of two dumps of one size of flash. Choose a donor with "
	    "the same flash",
	    text_bytes(p->n, donor_size, sizeof(donor_size)), p->n,
	    text_bytes(nt, target_size, sizeof(target_size)), nt);
}

static int
run_graft(struct cli *cli, const struct cli_args *args, struct err *e)
{
	const char *donor = cli_opt(args, "donor"), *target = cli_opt(args, "target");
	const char *parts = cli_opt(args, "part");
	struct parents p = { .donor = NULL };
	int r = -1;

	if (donor == NULL || target == NULL)
		return err_set(e, ERR_USAGE, "usage",
		    "dump graft needs --donor DUMP and --target DUMP");
	if ((parts == NULL || graft_choices_parse(parts, &p.choices, e) == 0) &&
	    read_parents(cli, donor, target, &p, e) == 0)
		r = graft_write(cli, args, &p, e);
	free(p.donor);
	free(p.target);
	return r;
}

static const struct cli_option graft_options[] = { { "donor", 0, "DUMP",
						       "whose firmware" },
	{ "target", 0, "DUMP",
	    "whose identity: a dump of the camera that gets the image" },
	{ "identity", 0, "HOW",
	    "keep (the target's, default) or blank (factory defaults)" },
	{ "part", 0, "OFFSET=FROM",
	    "a part from target, donor or blank; a comma separates two" },
	{ "output", 'o', "FILE",
	    "write the image there; without it only a preview is shown" },
	{ "force", 0, NULL, "replace a file that is there" }, { NULL, 0, NULL, NULL } };

const struct cli_command cmds_graft[] = {
	{ .verb = "dump graft",
	    .usage = "--donor DUMP --target DUMP [-o FILE]",
	    .help = "an image for a camera: donor's firmware, its own identity",
	    .more = "A word with a slash is a file of yours.",
	    .options = graft_options,
	    .min = 0,
	    .max = 0,
	    .needs = CLI_CONF | CLI_READ,
	    .run = run_graft },
	{ .verb = NULL }
};
