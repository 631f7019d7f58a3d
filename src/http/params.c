/* params.c -- ordered multi-maps of text, and their urlencoded form. */
#include <carafe/params.h>

#include <carafe/url.h>

#define DEFAULT_MAX 1000

cf_str cf_params_get_str(const cf_params *params, cf_str name)
{
    cf_str value = { 0 };
    size_t at = 0;

    cf_params_next(params, name, &at, &value);
    return value;
}

cf_str cf_params_get(const cf_params *params, const char *name)
{
    return cf_params_get_str(params, cf_str_of(name));
}

bool cf_params_next(const cf_params *params, cf_str name, size_t *at, cf_str *value)
{
    while (*at < params->len) {
        const cf_param *param = &params->items[(*at)++];
        if (cf_str_eq(param->name, name)) {
            *value = param->value;
            return true;
        }
    }
    return false;
}

void cf_params_push(cf_params *params, cf_str name, cf_str value)
{
    if (params->len == params->cap) {
        size_t cap = params->cap ? 2 * params->cap : 8;
        params->items = cf_grow(params->arena, params->items, params->cap * sizeof *params->items,
                                cap * sizeof *params->items);
        params->cap = cap;
    }
    params->items[params->len++] = (cf_param){ name, value };
}

void cf_params_add(cf_params *params, cf_str name, cf_str value)
{
    cf_params_push(params, cf_str_n(cf_str_dup(params->arena, name), name.len),
                   cf_str_n(cf_str_dup(params->arena, value), value.len));
}

void cf_params_put(cf_params *params, cf_str name, cf_str value)
{
    for (size_t i = 0; i < params->len; i++) {
        if (cf_str_eq(params->items[i].name, name)) {
            params->items[i].value = value;
            return;
        }
    }
    cf_params_push(params, name, value);
}

/* Decodes one side of a pair; bytes that are no UTF-8 are written as %XX again. */
static cf_str decode(cf_arena *arena, cf_str text)
{
    cf_str decoded = cf_url_decode_plus(arena, text), rest = decoded;
    cf_buf out;

    if (cf_str_is_utf8(decoded))
        return decoded;
    out = cf_buf_in(arena, 3 * decoded.len + 1);
    while (rest.len) {
        cf_str   from = rest;
        uint32_t cp = cf_utf8_next(&rest);
        size_t   used = from.len - rest.len;
        if (cp == 0xfffd && used == 1)
            cf_buf_printf(&out, "%%%02X", (unsigned)(unsigned char)*from.ptr);
        else
            cf_buf_add(&out, from.ptr, used);
    }
    cf_buf_cstr(&out);
    return cf_buf_view(&out);
}

bool cf_params_parse(cf_params *params, cf_str text, size_t max, cf_error *err)
{
    size_t count = 0;
    cf_str pair, name, value;

    if (!max)
        max = DEFAULT_MAX;
    while (text.len) {
        cf_str_cut(text, '&', &pair, &text);
        if (pair.len == 0)
            continue;
        if (++count > max)
            return cf_fail(err, CF_ELIMIT, "more than %zu fields", max);
        cf_str_cut(pair, '=', &name, &value);
        cf_params_push(params, decode(params->arena, name), decode(params->arena, value));
    }
    return true;
}

void cf_params_write(cf_buf *out, const cf_params *params)
{
    for (size_t i = 0; i < params->len; i++) {
        if (i)
            cf_buf_putc(out, '&');
        cf_url_encode_plus(out, params->items[i].name);
        cf_buf_putc(out, '=');
        cf_url_encode_plus(out, params->items[i].value);
    }
}
