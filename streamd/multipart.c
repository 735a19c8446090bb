/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The multipart reader (see multipart.h). streamd, main thread; pure.
 *
 * One byte is one step of a small machine, so that a split anywhere changes nothing;
 * only the long runs (a scan, the inside of a segment) are taken in one go. Outside a
 * picture three things are looked for at once: a picture's beginning (FF D8 FF), the
 * boundary, and header lines behind a boundary. Inside a picture's headers the
 * boundary is looked for too: there a cut picture would otherwise swallow its
 * successor's beginning. In a scan that is not needed, as FF D8 cannot stand in one.
 */
#include "config.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/err.h"
#include "streamd/frame.h"
#include "streamd/multipart.h"

#define BUFFER_FIRST 16384
#define LINE_KEPT 64
/* A shorter boundary could stand in a picture's headers by chance. */
#define BOUNDARY_SURE 3

enum where {
	BETWEEN, /* anything may stand here */
	DELIMITER, /* the rest of the boundary's line */
	HEADERS, /* lines until an empty one */
	SKIP, /* the body of a part that is no picture */
	JPEG_FF, /* in a picture: FF of a marker */
	JPEG_MARKER, /* its second byte */
	JPEG_LEN1,
	JPEG_LEN2,
	JPEG_SEGMENT, /* `left` bytes of a segment */
	JPEG_SCAN,
	JPEG_SCAN_FF
};

struct multipart {
	const struct multipart_ops *ops;
	void *arg;
	enum where where;
	/* "--" and the boundary, and how much of it the last bytes match. */
	char delimiter[MULTIPART_BOUNDARY_MAX + 3];
	uint8_t fall_back[MULTIPART_BOUNDARY_MAX + 3];
	unsigned delimiter_n, matched;
	bool learn; /* none was announced: the first line "--…" is it */
	/* the line being read, outside pictures */
	char line[LINE_KEPT];
	size_t line_n, headers_n;
	bool not_a_picture;
	size_t between; /* bytes since the last picture */
	unsigned soi; /* bytes of FF D8 FF seen */
	int64_t ff_us; /* when the last FF came that may begin one */
	/* the picture */
	uint8_t *buf;
	size_t size, n;
	size_t usual; /* room that the last pictures took */
	uint8_t marker;
	unsigned left;
	bool has_scan;
	bool had_field; /* the last one was half of a pair of fields */
	int64_t arrived_us;
};

static const char *const drop_names[MULTIPART_DROPS] = { "no-eoi", "too-big",
	"broken" };

const char *
multipart_drop_name(enum multipart_drop why)
{
	return drop_names[why];
}

void
multipart_boundary(const char *content_type, char *ret)
{
	const char *p = content_type, *end;
	size_t n;

	ret[0] = '\0';
	while ((p = strchr(p, ';')) != NULL) {
		p += 1 + strspn(p + 1, " \t;");
		if (strncasecmp(p, "boundary", 8) != 0)
			continue;
		p += 8 + strspn(p + 8, " \t");
		if (*p == '=')
			break;
	}
	if (p == NULL)
		return;
	p += 1 + strspn(p + 1, " \t");
	if (*p == '"') {
		p++;
		end = p + strcspn(p, "\"");
	} else {
		end = p + strcspn(p, "; \t\r\n");
	}
	/* Many announce the dashes that belong to the line, not to the boundary. */
	while (p < end && *p == '-')
		p++;
	n = (size_t)(end - p);
	if (n == 0 || n > MULTIPART_BOUNDARY_MAX)
		return;
	memcpy(ret, p, n);
	ret[n] = '\0';
}

/* Prepare the search (Knuth, Morris, Pratt): for each length matched, how much is
 * still matched when the next byte does not fit. */
static void
set_delimiter(struct multipart *m, const char *boundary, size_t n)
{
	unsigned i, k = 0;

	memcpy(m->delimiter, "--", 2);
	memcpy(m->delimiter + 2, boundary, n);
	m->delimiter_n = (unsigned)n + 2;
	for (i = 1; i < m->delimiter_n; i++) {
		while (k > 0 && m->delimiter[i] != m->delimiter[k])
			k = m->fall_back[k];
		k += m->delimiter[i] == m->delimiter[k] ? 1 : 0;
		m->fall_back[i + 1] = (uint8_t)k;
	}
	m->matched = 0;
	m->learn = false;
}

