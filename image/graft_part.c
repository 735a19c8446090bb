/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parts of a graft that somebody chose (see graft.h). Pure; any process. */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/err.h"
#include "image/graft.h"

static const char *const choice_names[] = { "target", "donor", "blank" };

static int
wrong_word(const char *word, int n, struct err *e)
{
	return err_set(e, ERR_USAGE, "graft-part",
	    "'%.*s' chooses no part. A choice is OFFSET=target (what the camera has), "
	    "OFFSET=donor (what the donor has) or OFFSET=blank, with the offset of a "
	    "part as the plan shows it; a comma separates two",
	    n, word);
}

/* One choice of n characters. */
static int
parse_one(const char *s, size_t n, struct graft_choices *c, struct err *e)
{
	int shown = n < 60 ? (int)n : 60;
	unsigned long long at;
	char *end;
	size_t i;

	if (n == 0 || s[0] < '0' || s[0] > '9')
		return wrong_word(s, shown, e);
	errno = 0;
	at = strtoull(s, &end, 0);
	if (errno != 0 || at > UINT32_MAX || *end != '=' || end >= s + n)
		return wrong_word(s, shown, e);
	end++;
	n -= (size_t)(end - s);
	for (i = 0; i < sizeof(choice_names) / sizeof(choice_names[0]); i++) {
		if (strlen(choice_names[i]) != n || memcmp(end, choice_names[i], n) != 0)
			continue;
		c->part[c->n].at = (uint32_t)at;
		c->part[c->n++].from = (enum graft_choice)i;
		return 0;
	}
	return wrong_word(s, shown, e);
}

int
graft_choices_parse(const char *s, struct graft_choices *ret, struct err *e)
{
	size_t n;

	ret->n = 0;
	for (;; s += n + 1) {
		n = strcspn(s, ",");
		if (ret->n == GRAFT_LINES_MAX)
			return err_set(e, ERR_USAGE, "graft-part",
			    "at most %d parts can be chosen", GRAFT_LINES_MAX);
		if (parse_one(s, n, ret, e) < 0)
			return -1;
		if (s[n] == '\0')
			return 0;
	}
}

enum graft_choice
graft_choice_at(
    const struct graft_choices *choices, uint32_t at, enum graft_choice usual)
{
	unsigned i;

	for (i = 0; choices != NULL && i < choices->n; i++) {
		if (choices->part[i].at == at)
			usual = choices->part[i].from;
	}
	return usual;
}

static struct graft_line *
part_at(struct graft_report *r, uint32_t at)
{
	unsigned i;

	for (i = 0; i < r->n_lines; i++) {
		if (r->lines[i].usual[0] != '\0' && r->lines[i].at == at)
			return &r->lines[i];
	}
	return NULL;
}

static int
no_such_part(const struct graft_report *r, uint32_t at, struct err *e)
{
	char all[GRAFT_LINES_MAX * 14] = "";
	size_t n = 0;
	unsigned i;

	for (i = 0; i < r->n_lines && n < sizeof(all); i++) {
		if (r->lines[i].usual[0] != '\0')
			n += (size_t)snprintf(all + n, sizeof(all) - n, "%s0x%06x",
			    n > 0 ? ", " : "", r->lines[i].at);
	}
	if (n == 0)
		return err_set(e, ERR_USAGE, "graft-part",
		    "Nothing in this image belongs to one device, so there is no part "
		    "to choose");
	return err_set(e, ERR_USAGE, "graft-part",
	    "No part of this image that belongs to one device begins at 0x%06x; those "
	    "that can be chosen begin at: %s. Sections of firmware are always the "
	    "donor's",
	    at, all);
}

static void
fill(const uint8_t *donor, const uint8_t *target, uint8_t *out, struct graft_line *line,
    enum graft_choice from)
{
	static const char *const texts[] = {
		"What the target has here, as chosen.",
		"What the donor has here, as chosen: it may say who the donor is.",
		"Emptied, as chosen."
	};

	if (from == GRAFT_FROM_BLANK)
		memset(out + line->at, 0xff, line->n);
	else
		memcpy(out + line->at,
		    (from == GRAFT_FROM_TARGET ? target : donor) + line->at, line->n);
	snprintf(line->from, sizeof(line->from), "%s", choice_names[from]);
	err_text(&line->said, texts[from]);
}

int
graft_choose(const struct graft_choices *choices, const uint8_t *donor,
    const uint8_t *target, uint8_t *out, struct graft_report *r, struct err *e)
{
	struct graft_line *line;
	unsigned i, k;

	for (i = 0; i < choices->n; i++) {
		for (k = 0; k < i; k++) {
			if (choices->part[k].at == choices->part[i].at)
				return err_set(e, ERR_USAGE, "graft-part",
				    "the part at 0x%06x is chosen twice; say once "
				    "whose it is to be",
				    choices->part[i].at);
		}
		if ((line = part_at(r, choices->part[i].at)) == NULL)
			return no_such_part(r, choices->part[i].at, e);
		/* Settings stand already: they may have to be made anew. */
		if (strcmp(line->what, "settings") != 0 &&
		    strcmp(line->usual, choice_names[choices->part[i].from]) != 0)
			fill(donor, target, out, line, choices->part[i].from);
	}
	return 0;
}
