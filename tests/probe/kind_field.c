/* kind_field.c -- probe kind "field": what a field makes of submitted texts, and its HTML. */
#include "probe.h"

#include <string.h>

#include "form/form_internal.h"

static const cf_input_type *const types[] = {
    &cf_string_input,  &cf_textarea_input,        &cf_password_input,
    &cf_hidden_input,  &cf_email_input,           &cf_url_input,
    &cf_tel_input,     &cf_search_input,          &cf_color_input,
    &cf_integer_input, &cf_integer_range_input,   &cf_float_input,
    &cf_decimal_input, &cf_decimal_range_input,   &cf_boolean_input,
    &cf_date_input,    &cf_datetime_input,        &cf_datetime_local_input,
    &cf_time_input,    &cf_month_input,           &cf_week_input,
    &cf_select_input,  &cf_select_multiple_input, &cf_radio_input,
    &cf_file_input,    &cf_multiple_file_input,   &cf_submit_input,
};

static const cf_input_type *type_of(cf_str name)
{
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (cf_str_is(name, types[i]->name))
            return types[i];
    return NULL;
}

/* {"$date": …} and the like become what the room works with. */
static cf_value decoded(cf_arena *arena, cf_value v)
{
    static const char *const tags[] = { "$datetime", "$date", "$time" };
    cf_time                  t;
    cf_value                 inner;

    if (v.type != CF_TYPE_MAP)
        return v;
    inner = cf_map_get(v.as.map, "$decimal");
    if (inner.type == CF_TYPE_STRING)
        return inner;
    for (size_t i = 0; i < 3; i++) {
        inner = cf_map_get(v.as.map, tags[i]);
        if (inner.type == CF_TYPE_STRING && i == 2)
            inner = cf_string_printf(arena, "1900-01-01T%.*s", CF_STR_ARG(cf_text(inner)));
        if (inner.type == CF_TYPE_STRING && cf_time_from_iso(cf_text(inner), &t))
            return cf_time_value(arena, t);
    }
    return v;
}

static cf_value tagged(cf_arena *arena, const char *tag, const char *text)
{
    cf_map *map = cf_map_new(arena);

    cf_map_set(map, tag, cf_string(text));
    return cf_from_map(map);
}

static cf_value encoded(cf_arena *arena, const cf_input *input)
{
    const char *type = input->declared->type->name;
    cf_time     t;

    if (strstr(type, "Decimal") && input->data.type == CF_TYPE_STRING)
        return tagged(arena, "$decimal", cf_cstr(arena, input->data, ""));
    if (!cf_value_time(input->data, &t))
        return input->data.type == CF_TYPE_UNDEFINED ? cf_none() : input->data;
    if (strstr(type, "DateTime"))
        return tagged(arena, "$datetime", cf_time_format(arena, t, "%Y-%m-%dT%H:%M:%S"));
    if (strcmp(type, "TimeField") == 0)
        return tagged(arena, "$time", cf_time_format(arena, t, "%H:%M:%S"));
    return tagged(arena, "$date", cf_time_format(arena, t, "%Y-%m-%d"));
}

static const char *formats(cf_arena *arena, cf_value list)
{
    cf_buf out = cf_buf_in(arena, 0);

    if (list.type != CF_TYPE_LIST)
        return cf_cstr(arena, list, NULL);
    for (size_t i = 0; i < list.as.list->len; i++) {
        cf_buf_puts(&out, i ? "|" : "");
        cf_buf_str(&out, cf_text(list.as.list->items[i]));
    }
    return out.len ? cf_buf_cstr(&out) : NULL;
}

static void add_choice(cf_input *input, cf_value item, const char *group)
{
    cf_arena *arena = cf_form_arena(input->form);
    cf_list  *parts = item.type == CF_TYPE_LIST ? item.as.list : NULL;

    if (!parts) {
        cf_input_choice(input, item, NULL, group);
        return;
    }
    cf_input_choice(input, parts->items[0],
                    parts->len > 1 ? cf_cstr(arena, parts->items[1], NULL) : NULL, group);
    if (parts->len > 2 && parts->items[2].type == CF_TYPE_MAP)
        cf__choice_at(input, input->choices->len - 1)->attrs = parts->items[2].as.map;
}