struct multipart *
multipart_new(const char *boundary, const struct multipart_ops *ops, void *arg)
{
	struct multipart *m = calloc(1, sizeof(*m));
	size_t n = strnlen(boundary, MULTIPART_BOUNDARY_MAX);

	if (m == NULL)
		return NULL;
	m->ops = ops;
	m->arg = arg;
	m->where = BETWEEN;
	m->learn = n == 0;
	m->usual = BUFFER_FIRST;
	if (n > 0)
		set_delimiter(m, boundary, n);
	return m;
}

void
multipart_free(struct multipart *m)
{
	if (m == NULL)
		return;
	free(m->buf);
	free(m);
}

/* True when this byte completes the boundary. */
static bool
match_delimiter(struct multipart *m, uint8_t byte)
{
	if (m->delimiter_n == 0)
		return false;
	while (m->matched > 0 && (uint8_t)m->delimiter[m->matched] != byte)
		m->matched = m->fall_back[m->matched];
	if ((uint8_t)m->delimiter[m->matched] == byte)
		m->matched++;
	if (m->matched < m->delimiter_n)
		return false;
	m->matched = 0;
	return true;
}

static void
leave_picture(struct multipart *m)
{
	free(m->buf);
	m->buf = NULL;
	m->n = m->size = 0;
	m->where = BETWEEN;
	m->soi = 0;
	m->line_n = 0;
	m->matched = 0;
}

static void
drop(struct multipart *m, enum multipart_drop why)
{
	leave_picture(m);
	m->ops->drop(m->arg, why);
}

static int
grow(struct multipart *m, size_t need)
{
	size_t size = m->size > 0 ? m->size : m->usual;
	uint8_t *p;

	while (size < need)
		size *= 2;
	if (size > FRAME_BYTES_MAX)
		size = FRAME_BYTES_MAX;
	if ((p = realloc(m->buf, size)) == NULL)
		return -1;
	m->buf = p;
	m->size = size;
	return 0;
}

/* False when the picture was given up. */
static bool
append(struct multipart *m, const uint8_t *p, size_t n)
{
	if (n > FRAME_BYTES_MAX - m->n ||
	    (m->n + n > m->size && grow(m, m->n + n) < 0)) {
		drop(m, MULTIPART_TOO_BIG);
		return false;
	}
	memcpy(m->buf + m->n, p, n);
	m->n += n;
	return true;
}

static void
begin_picture(struct multipart *m, int64_t arrived_us)
{
	static const uint8_t soi[] = { 0xff, 0xd8 };

	m->n = 0;
	m->has_scan = false;
	m->arrived_us = arrived_us;
	m->between = 0;
	m->matched = 0;
	m->where = JPEG_FF;
	append(m, soi, sizeof(soi));
}

/* Half of the lines of an interlaced picture: so says the APP0 segment "AVI1" with its
 * polarity, 1 or 2. */
static bool
is_field(const struct multipart *m)
{
	return m->n > 11 && m->buf[2] == 0xff && m->buf[3] == 0xe0 &&
	    memcmp(m->buf + 6, "AVI1", 4) == 0 && m->buf[10] != 0;
}

static void
end_picture(struct multipart *m)
{
	uint8_t *owned = m->buf, *fit;
	size_t n = m->n;

	/* The second field has lines of its own; the first one alone is a picture. */
	m->had_field = is_field(m) && !m->had_field;
	if (!m->had_field && is_field(m)) {
		leave_picture(m);
		return;
	}
	/* Room for a picture somewhat larger than this one, in steps. */
	m->usual = (n + n / 4 + 4095) & ~(size_t)4095;
	if ((fit = realloc(owned, n)) != NULL)
		owned = fit;
	m->buf = NULL;
	leave_picture(m);
	m->ops->frame(m->arg, owned, n, m->arrived_us);
}

