/* query_term.c -- what a query selects, groups and orders by: "user.name", "count(*) as n",
 * "sum(score)", "count(distinct user_id)"; and calculations such as stock - 1. */
#include "db/sql.h"

#include <stdlib.h>

static const char *const functions[] = {
    [CF__FN_COUNT] = "count", [CF__FN_SUM] = "sum", [CF__FN_AVG] = "avg",
    [CF__FN_MIN] = "min",     [CF__FN_MAX] = "max",
};

/* ---- reading ---- */

/* Cuts off the last word when it follows `keyword`: "count(*) as n" gives "n". */
static bool cut_after(cf_str *text, const char *keyword, cf_str *word)
{
    cf_str rest = *text, last, before;

    if (!cf_str_rcut(rest, ' ', &rest, &last))
        return false;
    rest = cf_str_trim(rest);
    if (!cf_str_rcut(rest, ' ', &before, &rest) || !cf_str_iis(rest, keyword))
        return false;
    *word = last;
    *text = cf_str_trim(before);
    return true;
}

/* "sum_score" for sum(score); "user_name" for user.name. */
static const char *default_name(cf_arena *arena, const cf__term *term, cf_str path)
{
    cf_buf out;

    if (!term->function && !term->path.nsteps)
        return term->path.column->name;
    out = cf_buf_in(arena, 0);
    if (term->function)
        cf_buf_puts(&out, functions[term->function]);
    if (term->function && term->path.column)
        cf_buf_putc(&out, '_');
    for (size_t i = 0; term->path.column && i < path.len; i++)
        cf_buf_putc(&out, path.ptr[i] == '.' ? '_' : path.ptr[i]);
    return cf_buf_cstr(&out);
}

static bool find_function(cf_str name, cf__function *out)
{
    for (cf__function f = CF__FN_COUNT; f <= CF__FN_MAX; f++)
        if (cf_str_iis(name, functions[f])) {
            *out = f;
            return true;
        }
    return false;
}

static bool sums(cf_kind kind)
{
    return kind == CF_KIND_INT32 || kind == CF_KIND_INT64 || kind == CF_KIND_DOUBLE ||
           kind == CF_KIND_DECIMAL;
}

static bool check_term(const cf__term *term, cf_str text, cf_error *err)
{
    if (term->path.relation)
        return cf_fail(err, CF_EINVAL, "'%.*s' is a relationship, not a column", CF_STR_ARG(text));
    if ((term->function == CF__FN_SUM || term->function == CF__FN_AVG) &&
        !sums(term->path.column->kind))
        return cf_fail(err, CF_ETYPE, "%s is for numbers, which %.*s is not",
                       functions[term->function], CF_STR_ARG(text));
    return true;
}

bool cf__term_parse(cf_arena *arena, const cf__mapper *mapper, cf_str text, cf__term *out,
                    cf_error *err)
{
    size_t open;
    cf_str path, name = { "", 0 };

    *out = (cf__term){ 0 };
    text = cf_str_trim(text);
    cut_after(&text, "as", &name);
    path = text;
    open = cf_str_chr(text, '(');
    if (open != CF_NPOS) {
        if (!cf_str_ends(text, CF_STR(")")) ||
            !find_function(cf_str_trim(cf_str_slice(text, 0, open)), &out->function))
            return cf_fail(err, CF_EINVAL,
                           "'%.*s': the functions are count(), sum(), avg(), min() and max()",
                           CF_STR_ARG(text));
        path = cf_str_trim(cf_str_slice(text, open + 1, text.len - 1));
        if (path.len > 9 && cf_str_iis(cf_str_slice(path, 0, 9), "distinct ")) {
            out->distinct = true;
            path = cf_str_trim(cf_str_slice(path, 9, path.len));
        }
    }
    if (out->function != CF__FN_COUNT || !cf_str_is(path, "*")) {
        if (!cf__path_resolve(arena, mapper, cf_str_dup(arena, path), &out->path, err) ||
            !check_term(out, path, err))
            return false;
    }
    out->name = name.len ? cf_str_dup(arena, name) : default_name(arena, out, path);
    return true;
}

/* ---- writing ---- */

