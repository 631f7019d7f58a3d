/* bench.c -- CPU per render of three pages, and the cost of appending and escaping one by hand.
 *
 * bench-template DATA.json FOLDER writes one line of JSON: microseconds of CPU a render, bytes,
 * and bytes of values made. compare.py makes the data and puts Jinja2's figures beside. */
#include <carafe.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* CPU seconds that each measurement lasts. */
#define SECONDS 1.0

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

static void measure(cf_templates *env, const char *name, const cf_named *vars, size_t count)
{
    cf_arena *arena = cf_arena_new();
    cf_error  err = { 0 };
    cf_eval   eval = { .arena = arena, .err = &err };
    cf_buf    out = { 0 };
    size_t    renders = 0, used = 0;
    double    start = cpu(), spent;

    do {
        for (int i = 0; i < 20; i++, renders++) {
            cf_arena_reset(arena);
            cf_buf_clear(&out);
            cf_template *t = cf_template_get(env, cf_str_of(name), &err);
            if (!t || !cf_template_render(t, &eval, vars, count, &out))
                fail(name, &err);
            used = cf_arena_used(arena);
        }
        spent = cpu() - start;
    } while (spent < SECONDS);
    printf("\"%s\": {\"us\": %.3f, \"bytes\": %zu, \"arena\": %zu}, ", name,
           spent * 1e6 / (double)renders, out.len, used);
    cf_buf_free(&out);
    cf_arena_free(arena);
}

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
    static const char *const pages[] = { "fortunes.html", "table.html", "dashboard.html" };
    cf_arena                *arena = cf_arena_new();
    cf_error                 err = { 0 };
    cf_value                 data;
    cf_str                   text;
    cf_named                *vars;

    if (argc != 3)
        return 2;
    if (!cf_file_read(arena, argv[1], CF_MIB(16), &text, &err) ||
        !cf_json_parse(arena, text, &data, &err))
        fail(argv[1], &err);
    cf_template_place   place = { .folder = argv[2] };
    cf_template_options options = { .loader = cf_template_places(arena, &place, 1, false) };
    cf_templates       *env = cf_templates_new(arena, &options);
    size_t              count = cf_named_of_map(arena, data.as.map, &vars);
    printf("{");
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++)
        measure(env, pages[i], vars, count);
    measure_by_hand(arena, cf_map_get(data.as.map, "rows").as.list);
    printf("}\n");
    cf_arena_free(arena);
    return 0;
}
