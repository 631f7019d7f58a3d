/* expression_term.c -- makes terms, in their normal form. */
#include "db/expression.h"

static const cf__expr nothing = { .kind = CF__EXPR_WORD, .text = "" };

const cf__expr *cf__expr_fail(cf__exprs *t)
{
    t->failed = true;
    return &nothing;
}

const cf__expr *cf__expr_node(cf__exprs *t, cf__expr_kind kind, const char *text,
                              const cf__expr **kids, size_t nkids)
{
    cf__expr *term = cf_alloc(t->arena, sizeof(*term));

    *term = (cf__expr){ .kind = kind, .text = text, .kids = kids, .nkids = nkids };
    for (size_t i = 0; i < nkids; i++) {
        if (!kids[i])
            continue;
        term->named = term->named || kids[i]->named;
        term->foreign = term->foreign || kids[i]->foreign;
        if (term->height <= kids[i]->height)
            term->height = kids[i]->height + 1;
    }
    return term->height > CF__EXPR_HEIGHT ? cf__expr_fail(t) : term;
}

const cf__expr *cf__expr_leaf(cf__exprs *t, cf__expr_kind kind, const char *text)
{
    cf__expr *term = cf_alloc(t->arena, sizeof(*term));

    *term = (cf__expr){ .kind = kind,
                        .text = text,
                        .named = kind == CF__EXPR_NAME,
                        .type = kind == CF__EXPR_NAME ? cf__expr_type_of_name(t, text)
                                                      : cf__expr_type_of_leaf(kind, text) };
    return term;
}

static const cf__expr **two(cf__exprs *t, const cf__expr *a, const cf__expr *b)
{
    const cf__expr **kids = cf_alloc(t->arena, 2 * sizeof(*kids));

    kids[0] = a;
    kids[1] = b;
    return kids;
}

/* ---- numbers ---- */

/* The digits of a number without its point, and where the point is in them. */
typedef struct digits {
    char    text[128];
    size_t  len;
    int64_t point;
} digits;

static bool read_digits(cf_str text, digits *d)
{
    bool   fraction = false;
    size_t i = 0;

    *d = (digits){ .len = 0 };
    for (; i < text.len && (text.ptr[i] == '.' || (text.ptr[i] >= '0' && text.ptr[i] <= '9')); i++)
        if (text.ptr[i] == '.') {
            if (fraction)
                return false;
            fraction = true;
        } else if (d->len == sizeof(d->text)) {
            return false;
        } else {
            d->text[d->len++] = text.ptr[i];
            d->point += !fraction;
        }
    if (i < text.len) {
        int64_t exponent;

        if ((text.ptr[i] | 32) != 'e' ||
            !cf_str_to_i64(cf_str_slice(text, i + 1 + (text.ptr[i + 1] == '+'), text.len),
                           &exponent) ||
            exponent > 100 || exponent < -100)
            return false;
        d->point += exponent;
    }
    return d->len > 0;
}

/* 0.50, .5 and 5e-1 are 0.5; 2.00 is 2.0 and not 2, by which integers are divided as integers. */
const cf__expr *cf__expr_number(cf__exprs *t, cf_str text)
{
    cf_buf  out = cf_buf_in(t->arena, 0);
    bool    minus = text.len && text.ptr[0] == '-', fraction;
    size_t  from = 0;
    digits  d;
    int64_t i;

    if (!read_digits(cf_str_slice(text, minus, text.len), &d))
        return cf__expr_fail(t);
    fraction = (int64_t)d.len > d.point;
    for (; from < d.len && d.text[from] == '0'; from++)
        d.point--;
    while (d.len > from && d.text[d.len - 1] == '0')
        d.len--;
    if (from == d.len)
        return cf__expr_leaf(t, CF__EXPR_NUMBER, fraction ? "0.0" : "0");
    if (minus)
        cf_buf_putc(&out, '-');
    if (d.point <= 0)
        cf_buf_puts(&out, "0.");
    for (i = d.point; i < 0; i++)
        cf_buf_putc(&out, '0');
    for (i = 0; from < d.len; from++, i++) {
        if (i && i == d.point)
            cf_buf_putc(&out, '.');
        cf_buf_putc(&out, d.text[from]);
    }
    fraction = fraction && i <= d.point;
    for (; i < d.point; i++)
        cf_buf_putc(&out, '0');
    if (fraction)
        cf_buf_puts(&out, ".0");
    return cf__expr_leaf(t, CF__EXPR_NUMBER, cf_buf_cstr(&out));
}

const cf__expr *cf__expr_minus(cf__exprs *t, const cf__expr *kid)
{
    const cf__expr **kids;

    if (kid->kind == CF__EXPR_NUMBER)
        return cf__expr_number(
            t,
            cf_str_of(kid->text[0] == '-' ? kid->text + 1 : cf_printf(t->arena, "-%s", kid->text)));
    kids = two(t, kid, NULL);
    return cf__expr_node(t, CF__EXPR_MINUS, "", kids, 1);
}

