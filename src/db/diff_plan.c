/* diff_plan.c -- a difference as SQL and as a migration file's text. */
#include "db/diff.h"

#include <stdio.h>

/* ---- renames ---- */

static void rename_table(cf_buf *out, const char *from, const char *to)
{
    cf_buf_puts(out, "ALTER TABLE ");
    cf__name_write(out, from);
    cf_buf_puts(out, " RENAME TO ");
    cf__name_write(out, to);
    cf_buf_puts(out, ";\n");
}

static void rename_column(cf_buf *out, const char *table, const char *from, const char *to)
{
    cf_buf_puts(out, "ALTER TABLE ");
    cf__name_write(out, table);
    cf_buf_puts(out, " RENAME COLUMN ");
    cf__name_write(out, from);
    cf_buf_puts(out, " TO ");
    cf__name_write(out, to);
    cf_buf_puts(out, ";\n");
}

typedef struct constraint {
    const char *table, *before, *after;
} constraint;

static void rename_constraint(const constraint *c, bool forward, cf_buf *out)
{
    if (strcmp(c->before, c->after) == 0)
        return;
    cf_buf_puts(out, "ALTER TABLE ");
    cf__name_write(out, c->table);
    cf_buf_puts(out, " RENAME CONSTRAINT ");
    cf__name_write(out, forward ? c->before : c->after);
    cf_buf_puts(out, " TO ");
    cf__name_write(out, forward ? c->after : c->before);
    cf_buf_puts(out, ";\n");
}

/* The live table that became `table` by the renames. */
static const cf__schema_table *live_of(const cf__diff *d, const cf__schema_table *table)
{
    return &d->live->tables[table - d->before.tables];
}

/* PostgreSQL keeps the names it made from a table's and its columns' old ones; they are made again
 * from the new ones, so that later migrations find them on every database. */
static void rename_constraints(const cf__diff *d, const cf__schema_table *table, bool forward,
                               cf_buf *out)
{
    const cf__schema_table *live = live_of(d, table);
    cf_arena               *arena = d->arena;
    constraint              c = { .table = table->name };

    if (!live->key_name && live->nkey) {
        c.before = cf__constraint_name(arena, NULL, live->name, NULL, 0, "pkey");
        c.after = cf__constraint_name(arena, NULL, table->name, NULL, 0, "pkey");
        rename_constraint(&c, forward, out);
    }
    for (size_t i = 0; i < live->nindexes; i++) {
        if (!live->indexes[i].constraint)
            continue;
        c.before = cf__unique_name(arena, live, &live->indexes[i]);
        c.after = cf__unique_name(arena, table, &table->indexes[i]);
        rename_constraint(&c, forward, out);
    }
    for (size_t i = 0; i < live->nchecks; i++) {
        c.before = cf__check_name(arena, live, &live->checks[i]);
        c.after = cf__check_name(arena, table, &table->checks[i]);
        rename_constraint(&c, forward, out);
    }
    for (size_t i = 0; i < live->nforeigns; i++) {
        const cf__schema_foreign *a = &live->foreigns[i], *b = &table->foreigns[i];

        c.before = cf__constraint_name(arena, a->name, live->name, a->columns, a->ncolumns, "fkey");
        c.after = cf__constraint_name(arena, b->name, table->name, b->columns, b->ncolumns, "fkey");
        rename_constraint(&c, forward, out);
    }
}

static void all_constraints(const cf__diff *d, bool forward, cf__flavor flavor, cf_buf *out)
{
    for (size_t i = 0; flavor == CF__POSTGRESQL && i < d->before.ntables; i++)
        rename_constraints(d, &d->before.tables[i], forward, out);
}

static void renames_forward(const cf__diff *d, cf__flavor flavor, cf_buf *out)
{
    for (size_t i = 0; i < d->nrenames; i++)
        if (!d->renames[i].table)
            rename_table(out, d->renames[i].from, d->renames[i].to);
    for (size_t i = 0; i < d->nrenames; i++)
        if (d->renames[i].table)
            rename_column(out, d->renames[i].table, d->renames[i].from, d->renames[i].to);
    if (d->nrenames)
        all_constraints(d, true, flavor, out);
}

static void renames_back(const cf__diff *d, cf__flavor flavor, cf_buf *out)
{
    if (d->nrenames && out->len)
        cf_buf_putc(out, '\n');
    if (d->nrenames)
        all_constraints(d, false, flavor, out);
    for (size_t i = d->nrenames; i-- > 0;)
        if (d->renames[i].table)
            rename_column(out, d->renames[i].table, d->renames[i].to, d->renames[i].from);
    for (size_t i = d->nrenames; i-- > 0;)
        if (!d->renames[i].table)
            rename_table(out, d->renames[i].to, d->renames[i].from);
}

