/* test_query_object.c -- queries as templates and the shell use them. */
#include <criterion/criterion.h>

#include <carafe/template.h>

#include "fixture.h"

/* Posts p0 to p5 of Ann, odd ones published, each with as many tags as its number, to three. */
static void setup(void)
{
    User *ann;
    Tag  *tags[3];

    fixture_database();
    ann = test_user(db, "ann@example.org");
    for (int i = 0; i < 3; i++) {
        tags[i] = cf_db_new_row(db, Tag);
        tags[i]->name = cf_printf(arena, "%c", 'a' + i);
        cf_db_add(db, tags[i]);
    }
    for (int i = 0; i < 6; i++) {
        Post *post = cf_db_new_row(db, Post);

        post->title = post->slug = cf_printf(arena, "p%d", i);
        post->status = i % 2 ? "published" : "draft";
        post->score = i;
        cf_relate(post, "user", ann);
        for (int j = 0; j < i && j < 3; j++)
            cf_relate_add(post, "tags", tags[j]);
        cf_db_add(db, post);
    }
    cr_assert(cf_db_commit(db, &err), "%s", err.message);
}

TestSuite(query_object, .init = setup, .fini = fixture_end);

/* What an expression over `Post`, a query, gives; "!" and its error. */
static const char *shown(const char *expression)
{
    cf_map             *sources = cf_map_new(arena);
    cf_template_options options = { .loader = cf_template_map(sources) };
    cf_error            error = { 0 };
    cf_eval             eval = { .arena = arena, .err = &error };
    cf_buf              out = cf_buf_in(arena, 0);
    cf_named            vars[] = { CF_NAMED("Post", cf_from_object(cf_db_query(db, Post))) };
    cf_template        *t;

    cf_map_set(sources, "main", cf_string_printf(arena, "{{ %s }}", expression));
    t = cf_template_get(cf_templates_new(arena, &options), CF_STR("main"), &error);
    cr_assert(t, "%s: %s", expression, error.message);
    if (cf_template_render(t, &eval, vars, 1, &out))
        return cf_buf_cstr(&out);
    return cf_printf(arena, "! %s", error.message);
}

static bool add_piece(void *data, cf_str piece, cf_error *error)
{
    cf_buf_str(data, piece);
    return cf_buf_ok(data, error);
}

Test(query_object, what_a_streamed_loop_adds_to_a_query_lasts)
{
    cf_map             *sources = cf_map_new(arena);
    cf_template_options options = { .loader = cf_template_map(sources) };
    cf_eval             eval = { .arena = arena, .err = &err };
    cf_buf              out = cf_buf_in(arena, 0);
    cf_sink             sink = { .write = add_piece, .data = &out, .chunk = 1 };
    cf_named            vars[] = { CF_NAMED("Post", cf_from_object(cf_db_query(db, Post))) };
    cf_template        *t;

    cf_map_set(sources, "main",
               cf_string("{% set ns = namespace(q=Post) %}{% for i in range(4) %}"
                         "{% set ns.q = ns.q.filter('title', '!=', 'p' ~ i) %}{% endfor %}"
                         "{{ ns.q.order_by('id').all()|map(attribute='title')|join(' ') }}"));
    t = cf_template_get(cf_templates_new(arena, &options), CF_STR("main"), &err);
    cr_assert(t && cf_template_stream(t, &eval, vars, 1, &sink), "%s", err.message);
    cr_assert_str_eq(cf_buf_cstr(&out), "p4 p5");
}

