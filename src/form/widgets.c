/* widgets.c -- the HTML of fields, attribute for attribute as WTForms writes it. */
#include <stdlib.h>
#include <string.h>

#include "form/form_internal.h"

static void attribute_name(cf_str name, cf_buf *out)
{
    bool dashes = cf_str_starts(name, CF_STR("data_")) || cf_str_starts(name, CF_STR("aria_"));

    if (name.len > 1 && name.ptr[name.len - 1] == '_')
        name.len--;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];

        /* An attribute's name comes from a template; nothing in it may end the tag. */
        if (c == ' ' || c == '"' || c == '\'' || c == '>' || c == '/' || c == '=' || c == '\0')
            continue;
        cf_buf_putc(out, dashes && c == '_' ? '-' : c);
    }
}

static int by_key(const void *a, const void *b)
{
    return cf_str_cmp(cf_text(((const cf_entry *)a)->key), cf_text(((const cf_entry *)b)->key));
}

static void attribute_value(cf_value value, cf_buf *out)
{
    cf_buf text = { 0 };

    cf_to_text(NULL, value, &text);
    if (value.type == CF_TYPE_STRING && value.safe)
        cf_buf_str(out, cf_buf_view(&text));
    else
        cf_buf_html(out, cf_buf_view(&text));
    cf_buf_free(&text);
}

void cf__html_attributes(const cf_map *attrs, cf_buf *out)
{
    cf_entry *sorted = cf_memdup(attrs->arena, attrs->entries, attrs->len * sizeof *sorted);

    /* Sorted by the names as they show: "class_" is "class". */
    for (size_t i = 0; i < attrs->len; i++) {
        cf_buf name = cf_buf_in(attrs->arena, 0);
        attribute_name(cf_text(sorted[i].key), &name);
        sorted[i].key = cf_string_of(cf_buf_view(&name));
    }
    if (attrs->len)
        qsort(sorted, attrs->len, sizeof *sorted, by_key);
    for (size_t i = 0; i < attrs->len; i++) {
        cf_value value = sorted[i].value;

        if (cf_is_missing(value) || (value.type == CF_TYPE_BOOL && !value.as.boolean))
            continue;
        cf_buf_putc(out, ' ');
        cf_buf_str(out, cf_text(sorted[i].key));
        if (value.type == CF_TYPE_BOOL)
            continue;
        cf_buf_puts(out, "=\"");
        attribute_value(value, out);
        cf_buf_putc(out, '"');
    }
}

/* Sets an attribute that the caller has not given. */
static void imply(cf_map *attrs, const char *name, cf_value value)
{
    if (!cf_map_find(attrs, cf_string(name)))
        cf_map_set(attrs, name, value);
}

static void imply_flags(cf_input *input, cf_map *attrs)
{
    cf_str rest = cf_str_of(input->declared->type->attributes), name;

    while (rest.len) {
        cf_str_cut(rest, ' ', &name, &rest);
        cf_value *flag = cf_map_find(input->flags, cf_string_of(name));
        if (flag && !cf_map_find(attrs, cf_string_of(name)))
            cf_map_put(attrs, cf_string_of(name), *flag);
    }
}

bool cf__input_html(cf_input *input, const cf_kwarg *kwargs, size_t nkwargs, cf_buf *out)
{
    cf_map *attrs = cf_map_new(cf_form_arena(input->form));

    for (size_t i = 0; i < nkwargs; i++)
        cf_map_put(attrs, cf_string_of(kwargs[i].name), kwargs[i].value);
    if (!cf_map_find(attrs, cf_string("class")) && cf_map_find(attrs, cf_string("class_"))) {
        cf_map_set(attrs, "class", cf_map_get(attrs, "class_"));
        cf_map_remove(attrs, cf_string("class_"));
    }
    imply(attrs, "id", cf_string(input->id));
    imply_flags(input, attrs);
    return input->declared->type->render(input, attrs, out);
}

bool cf__render_input(cf_input *input, cf_map *attrs, cf_buf *out)
{
    const cf_input_type *type = input->declared->type;

    imply(attrs, "name", cf_string(input->name));
    imply(attrs, "type", cf_string(type->html_type));
    if (type->step)
        imply(attrs, "step", cf_string(type->step));
    imply(attrs, "value", cf_string_of(type->shown(input)));
    cf_buf_puts(out, "<input");
    cf__html_attributes(attrs, out);
    cf_buf_putc(out, '>');
    return true;
}

bool cf__render_textarea(cf_input *input, cf_map *attrs, cf_buf *out)
{
    imply(attrs, "name", cf_string(input->name));
    cf_buf_puts(out, "<textarea");
    cf__html_attributes(attrs, out);
    /* The first line break after the tag is the browser's to drop, not the text's. */
    cf_buf_puts(out, ">\r\n");
    cf_buf_html(out, input->declared->type->shown(input));
    cf_buf_puts(out, "</textarea>");
    return true;
}

