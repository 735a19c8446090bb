/* SPDX-License-Identifier: GPL-3.0-or-later */
/* camherd photo add|list|get|set|rm: photos of cameras. */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/ask.h"
#include "cli/bytes.h"
#include "cli/cli.h"
#include "cli/history.h"
#include "cli/out.h"
#include "cli/stage.h"
#include "common/bell.h"
#include "common/conf.h"
#include "common/file.h"
#include "common/text.h"
#include "db/camera.h"
#include "db/photo.h"
#include "image/photo_jpeg.h"

static json_t *
photo_doc(const struct photo *p)
{
	return json_pack("{s:I,s:o,s:o,s:o,s:o,s:i,s:i,s:I,s:o,s:I}", "id",
	    (json_int_t)p->id, "camera", out_text_or_null(p->camera), "owner",
	    out_text(p->owner), "about", out_text(p->about), "caption",
	    out_text(p->caption), "width", (int)p->width, "height", (int)p->height,
	    "size", (json_int_t)p->size, "who", out_text(p->who), "created_s",
	    (json_int_t)p->created_s);
}

/* What a photo shows and its caption, from the options. */
static int
take_words(const struct cli_args *args, struct photo *p, struct err *e)
{
	const char *about = cli_opt(args, "about"), *caption = cli_opt(args, "caption");

	if (about != NULL && strlen(about) >= sizeof(p->about))
		return err_set(e, ERR_USAGE, "photo-about",
		    "a photo shows front, back, label, lens or other, not '%s'", about);
	if (caption != NULL && strlen(caption) >= sizeof(p->caption))
		return err_set(e, ERR_USAGE, "usage", "--caption: at most %zu characters",
		    sizeof(p->caption) - 1);
	if (about != NULL)
		snprintf(p->about, sizeof(p->about), "%s", about);
	if (caption != NULL)
		snprintf(p->caption, sizeof(p->caption), "%s", caption);
	return 0;
}

static int
find(struct cli *cli, const char *word, struct photo *ret, struct err *e)
{
	uint64_t id;

	if (text_number(word, 1, INT64_MAX, false, &id) < 0)
		return err_set(e, ERR_USAGE, "usage",
		    "'%s' is no photo's number; 'camherd photo list' shows them", word);
	return photo_by_id(cli->db, (int64_t)id, ret, e);
}

static int
answer(struct cli *cli, int64_t id, const char *what, struct err *e)
{
	struct photo p;

	if (photo_by_id(cli->db, id, &p, e) < 0)
		return -1;
	history_note(cli, "photo", p.camera_id,
	    strcmp(what, "added") == 0 ? "a photo was added" : "a photo was changed");
	bell_ring(cli->conf.run, "webd");
	if (cli->json)
		return out_json(json_pack("{s:o}", "photo", photo_doc(&p)));
	if (!cli->quiet)
		say(stdout, "photo %lld of %s is %s: %u x %u", (long long)p.id, p.camera,
		    what, p.width, p.height);
	return 0;
}

static int
keep(struct cli *cli, struct photo *p, const struct photo_jpeg *j, struct err *e)
{
	p->width = j->width;
	p->height = j->height;
	p->size = j->n;
	photo_file_name(p->file);
	if (photo_file_put(
		cli->conf.state, p->file, j->p, j->n, j->thumb, j->n_thumb, e) < 0)
		return -1;
	if (photo_add(cli->db, p, e) == 0)
		return 0;
	photo_file_drop(cli->conf.state, p->file);
	return -1;
}

static int
run_add(struct cli *cli, const struct cli_args *args, struct err *e)
{
	struct photo p = { .who = "" };
	struct photo_jpeg j;
	struct camera c;
	uint8_t *bytes;
	size_t n;
	int r;

	if (camera_by_name(cli->db, args->arg[0], &c, e) < 0 ||
	    take_words(args, &p, e) < 0)
		return -1;
	p.camera_id = c.id;
	if (photo_check_room(cli->db, p.camera_id, "", e) < 0 ||
	    stage_read(args->arg[1], &bytes, &n, e) < 0)
		return -1;
	snprintf(p.who, sizeof(p.who), "camherd");
	r = photo_jpeg_make(bytes, n, &j, e);
	free(bytes);
	if (r < 0)
		return -1;
	r = keep(cli, &p, &j, e);
	photo_jpeg_fini(&j);
	return r < 0 ? -1 : answer(cli, p.id, "added", e);
}

