/* validator.h -- checks that a field's data must pass, with WTForms' names and messages. */
#ifndef CARAFE_VALIDATOR_H
#define CARAFE_VALIDATOR_H

#include <math.h>

#include <carafe/value.h>

typedef struct cf_form       cf_form;
typedef struct cf_input      cf_input;
typedef struct cf_form_field cf_form_field;
typedef struct cf_validator  cf_validator;

/* What a check says. */
typedef enum cf_verdict {
    CF_PASS,
    CF_REFUSE,  /* cf_validator_message() or cf_input_error() has said why. */
    CF_STOP,    /* Refused, and the validators after it are not asked. */
    CF_STOP_OK, /* Fine, and the validators after it are not asked. */
} cf_verdict;

/* A check and its options. Messages may contain %(min)d %(max)d %(values)s %(other_label)s
 * %(other_name)s. */
struct cf_validator {
    cf_verdict (*check)(const cf_validator *self, cf_input *input) CF_SUSPENDS;
    /* Sets the HTML attributes the check implies; may be NULL. */
    void (*flags)(const cf_validator *self, cf_input *input);
    const char        *message; /* Instead of the stock one. */
    double             min, max;
    const char        *text;   /* A pattern or a field's name. */
    const char *const *values; /* NULL-ended. */
    bool               ignore_case, multi_line, dot_all;
    bool               no_ipv4, ipv6;
    bool               strip_whitespace, no_tld;
};

/* A field's list: .validators = CF_VALIDATORS(CF_LENGTH(2, 80), CF_REGEXP("^[a-z]+$")) */
#define CF_VALIDATORS(...) ((const cf_validator[]){ __VA_ARGS__, { 0 } })

#define CF_DATA_REQUIRED(...)                                                                      \
    {                                                                                              \
        .check = cf_check_data_required, .flags = cf_flag_required, __VA_ARGS__                    \
    }
#define CF_INPUT_REQUIRED(...)                                                                     \
    {                                                                                              \
        .check = cf_check_input_required, .flags = cf_flag_required, __VA_ARGS__                   \
    }
#define CF_OPTIONAL(...)                                                                           \
    {                                                                                              \
        .check = cf_check_optional, .flags = cf_flag_optional, __VA_ARGS__                         \
    }
/* Characters, both ends included; -1 for no limit. */
#define CF_LENGTH(least, most, ...)                                                                \
    {                                                                                              \
        .check = cf_check_length, .flags = cf_flag_length, .min = (least), .max = (most),          \
        __VA_ARGS__                                                                                \
    }
/* Both ends included; -INFINITY and INFINITY for none. */
#define CF_NUMBER_RANGE(least, most, ...)                                                          \
    {                                                                                              \
        .check = cf_check_range, .flags = cf_flag_range, .min = (least), .max = (most),            \
        __VA_ARGS__                                                                                \
    }
#define CF_EQUAL_TO(field, ...)                                                                    \
    {                                                                                              \
        .check = cf_check_equal_to, .text = (field), __VA_ARGS__                                   \
    }
/* Matched at the beginning, as Python's re.match. */
#define CF_REGEXP(pattern, ...)                                                                    \
    {                                                                                              \
        .check = cf_check_regexp, .text = (pattern), __VA_ARGS__                                   \
    }
#define CF_VALID_EMAIL(...)                                                                        \
    {                                                                                              \
        .check = cf_check_email, __VA_ARGS__                                                       \
    }
#define CF_VALID_URL(...)                                                                          \
    {                                                                                              \
        .check = cf_check_url, __VA_ARGS__                                                         \
    }
#define CF_IP_ADDRESS(...)                                                                         \
    {                                                                                              \
        .check = cf_check_ip, __VA_ARGS__                                                          \
    }
#define CF_MAC_ADDRESS(...)                                                                        \
    {                                                                                              \
        .check = cf_check_mac, __VA_ARGS__                                                         \
    }
#define CF_UUID(...)                                                                               \
    {                                                                                              \
        .check = cf_check_uuid, __VA_ARGS__                                                        \
    }
#define CF_ANY_OF(list, ...)                                                                       \
    {                                                                                              \
        .check = cf_check_any_of, .values = (list), __VA_ARGS__                                    \
    }
#define CF_NONE_OF(list, ...)                                                                      \
    {                                                                                              \
        .check = cf_check_none_of, .values = (list), __VA_ARGS__                                   \
    }
#define CF_READ_ONLY(...)                                                                          \
    {                                                                                              \
        .check = cf_check_read_only, .flags = cf_flag_read_only, __VA_ARGS__                       \
    }
#define CF_DISABLED(...)                                                                           \
    {                                                                                              \
        .check = cf_check_disabled, .flags = cf_flag_disabled, __VA_ARGS__                         \
    }

cf_verdict cf_check_data_required(const cf_validator *self, cf_input *input);
cf_verdict cf_check_input_required(const cf_validator *self, cf_input *input);
cf_verdict cf_check_optional(const cf_validator *self, cf_input *input);
cf_verdict cf_check_length(const cf_validator *self, cf_input *input);
cf_verdict cf_check_range(const cf_validator *self, cf_input *input);
cf_verdict cf_check_equal_to(const cf_validator *self, cf_input *input);
cf_verdict cf_check_regexp(const cf_validator *self, cf_input *input);
cf_verdict cf_check_email(const cf_validator *self, cf_input *input);
cf_verdict cf_check_url(const cf_validator *self, cf_input *input);
cf_verdict cf_check_ip(const cf_validator *self, cf_input *input);
cf_verdict cf_check_mac(const cf_validator *self, cf_input *input);
cf_verdict cf_check_uuid(const cf_validator *self, cf_input *input);
cf_verdict cf_check_any_of(const cf_validator *self, cf_input *input);
cf_verdict cf_check_none_of(const cf_validator *self, cf_input *input);
cf_verdict cf_check_read_only(const cf_validator *self, cf_input *input);
cf_verdict cf_check_disabled(const cf_validator *self, cf_input *input);
void       cf_flag_required(const cf_validator *self, cf_input *input);
void       cf_flag_optional(const cf_validator *self, cf_input *input);
void       cf_flag_length(const cf_validator *self, cf_input *input);
void       cf_flag_range(const cf_validator *self, cf_input *input);
void       cf_flag_read_only(const cf_validator *self, cf_input *input);
void       cf_flag_disabled(const cf_validator *self, cf_input *input);

#endif
