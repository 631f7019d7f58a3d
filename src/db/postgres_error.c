/* postgres_error.c -- PostgreSQL's SQLSTATEs as errors: which column refused, what may be tried
 * again.
 *
 * The server names the constraint, the catalog its column. The transaction that failed can look
 * nothing up any more, so another connection does, once for each constraint. */
#include <stdio.h>
#include <stdlib.h>

#include "db/postgres.h"
#include "db/session.h"

/* What a constraint is about. */
typedef struct cf__pg_rule {
    struct cf__pg_rule *next;
    char               *name;   /* schema.table.constraint */
    char               *column; /* All of them with commas, or "". */
    char               *parent; /* The table a foreign key leads to, or "". */
} cf__pg_rule;

bool cf__pg_is(const PGresult *result, const char *sqlstate)
{
    const char *state = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;

    return state && strncmp(state, sqlstate, strlen(sqlstate)) == 0;
}

static const char *field(const PGresult *result, int code)
{
    const char *text = PQresultErrorField(result, code);

    return text ? text : "";
}

/* ---- constraints ---- */

static bool take_rule(void *data, const cf__cursor *cursor, cf_error *err)
{
    cf__pg_rule *rule = data;
    cf_str       column = cf__cursor_text(cursor, 0), parent = cf__cursor_text(cursor, 1);
    char        *text = cf_xmalloc(column.len + parent.len + 2);

    (void)err;
    free(rule->column);
    memcpy(text, column.ptr, column.len);
    text[column.len] = '\0';
    memcpy(text + column.len + 1, parent.ptr, parent.len);
    text[column.len + 1 + parent.len] = '\0';
    rule->column = text;
    rule->parent = text + column.len + 1;
    return true;
}

static void look_up(cf__pg_state *state, const PGresult *result, cf__pg_rule *rule)
{
    static const char text[] =
        "SELECT (SELECT string_agg(a.attname, ',' ORDER BY k.place) "
        "FROM unnest(c.conkey) WITH ORDINALITY k (number, place) "
        "JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.number), p.relname::text "
        "FROM pg_constraint c JOIN pg_class r ON r.oid = c.conrelid "
        "JOIN pg_namespace n ON n.oid = r.relnamespace "
        "LEFT JOIN pg_class p ON p.oid = c.confrelid "
        "WHERE n.nspname = ?::text AND r.relname = ?::text AND c.conname = ?::text "
        "UNION ALL SELECT (SELECT string_agg(a.attname, ',' ORDER BY k.place) "
        "FROM unnest(i.indkey::int2[]) WITH ORDINALITY k (number, place) "
        "JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number), NULL "
        "FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid "
        "JOIN pg_namespace n ON n.oid = x.relnamespace "
        "WHERE n.nspname = ?::text AND x.relname = ?::text LIMIT 1";
    static const int codes[] = { PG_DIAG_SCHEMA_NAME, PG_DIAG_TABLE_NAME, PG_DIAG_CONSTRAINT_NAME,
                                 PG_DIAG_SCHEMA_NAME, PG_DIAG_CONSTRAINT_NAME };
    cf__sql          sql = cf__sql_of(cf_str_of(text));
    cf__outcome      out;
    cf__param        params[5];
    cf_error         ignored = { 0 };

    for (size_t i = 0; i < 5; i++)
        params[i] = (cf__param){ .kind = CF_KIND_TEXT,
                                 .as.text = cf_str_of(field(result, codes[i])) };
    sql.source = CF__SQL_BUILT;
    cf__pg_run(&state->front, &sql, params, 5, take_rule, rule, &out, &ignored);
}

/* NULL when the catalog could not be read. */
static const cf__pg_rule *rule_of(cf__pg_state *state, const PGresult *result)
{
    char         name[200];
    cf__pg_rule *rule;

    snprintf(name, sizeof(name), "%.63s.%.63s.%.63s", field(result, PG_DIAG_SCHEMA_NAME),
             field(result, PG_DIAG_TABLE_NAME), field(result, PG_DIAG_CONSTRAINT_NAME));
    for (rule = state->rules; rule; rule = rule->next)
        if (strcmp(rule->name, name) == 0)
            return rule;
    rule = cf_xcalloc(1, sizeof(*rule));
    look_up(state, result, rule);
    if (!rule->column) {
        free(rule);
        return NULL;
    }
    rule->name = cf_xstrdup(name);
    rule->next = state->rules;
    state->rules = rule;
    return rule;
}

void cf__pg_rules_free(cf__pg_state *state)
{
    while (state->rules) {
        cf__pg_rule *rule = state->rules;

        state->rules = rule->next;
        free(rule->name);
        free(rule->column);
        free(rule);
    }
}

/* "Key (slug)=(a) already exists." */
static cf_str column_in_detail(const char *detail)
{
    const char *open = strchr(detail, '('), *close = open ? strchr(open, ')') : NULL;

    return close ? cf_str_n(open + 1, (size_t)(close - open - 1)) : (cf_str){ 0 };
}

/* Whether a check is one that a model declares: the session knows best what it is about. */
static bool is_declared(const cf_models *models, const char *name)
{
    for (size_t i = 0; models && i < models->count; i++)
        for (size_t j = 0; j < models->mappers[i].nchecks; j++)
            if (strcmp(models->mappers[i].checks[j].name, name) == 0)
                return true;
    return false;
}

