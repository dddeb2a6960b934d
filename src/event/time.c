/* Times: text to milliseconds since the epoch, and back.
 *
 * Archives hold hundreds of millions of times, nearly all of the form 2026-01-01T08:00:00Z and on the same
 * date as the row before. For these the date is compared with a memo of the last one, and the clock is
 * checked and converted eight bytes at once in a register: no division, no loop, no table. Everything else
 * goes through one small parser that looks at each byte; both give the same answer for the common form, which
 * the tests compare.
 *
 * What is accepted is said in bouncemill/event.h. Beyond that:
 *  - a second of 60 is a leap second: it is the start of the next minute, whatever its fraction, because the
 *    epoch's count has no room for it;
 *  - an offset is at most 23:59 either way, and -00:00 is UTC;
 *  - seconds are not optional, and 24:00:00 is not midnight: forms that few programs write are more often
 *    damage than meant. */
#include "event/time.h"
#include "base/base.h"

#include "base/little_endian.h"

#include <bouncemill/event.h>

#define TIME_MS_MAX        ((INT64_C(1) << 42) - 1)
#define DATE_BYTES         10 /* YYYY-MM-DD */
#define CLOCK_BYTES        8  /* hh:mm:ss */
#define SECONDS_DIGITS_MAX 11
#define MILLIS_DIGITS_MAX  14
#define COMMON_BYTES       20 /* YYYY-MM-DDThh:mm:ssZ */
#define BYTES_OF(byte)     (UINT64_C(0x0101010101010101) * (byte))
#define DAYS_BEFORE_EPOCH  719468 /* 0000-03-01 to 1970-01-01 */
#define DAYS_IN_400_YEARS  146097
#define YEAR_MIN           1969    /* 1969-12-31T23:00:00-02:00 is in range */
#define DAY_MAX            2932896 /* 9999-12-31 */

static uint16_t load_u16(const char *at)
{
    uint16_t word;
    memcpy(&word, at, sizeof word);
    return word;
}

/* --- calendar ---------------------------------------------------------------------------------------- */

struct date {
    unsigned year, month, day;
};

/* Days since 1970-01-01. Years are counted from March, so that the leap day is the last of its year. */
static int64_t date_days(struct date date)
{
    unsigned year = date.year - (date.month <= 2);
    unsigned month = date.month > 2 ? date.month - 3 : date.month + 9;
    unsigned day_of_year = (153 * month + 2) / 5 + date.day - 1;
    return (int64_t)year * 365 + year / 4 - year / 100 + year / 400 + day_of_year - DAYS_BEFORE_EPOCH;
}

/* The inverse, for days from 1970-01-01 on. */
static struct date days_date(uint32_t days)
{
    days += DAYS_BEFORE_EPOCH;
    unsigned era = days / DAYS_IN_400_YEARS, day = days % DAYS_IN_400_YEARS;
    unsigned year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
    unsigned day_of_year = day - (365 * year + year / 4 - year / 100);
    unsigned month = (5 * day_of_year + 2) / 153;
    struct date date = {.year = year + era * 400,
                        .month = month < 10 ? month + 3 : month - 9,
                        .day = day_of_year - (153 * month + 2) / 5 + 1};
    date.year += date.month <= 2;
    return date;
}

static bool date_valid(struct date date)
{
    static const uint8_t lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (date.year < YEAR_MIN || date.month < 1 || date.month > 12 || date.day < 1)
        return false;
    bool leap = date.year % 4 == 0 && (date.year % 100 != 0 || date.year % 400 == 0);
    return date.day <= lengths[date.month - 1] + (unsigned)(leap && date.month == 2);
}

/* --- parsing ----------------------------------------------------------------------------------------- */

struct cursor {
    const char *at, *end;
};

static bool cursor_digit(const struct cursor *cursor)
{
    return cursor->at < cursor->end && (unsigned char)(*cursor->at - '0') <= 9;
}

static bool cursor_char(struct cursor *cursor, char byte)
{
    if (cursor->at == cursor->end || *cursor->at != byte)
        return false;
    cursor->at++;
    return true;
}

/* Exactly `digits` digits. */
static bool cursor_number(struct cursor *cursor, unsigned digits, unsigned *number)
{
    *number = 0;
    for (; digits; digits--) {
        if (!cursor_digit(cursor))
            return false;
        *number = *number * 10 + (unsigned)(*cursor->at++ - '0');
    }
    return true;
}

/* '.' or ',' and at least one digit, or nothing at all. Digits past the third are cut. */
static bool cursor_fraction(struct cursor *cursor, unsigned *millis)
{
    *millis = 0;
    if (!cursor_char(cursor, '.') && !cursor_char(cursor, ','))
        return true;
    if (!cursor_digit(cursor))
        return false;
    for (unsigned unit = 100; cursor_digit(cursor); unit /= 10, cursor->at++)
        *millis += unit * (unsigned)(*cursor->at - '0');
    return true;
}