/* ---- texts ---- */

/* Whether text has the shape of a pattern, where '0' is any digit. */
static bool has_shape(cf_str text, const char *shape)
{
    size_t len = strlen(shape);

    for (size_t i = 0; i < len; i++)
        if (i >= text.len ||
            (shape[i] == '0' ? text.ptr[i] < '0' || text.ptr[i] > '9' : text.ptr[i] != shape[i]))
            return false;
    return true;
}

/* A time of day with seconds, without a fraction of zeros and without a zone that is UTC; NULL when
 * it is none. */
static const char *clock_text(cf_arena *arena, cf_str text)
{
    static const char *const utc[] = { "+00:00", "+00", "+0000", "Z" };
    cf_str                   fraction;

    for (size_t i = 0; i < sizeof(utc) / sizeof(utc[0]); i++)
        if (cf_str_ends(text, cf_str_of(utc[i])))
            text.len -= strlen(utc[i]);
    if (has_shape(text, "00:00") && text.len == 5)
        return cf_printf(arena, "%.5s:00", text.ptr);
    if (!has_shape(text, "00:00:00"))
        return NULL;
    fraction = cf_str_slice(text, 8, text.len);
    for (size_t i = 1; i < fraction.len; i++)
        if (fraction.ptr[i] < '0' || fraction.ptr[i] > '9')
            return NULL;
    if (fraction.len && (fraction.ptr[0] != '.' || fraction.len == 1))
        return NULL;
    while (fraction.len > 1 && fraction.ptr[fraction.len - 1] == '0')
        fraction.len--;
    if (fraction.len == 1)
        fraction.len = 0;
    return cf_printf(arena, "%.8s%.*s", text.ptr, (int)fraction.len, fraction.ptr);
}

/* PostgreSQL prints a constant time in full, '2020-01-01 00:00:00+00', however it was written. */
static const char *moment_text(cf_arena *arena, const char *content)
{
    cf_str      text = cf_str_of(content);
    const char *clock;

    if (!has_shape(text, "0000-00-00")) {
        clock = has_shape(text, "00:00") ? clock_text(arena, text) : NULL;
        return clock ? clock : content;
    }
    if (text.len < 12 || (text.ptr[10] != ' ' && text.ptr[10] != 'T'))
        return content;
    clock = clock_text(arena, cf_str_slice(text, 11, text.len));
    if (!clock)
        return content;
    return strcmp(clock, "00:00:00") == 0 ? cf_str_dup(arena, cf_str_slice(text, 0, 10))
                                          : cf_printf(arena, "%.10s %s", content, clock);
}

static const char *quoted(cf_arena *arena, const char *content)
{
    cf_buf out = cf_buf_in(arena, 0);

    cf__text_write(&out, content);
    return cf_buf_cstr(&out);
}

const cf__expr *cf__expr_string(cf__exprs *t, const char *content)
{
    const char *time = t->exact ? content : moment_text(t->arena, content);
    cf__expr   *term = (cf__expr *)cf__expr_leaf(t, CF__EXPR_STRING, quoted(t->arena, time));

    if (time != content)
        term->raw = quoted(t->arena, content);
    return term;
}

const cf__expr *cf__expr_server_value(cf__exprs *t, const char *word)
{
    cf__expr *term = (cf__expr *)cf__expr_leaf(t, CF__EXPR_WORD, word);

    term->foreign = t->exact;
    return term;
}

/* ---- operators ---- */

static bool is_call(const cf__expr *term, const char *name, size_t args)
{
    return term->kind == CF__EXPR_CALL && term->nkids == args && strcmp(term->text, name) == 0;
}

/* (a, b) = (c, d), one by one. */
static const cf__expr *rows(cf__exprs *t, const char *op, const cf__expr *a, const cf__expr *b)
{
    const cf__expr **kids = cf_alloc(t->arena, a->nkids * sizeof(*kids));

    for (size_t i = 0; i < a->nkids; i++)
        kids[i] = cf__expr_binary(t, op, a->kids[i], b->kids[i]);
    return cf__expr_chain(t, op[0] == '=' ? CF__EXPR_AND : CF__EXPR_OR, kids, a->nkids);
}

/* PostgreSQL divides integers otherwise than what it casts to numeric; SQLite does not, but by what
 * has a point. */
static const cf__expr *operand(cf__exprs *t, const char *op, const cf__expr *term,
                               const cf__expr *other)
{
    if (strcmp(op, "/") == 0 && other->type && other->type->kind != CF__TYPE_DOUBLE)
        return cf__expr_divided(t, term, other);
    return cf__expr_against(t, term, other);
}

