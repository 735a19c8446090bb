/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmocka and what must be included before it, in this order. Tests only. */
#ifndef TESTS_UNIT_H
#define TESTS_UNIT_H

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#endif
