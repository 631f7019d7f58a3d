/* flush_pipe.c -- statements of a flush that go out together.
 *
 * Statements of one text are gathered and sent with one journey, where the engine can; elsewhere
 * each runs at once. They are carried out in the order in which they were put, up to the first that
 * is refused. */
#include "db/sql.h"

#include <stdlib.h>

/* What is sent together: at most so many statements, and not many more bytes. */
#define MOST       256
#define MOST_BYTES ((size_t)1024 * 1024)

struct cf__pipe {
    cf_db               *db;
    const cf__pipe_kind *kind;
    cf__sql              sql; /* Of those gathered. */
    size_t               count, width, room, bytes;
    cf__param           *params;
    cf__pipe_item        items[MOST];
    cf__pipe_result      results[MOST];
    int64_t              affected[MOST];
};

cf__pipe *cf__pipe_new(cf_db *db)
{
    cf__pipe *p = cf_xmalloc(sizeof(*p));

    memset(p, 0, offsetof(cf__pipe, items));
    p->db = db;
    return p;
}

static bool take_key(void *data, const cf__cursor *cursor, cf_error *err)
{
    cf__pipe_result *result = data;

    (void)err;
    result->id = cf__cursor_integer(cursor, 0);
    result->found = true;
    return true;
}

/* Runs what was gathered; says how many were not refused. */
static bool run(cf__pipe *p, size_t count, size_t *done, cf__outcome *out, cf_error *err)
{
    cf__many many = { p->params,  p->width, count, take_key, p->results, sizeof(p->results[0]),
                      p->affected };

    *done = 0;
    if (count > 1)
        return cf__session_run_many(p->db, &p->sql, &many, done, out, err);
    if (!cf__session_run(p->db, &p->sql, p->params, p->width, take_key, p->results, out, err))
        return false;
    p->affected[0] = out->affected;
    *done = 1;
    return true;
}

/* What follows from the statements that were carried out. An error that one of them is, because it
 * found no row, comes before that of a later one. */
static bool finish(cf__pipe *p, size_t count, bool ok, cf_error *err)
{
    for (size_t i = 0; p->kind->done && i < count; i++) {
        cf__pipe_result *result = &p->results[i];
        cf_error         own = { 0 };

        result->affected = p->affected[i];
        result->params = p->params + i * p->width;
        result->width = p->width;
        result->over = !ok;
        if (p->kind->done(p->db, &p->items[i], result, &own))
            continue;
        if (own.code)
            *err = own;
        return false;
    }
    return ok;
}

bool cf__pipe_send(cf__pipe *p, cf_error *err)
{
    cf__outcome out = { 0 };
    size_t      done, count = p->count;
    bool        ok;

    p->count = p->bytes = 0;
    if (!count)
        return true;
    memset(p->results, 0, count * sizeof(p->results[0]));
    ok = run(p, count, &done, &out, err);
    if (!ok && done < count && p->kind->refused)
        p->kind->refused(p->db, &p->items[done], out.foreign_key, err);
    return finish(p, done, ok, err);
}

static bool fits(const cf__pipe *p, const cf__sql *sql, size_t width)
{
    return p->count < MOST && p->bytes <= MOST_BYTES && p->width == width &&
           p->sql.hash == sql->hash && cf_str_eq(p->sql.text, sql->text);
}

static void make_room(cf__pipe *p)
{
    size_t more = p->room * 4 + 8 * (p->width + 1);

    p->params = cf_xrealloc(p->params, more * sizeof(*p->params));
    p->room = more;
}

bool cf__pipe_put(cf__pipe *p, const cf__pipe_kind *kind, cf__pipe_item item, const cf__sql *sql,
                  const cf__param *params, size_t width, cf_error *err)
{
    if (p->count && !fits(p, sql, width) && !cf__pipe_send(p, err))
        return false;
    p->kind = kind;
    p->sql = *sql;
    p->width = width;
    while ((p->count + 1) * width >= p->room)
        make_room(p);
    memcpy(p->params + p->count * width, params, width * sizeof(*params));
    for (size_t i = 0; i < width; i++)
        if (params[i].kind == CF_KIND_TEXT || params[i].kind == CF_KIND_BYTES)
            p->bytes += params[i].as.text.len;
    p->items[p->count++] = item;
    return p->db->database->engine->run_many || cf__pipe_send(p, err);
}

bool cf__pipe_put_built(cf__pipe *p, const cf__pipe_kind *kind, cf__pipe_item item, cf__builder *b)
{
    cf__sql sql;

    if (!cf_buf_ok(&b->sql, b->err))
        return false;
    sql = cf__sql_of(cf_buf_view(&b->sql));
    sql.source = CF__SQL_BUILT;
    return cf__pipe_put(p, kind, item, &sql, b->params, b->nparams, b->err);
}

bool cf__pipe_end(cf__pipe *p, bool ok, cf_error *err)
{
    cf_error first = { 0 };

    /* Something that was refused here comes after what was gathered before it. */
    ok = cf__pipe_send(p, ok ? err : &first) && ok;
    if (first.code)
        *err = first;
    free(p->params);
    free(p);
    return ok;
}

void cf__pipe_change_refused(cf_db *db, const cf__pipe_item *item, bool foreign_key, cf_error *err)
{
    cf__explain_change(db, item->row, foreign_key, err);
}
