/* kind_fn.c -- probe kind "fn": werkzeug's helper functions by name, answered by ours. */
#include "probe.h"

#include <carafe/conditional.h>
#include <carafe/cookie.h>
#include <carafe/crypto.h>
#include <carafe/field.h>
#include <carafe/time.h>
#include <carafe/url.h>

/* A call: positional arguments first, then those with names. */
typedef struct call {
    probe_case    *c;
    cf_arena      *arena;
    const cf_list *args;
    const cf_map  *kwargs;
} call;

static cf_value arg(const call *k, size_t i, const char *name)
{
    return i < k->args->len ? k->args->items[i] : cf_map_get(k->kwargs, name);
}

/* What str() gives; bytes for {"$b64": …}. */
static cf_str text_of(const call *k, cf_value value)
{
    cf_eval eval = { .arena = k->arena };
    cf_buf  out = cf_buf_in(k->arena, 0);
    cf_str  bytes;

    if (cf_is(value, CF_TYPE_STRING))
        return cf_text(value);
    if (cf_is(value, CF_TYPE_MAP) &&
        cf_b64_decode(k->arena, cf_text(cf_map_get(value.as.map, "$b64")), &bytes, NULL))
        return bytes;
    cf_to_text(&eval, value, &out);
    return cf_buf_view(&out);
}

static cf_str text_arg(const call *k, size_t i, const char *name)
{
    return text_of(k, arg(k, i, name));
}

static void answer(const call *k, cf_value value)
{
    probe_put(k->c, "value", value);
}

static void answer_text(const call *k, cf_str text)
{
    answer(k, text.ptr ? cf_string_of(text) : cf_string(""));
}

static void answer_buf(const call *k, const cf_buf *buf)
{
    answer_text(k, cf_buf_view(buf));
}

static void pair(cf_list *list, cf_value a, cf_value b)
{
    cf_list *both = cf_list_new(list->arena);

    cf_list_add(both, a);
    cf_list_add(both, b);
    cf_list_add(list, cf_from_list(both));
}

/* A member of a map of ours: none for a value that is absent. */
static void put_params(cf_map *map, const cf_params *params)
{
    for (size_t i = 0; i < params->len; i++)
        cf_map_put(map, cf_string_of(params->items[i].name),
                   params->items[i].value.ptr ? cf_string_of(params->items[i].value) : cf_none());
}

static cf_params params_of(const call *k, const cf_map *map)
{
    cf_params params = cf_params_in(k->arena);

    for (size_t i = 0; i < map->len; i++) {
        cf_value value = map->entries[i].value;
        cf_str   text = cf_is_missing(value) ? (cf_str){ 0 } : text_of(k, value);
        if (!cf_is_missing(value) && !text.ptr)
            text = CF_STR("");
        cf_params_push(&params, text_of(k, map->entries[i].key), text);
    }
    return params;
}

static void quote_header_value(const call *k)
{
    cf_buf   out = cf_buf_in(k->arena, 0);
    cf_value allow = arg(k, 1, "allow_token");

    cf_field_quote(&out, text_arg(k, 0, "value"), cf_is(allow, CF_TYPE_BOOL) && !cf_truth(allow));
    answer_buf(k, &out);
}

static void unquote_header_value(const call *k)
{
    answer_text(k, cf_field_unquote(k->arena, text_arg(k, 0, "value")));
}

static void parse_list_header(const call *k)
{
    cf_list *list = cf_list_new(k->arena);
    cf_str  *items;
    size_t   count = cf_field_list(k->arena, text_arg(k, 0, "value"), &items);

    for (size_t i = 0; i < count; i++)
        cf_list_add(list, cf_string_of(items[i]));
    answer(k, cf_from_list(list));
}

static void parse_dict_header(const call *k)
{
    cf_params pairs = cf_params_in(k->arena);
    cf_map   *map = cf_map_new(k->arena);

    cf_field_pairs(k->arena, text_arg(k, 0, "value"), &pairs);
    put_params(map, &pairs);
    answer(k, cf_from_map(map));
}

static void parse_options_header(const call *k)
{
    cf_params options = cf_params_in(k->arena);
    cf_list  *list = cf_list_new(k->arena);
    cf_map   *map = cf_map_new(k->arena);
    cf_value  field = arg(k, 0, "value");
    cf_str    value = { 0 };

    if (!cf_is_missing(field))
        value = cf_field_options(k->arena, text_of(k, field), &options);
    put_params(map, &options);
    cf_list_add(list, value.ptr ? cf_string_of(value) : cf_string(""));
    cf_list_add(list, cf_from_map(map));
    answer(k, cf_from_list(list));
}

