/* fuzz_posted.c -- posted texts in every kind of field: read, checked, shown again. What is shown
 * never breaks out of its tag. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "form/form_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define EVERY_CHECK                                                                                \
    .validators = CF_VALIDATORS(CF_LENGTH(1, 40), CF_VALID_EMAIL(), CF_VALID_URL(),                \
                                CF_IP_ADDRESS(.ipv6 = true), CF_MAC_ADDRESS(), CF_UUID(),          \
                                CF_REGEXP("^(a+)+$"), CF_NUMBER_RANGE(0, 10))

static CF_FORM(Everything, CF_STRING("a", EVERY_CHECK), CF_TEXTAREA("b"), CF_PASSWORD("c"),
               CF_INTEGER("d", EVERY_CHECK), CF_FLOAT("e", EVERY_CHECK), CF_DECIMAL("f"),
               CF_BOOLEAN("g"), CF_DATE("h"), CF_DATETIME("i"), CF_DATETIME_LOCAL("j"),
               CF_TIME("k"), CF_MONTH("l"), CF_WEEK("m"),
               CF_DATE("n", .format = "%d %B %Y|%-m/%-d/%y %I:%M %p"),
               CF_SELECT("o", .coerce = CF_COERCE_INT, .choices = CF_CHOICES({ "1", "One", NULL })),
               CF_SELECT_MULTIPLE("p", .choices = CF_CHOICES({ "x", "X", "G" })),
               CF_RADIO("q", .choices = CF_CHOICES({ "x", "X", NULL })), CF_HIDDEN("r"));

/* The tag holds as many quotes as its attributes need, and no '<' of the visitor's. */
static void check_html(cf_str html)
{
    size_t opened = 0;

    for (size_t i = 0; i + 1 < html.len; i++)
        if (html.ptr[i] == '<' && html.ptr[i + 1] != '/')
            opened++;
    if (opened > 8)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cf_arena *arena = cf_arena_new();
    cf_map   *posted = cf_map_new(arena);
    cf_str    rest = cf_str_n((const char *)data, size), text;
    cf_form  *form;

    for (const cf_form_field *f = Everything.fields; f->name; f++) {
        cf_list *list = cf_list_new(arena);

        cf_str_cut(rest, '\n', &text, &rest);
        if (!rest.len)
            rest = cf_str_n((const char *)data, size);
        cf_list_add(list, cf_string_of(text));
        cf_map_set(posted, f->name, cf_from_list(list));
    }
    form = cf_form_bind(arena, &Everything, cf_none(), posted);
    cf_form_validate(form);
    for (size_t i = 0; i < form->count; i++) {
        cf_buf out = cf_buf_in(arena, 0);

        cf__input_html(&form->inputs[i], NULL, 0, &out);
        check_html(cf_buf_view(&out));
    }
    cf_arena_free(arena);
    return 0;
}
