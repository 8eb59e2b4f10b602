/* Text layout: see text_layout.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "text_layout.h"

#include <glib.h>
#include <string.h>
#include <unistd.h>

static const char *const codes[] = {
    [TEXT_PLAIN] = "",         [TEXT_BOLD] = "\033[1m",   [TEXT_DIM] = "\033[2m",
    [TEXT_RED] = "\033[1;31m", [TEXT_GREEN] = "\033[32m", [TEXT_YELLOW] = "\033[33m",
    [TEXT_CYAN] = "\033[36m",
};

bool text_may_colour(FILE *stream)
{
    const char *refused = g_getenv("NO_COLOR"), *terminal = g_getenv("TERM");
    return isatty(fileno(stream)) && !(refused && *refused) && terminal && *terminal &&
           !g_str_equal(terminal, "dumb");
}

void text_put(FILE *stream, bool colours, text_colour colour, const char *text)
{
    if (colours && colour != TEXT_PLAIN)
        fprintf(stream, "%s%s\033[0m", codes[colour], text);
    else
        fputs(text, stream);
}

/* Columns of the UTF-8 characters from `text` up to `end`. */
static int width_to(const char *text, const char *end)
{
    int width = 0;
    for (; text < end; text = g_utf8_next_char(text)) {
        gunichar c = g_utf8_get_char(text);
        width += g_unichar_iszerowidth(c) ? 0 : g_unichar_iswide(c) ? 2 : 1;
    }
    return width;
}

int text_width(const char *text)
{
    return width_to(text, text + strlen(text));
}

void text_wrap(FILE *stream, const char *text, int at, int indent)
{
    bool first_word = true;
    while (*text) {
        size_t length = strcspn(text, " ");
        int width = width_to(text, text + length);
        if (!first_word && at + 1 + width > TEXT_COLUMNS) {
            fprintf(stream, "\n%*s", indent, "");
            at = indent;
        } else if (!first_word) {
            fputc(' ', stream);
            at++;
        }
        fwrite(text, 1, length, stream);
        at += width;
        first_word = false;
        text += length;
        while (*text == ' ')
            text++;
    }
    fputc('\n', stream);
}
