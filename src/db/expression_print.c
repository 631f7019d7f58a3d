/* expression_print.c -- the text of a tree. */
#include "db/expression.h"

static void print(cf_buf *out, const cf__expr *term);

/* Past the limit nothing more is tried: terms stand in several places of a tree. */
static void print_operand(cf_buf *out, const cf__expr *term)
{
    bool brackets = term->kind >= CF__EXPR_MINUS;

    if (brackets)
        cf_buf_putc(out, '(');
    print(out, term);
    if (brackets)
        cf_buf_putc(out, ')');
}

static void print_list(cf_buf *out, const cf__expr *term, size_t from)
{
    for (size_t i = from; i < term->nkids; i++) {
        if (i > from)
            cf_buf_puts(out, ", ");
        print(out, term->kids[i]);
    }
}

static void print_case(cf_buf *out, const cf__expr *term)
{
    const cf__expr *operand = term->kids[0], *other = term->kids[term->nkids - 1];

    cf_buf_puts(out, "CASE");
    if (operand) {
        cf_buf_putc(out, ' ');
        print_operand(out, operand);
    }
    for (size_t i = 1; i + 2 < term->nkids; i += 2) {
        cf_buf_puts(out, " WHEN ");
        print_operand(out, term->kids[i]);
        cf_buf_puts(out, " THEN ");
        print_operand(out, term->kids[i + 1]);
    }
    if (other) {
        cf_buf_puts(out, " ELSE ");
        print_operand(out, other);
    }
    cf_buf_puts(out, " END");
}

/* Operands with a word between. */
static void print_joined(cf_buf *out, const cf__expr *term)
{
    for (size_t i = 0; i < term->nkids; i++) {
        if (i)
            cf_buf_printf(out, " %s ",
                          term->kind == CF__EXPR_BINARY && i == 2 ? "ESCAPE" : term->text);
        print_operand(out, term->kids[i]);
    }
}

static void print(cf_buf *out, const cf__expr *term)
{
    if (!cf_buf_ok(out, NULL))
        return;
    switch (term->kind) {
    case CF__EXPR_NAME:
    case CF__EXPR_NUMBER:
    case CF__EXPR_STRING:
    case CF__EXPR_WORD:
        cf_buf_puts(out, term->text);
        return;
    case CF__EXPR_CALL:
        cf_buf_printf(out, "%s(", term->text);
        print_list(out, term, 0);
        cf_buf_putc(out, ')');
        return;
    case CF__EXPR_CAST:
        cf_buf_puts(out, "CAST(");
        print(out, term->kids[0]);
        cf_buf_printf(out, " AS %s)", term->text);
        return;
    case CF__EXPR_EXTRACT:
        cf_buf_printf(out, "extract(%s FROM ", term->text);
        print(out, term->kids[0]);
        cf_buf_putc(out, ')');
        return;
    case CF__EXPR_ARRAY:
        cf_buf_puts(out, "ARRAY[");
        print_list(out, term, 0);
        cf_buf_putc(out, ']');
        return;
    case CF__EXPR_ROW:
        cf_buf_putc(out, '(');
        print_list(out, term, 0);
        cf_buf_putc(out, ')');
        return;
    case CF__EXPR_CASE:
        print_case(out, term);
        return;
    case CF__EXPR_MINUS:
        cf_buf_putc(out, '-');
        print_operand(out, term->kids[0]);
        return;
    case CF__EXPR_NOT:
        cf_buf_puts(out, "NOT ");
        print_operand(out, term->kids[0]);
        return;
    case CF__EXPR_ANY:
    case CF__EXPR_IN:
        print_operand(out, term->kids[0]);
        cf_buf_printf(out, " %s (", term->text);
        print_list(out, term, 1);
        cf_buf_putc(out, ')');
        return;
    case CF__EXPR_BINARY:
    case CF__EXPR_AND:
    case CF__EXPR_OR:
        print_joined(out, term);
        return;
    }
}

bool cf__expr_print(cf_buf *out, const cf__expr *term)
{
    print(out, term);
    return cf_buf_ok(out, NULL);
}
