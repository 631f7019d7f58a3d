/* sqlite_create.c -- reads CREATE TABLE and CREATE INDEX as SQLite keeps them.
 *
 * SQLite stores the statements that made its tables, changed by each ALTER TABLE, and its pragmas
 * tell less than those do: not the checks, not the constraints' names, not what AUTOINCREMENT or a
 * collation says. The text was accepted by SQLite, so what this parser does not know is an error,
 * and the caller leaves that table alone. */
#include "db/schema.h"
#include "db/sql_token.h"

typedef struct reader {
    cf_arena         *arena;
    cf__lexer         lex;
    cf__schema_table *table;
    const char       *constraint; /* The name before the one that is read now. */
    cf_error         *err;
} reader;

static bool expect(reader *r, const char *word)
{
    if (cf__lexer_accept(&r->lex, word))
        return true;
    return cf_fail(r->err, CF_EPARSE, "expected %s before '%.*s'", word,
                   CF_STR_ARG(cf_str_slice(r->lex.token.text, 0, 40)));
}

static const char *take_name(reader *r)
{
    const char *name;

    if (r->lex.token.kind != CF__TOKEN_WORD && r->lex.token.kind != CF__TOKEN_NAME &&
        r->lex.token.kind != CF__TOKEN_STRING) {
        cf_fail(r->err, CF_EPARSE, "expected a name before '%.*s'",
                CF_STR_ARG(cf_str_slice(r->lex.token.text, 0, 40)));
        return NULL;
    }
    name = cf__sql_name(r->arena, &r->lex.token);
    cf__lexer_next(&r->lex);
    return name;
}

/* A copy of a part of the statement. A comment in it must not swallow what is written after it. */
static const char *copy_part(reader *r, cf_str text)
{
    text = cf_str_trim(text);
    return cf_str_find(text, CF_STR("--")) == CF_NPOS
               ? cf_str_dup(r->arena, text)
               : cf_printf(r->arena, "%.*s\n", CF_STR_ARG(text));
}

/* The text of what stands in brackets, which are stepped over. */
static const char *take_brackets(reader *r)
{
    size_t from;
    int    depth = 1;

    if (!expect(r, "("))
        return NULL;
    from = cf__lexer_from(&r->lex);
    for (; r->lex.token.kind != CF__TOKEN_END && r->lex.token.kind != CF__TOKEN_BAD;
         cf__lexer_next(&r->lex)) {
        depth += cf__lexer_is(&r->lex, "(");
        depth -= cf__lexer_is(&r->lex, ")");
        if (!depth) {
            cf_str text = cf_str_slice(r->lex.text, from, cf__lexer_from(&r->lex));

            cf__lexer_next(&r->lex);
            return copy_part(r, text);
        }
    }
    cf_fail(r->err, CF_EPARSE, "a bracket does not close");
    return NULL;
}

static void skip_conflict(reader *r)
{
    if (cf__lexer_accept(&r->lex, "on") && cf__lexer_accept(&r->lex, "conflict"))
        cf__lexer_next(&r->lex);
}

/* "(a, b COLLATE nocase DESC, lower(c))" */
static bool take_parts(reader *r, cf__schema_index *index)
{
    if (!expect(r, "("))
        return false;
    do {
        cf__key_part *part = CF__PUSH(r->arena, index->parts, index->nparts);

        /* Brackets, or a call, are an expression. */
        index->exotic = index->exotic || cf__lexer_is(&r->lex, "(");
        part->column = cf__lexer_is(&r->lex, "(") ? take_brackets(r) : take_name(r);
        if (!part->column)
            return false;
        if (cf__lexer_is(&r->lex, "(")) {
            index->exotic = true;
            if (!take_brackets(r))
                return false;
        }
        while (!cf__lexer_is(&r->lex, ",") && !cf__lexer_is(&r->lex, ")")) {
            if (cf__lexer_is(&r->lex, "desc"))
                part->descending = true;
            else if (!cf__lexer_is(&r->lex, "asc"))
                index->exotic = true; /* A collation, or an expression. */
            if (r->lex.token.kind == CF__TOKEN_END || r->lex.token.kind == CF__TOKEN_BAD)
                return expect(r, ")");
            cf__lexer_next(&r->lex);
        }
    } while (cf__lexer_accept(&r->lex, ","));
    return expect(r, ")");
}

