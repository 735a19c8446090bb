/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A chip in memory (see fakechip.h). Tests only. */
#include "config.h"

#include "tests/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/err.h"
#include "flashd/childline.h"
#include "tests/fakechip.h"

static const unsigned bauds[] = { 3000000, 1500000, 921600, 115200, 9600, 0 };

static struct fake *
fake_of(struct chip *c)
{
	return c->state;
}

static unsigned
rnd(struct fake *f)
{
	f->seed = f->seed * 1664525u + 1013904223u;
	return f->seed >> 8;
}

static int
op(struct fake *f, char letter, struct err *e)
{
	if (f->n_ops < FAKE_OPS_MAX)
		f->ops[f->n_ops++] = letter;
	if (f->lost_at_op != 0 && f->n_ops >= f->lost_at_op)
		return err_set(
		    e, ERR_LOST, "device-lost", "the adapter was pulled out");
	return 0;
}

bool
fake_world_event(struct fake_world *w, bool *ret_last)
{
	*ret_last = false;
	if (w == NULL || !w->armed)
		return true;
	if (w->ended)
		return false;
	if (++w->events != w->end_at)
		return true;
	w->ended = true;
	*ret_last = true;
	return w->when != FAKE_BEFORE;
}

/* How much of n is done. -1: all of it, and the worker lives on. */
static long
share(struct fake *f, size_t n)
{
	bool last;

	if (!fake_world_event(f->world, &last))
		return 0;
	if (!last)
		return -1;
	return f->world->when == FAKE_TORN ? (long)(n / 2 / 3 * 2 + 1) : (long)n;
}

static int
end_of_world(struct err *e)
{
	return err_set(e, ERR_LOST, "device-lost", "the world has ended");
}

static int
enter(struct chip *c, enum chip_entry way, struct err *e)
{
	(void)e;
	c->entered = way;
	return way == CHIP_ENTRY_CONSOLE && !fake_of(c)->mute;
}

static int
identify(struct chip *c, struct chip_id *ret, struct err *e)
{
	(void)e;
	snprintf(ret->chip, sizeof(ret->chip), "xr872");
	ret->brom_version = 2;
	ret->jedec[0] = fake_of(c)->maker != 0 ? fake_of(c)->maker : 0x5e;
	if (fake_of(c)->chip_id != NULL)
		snprintf(ret->chip_id, sizeof(ret->chip_id), "%s", fake_of(c)->chip_id);
	ret->jedec[1] = 0x32;
	ret->jedec[2] = 0x14;
	ret->flash_size = fake_of(c)->n;
	ret->size_proved = !fake_of(c)->unproved;
	return 0;
}

static int
set_baud(struct chip *c, unsigned baud, struct err *e)
{
	struct fake *f = fake_of(c);

	if (op(f, 'B', e) < 0)
		return -1;
	if (f->best_baud != 0 && baud > f->best_baud)
		return err_set(e, ERR_FAILED, "baud", "no answer at %u", baud);
	c->wire->baud = baud;
	return 0;
}

static int
fake_read(struct chip *c, uint32_t at, uint8_t *ret, size_t n, struct err *e)
{
	struct fake *f = fake_of(c);
	size_t i;

	f->reads++;
	if (op(f, 'R', e) < 0)
		return -1;
	assert_true(at % 512 == 0 && n % 512 == 0 && n <= c->driver->caps.read_unit);
	assert_true(at + n <= f->n);
	/* A worker that ends while it reads leaves what it did before. */
	if (f->world != NULL && f->world->ended)
		return end_of_world(e);
	if (f->fail_read > 0) {
		f->fail_read--;
		return err_set(e, ERR_FAILED, "no-reply", "no reply");
	}
	if ((f->most_read != 0 && n > f->most_read) || rnd(f) % 100 < f->fail_per_cent)
		return err_set(e, ERR_FAILED, "checksum", "a bad checksum");
	memcpy(ret, f->flash + at, n);
	for (i = 0; f->flip_per_million > 0 && i < n; i++) {
		if (rnd(f) % 1000000 < f->flip_per_million)
			ret[i] ^= (uint8_t)(1u << rnd(f) % 8);
	}
	return 0;
}

