/* format_str.c -- str.format(): "{0} {name.attr[key]!r:>10}".
 *
 * On HTML (Markup) each value is escaped after it is formatted, and the result is HTML. */
#include "template/format.h"

typedef struct formatter {
    vm            *m;
    const cf_call *call;
    bool           safe;
    bool           automatic, manual; /* How places have been numbered so far. */
    size_t         next;
} formatter;

static bool format_text(formatter *f, cf_str text, int depth, cf_buf *out);

static bool fail(formatter *f, const char *message)
{
    return cf_fail(f->m->eval.err, CF_ERUNTIME, "%s", message);
}

static bool all_digits(cf_str s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.ptr[i] < '0' || s.ptr[i] > '9')
            return false;
    return s.len > 0;
}

static bool numbered(formatter *f, size_t at, cf_value *out)
{
    if (at >= f->call->nargs)
        return cf_fail(f->m->eval.err, CF_ERUNTIME,
                       "Replacement index %zu out of range for positional args tuple", at);
    *out = f->call->args[at];
    return true;
}

/* The value that a place begins with. */
static bool first_value(formatter *f, cf_str name, cf_value *out)
{
    int64_t number;

    if (!name.len) {
        if (f->manual)
            return fail(f, "cannot switch from manual field specification to automatic field "
                           "numbering");
        f->automatic = true;
        return numbered(f, f->next++, out);
    }
    if (all_digits(name)) {
        if (f->automatic)
            return fail(f, "cannot switch from automatic field numbering to manual field "
                           "specification");
        f->manual = true;
        if (!cf_str_to_i64(name, &number))
            return fail(f, "Too many decimal digits in format string");
        return numbered(f, (size_t)number, out);
    }
    for (size_t i = 0; i < f->call->nkwargs; i++)
        if (cf_str_eq(f->call->kwargs[i].name, name)) {
            *out = f->call->kwargs[i].value;
            return true;
        }
    return cf_fail(f->m->eval.err, CF_ERUNTIME, "KeyError: '%.*s'", CF_STR_ARG(name));
}

/* An attribute: Python's own, which a dict's keys are not, or outside Python's reach in a sandbox
 * those of the template language. */
static bool get_attr(formatter *f, cf_str name, cf_value *v)
{
    cf_value owner = *v;

    if (f->m->env->options.sandbox)
        return cf__get_attr(f->m, owner, name, NULL, v);
    if (owner.type == CF_TYPE_UNDEFINED)
        return cf__undefined_fail(f->m, owner);
    if (owner.type == CF_TYPE_MAP ? !cf__get_method(f->m, owner, name, v)
                                  : !cf__get_attr(f->m, owner, name, NULL, v))
        return false;
    return v->type != CF_TYPE_UNDEFINED ||
           cf_fail(f->m->eval.err, CF_ERUNTIME, "'%s' object has no attribute '%.*s'",
                   cf_type_name(owner), CF_STR_ARG(name));
}

static bool get_item(formatter *f, cf_value key, cf_value *v)
{
    cf_value owner = *v;

    if (!cf__get_item(f->m, owner, key, v))
        return false;
    return v->type != CF_TYPE_UNDEFINED || f->m->env->options.sandbox ||
           cf_fail(f->m->eval.err, CF_ERUNTIME, "'%s' object has no such item",
                   cf_type_name(owner));
}

/* Attributes and items behind the first name. */
static bool follow(formatter *f, cf_str path, cf_value *v)
{
    while (path.len) {
        size_t  end;
        cf_str  part;
        int64_t number;
        if (path.ptr[0] == '.') {
            for (end = 1; end < path.len && path.ptr[end] != '.' && path.ptr[end] != '['; end++)
                ;
            part = cf_str_slice(path, 1, end);
            if (!part.len)
                return fail(f, "Empty attribute in format string");
            if (!get_attr(f, part, v))
                return false;
        } else if (path.ptr[0] == '[') {
            end = cf_str_chr(path, ']');
            if (end == CF_NPOS)
                return fail(f, "Missing ']' in format string");
            part = cf_str_slice(path, 1, end++);
            if (!part.len)
                return fail(f, "Empty attribute in format string");
            if (!get_item(f,
                          all_digits(part) && cf_str_to_i64(part, &number) ? cf_int(number)
                                                                           : cf_string_of(part),
                          v))
                return false;
        } else {
            return fail(f, "Only '.' or '[' may follow ']' in format field specifier");
        }
        path = cf_str_slice(path, end, path.len);
    }
    return true;
}

