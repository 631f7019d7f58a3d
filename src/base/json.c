/* json.c -- JSON in: jansson parses, its tree becomes values. */
#include <carafe/json.h>

#include <jansson.h>

static bool convert(cf_arena *arena, const json_t *json, int depth, cf_value *out, cf_error *err);

static bool convert_array(cf_arena *arena, const json_t *json, int depth, cf_value *out,
                          cf_error *err)
{
    cf_list *list = cf_list_new(arena);
    size_t   count = json_array_size(json);

    for (size_t i = 0; i < count; i++) {
        cf_value item;

        if (!convert(arena, json_array_get(json, i), depth, &item, err))
            return false;
        cf_list_add(list, item);
    }
    *out = cf_from_list(list);
    return true;
}

static bool convert_object(cf_arena *arena, json_t *json, int depth, cf_value *out, cf_error *err)
{
    cf_map *map = cf_map_new(arena);

    for (void *i = json_object_iter(json); i; i = json_object_iter_next(json, i)) {
        cf_str   key = cf_str_n(json_object_iter_key(i), json_object_iter_key_len(i));
        cf_value value;

        if (!convert(arena, json_object_iter_value(i), depth, &value, err))
            return false;
        cf_map_put(map, cf_string_copy(arena, key), value);
    }
    *out = cf_from_map(map);
    return true;
}

static bool convert(cf_arena *arena, const json_t *json, int depth, cf_value *out, cf_error *err)
{
    if (depth > CF_JSON_DEPTH)
        return cf_fail(err, CF_ELIMIT, "JSON is nested deeper than %d levels", CF_JSON_DEPTH);
    switch (json_typeof(json)) {
    case JSON_OBJECT:
        return convert_object(arena, (json_t *)json, depth + 1, out, err);
    case JSON_ARRAY:
        return convert_array(arena, json, depth + 1, out, err);
    case JSON_STRING:
        *out = cf_string_copy(arena, cf_str_n(json_string_value(json), json_string_length(json)));
        return true;
    case JSON_INTEGER:
        *out = cf_int(json_integer_value(json));
        return true;
    case JSON_REAL:
        *out = cf_float(json_real_value(json));
        return true;
    case JSON_TRUE:
    case JSON_FALSE:
        *out = cf_bool(json_is_true(json));
        return true;
    case JSON_NULL:
        *out = cf_none();
        return true;
    }
    return cf_fail(err, CF_EPARSE, "JSON has a part of unknown type");
}

bool cf_json_parse(cf_arena *arena, cf_str text, cf_value *out, cf_error *err)
{
    json_error_t problem;
    json_t      *json;
    bool         ok;

    /* jansson takes a NUL byte for the end of the text. */
    if (text.len && memchr(text.ptr, '\0', text.len))
        return cf_fail(err, CF_EPARSE, "malformed JSON: it has a NUL byte");
    json = json_loadb(text.ptr ? text.ptr : "", text.len,
                      JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL, &problem);
    if (!json) {
        bool deep = json_error_code(&problem) == json_error_stack_overflow;

        cf_fail(err, deep ? CF_ELIMIT : CF_EPARSE, "malformed JSON: %s (line %d, column %d)",
                problem.text, problem.line, problem.column);
        return cf_fail_in(err, "JSON", problem.line, problem.column);
    }
    ok = convert(arena, json, 1, out, err);
    json_decref(json);
    return ok;
}
