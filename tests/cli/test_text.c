/* test_text.c -- text on terminals: widths, cutting, tables that fit whatever the width. */
#include <criterion/criterion.h>

#include "cli/text.h"

Test(text, width_counts_columns_and_not_bytes)
{
    static const struct {
        const char *text;
        int         width;
    } cases[] = { { "", 0 },
                  { "abc", 3 },
                  { "héllo", 5 },
                  { "日本語", 6 },
                  { "e\xCC\x81", 1 },
                  { "→…─", 3 },
                  { "a\x01"
                    "b",
                    2 },
                  { "😀", 2 } };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        cr_expect_eq(cf__text_width(cf_str_of(cases[i].text)), cases[i].width, "%s: %d",
                     cases[i].text, cf__text_width(cf_str_of(cases[i].text)));
}

Test(text, what_fits_ends_between_characters)
{
    int    taken;
    cf_str text = CF_STR("a日本");

    cr_expect(cf_str_is(cf__text_fit(text, 0, &taken), ""));
    cr_expect(cf_str_is(cf__text_fit(text, 2, &taken), "a"));
    cr_expect_eq(taken, 1);
    cr_expect(cf_str_is(cf__text_fit(text, 3, &taken), "a日"));
    cr_expect_eq(taken, 3);
    cr_expect(cf_str_is(cf__text_fit(text, 9, &taken), "a日本"));
    cr_expect_eq(taken, 5);
}

Test(text, a_line_holds_nothing_that_moves_the_cursor)
{
    cf_arena *arena = cf_arena_new();

    cr_expect(cf_str_is(cf__text_line(arena, CF_STR("plain")), "plain"));
    cr_expect(cf_str_is(cf__text_line(arena, CF_STR("a\nb\r\nc\td")), "a⏎b⏎c d"));
    cr_expect(cf_str_is(cf__text_line(arena, CF_STR("\033[31mred\x7f")), "�[31mred�"));
    cr_expect(cf_str_is(cf__text_line(arena, CF_STR("a\xE2\x80\xAE"
                                                    "b")),
                        "a�b"),
              "a bidi override");
    cr_expect(cf_str_is(cf__text_line(arena, CF_STR("\xC2\x9B"
                                                    "31m")),
                        "�31m"),
              "a C1 control");
    cr_expect(cf_str_is(cf__text_line(arena, CF_STR("bad \xFF byte")), "bad � byte"));
    cf_arena_free(arena);
}

static text_table *sample(cf_arena *arena)
{
    static const char *const titles[] = { "id", "a longer title", "name", "empty", "text" };
    text_table              *table = cf__table_new(arena, 5, titles);

    for (int i = 0; i < 4; i++) {
        text_cell *row = cf__table_row(table);

        row[0] = (text_cell){ cf_str_of(cf_printf(arena, "%d", i * 100)), TINT_NONE, true, false };
        row[1] = (text_cell){ CF_STR("short"), TINT_NONE, false, false };
        row[2] = (text_cell){ CF_STR("日本語日本語日本語"), TINT_NONE, false, false };
        row[3] = (text_cell){ CF_STR("None"), TINT_DIM, false, true };
        row[4] = (text_cell){ CF_STR("a text that goes on for some time, and then some more of it"),
                              TINT_NONE, false, false };
    }
    return table;
}

Test(table, fits_every_width)
{
    cf_arena *arena = cf_arena_new();

    for (int width = 4; width < 150; width++) {
        term   t = { .width = width };
        cf_buf out = cf_buf_in(arena, 0);
        cf_str text, line;

        cf__table_write(sample(arena), &t, &out);
        for (text = cf_buf_view(&out); text.len;) {
            cf_str_cut(text, '\n', &line, &text);
            cr_expect(cf__text_width(line) <= width || cf_str_starts(line, CF_STR("not shown")) ||
                          cf_str_starts(line, CF_STR("all empty")),
                      "%d columns: %.*s", width, CF_STR_ARG(line));
            cr_expect(!line.len || line.ptr[line.len - 1] != ' ', "a blank at the end");
        }
    }
    cf_arena_free(arena);
}

Test(table, is_whole_where_there_is_no_terminal)
{
    cf_arena *arena = cf_arena_new();
    term      t = { 0 };
    cf_buf    out = cf_buf_in(arena, 0);
    cf_str    text;

    cf__table_write(sample(arena), &t, &out);
    text = cf_buf_view(&out);
    cr_expect(cf_str_find(text, CF_STR("and then some more of it\n")) != CF_NPOS);
    cr_expect(cf_str_find(text, CF_STR("300  short           日本語日本語日本語  None   a text")) !=
                  CF_NPOS,
              "%s", cf_buf_cstr(&out));
    cr_expect(cf_str_find(text, CF_STR("…")) == CF_NPOS);
    cf_arena_free(arena);
}

Test(table, leaves_out_empty_columns_first_and_names_what_it_leaves_out)
{
    cf_arena *arena = cf_arena_new();
    term      t = { .width = 60 };
    cf_buf    out = cf_buf_in(arena, 0), narrow = cf_buf_in(arena, 0);

    cf__table_write(sample(arena), &t, &out);
    cr_expect(strstr(cf_buf_cstr(&out), "all empty: empty\n"));
    cr_expect(!strstr(cf_buf_cstr(&out), "not shown"));
    t.width = 24;
    cf__table_write(sample(arena), &t, &narrow);
    cr_expect(strstr(cf_buf_cstr(&narrow), "not shown for want of room: text\n"), "%s",
              cf_buf_cstr(&narrow));
    cf_arena_free(arena);
}
