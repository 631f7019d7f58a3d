/* validators.c -- checks on a field's data, and the attributes they imply. The formats of the
 * network (addresses, URLs, UUIDs) are in validators_net.c. */
#include <math.h>
#include <string.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "form/validator_internal.h"

/* A number as a message shows it: whole ones without a fraction. */
static void put_number(cf_buf *out, double number)
{
    char text[32];

    if (fabs(number) < 9e15 && number == floor(number))
        cf_buf_i64(out, (int64_t)number);
    else
        cf_buf_add(out, text, cf_float_text(number, text));
}

static void put_values(cf_buf *out, const cf_validator *self)
{
    for (size_t i = 0; self->values && self->values[i]; i++) {
        cf_buf_puts(out, i ? ", " : "");
        cf_buf_puts(out, self->values[i]);
    }
}

static void put_other(cf_buf *out, const cf_validator *self, cf_input *input, bool label)
{
    cf_input *other = self->text ? cf_form_input(input->form, self->text) : NULL;

    cf_buf_puts(out, label && other ? other->label : self->text);
}

static bool placeholder(cf_buf *out, cf_str *rest, const cf_validator *self, cf_input *input)
{
    static const char *const names[] = { "%(min)d",       "%(min)s",    "%(max)d",
                                         "%(max)s",       "%(values)s", "%(other_label)s",
                                         "%(other_name)s" };

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (!cf_str_starts(*rest, cf_str_of(names[i])))
            continue;
        *rest = cf_str_slice(*rest, strlen(names[i]), rest->len);
        if (i < 2)
            put_number(out, self->min);
        else if (i < 4)
            put_number(out, self->max);
        else if (i == 4)
            put_values(out, self);
        else if (i < 7)
            put_other(out, self, input, i == 5);
        else
            cf_buf_i64(out, cf_length(&input->form->eval, input->data));
        return true;
    }
    return false;
}

cf_verdict cf__refuse(const cf_validator *self, cf_input *input, const char *stock)
{
    cf_buf out = cf_buf_in(cf_form_arena(input->form), 0);
    cf_str rest = cf_str_of(self->message ? self->message : stock);

    while (rest.len) {
        if (rest.ptr[0] == '%' && placeholder(&out, &rest, self, input))
            continue;
        cf_buf_putc(&out, rest.ptr[0]);
        rest = cf_str_slice(rest, 1, rest.len);
    }
    cf_input_error(input, "%s", cf_buf_cstr(&out));
    return CF_REFUSE;
}

static bool has_input(const cf_input *input)
{
    return input->nfiles || (input->raw && input->raw->len && cf_text(input->raw->items[0]).len);
}

cf_verdict cf_check_data_required(const cf_validator *self, cf_input *input)
{
    bool some = false;

    cf_truth_of(&input->form->eval, input->data, &some);
    if (some && input->data.type == CF_TYPE_STRING)
        some = cf_str_trim(cf_text(input->data)).len != 0;
    if (some || input->nfiles)
        return CF_PASS;
    input->errors = cf_list_new(cf_form_arena(input->form));
    cf__refuse(self, input, "This field is required.");
    return CF_STOP;
}

cf_verdict cf_check_input_required(const cf_validator *self, cf_input *input)
{
    if (has_input(input))
        return CF_PASS;
    input->errors = cf_list_new(cf_form_arena(input->form));
    cf__refuse(self, input, "This field is required.");
    return CF_STOP;
}

cf_verdict cf_check_optional(const cf_validator *self, cf_input *input)
{
    (void)self;
    if (input->nfiles)
        return CF_PASS;
    if (input->raw && input->raw->len && cf_str_trim(cf_text(input->raw->items[0])).len)
        return CF_PASS;
    /* What a conversion complained of does not matter when nothing was given. */
    input->errors = cf_list_new(cf_form_arena(input->form));
    return CF_STOP_OK;
}

cf_verdict cf_check_length(const cf_validator *self, cf_input *input)
{
    int64_t length = cf_length(&input->form->eval, input->data);
    bool    least = self->min >= 0, most = self->max >= 0;

    if (length < 0)
        length = 0;
    if ((!least || (double)length >= self->min) && (!most || (double)length <= self->max))
        return CF_PASS;
    if (!most)
        return cf__refuse(self, input,
                          self->min == 1 ? "Field must be at least %(min)d character long."
                                         : "Field must be at least %(min)d characters long.");
    if (!least)
        return cf__refuse(self, input,
                          self->max == 1 ? "Field cannot be longer than %(max)d character."
                                         : "Field cannot be longer than %(max)d characters.");
    if (self->min == self->max)
        return cf__refuse(self, input,
                          self->max == 1 ? "Field must be exactly %(max)d character long."
                                         : "Field must be exactly %(max)d characters long.");
    return cf__refuse(self, input, "Field must be between %(min)d and %(max)d characters long.");
}

static bool number_of(cf_value v, double *out)
{
    if (v.type == CF_TYPE_INT)
        *out = (double)v.as.integer;
    else if (v.type == CF_TYPE_FLOAT)
        *out = v.as.number;
    else if (v.type != CF_TYPE_STRING || !cf_str_to_double(cf_text(v), out))
        return false;
    return !isnan(*out);
}

