/* migration_file.c -- reading one migration: its name, what it follows, and its parts by engine and
 * direction.
 *
 * Before the first part "-- Migration: …" says what it is for and "-- after …" what it follows. A
 * line "-- up" or "-- down", optionally with an engine's name, begins a part that lasts until the
 * next such line. A part for the engine asked for replaces the plain one. */
#include <carafe/migrate.h>

typedef struct part {
    cf_str sql;
    int    line; /* Of its first line; 0: there is none. */
    bool   for_engine;
} part;

typedef struct reader {
    cf_arena    *arena;
    const char  *path;
    const char  *engine;
    part         up, down;
    bool         seen[2][3]; /* up/down by plain, sqlite, postgresql. */
    const char  *message;
    const char **parents;
    size_t       nparents;
    cf_error    *err;
} reader;

static bool fail_at(reader *r, int line, const char *message)
{
    cf_fail(r->err, CF_EPARSE, "%s line %d: %s", r->path, line, message);
    return cf_fail_in(r->err, r->path, line, 0);
}

static bool is_space(cf_str s)
{
    return cf_str_trim(s).len == 0;
}

/* Whether a text has anything but white space and "--" comments. */
static bool has_sql(cf_str text)
{
    cf_str line;

    while (text.len) {
        cf_str_cut(text, '\n', &line, &text);
        line = cf_str_trim(line);
        if (line.len && !cf_str_starts(line, CF_STR("--")))
            return true;
    }
    return false;
}

/* The words of a marker line: "-- up sqlite". False when the line is none. */
static bool parse_marker(cf_str line, bool *down, cf_str *engine)
{
    cf_str word;

    line = cf_str_trim(line);
    if (!cf_str_starts(line, CF_STR("--")))
        return false;
    line = cf_str_trim(cf_str_slice(line, 2, line.len));
    cf_str_cut(line, ' ', &word, engine);
    *engine = cf_str_trim(*engine);
    *down = cf_str_iis(word, "down");
    /* "-- up to now this was…" is an ordinary comment. */
    return (*down || cf_str_iis(word, "up")) && cf_str_chr(*engine, ' ') == CF_NPOS;
}

static bool close_part(reader *r, bool down, cf_str engine, cf_str sql, int line)
{
    part  *p = down ? &r->down : &r->up;
    bool   for_engine = engine.len > 0;
    size_t which = !for_engine ? 0 : cf_str_iis(engine, "sqlite") ? 1 : 2;

    if (which == 2 && !cf_str_iis(engine, "postgresql"))
        return fail_at(r, line, "an engine is sqlite or postgresql");
    if (r->seen[down][which])
        return fail_at(r, line, "this part is there twice");
    r->seen[down][which] = true;
    if (!has_sql(sql))
        return fail_at(r, line, "this part has no SQL");
    if ((for_engine && !cf_str_iis(engine, r->engine)) || (p->for_engine && !for_engine))
        return true;
    *p = (part){ sql, line + 1, for_engine };
    return true;
}

/* "0003_roles" or "0003". */
static bool is_revision(cf_str word)
{
    cf_str digits, rest;

    cf_str_cut(word, '_', &digits, &rest);
    if (digits.len < 4 || digits.len > 9 || word.len > 140)
        return false;
    for (size_t i = 0; i < digits.len; i++)
        if (digits.ptr[i] < '0' || digits.ptr[i] > '9')
            return false;
    return cf_str_chr(word, ' ') == CF_NPOS;
}

/* A comment before the first part; an ordinary one when it is neither of the two. */
static bool read_header(reader *r, cf_str line, int number)
{
    cf_str word, rest, one;
    bool   all = true;

    line = cf_str_trim(line);
    if (!cf_str_starts(line, CF_STR("--")))
        return true;
    line = cf_str_trim(cf_str_slice(line, 2, line.len));
    cf_str_cut(line, ' ', &word, &rest);
    if (cf_str_iis(word, "migration:") && !r->message)
        r->message = cf_str_dup(r->arena, cf_str_trim(rest));
    if (!cf_str_iis(word, "after"))
        return true;
    for (cf_str left = rest; left.len && all;) {
        cf_str_cut(left, ',', &one, &left);
        all = is_revision(cf_str_trim(one));
    }
    if (!all || !cf_str_trim(rest).len)
        return true;
    if (r->nparents)
        return fail_at(r, number, "\"-- after\" is there twice; it takes several by commas");
    r->parents = cf_new_array(r->arena, const char *, rest.len / 4 + 1);
    while (rest.len) {
        cf_str_cut(rest, ',', &one, &rest);
        r->parents[r->nparents++] = cf_str_dup(r->arena, cf_str_trim(one));
    }
    return true;
}