/* Z, +hh, +hhmm, +hh:mm, or nothing where UTC is assumed: minutes east of Greenwich. */
static bool cursor_offset(struct cursor *cursor, bool assume_utc, int *minutes_east)
{
    *minutes_east = 0;
    if (cursor->at == cursor->end)
        return assume_utc;
    if (cursor_char(cursor, 'Z') || cursor_char(cursor, 'z'))
        return true;
    bool west = cursor_char(cursor, '-');
    unsigned hours, minutes = 0;
    if ((!west && !cursor_char(cursor, '+')) || !cursor_number(cursor, 2, &hours))
        return false;
    if (cursor_char(cursor, ':') || cursor_digit(cursor))
        if (!cursor_number(cursor, 2, &minutes))
            return false;
    *minutes_east = (int)(hours * 60 + minutes) * (west ? -1 : 1);
    return hours <= 23 && minutes <= 59;
}

static bool in_range(int64_t ms)
{
    return ms >= 0 && ms <= TIME_MS_MAX;
}

/* Seconds or milliseconds since the epoch: nothing but digits, and for seconds a fraction. */
static int epoch_parse(struct cursor cursor, int64_t *ms)
{
    int64_t number = 0;
    const char *start = cursor.at;
    for (; cursor_digit(&cursor) && cursor.at - start < MILLIS_DIGITS_MAX; cursor.at++)
        number = number * 10 + (*cursor.at - '0');
    if (cursor.at == start)
        return 0;
    if (cursor.at - start <= SECONDS_DIGITS_MAX) {
        unsigned millis;
        if (!cursor_fraction(&cursor, &millis))
            return 0;
        number = number * 1000 + millis;
    }
    if (cursor.at != cursor.end || !in_range(number))
        return 0;
    *ms = number;
    return 1;
}

/* The memo holds the date's bytes XOR those of 1970-01-01, so that a zeroed memo is that date's. */
static const char memo_base[DATE_BYTES + 1] = "1970-01-01";

static bool memo_holds(const struct time_memo *memo, const char *date)
{
    uint64_t changed = u64_load(date) ^ u64_load(memo_base) ^ u64_load(memo->date);
    unsigned changed_day = load_u16(date + 8) ^ load_u16(memo_base + 8) ^ load_u16(memo->date + 8);
    return (changed | changed_day) == 0;
}

static bool memo_date(struct time_memo *memo, struct cursor *cursor)
{
    const char *text = cursor->at;
    if (cursor->end - text >= DATE_BYTES && memo_holds(memo, text)) {
        cursor->at += DATE_BYTES;
        return true;
    }
    struct date date;
    if (!cursor_number(cursor, 4, &date.year) || !cursor_char(cursor, '-') ||
        !cursor_number(cursor, 2, &date.month) || !cursor_char(cursor, '-') ||
        !cursor_number(cursor, 2, &date.day) || !date_valid(date))
        return false;
    for (int k = 0; k < DATE_BYTES; k++)
        memo->date[k] = (char)(text[k] ^ memo_base[k]);
    memo->date_ms = date_days(date) * DAY_MS;
    return true;
}

static int calendar_parse(struct time_memo *memo, struct cursor cursor, bool assume_utc, int64_t *ms)
{
    unsigned hour, minute, second, millis;
    int minutes_east;
    if (!memo_date(memo, &cursor))
        return 0;
    if (!cursor_char(&cursor, 'T') && !cursor_char(&cursor, ' ') && !cursor_char(&cursor, 't'))
        return 0;
    if (!cursor_number(&cursor, 2, &hour) || !cursor_char(&cursor, ':') ||
        !cursor_number(&cursor, 2, &minute) || !cursor_char(&cursor, ':') ||
        !cursor_number(&cursor, 2, &second) || !cursor_fraction(&cursor, &millis) ||
        !cursor_offset(&cursor, assume_utc, &minutes_east) || cursor.at != cursor.end)
        return 0;
    if (hour > 23 || minute > 59 || second > 60)
        return 0;
    int64_t seconds = (int64_t)hour * 3600 + ((int64_t)minute - minutes_east) * 60 + second;
    int64_t result = memo->date_ms + seconds * 1000 + (second == 60 ? 0 : millis);
    if (!in_range(result))
        return 0;
    *ms = result;
    return 1;
}

/* hh:mm:ss in a register to milliseconds of the day, or -1. With the bytes of "00:00:00" taken off, a digit
 * is 0 to 9 and a colon 0; adding 0x76 (or 0x7F for a colon) then sets the top bit of what is neither. */
