/* conflict.c -- what a refused row is told: which column, in words for people.
 *
 * Some rules are checked here before the database is asked; for the others the database says a
 * column, several, or the name of a rule, and the column that a form shows is found here. */
#include "db/sql.h"

#include <stdio.h>

/* ---- before the database is asked ---- */

bool cf__column_check(const cf__column *column, const cf__param *param, cf_error *err)
{
    const cf_column *options = &column->member->column;
    int64_t          max = options->max;

    if (param->kind == CF_KIND_NONE && column->not_null)
        cf_fail(err, CF_ECONFLICT, "%s is required", column->name);
    else if (param->kind == CF_KIND_TEXT && max && param->as.text.len > (size_t)max &&
             cf_utf8_count(param->as.text) > (size_t)max)
        cf_fail(err, CF_ECONFLICT, "%s is longer than %lld characters", column->name,
                (long long)max);
    else if (param->kind == CF_KIND_BYTES && max && param->as.text.len > (size_t)max)
        cf_fail(err, CF_ECONFLICT, "%s is longer than %lld bytes", column->name, (long long)max);
    else if (param->kind == CF_KIND_TEXT && options->one_of &&
             cf_word_index(options->one_of, param->as.text) < 0)
        cf_fail(err, CF_ECONFLICT, "%s must be one of: %s", column->name, options->one_of);
    else
        return true;
    if (err)
        snprintf(err->input, sizeof(err->input), "%s", column->name);
    return false;
}

/* ---- unique rules and checks ---- */

static void put_input(cf_error *err, const char *column)
{
    snprintf(err->input, sizeof(err->input), "%s", column);
}

/* Of several columns the first that a form is likely to have. */
static const cf__column *sensible(const cf__column *const *columns, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!columns[i]->parent && columns[i]->kind != CF_KIND_BOOL)
            return columns[i];
    return columns[0];
}