static bool read_parts(reader *r, cf_str text)
{
    size_t at = 0, start = 0;
    int    line = 1, part_line = 0;
    bool   down = false, open = false;
    cf_str engine = { 0 };

    while (at < text.len) {
        cf_str rest = cf_str_slice(text, at, text.len), head, tail, next_engine;
        bool   next_down;

        cf_str_cut(rest, '\n', &head, &tail);
        if (parse_marker(head, &next_down, &next_engine)) {
            if (open && !close_part(r, down, engine, cf_str_slice(text, start, at), part_line))
                return false;
            open = true;
            down = next_down;
            engine = next_engine;
            part_line = line;
            start = at + head.len + (at + head.len < text.len);
        } else if (!open && !is_space(head) && !cf_str_starts(cf_str_trim(head), CF_STR("--"))) {
            return fail_at(r, line, "SQL stands before the line \"-- up\"");
        } else if (!open && !read_header(r, head, line)) {
            return false;
        }
        at += head.len + 1;
        line++;
    }
    return !open || close_part(r, down, engine, cf_str_slice(text, start, text.len), part_line);
}

/* "migrations/0001_init.sql" → "0001_init" and 1. */
static bool parse_name(cf_arena *arena, const char *path, cf_migration *out, cf_error *err)
{
    cf_str name = cf_str_of(path), folder, digits, rest;
    bool   ok = cf_str_ends(name, CF_STR(".sql")) && name.len < 140;

    if (!cf_str_rcut(name, '/', &folder, &name))
        name = folder;
    name = cf_str_slice(name, 0, name.len > 4 ? name.len - 4 : 0);
    ok = ok && cf_str_cut(name, '_', &digits, &rest) && digits.len >= 4 && digits.len <= 9 &&
         rest.len;
    for (size_t i = 0; ok && i < digits.len; i++)
        ok = digits.ptr[i] >= '0' && digits.ptr[i] <= '9';
    for (size_t i = 0; ok && i < rest.len; i++)
        ok = (unsigned char)rest.ptr[i] > ' ' && rest.ptr[i] != 0x7f;
    if (!ok || !cf_str_to_i64(digits, &out->number) || out->number < 1)
        return cf_fail(err, CF_EPARSE,
                       "%.100s: a migration is named NNNN_name.sql, such as 0001_init.sql", path);
    out->path = path;
    out->revision = cf_str_dup(arena, name);
    return true;
}

bool cf_migration_parse(cf_arena *arena, const char *path, cf_str text, const char *engine,
                        cf_migration *out, cf_error *err)
{
    reader r = { .arena = arena, .path = path, .engine = engine, .err = err };

    *out = (cf_migration){ 0 };
    if (!parse_name(arena, path, out, err))
        return false;
    if (text.len > CF_MIGRATION_MAX_SIZE)
        return cf_fail(err, CF_ELIMIT, "%s is larger than 1 MiB", path);
    if (!cf_str_is_utf8(text) || (text.len && memchr(text.ptr, 0, text.len)))
        return cf_fail(err, CF_EPARSE, "%s is not UTF-8 text", path);
    if (!read_parts(&r, text))
        return false;
    out->message = r.message ? r.message : "";
    out->parents = r.parents;
    out->nparents = r.nparents;
    out->joins = r.nparents > 1 && !r.seen[0][0] && !r.seen[0][1] && !r.seen[0][2];
    if (out->joins) {
        out->reversible = true;
        return true;
    }
    if (!r.up.line)
        return cf_fail(err, CF_EPARSE, "%s has no part \"-- up\" for %s", path, engine);
    out->up = r.up.sql;
    out->up_line = r.up.line;
    out->down = r.down.sql;
    out->down_line = r.down.line;
    out->reversible = r.down.line != 0;
    return true;
}
