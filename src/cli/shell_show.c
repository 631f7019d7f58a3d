/* shell_show.c -- values as the prompt prints them: rows as tables, queries as SQL. */
#include "cli/shell.h"

#include "cli/models.h"

/* ---- cells ---- */

static bool text_of(cf_eval *eval, cf_value v, cf_str *out)
{
    cf_buf text = cf_buf_in(eval->arena, 0);
    bool   plain = v.type == CF_TYPE_STRING && !v.bytes;

    if (!(plain || (v.type == CF_TYPE_OBJECT && !cf_row_model(v.as.object))
              ? cf_to_text(eval, v, &text)
              : cf_to_repr(eval, v, &text)))
        return false;
    *out = cf_buf_view(&text);
    return true;
}

/* A terminal shows no more of a text than this, however wide it is. */
#define MOST_CELL 400

/* Columns whose values no screen shows; the attribute itself can be read. */
static bool is_secret(const char *column)
{
    return strcmp(column, "password") == 0 || strcmp(column, "password_hash") == 0;
}

static bool fill_cell(cf_eval *eval, const char *column, cf_value v, text_cell *cell)
{
    cf_str text;
    int    taken;

    if (!cf_is_missing(v) && is_secret(column))
        v = cf_string("•••");
    if (!text_of(eval, v, &text))
        return false;
    cell->text = cf__text_line(eval->arena, text);
    if (cf__shell->term.tty && cell->text.len > MOST_CELL) {
        text = cf__text_fit(cell->text, MOST_CELL, &taken);
        if (text.len < cell->text.len)
            cell->text = cf_str_of(cf_printf(eval->arena, "%.*s…", CF_STR_ARG(text)));
    }
    cell->right = v.type == CF_TYPE_INT || v.type == CF_TYPE_FLOAT || cf_value_decimal(v, NULL);
    cell->none = v.type == CF_TYPE_NONE;
    cell->tint = cell->none ? TINT_DIM : TINT_NONE;
    return true;
}

/* The names of a model's columns, in order. */
static size_t column_names(cf_arena *arena, const cf_model *model, const char ***out)
{
    size_t count = 0;

    *out = cf_new_array(arena, const char *, model->count + 1);
    for (size_t i = 0; i < model->count; i++)
        if (model->members[i].kind == CF_MEMBER_COLUMN)
            (*out)[count++] = model->members[i].field.name;
    return count;
}

static void count_line(shell *sh, size_t count, cf_buf *out)
{
    cf__tinted(out, &sh->term, TINT_DIM, "%zu row%s\n", count, count == 1 ? "" : "s");
}

static bool show_rows(shell *sh, cf_eval *eval, const cf_list *rows, cf_buf *out)
{
    const char **names;
    size_t       count = column_names(eval->arena, cf_row_model(cf_row_at(rows, 0)), &names);
    text_table  *table = cf__table_new(eval->arena, count, names);

    for (size_t i = 0; i < rows->len; i++) {
        text_cell *cells = cf__table_row(table);

        for (size_t c = 0; c < count; c++)
            if (!fill_cell(eval, names[c], cf_row_get(cf_row_at(rows, i), cf_str_of(names[c])),
                           &cells[c]))
                return false;
    }
    cf__table_write(table, &sh->term, out);
    count_line(sh, rows->len, out);
    return true;
}

/* Maps with the same keys, such as execute() gives. */
static bool show_maps(shell *sh, cf_eval *eval, const cf_list *maps, cf_buf *out)
{
    const cf_map *first = maps->items[0].as.map;
    const char  **names = cf_new_array(eval->arena, const char *, first->len + 1);
    text_table   *table;

    for (size_t c = 0; c < first->len; c++)
        names[c] = cf_cstr(eval->arena, first->entries[c].key, "");
    table = cf__table_new(eval->arena, first->len, names);
    for (size_t i = 0; i < maps->len; i++) {
        text_cell *cells = cf__table_row(table);

        for (size_t c = 0; c < first->len; c++)
            if (!fill_cell(eval, names[c], maps->items[i].as.map->entries[c].value, &cells[c]))
                return false;
    }
    cf__table_write(table, &sh->term, out);
    count_line(sh, maps->len, out);
    return true;
}

/* One row, a line for each column. */
static bool show_row(shell *sh, cf_eval *eval, void *row, cf_buf *out)
{
    const char **names;
    size_t       count = column_names(eval->arena, cf_row_model(row), &names);
    int          width = 0, room;

    if (!cf_to_repr(eval, cf_from_object(row), out))
        return false;
    if (!cf_row_is_stored(row))
        cf__tinted(out, &sh->term, TINT_YELLOW, "  not in the database");
    cf_buf_putc(out, '\n');
    for (size_t c = 0; c < count; c++)
        width = cf__text_width(cf_str_of(names[c])) > width ? cf__text_width(cf_str_of(names[c]))
                                                            : width;
    room = sh->term.width > width + 12 ? sh->term.width - width - 4 : 10000;
    for (size_t c = 0; c < count; c++) {
        text_cell cell = { 0 };
        int       taken;
        cf_str    shown;

        if (!fill_cell(eval, names[c], cf_row_get(row, cf_str_of(names[c])), &cell))
            return false;
        cf_buf_puts(out, "  ");
        cf__tinted(out, &sh->term, TINT_CYAN, "%s", names[c]);
        for (int i = cf__text_width(cf_str_of(names[c])); i < width + 2; i++)
            cf_buf_putc(out, ' ');
        shown = cf__text_fit(cell.text, room, &taken);
        if (shown.len < cell.text.len)
            shown = cf__text_fit(cell.text, room - 1, &taken);
        cf__tinted(out, &sh->term, cell.tint, "%.*s%s", CF_STR_ARG(shown),
                   shown.len < cell.text.len ? "…" : "");
        cf_buf_putc(out, '\n');
    }
    return true;
}