static const char **take_names(reader *r, size_t *count)
{
    const char **names = NULL;

    if (!expect(r, "("))
        return NULL;
    do {
        const char *name = take_name(r);

        if (!name)
            return NULL;
        *CF__PUSH(r->arena, names, *count) = name;
    } while (cf__lexer_accept(&r->lex, ","));
    return expect(r, ")") ? names : NULL;
}

static bool take_action(reader *r, cf__action *out)
{
    static const struct {
        const char *first, *second;
        cf__action  action;
    } actions[] = { { "no", "action", CF__NO_ACTION },
                    { "cascade", NULL, CF__CASCADE },
                    { "restrict", NULL, CF__RESTRICTED },
                    { "set", "null", CF__SET_NULL },
                    { "set", "default", CF__SET_DEFAULT } };

    for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
        reader before = *r;

        if (cf__lexer_accept(&r->lex, actions[i].first) &&
            (!actions[i].second || cf__lexer_accept(&r->lex, actions[i].second))) {
            *out = actions[i].action;
            return true;
        }
        *r = before;
    }
    return cf_fail(r->err, CF_EPARSE, "an unknown action of a foreign key");
}

/* MATCH and DEFERRABLE, whose words are kept; false when neither follows. */
static bool take_foreign_extra(reader *r, cf__schema_foreign *foreign)
{
    cf__lexer before = r->lex;
    size_t    from = cf__lexer_from(&r->lex);
    cf_str    text;

    if (cf__lexer_accept(&r->lex, "match")) {
        cf__lexer_next(&r->lex);
    } else {
        cf__lexer_accept(&r->lex, "not");
        if (!cf__lexer_accept(&r->lex, "deferrable")) {
            r->lex = before;
            return false;
        }
        if (cf__lexer_accept(&r->lex, "initially"))
            cf__lexer_next(&r->lex);
    }
    text = cf_str_slice(r->lex.text, from, r->lex.past);
    foreign->extra = foreign->extra
                         ? cf_printf(r->arena, "%s %.*s", foreign->extra, CF_STR_ARG(text))
                         : cf_str_dup(r->arena, text);
    return true;
}

/* What follows REFERENCES table (columns), in any order. */
static bool take_foreign_rest(reader *r, cf__schema_foreign *foreign)
{
    foreign->flavor = CF__SQLITE;
    for (;;) {
        bool update;

        if (!cf__lexer_accept(&r->lex, "on")) {
            if (take_foreign_extra(r, foreign))
                continue;
            return true;
        }
        update = cf__lexer_is(&r->lex, "update");
        if (!update && !cf__lexer_is(&r->lex, "delete"))
            return expect(r, "delete");
        cf__lexer_next(&r->lex);
        if (!take_action(r, update ? &foreign->on_update : &foreign->on_delete))
            return false;
    }
}

static bool take_references(reader *r, cf__schema_foreign *foreign)
{
    size_t count = 0;

    foreign->name = r->constraint;
    foreign->table = take_name(r);
    if (!foreign->table)
        return false;
    if (cf__lexer_is(&r->lex, "(")) {
        foreign->parents = take_names(r, &count);
        if (!foreign->parents)
            return false;
        if (count != foreign->ncolumns)
            return cf_fail(r->err, CF_EPARSE, "a foreign key with %zu columns references %zu",
                           foreign->ncolumns, count);
    }
    return take_foreign_rest(r, foreign);
}

static bool take_check(reader *r, const char *column)
{
    cf__schema_check *check = CF__PUSH(r->arena, r->table->checks, r->table->nchecks);

    check->name = r->constraint;
    check->column = column;
    check->sql = take_brackets(r);
    if (!check->sql)
        return false;
    return true;
}

/* ---- columns ---- */

/* The words of a type end where a constraint begins. */
static bool begins_constraint(const reader *r)
{
    static const char *const words[] = { "constraint", "primary",   "not",     "null",
                                         "unique",     "check",     "default", "collate",
                                         "references", "generated", "as",      "on",
                                         "deferrable" };

    if (r->lex.token.kind != CF__TOKEN_WORD && r->lex.token.kind != CF__TOKEN_NAME)
        return true;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (cf__lexer_is(&r->lex, words[i]))
            return true;
    return false;
}