static bool is_word(char c)
{
    return c == '_' || (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z');
}

/* Where a name stands as a word of its own; CF_NPOS when nowhere. */
static size_t find_word(cf_str sql, cf_str name)
{
    for (size_t from = 0; from + name.len <= sql.len; from++) {
        size_t at = cf_str_find(cf_str_slice(sql, from, sql.len), name);

        if (at == CF_NPOS)
            return CF_NPOS;
        from += at;
        if ((!from || !is_word(sql.ptr[from - 1])) &&
            (from + name.len == sql.len || !is_word(sql.ptr[from + name.len])))
            return from;
    }
    return CF_NPOS;
}

/* The column that stands first in a check. */
static const cf__column *checked_column(const cf__mapper *mapper, const char *sql)
{
    const cf__column *first = NULL;
    size_t            best = CF_NPOS;

    for (size_t i = 0; i < mapper->ncolumns; i++) {
        size_t at = find_word(cf_str_of(sql), cf_str_of(mapper->columns[i].name));

        if (at < best) {
            best = at;
            first = &mapper->columns[i];
        }
    }
    return first;
}

static void say_columns(const cf__column *const *columns, size_t count, cf_error *err)
{
    char   names[200];
    cf_buf out = { .ptr = names, .cap = sizeof(names), .limit = sizeof(names) };

    for (size_t i = 0; i < count; i++)
        cf_buf_printf(&out, "%s%s", i ? ", " : "", columns[i]->name);
    cf_fail(err, CF_ECONFLICT, "%.*s: another row has %s already", CF_STR_ARG(cf_buf_view(&out)),
            count > 1 ? "these values" : "this value");
    put_input(err, sensible(columns, count)->name);
}

/* "payee,number" */
static bool explain_list(const cf__mapper *mapper, cf_error *err)
{
    const cf__column *columns[CF__INDEX_COLUMNS];
    char              input[sizeof(err->input)];
    cf_str            rest, name;
    size_t            count = 0;

    memcpy(input, err->input, sizeof(input));
    rest = cf_str_of(input);
    while (rest.len && count < CF__INDEX_COLUMNS) {
        cf_str_cut(rest, ',', &name, &rest);
        columns[count] = cf__mapper_column(mapper, cf_str_trim(name));
        if (!columns[count++])
            return false;
    }
    if (count < 2)
        return false;
    say_columns(columns, count, err);
    return true;
}

static bool explain_named(const cf__mapper *mapper, cf_error *err)
{
    for (size_t i = 0; i < mapper->nindexes; i++)
        if (strcmp(mapper->indexes[i].name, err->input) == 0) {
            say_columns(mapper->indexes[i].columns, mapper->indexes[i].count, err);
            return true;
        }
    for (size_t i = 0; i < mapper->nchecks; i++) {
        const cf__column *column = checked_column(mapper, mapper->checks[i].sql);

        if (!column || strcmp(mapper->checks[i].name, err->input) != 0)
            continue;
        cf_fail(err, CF_ECONFLICT, "%s: the rule %s does not allow this value", column->name,
                mapper->checks[i].name);
        put_input(err, column->name);
        return true;
    }
    return false;
}

void cf__explain_rule(const cf__mapper *mapper, cf_error *err)
{
    char *comma;

    if (!err || err->code != CF_ECONFLICT || !err->input[0])
        return;
    if (mapper && (explain_list(mapper, err) || explain_named(mapper, err)))
        return;
    comma = strchr(err->input, ',');
    if (comma)
        *comma = '\0';
}

/* ---- foreign keys ---- */

static bool exists(cf_db *db, const cf__mapper *mapper, const cf__column *const *columns,
                   const cf__param *values, size_t count)
{
    cf_error    ignored = { 0 };
    cf__builder b = cf__builder_new(db, mapper, &ignored);
    cf__outcome out;

    cf_buf_puts(&b.sql, "SELECT 1 FROM ");
    cf__sql_table(&b, mapper->model->table, 0);
    for (size_t i = 0; i < count; i++) {
        cf_buf_puts(&b.sql, i ? " AND " : " WHERE ");
        cf__sql_column(&b, mapper, 0, columns[i]->name);
        cf_buf_puts(&b.sql, " = ");
        if (!cf__sql_param(&b, &values[i]))
            return true;
    }
    cf_buf_puts(&b.sql, " LIMIT 1");
    return !cf__sql_run(&b, NULL, NULL, &out) || out.rows > 0;
}

/* Finds out which foreign key was refused, where the engine does not say. */
static void explain_orphan(cf_db *db, const cf_row *row, cf_error *err)
{
    const cf__mapper *mapper = row->state->mapper;
    cf__param         key;

    for (size_t i = 0; i < mapper->ncolumns; i++) {
        const cf__column *column = &mapper->columns[i];

        if (!column->parent || !cf__param_of_column(db->arena, row, column, &key, NULL) ||
            !key.kind || exists(db, column->parent, &column->parent_column, &key, 1))
            continue;
        cf_fail(err, CF_ECONFLICT, "%s: there is no such row in %s", column->name,
                column->parent->model->table);
        snprintf(err->input, sizeof(err->input), "%s", column->name);
        return;
    }
}

void cf__explain_delete(cf_db *db, const cf_row *row, cf_error *err)
{
    const cf_models *models = db->database->models;
    cf__param        key;

    for (size_t i = 0; i < models->count; i++)
        for (size_t j = 0; j < models->mappers[i].ncolumns; j++) {
            const cf__column *column = &models->mappers[i].columns[j];

            if (column->parent != row->state->mapper || column->member->column.on_delete ||
                !cf__param_of_column(db->arena, row, row->state->mapper->key, &key, NULL) ||
                !exists(db, &models->mappers[i], &column, &key, 1))
                continue;
            cf_fail(err, CF_ECONFLICT, "%s cannot be deleted: %s.%s still references it",
                    row->state->mapper->model->name, models->mappers[i].model->table, column->name);
            snprintf(err->input, sizeof(err->input), "%s", column->name);
            return;
        }
}

bool cf__explain_stale(cf_db *db, const cf_row *row, bool over, cf_error *err)
{
    const cf__mapper *mapper = row->state->mapper;
    cf__param         key[CF__KEY_COLUMNS];

    if (over && mapper->version)
        cf_fail(err, CF_ECONFLICT,
                "the row of %s was changed or deleted by somebody else meanwhile",
                mapper->model->table);
    else if (!mapper->version ||
             !cf__params_of_key(db->arena, mapper, row->state->snapshot, key, NULL) ||
             !exists(db, mapper, mapper->keys, key, mapper->nkeys))
        return cf_fail(err, CF_ECONFLICT, "the row of %s was deleted by somebody else meanwhile",
                       mapper->model->table);
    else
        cf_fail(err, CF_ECONFLICT, "the row of %s was changed by somebody else meanwhile",
                mapper->model->table);
    if (err)
        put_input(err, mapper->version->name);
    return false;
}

void cf__explain_change(cf_db *db, const cf_row *row, bool foreign_key, cf_error *err)
{
    if (foreign_key)
        explain_orphan(db, row, err);
    else
        cf__explain_rule(row->state->mapper, err);
}
