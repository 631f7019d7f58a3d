/* test_before_insert.c -- what a model does with its new rows, whoever made them. */
#include <criterion/criterion.h>

#include <carafe/query.h>

typedef struct Sheet {
    CF_ROW;
    int64_t     id;
    const char *title, *slug;
} Sheet;
extern const cf_model Sheet_model;

/* The title as slug, with a number where it is taken; "bad" and "worse" are refused. */
static bool sheet_before_insert(cf_db *db, void *row, cf_error *err)
{
    Sheet *sheet = row;

    if (sheet->title && strcmp(sheet->title, "bad") == 0)
        return cf_fail(err, CF_EINVAL, "a bad sheet");
    if (sheet->title && strcmp(sheet->title, "worse") == 0)
        return false;
    for (int n = 1; !sheet->slug && sheet->title; n++) {
        const char *slug = n > 1 ? cf_printf(cf_db_arena(db), "%s-%d", sheet->title, n)
                                 : sheet->title;

        if (!cf_query_exists(cf_query_filter_by(cf_db_query(db, Sheet), "slug", slug)))
            sheet->slug = slug;
    }
    return true;
}

CF_MODEL(Sheet, "sheet", CF_COLUMN(Sheet, id, .primary_key = true),
         CF_COLUMN(Sheet, title, .max = 80, .required = true),
         CF_COLUMN(Sheet, slug, .max = 20, .required = true, .unique = true),
         CF_BEFORE_INSERT(Sheet, sheet_before_insert));

static cf_db *open_session(cf_arena *arena)
{
    const cf_model *const models[] = { &Sheet_model, NULL };
    cf_error              err = { 0 };
    cf_database_options   options = { .models = cf_models_new(arena, models, &err) };
    cf_database          *database;

    cr_assert(options.models, "%s", err.message);
    database = cf_database_open(arena, "sqlite://:memory:", &options, &err);
    cr_assert(database && cf_schema_create_all(database, &err), "%s", err.message);
    return cf_db_new(arena, database);
}

static Sheet *add(cf_db *db, const char *title)
{
    Sheet *sheet = cf_db_new_row(db, Sheet);

    sheet->title = title;
    cf_db_add(db, sheet);
    return sheet;
}

Test(before_insert, fills_in_columns_and_sees_the_rows_before)
{
    cf_arena *arena = cf_arena_new();
    cf_db    *db = open_session(arena);
    cf_error  err = { 0 };
    Sheet    *first = add(db, "hi"), *second = add(db, "hi"), *own = add(db, "hi");

    own->slug = "mine";
    cr_assert(cf_db_commit(db, &err), "%s", err.message);
    cr_expect_str_eq(first->slug, "hi");
    cr_expect_str_eq(second->slug, "hi-2");
    cr_expect_str_eq(own->slug, "mine");
    first->slug = "changed";
    cr_assert(cf_db_commit(db, &err), "an update does not run it: %s", err.message);
    cr_expect_eq(cf_query_count(cf_query_filter_by(cf_db_query(db, Sheet), "slug", "changed")), 1);
    cf_arena_free(arena);
}

Test(before_insert, what_it_fills_in_is_checked)
{
    cf_arena *arena = cf_arena_new();
    cf_db    *db = open_session(arena);
    cf_error  err = { 0 };

    add(db, "a title that is longer than any slug");
    cr_expect_not(cf_db_commit(db, &err));
    cr_expect_str_eq(err.input, "slug");
    cf_error_clear(&err);
    add(db, NULL);
    cr_expect_not(cf_db_commit(db, &err));
    cr_expect_str_eq(err.input, "title");
    cf_arena_free(arena);
}

Test(before_insert, a_row_can_be_refused)
{
    cf_arena *arena = cf_arena_new();
    cf_db    *db = open_session(arena);
    cf_error  err = { 0 };

    add(db, "fine");
    add(db, "bad");
    cr_expect_not(cf_db_commit(db, &err));
    cr_expect_str_eq(err.message, "a bad sheet");
    cr_expect_eq(cf_query_count(cf_db_query(db, Sheet)), 0, "and with it the whole commit");
    cf_error_clear(&err);
    add(db, "worse");
    cr_expect_not(cf_db_commit(db, &err));
    cr_expect_str_eq(err.message, "Sheet refuses the row");
    cf_arena_free(arena);
}
