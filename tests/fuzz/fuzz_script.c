/* fuzz_script.c -- what a person may type into the shell: cut, compiled and run with limits.
 *
 * Whatever cf_script_cut() takes from a text must neither overlap nor grow, and a piece that wants
 * no more lines compiles or says where it is wrong. */
#include <carafe/script.h>

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static cf_map *make_names(cf_arena *arena)
{
    cf_map  *names = cf_map_new(arena), *map = cf_map_new(arena);
    cf_list *list = cf_list_new(arena);

    cf_list_add(list, cf_int(3));
    cf_list_add(list, cf_string("b"));
    cf_map_set(map, "a", cf_int(1));
    cf_map_set(map, "l", cf_from_list(list));
    cf_map_set(names, "l", cf_from_list(list));
    cf_map_set(names, "d", cf_from_map(map));
    cf_map_set(names, "s", cf_string("h\xC3\xA9llo"));
    cf_map_set(names, "i", cf_int(7));
    return names;
}

static bool show(void *data, cf_eval *eval, cf_value value)
{
    cf_buf *out = data;

    cf_buf_clear(out);
    return cf_to_repr(eval, value, out);
}

static void play(cf_templates *env, cf_arena *arena, cf_map *names, cf_str piece)
{
    cf_error   err = { 0 };
    cf_eval    eval = { .arena = arena, .err = &err };
    cf_buf     out = cf_buf_in(arena, CF_KIB(64));
    cf_script *script = cf_script_compile(env, arena, "input", 1, piece, &err);

    if (!script && err.input_line < 1)
        abort();
    if (script)
        cf_script_run(script, &eval, names, show, &out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cf_template_options options = { .max_steps = 20000,
                                    .max_output = CF_KIB(64),
                                    .max_memory = CF_MIB(32),
                                    .max_range = 10000,
                                    .seed = 1 };
    cf_arena           *arena = cf_arena_new();
    cf_templates       *env = cf_script_env(arena, cf_templates_new(arena, &options), NULL);
    cf_map             *names = make_names(arena);
    cf_str              text = cf_str_n((const char *)data, size), rest = text, piece;
    int                 lines;

    cf_script_wants_more(text);
    while ((piece = cf_script_cut(rest, &rest, &lines)).len) {
        if (piece.ptr + piece.len != rest.ptr && rest.len)
            abort();
        play(env, arena, names, piece);
    }
    cf_arena_free(arena);
    return 0;
}
