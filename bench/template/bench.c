/* bench.c -- CPU and memory per render of four pages, and what appending and escaping cost at
 * least.
 *
 * bench-template DATA.json FOLDER… writes one line of JSON. For every page: microseconds of CPU a
 * render, bytes of the page, calls of malloc and bytes of values a render makes, and `floor`, the
 * microseconds that sending the same number of bytes once through the escaper takes. `by hand` is
 * the table as a C programmer would write it. compare.py makes the data and puts others beside. */
#include <carafe.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* CPU seconds that each measurement lasts. */
#define SECONDS 1.0

/* ---- counting allocations ---- */

void *__libc_malloc(size_t size);
void *__libc_realloc(void *ptr, size_t size);
void *__libc_calloc(size_t count, size_t size);

static size_t allocations;

void *malloc(size_t size)
{
    allocations++;
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    allocations++;
    return __libc_calloc(count, size);
}

void *realloc(void *ptr, size_t size)
{
    allocations++;
    return __libc_realloc(ptr, size);
}

/* ---- what the pages call ---- */

/* A map whose entries are attributes, for names that dicts have methods of: posts.items. */
typedef struct bag {
    cf_object object;
    cf_map   *map;
} bag;

static bool bag_get(cf_eval *eval, cf_object *self, cf_str name, cf_value *out)
{
    (void)eval;
    *out = cf_map_get_str(((bag *)self)->map, name);
    return true;
}

static const cf_class bag_class = { .name = "Bag", .get = bag_get };

static bool url_for(cf_call *call, cf_value *result)
{
    cf_buf url = cf_buf_in(call->eval->arena, 0);
    cf_str endpoint = cf_text(cf_arg(call, 0, "endpoint"));

    cf_buf_putc(&url, '/');
    for (size_t i = 0; i < endpoint.len; i++)
        cf_buf_putc(&url, endpoint.ptr[i] == '.' ? '/' : endpoint.ptr[i]);
    for (size_t i = 0; i < call->nkwargs; i++) {
        cf_buf_putc(&url, i ? '&' : '?');
        cf_buf_str(&url, call->kwargs[i].name);
        cf_buf_putc(&url, '=');
        if (!cf_to_text(call->eval, call->kwargs[i].value, &url))
            return false;
    }
    *result = cf_string_of(cf_buf_view(&url));
    return true;
}

static bool csrf_token(cf_call *call, cf_value *result)
{
    (void)call;
    *result = cf_string("IjQ1ZjE2YTk0Y2Y5YzE0.Zx0aWw.s3cr3t");
    return true;
}

static bool no_messages(cf_call *call, cf_value *result)
{
    *result = cf_from_list(cf_list_new(call->eval->arena));
    return true;
}

static bool has_role(cf_call *call, cf_value *result)
{
    *result = cf_bool(cf_str_is(cf_text(cf_arg(call, 0, "name")), "admin"));
    return true;
}

static bool iter_pages(cf_call *call, cf_value *result)
{
    cf_list *pages = cf_list_new(call->eval->arena);

    for (int i = 1; i <= 3; i++)
        cf_list_add(pages, cf_int(i));
    *result = cf_from_list(pages);
    return true;
}

/* Filters that give their value back: what they would compute is not the engine's work. */
static bool same(cf_call *call, cf_value *result)
{
    *result = call->args[0];
    return true;
}

static cf_templates *make_environment(cf_arena *arena, cf_map *data, char **folders, int count)
{
    cf_template_place *places = cf_new_array(arena, cf_template_place, (size_t)count);
    cf_value           user = cf_map_get(data, "current_user"), posts = cf_map_get(data, "posts");
    bag               *page = cf_new(arena, bag);
    cf_templates      *env;

    for (int i = 0; i < count; i++)
        places[i].folder = folders[i];
    env = cf_templates_new(arena,
                           &(cf_template_options){
                               .loader = cf_template_places(arena, places, (size_t)count, false) });
    cf_templates_global(env, "url_for", cf_make_function(arena, "url_for", url_for, NULL));
    cf_templates_global(env, "csrf_token", cf_make_function(arena, "csrf_token", csrf_token, NULL));
    cf_templates_global(env, "get_flashed_messages",
                        cf_make_function(arena, "get_flashed_messages", no_messages, NULL));
    cf_templates_filter(env, "timeago", same, NULL);
    cf_templates_filter(env, "datetimeformat", same, NULL);
    cf_templates_filter(env, "markdown_plain", same, NULL);
    cf_map_set(user.as.map, "has_role", cf_make_function(arena, "has_role", has_role, NULL));
    cf_map_set(posts.as.map, "iter_pages", cf_make_function(arena, "iter_pages", iter_pages, NULL));
    *page = (bag){ { &bag_class }, posts.as.map };
    cf_map_set(data, "posts", cf_from_object(page));
    return env;
}

/* ---- measuring ---- */