static int
fake_erase(struct chip *c, uint32_t at, size_t n, struct err *e)
{
	struct fake *f = fake_of(c);
	size_t i;
	long some;

	if (op(f, 'E', e) < 0)
		return -1;
	assert_true(at % 4096 == 0 && n % 4096 == 0 && at + n <= f->n && n > 0);
	if ((some = share(f, n)) >= 0) {
		memset(f->flash + at, 0xff, (size_t)some);
		return end_of_world(e);
	}
	if (f->fail_erases > 0) {
		f->fail_erases--;
		return err_set(
		    e, ERR_FAILED, "rom-error", "the ROM says that it failed");
	}
	memset(f->flash + at, 0xff, n);
	for (i = 0; i < n; i += 4096, f->erases++) {
		if (f->n_erased < 4096)
			f->erased_at[f->n_erased++] = at + (uint32_t)i;
	}
	return 0;
}

static int
fake_write(struct chip *c, uint32_t at, const uint8_t *p, size_t n, struct err *e)
{
	struct fake *f = fake_of(c);
	size_t i;
	long some;

	f->writes++;
	f->last_write = at;
	if (op(f, 'W', e) < 0)
		return -1;
	assert_true(at % 512 == 0 && n % 512 == 0 && n <= c->driver->caps.write_unit);
	assert_true(at + n <= f->n);
	if (f->lie_writes > 0) {
		f->lie_writes--;
		return 0;
	}
	if (f->short_writes > 0) {
		f->short_writes--;
		n /= 2;
	}
	if ((some = share(f, n)) >= 0)
		n = (size_t)some;
	for (i = 0; i < n; i++)
		f->flash[at + i] &= p[i];
	if (some >= 0)
		return end_of_world(e);
	if (f->stuck && f->stuck_at >= at && f->stuck_at < at + n)
		f->flash[f->stuck_at] &= (uint8_t)~f->stuck_mask;
	return 0;
}

static int
resync(struct chip *c, struct err *e)
{
	return op(fake_of(c), 'S', e);
}

static void
leave(struct chip *c)
{
	struct err e;

	(void)op(fake_of(c), 'L', &e);
}

const struct chip_driver fake_driver = {
	.name = "xr872",
	.title = "a chip in memory",
	.caps = { .rom_baud = 115200,
	    .bauds = bauds,
	    .read_unit = 16384,
	    .write_unit = 16384,
	    .sector = 4096,
	    .entries = CHIP_ENTRY_ALREADY | CHIP_ENTRY_CONSOLE,
	    .identify = CHIP_SIMULATOR,
	    .read = CHIP_SIMULATOR,
	    .write = CHIP_SIMULATOR },
	.enter = enter,
	.identify = identify,
	.set_baud = set_baud,
	.read = fake_read,
	.erase = fake_erase,
	.write = fake_write,
	.resync = resync,
	.leave = leave,
};

static ssize_t
w_write(void *arg, int fd, const void *p, size_t n, off_t at)
{
	struct fake_world *w = arg;
	bool last;

	errno = EIO;
	if (!fake_world_event(w, &last))
		return -1;
	if (last && w->when == FAKE_TORN)
		n = n * 2 / 3;
	assert_int_equal(pwrite(fd, p, n, at), (ssize_t)n);
	errno = EIO;
	return last ? -1 : (ssize_t)n;
}

static int
w_cut(void *arg, int fd, off_t n)
{
	struct fake_world *w = arg;
	bool last;

	w->armed = true;
	errno = EIO;
	if (!fake_world_event(w, &last))
		return -1;
	assert_int_equal(ftruncate(fd, n), 0);
	return last ? -1 : 0;
}

static int
w_sync(void *arg, int fd)
{
	struct fake_world *w = arg;
	struct stat st;
	bool last;

	errno = EIO;
	if (!fake_world_event(w, &last) || (last && w->when == FAKE_TORN))
		return -1;
	assert_int_equal(fstat(fd, &st), 0);
	free(w->synced);
	w->n_synced = (size_t)st.st_size;
	w->synced = malloc(w->n_synced + 1);
	assert_non_null(w->synced);
	assert_int_equal(pread(fd, w->synced, w->n_synced, 0), st.st_size);
	return last ? -1 : 0;
}