struct walk {
	struct table *table;
	json_t *list;
	unsigned n;
};

static bool
list_one(const struct photo *p, void *arg)
{
	struct walk *w = arg;
	char when[24], size[24];

	w->n++;
	if (w->list != NULL) {
		json_array_append_new(w->list, photo_doc(p));
		return true;
	}
	table_cell(w->table, "%lld", (long long)p->id);
	table_cell(w->table, "%s", p->camera_id != 0 ? p->camera : p->owner);
	table_cell(w->table, "%s", p->about);
	table_cell(w->table, "%ux%u", p->width, p->height);
	table_cell(w->table, "%s", text_bytes(p->size, size, sizeof(size)));
	table_cell(w->table, "%s", text_time(p->created_s, when, sizeof(when)));
	table_cell(w->table, "%s", p->caption);
	return true;
}

static int
run_list(struct cli *cli, const struct cli_args *args, struct err *e)
{
	struct photo_filter filter = { .limit = PHOTO_ALL_MAX };
	struct walk w = { .list = NULL };
	struct camera c;

	if (args->n > 0) {
		if (camera_by_name(cli->db, args->arg[0], &c, e) < 0)
			return -1;
		filter.camera_id = c.id;
	}
	if (cli->json)
		w.list = json_array();
	else
		w.table = table_new(
		    7, "PHOTO", "OF", "SHOWS", "PIXELS", "SIZE", "ADDED", "CAPTION");
	if (photo_each(cli->db, &filter, list_one, &w, e) < 0) {
		json_decref(w.list);
		return -1;
	}
	if (cli->json)
		return out_json(json_pack("{s:o}", "photos", w.list));
	table_end(w.table, cli);
	if (w.n == 0 && !cli->quiet)
		puts("No photo yet. Add one: camherd photo add CAMERA FILE.jpg");
	return 0;
}

static int
run_get(struct cli *cli, const struct cli_args *args, struct err *e)
{
	const char *file = cli_opt(args, "output");
	char path[CONF_PATH_MAX + PHOTO_PATH_MAX + 16], name[PHOTO_PATH_MAX];
	struct photo p;
	uint8_t *bytes;
	size_t n;
	int r;

	if (file == NULL)
		return err_set(e, ERR_USAGE, "usage",
		    "photo get needs -o FILE ('-' for a pipe)");
	if (strcmp(file, "-") == 0 && cli->json)
		return err_set(
		    e, ERR_USAGE, "usage", "-o - and --json both want standard output");
	if (find(cli, args->arg[0], &p, e) < 0)
		return -1;
	snprintf(path, sizeof(path), "%s/" PHOTO_FOLDER "/%s", cli->conf.state,
	    photo_file_path(p.file, false, name));
	if (file_get(AT_FDCWD, path, PHOTO_JPEG_BYTES_MAX, &bytes, &n, e) < 0)
		return err_add(e, "photo %lld", (long long)p.id);
	r = bytes_write(file, bytes, n, cli_opt(args, "force") != NULL, e);
	free(bytes);
	if (r < 0 || strcmp(file, "-") == 0)
		return r;
	if (cli->json)
		return out_json(json_pack(
		    "{s:o,s:o}", "photo", photo_doc(&p), "file", out_text(file)));
	if (!cli->quiet)
		say(stdout, "%s", file);
	return 0;
}