bool cf__term_write(cf__builder *b, const cf__mapper *root, const cf__term *term)
{
    const cf__mapper *mapper = root;
    unsigned          alias = 0;

    for (size_t i = 0; i < term->path.nsteps; i++) {
        const cf__relation *r = term->path.steps[i];

        if (cf__is_list(r) && !cf__sql_find_join(b, r, alias))
            return cf_fail(b->err, CF_EINVAL,
                           "%s.%s leads to many rows; join it first: cf_query_join(q, \"%s\")",
                           r->owner->model->name, r->name, r->name);
        alias = cf__sql_join(b, r, alias)->alias;
        mapper = r->target;
    }
    if (term->function)
        cf_buf_printf(&b->sql, "%s(%s", functions[term->function],
                      term->distinct ? "DISTINCT " : "");
    if (term->path.column)
        cf__sql_column(b, mapper, alias, term->path.column->name);
    else
        cf_buf_putc(&b->sql, '*');
    if (term->function)
        cf_buf_putc(&b->sql, ')');
    return true;
}

/* ---- results ---- */

/* A sum has its column's type; engines give sums of integers in different ones. */
static cf__column sum_column(const cf__column *column)
{
    cf__column sum = *column;

    if (sum.kind == CF_KIND_INT32)
        sum.kind = sum.field.kind = CF_KIND_INT64;
    return sum;
}

static bool as_float(const cf__datum *datum, cf_value *out)
{
    double number = 0;

    if (datum->cell == CF__CELL_INT)
        number = (double)datum->as.integer;
    else if (datum->cell == CF__CELL_FLOAT)
        number = datum->as.number;
    else if (datum->cell != CF__CELL_TEXT || !cf_str_to_double(datum->as.text, &number))
        return false;
    *out = cf_float(number);
    return true;
}

bool cf__term_value(cf_db *db, const cf__term *term, const cf__datum *datum, cf_value *out,
                    cf_error *err)
{
    cf__column column;
    int64_t    count;

    *out = cf_none();
    if (datum->cell == CF__CELL_NULL)
        return true;
    if (term->function == CF__FN_COUNT) {
        if (datum->cell == CF__CELL_TEXT && cf_str_to_i64(datum->as.text, &count))
            *out = cf_int(count);
        else
            *out = cf_int(datum->cell == CF__CELL_INT ? datum->as.integer : 0);
        return true;
    }
    if (term->function == CF__FN_AVG)
        return as_float(datum, out) || cf_fail(err, CF_ETYPE, "%s is no number", term->name);
    column = term->function == CF__FN_SUM ? sum_column(term->path.column) : *term->path.column;
    return cf__column_value(db, &column, datum, out, err);
}

/* ---- calculations ---- */

typedef struct calculation {
    cf_object   object;
    const char *column;
    char        op; /* + - *, or '=' for the column itself */
    cf_value    value;
} calculation;

static bool calculation_text(cf_eval *eval, cf_object *self, cf_buf *out, bool *safe)
{
    const calculation *c = (const calculation *)self;

    *safe = false;
    cf_buf_puts(out, c->column);
    if (c->op == '=')
        return true;
    cf_buf_printf(out, " %c ", c->op);
    return cf_to_repr(eval, c->value, out);
}

static const cf_class calculation_class = { .name = "Calculation", .text = calculation_text };

cf_value cf__calc(cf_query *q, const char *column, char op, cf_value value)
{
    calculation *c = cf_new(q->db->arena, calculation);

    c->object.class = &calculation_class;
    c->column = column;
    c->op = op;
    c->value = value;
    return cf_from_object(c);
}

bool cf__sql_calculation(cf__builder *b, const cf__mapper *mapper, unsigned alias, cf_value value,
                         bool *found)
{
    const calculation *c = (const calculation *)value.as.object;
    const cf__column  *column;
    cf__param          param;

    *found = cf_is(value, CF_TYPE_OBJECT) && value.as.object->class == &calculation_class;
    if (!*found)
        return true;
    column = cf__mapper_column(mapper, cf_str_of(c->column));
    if (!column)
        return cf__no_member(mapper, "column", cf_str_of(c->column), b->err);
    if (c->op != '=' && !strchr("+-*", c->op))
        return cf_fail(b->err, CF_EINVAL, "a calculation is one of + - * or =, not '%c'", c->op);
    if (c->op != '=' && !sums(column->kind))
        return cf_fail(b->err, CF_ETYPE, "%s is no number to calculate with", column->name);
    if (c->op == '=') {
        cf__sql_column(b, mapper, alias, column->name);
        return true;
    }
    cf_buf_putc(&b->sql, '(');
    cf__sql_column(b, mapper, alias, column->name);
    cf_buf_printf(&b->sql, " %c ", c->op);
    if (!cf__param_for(b->arena, column, c->value, &param, b->err) || !cf__sql_param(b, &param))
        return false;
    cf_buf_putc(&b->sql, ')');
    return true;
}
