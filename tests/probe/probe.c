/* probe.c -- the frame: reads lines of any length, calls the kind, writes and flushes the answer.
 */
#include "probe.h"

#include <carafe/crypto.h>
#include <carafe/json.h>

#include <stdio.h>
#include <stdlib.h>

static const struct {
    const char *name;
    void (*answer)(probe_case *c);
} kinds[] = {
#define PROBE_X(name) { #name, probe_##name },
    PROBE_KINDS(PROBE_X)
#undef PROBE_X
};

cf_str probe_text(const probe_case *c, const char *name)
{
    return cf_text(cf_map_get(c->in, name));
}

bool probe_b64(const probe_case *c, const char *name, cf_str *out)
{
    cf_value text = cf_map_get(c->in, name);

    return text.type == CF_TYPE_STRING && cf_b64_decode(c->arena, cf_text(text), out, NULL);
}

int64_t probe_int(const probe_case *c, const char *name, int64_t fallback)
{
    cf_value number = cf_map_get(c->in, name);

    if (number.type == CF_TYPE_FLOAT && number.as.number > -0x1p62 && number.as.number < 0x1p62)
        return (int64_t)number.as.number;
    return number.type == CF_TYPE_INT ? number.as.integer : fallback;
}

void probe_put(probe_case *c, const char *name, cf_value value)
{
    cf_map_set(c->out, name, value);
}

void probe_error(probe_case *c, const char *word)
{
    probe_put(c, "error", cf_string(word));
}

static void answer_case(probe_case *c)
{
    cf_str kind = probe_text(c, "kind");

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (cf_str_is(kind, kinds[i].name)) {
            kinds[i].answer(c);
            return;
        }
    }
    probe_put(c, "unsupported", cf_bool(true));
}

static void write_answer(probe_case *c)
{
    static const cf_json_options ascii = { .ascii = true };
    cf_buf                       line = cf_buf_in(c->arena, 0);
    cf_eval                      eval = { .arena = c->arena };
    cf_error                     err = { 0 };

    eval.err = &err;
    if (!cf_json_write(&eval, cf_from_map(c->out), &ascii, &line, &err)) {
        cf_map *failure = cf_map_new(c->arena);

        cf_map_set(failure, "id", cf_map_get(c->out, "id"));
        cf_map_set(failure, "error", cf_string(err.message));
        line = cf_buf_in(c->arena, 0);
        cf_json_write(NULL, cf_from_map(failure), &ascii, &line, NULL);
    }
    cf_buf_putc(&line, '\n');
    fwrite(line.ptr, 1, line.len, stdout);
    fflush(stdout);
}

static void answer_line(cf_arena *arena, cf_str line)
{
    probe_case c = { .arena = arena, .out = cf_map_new(arena) };
    cf_value   in, id = cf_none();
    cf_error   err = { 0 };
    bool       ok = cf_json_parse(arena, line, &in, &err);

    if (ok && in.type != CF_TYPE_MAP)
        ok = cf_fail(&err, CF_EPARSE, "a case is a JSON object");
    if (ok) {
        c.in = in.as.map;
        id = cf_map_get(c.in, "id");
    }
    probe_put(&c, "id", cf_is_missing(id) ? cf_none() : id);
    if (ok)
        answer_case(&c);
    else
        probe_error(&c, err.message);
    write_answer(&c);
}

int main(void)
{
    cf_arena *arena = cf_arena_new();
    char     *line = NULL;
    size_t    cap = 0;
    ssize_t   length;

    while ((length = getline(&line, &cap, stdin)) >= 0) {
        cf_str text = cf_str_trim(cf_str_n(line, (size_t)length));

        if (text.len)
            answer_line(arena, text);
        cf_arena_reset(arena);
    }
    free(line);
    cf_arena_free(arena);
    return 0;
}
