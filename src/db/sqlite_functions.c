/* sqlite_functions.c -- LIKE with and without case, for all of Unicode, as other engines have it.
 *
 * SQLite's own LIKE ignores the case of ASCII letters only. cf_like(pattern, text) minds case;
 * cf_ilike(pattern, text) folds it. '%' is any run, '_' one character, '\' takes the next one
 * literally. */
#include <utf8proc.h>

#include "db/sqlite.h"

static uint32_t next(cf_str *s, bool fold)
{
    uint32_t cp;

    if ((unsigned char)s->ptr[0] < 0x80) {
        cp = (unsigned char)s->ptr[0];
        *s = cf_str_slice(*s, 1, s->len);
        return fold && cp >= 'A' && cp <= 'Z' ? cp + 32 : cp;
    }
    cp = cf_utf8_next(s);
    return fold ? (uint32_t)utf8proc_tolower((utf8proc_int32_t)cp) : cp;
}

/* Matches by going back to the latest '%' only, so that time is bounded by the product of the
 * lengths. */
static bool like(cf_str pattern, cf_str text, bool fold)
{
    cf_str after_any = { 0 }, retry = { 0 };
    bool   any = false;

    for (;;) {
        if (pattern.len && pattern.ptr[0] == '%') {
            pattern = cf_str_slice(pattern, 1, pattern.len);
            after_any = pattern;
            retry = text;
            any = true;
            continue;
        }
        if (!text.len && !pattern.len)
            return true;
        if (text.len && pattern.len) {
            cf_str p = pattern, t = text;
            bool   wild = p.ptr[0] == '_';

            if (p.ptr[0] == '\\' && p.len > 1)
                p = cf_str_slice(p, 1, p.len);
            if ((next(&p, fold) == next(&t, fold)) | wild) {
                pattern = p;
                text = t;
                continue;
            }
        }
        if (!any || !retry.len)
            return false;
        next(&retry, false);
        pattern = after_any;
        text = retry;
    }
}

static void call(sqlite3_context *context, int count, sqlite3_value **args)
{
    const char *pattern = (const char *)sqlite3_value_text(args[0]);
    const char *text = (const char *)sqlite3_value_text(args[1]);
    bool        fold = sqlite3_user_data(context) != NULL;

    (void)count;
    if (!pattern || !text)
        return;
    sqlite3_result_int(context, like(cf_str_n(pattern, (size_t)sqlite3_value_bytes(args[0])),
                                     cf_str_n(text, (size_t)sqlite3_value_bytes(args[1])), fold));
}

bool cf__sqlite_functions(sqlite3 *db)
{
    static char fold[] = "fold";
    int         flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;

    return sqlite3_create_function_v2(db, "cf_like", 2, flags, NULL, call, NULL, NULL, NULL) ==
               SQLITE_OK &&
           sqlite3_create_function_v2(db, "cf_ilike", 2, flags, fold, call, NULL, NULL, NULL) ==
               SQLITE_OK;
}
