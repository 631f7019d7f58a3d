/* url.c -- DATABASE_URL: which engine, and where. */
#include "db/engine.h"

static const cf__engine *const engines[] = { &cf__engine_sqlite, &cf__engine_postgres };

const cf__engine *cf__engine_of_url(cf_str url, cf_str *rest, cf_error *err)
{
    cf_str scheme;

    if (!url.len) {
        cf_fail(err, CF_EINVAL, "DATABASE_URL is empty; for example sqlite:///app.db");
        return NULL;
    }
    if (!cf_str_cut(url, ':', &scheme, rest)) {
        cf_fail(err, CF_EINVAL, "DATABASE_URL has no scheme; for example sqlite:///app.db");
        return NULL;
    }
    for (size_t i = 0; i < sizeof(engines) / sizeof(engines[0]); i++)
        if (cf_str_iis(scheme, engines[i]->name))
            return engines[i];
    if (cf_str_iis(scheme, "postgres"))
        return &cf__engine_postgres;
    cf_fail(err, CF_EUNSUPPORTED,
            "DATABASE_URL's scheme '%.*s' is not known; use sqlite:///file or "
            "postgresql://user@host/database",
            scheme.len > 40 ? 40 : (int)scheme.len, scheme.ptr);
    return NULL;
}

/* Whether an option's name tells that its value is a secret. */
static bool is_secret(cf_str option)
{
    return cf_str_starts(option, CF_STR("password=")) ||
           cf_str_starts(option, CF_STR("sslpassword="));
}

static void mask_options(cf_buf *out, cf_str options)
{
    cf_str option;
    char   sign = '?';

    while (options.len) {
        cf_str_cut(options, '&', &option, &options);
        cf_buf_putc(out, sign);
        if (is_secret(option))
            cf_buf_printf(out, "%.*s***", (int)cf_str_chr(option, '=') + 1, option.ptr);
        else
            cf_buf_add(out, option.ptr, option.len);
        sign = '&';
    }
}

/* All up to the last '@' is taken for user and password, since a password may hold what it should
 * not. */
const char *cf__url_masked(cf_arena *arena, cf_str url)
{
    cf_buf out = cf_buf_in(arena, 0);
    size_t start = cf_str_find(url, CF_STR("://")), at, colon;
    cf_str path, options, user;

    if (start == CF_NPOS)
        return cf_str_dup(arena, url);
    start += 3;
    cf_str_cut(url, '?', &path, &options);
    at = cf_str_rchr(path, '@');
    if (at == CF_NPOS) {
        at = cf_str_rchr(url, '@');
        if (at != CF_NPOS && !cf_str_starts(url, CF_STR("sqlite")))
            path = url, options = (cf_str){ 0 };
        else
            at = CF_NPOS;
    }
    user = at == CF_NPOS || at < start ? (cf_str){ 0 } : cf_str_slice(path, start, at);
    colon = cf_str_chr(user, ':');
    if (user.len && colon != CF_NPOS)
        cf_buf_printf(&out, "%.*s:***%.*s", CF_STR_ARG(cf_str_slice(url, 0, start + colon)),
                      CF_STR_ARG(cf_str_slice(path, at, path.len)));
    else
        cf_buf_add(&out, path.ptr, path.len);
    mask_options(&out, options);
    return cf_buf_cstr(&out);
}

static bool sqlite_option(cf_str option, cf__sqlite_url *out, cf_error *err)
{
    cf_str name, value;

    cf_str_cut(option, '=', &name, &value);
    if (!cf_str_is(name, "synchronous"))
        return cf_fail(err, CF_EINVAL,
                       "DATABASE_URL: unknown option '%.*s'; there is synchronous=full|normal",
                       CF_STR_ARG(cf_str_slice(name, 0, 60)));
    if (!cf_str_iis(value, "full") && !cf_str_iis(value, "normal"))
        return cf_fail(err, CF_EINVAL, "DATABASE_URL: synchronous is full or normal");
    out->full = cf_str_iis(value, "full");
    return true;
}

bool cf__sqlite_url_parse(cf_arena *arena, cf_str rest, cf__sqlite_url *out, cf_error *err)
{
    cf_str path, options, option;

    *out = (cf__sqlite_url){ 0 };
    cf_str_cut(rest, '?', &path, &options);
    while (options.len) {
        cf_str_cut(options, '&', &option, &options);
        if (!sqlite_option(option, out, err))
            return false;
    }
    if (cf_str_is(path, "//") || cf_str_is(path, "//:memory:") || cf_str_is(path, "///:memory:"))
        return true;
    if (!cf_str_starts(path, CF_STR("///")))
        return cf_fail(
            err, CF_EINVAL,
            "DATABASE_URL: three slashes and a relative path (sqlite:///app.db), or four "
            "and an absolute one (sqlite:////var/lib/app.db)");
    path = cf_str_slice(path, 3, path.len);
    if (!path.len || path.ptr[path.len - 1] == '/')
        return cf_fail(err, CF_EINVAL, "DATABASE_URL names no file; for example sqlite:///app.db");
    if (path.len > 4000)
        return cf_fail(err, CF_ELIMIT, "DATABASE_URL: the path is longer than 4000 bytes");
    for (size_t i = 0; i < path.len; i++)
        if ((unsigned char)path.ptr[i] < 0x20 || path.ptr[i] == 0x7f)
            return cf_fail(err, CF_EINVAL, "DATABASE_URL: the path holds a control character");
    out->file = cf_str_dup(arena, path);
    return true;
}
