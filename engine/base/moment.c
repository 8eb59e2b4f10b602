/* Moments in time: the proleptic Gregorian calendar without the C library's time zone.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "base/moment.h"

#define DAY_SECONDS 86400
#define ERA_DAYS 146097 /* of 400 years, after which the calendar repeats itself */
#define ERA_YEARS 400

static const sm_moment unknown = {false, 0, 0};

int sm_moment_compare(sm_moment a, sm_moment b)
{
    if (a.seconds != b.seconds)
        return a.seconds < b.seconds ? -1 : 1;
    if (a.nanoseconds != b.nanoseconds)
        return a.nanoseconds < b.nanoseconds ? -1 : 1;
    return 0;
}

static bool leap_year(int64_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int days_of_month(int64_t year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && leap_year(year) ? 29 : days[month - 1];
}

/* Days of the years before `year` (0 or later), counted from 0000-01-01. */
static int64_t days_before_year(int64_t year)
{
    if (year == 0)
        return 0;
    int64_t past = year - 1; /* year 0 is a leap year: it adds the one that the divisions do not count */
    return year * 365 + past / 4 - past / 100 + past / 400 + 1;
}

/* Days from 1970-01-01 to the date, negative before. */
static int64_t days_from_civil(int year, int month, int day)
{
    int64_t days = days_before_year(year) - days_before_year(1970) + day - 1;
    for (int m = 1; m < month; m++)
        days += days_of_month(year, m);
    return days;
}

/* The date of a day counted from 1970-01-01; false when it lies outside the years 0 to 9999. */
static bool civil_from_days(int64_t days, int *year, int *month, int *day)
{
    if (days < -days_before_year(1970) || days >= days_before_year(10000) - days_before_year(1970))
        return false;
    days += days_before_year(1970);
    int y = (int)(days / ERA_DAYS * ERA_YEARS +
                  days % ERA_DAYS / 366); /* never too late, at most one year too early */
    while (days >= days_before_year((int64_t)y + 1))
        y++;
    days -= days_before_year(y);
    int m = 1;
    while (days >= days_of_month(y, m))
        days -= days_of_month(y, m++);
    *year = y;
    *month = m;
    *day = (int)days + 1;
    return true;
}

sm_moment sm_moment_from_civil(int year, int month, int day, int hour, int minute, int second)
{
    if (year < 0 || year > 9999 || month < 1 || month > 12 || day < 1 || day > days_of_month(year, month) ||
        hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59)
        return unknown;
    return sm_moment_at(days_from_civil(year, month, day) * DAY_SECONDS + hour * 3600 + minute * 60 + second,
                        0);
}

const char *sm_moment_text(sm_arena *arena, sm_moment moment)
{
    if (!moment.known)
        return "unknown";
    int64_t days = moment.seconds / DAY_SECONDS, rest = moment.seconds % DAY_SECONDS;
    if (rest < 0) {
        rest += DAY_SECONDS;
        days--;
    }
    int year, month, day;
    if (!civil_from_days(days, &year, &month, &day))
        return "unknown";
    const char *fraction = "";
    if (moment.nanoseconds % 1000 != 0)
        fraction = sm_arena_printf(arena, ".%09u", moment.nanoseconds);
    else if (moment.nanoseconds % 1000000 != 0)
        fraction = sm_arena_printf(arena, ".%06u", moment.nanoseconds / 1000);
    else if (moment.nanoseconds != 0)
        fraction = sm_arena_printf(arena, ".%03u", moment.nanoseconds / 1000000);
    return sm_arena_printf(arena, "%04d-%02d-%02dT%02d:%02d:%02d%sZ", year, month, day, (int)(rest / 3600),
                           (int)(rest / 60 % 60), (int)(rest % 60), fraction);
}

/* Reads exactly `count` digits and then, unless it is zero, the character `after`. */
static bool read_number(const char **text, int count, char after, int *number)
{
    *number = 0;
    for (; count > 0; count--, (*text)++) {
        if (!g_ascii_isdigit(**text))
            return false;
        *number = *number * 10 + (**text - '0');
    }
    if (after == '\0')
        return true;
    return *(*text)++ == after;
}

/* time-secfrac without its dot; what is finer than a nanosecond is dropped. */
static bool read_fraction(const char **text, uint32_t *nanoseconds)
{
    uint32_t unit = 100000000;
    if (!g_ascii_isdigit(**text))
        return false;
    for (*nanoseconds = 0; g_ascii_isdigit(**text); (*text)++, unit /= 10)
        *nanoseconds += (uint32_t)(**text - '0') * unit;
    return true;
}

/* time-offset up to the end of the text, in seconds east of UTC. */
static bool read_offset(const char *text, int *offset)
{
    *offset = 0;
    if (*text == 'Z' || *text == 'z')
        return text[1] == '\0';
    int sign = *text == '+' ? 1 : *text == '-' ? -1 : 0;
    if (sign == 0)
        return false;
    text++;
    int hours, minutes;
    if (!read_number(&text, 2, ':', &hours) || !read_number(&text, 2, '\0', &minutes) || *text != '\0' ||
        hours > 23 || minutes > 59)
        return false;
    *offset = sign * (hours * 3600 + minutes * 60);
    return true;
}

/* True for the first second of a month: a leap second stands right before one (RFC 3339 5.7). */
static bool begins_month(int64_t seconds)
{
    int year, month, day;
    return seconds % DAY_SECONDS == 0 && civil_from_days(seconds / DAY_SECONDS, &year, &month, &day) &&
           day == 1;
}

sm_moment sm_moment_parse_rfc3339(const char *text)
{
    int year, month, day, hour, minute, second, offset;
    uint32_t nanoseconds = 0;
    if (text == NULL || !read_number(&text, 4, '-', &year) || !read_number(&text, 2, '-', &month) ||
        !read_number(&text, 2, '\0', &day) || (*text != 'T' && *text != 't'))
        return unknown;
    text++;
    if (!read_number(&text, 2, ':', &hour) || !read_number(&text, 2, ':', &minute) ||
        !read_number(&text, 2, '\0', &second))
        return unknown;
    if (*text == '.') {
        text++;
        if (!read_fraction(&text, &nanoseconds))
            return unknown;
    }
    if (!read_offset(text, &offset))
        return unknown;

    bool leap_second = second == 60;
    sm_moment moment = sm_moment_from_civil(year, month, day, hour, minute, leap_second ? 59 : second);
    if (!moment.known)
        return unknown;
    moment.seconds -= offset;
    moment.nanoseconds = nanoseconds;
    if (leap_second && !begins_month(++moment.seconds))
        return unknown;
    int64_t first = -days_before_year(1970) * DAY_SECONDS;
    int64_t last = (days_before_year(10000) - days_before_year(1970)) * DAY_SECONDS - 1;
    return moment.seconds < first || moment.seconds > last ? unknown : moment;
}