cf_verdict cf_check_range(const cf_validator *self, cf_input *input)
{
    double n;

    if (number_of(input->data, &n) && n >= self->min && n <= self->max)
        return CF_PASS;
    if (isinf(self->max))
        return cf__refuse(self, input, "Number must be at least %(min)s.");
    if (isinf(self->min))
        return cf__refuse(self, input, "Number must be at most %(max)s.");
    return cf__refuse(self, input, "Number must be between %(min)s and %(max)s.");
}

cf_verdict cf_check_equal_to(const cf_validator *self, cf_input *input)
{
    cf_input *other = cf_form_input(input->form, self->text);

    if (!other) {
        cf_input_error(input, "Invalid field name '%s'.", self->text);
        return CF_REFUSE;
    }
    return cf_equal(input->data, other->data)
               ? CF_PASS
               : cf__refuse(self, input, "Field must be equal to %(other_name)s.");
}

/* A match with bounds: a pattern of the app on text of a stranger must not burn the loop. */
static bool matches(const cf_validator *self, cf_str text)
{
    uint32_t options = PCRE2_UTF | PCRE2_UCP | (self->ignore_case ? PCRE2_CASELESS : 0) |
                       (self->multi_line ? PCRE2_MULTILINE : 0) |
                       (self->dot_all ? PCRE2_DOTALL : 0);
    int         code;
    size_t      offset;
    pcre2_code *pattern = pcre2_compile((PCRE2_SPTR)self->text, PCRE2_ZERO_TERMINATED, options,
                                        &code, &offset, NULL);
    pcre2_match_data    *data;
    pcre2_match_context *context;
    int                  found;

    if (!pattern)
        return false;
    data = pcre2_match_data_create_from_pattern(pattern, NULL);
    context = pcre2_match_context_create(NULL);
    pcre2_set_match_limit(context, 100000);
    pcre2_set_depth_limit(context, 10000);
    found = pcre2_match(pattern, (PCRE2_SPTR)text.ptr, text.len, 0, PCRE2_ANCHORED, data, context);
    pcre2_match_context_free(context);
    pcre2_match_data_free(data);
    pcre2_code_free(pattern);
    return found >= 0;
}

cf_verdict cf_check_regexp(const cf_validator *self, cf_input *input)
{
    return matches(self, cf_text(input->data)) ? CF_PASS
                                               : cf__refuse(self, input, "Invalid input.");
}

static bool among(const cf_validator *self, cf_input *input, cf_value value)
{
    cf_buf text = cf_buf_in(cf_form_arena(input->form), 0);

    cf_to_text(&input->form->eval, value, &text);
    for (size_t i = 0; self->values && self->values[i]; i++)
        if (cf_str_is(cf_buf_view(&text), self->values[i]))
            return true;
    return false;
}

cf_verdict cf_check_any_of(const cf_validator *self, cf_input *input)
{
    bool ok = true;

    if (input->data.type == CF_TYPE_LIST)
        for (size_t i = 0; i < input->data.as.list->len; i++)
            ok = ok && among(self, input, input->data.as.list->items[i]);
    else
        ok = among(self, input, input->data);
    return ok ? CF_PASS : cf__refuse(self, input, "Invalid value, must be one of: %(values)s.");
}

cf_verdict cf_check_none_of(const cf_validator *self, cf_input *input)
{
    bool bad = false;

    if (input->data.type == CF_TYPE_LIST)
        for (size_t i = 0; i < input->data.as.list->len; i++)
            bad = bad || among(self, input, input->data.as.list->items[i]);
    else
        bad = among(self, input, input->data);
    return bad ? cf__refuse(self, input, "Invalid value, can't be any of: %(values)s.") : CF_PASS;
}

cf_verdict cf_check_read_only(const cf_validator *self, cf_input *input)
{
    (void)self;
    (void)input;
    return CF_PASS;
}

cf_verdict cf_check_disabled(const cf_validator *self, cf_input *input)
{
    return input->raw && input->raw->len
               ? cf__refuse(self, input, "This field is disabled and cannot have a value.")
               : CF_PASS;
}

static void set_flag(cf_input *input, const char *name, cf_value value)
{
    cf_map_set(input->flags, name, value);
}

void cf_flag_required(const cf_validator *self, cf_input *input)
{
    (void)self;
    set_flag(input, "required", cf_bool(true));
}

void cf_flag_optional(const cf_validator *self, cf_input *input)
{
    (void)self;
    set_flag(input, "optional", cf_bool(true));
}

void cf_flag_length(const cf_validator *self, cf_input *input)
{
    if (self->min > 0)
        set_flag(input, "minlength", cf_int((int64_t)self->min));
    if (self->max >= 0)
        set_flag(input, "maxlength", cf_int((int64_t)self->max));
}

static cf_value plain_number(double number)
{
    return fabs(number) < 9e15 && number == floor(number) ? cf_int((int64_t)number)
                                                          : cf_float(number);
}

void cf_flag_range(const cf_validator *self, cf_input *input)
{
    if (!isinf(self->min))
        set_flag(input, "min", plain_number(self->min));
    if (!isinf(self->max))
        set_flag(input, "max", plain_number(self->max));
}

void cf_flag_read_only(const cf_validator *self, cf_input *input)
{
    (void)self;
    set_flag(input, "readonly", cf_bool(true));
}

void cf_flag_disabled(const cf_validator *self, cf_input *input)
{
    (void)self;
    set_flag(input, "disabled", cf_bool(true));
}
