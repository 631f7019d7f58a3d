/* test_data.c -- views with a database: rows, commits, conflicts, outages, what developers see. */
#include "fixture.h"

#include <carafe/data.h>
#include <carafe/log.h>

typedef struct Note {
    CF_ROW;
    int64_t     id, parent_id;
    const char *slug;
} Note;
extern const cf_model Note_model;

CF_MODEL(Note, "note", CF_COLUMN(Note, id, .primary_key = true),
         CF_COLUMN(Note, parent_id, .references = "note.id"),
         CF_COLUMN(Note, slug, .max = 40, .unique = true, .required = true),
         CF_HAS_MANY(Note, answers, Note));

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

/* How many answers the notes have, loading them one by one or at once. */
static cf_response *answers(cf_request *req)
{
    cf_query *q = cf_query_order_by(cf_select(req, Note), "id");
    size_t    total = 0;
    Note     *note;

    if (cf_query_arg_int(req, "eager", 0))
        cf_query_load(q, "answers", CF_SELECTIN);
    CF_EACH(cf_query_all(q), note)
    total += cf_related_list(note, "answers")->len;
    return cf_respond_text(req, "%zu answers", total);
}

static cf_response *needed(cf_request *req)
{
    Note *note = cf_get_or_404(req, Note, cf_query_arg_int(req, "id", 0));

    return note ? cf_respond_text(req, "%s", note->slug) : NULL;
}

static cf_response *needed_first(cf_request *req)
{
    cf_query *q = cf_query_filter_by(cf_select(req, Note), "slug", cf_query_arg(req, "slug", ""));
    Note     *note = cf_first_or_404(req, q);

    return note ? cf_respond_text(req, "%s", note->slug) : NULL;
}

static cf_response *needed_page(cf_request *req)
{
    cf_page *page = cf_page_or_404(req, cf_select(req, Note), cf_query_arg_int(req, "page", 1), 1);

    return page
               ? cf_respond_text(req, "%lld of %lld", (long long)page->page, (long long)page->pages)
               : NULL;
}

static const cf_route routes[] = {
    { "/answers", answers, "answers", CF_GET, CF_ANYONE },
    { "/needed", needed, "needed", CF_GET, CF_ANYONE },
    { "/needed/first", needed_first, "needed_first", CF_GET, CF_ANYONE },
    { "/needed/page", needed_page, "needed_page", CF_GET, CF_ANYONE },
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

static void add_notes(fixture *f)
{
    static const char *const slugs[] = { "one", "two", "three" };

    for (size_t i = 0; i < 3; i++)
        cr_assert_status(cf_client_post(f->client, "/add", "slug", slugs[i]), 200);
}

Test(data, rows_are_there_or_the_answer_is_404)
{
    static const struct {
        const char *url;
        int         status;
    } cases[] = { { "/needed?id=2", 200 },           { "/needed?id=9", 404 },
                  { "/needed/first?slug=two", 200 }, { "/needed/first?slug=zwei", 404 },
                  { "/needed/page?page=3", 200 },    { "/needed/page?page=4", 404 } };
    static const char *const settings[] = { "DATABASE_URL=sqlite://:memory:", NULL };
    fixture                  f = with_tables(NULL);

    add_notes(&f);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        cr_expect_eq(cf_client_get(f.client, cases[i].url)->status, cases[i].status, "%s",
                     cases[i].url);
    fixture_end(&f);
    f = fixture_new(create, settings); /* Without tables: an outage, not an absent row. */
    cr_assert_status(cf_client_get(f.client, "/needed?id=2"), 500);
    cr_assert_status(cf_client_get(f.client, "/needed/first?slug=two"), 500);
    cr_assert_status(cf_client_get(f.client, "/needed/page"), 500);
    fixture_end(&f);
}

Test(data, rows_loaded_one_by_one_fail_where_the_test_asks_for_it)
{
    fixture    f = with_tables(NULL);
    cf_answer *a;

    add_notes(&f);
    cr_assert_str_eq(cf_client_get(f.client, "/answers")->body, "0 answers");
    cf_client_strict_loading(f.client, true);
    a = cf_client_get(f.client, "/answers");
    cr_assert_status(a, 500);
    cr_assert_has(a, "answers loads Note.answers once for each of 3 rows");
    cr_assert_has(a, "cf_query_load(q, \"answers\", CF_SELECTIN)");
    cr_assert_str_eq(cf_client_get(f.client, "/answers?eager=1")->body, "0 answers");
    cr_assert_str_eq(cf_client_get(f.client, "/note/1")->body, "one");
    cf_client_strict_loading(f.client, false);
    cr_assert_str_eq(cf_client_get(f.client, "/answers")->body, "0 answers");
    fixture_end(&f);
}

static char   logged[4000];
static size_t logged_len;

static void keep_line(void *data, const char *line, size_t size)
{
    (void)data;
    if (size < sizeof(logged) - logged_len) {
        memcpy(logged + logged_len, line, size);
        logged_len += size;
    }
}

Test(data, rows_loaded_one_by_one_are_logged_once_in_development)
{
    fixture     f = with_tables("CARAFE_DEBUG=1");
    const char *first;

    add_notes(&f);
    cf_log_setup(&(cf_log_options){ .sink = keep_line });
    cf_client_get(f.client, "/answers?eager=1");
    cr_assert_null(strstr(logged, "N+1"), "%s", logged);
    cf_client_get(f.client, "/answers");
    first = strstr(logged, "answers loads Note.answers once for each of 3 rows");
    cr_assert(first, "%s", logged);
    cf_client_get(f.client, "/answers");
    cr_assert_null(strstr(first + 40, "Note.answers once"), "%s", logged);
    cf_log_setup(NULL);
    fixture_end(&f);
}