static void
step_marker(struct multipart *m, uint8_t b, int64_t now_us)
{
	if (b == 0xff) { /* a fill byte */
		m->ff_us = now_us;
		return;
	}
	if (b == 0xd8) { /* another picture begins: this one was cut */
		drop(m, MULTIPART_NO_EOI);
		begin_picture(m, m->ff_us);
		return;
	}
	if (b == 0xd9 && m->has_scan) {
		if (append(m, &b, 1))
			end_picture(m);
		return;
	}
	if (b < 0xc0 || b == 0xc8 || (b >= 0xd0 && b <= 0xd7) || b == 0xd9 ||
	    (b >= 0xf0 && b <= 0xfd) || b == 0xff) {
		drop(m, MULTIPART_BROKEN);
		return;
	}
	m->marker = b;
	m->where = JPEG_LEN1;
	append(m, &b, 1);
}

static void
step_length(struct multipart *m, uint8_t b)
{
	if (m->where == JPEG_LEN1) {
		m->left = (unsigned)b << 8;
		m->where = JPEG_LEN2;
		append(m, &b, 1);
		return;
	}
	m->left |= b;
	if (m->left < 2) {
		drop(m, MULTIPART_BROKEN);
		return;
	}
	m->left -= 2;
	m->where = JPEG_SEGMENT;
	append(m, &b, 1);
}

static void
segment_done(struct multipart *m)
{
	if (m->marker == 0xda) {
		m->has_scan = true;
		m->where = JPEG_SCAN;
	} else {
		/* Only a scan may go on behind DNL and tables; then FF follows too. */
		m->where = JPEG_FF;
	}
}

static void
step_scan_ff(struct multipart *m, uint8_t b, int64_t now_us)
{
	if (b == 0 || (b >= 0xd0 && b <= 0xd7)) {
		m->where = JPEG_SCAN;
		append(m, &b, 1);
		return;
	}
	m->where = JPEG_MARKER;
	step_marker(m, b, now_us);
	if (m->where == JPEG_MARKER) /* a fill byte */
		m->where = JPEG_SCAN_FF;
}

/* A picture's header byte. A boundary among them means that the picture was cut. */
static void
step_jpeg(struct multipart *m, uint8_t b, int64_t now_us)
{
	bool cut = m->where != JPEG_SCAN_FF && m->delimiter_n >= BOUNDARY_SURE + 2 &&
	    match_delimiter(m, b);

	if (cut) {
		drop(m, MULTIPART_NO_EOI);
		m->where = DELIMITER;
		return;
	}
	switch (m->where) {
	case JPEG_FF:
		if (b != 0xff) {
			drop(m, MULTIPART_BROKEN);
			return;
		}
		m->ff_us = now_us;
		m->where = JPEG_MARKER;
		append(m, &b, 1);
		return;
	case JPEG_MARKER:
		step_marker(m, b, now_us);
		return;
	case JPEG_SCAN_FF:
		step_scan_ff(m, b, now_us);
		return;
	default:
		step_length(m, b);
	}
}

/* Take the longest run of a scan without FF in one go. Bytes taken; none when the
 * picture is full, for they may belong to what follows it. */
static size_t
take_scan(struct multipart *m, const uint8_t *p, size_t n, int64_t now_us)
{
	size_t room = FRAME_BYTES_MAX - m->n, run = n < room ? n : room;
	const uint8_t *ff = memchr(p, 0xff, run);

	if (room == 0) {
		drop(m, MULTIPART_TOO_BIG);
		return 0;
	}
	if (ff != NULL)
		run = (size_t)(ff - p) + 1;
	if (!append(m, p, run))
		return run;
	if (ff != NULL) {
		m->ff_us = now_us;
		m->where = JPEG_SCAN_FF;
	}
	return run;
}

/* Bytes inside a segment, looked at one by one for the boundary. */
static size_t
take_segment(struct multipart *m, const uint8_t *p, size_t n)
{
	size_t room = FRAME_BYTES_MAX - m->n, run = m->left < n ? m->left : n, i;

	if (room == 0) {
		drop(m, MULTIPART_TOO_BIG);
		return 0;
	}
	run = run < room ? run : room;
	for (i = 0; m->delimiter_n >= BOUNDARY_SURE + 2 && i < run; i++) {
		if (!match_delimiter(m, p[i]))
			continue;
		drop(m, MULTIPART_NO_EOI);
		m->where = DELIMITER;
		return i + 1;
	}
	if (!append(m, p, run))
		return run;
	m->left -= (unsigned)run;
	if (m->left == 0)
		segment_done(m);
	return run;
}