static double cpu(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void fail(const char *what, const cf_error *err)
{
    fprintf(stderr, "bench-template: %s: %s (%s:%d)\n", what, err->message, err->input,
            err->input_line);
    exit(1);
}

/* Microseconds to send as many bytes once through the escaper, with nothing to escape in them. */
static double floor_of(cf_str page)
{
    cf_buf plain = { 0 }, out = { 0 };
    size_t rounds = 0;
    double start, spent;

    for (size_t i = 0; i < page.len; i++)
        cf_buf_putc(&plain, strchr("<>&\"'", page.ptr[i]) ? 'x' : page.ptr[i]);
    start = cpu();
    do {
        for (int i = 0; i < 100; i++, rounds++) {
            cf_buf_clear(&out);
            cf_buf_html(&out, cf_buf_view(&plain));
        }
        spent = cpu() - start;
    } while (spent < SECONDS / 5);
    cf_buf_free(&plain);
    cf_buf_free(&out);
    return spent * 1e6 / (double)rounds;
}

static void measure(cf_templates *env, const char *name, const cf_named *vars, size_t count)
{
    cf_arena *arena = cf_arena_new();
    cf_error  err = { 0 };
    cf_eval   eval = { .arena = arena, .err = &err };
    cf_buf    out = { 0 };
    size_t    renders = 0, used = 0, before = 0;
    double    start = cpu(), spent;

    do {
        for (int i = 0; i < 20; i++, renders++) {
            before = allocations;
            cf_arena_reset(arena);
            cf_buf_clear(&out);
            cf_template *t = cf_template_get(env, cf_str_of(name), &err);
            if (!t || !cf_template_render(t, &eval, vars, count, &out))
                fail(name, &err);
            used = cf_arena_used(arena);
        }
        spent = cpu() - start;
    } while (spent < SECONDS);
    printf("\"%s\": {\"us\": %.3f, \"bytes\": %zu, \"values\": %zu, \"allocations\": %zu, "
           "\"floor\": %.3f}, ",
           name, spent * 1e6 / (double)renders, out.len, used, allocations - before,
           floor_of(cf_buf_view(&out)));
    cf_buf_free(&out);
    cf_arena_free(arena);
}

/* ---- the table by hand ---- */

/* What a C programmer would write for table.html, over structs. */
typedef struct row {
    int64_t id;
    cf_str  name, email, amount, note;
} row;

static void table_by_hand(const row *rows, size_t count, cf_buf *out)
{
    cf_buf_puts(out, "<table>\n");
    for (size_t i = 0; i < count; i++) {
        cf_buf_puts(out, i % 2 == 0 ? "<tr class=\"odd\"><td>" : "<tr class=\"even\"><td>");
        cf_buf_i64(out, rows[i].id);
        cf_buf_puts(out, "</td><td>");
        cf_buf_html(out, rows[i].name);
        cf_buf_puts(out, "</td><td>");
        cf_buf_html(out, rows[i].email);
        cf_buf_puts(out, "</td><td>");
        cf_buf_html(out, rows[i].amount);
        cf_buf_puts(out, "</td><td>");
        cf_buf_html(out, rows[i].note);
        cf_buf_puts(out, "</td></tr>\n");
    }
    cf_buf_puts(out, "</table>");
}

static void measure_by_hand(cf_arena *arena, const cf_list *list)
{
    row   *rows = cf_new_array(arena, row, list->len);
    size_t renders = 0;
    cf_buf out = { 0 };
    double start, spent;

    for (size_t i = 0; i < list->len; i++) {
        const cf_map *map = list->items[i].as.map;
        rows[i] = (row){ cf_map_get(map, "id").as.integer, cf_text(cf_map_get(map, "name")),
                         cf_text(cf_map_get(map, "email")), cf_text(cf_map_get(map, "amount")),
                         cf_text(cf_map_get(map, "note")) };
    }
    start = cpu();
    do {
        for (int i = 0; i < 20; i++, renders++) {
            cf_buf_clear(&out);
            table_by_hand(rows, list->len, &out);
        }
        spent = cpu() - start;
    } while (spent < SECONDS);
    printf("\"by hand\": {\"us\": %.3f, \"bytes\": %zu}", spent * 1e6 / (double)renders, out.len);
    cf_buf_free(&out);
}

int main(int argc, char **argv)
{
    static const char *const pages[] = { "fortunes.html", "table.html", "dashboard.html",
                                         "base/home.html" };
    cf_arena                *arena = cf_arena_new();
    cf_error                 err = { 0 };
    cf_value                 data;
    cf_str                   text;
    cf_named                *vars;
    size_t                   count;

    if (argc < 3)
        return 2;
    if (!cf_file_read(arena, argv[1], CF_MIB(16), &text, &err) ||
        !cf_json_parse(arena, text, &data, &err))
        fail(argv[1], &err);
    cf_templates *env = make_environment(arena, data.as.map, argv + 2, argc - 2);
    count = cf_named_of_map(arena, data.as.map, &vars);
    printf("{");
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++)
        measure(env, pages[i], vars, count);
    measure_by_hand(arena, cf_map_get(data.as.map, "rows").as.list);
    printf("}\n");
    cf_arena_free(arena);
    return 0;
}
