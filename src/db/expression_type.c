/* expression_type.c -- what is known of terms' types: which casts matter, which texts are times.
 *
 * PostgreSQL prints the casts that it made itself: name = 'a'::text, amount > (1)::numeric. It
 * makes them again where a literal stands against a term of that very type; any other cast is
 * somebody's. */
#include "db/expression.h"

static const cf__type text_type = { .kind = CF__TYPE_TEXT, .text = "text" };
static const cf__type integer_type = { .kind = CF__TYPE_INT32, .text = "integer" };
static const cf__type numeric_type = { .kind = CF__TYPE_DECIMAL, .text = "numeric" };
static const cf__type date_type = { .kind = CF__TYPE_DATE, .text = "date" };

/* ---- names of types ---- */

/* Its spelling without lengths and white space. */
static const char *bare_name(cf_arena *arena, const cf__type *type)
{
    cf_buf      out = cf_buf_in(arena, 0);
    const char *text = type->text ? type->text : "";
    bool        inside = false;

    for (; *text; text++) {
        inside = *text == '(' || (inside && *text != ')');
        if (!inside && *text != ')' && *text != ' ')
            cf_buf_putc(&out, *text);
    }
    return cf_buf_cstr(&out);
}

/* A number's type in words that both engines know, or NULL. */
static const char *number_type(cf_arena *arena, const cf__type *type)
{
    switch (type->kind) {
    case CF__TYPE_INT32:
        return "integer";
    case CF__TYPE_INT64:
        return "bigint";
    case CF__TYPE_DOUBLE:
        return "double precision";
    case CF__TYPE_DECIMAL:
        return "numeric";
    default: /* One of any number of digits is no model's. */
        return strcmp(bare_name(arena, type), "numeric") == 0 ? "numeric" : NULL;
    }
}

/* Text of a case that matters; bpchar is what PostgreSQL calls a literal of CHAR(n). */
static bool is_text(cf_arena *arena, const cf__type *type)
{
    const char *name = bare_name(arena, type);

    return type->kind == CF__TYPE_TEXT && strcmp(name, "citext") != 0 && strcmp(name, "name") != 0;
}

/* A type of fewer values than the one that models have for it, or NULL. */
static const char *narrow_type(cf_arena *arena, const cf__type *type)
{
    static const char *const types[][2] = {
        { "smallint", "smallint" }, { "int2", "smallint" }, { "real", "real" },
        { "float4", "real" },       { "bpchar", "bpchar" }, { "character", "bpchar" },
        { "char", "bpchar" },
    };
    const char *name = bare_name(arena, type);

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (strcmp(name, types[i][0]) == 0)
            return types[i][1];
    return NULL;
}

static const char *class_of(cf_arena *arena, const cf__type *type)
{
    const char *narrow = narrow_type(arena, type), *number = number_type(arena, type);

    if (narrow || number)
        return narrow ? narrow : number;
    return is_text(arena, type) ? "text" : bare_name(arena, type);
}

static bool same_type(cf_arena *arena, const cf__type *a, const cf__type *b)
{
    return strcmp(class_of(arena, a), class_of(arena, b)) == 0;
}

/* With a length or a scale. */
static bool is_sized(const cf__type *type)
{
    return type->text && strchr(type->text, '(');
}

/* How a cast to it is written for both engines, or NULL: SQLite cuts and rounds nothing. */
static const char *portable_type(cf_arena *arena, const cf__type *type)
{
    const char *name = bare_name(arena, type);

    if (is_sized(type) || narrow_type(arena, type))
        return NULL;
    if (strcmp(name, "text") == 0 || strcmp(name, "varchar") == 0 ||
        strcmp(name, "charactervarying") == 0)
        return "text";
    return number_type(arena, type);
}

enum { NO_NUMBER, INTEGER, BIGINT, NUMERIC, DOUBLE };

/* How wide a number's type is. */
static int width(cf__exprs *t, const cf__expr *term)
{
    static const char *const types[] = { "integer", "bigint", "numeric", "double precision" };
    const char              *number = term->type ? number_type(t->arena, term->type) : NULL;

    for (int i = 0; number && i < 4; i++)
        if (strcmp(number, types[i]) == 0)
            return INTEGER + i;
    return NO_NUMBER;
}

/* ---- casts ---- */

