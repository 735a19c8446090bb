/* SPDX-License-Identifier: GPL-3.0-or-later */
/* camherd dump secrets|redact: what a dump gives away, and a copy that can be posted.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "cli/bytes.h"
#include "cli/cli.h"
#include "cli/out.h"
#include "image/redact.h"

static json_t *
json_found(const struct found *f, bool show)
{
	char text[4 * FOUND_BYTES_MAX + 1];

	return json_pack("{s:s,s:I,s:i,s:b,s:o,s:o}", "kind", found_kind_name(f->kind),
	    "offset", (json_int_t)f->at, "size", (int)f->n, "secret",
	    found_is_secret(f->kind), "text",
	    out_text(found_text(f, show, text, sizeof(text))), "where",
	    out_text(f->where));
}

static int
secrets_json(const struct found_list *list, bool show)
{
	json_t *items = json_array();
	unsigned i;

	for (i = 0; i < list->n; i++)
		json_array_append_new(items, json_found(&list->items[i], show));
	return out_json(json_pack("{s:o,s:b}", "found", items, "more", list->more));
}

static int
secrets_text(struct cli *cli, const struct found_list *list, bool show)
{
	struct table *t = table_new(4, "KIND", "AT", "TEXT", "WHERE");
	char text[4 * FOUND_BYTES_MAX + 1];
	const struct found *f;
	unsigned i;

	for (i = 0; i < list->n; i++) {
		f = &list->items[i];
		table_cell(t, "%s", found_kind_name(f->kind));
		table_cell(t, "0x%06x", f->at);
		table_cell(t, "%s", found_text(f, show, text, sizeof(text)));
		table_cell(t, "%s", f->where);
	}
	table_end(t, cli);
	if (list->n == 0)
		say(stdout, "nothing was found");
	if (list->more)
		say(stdout, "... and more than the %d things listed here", FOUND_MAX);
	return 0;
}

static int
run_secrets(struct cli *cli, const struct cli_args *args, struct err *e)
{
	struct image_map *map = out_memory(malloc(sizeof(*map)));
	struct found_list *list = out_memory(malloc(sizeof(*list)));
	bool show = cli_opt(args, "show-private") != NULL;
	uint8_t *p = NULL;
	size_t n;
	int r = -1;

	if (bytes_read(cli, args->arg[0], &p, &n, e) == 0 &&
	    image_map(p, n, map, e) == 0) {
		found_scan(p, n, map, list);
		r = cli->json ? secrets_json(list, show)
			      : secrets_text(cli, list, show);
	}
	free(p);
	free(map);
	free(list);
	return r;
}

static const char *
place_name(const struct redact_place *place)
{
	return place->unknown ? "unknown area" : found_kind_name(place->kind);
}

static json_t *
redact_doc(const struct redact_report *r, const char *file)
{
	json_t *places = json_array();
	unsigned i;

	for (i = 0; i < r->n_places; i++)
		json_array_append_new(places,
		    json_pack("{s:s,s:I,s:I,s:s}", "kind", place_name(&r->places[i]),
			"offset", (json_int_t)r->places[i].at, "size",
			(json_int_t)r->places[i].n, "form", r->places[i].form));
	return json_pack("{s:o,s:b,s:i,s:i,s:i,s:i,s:I,s:o}", "places", places, "more",
	    r->more, "secrets", (int)r->secrets, "too_short", (int)r->too_short,
	    "sections_mended", (int)r->sections_mended, "packed_sections",
	    (int)r->packed_sections, "unknown_bytes", (json_int_t)r->unknown_bytes,
	    "file", out_text_or_null(file));
}

static void
redact_say(struct cli *cli, const struct redact_report *r, const char *file, bool kept)
{
	struct table *t = table_new(4, "AT", "BYTES", "WHAT", "WRITTEN");
	unsigned i;

	for (i = 0; i < r->n_places; i++) {
		table_cell(t, "0x%06x", r->places[i].at);
		table_cell(t, "%u", r->places[i].n);
		table_cell(t, "%s", place_name(&r->places[i]));
		table_cell(t, "%s", r->places[i].form);
	}
	table_end(t, cli);
	say(stdout, "%s %u secrets in %u%s places; checked again: none is left.",
	    file[0] != '\0' ? "Blanked" : "Would blank", r->secrets, r->n_places,
	    r->more ? "+" : "");
	if (r->too_short > 0)
		say(stdout,
		    "%u of them are too short to look for elsewhere; they are blanked "
		    "where they "
		    "stand in the settings.",
		    r->too_short);
	if (r->unknown_bytes > 0)
		say(stdout,
		    "%u bytes look encrypted or like keys and cannot be checked: they "
		    "are %s.",
		    r->unknown_bytes, kept ? "kept as you asked" : "blanked");
	if (r->packed_sections > 0)
		say(stdout,
		    "%u packed section%s of the firmware cannot be searched inside; "
		    "the camera needs them, so they are kept.",
		    r->packed_sections, r->packed_sections == 1 ? "" : "s");
	if (file[0] == '\0')
		say(stdout, "This was a preview; give -o FILE to write the copy.");
}

static int
run_redact(struct cli *cli, const struct cli_args *args, struct err *e)
{
	struct redact_options options = { .keep_mac = cli_opt(args, "keep-mac") != NULL,
		.keep_unknown = cli_opt(args, "keep-unknown") != NULL };
	struct redact_report *report = out_memory(malloc(sizeof(*report)));
	const char *file = cli_opt(args, "output");
	uint8_t *p = NULL;
	size_t n;
	int r = -1;

	if (bytes_read(cli, args->arg[0], &p, &n, e) == 0 &&
	    image_redact(p, n, &options, report, e) == 0)
		r = file == NULL
		    ? 0
		    : bytes_write(file, p, n, cli_opt(args, "force") != NULL, e);
	if (r == 0 && cli->json)
		out_json(redact_doc(report, file != NULL ? file : ""));
	else if (r == 0 && !cli->quiet && (file == NULL || strcmp(file, "-") != 0))
		redact_say(cli, report, file != NULL ? file : "", options.keep_unknown);
	free(p);
	free(report);
	return r;
}

static const struct cli_option secrets_options[] = {
	{ "show-private", 0, NULL, "show secrets as they are" }, { NULL, 0, NULL, NULL }
};

static const struct cli_option redact_options[] = {
	{ "output", 'o', "FILE",
	    "write the copy there; without it only a preview is shown" },
	{ "force", 0, NULL, "replace a file that is there" },
	{ "keep-mac", 0, NULL, "leave MAC addresses in" },
	{ "keep-unknown", 0, NULL, "leave in what looks encrypted or like a key" },
	{ NULL, 0, NULL, NULL }
};

const struct cli_command cmds_share[] = {
	{ .verb = "dump secrets",
	    .usage = "DUMP|./FILE",
	    .help = "names, keys and ids inside, masked",
	    .more =
		"A word with a slash is a file of yours; it is looked at and not kept.",
	    .options = secrets_options,
	    .min = 1,
	    .max = 1,
	    .needs = CLI_CONF | CLI_READ,
	    .run = run_secrets },
	{ .verb = "dump redact",
	    .usage = "DUMP|./FILE [-o FILE]",
	    .help = "a copy without secrets, to share",
	    .more = "Every secret found is blanked wherever it stands: as it is, "
		    "reversed, in UTF-16,\n"
		    "base64 and hex, with the escapes of a URL. The library keeps the "
		    "original.",
	    .options = redact_options,
	    .min = 1,
	    .max = 1,
	    .needs = CLI_CONF | CLI_READ,
	    .run = run_redact },
	{ .verb = NULL }
};