static bool convert(formatter *f, char conversion, cf_value *v)
{
    cf_buf text = cf_buf_in(f->m->eval.arena, f->m->env->options.max_output);
    cf_str plain;

    switch (conversion) {
    case '\0':
        return true;
    case 's':
        if (!cf__text_of(f->m, *v, &plain))
            return false;
        *v = cf__string(plain, v->type == CF_TYPE_STRING && v->safe);
        return true;
    case 'r':
    case 'a':
        if (!(conversion == 'a' ? cf__ascii(f->m, *v, &text) : cf_to_repr(&f->m->eval, *v, &text)))
            return false;
        *v = cf_string_of(cf_buf_view(&text));
        return true;
    default:
        return cf_fail(f->m->eval.err, CF_ERUNTIME, "Unknown conversion specifier %c", conversion);
    }
}

static bool put(formatter *f, cf_value v, cf_str spec, cf_buf *out)
{
    cf_buf text = cf_buf_in(f->m->eval.arena, f->m->env->options.max_output);

    if (!f->safe)
        return cf__format_value(f->m, v, spec, out);
    if (v.type == CF_TYPE_STRING && v.safe && !spec.len) {
        cf_buf_str(out, cf_text(v));
        return true;
    }
    if (!cf__format_value(f->m, v, spec, &text))
        return false;
    cf_buf_html(out, cf_buf_view(&text));
    return true;
}

/* One place, without its braces. */
static bool format_field(formatter *f, cf_str field, int depth, cf_buf *out)
{
    cf_buf   nested = cf_buf_in(f->m->eval.arena, 0);
    size_t   end = 0, name = 0;
    bool     inside = false;
    char     conversion = '\0';
    cf_str   spec = { 0 };
    cf_value v;

    for (; end < field.len; end++) {
        char c = field.ptr[end];
        if (c == '[')
            inside = true;
        else if (c == ']')
            inside = false;
        else if (!inside && (c == '!' || c == ':'))
            break;
    }
    while (name < end && field.ptr[name] != '.' && field.ptr[name] != '[')
        name++;
    if (!first_value(f, cf_str_slice(field, 0, name), &v) ||
        !follow(f, cf_str_slice(field, name, end), &v))
        return false;
    if (end < field.len && field.ptr[end] == '!') {
        if (end + 1 >= field.len)
            return fail(f, "end of string while looking for conversion specifier");
        conversion = field.ptr[end + 1];
        end += 2;
        if (end < field.len && field.ptr[end] != ':')
            return fail(f, "expected ':' after conversion specifier");
    }
    if (end < field.len)
        spec = cf_str_slice(field, end + 1, field.len);
    if (!convert(f, conversion, &v))
        return false;
    if (cf_str_chr(spec, '{') != CF_NPOS || cf_str_chr(spec, '}') != CF_NPOS) {
        formatter inner = *f;
        inner.safe = false;
        if (!format_text(&inner, spec, depth + 1, &nested))
            return false;
        f->next = inner.next;
        f->automatic = inner.automatic;
        f->manual = inner.manual;
        spec = cf_buf_view(&nested);
    }
    return put(f, v, spec, out);
}

static bool format_text(formatter *f, cf_str text, int depth, cf_buf *out)
{
    if (depth > 2)
        return fail(f, "Max string recursion exceeded");
    for (size_t i = 0; i < text.len; i++) {
        char   c = text.ptr[i];
        size_t start = i + 1, open = 1;
        if (c != '{' && c != '}') {
            cf_buf_putc(out, c);
            continue;
        }
        if (i + 1 < text.len && text.ptr[i + 1] == c) {
            cf_buf_putc(out, c);
            i++;
            continue;
        }
        if (c == '}')
            return fail(f, "Single '}' encountered in format string");
        for (i++; i < text.len && open; i++)
            open += text.ptr[i] == '{' ? 1 : text.ptr[i] == '}' ? (size_t)-1 : 0;
        if (open)
            return fail(f, start == text.len ? "Single '{' encountered in format string"
                                             : "expected '}' before end of string");
        i--;
        if (!format_field(f, cf_str_slice(text, start, i), depth, out))
            return false;
    }
    return true;
}

bool cf__str_format(vm *m, cf_value format, const cf_call *call, cf_value *out)
{
    formatter f = { .m = m, .call = call, .safe = format.safe };
    cf_buf    text = cf_buf_in(m->eval.arena, m->env->options.max_output);

    if (!format_text(&f, cf_text(format), 0, &text))
        return false;
    *out = cf__string(cf_buf_view(&text), format.safe);
    return cf_buf_ok(&text, m->eval.err);
}
