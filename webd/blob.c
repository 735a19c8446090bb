/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Counted bytes (see blob.h). webd's one thread. */
#include "config.h"

#include <stdlib.h>

#include "webd/blob.h"

struct blob *
blob_new(size_t n)
{
	struct blob *b = malloc(sizeof(*b) + n);

	if (b == NULL)
		return NULL;
	b->refs = 1;
	b->n = n;
	return b;
}

struct blob *
blob_ref(struct blob *b)
{
	b->refs++;
	return b;
}

void
blob_unref(struct blob *b)
{
	if (b != NULL && --b->refs == 0)
		free(b);
}
