/* form.h -- HTML forms: declared once, bound per request, validated, shown, stored.
 *
 * A declaration (CF_FORM) is constant and shared. cf_form_new() binds it to one request: fields
 * take their data from the object being edited, then from what was submitted. Templates see
 * WTForms' names: form.title, form.title.label, form.title(class='wide'), form.title.errors,
 * form.hidden_tag(). */
#ifndef CARAFE_FORM_H
#define CARAFE_FORM_H

#include <carafe/request.h>
#include <carafe/validator.h>
#include <carafe/value.h>

struct cf_query;

/* A live field of a bound form; an object value. Read what you like; change through functions. */
struct cf_input {
    cf_object            object;
    cf_form             *form;
    const cf_form_field *declared;
    const char          *name, *id, *label, *description;
    cf_value             data;        /* Typed: what the view works with. */
    cf_value             object_data; /* What the object or the default gave. */
    cf_list             *raw;         /* Submitted texts; NULL when the form was not submitted. */
    cf_list             *errors;      /* Sentences, in order. */
    cf_list             *choices;     /* cf_choice objects at run time; selects and radios only. */
    cf_map              *flags;       /* HTML attributes that validators imply. */
    const cf_upload    **files;       /* File fields: nfiles uploads. */
    size_t               nfiles;
    bool                 own_choices; /* Choices were added at run time. */
    bool                 unreadable;  /* Submitted text could not be converted; errors say why. */
};

/* How a kind of field reads submitted text and shows itself. */
typedef struct cf_input_type cf_input_type;

/* A fixed choice. */
typedef struct cf_choice {
    const char *value, *label;
    const char *group; /* Heading (optgroup) it stands under; NULL for none. */
} cf_choice;

/* What text a choice's value is turned into. */
typedef enum cf_coerce { CF_COERCE_TEXT, CF_COERCE_INT } cf_coerce;

/* A field's declaration. Zero means "not": an unset limit, filter or text. */
struct cf_form_field {
    const cf_input_type *type;
    const char          *name;
    const char          *label;       /* NULL: made from the name, "first_name" → "First Name". */
    const char          *description; /* Help text under the field. */
    const char          *fallback;    /* Initial value, as text. */
    const char          *placeholder;
    const char          *autocomplete;
    bool                 required; /* Something must be submitted, white space does not count. */
    bool                 optional; /* Empty ends validation without an error. */
    bool                 readonly, disabled;
    int64_t              min, max;         /* Texts: length in characters. Numbers: the value. */
    const char          *equal_to;         /* Name of the field it must repeat. */
    const char          *equal_to_message; /* Instead of its stock message. */
    const char          *message;          /* Instead of the stock message of required. */
    const char          *format;           /* Dates: strftime format. */
    int                  places;     /* Decimals: digits shown after the point; 0: as they are. */
    bool                 keep_space; /* Texts are trimmed unless this is set. */

    const cf_choice *choices; /* Fixed choices, ended by a NULL value. */
    /* Choices made for this request: calls cf_input_choice(). */
    bool (*choices_from)(cf_input *input, cf_error *err) CF_SUSPENDS;
    cf_coerce coerce;
    bool      any_choice; /* Do not refuse values that are not among the choices. */

    /* Query selects: the rows offered; a row posted that is not among them is refused. */
    struct cf_query *(*query)(cf_request *req)CF_SUSPENDS;
    const char *option_label; /* Attribute shown; NULL: the row's text. */
    const char *option_key;   /* Attribute posted; NULL: "id". */
    bool        allow_blank;
    const char *blank_text;

    const char *allowed;  /* Files: endings, "jpg jpeg png"; case is ignored. */
    int64_t     max_size; /* Files: bytes. */

    const cf_validator *validators; /* CF_VALIDATORS(…) */
    /* The field's own check, last. Reports by cf_input_error(). */
    void (*validate)(cf_form *form, cf_input *input) CF_SUSPENDS;
};

typedef struct cf_form_decl {
    const char          *name;
    const cf_form_field *fields; /* Ended by a NULL name. */
    /* Checks that concern several fields, after all fields' own. */
    void (*validate)(cf_form *form) CF_SUSPENDS;
} cf_form_decl;