/* Whether a type's quoted name means something else without its quotes. */
static bool needs_quotes(const reader *r)
{
    reader bare = *r;

    if (r->lex.token.kind != CF__TOKEN_NAME)
        return false;
    cf__lexer_start_sqlite(&bare.lex, cf_str_of(cf__sql_name(r->arena, &r->lex.token)));
    if (begins_constraint(&bare))
        return true;
    cf__lexer_next(&bare.lex);
    return bare.lex.token.kind != CF__TOKEN_END;
}

static bool take_type(reader *r, cf__schema_column *column)
{
    cf_buf text = cf_buf_in(r->arena, 0);
    size_t from = cf__lexer_from(&r->lex);
    bool   odd = false;

    while (!begins_constraint(r)) {
        odd = odd || needs_quotes(r);
        if (text.len)
            cf_buf_putc(&text, ' ');
        cf_buf_puts(&text, cf__sql_name(r->arena, &r->lex.token));
        cf__lexer_next(&r->lex);
    }
    if (text.len && cf__lexer_is(&r->lex, "(")) {
        const char *numbers = take_brackets(r);

        if (!numbers)
            return false;
        cf_buf_printf(&text, "(%s)", numbers);
    }
    column->type = cf__type_of(r->arena, cf_buf_view(&text), CF__SQLITE);
    if (odd)
        column->type.text = copy_part(r, cf_str_slice(r->lex.text, from, r->lex.past));
    return true;
}

static bool take_primary(reader *r, cf__schema_column *column)
{
    bool descending;

    if (!expect(r, "key"))
        return false;
    descending = cf__lexer_accept(&r->lex, "desc");
    cf__lexer_accept(&r->lex, "asc");
    skip_conflict(r);
    *CF__PUSH(r->arena, r->table->key, r->table->nkey) = column->name;
    r->table->autoincrement = cf__lexer_accept(&r->lex, "autoincrement");
    /* Exactly this spelling makes SQLite count. */
    column->generated = !descending && cf_str_iis(cf_str_of(column->type.text), "integer");
    if (r->constraint)
        r->table->key_name = r->constraint;
    return true;
}

/* DEFAULT (expression), or a literal with its sign, or a word. */
static bool take_default(reader *r, cf__schema_column *column)
{
    size_t from = cf__lexer_from(&r->lex), to;

    if (cf__lexer_is(&r->lex, "(")) {
        if (!take_brackets(r))
            return false;
    } else {
        if (cf__lexer_is(&r->lex, "-") || cf__lexer_is(&r->lex, "+"))
            cf__lexer_next(&r->lex);
        cf__lexer_next(&r->lex);
    }
    to = r->lex.past; /* A comment after it is not part of it. */
    column->standard = cf__default_of(r->arena, cf_str_slice(r->lex.text, from, to), CF__SQLITE);
    return true;
}

static void add_extra(reader *r, cf__schema_column *column, size_t from)
{
    cf_str text = cf_str_slice(r->lex.text, from, r->lex.past);

    column->flavor = CF__SQLITE;
    column->extra = column->extra ? cf_printf(r->arena, "%s %.*s", column->extra, CF_STR_ARG(text))
                                  : cf_str_dup(r->arena, text);
}

static bool take_unique(reader *r, const char *column)
{
    cf__schema_index *index = CF__PUSH(r->arena, r->table->indexes, r->table->nindexes);

    index->name = r->constraint;
    index->unique = index->constraint = true;
    index->flavor = CF__SQLITE;
    if (!column) {
        if (!take_parts(r, index))
            return false;
    } else {
        CF__PUSH(r->arena, index->parts, index->nparts)->column = column;
    }
    skip_conflict(r);
    return true;
}

static bool take_column_foreign(reader *r, const char *column)
{
    cf__schema_foreign *foreign = CF__PUSH(r->arena, r->table->foreigns, r->table->nforeigns);

    *CF__PUSH(r->arena, foreign->columns, foreign->ncolumns) = column;
    return take_references(r, foreign);
}

