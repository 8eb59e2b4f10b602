/* Text layout: lines of at most TEXT_COLUMNS columns, and colours where a person sits at a terminal.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#define TEXT_COLUMNS 100

typedef enum text_colour {
    TEXT_PLAIN,
    TEXT_BOLD,
    TEXT_DIM,
    TEXT_RED,
    TEXT_GREEN,
    TEXT_YELLOW,
    TEXT_CYAN
} text_colour;

/* Whether the stream may be coloured: a terminal that is not dumb, and NO_COLOR is not set. */
bool text_may_colour(FILE *stream);

/* Writes the text in the colour when `colours`. */
void text_put(FILE *stream, bool colours, text_colour colour, const char *text);

/* Writes the text broken at blanks so that lines end before TEXT_COLUMNS: the first line goes on at column `at`, the next ones begin at column
 * `indent`. A word that is wider than a line stands on one of its own, unbroken, so that it can be copied. Ends the last line. */
void text_wrap(FILE *stream, const char *text, int at, int indent);

/* Columns a text takes. */
int text_width(const char *text);
