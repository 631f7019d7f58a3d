/* model_check.c -- whether a model's declaration makes sense by itself. */
#include "db/session.h"

static bool check_default(cf_arena *arena, const cf_member *member, const char **wrong)
{
    const char   *text = member->column.default_value;
    cf_field      field = member->field;
    cf_kind       kind = member->field.kind;
    cf__any_field scratch = { .value = { 0 } };

    field.offset = 0;
    field.words = member->column.one_of;
    if (member->column.default_now && kind != CF_KIND_TIME && kind != CF_KIND_DATE &&
        kind != CF_KIND_CLOCK)
        *wrong = ".default_now is for cf_time, cf_date and cf_clock columns";
    else if (member->column.default_uuid && kind != CF_KIND_UUID)
        *wrong = ".default_uuid is for cf_uuid columns";
    else if (member->column.default_uuid && text)
        *wrong = "has both .default_uuid and .default_value";
    else if (member->column.default_now && text)
        *wrong = "has both .default_now and .default_value";
    else if (text && member->column.one_of &&
             cf_word_index(member->column.one_of, cf_str_of(text)) < 0)
        *wrong = ".default_value is not in .one_of";
    else if (text && !cf_field_set(arena, &field, &scratch, cf_string(text), NULL))
        *wrong = ".default_value does not fit the column's C type";
    else
        return true;
    return false;
}

static bool shape_is_sound(const cf_column *column)
{
    int32_t precision = cf__precision(column), scale = cf__scale(column);

    return precision >= 1 && precision <= CF_DECIMAL_DIGITS && scale >= 0 && scale <= precision &&
           column->scale >= -1;
}

static bool check_reference(const cf_column *column, const char **wrong)
{
    bool sets_null = column->on_delete == CF_SET_NULL || column->on_update == CF_SET_NULL;

    if (column->on_delete && !column->references)
        *wrong = "has .on_delete but no .references";
    else if (column->on_update && !column->references)
        *wrong = "has .on_update but no .references";
    else if (sets_null && column->required)
        *wrong = "is .required, so .on_delete and .on_update cannot be CF_SET_NULL";
    else
        return true;
    return false;
}

static bool check_column(cf_arena *arena, const cf_member *member, const char **wrong)
{
    const cf_column *column = &member->column;
    cf_kind          kind = member->field.kind;
    bool             text = kind == CF_KIND_TEXT || kind == CF_KIND_BYTES;

    if (column->required && column->nullable)
        *wrong = "is both .required and .nullable";
    else if (column->primary_key && column->nullable)
        *wrong = "is both .primary_key and .nullable";
    else if (column->primary_key && kind != CF_KIND_INT64 && kind != CF_KIND_TEXT &&
             kind != CF_KIND_UUID && kind != CF_KIND_DATE)
        *wrong = "is a primary key and must be int64_t, const char *, cf_date or cf_uuid";
    else if (column->max < 0 || (column->max && !text))
        *wrong = "has a .max, which is for text and bytes and positive";
    else if (column->one_of && kind != CF_KIND_TEXT && kind != CF_KIND_ENUM)
        *wrong = "has .one_of, which is for text and enums";
    else if (kind == CF_KIND_ENUM && (!column->one_of || !cf_word_at(column->one_of, 0).len))
        *wrong = "is an enum (unsigned int) and needs .one_of = \"its words\"";
    else if ((column->precision || column->scale) && kind != CF_KIND_DECIMAL)
        *wrong = "has .precision or .scale, which are for cf_decimal";
    else if (kind == CF_KIND_DECIMAL && !shape_is_sound(column))
        *wrong = "is a decimal and must have .precision from 1 to 18 and .scale up to .precision";
    else if (column->version && (kind != CF_KIND_INT64 || column->primary_key || column->nullable))
        *wrong = "is a .version and must be a plain int64_t";
    else
        return check_reference(column, wrong) && check_default(arena, member, wrong);
    return false;
}

static bool check_name(const char *name, const char **wrong)
{
    if (!*name)
        *wrong = "has an empty name";
    else if (strlen(name) > 63)
        *wrong = "has a name of more than 63 bytes, which PostgreSQL would cut";
    else
        return true;
    return false;
}

bool cf__model_check(cf_arena *arena, const cf_model *model, cf_error *err)
{
    const char      *wrong = NULL;
    const cf_member *version = NULL;
    size_t           nkeys = 0;

    if (!check_name(model->table, &wrong))
        return cf_fail(err, CF_EINVAL, "%s: the table %s", cf__declared(arena, model, NULL), wrong);
    for (size_t i = 0; i < model->count; i++) {
        const cf_member *member = &model->members[i];

        if (member->kind == CF_MEMBER_INDEX || member->kind == CF_MEMBER_CHECK)
            continue;
        if (!check_name(member->field.name, &wrong) ||
            (member->kind == CF_MEMBER_COLUMN && !check_column(arena, member, &wrong)))
            return cf_fail(err, CF_EINVAL, "%s: %s", cf__declared(arena, model, member), wrong);
        if (member->kind == CF_MEMBER_COLUMN && member->column.version) {
            if (version)
                return cf_fail(err, CF_EINVAL, "%s and %s: a model has one version column",
                               cf__declared(arena, model, version),
                               cf__declared(arena, model, member));
            version = member;
        }
        if (member->kind == CF_MEMBER_COLUMN && member->column.primary_key &&
            ++nkeys > CF__KEY_COLUMNS)
            return cf_fail(err, CF_EINVAL, "%s: a primary key has at most %d columns",
                           cf__declared(arena, model, member), CF__KEY_COLUMNS);
    }
    if (!nkeys)
        return cf_fail(err, CF_EINVAL, "%s: no column has .primary_key = true",
                       cf__declared(arena, model, NULL));
    return true;
}