static const cf__expr *operands(cf__exprs *t, const char *op, const cf__expr *a, const cf__expr *b)
{
    const cf__expr *left = operand(t, op, a, b), *right = operand(t, op, b, a);
    cf__expr *term = (cf__expr *)cf__expr_node(t, CF__EXPR_BINARY, op, two(t, left, right), 2);

    if (!t->failed)
        term->type = cf__expr_type_of_binary(t, op, a, b);
    return term;
}

const cf__expr *cf__expr_binary(cf__exprs *t, const char *op, const cf__expr *a, const cf__expr *b)
{
    bool not_like = strcmp(op, "NOT LIKE") == 0 || strcmp(op, "NOT ILIKE") == 0;

    /* How PostgreSQL prints LIKE … ESCAPE and SIMILAR TO. */
    if ((not_like || strcmp(op, "LIKE") == 0 || strcmp(op, "ILIKE") == 0) &&
        is_call(b, "like_escape", 2))
        return cf__expr_like(t, op, a, b->kids[0], b->kids[1]);
    if ((strcmp(op, "~") == 0 || strcmp(op, "!~") == 0) && is_call(b, "similar_to_escape", 1))
        return cf__expr_binary(t, op[0] == '!' ? "NOT SIMILAR TO" : "SIMILAR TO", a, b->kids[0]);
    if ((strcmp(op, "=") == 0 || strcmp(op, "<>") == 0) && a->kind == CF__EXPR_ROW &&
        b->kind == CF__EXPR_ROW && a->nkids == b->nkids)
        return rows(t, op, a, b);
    return operands(t, op, a, b);
}

const cf__expr *cf__expr_like(cf__exprs *t, const char *op, const cf__expr *a, const cf__expr *b,
                              const cf__expr *escape)
{
    const cf__expr **kids = cf_alloc(t->arena, 3 * sizeof(*kids));

    kids[0] = a;
    kids[1] = cf__expr_against(t, b, a);
    kids[2] = escape;
    return cf__expr_node(t, CF__EXPR_BINARY, op, kids, 3);
}

const cf__expr *cf__expr_any(cf__exprs *t, const char *op, bool all, const cf__expr *a,
                             const cf__expr *b)
{
    const char *word = cf_printf(t->arena, "%s %s", op, all ? "ALL" : "ANY");

    if (b->kind == CF__EXPR_ARRAY && strcmp(op, all ? "<>" : "=") == 0)
        return cf__expr_in(t, a, all, b->kids, b->nkids);
    return cf__expr_node(t, CF__EXPR_ANY, word, two(t, a, b), 2);
}

/* As PostgreSQL does: constants stay a list when there are several; anything else is compared one
 * by one. */
const cf__expr *cf__expr_in(cf__exprs *t, const cf__expr *left, bool negated,
                            const cf__expr **items, size_t count)
{
    const cf__expr **list = cf_alloc(t->arena, (count + 1) * sizeof(*list));
    const cf__expr **parts = cf_alloc(t->arena, (count + 1) * sizeof(*parts));
    size_t           nlist = 1, nparts = 0;

    list[0] = left;
    for (size_t i = 0; i < count; i++)
        if (!items[i]->named && left->kind != CF__EXPR_ROW)
            list[nlist++] = cf__expr_against(t, items[i], left);
    if (nlist > 2 || !count)
        parts[nparts++] = cf__expr_node(t, CF__EXPR_IN, negated ? "NOT IN" : "IN", list, nlist);
    for (size_t i = 0; i < count; i++)
        if (nlist <= 2 || items[i]->named)
            parts[nparts++] = cf__expr_binary(t, negated ? "<>" : "=", left, items[i]);
    return cf__expr_chain(t, negated ? CF__EXPR_AND : CF__EXPR_OR, parts, nparts);
}

const cf__expr *cf__expr_between(cf__exprs *t, const cf__expr *left, bool negated,
                                 const cf__expr *low, const cf__expr *high)
{
    const cf__expr *a = cf__expr_binary(t, negated ? "<" : ">=", left, low);
    const cf__expr *b = cf__expr_binary(t, negated ? ">" : "<=", left, high);

    return cf__expr_chain(t, negated ? CF__EXPR_OR : CF__EXPR_AND, two(t, a, b), 2);
}

const cf__expr *cf__expr_chain(cf__exprs *t, cf__expr_kind kind, const cf__expr **kids,
                               size_t nkids)
{
    const cf__expr **all = NULL;
    size_t           count = 0;

    if (nkids == 1)
        return kids[0];
    for (size_t i = 0; i < nkids; i++)
        for (size_t k = 0; k < (kids[i]->kind == kind ? kids[i]->nkids : 1); k++) {
            const cf__expr *kid = kids[i]->kind == kind ? kids[i]->kids[k] : kids[i];

            *CF__PUSH(t->arena, all, count) = kid;
        }
    return cf__expr_node(t, kind, kind == CF__EXPR_AND ? "AND" : "OR", all, count);
}