static bool
starts_with(const char *line, size_t n, const char *word)
{
	return n >= strlen(word) && strncasecmp(line, word, strlen(word)) == 0;
}

/* A header line ended. Only parts that say they are something else are skipped:
 * cameras call a JPEG by many names. */
static void
judge_line(struct multipart *m)
{
	const char *value = m->line + strlen("content-type:");
	size_t n = m->line_n < LINE_KEPT ? m->line_n : LINE_KEPT;

	if (!starts_with(m->line, n, "content-type:"))
		return;
	n -= strlen("content-type:");
	while (n > 0 && (*value == ' ' || *value == '\t')) {
		value++;
		n--;
	}
	m->not_a_picture = starts_with(value, n, "text/") ||
	    starts_with(value, n, "audio/") ||
	    starts_with(value, n, "application/json");
}

static void
end_line(struct multipart *m)
{
	size_t n = m->line_n;

	if (n > 0 && n <= LINE_KEPT && m->line[n - 1] == '\r')
		n--;
	if (m->where == DELIMITER) {
		m->where = HEADERS;
		m->headers_n = 0;
		m->not_a_picture = m->had_field = false;
	} else if (m->where == HEADERS && n == 0) {
		m->where = m->not_a_picture ? SKIP : BETWEEN;
	} else if (m->where == HEADERS) {
		judge_line(m);
	} else if (m->learn && n > 2 && n <= LINE_KEPT &&
	    memcmp(m->line, "--", 2) == 0) {
		set_delimiter(m, m->line + 2, n - 2);
		m->where = HEADERS;
		m->headers_n = 0;
		m->not_a_picture = m->had_field = false;
	}
	m->line_n = 0;
}

static int
check_bounds(struct multipart *m, struct err *e)
{
	if (m->where == HEADERS && ++m->headers_n > MULTIPART_HEADER_MAX)
		return err_set(e, ERR_FAILED, "camera-header",
		    "the camera sends a part header without an end");
	if (++m->between > MULTIPART_BETWEEN_MAX)
		return err_set(e, ERR_FAILED, "camera-no-pictures",
		    "the camera sent %u KiB without a JPEG in them",
		    MULTIPART_BETWEEN_MAX / 1024);
	return 0;
}

/* FF D8 FF begins a picture; true when this byte completed it. */
static bool
match_soi(struct multipart *m, uint8_t b, int64_t now_us)
{
	int64_t arrived_us = m->arrived_us;

	if (m->soi == 2 && b == 0xff) {
		begin_picture(m, arrived_us);
		step_jpeg(m, b, now_us);
		return true;
	}
	if (m->soi == 1 && b == 0xd8) {
		m->soi = 2;
	} else {
		m->soi = b == 0xff ? 1 : 0;
		if (b == 0xff)
			m->arrived_us = now_us;
	}
	return false;
}

static int
step_outside(struct multipart *m, uint8_t b, int64_t now_us, struct err *e)
{
	if (check_bounds(m, e) < 0)
		return -1;
	if (m->where != SKIP && match_soi(m, b, now_us))
		return 0;
	if (match_delimiter(m, b)) {
		m->where = DELIMITER;
		m->line_n = 0;
		return 0;
	}
	if (m->where == SKIP)
		return 0;
	if (b == '\n') {
		end_line(m);
		return 0;
	}
	if (m->line_n < LINE_KEPT)
		m->line[m->line_n] = (char)b;
	m->line_n++;
	return 0;
}

int
multipart_feed(
    struct multipart *m, const uint8_t *p, size_t n, int64_t now_us, struct err *e)
{
	size_t i = 0;

	while (i < n) {
		if (m->where == JPEG_SCAN) {
			i += take_scan(m, p + i, n - i, now_us);
		} else if (m->where == JPEG_SEGMENT && m->left > 0) {
			i += take_segment(m, p + i, n - i);
		} else if (m->where >= JPEG_FF) {
			step_jpeg(m, p[i++], now_us);
			if (m->where == JPEG_SEGMENT && m->left == 0)
				segment_done(m);
		} else if (step_outside(m, p[i++], now_us, e) < 0) {
			return -1;
		}
	}
	return 0;
}
