/* dialect.c -- spelling that engines share: quoted names, stored times, hashed statement texts. */
#include "db/engine.h"

void cf__quote(cf_buf *out, const char *name)
{
    cf_buf_putc(out, '"');
    for (const char *p = name; *p; p++) {
        if (*p == '"')
            cf_buf_putc(out, '"');
        cf_buf_putc(out, *p);
    }
    cf_buf_putc(out, '"');
}

cf__sql cf__sql_of(cf_str text)
{
    uint64_t h = text.len * UINT64_C(0x9E3779B97F4A7C15), word;
    size_t i = 0;

    for (; i + 8 <= text.len; i += 8) {
        memcpy(&word, text.ptr + i, 8);
        h = (h ^ word) * UINT64_C(0xFF51AFD7ED558CCD);
        h ^= h >> 32;
    }
    for (; i < text.len; i++)
        h = (h ^ (unsigned char)text.ptr[i]) * UINT64_C(0x100000001B3);
    return (cf__sql){ text, h ^ (h >> 29) };
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