/* Declares a form: CF_FORM(PostForm, CF_STRING("title", .required = true, .max = 80), …); */
#define CF_FORM(form_name, ...)                                                                    \
    const cf_form_decl form_name = { #form_name, (const cf_form_field[]){ __VA_ARGS__, { 0 } },    \
                                     NULL }
/* The same with a function that checks the form as a whole. */
#define CF_FORM_CHECKED(form_name, check, ...)                                                     \
    const cf_form_decl form_name = { #form_name, (const cf_form_field[]){ __VA_ARGS__, { 0 } },    \
                                     (check) }

#define CF_INPUT(input_type, input_name, ...)                                                      \
    {                                                                                              \
        .type = &(input_type), .name = (input_name), __VA_ARGS__                                   \
    }
#define CF_STRING(...)                CF_INPUT(cf_string_input, __VA_ARGS__, )
#define CF_TEXTAREA(...)              CF_INPUT(cf_textarea_input, __VA_ARGS__, )
#define CF_PASSWORD(...)              CF_INPUT(cf_password_input, __VA_ARGS__, )
#define CF_HIDDEN(...)                CF_INPUT(cf_hidden_input, __VA_ARGS__, )
#define CF_EMAIL(...)                 CF_INPUT(cf_email_input, __VA_ARGS__, )
#define CF_URL(...)                   CF_INPUT(cf_url_input, __VA_ARGS__, )
#define CF_TEL(...)                   CF_INPUT(cf_tel_input, __VA_ARGS__, )
#define CF_SEARCH(...)                CF_INPUT(cf_search_input, __VA_ARGS__, )
#define CF_COLOR(...)                 CF_INPUT(cf_color_input, __VA_ARGS__, )
#define CF_INTEGER(...)               CF_INPUT(cf_integer_input, __VA_ARGS__, )
#define CF_INTEGER_RANGE(...)         CF_INPUT(cf_integer_range_input, __VA_ARGS__, )
#define CF_FLOAT(...)                 CF_INPUT(cf_float_input, __VA_ARGS__, )
#define CF_DECIMAL(...)               CF_INPUT(cf_decimal_input, __VA_ARGS__, )
#define CF_DECIMAL_RANGE(...)         CF_INPUT(cf_decimal_range_input, __VA_ARGS__, )
#define CF_BOOLEAN(...)               CF_INPUT(cf_boolean_input, __VA_ARGS__, )
#define CF_DATE(...)                  CF_INPUT(cf_date_input, __VA_ARGS__, )
#define CF_DATETIME(...)              CF_INPUT(cf_datetime_input, __VA_ARGS__, )
#define CF_DATETIME_LOCAL(...)        CF_INPUT(cf_datetime_local_input, __VA_ARGS__, )
#define CF_TIME(...)                  CF_INPUT(cf_time_input, __VA_ARGS__, )
#define CF_MONTH(...)                 CF_INPUT(cf_month_input, __VA_ARGS__, )
#define CF_WEEK(...)                  CF_INPUT(cf_week_input, __VA_ARGS__, )
#define CF_SELECT(...)                CF_INPUT(cf_select_input, __VA_ARGS__, )
#define CF_SELECT_MULTIPLE(...)       CF_INPUT(cf_select_multiple_input, __VA_ARGS__, )
#define CF_RADIO(...)                 CF_INPUT(cf_radio_input, __VA_ARGS__, )
#define CF_QUERY_SELECT(...)          CF_INPUT(cf_query_select_input, __VA_ARGS__, )
#define CF_QUERY_SELECT_MULTIPLE(...) CF_INPUT(cf_query_select_multiple_input, __VA_ARGS__, )
#define CF_FILE(...)                  CF_INPUT(cf_file_input, __VA_ARGS__, )
#define CF_MULTIPLE_FILE(...)         CF_INPUT(cf_multiple_file_input, __VA_ARGS__, )
#define CF_SUBMIT(...)                CF_INPUT(cf_submit_input, __VA_ARGS__, )
#define CF_CHOICES(...)               ((const cf_choice[]){ __VA_ARGS__, { 0 } })