/* One constraint in a column's line. */
static bool take_column_rule(reader *r, cf__schema_column *column)
{
    size_t from = cf__lexer_from(&r->lex);

    if (cf__lexer_accept(&r->lex, "primary"))
        return take_primary(r, column);
    if (cf__lexer_accept(&r->lex, "not")) {
        column->not_null = true;
        if (!expect(r, "null"))
            return false;
        skip_conflict(r);
        return true;
    }
    if (cf__lexer_accept(&r->lex, "null")) {
        skip_conflict(r);
        return true;
    }
    if (cf__lexer_accept(&r->lex, "unique"))
        return take_unique(r, column->name);
    if (cf__lexer_accept(&r->lex, "check"))
        return take_check(r, column->name);
    if (cf__lexer_accept(&r->lex, "default"))
        return take_default(r, column);
    if (cf__lexer_accept(&r->lex, "references"))
        return take_column_foreign(r, column->name);
    if (cf__lexer_accept(&r->lex, "collate")) {
        cf__lexer_next(&r->lex);
        add_extra(r, column, from);
        return true;
    }
    if (cf__lexer_accept(&r->lex, "generated") && (!expect(r, "always")))
        return false;
    if (!expect(r, "as") || !take_brackets(r))
        return false;
    if (cf__lexer_is(&r->lex, "stored") || cf__lexer_is(&r->lex, "virtual"))
        cf__lexer_next(&r->lex);
    column->computed = true;
    add_extra(r, column, from);
    return true;
}

/* CONSTRAINT name, which may stand before any rule. */
static bool take_constraint(reader *r)
{
    r->constraint = NULL;
    while (cf__lexer_accept(&r->lex, "constraint")) {
        r->constraint = take_name(r);
        if (!r->constraint)
            return false;
    }
    return true;
}

static bool take_column(reader *r)
{
    cf__schema_column column = { 0 };

    column.name = take_name(r);
    if (!column.name || !take_type(r, &column))
        return false;
    for (size_t i = 0; i < r->table->ncolumns; i++)
        if (cf_str_ieq(cf_str_of(column.name), cf_str_of(r->table->columns[i].name)))
            return cf_fail(r->err, CF_EPARSE, "two columns are named '%.100s'", column.name);
    while (!cf__lexer_is(&r->lex, ",") && !cf__lexer_is(&r->lex, ")")) {
        if (!take_constraint(r) || !take_column_rule(r, &column))
            return false;
    }
    *CF__PUSH(r->arena, r->table->columns, r->table->ncolumns) = column;
    return true;
}

/* ---- tables ---- */

static bool take_table_key(reader *r)
{
    cf__schema_index parts = { 0 };

    if (!expect(r, "key") || !take_parts(r, &parts))
        return false;
    skip_conflict(r);
    r->table->key_name = r->constraint;
    for (size_t i = 0; i < parts.nparts; i++)
        *CF__PUSH(r->arena, r->table->key, r->table->nkey) = parts.parts[i].column;
    return true;
}

static bool take_table_foreign(reader *r)
{
    cf__schema_foreign *foreign = CF__PUSH(r->arena, r->table->foreigns, r->table->nforeigns);

    if (!expect(r, "key"))
        return false;
    foreign->columns = take_names(r, &foreign->ncolumns);
    return foreign->columns && expect(r, "references") && take_references(r, foreign);
}

static bool take_item(reader *r)
{
    cf__lexer before = r->lex;

    if (!take_constraint(r))
        return false;
    if (cf__lexer_accept(&r->lex, "primary"))
        return take_table_key(r);
    if (cf__lexer_accept(&r->lex, "unique"))
        return take_unique(r, NULL);
    if (cf__lexer_accept(&r->lex, "check")) {
        if (!take_check(r, NULL))
            return false;
        skip_conflict(r);
        return true;
    }
    if (cf__lexer_accept(&r->lex, "foreign"))
        return take_table_foreign(r);
    r->lex = before;
    return take_column(r);
}