static int
run_set(struct cli *cli, const struct cli_args *args, struct err *e)
{
	const char *name = cli_opt(args, "camera");
	struct camera c;
	struct photo p;

	if (name == NULL && cli_opt(args, "about") == NULL &&
	    cli_opt(args, "caption") == NULL)
		return err_set(e, ERR_USAGE, "usage",
		    "nothing to set; 'camherd help photo set' says what");
	if (find(cli, args->arg[0], &p, e) < 0 || take_words(args, &p, e) < 0)
		return -1;
	if (name != NULL) {
		if (camera_by_name(cli->db, name, &c, e) < 0)
			return err_add(e, "--camera");
		p.camera_id = c.id;
		p.owner[0] = '\0';
	}
	if (photo_update(cli->db, &p, e) < 0)
		return -1;
	return answer(cli, p.id, "changed", e);
}

static int
run_rm(struct cli *cli, const struct cli_args *args, struct err *e)
{
	char question[300], word[24];
	struct photo p;

	if (find(cli, args->arg[0], &p, e) < 0)
		return -1;
	snprintf(word, sizeof(word), "%lld", (long long)p.id);
	snprintf(question, sizeof(question),
	    "Photo %s of %s is deleted for good. Type its number to go on.", word,
	    p.camera_id != 0 ? p.camera : "no camera");
	if (cli_opt(args, "yes") == NULL && ask_word(question, word, "--yes", e) < 0)
		return -1;
	if (photo_remove(cli->db, p.id, e) < 0)
		return -1;
	photo_file_drop(cli->conf.state, p.file);
	history_note(cli, "photo", p.camera_id, "a photo was removed");
	bell_ring(cli->conf.run, "webd");
	if (cli->json)
		return out_json(json_pack("{s:I}", "removed", (json_int_t)p.id));
	if (!cli->quiet)
		say(stdout, "photo %s is removed", word);
	return 0;
}

#define WORD_OPTIONS                                                                   \
	{ "about", 0, "WORD", "what it shows: front, back, label, lens, other" },      \
	{ "caption", 0, "TEXT", "what else is to be said" }

static const struct cli_option add_options[] = { WORD_OPTIONS,
	{ NULL, 0, NULL, NULL } };
static const struct cli_option set_options[] = { WORD_OPTIONS,
	{ "camera", 0, "NAME", "whose photo it is" }, { NULL, 0, NULL, NULL } };
static const struct cli_option get_options[] = { { "output", 'o', "FILE",
						     "where to, '-' for a pipe" },
	{ "force", 0, NULL, "replace a file that is there" }, { NULL, 0, NULL, NULL } };
static const struct cli_option rm_options[] = { { "yes", 0, NULL, "do not ask" },
	{ NULL, 0, NULL, NULL } };

const struct cli_command cmds_photo[] = {
	{ .verb = "photo add",
	    .usage = "CAMERA FILE",
	    .help = "add a photo of a camera",
	    .more = "FILE is a JPEG of at most 12 MiB. It is turned upright, scaled to at\n"
		    "most 1600 pixels and encoded anew: place, time and comments in it are\n"
		    "not kept. A camera has at most 24.",
	    .options = add_options,
	    .min = 2,
	    .max = 2,
	    .needs = CLI_CONF | CLI_WRITE,
	    .run = run_add },
	{ .verb = "photo list",
	    .usage = "[CAMERA]",
	    .help = "the photos of a camera, or all",
	    .min = 0,
	    .max = 1,
	    .needs = CLI_CONF | CLI_READ,
	    .run = run_list },
	{ .verb = "photo get",
	    .usage = "PHOTO -o FILE",
	    .help = "write a photo to a file",
	    .options = get_options,
	    .min = 1,
	    .max = 1,
	    .needs = CLI_CONF | CLI_READ,
	    .run = run_get },
	{ .verb = "photo set",
	    .usage = "PHOTO",
	    .help = "change what is said of it",
	    .options = set_options,
	    .min = 1,
	    .max = 1,
	    .needs = CLI_CONF | CLI_WRITE,
	    .run = run_set },
	{ .verb = "photo rm",
	    .usage = "PHOTO",
	    .help = "delete it",
	    .options = rm_options,
	    .min = 1,
	    .max = 1,
	    .needs = CLI_CONF | CLI_WRITE,
	    .run = run_rm },
	{ .verb = NULL }
};