static void add_choices(cf_input *input, cf_value choices)
{
    cf_input_clear_choices(input);
    if (choices.type == CF_TYPE_LIST)
        for (size_t i = 0; i < choices.as.list->len; i++)
            add_choice(input, choices.as.list->items[i], NULL);
    for (size_t g = 0; choices.type == CF_TYPE_MAP && g < choices.as.map->len; g++) {
        cf_entry *group = &choices.as.map->entries[g];

        for (size_t i = 0; group->value.type == CF_TYPE_LIST && i < group->value.as.list->len; i++)
            add_choice(input, group->value.as.list->items[i],
                       cf_cstr(cf_form_arena(input->form), group->key, ""));
    }
}

static size_t add_kwargs(cf_kwarg *out, size_t count, cf_value map)
{
    for (size_t i = 0; map.type == CF_TYPE_MAP && i < map.as.map->len && count < 64; i++)
        out[count++] = (cf_kwarg){ cf_text(map.as.map->entries[i].key),
                                   map.as.map->entries[i].value };
    return count;
}

static void answer(probe_case *c, cf_input *input)
{
    cf_kwarg kwargs[64];
    size_t   count = add_kwargs(kwargs, 0, cf_map_get(c->in, "render_kw"));
    cf_buf   html = cf_buf_in(c->arena, 0);

    probe_put(c, "data", encoded(c->arena, input));
    probe_put(c, "errors", cf_from_list(input->errors));
    if (!cf_truth(cf_map_get(c->in, "want_html")))
        return;
    count = add_kwargs(kwargs, count, cf_map_get(c->in, "render"));
    if (cf__input_html(input, kwargs, count, &html))
        probe_put(c, "html", cf_string_of(cf_buf_view(&html)));
}

static void fill_in(probe_case *c, cf_input *input, const cf_map *options)
{
    cf_value flags = cf_map_get(c->in, "flags");
    cf_value submitted = cf_map_get(c->in, "submitted");

    input->name = cf_cstr(c->arena, cf_map_get(c->in, "name"), "");
    input->id = cf_cstr(c->arena, cf_map_get(c->in, "html_id"), input->name);
    input->label = cf_cstr(c->arena, cf_map_get(c->in, "label"), "");
    input->flags = flags.type == CF_TYPE_MAP ? flags.as.map : cf_map_new(c->arena);
    add_choices(input, cf_map_get(options, "choices"));
    input->object_data = decoded(c->arena, cf_map_get(c->in, "object_data"));
    if (input->declared->type->from_object)
        input->declared->type->from_object(input, input->object_data);
    else
        input->data = input->object_data;
    if (submitted.type == CF_TYPE_LIST) {
        input->raw = submitted.as.list;
        input->declared->type->from_texts(input);
    }
}

void probe_field(probe_case *c)
{
    cf_value             given = cf_map_get(c->in, "options");
    const cf_map        *options = given.type == CF_TYPE_MAP ? given.as.map : cf_map_new(c->arena);
    cf_value             places = cf_map_get(options, "places");
    cf_str               coerce = cf_text(cf_map_get(options, "coerce"));
    const cf_input_type *type = type_of(probe_text(c, "type"));
    const cf_form_field  fields[] = {
         { .type = type,
           .name = "probed",
           .keep_space = true,
           .required = true,
           .format = formats(c->arena, cf_map_get(options, "format")),
           .places = places.type == CF_TYPE_INT ? (int)places.as.integer : 0,
           .coerce = cf_str_is(coerce, "int") ? CF_COERCE_INT : CF_COERCE_TEXT },
         { 0 }
    };
    const cf_form_field none[] = { { 0 } };
    const cf_form_decl  decl = { "Probe", type ? fields : none, NULL };
    cf_form            *form = cf_form_bind(c->arena, &decl, cf_none(), NULL);

    if (!type) {
        probe_put(c, "unsupported", cf_bool(true));
        return;
    }
    fill_in(c, &form->inputs[0], options);
    answer(c, &form->inputs[0]);
}
