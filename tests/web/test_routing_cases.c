/* test_routing_cases.c -- maps of rules with what they match and build, one case a line. */
#include <criterion/criterion.h>

#include <carafe/asset.h>
#include <carafe/json.h>

#include "../probe/probe.h"

/* kind_routing.c answers a case through these two of the probe's functions. */
void probe_put(probe_case *c, const char *name, cf_value value)
{
    cf_map_set(c->out, name, value);
}

void probe_error(probe_case *c, const char *word)
{
    cf_map_set(c->out, "error", cf_string(word));
}

static const char *json_of(cf_arena *arena, cf_value v)
{
    cf_buf out = cf_buf_in(arena, 0);

    cf_json_write(NULL, v, &(cf_json_options){ .sort_keys = true }, &out, NULL);
    return cf_buf_cstr(&out);
}

static size_t run_case(cf_arena *arena, cf_str line)
{
    cf_value   in;
    cf_error   err = { 0 };
    probe_case c = { .arena = arena, .out = cf_map_new(arena) };

    cr_assert(cf_json_parse(arena, line, &in, &err), "%s", err.message);
    c.in = in.as.map;
    probe_routing(&c);
    cf_value ops = cf_map_get(c.in, "ops"), results = cf_map_get(c.out, "results");
    cr_assert_eq(results.type, CF_TYPE_LIST, "%s", json_of(arena, cf_from_map(c.out)));
    for (size_t i = 0; i < ops.as.list->len; i++) {
        const char *want = json_of(arena, cf_map_get(ops.as.list->items[i].as.map, "expect"));
        const char *got = json_of(arena, results.as.list->items[i]);
        cr_assert_str_eq(got, want, "%s gives %s", json_of(arena, ops.as.list->items[i]), got);
    }
    return ops.as.list->len;
}

Test(routing_cases, every_map_matches_and_builds_as_written)
{
    cf_arena *arena = cf_arena_new();
    cf_str    text, line;
    size_t    checked = 0;

    cr_assert(cf_file_read(arena, ROUTING_CASES, CF_MIB(1), &text, NULL));
    while (text.len) {
        cf_str_cut(text, '\n', &line, &text);
        if (line.len)
            checked += run_case(arena, line);
    }
    cr_assert_geq(checked, 100);
    cf_arena_free(arena);
}
