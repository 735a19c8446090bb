/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Small text work shared by all rooms: escaping foreign bytes for people, hex,
 * slugs, numbers, the nearest word. Pure; any thread.
 */
#ifndef COMMON_TEXT_H
#define COMMON_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Longest camera slug with its NUL: [a-z0-9][a-z0-9-]{0,31}. */
#define TEXT_SLUG_MAX 33

/* Copy n foreign bytes as printable UTF-8: C0, DEL, C1 and bytes that are no UTF-8
 * become \xNN. Always ends with NUL, never cuts inside a character or an escape.
 * Returns the length written. */
size_t text_escape(const void *bytes, size_t n, char *ret, size_t ret_size);
/* The same for the inside of a JSON string. */
size_t text_escape_json(const void *bytes, size_t n, char *ret, size_t ret_size);
/* True when the n bytes are valid UTF-8 without control characters. */
bool text_is_clean(const void *bytes, size_t n);

/* Lower-case hex; ret holds 2 * n + 1 bytes. */
void text_hex(const uint8_t *p, size_t n, char *ret);
/* The value of a hex digit, or -1. */
int text_hex_digit(char c);
/* Strict: exactly 2 * n hex digits and nothing else. 0, or -1. */
int text_unhex(const char *s, uint8_t *ret, size_t n);

bool text_is_slug(const char *s);

/* A whole unsigned number, decimal or 0x hex, within [min, max]; an optional K, M
 * suffix (1024-based) when suffix is true. 0, or -1 with ret untouched. */
int text_number(const char *s, uint64_t min, uint64_t max, bool suffix, uint64_t *ret);

/* The word of the NULL-ended list nearest to s by edit distance, or NULL when none
 * is within a third of its length. Borrowed from the list. */
const char *text_nearest(const char *s, const char *const *words);

/* "1.0 MiB", "512 KiB", "236 B". Returns ret. */
const char *text_bytes(uint64_t n, char *ret, size_t ret_size);
/* "0:05", "12:40", "1:02:03". Returns ret. */
const char *text_duration(int64_t seconds, char *ret, size_t ret_size);
/* UTC "2026-11-22T10:35:00Z". Returns ret (at least 21 bytes). */
const char *text_time(int64_t wall_s, char *ret, size_t ret_size);


#endif