/* The columns that a refusal is about, or the rule's name: see cf__explain_rule(). */
static cf_str column_of(const cf__pg_state *state, const PGresult *result, const cf__pg_rule *rule)
{
    cf_str column = cf_str_of(field(result, PG_DIAG_COLUMN_NAME));

    if (is_declared(state->database->models, field(result, PG_DIAG_CONSTRAINT_NAME)))
        return cf_str_of(field(result, PG_DIAG_CONSTRAINT_NAME));
    if (!column.len && rule)
        column = cf_str_of(rule->column);
    if (!column.len)
        column = column_in_detail(field(result, PG_DIAG_MESSAGE_DETAIL));
    return column.len ? column : cf_str_of(field(result, PG_DIAG_CONSTRAINT_NAME));
}

/* How people call a table: by its model. */
static const char *model_name(const cf_models *models, const char *table)
{
    const cf_model *model = models ? cf_models_find_table(models, cf_str_of(table)) : NULL;

    return model ? model->name : table;
}

/* "Key (user_id)=(9) is not present in table "user"." */
static const char *table_in_detail(const char *detail, char out[64])
{
    cf_str rest, name;

    if (!cf_str_rcut(cf_str_of(detail), '"', &rest, &name) ||
        !cf_str_rcut(rest, '"', &rest, &name) || !name.len)
        return "the other table";
    snprintf(out, 64, "%.*s", CF_STR_ARG(name));
    return out;
}

static void foreign_key(cf__pg_state *state, const PGresult *result, const cf__pg_rule *rule,
                        cf_str column, cf_str sql, cf_error *err)
{
    char        name[64];
    const char *parent = rule && rule->parent[0]
                             ? rule->parent
                             : table_in_detail(field(result, PG_DIAG_MESSAGE_DETAIL), name);

    if (cf_str_starts(sql, CF_STR("DELETE")))
        cf_fail(err, CF_ECONFLICT, "%s cannot be deleted: %s.%.*s still references it",
                model_name(state->database->models, parent), field(result, PG_DIAG_TABLE_NAME),
                CF_STR_ARG(column));
    else
        cf_fail(err, CF_ECONFLICT, "%.*s: there is no such row in %s", CF_STR_ARG(column), parent);
}

static bool conflict(cf__pg_state *state, const PGresult *result, cf_str sql, cf_error *err)
{
    bool               named = field(result, PG_DIAG_COLUMN_NAME)[0] != '\0';
    const cf__pg_rule *rule = named ? NULL : rule_of(state, result);
    cf_str             column = column_of(state, result, rule);

    if (cf__pg_is(result, "23505") || cf__pg_is(result, "23P01"))
        cf_fail(err, CF_ECONFLICT, "%.*s: another row has this value already", CF_STR_ARG(column));
    else if (cf__pg_is(result, "23502"))
        cf_fail(err, CF_ECONFLICT, "%.*s is required", CF_STR_ARG(column));
    else if (cf__pg_is(result, "23514"))
        cf_fail(err, CF_ECONFLICT, "%.*s: the table's check does not allow this value",
                CF_STR_ARG(column));
    else if (cf__pg_is(result, "23503"))
        foreign_key(state, result, rule, column, sql, err);
    else
        return cf_fail(err, CF_ECONFLICT, "%s", field(result, PG_DIAG_MESSAGE_PRIMARY));
    if (err)
        snprintf(err->input, sizeof(err->input), "%.*s", CF_STR_ARG(column));
    return false;
}

/* ---- all the others ---- */

typedef struct meaning {
    const char *state; /* A SQLSTATE, or how it begins. */
    cf_code     code;
    const char *says; /* In front of the server's message. */
} meaning;

static const meaning meanings[] = {
    { "40001", CF_EBUSY, "another transaction changed the same rows" },
    { "40P01", CF_EBUSY, "two transactions wait for each other" },
    { "55P03", CF_EBUSY, "the database is locked by another transaction" },
    { "0A000", CF_EBUSY, NULL },
    { "26000", CF_EBUSY, NULL },
    { "57014", CF_ETIMEOUT, "the database took too long" },
    { "57P", CF_EUNAVAILABLE, "the database is not available" },
    { "08", CF_EUNAVAILABLE, "the connection to the database failed" },
    { "53", CF_EUNAVAILABLE, "the database is out of resources" },
    { "25006", CF_EUNAVAILABLE, "the database takes no writes" },
    { "22001", CF_ECONFLICT, NULL },
    { "22", CF_EINVAL, NULL },
};

/* Errors about the statement are worth showing whole: where, and what the server suggests. */
static void whole_message(const PGresult *result, cf_code code, cf_error *err)
{
    const char *hint = field(result, PG_DIAG_MESSAGE_HINT);

    cf_fail(err, code, "%s%s%s%s", field(result, PG_DIAG_MESSAGE_PRIMARY), *hint ? " (" : "", hint,
            *hint ? ")" : "");
}

bool cf__pg_fail(cf__pg_state *state, const PGresult *result, cf_str sql, cf__outcome *out,
                 cf_error *err)
{
    const char *message = field(result, PG_DIAG_MESSAGE_PRIMARY);

    if (cf__pg_is(result, "23"))
        return conflict(state, result, sql, err);
    if (cf__pg_is(result, "0A000") && strstr(field(result, PG_DIAG_SOURCE_FUNCTION), "Revalidate"))
        return cf_fail(err, CF_EBUSY, "a table was changed meanwhile: %s", message);
    for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++) {
        if (!cf__pg_is(result, meanings[i].state) || cf__pg_is(result, "0A000"))
            continue;
        if (cf__pg_is(result, "25006") && out)
            out->writes = true;
        if (!meanings[i].says)
            whole_message(result, meanings[i].code, err);
        else
            cf_fail(err, meanings[i].code, "%s: %s", meanings[i].says, message);
        return false;
    }
    whole_message(result, CF_EDB, err);
    return false;
}