/* A key of one INTEGER column counts wherever it is declared; keys take no NULL there. */
static void finish(reader *r)
{
    cf__schema_table *table = r->table;

    for (size_t i = 0; i < table->ncolumns; i++) {
        cf__schema_column *column = &table->columns[i];

        if (table->nkey == 1 && strcmp(table->key[0], column->name) == 0 &&
            cf_str_iis(cf_str_of(column->type.text), "integer") && !table->options)
            column->generated = true;
        column->generated = column->generated && table->nkey == 1;
        column->not_null = column->not_null || column->generated;
    }
    for (size_t i = 0; i < table->nchecks; i++) {
        cf__schema_check  *check = &table->checks[i];
        cf__schema_column *column;

        check->canonical = cf__expression(r->arena, table, check->sql, NULL);
        check->words = cf__expression_words(
            r->arena, cf__expression_portable(r->arena, table, check->sql), &check->about);
        column = check->words ? cf__table_column(table, check->about) : NULL;
        if (!column)
            continue;
        column->words = check->words;
        column->type.any_length = column->type.kind == CF__TYPE_TEXT;
    }
}

static bool take_create(reader *r, const char *what)
{
    return expect(r, "create") &&
           (cf__lexer_accept(&r->lex, "temp") || cf__lexer_accept(&r->lex, "temporary") || true) &&
           expect(r, what);
}

/* [IF NOT EXISTS] [schema.]name */
static const char *take_object(reader *r)
{
    const char *name;

    if (cf__lexer_accept(&r->lex, "if") && !(expect(r, "not") && expect(r, "exists")))
        return NULL;
    name = take_name(r);
    if (name && cf__lexer_accept(&r->lex, "."))
        name = take_name(r);
    return name;
}

/* WITHOUT ROWID, STRICT: words and commas up to the end. */
static bool take_options(reader *r)
{
    size_t from = cf__lexer_from(&r->lex);
    bool   any = false;

    while (r->lex.token.kind == CF__TOKEN_WORD || cf__lexer_is(&r->lex, ",")) {
        any = true;
        cf__lexer_next(&r->lex);
    }
    if (any)
        r->table->options = copy_part(r, cf_str_slice(r->lex.text, from, r->lex.past));
    return r->lex.token.kind == CF__TOKEN_END || expect(r, ";");
}

bool cf__sqlite_read_table(cf_arena *arena, cf_str sql, cf__schema_table *out, cf_error *err)
{
    reader r = { .arena = arena, .table = out, .err = err };

    *out = (cf__schema_table){ 0 };
    if (sql.len && memchr(sql.ptr, 0, sql.len))
        return cf_fail(err, CF_EPARSE, "a statement has a zero byte");
    cf__lexer_start_sqlite(&r.lex, sql);
    if (!take_create(&r, "table"))
        return false;
    out->name = take_object(&r);
    if (!out->name || !expect(&r, "("))
        return false;
    do {
        if (!take_item(&r))
            return false;
        /* SQLite takes constraints without commas between. */
        while (cf__lexer_is(&r.lex, "constraint") || cf__lexer_is(&r.lex, "check") ||
               cf__lexer_is(&r.lex, "foreign") || cf__lexer_is(&r.lex, "unique"))
            if (!take_item(&r))
                return false;
    } while (cf__lexer_accept(&r.lex, ","));
    if (!expect(&r, ")"))
        return false;
    if (!take_options(&r))
        return false;
    finish(&r);
    return true;
}

bool cf__sqlite_read_index(cf_arena *arena, cf_str sql, cf__schema_index *out, cf_error *err)
{
    reader r = { .arena = arena, .err = err };

    *out = (cf__schema_index){ .flavor = CF__SQLITE, .sql = cf_str_dup(arena, cf_str_trim(sql)) };
    cf__lexer_start_sqlite(&r.lex, sql);
    if (!expect(&r, "create"))
        return false;
    out->unique = cf__lexer_accept(&r.lex, "unique");
    if (!expect(&r, "index"))
        return false;
    out->name = take_object(&r);
    if (!out->name || !expect(&r, "on") || !take_name(&r) || !take_parts(&r, out))
        return false;
    if (cf__lexer_accept(&r.lex, "where"))
        out->where = copy_part(&r, cf_str_slice(sql, cf__lexer_from(&r.lex), sql.len));
    else if (r.lex.token.kind != CF__TOKEN_END)
        out->exotic = true;
    for (size_t i = 0; i < out->nparts; i++)
        out->exotic = out->exotic || !out->parts[i].column[0];
    return true;
}
