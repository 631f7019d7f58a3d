/* text_table.c -- tables that fit a terminal.
 *
 * Columns get what they need. Where that is too much, the widest are cut back step by step, down to
 * a least width; where that is not enough, columns are left out from the right and named below. */
#include "cli/text.h"

#define LEAST    8
#define GAP      2
#define ELLIPSIS "…"

text_table *cf__table_new(cf_arena *arena, size_t columns, const char *const *titles)
{
    text_table *table = cf_new(arena, text_table);

    table->arena = arena;
    table->columns = columns;
    table->titles = cf_new_array(arena, const char *, columns + 1);
    for (size_t i = 0; i < columns; i++)
        table->titles[i] = cf_str_dup(arena, cf__text_line(arena, cf_str_of(titles[i])));
    return table;
}

text_cell *cf__table_row(text_table *table)
{
    size_t     size = sizeof(text_cell) * table->columns;
    text_cell *row;

    if (table->rows == table->cap) {
        size_t cap = table->cap ? table->cap * 2 : 16;

        table->cells = cf_grow(table->arena, table->cells, table->cap * size, cap * size);
        table->cap = cap;
    }
    row = table->cells + table->rows++ * table->columns;
    memset(row, 0, size);
    return row;
}

static const text_cell *cell_at(const text_table *table, size_t row, size_t column)
{
    return &table->cells[row * table->columns + column];
}

static void measure(const text_table *table, int *widths)
{
    for (size_t c = 0; c < table->columns; c++) {
        widths[c] = cf__text_width(cf_str_of(table->titles[c]));
        for (size_t r = 0; r < table->rows; r++) {
            int width = cf__text_width(cell_at(table, r, c)->text);

            widths[c] = width > widths[c] ? width : widths[c];
        }
    }
}

static int total(const int *widths, size_t count)
{
    int sum = 0;

    for (size_t i = 0; i < count; i++)
        sum += widths[i] + (i ? GAP : 0);
    return sum;
}

static bool is_empty(const text_table *table, size_t column)
{
    for (size_t r = 0; r < table->rows; r++)
        if (!cell_at(table, r, column)->none)
            return false;
    return table->rows > 0;
}

/* The table without columns that hold nothing, and those columns' names. */
static const text_table *without_empty(const text_table *table, const char ***left_out,
                                       size_t *count)
{
    text_table *slim = cf_new(table->arena, text_table);
    size_t     *kept = cf_new_array(table->arena, size_t, table->columns + 1), columns = 0;

    *left_out = cf_new_array(table->arena, const char *, table->columns + 1);
    *count = 0;
    for (size_t c = 0; c < table->columns; c++)
        if (is_empty(table, c))
            (*left_out)[(*count)++] = table->titles[c];
        else
            kept[columns++] = c;
    *slim = (text_table){ .arena = table->arena, .columns = columns };
    slim->titles = cf_new_array(table->arena, const char *, columns + 1);
    for (size_t c = 0; c < columns; c++)
        slim->titles[c] = table->titles[kept[c]];
    for (size_t r = 0; columns && r < table->rows; r++) {
        text_cell *row = cf__table_row(slim);

        for (size_t c = 0; c < columns; c++)
            row[c] = *cell_at(table, r, kept[c]);
    }
    return slim;
}

/* Cuts the widest columns back to the width that lets all fit. Returns how many columns do. */
static size_t fit(int *widths, size_t count, int width)
{
    int least = 0;

    while (count > 1) {
        least = 0;
        for (size_t i = 0; i < count; i++)
            least += (widths[i] < LEAST ? widths[i] : LEAST) + (i ? GAP : 0);
        if (least <= width)
            break;
        count--;
    }
    while (total(widths, count) > width) {
        int widest = 0, second = 0, many = 0, over = total(widths, count) - width, cut;

        for (size_t i = 0; i < count; i++) {
            if (widths[i] > widest) {
                second = widest;
                widest = widths[i];
                many = 1;
            } else if (widths[i] == widest) {
                many++;
            } else if (widths[i] > second) {
                second = widths[i];
            }
        }
        if (widest <= 1)
            break;
        cut = (over + many - 1) / many;
        cut = cut < widest - second ? cut : widest - second;
        cut = cut > 0 ? cut : 1;
        for (size_t i = 0; i < count && over > 0; i++)
            if (widths[i] == widest) {
                int by = cut < over ? cut : over;

                widths[i] -= by;
                over -= by;
            }
    }
    return count;
}

