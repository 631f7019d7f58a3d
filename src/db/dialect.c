/* dialect.c -- spelling that engines share: quoted names, stored times, hashed statement texts. */
#include "db/engine.h"

void cf__quote(cf_buf *out, const char *name)
{
    const char *quote;

    cf_buf_putc(out, '"');
    while ((quote = strchr(name, '"'))) {
        cf_buf_add(out, name, (size_t)(quote + 1 - name));
        cf_buf_putc(out, '"');
        name = quote + 1;
    }
    cf_buf_puts(out, name);
    cf_buf_putc(out, '"');
}

int cf__longest_word(const char *words)
{
    cf_str word;
    size_t longest = 1;

    for (size_t i = 0; (word = cf_word_at(words, i)).len; i++)
        longest = word.len > longest ? word.len : longest;
    return (int)longest;
}

cf__sql cf__sql_of(cf_str text)
{
    uint64_t h = text.len * UINT64_C(0x9E3779B97F4A7C15), word;
    size_t   i = 0;

    for (; i + 8 <= text.len; i += 8) {
        memcpy(&word, text.ptr + i, 8);
        h = (h ^ word) * UINT64_C(0xFF51AFD7ED558CCD);
        h ^= h >> 32;
    }
    for (; i < text.len; i++)
        h = (h ^ (unsigned char)text.ptr[i]) * UINT64_C(0x100000001B3);
    return (cf__sql){ text, h ^ (h >> 29) };
}

int64_t cf__cursor_integer(const cf__cursor *cursor, int i)
{
    cf__datum datum;

    cursor->ops->read(cursor, i, &datum);
    return datum.cell == CF__CELL_INT ? datum.as.integer : 0;
}

cf_str cf__cursor_text(const cf__cursor *cursor, int i)
{
    cf__datum datum;

    cursor->ops->read(cursor, i, &datum);
    return datum.cell >= CF__CELL_TEXT ? datum.as.text : (cf_str){ "", 0 };
}

static void digits(char *out, int count, int number)
{
    while (count--) {
        out[count] = (char)('0' + number % 10);
        number /= 10;
    }
}

size_t cf__time_text(cf_time time, char out[32])
{
    cf_civil civil = cf_time_civil(time);

    memcpy(out, "0000-00-00 00:00:00.000000", 27);
    digits(out, 4, civil.year);
    digits(out + 5, 2, civil.month);
    digits(out + 8, 2, civil.day);
    digits(out + 11, 2, civil.hour);
    digits(out + 14, 2, civil.minute);
    digits(out + 17, 2, civil.second);
    digits(out + 20, 6, civil.microsecond);
    return 26;
}

cf_str cf__datum_text(const cf__datum *datum, char out[32])
{
    static const cf_date epoch = { 1970, 1, 1 };
    size_t               len = 0;

    if (datum->cell == CF__CELL_TIME)
        len = cf__time_text((cf_time){ datum->as.integer }, out);
    else if (datum->cell == CF__CELL_DATE)
        cf_date_text(cf_date_add(epoch, datum->as.integer), out);
    else if (datum->cell == CF__CELL_CLOCK)
        cf_clock_text((cf_clock){ datum->as.integer }, out);
    else
        out[0] = '\0';
    if (!len)
        return cf_str_of(out);
    while (out[len - 1] == '0' && len > 19)
        len--;
    len -= out[len - 1] == '.';
    out[len] = '\0';
    return cf_str_n(out, len);
}

/* Statements that would end or open transactions behind our back. */
static const char *const forbidden[] = { "BEGIN",    "START",     "COMMIT",  "END",    "ABORT",
                                         "ROLLBACK", "SAVEPOINT", "RELEASE", "ATTACH", "DETACH" };

/* The length of the comment that a text begins with; 0 when it begins with none. PostgreSQL's nest,
 * and a carriage return ends its lines too; SQLite's do neither. */
static size_t comment(cf_str sql, bool postgres)
{
    size_t depth = 0, i = 0;

    if (cf_str_starts(sql, CF_STR("--"))) {
        while (i < sql.len && sql.ptr[i] != '\n' && !(postgres && sql.ptr[i] == '\r'))
            i++;
        return i;
    }
    if (!cf_str_starts(sql, CF_STR("/*")))
        return 0;
    while (i < sql.len) {
        cf_str rest = cf_str_slice(sql, i, sql.len);
        bool   close = cf_str_starts(rest, CF_STR("*/")) && i > 1;

        if (close && --depth == 0)
            return i + 2;
        if (cf_str_starts(rest, CF_STR("/*")) && (postgres || !i)) {
            depth++;
            close = true;
        }
        i += close ? 2 : 1;
    }
    return sql.len;
}

size_t cf__sql_blank(cf_str sql, bool postgres)
{
    size_t at = 0, skipped = 1;

    while (skipped) {
        cf_str rest = cf_str_slice(sql, at, sql.len);

        if (rest.len && rest.ptr[0] && strchr(" \t\r\n\f\v;", rest.ptr[0]))
            skipped = 1;
        else if (!postgres && cf_str_starts(rest, CF_STR("\xef\xbb\xbf")))
            skipped = 3; /* A byte order mark is white space to SQLite. */
        else
            skipped = comment(rest, postgres);
        at += skipped;
    }
    return at;
}

/* The first word of a text; *rest: what comes after it. */
static cf_str first_word(cf_str sql, bool postgres, cf_str *rest)
{
    size_t end = 0;

    sql = cf_str_slice(sql, cf__sql_blank(sql, postgres), sql.len);
    while (end < sql.len && ((sql.ptr[end] | 32) >= 'a' && (sql.ptr[end] | 32) <= 'z'))
        end++;
    *rest = cf_str_slice(sql, end, sql.len);
    return cf_str_slice(sql, 0, end);
}

const char *cf__sql_control(cf_str sql, bool postgres)
{
    cf_str rest, word = first_word(sql, postgres, &rest);

    for (size_t i = 0; i < sizeof(forbidden) / sizeof(forbidden[0]); i++)
        if (cf_str_iis(word, forbidden[i]))
            return forbidden[i];
    if (cf_str_iis(word, "PREPARE") && cf_str_iis(first_word(rest, postgres, &rest), "TRANSACTION"))
        return "PREPARE TRANSACTION";
    return NULL;
}