/* A number's text as a number; else the term itself. */
static const cf__expr *as_number(cf__exprs *t, const cf__expr *kid)
{
    cf__exprs       trial = { .arena = t->arena };
    cf_str          text = cf_str_of(kid->text);
    const cf__expr *number;

    if (kid->kind != CF__EXPR_STRING)
        return kid;
    number = cf__expr_number(&trial, cf_str_slice(text, 1, text.len - 1));
    return trial.failed ? kid : number;
}

/* Whether a cast says what the term would be without it. */
static bool repeats(cf__exprs *t, const cf__expr *kid, const cf__type *type)
{
    if (kid->kind == CF__EXPR_STRING)
        return is_text(t->arena, type) && !type->length;
    if (kid->kind == CF__EXPR_WORD)
        return strcmp(kid->text, "NULL") == 0;
    if (kid->kind == CF__EXPR_ARRAY)
        return cf_str_ends(cf_str_of(bare_name(t->arena, type)), CF_STR("[]"));
    if (!kid->type || !same_type(t->arena, kid->type, type))
        return false;
    return type->kind == CF__TYPE_TEXT ? !type->length || type->length == kid->type->length
                                       : !type->precision;
}

static const cf__expr *typed(cf__exprs *t, const cf__expr *term, const cf__type *type)
{
    cf__expr *copy = cf_alloc(t->arena, sizeof(*copy));

    *copy = *term;
    copy->type = type;
    return copy;
}

/* Whether texts against it are times, as far as one knows. */
static bool may_be_time(const cf__type *type)
{
    return !type || type->kind == CF__TYPE_OTHER || type->kind == CF__TYPE_TIME ||
           type->kind == CF__TYPE_DATE || type->kind == CF__TYPE_CLOCK;
}

/* A cast that is dropped leaves its type where texts against the term may be times by it, and where
 * numbers are divided with a fraction by it. Elsewhere it does not: read again without the cast,
 * the term would be of its own type. */
static const cf__expr *uncast(cf__exprs *t, const cf__expr *kid, const cf__type *type)
{
    const char *number = number_type(t->arena, type);
    bool        numeric = number && strcmp(number, "numeric") == 0;

    return (width(t, kid) ? numeric : may_be_time(type)) ? typed(t, kid, type) : kid;
}

const cf__expr *cf__expr_cast(cf__exprs *t, const cf__expr *kid, const cf__type *type)
{
    const cf__expr **kids;
    const char      *name;
    cf__type        *own = cf_alloc(t->arena, sizeof(*own));
    cf__expr        *term;

    *own = *type;
    if (number_type(t->arena, type))
        kid = as_number(t, kid);
    if (!t->exact)
        return uncast(t, kid, own);
    if (repeats(t, kid, type))
        return kid;
    kids = cf_alloc(t->arena, sizeof(*kids));
    kids[0] = kid;
    name = kid->kind == CF__EXPR_STRING && number_type(t->arena, type)
               ? NULL
               : portable_type(t->arena, type);
    term = (cf__expr *)cf__expr_node(t, CF__EXPR_CAST, name ? name : "", kids, 1);
    if (term->kind != CF__EXPR_CAST)
        return term; /* Too high. */
    term->type = own;
    term->foreign = term->foreign || !name;
    return term;
}

/* ---- terms that stand against each other ---- */

static bool is_cast_literal(const cf__expr *term)
{
    return term->kind == CF__EXPR_CAST &&
           (term->kids[0]->kind == CF__EXPR_STRING || term->kids[0]->kind == CF__EXPR_NUMBER);
}

/* Whether PostgreSQL makes such a cast of a literal itself: single precision meets double. */
static bool is_made(cf__exprs *t, const cf__type *cast, const cf__type *other)
{
    const char *name = class_of(t->arena, other);

    return !is_sized(cast) && strcmp(class_of(t->arena, cast),
                                     strcmp(name, "real") == 0 ? "double precision" : name) == 0;
}

const cf__expr *cf__expr_against(cf__exprs *t, const cf__expr *term, const cf__expr *other)
{
    if (term->kind == CF__EXPR_STRING && term->raw && !may_be_time(other->type))
        return cf__expr_leaf(t, CF__EXPR_STRING, term->raw);
    if (is_cast_literal(term) && !is_cast_literal(other) && other->type &&
        is_made(t, term->type, other->type))
        return term->kids[0];
    return term;
}

