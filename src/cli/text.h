/* text.h -- text for terminals: widths, colours, tables. */
#ifndef CF_CLI_TEXT_H
#define CF_CLI_TEXT_H

#include <carafe/buf.h>
#include <carafe/value.h>

/* What an output can do. */
typedef struct term {
    bool tty;
    bool colour;
    int  width, height; /* Of a terminal; 0 when the output is none. */
} term;

/* Looks at standard output: a terminal, its size, NO_COLOR, TERM. */
term cf__term(void);

typedef enum tint {
    TINT_NONE,
    TINT_BOLD,
    TINT_DIM,
    TINT_RED,
    TINT_GREEN,
    TINT_YELLOW,
    TINT_BLUE,
    TINT_MAGENTA,
    TINT_CYAN,
} tint;

/* Appends a text in a colour, where there are colours. */
void cf__tinted(cf_buf *out, const term *t, tint colour, const char *format, ...) CF_PRINTF(4, 5);

/* Columns that a text takes up on a terminal. */
int cf__text_width(cf_str text);
/* The longest beginning of a text that fits, and the columns it takes. */
cf_str cf__text_fit(cf_str text, int width, int *taken);
/* A copy fit for one line: line ends, tabs and control characters are shown as such. */
cf_str cf__text_line(cf_arena *arena, cf_str text);

/* A table of texts. */
typedef struct text_cell {
    cf_str text;
    tint   tint;
    bool   right; /* Numbers. */
    bool   none;  /* Holds nothing: a column of such is left out first. */
} text_cell;

typedef struct text_table {
    cf_arena    *arena;
    size_t       columns, rows, cap;
    const char **titles;
    text_cell   *cells; /* Row by row. */
} text_table;

text_table *cf__table_new(cf_arena *arena, size_t columns, const char *const *titles);
/* A row to be filled in: `columns` cells. */
text_cell *cf__table_row(text_table *table);
/* Appends it, fitted to the terminal: wide columns are cut, then columns are left out and named. */
void cf__table_write(const text_table *table, const term *t, cf_buf *out);

#endif