/* ---- the plan ---- */

bool cf__plan(const cf__diff *d, bool forward, cf__flavor flavor, cf_buf *out, cf_error *err)
{
    const cf__schema *from = forward ? &d->before : &d->after;
    const cf__schema *to = forward ? &d->after : &d->before;

    if (forward)
        renames_forward(d, flavor, out);
    if (flavor == CF__SQLITE)
        cf__plan_sqlite(d, from, to, forward, out);
    else
        cf__plan_postgres(d, from, to, forward, out);
    if (!forward)
        renames_back(d, flavor, out);
    return cf_buf_ok(out, err);
}

const char *cf_difference_sql(cf_arena *arena, const cf_difference *difference, bool up,
                              const char *engine, cf_error *err)
{
    cf_buf     out = cf_buf_in(arena, CF_MIGRATION_MAX_SIZE);
    cf__flavor flavor = strcmp(engine, "sqlite") == 0 ? CF__SQLITE : CF__POSTGRESQL;

    return cf__plan(difference->inside, up, flavor, &out, err) ? cf_buf_cstr(&out) : NULL;
}

/* ---- files ---- */

/* Whether two texts have the same lines, empty ones aside. */
static bool same_lines(const char *a, const char *b)
{
    cf_str left = cf_str_of(a), right = cf_str_of(b), x, y;

    do {
        for (x.len = 0; left.len && !x.len;)
            cf_str_cut(left, '\n', &x, &left);
        for (y.len = 0; right.len && !y.len;)
            cf_str_cut(right, '\n', &y, &right);
        if (!cf_str_eq(x, y))
            return false;
    } while (x.len);
    return true;
}

/* One part, or two when the engines' SQL differs. */
static bool write_parts(cf_arena *arena, const cf_difference *difference, bool up, cf_buf *out,
                        cf_error *err)
{
    const char *word = up ? "up" : "down";
    const char *texts[2], *engines[2] = { "sqlite", "postgresql" };

    for (int i = 0; i < 2; i++) {
        texts[i] = cf_difference_sql(arena, difference, up, engines[i], err);
        if (!texts[i])
            return false;
    }
    if (same_lines(texts[0], texts[1]) && *texts[0]) {
        cf_buf_printf(out, "\n-- %s\n%s", word, texts[0]);
        return true;
    }
    for (int i = 0; i < 2; i++)
        cf_buf_printf(out, "\n-- %s %s\n%s", word, engines[i],
                      *texts[i] ? texts[i] : "SELECT 1; -- nothing differs for this engine\n");
    return true;
}

/* "-- up …" in a message would begin a part, and a line break would end the comment. */
static const char *one_line(cf_arena *arena, const char *message)
{
    char *copy = cf_strdup(arena, message);

    for (char *p = copy; *p; p++)
        if ((unsigned char)*p < ' ')
            *p = ' ';
    return copy;
}

const char *cf_migration_text(cf_arena *arena, const cf_difference *difference, const char *message,
                              const char *const *parents, cf_error *err)
{
    cf_buf out = cf_buf_in(arena, CF_MIGRATION_MAX_SIZE);
    size_t count = 0;

    cf_buf_printf(&out, "-- Migration: %s\n", one_line(arena, message));
    while (parents && parents[count]) {
        cf_buf_printf(&out, "%s%s", count ? ", " : "-- after ", parents[count]);
        count++;
    }
    if (count)
        cf_buf_putc(&out, '\n');
    if (difference && difference->count)
        cf_buf_puts(&out, "--\n");
    for (size_t i = 0; difference && i < difference->count; i++)
        cf_buf_printf(&out, "--   %c %s%s\n", difference->changes[i].sign,
                      one_line(arena, difference->changes[i].text),
                      difference->changes[i].destructive ? "  (DESTRUCTIVE: read it twice)" : "");
    if (!difference && count < 2)
        cf_buf_puts(&out, "\n-- up\n-- The SQL goes here; \"-- up sqlite\" and \"-- up "
                          "postgresql\" begin parts for one engine.\n\n-- down\n-- And what takes "
                          "it back; without this part it cannot be undone.\n");
    if (difference && (!write_parts(arena, difference, true, &out, err) ||
                       !write_parts(arena, difference, false, &out, err)))
        return NULL;
    return cf_buf_ok(&out, err) ? cf_buf_cstr(&out) : NULL;
}