const struct journal_ops fake_journal_ops = { w_write, w_cut, w_sync };

static bool
stop_asked(void *arg)
{
	struct fake *f = arg;

	return f->stop_at_op != 0 && f->n_ops >= f->stop_at_op;
}

static int
memory_file(const uint8_t *p, size_t n)
{
	int fd = memfd_create("test", MFD_CLOEXEC);

	assert_true(fd >= 0);
	if (p != NULL)
		assert_int_equal(pwrite(fd, p, n, 0), (ssize_t)n);
	return fd;
}

void
fake_init(struct fake_session *s, const char *kind, const uint8_t *flash, size_t n,
    const uint8_t *image, size_t image_n)
{
	static const char answers[] = "go\ngo\ngo\n";
	const int size = 4 * 1024 * 1024;

	memset(s, 0, sizeof(*s));
	s->chip_state.flash = malloc(n);
	s->chip_state.ops = malloc(FAKE_OPS_MAX);
	assert_true(s->chip_state.flash != NULL && s->chip_state.ops != NULL);
	memcpy(s->chip_state.flash, flash, n);
	s->chip_state.n = n;
	s->chip_state.seed = 1;
	s->chip.driver = &fake_driver;
	s->chip.state = &s->chip_state;
	s->chip.wire = &s->wire;
	s->wire.baud = fake_driver.caps.rom_baud;
	snprintf(s->order.kind, sizeof(s->order.kind), "%s", kind);
	snprintf(s->order.node, sizeof(s->order.node), "/dev/fake");
	snprintf(s->order.image_name, sizeof(s->order.image_name), "dump 1");
	if (strcmp(kind, "restore") == 0)
		snprintf(s->order.identity, sizeof(s->order.identity), "donor");
	s->order.baud = 921600;
	s->order.image = image_n;
	s->order.experimental = true;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, s->pair), 0);
	(void)setsockopt(s->pair[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	assert_true(write(s->pair[1], answers, sizeof(answers) - 1) > 0);
	report_init(&s->report, s->pair[0], -1);
	s->engine.chip = &s->chip;
	s->engine.order = &s->order;
	s->engine.report = &s->report;
	s->engine.out_fd = memory_file(NULL, 0);
	s->engine.image_fd = image == NULL ? -1 : memory_file(image, image_n);
	s->engine.safety_fd = -1;
	s->engine.journal.fd = memory_file(NULL, 0);
	s->engine.stop_asked = stop_asked;
	s->engine.stop_arg = &s->chip_state;
}

void
fake_fini(struct fake_session *s)
{
	close(s->pair[0]);
	close(s->pair[1]);
	close(s->engine.out_fd);
	close(s->engine.journal.fd);
	if (s->engine.image_fd >= 0)
		close(s->engine.image_fd);
	free(s->chip_state.flash);
	free(s->chip_state.ops);
	free(s->said);
}

/* Every line that was said is one of the table. */
static void
check_lines(const char *said)
{
	struct child_line line;
	const char *end;

	for (; (end = strchr(said, '\n')) != NULL; said = end + 1) {
		if (childline_parse(said, (size_t)(end - said), &line) < 0)
			fail_msg("no line of the table: %.*s", (int)(end - said), said);
	}
	assert_string_equal(said, "");
}

int
fake_run(struct fake_session *s)
{
	const size_t most = 4 * 1024 * 1024;
	size_t n = 0;
	ssize_t got;
	int r;

	err_clear(&s->e);
	r = engine_run(&s->engine, &s->e);
	shutdown(s->pair[0], SHUT_WR);
	free(s->said);
	s->said = malloc(most + 1);
	assert_non_null(s->said);
	while (n < most && (got = read(s->pair[1], s->said + n, most - n)) > 0)
		n += (size_t)got;
	s->said[n] = '\0';
	check_lines(s->said);
	return r;
}

bool
fake_dumped(const struct fake_session *s, const uint8_t *p, size_t n)
{
	uint8_t *got = malloc(n + 1);
	bool same;

	assert_non_null(got);
	same = pread(s->engine.out_fd, got, n + 1, 0) == (ssize_t)n &&
	    memcmp(got, p, n) == 0;
	free(got);
	return same;
}