Test(query_object, methods_have_the_names_of_sqlalchemy)
{
    static const struct {
        const char *expression, *gives;
    } cases[] = {
        { "Post.count()", "6" },
        { "Post.filter_by(status='draft').count()", "3" },
        { "Post.filter('score', '>', 3).count()", "2" },
        { "Post.filter('score', 'between', [1, 3]).count()", "3" },
        { "Post.filter('slug', 'in', ['p1', 'p9']).count()", "1" },
        { "Post.filter('body', 'is', none).count()", "6" },
        { "Post.filter('body', 'is not', none).count()", "0" },
        { "Post.exclude('status', '==', 'draft').count()", "3" },
        { "Post.filter_any(['slug', '==', 'p1'], ['score', '>=', 5]).count()", "2" },
        { "Post.filter_any().count()", "0" },
        { "Post.filter('tags.name', '==', 'c').count()", "3" },
        { "Post.order_by('-id').first().slug", "p5" },
        { "Post.order_by('status', '-id').limit(2).all()|map(attribute='slug')|join(' ')",
          "p4 p2" },
        { "Post.order_by('id')[1].slug", "p1" },
        { "Post.order_by('id')[-1].slug", "p5" },
        { "Post[99] is defined", "False" },
        { "Post.order_by('id')[2:4]|map(attribute='slug')|join(' ')", "p2 p3" },
        { "Post.order_by('id')[4:]|length", "2" },
        { "Post.order_by('id')[:2]|length", "2" },
        { "Post.order_by('id').limit(3)[2:9]|length", "1" },
        { "Post.order_by('id')[3:1]|length", "0" },
        { "Post.order_by('id')[::-2]|map(attribute='slug')|join(' ')", "p5 p3 p1" },
        { "Post.order_by('id')[-2:]|map(attribute='slug')|join(' ')", "p4 p5" },
        { "Post|length", "6" },
        { "Post.join('tags').count()", "12" },
        { "Post.join('tags').distinct().count()", "5" },
        { "Post.outerjoin('tags').filter('tags.id', '==', none).one().slug", "p0" },
        { "Post.group_by('status').with_entities('status', 'count(*) as n').order_by('status').all()",
          "[{'status': 'draft', 'n': 3}, {'status': 'published', 'n': 3}]" },
        { "Post.group_by('status').having('sum(score)', '>', 7).with_entities('status').first().status",
          "published" },
        { "Post.with_entities('max(score)').scalar()", "5.0" },
        { "Post.load('tags').load('user', 'joined').order_by('id')[1].tags[0].name", "a" },
        { "Post.get(2).slug", "p1" },
        { "Post.get(99)", "None" },
        { "Post.filter_by(slug='p9').first()", "None" },
        { "Post.filter_by(slug='p9').one_or_none()", "None" },
        { "Post.filter_by(slug='p3').one().slug", "p3" },
        { "Post.filter_by(slug='p3').exists()", "True" },
        { "Post.paginate(page=2, per_page=4)|length", "2" },
        { "Post.order_by('id').keyset(per_page=4).next is none", "False" },
        { "Post.order_by('id').keyset(after=Post.order_by('id').keyset(per_page=4).next)|length",
          "2" },
        { "Post.filter_by(slug='p3').update(title='New')", "1" },
        { "Post.filter_by(slug='p3').one().title", "New" },
        { "Post.get(1).tags|length", "0" },
        /* One call leaves the query it was called on as it was. */
        { "Post.limit(1).count() + Post.count()", "7" },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        cr_expect_str_eq(shown(cases[i].expression), cases[i].gives, "%s: %s", cases[i].expression,
                         shown(cases[i].expression));
}

Test(query_object, mistakes_are_explained)
{
    static const struct {
        const char *expression, *says;
    } cases[] = {
        { "Post.filter_by(slog='x')", "did you mean 'slug'" },
        { "Post.filter('score', '~', 3)", "the comparison is one of" },
        { "Post.filter(3, '==', 3)", "a condition begins with a column's name" },
        { "Post.filter('score')", "filter() takes at least 3 arguments" },
        { "Post.limit()", "limit() takes at least 1 argument" },
        { "Post.get()", "get() missing required argument: 'id'" },
        { "Post.filter_any('score')", "filter_any takes conditions" },
        { "Post.order_by(3)", "order_by takes names" },
        { "Post.load('tags', 'soon')", "the kinds are selectin" },
        { "Post.filter_by(status='draft').one()", "several rows of Post" },
        { "Post.group_by('status').all()", "cf_query_select" },
        { "Post.update('x')", "update takes names" },
        { "Post.limit(1).delete()", "cannot delete" },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        cr_expect(strstr(shown(cases[i].expression), cases[i].says), "%s: %s", cases[i].expression,
                  shown(cases[i].expression));
    cr_assert_str_eq(shown("Post.count()"), "6");
}

Test(query_object, rows_are_deleted_by_query)
{
    cr_assert_str_eq(shown("Post.filter('score', '>', 3).delete()"), "2");
    cr_assert_str_eq(shown("Post.count()"), "4");
}