static void dump_options_header(const call *k)
{
    cf_value  header = arg(k, 0, "header"), options = arg(k, 1, "options");
    cf_buf    out = cf_buf_in(k->arena, 0);
    cf_params params;

    if (!cf_is(options, CF_TYPE_MAP)) {
        probe_error(k->c, "options is not a map");
        return;
    }
    params = params_of(k, options.as.map);
    cf_field_write_options(&out, cf_is_missing(header) ? CF_STR("") : text_of(k, header), &params);
    answer_buf(k, &out);
}

static void dump_header(const call *k)
{
    cf_value  iterable = arg(k, 0, "iterable");
    cf_buf    out = cf_buf_in(k->arena, 0);
    cf_params params;

    if (cf_is(iterable, CF_TYPE_MAP)) {
        params = params_of(k, iterable.as.map);
        cf_field_write_pairs(&out, &params);
    } else if (cf_is(iterable, CF_TYPE_LIST)) {
        for (size_t i = 0; i < iterable.as.list->len; i++) {
            if (i)
                cf_buf_puts(&out, ", ");
            cf_field_quote(&out, text_of(k, iterable.as.list->items[i]), false);
        }
    }
    answer_buf(k, &out);
}

static void quote_etag(const call *k)
{
    cf_buf  out = cf_buf_in(k->arena, 0);
    cf_etag etag = { text_arg(k, 0, "etag"), cf_truth(arg(k, 1, "weak")) };

    if (cf_etag_write(&out, etag, NULL))
        answer_buf(k, &out);
    else
        probe_error(k->c, "ValueError");
}

static void unquote_etag(const call *k)
{
    cf_list *list = cf_list_new(k->arena);
    cf_str   text = text_arg(k, 0, "etag");
    cf_etag  etag;

    cf_etag_parse(text, &etag);
    cf_list_add(list, text.len ? cf_string_of(etag.tag) : cf_none());
    cf_list_add(list, text.len ? cf_bool(etag.weak) : cf_none());
    answer(k, cf_from_list(list));
}

static void generate_etag(const call *k)
{
    answer_text(k, cf_etag_of(k->arena, text_arg(k, 0, "data")));
}

/* Values of one name stand together, where it first came. */
static void parse_cookie(const call *k)
{
    cf_params cookies = cf_params_in(k->arena);
    cf_list  *list = cf_list_new(k->arena);

    cf_cookies_parse(&cookies, text_arg(k, 0, "header"), 0);
    for (size_t i = 0; i < cookies.len; i++) {
        cf_str name = cookies.items[i].name, value;
        size_t at = i;
        for (size_t j = 0; j < i && at == i; j++)
            if (cf_str_eq(cookies.items[j].name, name))
                at = cookies.len;
        while (cf_params_next(&cookies, name, &at, &value))
            pair(list, cf_string_of(name), cf_string_of(value));
    }
    answer(k, cf_from_list(list));
}

/* {"$unix": seconds}, or a number. */
static bool time_of(cf_value value, cf_time *out)
{
    if (cf_is(value, CF_TYPE_MAP))
        value = cf_map_get(value.as.map, "$unix");
    if (cf_is(value, CF_TYPE_INT))
        out->us = value.as.integer * CF_SECOND;
    else if (cf_is(value, CF_TYPE_FLOAT))
        out->us = (int64_t)value.as.number * CF_SECOND;
    else
        return false;
    return true;
}

static void dump_cookie(const call *k)
{
    cf_value  max_age = arg(k, 2, "max_age"), path = arg(k, 4, "path");
    cf_value  domain = arg(k, 5, "domain"), same_site = arg(k, 10, "samesite");
    cf_buf    out = cf_buf_in(k->arena, 0);
    cf_error  err = { 0 };
    cf_cookie cookie = {
        .name = text_arg(k, 0, "key"),
        .value = text_arg(k, 1, "value"),
        .secure = cf_truth(arg(k, 6, "secure")),
        .http_only = cf_truth(arg(k, 7, "httponly")),
        .partitioned = cf_truth(arg(k, 11, "partitioned")),
    };

    if (cf_is(max_age, CF_TYPE_INT))
        cookie.max_age = max_age.as.integer;
    time_of(arg(k, 3, "expires"), &cookie.expires);
    if (cf_is(path, CF_TYPE_NONE))
        cookie.path = CF_STR("");
    else if (cf_is(path, CF_TYPE_STRING))
        cookie.path = cf_text(path);
    cookie.domain = cf_text(domain);
    if ((!cf_is_missing(same_site) && !cf_same_site_parse(cf_text(same_site), &cookie.same_site)) ||
        !cf_cookie_write(&out, &cookie, &err))
        probe_error(k->c, "ValueError");
    else
        answer_buf(k, &out);
}

