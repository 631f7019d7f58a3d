/* random_rows.c -- rows for models made up at run time, and what of them a change must keep. */
#include "random_models.h"

static void write_value(world *w, cf_buf *out, const field *f, int row, cf__flavor flavor)
{
    if (f->parent >= 0) {
        if (f->required)
            cf_buf_i64(out, row);
        else
            cf_buf_puts(out, row == 2 ? "NULL" : "1");
        return;
    }
    if (!f->required && row == 2) {
        cf_buf_puts(out, "NULL");
        return;
    }
    switch (f->kind) {
    case CF_KIND_BOOL:
        cf_buf_puts(out, row == 1 ? "TRUE" : "FALSE");
        break;
    case CF_KIND_INT32:
    case CF_KIND_INT64:
        cf_buf_i64(out, 1000 + row * 7);
        break;
    case CF_KIND_DOUBLE:
        cf_buf_printf(out, "%d.5", row);
        break;
    case CF_KIND_DECIMAL:
        cf_buf_printf(out, "%d.25", row);
        break;
    case CF_KIND_TEXT:
        if (f->words)
            cf_buf_printf(out, "'%s'", row == 1 ? "draft" : "published");
        else
            cf_buf_printf(out, "'row %d; it''s'", row);
        break;
    case CF_KIND_BYTES:
        cf_buf_puts(out, flavor == CF__SQLITE ? "x'616263'" : "'\\x616263'");
        break;
    case CF_KIND_TIME:
        cf_buf_printf(out, "'2024-02-0%d 03:04:05.000000'", row);
        break;
    case CF_KIND_DATE:
        cf_buf_printf(out, "'2024-02-0%d'", row);
        break;
    case CF_KIND_CLOCK:
        cf_buf_printf(out, "'03:04:0%d'", row);
        break;
    case CF_KIND_UUID:
        cf_buf_printf(out, "'00000000-0000-4000-8000-00000000000%d'", row);
        break;
    default:
        cf_buf_printf(out, "'{\"a\": %d}'", row);
    }
    (void)w;
}

const char *random_rows(world *w, cf__flavor flavor)
{
    cf_buf out = cf_buf_in(w->arena, 0);

    /* Rows that reference rows of their own number come after those: one row of each table at a
     * time would not do, since references may form circles; the test looks at them at the end. */
    for (int row = 1; row <= 3; row++)
        for (size_t i = 0; i < w->count; i++) {
            const table *t = &w->tables[i];

            cf_buf_puts(&out, "INSERT INTO ");
            cf__quote(&out, t->name);
            cf_buf_puts(&out, " (id");
            for (size_t j = 0; j < t->count; j++) {
                cf_buf_puts(&out, ", ");
                cf__quote(&out, t->fields[j].name);
            }
            cf_buf_printf(&out, ") VALUES (%d", row);
            for (size_t j = 0; j < t->count; j++) {
                cf_buf_puts(&out, ", ");
                write_value(w, &out, &t->fields[j], row, flavor);
            }
            cf_buf_puts(&out, ");\n");
        }
    return cf_buf_cstr(&out);
}

const char **random_kept(world *before, const world *after)
{
    const char **out = cf_new_array(before->arena, const char *, MAX_TABLES + 1);
    size_t       count = 0;

    for (size_t i = 0; i < before->count; i++) {
        const table *t = &before->tables[i], *now = NULL;
        cf_buf       sql = cf_buf_in(before->arena, 0);

        for (size_t k = 0; k < after->count; k++)
            if (after->tables[k].id == t->id)
                now = &after->tables[k];
        if (!now)
            continue;
        cf_buf_puts(&sql, "SELECT id");
        for (size_t j = 0; j < t->count; j++) {
            const field *f = random_field(now, t->fields[j].id);

            if (!f || f->changed || f->required != t->fields[j].required)
                continue;
            cf_buf_puts(&sql, ", ");
            cf__quote(&sql, t->fields[j].name);
        }
        cf_buf_puts(&sql, " FROM ");
        cf__quote(&sql, t->name);
        cf_buf_puts(&sql, " ORDER BY id");
        out[count++] = cf_buf_cstr(&sql);
    }
    return out;
}
