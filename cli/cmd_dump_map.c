/* SPDX-License-Identifier: GPL-3.0-or-later */
/* camherd dump map: what is inside a dump. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/bytes.h"
#include "cli/cli.h"
#include "cli/out.h"
#include "common/text.h"
#include "image/image.h"

static void
mac_text(const struct image_map *m, bool show, char *ret, size_t ret_size)
{
	char all[18];

	ret[0] = '\0';
	if (!m->has_mac)
		return;
	snprintf(all, sizeof(all), "%02x:%02x:%02x:%02x:%02x:%02x", m->mac[0],
	    m->mac[1], m->mac[2], m->mac[3], m->mac[4], m->mac[5]);
	out_mask(all, show, ret, ret_size);
}

static json_t *
address(uint32_t v)
{
	return v == IMAGE_NONE ? json_null() : json_integer(v);
}

static json_t *
json_sections(const struct image_map *m)
{
	const struct image_section *s;
	json_t *list = json_array(), *o;
	char id[12];
	unsigned i;

	for (i = 0; i < m->n_sections; i++) {
		s = &m->sections[i];
		snprintf(id, sizeof(id), "%08x", s->id);
		o = json_pack("{s:o,s:s,s:I,s:I,s:o,s:o,s:b,s:b,s:I}", "name",
		    out_text(s->name), "id", id, "offset", (json_int_t)s->offset,
		    "size", (json_int_t)s->size, "load", address(s->load), "entry",
		    address(s->entry), "header_ok", s->header_ok, "data_ok", s->data_ok,
		    "version", (json_int_t)s->version);
		json_object_set_new(o, "body", json_integer(s->body));
		json_object_set_new(o, "attribute", json_integer(s->attribute));
		json_object_set_new(o, "next", address(s->next));
		json_object_set_new(o, "header_sum", json_integer(s->header_sum));
		json_object_set_new(o, "data_sum", json_integer(s->data_sum));
		json_array_append_new(list, o);
	}
	return list;
}

static json_t *
json_regions(const struct image_map *m)
{
	const struct image_region *r;
	json_t *list = json_array();
	unsigned i;

	for (i = 0; i < m->n_regions; i++) {
		r = &m->regions[i];
		json_array_append_new(list,
		    json_pack("{s:s,s:I,s:I,s:o}", "kind", image_region_name(r->kind),
			"offset", (json_int_t)r->at, "size", (json_int_t)r->n,
			"section",
			r->section < 0 ? json_null()
				       : out_text(m->sections[r->section].name)));
	}
	return list;
}

static json_t *
json_fdcm(const struct image_map *m)
{
	json_t *list = json_array();
	const struct image_fdcm *f;
	unsigned i;

	for (i = 0; i < m->n_fdcm; i++) {
		f = &m->fdcm[i];
		json_array_append_new(list,
		    json_pack("{s:I,s:I,s:i,s:i,s:i,s:b}", "offset", (json_int_t)f->at,
			"size", (json_int_t)f->area, "record_size", (int)f->record,
			"records", (int)f->used, "capacity", (int)f->capacity,
			"sysinfo", m->sysinfo == (int)i));
	}
	return list;
}

static json_t *
json_faults(const struct image_map *m)
{
	json_t *list = json_array();
	unsigned i;

	for (i = 0; i < m->n_faults; i++)
		json_array_append_new(list,
		    json_pack("{s:I,s:o}", "offset", (json_int_t)m->faults[i].at,
			"text", out_text(m->faults[i].said.msg)));
	return list;
}

static json_t *
json_sysinfo(const struct image_map *m, bool show)
{
	const struct image_fdcm *f;
	char mac[18];

	if (m->sysinfo < 0)
		return json_null();
	f = &m->fdcm[m->sysinfo];
	mac_text(m, show, mac, sizeof(mac));
	return json_pack("{s:I,s:i,s:o,s:i,s:i}", "offset", (json_int_t)f->at,
	    "records", (int)f->used, "mac", out_text_or_null(mac), "capacity",
	    (int)f->capacity, "record_size", (int)f->record);
}

static int
map_json(const struct image_map *m, bool show)
{
	json_t *ota = json_null(), *doc;

	if (m->ota_n != 0)
		ota = json_pack("{s:I,s:I}", "offset", (json_int_t)m->ota_at, "size",
		    (json_int_t)m->ota_n);
	doc = json_pack("{s:I,s:o,s:o,s:s,s:o,s:b,s:o,s:o,s:b,s:b,s:o}", "size",
	    (json_int_t)m->n, "sections", json_sections(m), "sysinfo",
	    json_sysinfo(m, show), "chip", image_family_name(m->family), "chip_reason",
	    out_text(m->family_reason.msg), "chain_ok", m->chain_ok, "chain_error",
	    out_text(m->chain_error.msg), "ota", ota, "equal_halves", m->equal_halves,
	    "blank", m->all_blank, "regions", json_regions(m));
	json_object_set_new(doc, "reads", json_integer(m->reads));
	json_object_set_new(doc, "unique_size", json_integer(m->unique));
	json_object_set_new(doc, "end", json_integer(m->end));
	json_object_set_new(doc, "fdcm", json_fdcm(m));
	json_object_set_new(doc, "faults", json_faults(m));
	return out_json(doc);
}

static void
address_cell(struct table *t, uint32_t v)
{
	if (v == IMAGE_NONE)
		table_cell(t, "-");
	else
		table_cell(t, "%08x", v);
}

static void
sum_cell(struct table *t, bool right, uint16_t sum)
{
	table_cell(t, "%s (%04x)", right ? "ok" : "WRONG", sum);
}

static void
show_sections(const struct cli *cli, const struct image_map *m)
{
	struct table *t = table_new(8, "SECTION", "OFFSET", "SIZE", "LOAD", "ENTRY",
	    "VERSION", "HEADER", "DATA");
	const struct image_section *s;
	unsigned i;

	for (i = 0; i < m->n_sections; i++) {
		s = &m->sections[i];
		table_cell(t, "%s", s->name);
		table_cell(t, "0x%06x", s->offset);
		table_cell(t, "0x%x", s->size);
		address_cell(t, s->load);
		address_cell(t, s->entry);
		table_cell(t, "%u.%u", s->version >> 8 & 0xff, s->version & 0xff);
		sum_cell(t, s->header_ok, s->header_sum);
		sum_cell(t, s->data_ok, s->data_sum);
	}
	table_end(t, cli);
}

static void
show_regions(const struct cli *cli, const struct image_map *m)
{
	struct table *t = table_new(4, "\nFROM", "TO", "SIZE", "WHAT");
	const struct image_region *r;
	char size[24];
	unsigned i;

	for (i = 0; i < m->n_regions; i++) {
		r = &m->regions[i];
		table_cell(t, "0x%06x", r->at);
		table_cell(t, "0x%06x", r->at + r->n - 1);
		table_cell(t, "%s", text_bytes(r->n, size, sizeof(size)));
		table_cell(t, "%s%s%s", image_region_name(r->kind),
		    r->section >= 0 ? " " : "",
		    r->section >= 0 ? m->sections[r->section].name : "");
	}
	table_end(t, cli);
}

static int
map_text(const struct cli *cli, const struct image_map *m, bool show)
{
	char size[24], kept[24], mac[18];
	unsigned i;

	say_fact("size", "%s", text_bytes(m->n, size, sizeof(size)));
	say_fact("chip", "%s%s%s", image_family_title(m->family),
	    m->family_reason.msg[0] != '\0' ? ": " : "", m->family_reason.msg);
	if (!m->chain_ok && m->n_sections == 0)
		say_fact("sections", "none: %s", m->chain_error.msg);
	for (i = 0; i < m->n_faults; i++)
		say_fact("WRONG", "0x%06x: %s", m->faults[i].at, m->faults[i].said.msg);
	if (m->reads > 1)
		say_fact("note",
		    "%u agreeing reads of %s each: the address wrapped while this was "
		    "read. 'dump import' keeps one of them",
		    m->reads, text_bytes(m->unique, kept, sizeof(kept)));
	if (m->all_blank)
		say_fact("note", "every byte is FF");
	if (m->sysinfo >= 0) {
		mac_text(m, show, mac, sizeof(mac));
		say_fact("settings", "at 0x%06x, record %u of at most %u%s%s",
		    m->fdcm[m->sysinfo].at, m->fdcm[m->sysinfo].used,
		    m->fdcm[m->sysinfo].capacity, mac[0] != '\0' ? ", MAC " : "", mac);
	}
	if (m->ota_n != 0)
		say_fact("update record", "at 0x%06x, 0x%x bytes", m->ota_at, m->ota_n);
	if (m->n_sections > 0)
		putchar('\n');
	show_sections(cli, m);
	show_regions(cli, m);
	return 0;
}

static int
run_map(struct cli *cli, const struct cli_args *args, struct err *e)
{
	struct image_map *m = out_memory(calloc(1, sizeof(*m)));
	bool show = cli_opt(args, "show-private") != NULL;
	uint8_t *p = NULL;
	size_t n;
	int r = -1;

	if (bytes_read(cli, args->arg[0], &p, &n, e) == 0 && image_map(p, n, m, e) == 0)
		r = cli->json ? map_json(m, show) : map_text(cli, m, show);
	free(p);
	free(m);
	return r;
}

static const struct cli_option map_options[] = {
	{ "show-private", 0, NULL, "show the whole MAC" }, { NULL, 0, NULL, NULL }
};

const struct cli_command cmds_dump_map[] = {
	{ .verb = "dump map",
	    .usage = "DUMP|./FILE",
	    .help = "sections, settings, blank areas",
	    .more =
		"A word with a slash is a file of yours; it is looked at and not kept.",
	    .options = map_options,
	    .min = 1,
	    .max = 1,
	    .needs = CLI_CONF | CLI_READ,
	    .run = run_map },
	{ .verb = NULL }
};