static void parse_date(const call *k)
{
    cf_map *map = cf_map_new(k->arena);
    cf_time t;

    if (!cf_time_from_http(cf_str_trim(text_arg(k, 0, "value")), &t)) {
        answer(k, cf_none());
        return;
    }
    cf_map_set(map, "$unix", cf_float((double)(t.us / CF_SECOND)));
    answer(k, cf_from_map(map));
}

static void http_date(const call *k)
{
    char    date[30];
    cf_time t;

    if (!time_of(arg(k, 0, "timestamp"), &t)) {
        probe_error(k->c, "not a time");
        return;
    }
    cf_time_http(t, date);
    answer_text(k, cf_str_of(cf_strdup(k->arena, date)));
}

static void safe_join(const call *k)
{
    cf_str path = text_arg(k, 0, "directory");

    for (size_t i = 1; i < k->args->len && path.ptr; i++)
        path = cf_path_join(k->arena, path, text_of(k, k->args->items[i]));
    answer(k, path.ptr ? cf_string_of(path) : cf_none());
}

static void secure_filename(const call *k)
{
    answer_text(k, cf_secure_filename(k->arena, text_arg(k, 0, "filename")));
}

static void iri_to_uri(const call *k)
{
    answer_text(k, cf_iri_to_uri(k->arena, text_arg(k, 0, "iri")));
}

static void uri_to_iri(const call *k)
{
    answer_text(k, cf_uri_to_iri(k->arena, text_arg(k, 0, "uri")));
}

static void check_password_hash(const call *k)
{
    bool matches = false;

    cf_password_verify(text_arg(k, 1, "password"), text_arg(k, 0, "pwhash"), &matches, NULL, NULL);
    answer(k, cf_bool(matches));
}

static void dump_age(const call *k)
{
    cf_value age = arg(k, 0, "age");

    if (cf_is_missing(age))
        answer(k, cf_none());
    else if (cf_is(age, CF_TYPE_INT) && age.as.integer >= 0)
        answer_text(k, text_of(k, age));
    else
        probe_error(k->c, "ValueError");
}

static const struct {
    const char *name;
    void (*call)(const call *k);
} functions[] = {
    { "check_password_hash", check_password_hash },
    { "dump_age", dump_age },
    { "dump_cookie", dump_cookie },
    { "dump_header", dump_header },
    { "dump_options_header", dump_options_header },
    { "generate_etag", generate_etag },
    { "http_date", http_date },
    { "iri_to_uri", iri_to_uri },
    { "parse_cookie", parse_cookie },
    { "parse_date", parse_date },
    { "parse_dict_header", parse_dict_header },
    { "parse_list_header", parse_list_header },
    { "parse_options_header", parse_options_header },
    { "parse_set_header", parse_list_header },
    { "quote_etag", quote_etag },
    { "quote_header_value", quote_header_value },
    { "safe_join", safe_join },
    { "secure_filename", secure_filename },
    { "unquote_etag", unquote_etag },
    { "unquote_header_value", unquote_header_value },
    { "uri_to_iri", uri_to_iri },
};

void probe_fn(probe_case *c)
{
    cf_value args = cf_map_get(c->in, "args"), kwargs = cf_map_get(c->in, "kwargs");
    cf_str   name = probe_text(c, "fn");
    call     k = { .c = c, .arena = c->arena };

    k.args = cf_is(args, CF_TYPE_LIST) ? args.as.list : cf_list_new(c->arena);
    k.kwargs = cf_is(kwargs, CF_TYPE_MAP) ? kwargs.as.map : cf_map_new(c->arena);
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        if (cf_str_is(name, functions[i].name)) {
            functions[i].call(&k);
            return;
        }
    }
    probe_put(c, "unsupported", cf_bool(true));
}