extern const cf_input_type cf_string_input, cf_textarea_input, cf_password_input, cf_hidden_input,
    cf_email_input, cf_url_input, cf_tel_input, cf_search_input, cf_color_input, cf_integer_input,
    cf_integer_range_input, cf_float_input, cf_decimal_input, cf_decimal_range_input,
    cf_boolean_input, cf_date_input, cf_datetime_input, cf_datetime_local_input, cf_time_input,
    cf_month_input, cf_week_input, cf_select_input, cf_select_multiple_input, cf_radio_input,
    cf_query_select_input, cf_query_select_multiple_input, cf_file_input, cf_multiple_file_input,
    cf_submit_input;

/* The object a form edits: a row, or none. */
#define CF_OBJECT(row) cf_from_object(row)
#define CF_NO_OBJECT   cf_none()

/* Binds a declaration to the request.
 *
 * Args:
 *   declared: the form; must outlive the request.
 *   object: CF_OBJECT(row) or a map whose attributes give the initial data; CF_NO_OBJECT for none.
 *
 * Returns: the form, owned by the request. A failure (the database, an unreadable body) is recorded
 *   on the request; the form then does not validate.
 */
cf_form *cf_form_new(cf_request *req, const cf_form_decl *declared, cf_value object) CF_SUSPENDS;

/* The same with names put before each field's, "prefix-", for several forms on one page. */
cf_form *cf_form_new_prefixed(cf_request *req, const cf_form_decl *declared, cf_value object,
                              const char *prefix) CF_SUSPENDS;

/* A form bound to given texts instead of a request's: names to lists of texts; NULL when nothing
 * was submitted. For commands and tests; no CSRF token, no query selects. */
cf_form *cf_form_bind(cf_arena *arena, const cf_form_decl *declared, cf_value object,
                      const cf_map *submitted) CF_SUSPENDS;

/* Whether the request is a POST, PUT, PATCH or DELETE. */
bool cf_form_is_submitted(const cf_form *form);

/* Runs every validator. Returns whether no field has an error. */
bool cf_form_validate(cf_form *form) CF_SUSPENDS;

/* Both: the usual first line of a view. */
bool cf_form_validate_on_submit(cf_form *form) CF_SUSPENDS;

/* Stores the data of every field that the object has an attribute for; submit, file and disabled
 * fields are left out, and an empty password changes nothing. Errors go to the request and the
 * field. */
bool cf_form_populate(cf_form *form, cf_value object) CF_SUSPENDS;

/* A field by name; NULL when there is none. */
cf_input *cf_form_input(cf_form *form, const char *name);

/* A field's data: text ("" when none), integer (0), truth (false), the value itself. */
const char *cf_form_text(cf_form *form, const char *name);
int64_t     cf_form_int(cf_form *form, const char *name);
bool        cf_form_bool(cf_form *form, const char *name);
cf_value    cf_form_value(cf_form *form, const char *name);

/* Replaces a field's data, as if the object had given it. */
void cf_form_set(cf_form *form, const char *name, cf_value data);

/* The first file of a file field; NULL when none was sent. */
const cf_upload *cf_form_file(cf_form *form, const char *name);

/* Adds an error to a field (NULL: to the form as a whole). The form no longer validates. */
void cf_form_error(cf_form *form, const char *name, const char *format, ...) CF_PRINTF(3, 4);
void cf_input_error(cf_input *input, const char *format, ...) CF_PRINTF(2, 3);

/* Puts a database conflict on the field it concerns ("slug" is taken). Returns whether the error
 * was one and a field could show it. */
bool cf_form_take_conflict(cf_form *form, const cf_error *err);

/* All errors: {"title": ["…"], "": ["form-level …"]}, as AJAX answers send them. */
cf_value cf_form_errors(cf_form *form);

/* Adds a choice to a select or radio at run time. The first call replaces the fixed ones.
 *
 * Args: value: text, integer or row. group: heading or NULL.
 */
void cf_input_choice(cf_input *input, cf_value value, const char *label, const char *group);
void cf_input_clear_choices(cf_input *input);

/* The request a form is bound to; NULL for cf_form_bind(). */
cf_request *cf_form_request(const cf_form *form);
cf_arena   *cf_form_arena(const cf_form *form);

/* The form as a template value. cf_render(req, …, CF_VAR(form)) uses it by itself. */
cf_value cf_form_object(cf_form *form);

#endif