/* ---- what a list is ---- */

static bool are_rows(const cf_list *list)
{
    const cf_model *model = NULL;

    for (size_t i = 0; i < list->len; i++) {
        const cf_model *m;

        if (list->items[i].type != CF_TYPE_OBJECT ||
            !(m = cf_row_model(list->items[i].as.object)) || (model && m != model))
            return false;
        model = m;
    }
    return list->len > 0;
}

static bool are_maps(const cf_list *list)
{
    const cf_map *first = NULL;

    for (size_t i = 0; i < list->len; i++) {
        const cf_map *map = list->items[i].as.map;

        if (list->items[i].type != CF_TYPE_MAP || !map->len)
            return false;
        first = first ? first : map;
        if (map->len != first->len)
            return false;
        for (size_t k = 0; k < map->len; k++)
            if (map->entries[k].key.type != CF_TYPE_STRING ||
                !cf_equal(map->entries[k].key, first->entries[k].key))
                return false;
    }
    return list->len > 0;
}

/* A list or dict on one line where it fits, else an item a line. */
static bool show_plain(shell *sh, cf_eval *eval, cf_value v, cf_buf *out)
{
    cf_buf one = cf_buf_in(eval->arena, CF_MIB(64));
    int    width = sh->term.width > 0 ? sh->term.width : 100;
    bool   list = v.type == CF_TYPE_LIST, map = v.type == CF_TYPE_MAP;
    size_t len = list ? v.as.list->len : map ? v.as.map->len : 0;
    char   open = map ? '{' : list && v.as.list->tuple ? '(' : '[';
    char   close = map ? '}' : open == '(' ? ')' : ']';

    if (!cf_to_repr(eval, v, &one) || !cf_buf_ok(&one, eval->err))
        return false;
    if (len < 2 || cf__text_width(cf_buf_view(&one)) <= width) {
        cf_buf_str(out, cf_buf_view(&one));
        cf_buf_putc(out, '\n');
        return true;
    }
    for (size_t i = 0; i < len; i++) {
        cf_buf_printf(out, "%c", i ? ' ' : open);
        if (map) {
            if (!cf_to_repr(eval, v.as.map->entries[i].key, out))
                return false;
            cf_buf_puts(out, ": ");
        }
        if (!cf_to_repr(eval, map ? v.as.map->entries[i].value : v.as.list->items[i], out))
            return false;
        cf_buf_printf(out, "%s\n", i + 1 < len ? "," : (char[]){ close, '\0' });
    }
    return true;
}

static bool show_result(shell *sh, cf_eval *eval, const cf_list *rows, int64_t affected,
                        cf_buf *out)
{
    if (are_maps(rows))
        return show_maps(sh, eval, rows, out);
    cf__tinted(out, &sh->term, TINT_DIM, rows->len || !affected ? "no rows\n" : "%lld row%s\n",
               (long long)affected, affected == 1 ? " changed" : "s changed");
    return true;
}

static bool show_query(shell *sh, cf_eval *eval, cf_query *q, cf_buf *out)
{
    const char *sql = cf_query_sql(q);

    (void)eval;
    if (!sql)
        return cf_to_text(eval, cf_from_object(q), out) && (cf_buf_putc(out, '\n'), true);
    cf_buf_printf(out, "%s\n", sql);
    cf__tinted(out, &sh->term, TINT_DIM, "a query for %s; .all(), .first() or .count() runs it\n",
               cf_query_model(q)->name);
    return true;
}

static bool show_object(shell *sh, cf_eval *eval, cf_value v, cf_buf *out)
{
    const cf_model *model = cf__shell_model_of(v);
    cf_list        *rows;
    int64_t         affected;
    cf_query       *q;

    if (cf_row_model(v.as.object))
        return show_row(sh, eval, v.as.object, out);
    if (model && sh->now.db) {
        cf__model_write(eval->arena, cf_db_database(sh->now.db), model, &sh->term, out);
        return true;
    }
    if (cf__shell_is_result(v, &rows, &affected))
        return show_result(sh, eval, rows, affected, out);
    if (cf_value_query(v, &q))
        return show_query(sh, eval, q, out);
    if (!cf_to_repr(eval, v, out))
        return false;
    cf_buf_putc(out, '\n');
    return true;
}

bool cf__shell_show(shell *sh, cf_eval *eval, cf_value v, cf_buf *out)
{
    const shell_function *f;

    switch ((cf_type)v.type) {
    case CF_TYPE_UNDEFINED:
    case CF_TYPE_NONE:
        return true;
    case CF_TYPE_FUNCTION:
        f = cf__shell_function_of(v);
        cf_buf_printf(out, "<function %s>%s%s\n", v.as.function->name, f ? "  " : "",
                      f ? f->usage : "");
        return true;
    case CF_TYPE_OBJECT:
        return show_object(sh, eval, v, out);
    case CF_TYPE_LIST:
        if (are_rows(v.as.list))
            return show_rows(sh, eval, v.as.list, out);
        if (v.as.list->len && are_maps(v.as.list))
            return show_maps(sh, eval, v.as.list, out);
        return show_plain(sh, eval, v, out);
    default:
        return show_plain(sh, eval, v, out);
    }
}
