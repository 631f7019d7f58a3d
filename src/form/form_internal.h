/* form_internal.h -- what the files of the form room share. */
#ifndef CF_FORM_INTERNAL_H
#define CF_FORM_INTERNAL_H

#include <carafe/form.h>

struct cf_form {
    cf_object           object;
    const cf_form_decl *declared;
    cf_request         *req; /* NULL for a form bound to given texts. */
    cf_arena           *arena;
    cf_input           *inputs;
    size_t              count;
    bool                submitted;
    bool                failed; /* A choice query or the body failed: never valid. */
    cf_list            *errors; /* Of the form as a whole. */
    cf_eval             eval;
    cf_error            err; /* Where eval.err points without a request. */
};

struct cf_input_type {
    const char *name;      /* WTForms' class name, {{ field.type }}. */
    const char *html_type; /* Of the <input>; NULL for other elements. */
    /* Turns the object's value into data; NULL keeps it. */
    void (*from_object)(cf_input *input, cf_value value) CF_SUSPENDS;
    /* Turns submitted texts (input->raw, may be empty) into data. */
    void (*from_texts)(cf_input *input) CF_SUSPENDS;
    /* Checks before the validators; NULL for none. */
    void (*pre_validate)(cf_input *input);
    /* The text shown in value="…". */
    cf_str (*shown)(cf_input *input);
    /* Appends the HTML. `attrs` has the caller's attributes and the implied ones. */
    bool (*render)(cf_input *input, cf_map *attrs, cf_buf *out);
    const char *format;     /* Dates: default strftime formats, tried in turn, separated by '|'. */
    const char *step;       /* Numbers. */
    const char *attributes; /* Flags that show as HTML attributes, separated by blanks. */
    bool        hidden, no_store, keep_empty;
};

/* A choice at run time. */
typedef struct cf__choice {
    cf_object   object;
    cf_value    value;
    const char *text; /* As posted. */
    const char *label;
    const char *group;
    cf_map     *attrs; /* Extra HTML attributes, or NULL. */
} cf__choice;
extern const cf_class cf__choice_class;
cf__choice           *cf__choice_at(const cf_input *input, size_t i);
bool                  cf__choice_selected(cf_input *input, const cf__choice *choice);

extern const cf_class cf__form_class, cf__input_class;

/* Appends ` name="value"` for each attribute in alphabetical order. True shows the bare name, false
 * and none nothing; a trailing '_' goes, and '_' after data and aria becomes '-'. */
void cf__html_attributes(const cf_map *attrs, cf_buf *out);

/* What the kinds of fields do. */
void   cf__text_from_texts(cf_input *input);
void   cf__select_from_object(cf_input *input, cf_value value);
void   cf__select_from_texts(cf_input *input);
void   cf__select_check(cf_input *input);
void   cf__multiple_from_object(cf_input *input, cf_value value);
void   cf__multiple_from_texts(cf_input *input);
void   cf__multiple_check(cf_input *input);
void   cf__query_from_object(cf_input *input, cf_value value);
void   cf__query_from_texts(cf_input *input);
void   cf__query_check(cf_input *input);
void   cf__query_multiple_from_object(cf_input *input, cf_value value);
void   cf__query_multiple_from_texts(cf_input *input);
void   cf__query_multiple_check(cf_input *input);
bool   cf__load_choices(cf_input *input);
cf_str cf__shown_data(cf_input *input);
cf_str cf__shown_nothing(cf_input *input);
bool   cf__render_input(cf_input *input, cf_map *attrs, cf_buf *out);
bool   cf__render_textarea(cf_input *input, cf_map *attrs, cf_buf *out);
bool   cf__render_checkbox(cf_input *input, cf_map *attrs, cf_buf *out);
bool   cf__render_select(cf_input *input, cf_map *attrs, cf_buf *out);
bool   cf__render_radios(cf_input *input, cf_map *attrs, cf_buf *out);
bool   cf__render_file(cf_input *input, cf_map *attrs, cf_buf *out);
bool   cf__render_submit(cf_input *input, cf_map *attrs, cf_buf *out);
bool   cf__input_html(cf_input *input, const cf_kwarg *kwargs, size_t nkwargs, cf_buf *out);

/* Runs the declaration's shorthand checks and its validators. */
void cf__validate_input(cf_input *input) CF_SUSPENDS;
void cf__flag_input(cf_input *input);

/* A date by a strftime format (several separated by '|', the first that fits). */
bool cf__parse_time(cf_str text, const char *formats, cf_time *out);

#endif