static int64_t clock_ms(uint64_t word)
{
    uint64_t digits = word ^ UINT64_C(0x30303A30303A3030);
    if (((digits + UINT64_C(0x76767F76767F7676)) | digits) & BYTES_OF(0x80))
        return -1;
    uint64_t pairs = digits * 10 + (digits >> 8);
    unsigned hour = pairs & 0xFF, minute = pairs >> 24 & 0xFF, second = pairs >> 48 & 0xFF;
    if (hour > 23 || minute > 59 || second > 60)
        return -1;
    return ((int64_t)hour * 3600 + minute * 60 + second) * 1000;
}

/* The form and minute of the last time, and seconds below 60: three compares and two digits. False: look
 * closer. */
static bool minute_again(const struct time_memo *memo, const char *text, int64_t *ms)
{
    uint64_t changed =
        (u64_load(text) ^ u64_load(memo->minute)) | (u64_load(text + 8) ^ u64_load(memo->minute + 8));
    unsigned tens = (unsigned char)text[17] - (unsigned)'0', ones = (unsigned char)text[18] - (unsigned)'0';
    if (changed || !memo->minute[0] || text[16] != ':' || text[19] != 'Z' || tens > 5 || ones > 9)
        return false;
    *ms = memo->minute_ms + (int64_t)(tens * 10 + ones) * 1000;
    return in_range(*ms);
}

static void minute_note(struct time_memo *memo, const char *text, int64_t ms)
{
    memcpy(memo->minute, text, sizeof memo->minute);
    memo->minute_ms = ms - ms % 60000;
}

int time_parse_memo(struct time_memo *memo, const char *text, size_t length, int assume_utc, int64_t *ms)
{
    if (LIKELY(length == COMMON_BYTES) && LIKELY(minute_again(memo, text, ms)))
        return 1;
    if (LIKELY(length == COMMON_BYTES && text[DATE_BYTES] == 'T' && text[COMMON_BYTES - 1] == 'Z' &&
               memo_holds(memo, text))) {
        int64_t clock = clock_ms(u64_load(text + DATE_BYTES + 1));
        if (clock < 0 || !in_range(memo->date_ms + clock))
            return 0;
        *ms = memo->date_ms + clock;
        if (text[17] < '6') /* a leap second belongs to the next minute */
            minute_note(memo, text, *ms);
        return 1;
    }
    struct cursor cursor = {text, text + length};
    if (length > 4 && text[4] == '-')
        return calendar_parse(memo, cursor, assume_utc, ms);
    return epoch_parse(cursor, ms);
}

int bm_time_parse(const char *text, size_t length, int assume_utc, int64_t *ms)
{
    struct time_memo memo = {0};
    return time_parse_memo(&memo, text, length, assume_utc, ms);
}

/* --- formatting -------------------------------------------------------------------------------------- */

static char *two_digits(char *out, unsigned number)
{
    out[0] = (char)('0' + number / 10);
    out[1] = (char)('0' + number % 10);
    return out + 2;
}

static char *date_format(char *out, struct date date)
{
    out = two_digits(out, date.year / 100);
    out = two_digits(out, date.year % 100);
    *out++ = '-';
    out = two_digits(out, date.month);
    *out++ = '-';
    return two_digits(out, date.day);
}

size_t bm_time_format(int64_t ms, char out[BM_TIME_BYTES])
{
    if (!in_range(ms))
        return 0;
    unsigned clock = (unsigned)(ms % DAY_MS), second = clock / 1000, millis = clock % 1000;
    char *end = date_format(out, days_date((uint32_t)(ms / DAY_MS)));
    *end++ = 'T';
    end = two_digits(end, second / 3600);
    *end++ = ':';
    end = two_digits(end, second / 60 % 60);
    *end++ = ':';
    end = two_digits(end, second % 60);
    if (millis) {
        *end++ = '.';
        *end++ = (char)('0' + millis / 100);
        end = two_digits(end, millis % 100);
    }
    *end++ = 'Z';
    ASSERT(end - out <= BM_TIME_BYTES);
    return (size_t)(end - out);
}

void time_write(struct writer *writer, int64_t ms)
{
    char text[BM_TIME_BYTES];
    writer_put(writer, (struct span){text, bm_time_format(ms, text)});
}

void day_write(struct writer *writer, int32_t day)
{
    char text[DATE_BYTES];
    ASSERT(day >= 0 && day <= TIME_MS_MAX / DAY_MS);
    uint32_t shown = day < 0 ? 0 : day > DAY_MAX ? DAY_MAX : (uint32_t)day; /* four digits for the year */
    writer_put(writer, (struct span){text, (size_t)(date_format(text, days_date(shown)) - text)});
}
