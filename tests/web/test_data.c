/* test_data.c -- views with a database: rows, commits, conflicts, outages, what developers see. */
#include "fixture.h"

#include <carafe/data.h>

typedef struct Note {
    CF_ROW;
    int64_t     id;
    const char *slug;
} Note;
extern const cf_model Note_model;

CF_MODEL(Note, "note", CF_COLUMN(Note, id, .primary_key = true),
         CF_COLUMN(Note, slug, .max = 40, .unique = true, .required = true));

static const cf_model *const models[] = { &Note_model, NULL };

static cf_response *show(cf_request *req)
{
    Note *note = cf_get(req, Note, cf_arg_int(req, "id"));

    if (!note)
        return cf_abort(req, 404);
    return cf_respond_text(req, "%s", note->slug);
}

static cf_response *add(cf_request *req)
{
    Note *note = cf_create(req, Note);

    note->slug = cf_form_arg(req, "slug", "");
    cf_add(req, note);
    if (!cf_commit(req)) {
        const cf_error *err = cf_request_error(req);
        if (err->code == CF_ECONFLICT)
            return cf_response_set_status(cf_respond_text(req, "taken: %s", err->input), 409);
        return NULL;
    }
    return cf_respond_text(req, "%lld", (long long)note->id);
}

static cf_response *forgotten(cf_request *req)
{
    Note *note = cf_create(req, Note);

    note->slug = "forgotten";
    cf_add(req, note);
    if (!cf_db_flush(cf_request_db(req), cf_request_error(req)))
        return NULL;
    return cf_respond_text(req, "%lld notes", (long long)cf_query_count(cf_select(req, Note)));
}

static cf_response *count(cf_request *req)
{
    return cf_respond_text(req, "%lld notes", (long long)cf_query_count(cf_select(req, Note)));
}

static cf_response *fails(cf_request *req)
{
    cf_query_count(cf_select(req, Note));
    cf_fail(cf_request_error(req), CF_ERUNTIME, "after a query");
    return NULL;
}

static const cf_route routes[] = {
    { "/note/<int(signed=True):id>", show, "show", CF_GET, CF_ANYONE },
    { "/add", add, "add", CF_POST, CF_ANYONE },
    { "/forgotten", forgotten, "forgotten", CF_GET, CF_ANYONE },
    { "/count", count, "count", CF_GET, CF_ANYONE },
    { "/fails", fails, "fails", CF_GET, CF_ANYONE },
    { 0 },
};

static bool create(cf_app *app)
{
    cf_app_models(app, models);
    return cf_app_routes(app, routes);
}

static fixture with_tables(const char *extra)
{
    const char *const settings[] = { "DATABASE_URL=sqlite://:memory:", extra, NULL };
    fixture           f = fixture_new(create, settings);
    cf_error          err = { 0 };

    cr_assert(cf_schema_create_all(cf_app_database(f.app, &err), &err), "%s", err.message);
    return f;
}

Test(data, what_is_committed_stays_and_what_is_not_is_undone)
{
    fixture f = with_tables(NULL);

    cr_assert_str_eq(cf_client_post(f.client, "/add", "slug", "one")->body, "1");
    cr_assert_str_eq(cf_client_get(f.client, "/note/1")->body, "one");
    cr_assert_status(cf_client_get(f.client, "/note/2"), 404);
    cr_assert_str_eq(cf_client_get(f.client, "/forgotten")->body, "2 notes");
    cr_assert_str_eq(cf_client_get(f.client, "/count")->body, "1 notes");
    fixture_end(&f);
}

Test(data, a_conflict_names_its_column_and_leaves_the_request_usable)
{
    fixture f = with_tables(NULL);

    cf_client_post(f.client, "/add", "slug", "one");
    cf_answer *a = cf_client_post(f.client, "/add", "slug", "one");
    cr_assert_status(a, 409);
    cr_assert_str_eq(a->body, "taken: slug");
    cr_assert_str_eq(cf_client_get(f.client, "/count")->body, "1 notes");
    fixture_end(&f);
}

/* Without its tables every query fails; the view, which only knows "no row", says 404. */
Test(data, an_outage_is_not_taken_for_an_absent_row)
{
    static const char *const settings[] = { "DATABASE_URL=sqlite://:memory:", NULL };
    fixture                  f = fixture_new(create, settings);

    cr_assert_status(cf_client_get(f.client, "/note/1"), 500);
    fixture_end(&f);
}

Test(data, a_database_that_cannot_be_does_not_start)
{
    static const char *const settings[] = { "DATABASE_URL=nosuch://x", NULL };
    const char              *message = fixture_failure(create, settings);

    cr_assert_not_null(strstr(message, "nosuch"), "%s", message);
}

Test(data, developers_see_the_sql_of_a_request_that_failed)
{
    fixture    f = with_tables("CARAFE_DEBUG=1");
    cf_answer *a = cf_client_get(f.client, "/fails");

    cr_assert_status(a, 500);
    cr_assert_has(a, "after a query");
    cr_assert_has(a, "SQL of this request");
    cr_assert_has(a, "FROM &#34;note&#34;");
    fixture_end(&f);
}