bool cf__render_checkbox(cf_input *input, cf_map *attrs, cf_buf *out)
{
    bool     posted = input->raw && input->raw->len;
    cf_value value = posted ? input->raw->items[0] : cf_string("y");

    imply(attrs, "checked", cf_bool(cf_truth(input->data)));
    imply(attrs, "name", cf_string(input->name));
    imply(attrs, "type", cf_string("checkbox"));
    imply(attrs, "value", value);
    cf_buf_puts(out, "<input");
    cf__html_attributes(attrs, out);
    cf_buf_putc(out, '>');
    return true;
}

static void open_group(const char *group, const char **current, cf_buf *out)
{
    bool same = (!group && !*current) || (group && *current && strcmp(group, *current) == 0);

    if (same)
        return;
    if (*current)
        cf_buf_puts(out, "</optgroup>");
    *current = group;
    if (group) {
        cf_buf_puts(out, "<optgroup label=\"");
        cf_buf_html(out, cf_str_of(group));
        cf_buf_puts(out, "\">");
    }
}

bool cf__render_select(cf_input *input, cf_map *attrs, cf_buf *out)
{
    const char *group = NULL;

    if (strstr(input->declared->type->name, "Multiple"))
        imply(attrs, "multiple", cf_bool(true));
    imply(attrs, "name", cf_string(input->name));
    cf_buf_puts(out, "<select");
    cf__html_attributes(attrs, out);
    cf_buf_putc(out, '>');
    for (size_t i = 0; i < input->choices->len; i++) {
        cf__choice *choice = cf__choice_at(input, i);
        cf_map     *option = choice->attrs ? cf_map_copy(input->choices->arena, choice->attrs)
                                           : cf_map_new(input->choices->arena);

        open_group(choice->group, &group, out);
        cf_map_set(option, "value", cf_string(choice->text));
        cf_map_set(option, "selected", cf_bool(cf__choice_selected(input, choice)));
        cf_buf_puts(out, "<option");
        cf__html_attributes(option, out);
        cf_buf_putc(out, '>');
        cf_buf_html(out, cf_str_of(choice->label));
        cf_buf_puts(out, "</option>");
    }
    open_group(NULL, &group, out);
    cf_buf_puts(out, "</select>");
    return true;
}

static void radio_button(cf_input *input, size_t i, cf_buf *out)
{
    cf_arena   *arena = cf_form_arena(input->form);
    cf__choice *choice = cf__choice_at(input, i);
    cf_map     *attrs = cf_map_new(arena);
    char       *id = cf_printf(arena, "%s-%zu", input->id, i);

    cf_map_set(attrs, "checked", cf_bool(cf__choice_selected(input, choice)));
    cf_map_set(attrs, "id", cf_string(id));
    cf_map_set(attrs, "name", cf_string(input->name));
    cf_map_set(attrs, "type", cf_string("radio"));
    cf_map_set(attrs, "value", cf_string(choice->text));
    imply_flags(input, attrs);
    cf_buf_puts(out, "<li><input");
    cf__html_attributes(attrs, out);
    cf_buf_puts(out, "> <label for=\"");
    cf_buf_html(out, cf_str_of(id));
    cf_buf_puts(out, "\">");
    cf_buf_html(out, cf_str_of(choice->label));
    cf_buf_puts(out, "</label></li>");
}

bool cf__render_radios(cf_input *input, cf_map *attrs, cf_buf *out)
{
    /* Required and disabled belong to the buttons, not to their list. */
    cf_map_remove(attrs, cf_string("required"));
    cf_map_remove(attrs, cf_string("disabled"));
    cf_buf_puts(out, "<ul");
    cf__html_attributes(attrs, out);
    cf_buf_putc(out, '>');
    for (size_t i = 0; i < input->choices->len; i++)
        radio_button(input, i, out);
    cf_buf_puts(out, "</ul>");
    return true;
}

bool cf__render_file(cf_input *input, cf_map *attrs, cf_buf *out)
{
    if (strcmp(input->declared->type->name, "MultipleFileField") == 0)
        imply(attrs, "multiple", cf_bool(true));
    imply(attrs, "name", cf_string(input->name));
    imply(attrs, "type", cf_string("file"));
    cf_buf_puts(out, "<input");
    cf__html_attributes(attrs, out);
    cf_buf_putc(out, '>');
    return true;
}

bool cf__render_submit(cf_input *input, cf_map *attrs, cf_buf *out)
{
    imply(attrs, "name", cf_string(input->name));
    imply(attrs, "type", cf_string("submit"));
    imply(attrs, "value", cf_string(input->label));
    cf_buf_puts(out, "<input");
    cf__html_attributes(attrs, out);
    cf_buf_putc(out, '>');
    return true;
}
