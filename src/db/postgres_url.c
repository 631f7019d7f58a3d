/* postgres_url.c -- postgresql://user:password@host:port/database?option=value&…
 *
 * Our own options are taken out; libpq reads the rest, and knows all of its own. */
#include "db/postgres.h"

#define MAX_URL 4000

typedef struct option {
    const char *name;
    int64_t     low, high;
} option;

static const option own[] = {
    { "pool", 1, 1000 },
    { "readers", 1, 100 },
    { "statement_timeout", 0, 24 * 3600 * 1000 },
    { "prepare", 0, 1 },
};

/* Keeps one of our own options; *mine tells whether it is one. */
static bool take_option(cf__pg_url *url, cf_str text, bool *mine, cf_error *err)
{
    int64_t *const places[] = { &url->pool, &url->readers, &url->statement_timeout, NULL };
    cf_str         name, value;
    int64_t        number = 0;

    *mine = false;
    cf_str_cut(text, '=', &name, &value);
    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
        if (!cf_str_is(name, own[i].name))
            continue;
        *mine = true;
        if (!cf_str_to_i64(value, &number) || number < own[i].low || number > own[i].high)
            return cf_fail(err, CF_EINVAL, "DATABASE_URL: %s is a number from %lld to %lld",
                           own[i].name, (long long)own[i].low, (long long)own[i].high);
        if (places[i])
            *places[i] = number;
        else
            url->prepare = (int)number;
    }
    return true;
}

/* Splits the URL into our options and what libpq is to read. */
static bool split(cf_arena *arena, cf_str text, cf__pg_url *url, const char **rest, cf_error *err)
{
    cf_buf out = cf_buf_in(arena, 0);
    cf_str path, options, item;
    char   sign = '?';
    bool   mine;

    cf_str_cut(text, '?', &path, &options);
    cf_buf_add(&out, path.ptr, path.len);
    while (options.len) {
        cf_str_cut(options, '&', &item, &options);
        if (!take_option(url, item, &mine, err))
            return false;
        if (mine || !item.len)
            continue;
        cf_buf_putc(&out, sign);
        cf_buf_add(&out, item.ptr, item.len);
        sign = '&';
    }
    *rest = cf_buf_cstr(&out);
    return true;
}

static const char *value_of(const PQconninfoOption *options, const char *key)
{
    for (; options->keyword; options++)
        if (strcmp(options->keyword, key) == 0)
            return options->val;
    return NULL;
}

/* What holds unless the URL says otherwise. */
static const char *const defaults[][2] = {
    { "application_name", "carafe" }, { "connect_timeout", "5" },  { "gssencmode", "disable" },
    { "tcp_user_timeout", "15000" },  { "keepalives_idle", "15" }, { "keepalives_interval", "5" },
    { "keepalives_count", "3" },
};

static bool in_url(const char *text, const char *key)
{
    return cf_str_find(cf_str_of(text), cf_str_of(key)) != CF_NPOS;
}

static void collect(cf_arena *arena, const PQconninfoOption *options, cf__pg_url *url)
{
    size_t count = 0, most = 2 + sizeof(defaults) / sizeof(defaults[0]);

    for (const PQconninfoOption *o = options; o->keyword; o++)
        most += o->val != NULL;
    url->keys = cf_new_array(arena, const char *, most);
    url->values = cf_new_array(arena, const char *, most);
    for (const PQconninfoOption *o = options; o->keyword; o++) {
        if (!o->val || strcmp(o->keyword, "client_encoding") == 0)
            continue;
        url->keys[count] = cf_strdup(arena, o->keyword);
        url->values[count++] = cf_strdup(arena, o->val);
    }
    for (size_t i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++) {
        if (value_of(options, defaults[i][0]))
            continue;
        url->keys[count] = defaults[i][0];
        url->values[count++] = defaults[i][1];
    }
    url->keys[count] = "client_encoding";
    url->values[count] = "UTF8";
}

/* libpq's message may quote what it could not read: nothing of it if that may be a secret. */
static bool refuse(const char *text, const char *message, cf_error *err)
{
    bool secret = strchr(text, '@') || in_url(text, "password");

    if (secret || !message)
        return cf_fail(err, CF_EINVAL,
                       "DATABASE_URL is not sound; it should read postgresql://user:password@"
                       "host:5432/database, with what is special in a password as %%XX");
    return cf_fail(err, CF_EINVAL, "DATABASE_URL: %.*s",
                   CF_STR_ARG(cf_str_trim(cf_str_of(message))));
}

bool cf__pg_url_parse(cf_arena *arena, cf_str text, cf__pg_url *out, cf_error *err)
{
    PQconninfoOption *options;
    const char       *rest;
    char             *message = NULL;

    *out = (cf__pg_url){ .pool = 8, .readers = 4, .statement_timeout = 30000, .prepare = -1 };
    if (text.len > MAX_URL)
        return cf_fail(err, CF_ELIMIT, "DATABASE_URL is longer than %d bytes", MAX_URL);
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.ptr[i] < 0x20 || text.ptr[i] == 0x7f)
            return cf_fail(err, CF_EINVAL, "DATABASE_URL holds a control character");
    if (!split(arena, text, out, &rest, err))
        return false;
    if (!cf_str_starts(cf_str_of(rest), CF_STR("postgresql://")))
        return cf_fail(err, CF_EINVAL,
                       "DATABASE_URL: two slashes follow the scheme: "
                       "postgresql://user:password@host:5432/database");
    options = PQconninfoParse(rest, &message);
    if (!options) {
        refuse(rest, message, err);
        PQfreemem(message);
        return false;
    }
    collect(arena, options, out);
    PQconninfoFree(options);
    return true;
}
