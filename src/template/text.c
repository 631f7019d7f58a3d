/* text.c -- what filters and methods share: text, numbers and items of their arguments. */
#include "template/runtime.h"

#include <utf8proc.h>

#include "base/bigint.h"
#include "template/integer.h"

cf_value cf__string(cf_str text, bool safe)
{
    cf_value v = cf_string_of(text);

    v.safe = safe;
    return v;
}

bool cf__text_of(vm *m, cf_value v, cf_str *out)
{
    cf_buf text;

    if (v.type == CF_TYPE_STRING && !v.bytes) {
        *out = cf_text(v);
        return true;
    }
    text = cf_buf_in(m->eval.arena, m->env->options.max_output);
    if (!cf__print(m, v, false, &text))
        return false;
    *out = cf_str_n(text.ptr ? text.ptr : "", text.len);
    return cf_buf_ok(&text, m->eval.err);
}

bool cf__html_of(vm *m, cf_value v, cf_str *out)
{
    cf_buf text = cf_buf_in(m->eval.arena, m->env->options.max_output);

    if (v.type == CF_TYPE_STRING && v.safe) {
        *out = cf_text(v);
        return true;
    }
    if (!cf__print(m, v, true, &text))
        return false;
    *out = cf_str_n(text.ptr ? text.ptr : "", text.len);
    return cf_buf_ok(&text, m->eval.err);
}

static bool int_of(const cf_call *call, const char *name, cf_value v, int64_t fallback,
                   int64_t *out)
{
    *out = fallback;
    switch ((cf_type)v.type) {
    case CF_TYPE_UNDEFINED:
        return cf__absent(v) || !call->eval->render || cf__undefined_fail(call->eval->render, v);
    case CF_TYPE_INT:
        *out = v.as.integer;
        return true;
    case CF_TYPE_BOOL:
        *out = v.as.boolean;
        return true;
    default:
        break;
    }
    return cf_fail(call->eval->err, CF_ETYPE, "argument '%s' must be an integer, not '%s'",
                   name ? name : "?", cf_type_name(v));
}

bool cf__int_arg(const cf_call *call, size_t i, const char *name, int64_t fallback, int64_t *out)
{
    cf_value v = cf_arg(call, i, name);

    if (cf__is_bigint(v))
        return cf__no_index(call->eval->err);
    return int_of(call, name, v, fallback, out);
}

bool cf__index_arg(const cf_call *call, size_t i, const char *name, int64_t fallback, int64_t *out)
{
    cf_value v = cf_arg(call, i, name);

    if (v.type == CF_TYPE_UNDEFINED && !cf__absent(v))
        return cf_fail(call->eval->err, CF_ETYPE, "'%s' object cannot be interpreted as an integer",
                       cf_type_name(v));
    return cf__int_arg(call, i, name, fallback, out);
}

bool cf__bound_arg(const cf_call *call, size_t i, const char *name, int64_t fallback, int64_t *out)
{
    return int_of(call, name, cf__int_bound(cf_arg(call, i, name)), fallback, out);
}

bool cf__bool_arg(const cf_call *call, size_t i, const char *name, bool fallback)
{
    cf_value v = cf_arg(call, i, name);

    return v.type == CF_TYPE_UNDEFINED ? fallback : cf_truth(v);
}

cf_list *cf__list_of(vm *m, cf_value v)
{
    cf_list *list;
    cf_iter  iter;
    cf_value item;
    bool     done = false;

    if (v.type == CF_TYPE_UNDEFINED && cf__undefined_strict(m, v)) {
        cf__undefined_fail(m, v);
        return NULL;
    }
    list = cf_list_new(m->eval.arena);
    if (!cf_iterate(&m->eval, v, &iter))
        return NULL;
    for (;;) {
        if (!cf_iter_next(&iter, &m->eval, &item, &done) || !cf__step(m))
            return NULL;
        if (done)
            return list;
        cf_list_add(list, item);
    }
}

bool cf__is_alpha(uint32_t cp)
{
    utf8proc_category_t c = utf8proc_category((utf8proc_int32_t)cp);

    return c >= UTF8PROC_CATEGORY_LU && c <= UTF8PROC_CATEGORY_LO;
}

bool cf__is_word(uint32_t cp)
{
    utf8proc_category_t c = utf8proc_category((utf8proc_int32_t)cp);

    return cp == '_' || cf__is_alpha(cp) ||
           (c >= UTF8PROC_CATEGORY_ND && c <= UTF8PROC_CATEGORY_NO);
}

bool cf__is_digit(uint32_t cp)
{
    /* Decimal digits, and those written high, low or in a circle. */
    return utf8proc_category((utf8proc_int32_t)cp) == UTF8PROC_CATEGORY_ND || cp == 0xB2 ||
           cp == 0xB3 || cp == 0xB9 || cp == 0x2070 || (cp >= 0x2074 && cp <= 0x2079) ||
           (cp >= 0x2080 && cp <= 0x2089) || (cp >= 0x2460 && cp <= 0x2468);
}
