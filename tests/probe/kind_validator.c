/* kind_validator.c -- probe kind "validator": one check on one value. */
#include "probe.h"

#include <string.h>

#include "form/form_internal.h"

/* Options of a case, as a validator. */
typedef struct setting {
    const cf_map *options;
    cf_arena     *arena;
} setting;

static cf_value option(const setting *s, const char *name)
{
    return cf_map_get(s->options, name);
}

static double number(const setting *s, const char *name, double fallback)
{
    cf_value v = option(s, name);

    if (v.type == CF_TYPE_INT)
        return (double)v.as.integer;
    return v.type == CF_TYPE_FLOAT ? v.as.number : fallback;
}

static const char *const *values(const setting *s)
{
    cf_value     list = option(s, "values");
    size_t       count = list.type == CF_TYPE_LIST ? list.as.list->len : 0;
    const char **out = cf_new_array(s->arena, const char *, count + 1);

    for (size_t i = 0; i < count; i++) {
        cf_buf text = cf_buf_in(s->arena, 0);
        cf_to_text(NULL, list.as.list->items[i], &text);
        out[i] = cf_buf_cstr(&text);
    }
    return out;
}

static cf_validator regexp(const setting *s)
{
    cf_value     regex = option(s, "regex");
    cf_str       flags = { 0 };
    cf_validator v = CF_REGEXP("");

    if (regex.type == CF_TYPE_MAP) {
        flags = cf_text(cf_map_get(regex.as.map, "flags"));
        regex = cf_map_get(regex.as.map, "$regex");
    }
    v.text = cf_cstr(s->arena, regex, "");
    v.ignore_case = cf_str_chr(flags, 'i') != CF_NPOS;
    v.multi_line = cf_str_chr(flags, 'm') != CF_NPOS;
    v.dot_all = cf_str_chr(flags, 's') != CF_NPOS;
    return v;
}

static bool is_false(const setting *s, const char *name)
{
    cf_value v = option(s, name);

    return v.type == CF_TYPE_BOOL && !v.as.boolean;
}

static bool make(const setting *s, cf_str name, cf_validator *out)
{
    if (cf_str_is(name, "Length"))
        *out = (cf_validator)CF_LENGTH(number(s, "min", -1), number(s, "max", -1));
    else if (cf_str_is(name, "NumberRange"))
        *out = (cf_validator)CF_NUMBER_RANGE(number(s, "min", -INFINITY),
                                             number(s, "max", INFINITY));
    else if (cf_str_is(name, "DataRequired"))
        *out = (cf_validator)CF_DATA_REQUIRED();
    else if (cf_str_is(name, "InputRequired"))
        *out = (cf_validator)CF_INPUT_REQUIRED();
    else if (cf_str_is(name, "Optional"))
        *out = (cf_validator)CF_OPTIONAL();
    else if (cf_str_is(name, "AnyOf"))
        *out = (cf_validator)CF_ANY_OF(values(s));
    else if (cf_str_is(name, "NoneOf"))
        *out = (cf_validator)CF_NONE_OF(values(s));
    else if (cf_str_is(name, "Email"))
        *out = (cf_validator)CF_VALID_EMAIL();
    else if (cf_str_is(name, "URL"))
        *out = (cf_validator)CF_VALID_URL(.no_tld = is_false(s, "require_tld"));
    else if (cf_str_is(name, "EqualTo"))
        *out = (cf_validator)CF_EQUAL_TO(cf_cstr(s->arena, option(s, "fieldname"), ""));
    else if (cf_str_is(name, "IPAddress"))
        *out = (cf_validator)CF_IP_ADDRESS(.no_ipv4 = is_false(s, "ipv4"),
                                           .ipv6 = cf_truth(option(s, "ipv6")));
    else if (cf_str_is(name, "MacAddress"))
        *out = (cf_validator)CF_MAC_ADDRESS();
    else if (cf_str_is(name, "UUID"))
        *out = (cf_validator)CF_UUID();
    else if (cf_str_is(name, "Regexp"))
        *out = regexp(s);
    else if (cf_str_is(name, "ReadOnly"))
        *out = (cf_validator)CF_READ_ONLY();
    else if (cf_str_is(name, "Disabled"))
        *out = (cf_validator)CF_DISABLED();
    else
        return false;
    out->message = cf_cstr(s->arena, option(s, "message"), NULL);
    return true;
}

void probe_validator(probe_case *c)
{
    cf_value options = cf_map_get(c->in, "options");
    cf_value raw = cf_map_get(c->in, "raw_data");
    setting  s = { options.type == CF_TYPE_MAP ? options.as.map : cf_map_new(c->arena), c->arena };
    const char         *other = cf_cstr(c->arena, option(&s, "fieldname"), "other");
    const cf_form_field fields[] = { CF_STRING("probed"), CF_STRING(other), { 0 } };
    const cf_form_decl  decl = { "Probe", fields, NULL };
    cf_form            *form = cf_form_bind(c->arena, &decl, cf_none(), NULL);
    cf_validator        validator;
    cf_verdict          verdict;
    cf_input           *input = &form->inputs[0];

    if (!make(&s, probe_text(c, "validator"), &validator)) {
        probe_put(c, "unsupported", cf_bool(true));
        return;
    }
    input->data = cf_map_get(c->in, "data");
    input->object_data = cf_map_get(c->in, "object_data");
    input->raw = raw.type == CF_TYPE_LIST ? raw.as.list : NULL;
    form->inputs[1].data = cf_map_get(c->in, "other");
    verdict = validator.check(&validator, input);
    probe_put(c, "valid", cf_bool(verdict == CF_PASS || verdict == CF_STOP_OK));
    probe_put(c, "stop", cf_bool(verdict == CF_STOP || verdict == CF_STOP_OK));
    if (input->errors->len)
        probe_put(c, "message", input->errors->items[0]);
}