static void spaces(cf_buf *out, int count)
{
    for (; count > 0; count--)
        cf_buf_putc(out, ' ');
}

static void write_cell(cf_buf *out, const term *t, const text_cell *cell, int width, bool last)
{
    int    taken;
    cf_str shown = cf__text_fit(cell->text, width, &taken);
    bool   cut = shown.len < cell->text.len;

    if (cut)
        shown = cf__text_fit(cell->text, width - 1, &taken);
    if (cell->right)
        spaces(out, width - taken - cut);
    cf__tinted(out, t, cell->tint, "%.*s%s", CF_STR_ARG(shown), cut ? ELLIPSIS : "");
    if (!cell->right && !last)
        spaces(out, width - taken - cut);
}

static bool is_right(const text_table *table, size_t column)
{
    for (size_t r = 0; r < table->rows; r++)
        if (cell_at(table, r, column)->right)
            return true;
    return false;
}

static void write_head(const text_table *table, const term *t, const int *widths, size_t count,
                       cf_buf *out)
{
    for (size_t c = 0; c < count; c++) {
        text_cell title = { cf_str_of(table->titles[c]), TINT_BOLD, is_right(table, c) };

        spaces(out, c ? GAP : 0);
        write_cell(out, t, &title, widths[c], c + 1 == count);
    }
    cf_buf_putc(out, '\n');
    for (size_t c = 0; c < count; c++) {
        cf_buf line = cf_buf_in(table->arena, 0);

        for (int i = 0; i < widths[c]; i++)
            cf_buf_puts(&line, "─");
        spaces(out, c ? GAP : 0);
        cf__tinted(out, t, TINT_DIM, "%s", cf_buf_cstr(&line));
    }
    cf_buf_putc(out, '\n');
}

static void end_line(cf_buf *out)
{
    while (out->len && out->ptr[out->len - 1] == ' ')
        out->len--;
    cf_buf_putc(out, '\n');
}

static void write_names(const term *t, const char *what, const char *const *names, size_t count,
                        cf_buf *out)
{
    cf_str rest;
    cf_buf line = { 0 };

    if (!count)
        return;
    cf_buf_printf(&line, "%s", what);
    for (size_t i = 0; i < count; i++)
        cf_buf_printf(&line, "%s %s", i ? "," : "", names[i]);
    rest = cf_buf_view(&line);
    cf__tinted(out, t, TINT_DIM, "%.*s\n", CF_STR_ARG(rest));
    cf_buf_free(&line);
}

void cf__table_write(const text_table *table, const term *t, cf_buf *out)
{
    int         *widths = cf_new_array(table->arena, int, table->columns + 1);
    size_t       shown, nempty = 0;
    const char **empty = NULL;

    measure(table, widths);
    if (t->width > 0 && total(widths, table->columns) > t->width) {
        table = without_empty(table, &empty, &nempty);
        measure(table, widths);
    }
    shown = t->width > 0 ? fit(widths, table->columns, t->width) : table->columns;
    write_head(table, t, widths, shown, out);
    for (size_t r = 0; r < table->rows; r++) {
        for (size_t c = 0; c < shown; c++) {
            spaces(out, c ? GAP : 0);
            write_cell(out, t, cell_at(table, r, c), widths[c], c + 1 == shown);
        }
        end_line(out);
    }
    write_names(t, "all empty:", empty, nempty, out);
    write_names(t, "not shown for want of room:", table->titles + shown, table->columns - shown,
                out);
}