const cf__expr *cf__expr_divided(cf__exprs *t, const cf__expr *term, const cf__expr *other)
{
    const cf__expr *number = term->kind == CF__EXPR_CAST ? term->kids[0] : term;
    int             own = width(t, term), beside = width(t, other);
    bool            whole = number->kind == CF__EXPR_NUMBER &&
                 cf__expr_type_of_leaf(CF__EXPR_NUMBER, number->text) == &integer_type;
    bool numeric = own == NUMERIC || (!t->exact && beside == NUMERIC);

    if (!whole || !numeric || own == NO_NUMBER || own == DOUBLE || beside == NO_NUMBER ||
        beside == DOUBLE || is_sized(term->type))
        return term;
    return cf__expr_leaf(t, CF__EXPR_NUMBER, cf_printf(t->arena, "%s.0", number->text));
}

const cf__type *cf__expr_type_of_name(const cf__exprs *t, const char *written)
{
    cf__lexer                lexer;
    const cf__schema_column *column;
    cf__type                *type;

    cf__lexer_start(&lexer, cf_str_of(written));
    column = t->table ? cf__table_column(t->table, cf__sql_name(t->arena, &lexer.token)) : NULL;
    if (!column || !t->exact || !column->type.text)
        return column ? &column->type : NULL;
    /* A native enum counts as text elsewhere. */
    type = cf_alloc(t->arena, sizeof(*type));
    *type = cf__type_of(t->arena, cf_str_of(column->type.text), column->type.flavor);
    return type;
}

const cf__type *cf__expr_type_of_leaf(cf__expr_kind kind, const char *text)
{
    int64_t number;

    if (kind == CF__EXPR_WORD && strcmp(text, "CURRENT_DATE") == 0)
        return &date_type;
    if (kind != CF__EXPR_NUMBER)
        return NULL;
    if (strchr(text, '.'))
        return &numeric_type;
    return cf_str_to_i64(cf_str_of(text), &number) && number >= INT32_MIN && number <= INT32_MAX
               ? &integer_type
               : NULL;
}

const cf__type *cf__expr_type_of_binary(cf__exprs *t, const char *op, const cf__expr *a,
                                        const cf__expr *b)
{
    if (strcmp(op, "||") == 0)
        return &text_type;
    if (strlen(op) != 1 || !strchr("+-*/%", op[0]) || !width(t, a) || !width(t, b))
        return NULL;
    return width(t, a) < width(t, b) ? b->type : a->type;
}

/* ---- calls ---- */

typedef enum result {
    IS_TEXT,
    IS_INTEGER,
    IS_ITS_OWN, /* Of the type of its first argument. */
    IS_SHARED,  /* Of the one type that all arguments have. */
} result;

static const struct {
    const char *name;
    result      is;
} calls[] = {
    { "lower", IS_TEXT },      { "upper", IS_TEXT },      { "trim", IS_TEXT },
    { "ltrim", IS_TEXT },      { "rtrim", IS_TEXT },      { "substr", IS_TEXT },
    { "substring", IS_TEXT },  { "replace", IS_TEXT },    { "left", IS_TEXT },
    { "right", IS_TEXT },      { "concat", IS_TEXT },     { "md5", IS_TEXT },
    { "length", IS_INTEGER },  { "strpos", IS_INTEGER },  { "abs", IS_ITS_OWN },
    { "round", IS_ITS_OWN },   { "coalesce", IS_SHARED }, { "nullif", IS_SHARED },
    { "greatest", IS_SHARED }, { "least", IS_SHARED },
};

static const cf__expr *share_type(cf__exprs *t, const char *name, const cf__expr **args,
                                  size_t count)
{
    const cf__expr **kids = cf_alloc(t->arena, (count + 1) * sizeof(*kids));
    const cf__expr  *first = NULL;

    for (size_t i = 0; i < count && !first; i++)
        if (args[i]->type && args[i]->named)
            first = args[i];
    for (size_t i = 0; i < count; i++)
        kids[i] = first ? cf__expr_against(t, args[i], first) : args[i];
    return typed(t, cf__expr_node(t, CF__EXPR_CALL, name, kids, count), first ? first->type : NULL);
}

const cf__expr *cf__expr_call(cf__exprs *t, const char *name, const cf__expr **args, size_t count)
{
    const cf__expr *call = cf__expr_node(t, CF__EXPR_CALL, name, args, count);

    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        if (strcmp(name, calls[i].name) != 0)
            continue;
        if (calls[i].is == IS_SHARED)
            return share_type(t, name, args, count);
        return typed(t, call,
                     calls[i].is == IS_TEXT      ? &text_type
                     : calls[i].is == IS_INTEGER ? &integer_type
                     : count                     ? args[0]->type
                                                 : NULL);
    }
    return call;
}
