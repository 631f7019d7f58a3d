/* url_internal.h -- how rules are kept: variables, parts, and the states that matching walks.
 *
 * A rule is cut at its slashes into parts. Rules that begin with the same parts share the states
 * along them, so a path is matched by one walk from the root: first the domain, then segment by
 * segment, fixed text before variables, variables by weight. */
#ifndef CARAFE_WEB_URL_INTERNAL_H
#define CARAFE_WEB_URL_INTERNAL_H

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <carafe/url_map.h>

/* One variable of a rule. */
typedef struct url_variable {
    const char         *name;
    const cf_converter *converter;
    cf_converter_args   args;
} url_variable;

/* A piece of a rule as it is built: fixed text (quoted) or a variable's number. */
typedef struct url_piece {
    bool   dynamic;
    size_t variable;
    cf_str text;   /* As written; for a variable, its name. */
    cf_str quoted; /* Fixed pieces, ready for a URL. */
} url_piece;

/* How a part with variables is matched; the common kinds need no regular expression. */
typedef enum url_test {
    URL_TEST_REGEX,
    URL_TEST_SEGMENT, /* One or more characters but '/'. */
    URL_TEST_DIGITS,
    URL_TEST_REST, /* Everything left, not beginning with '/'. */
} url_test;

/* Orders the variable parts of a state, as werkzeug does. */
typedef struct url_weight {
    int statics[8]; /* Lengths of the fixed texts. */
    int nstatics;
    int variables[CF_URL_ARGS];
    int nvariables;
} url_weight;

typedef struct url_part {
    cf_str      content; /* Fixed text, or the source of a regular expression. */
    bool        is_static;
    bool        final;    /* Takes all that is left of the path. */
    bool        suffixed; /* Final, with an optional slash at its end. */
    url_weight  weight;
    url_test    test;
    size_t      groups;
    pcre2_code *regex;
} url_part;

typedef struct url_state url_state;

typedef struct url_edge {
    const url_part *part;
    url_state      *to;
} url_edge;

struct url_state {
    url_edge     *statics; /* Sorted by content once compiled. */
    size_t        nstatics, cap_statics;
    url_edge     *dynamics; /* Sorted by weight once compiled. */
    size_t        ndynamics, cap_dynamics;
    cf_url_rule **rules;
    size_t        nrules, cap_rules;
};

struct cf_url_rule {
    cf_rule_options options; /* Texts are the map's copies. */
    const char     *domain;  /* Subdomain or host. */
    unsigned        methods; /* With HEAD where there is GET; 0: any. */
    url_variable    variables[CF_URL_ARGS];
    size_t          nvariables, ndomain_variables;
    url_piece      *domain_pieces, *path_pieces;
    size_t          ndomain_pieces, npath_pieces;
    url_part       *parts;
    size_t          nparts, cap_parts;
    const char    **arguments; /* Variables and defaults, each once, sorted. */
    size_t          narguments;
    size_t          ndefaults;
    size_t          order; /* In which it was added. */
};

/* The rules of one endpoint, best for building first. */
typedef struct url_endpoint {
    const char   *name;
    cf_url_rule **rules;
    size_t        nrules, cap_rules;
} url_endpoint;

struct cf_url_map {
    cf_arena            *arena;
    cf_url_map_options   options;
    const cf_converter **converters;
    size_t               nconverters, cap_converters;
    cf_url_rule        **rules;
    size_t               nrules, cap_rules;
    url_endpoint        *endpoints; /* Sorted by name once compiled. */
    size_t               nendpoints, cap_endpoints;
    url_state           *root;
    pcre2_match_context *match_context;
    pcre2_match_data    *match_data; /* Scratch: matching never suspends. */
    bool                 compiled;
};

/* The characters beside letters, digits and "-._~" that a path segment may hold as they are. */
#define URL_PATH_SAFE "!$&'()*+,/:;=@"

/* Makes room for one more element of a growing array. */
#define URL_PUSH(arena, array, len, cap)                                                           \
    ((void)((len) < (cap) ? NULL                                                                   \
                          : ((array) = cf_grow((arena), (array), (cap) * sizeof *(array),          \
                                               ((cap) ? (cap)*2 : 4) * sizeof *(array)),           \
                             (cap) = (cap) ? (cap)*2 : 4, (void *)0)),                             \
     &(array)[(len)++])

const cf_converter *cf__url_converter(const cf_url_map *map, cf_str name, cf_error *err);
extern const cf_converter *const cf__url_converters[];

/* Reads "min=1, max=5" into args. */
bool cf__url_converter_args(cf_arena *arena, cf_str text, cf_converter_args *out, cf_error *err);
/* Appends the regular expression of one value. */
void cf__url_converter_pattern(const url_variable *variable, cf_buf *out);
/* Which test serves a part that is nothing but this variable. */
url_test cf__url_converter_test(const url_variable *variable);
/* A variable's value as it stands in a URL, quoted. */
bool cf__url_write(const url_variable *variable, cf_value value, cf_buf *out);

/* Parses the rule's text and domain into its parts and pieces. */
bool cf__url_rule_parse(cf_url_map *map, cf_url_rule *rule, cf_error *err);
/* Builds the URL's domain and path from values. False: a value does not fit. */
bool cf__url_rule_build(const cf_url_map *map, const cf_url_rule *rule, cf_arena *arena,
                        const cf_named *values, size_t count, bool drop_unknown, cf_str *domain,
                        cf_str *path);
bool cf__url_rule_suits(const cf_url_rule *rule, const cf_named *values, size_t count,
                        unsigned method);
bool cf__url_rule_has_argument(const cf_url_rule *rule, const char *name);
const url_endpoint *cf__url_endpoint(const cf_url_map *map, cf_str name);
/* The absolute URL of a path on this site; for redirects. */
cf_str cf__url_absolute(const cf_url_map *map, cf_arena *arena, const cf_url_base *base,
                        const cf_str *domain, cf_str path, cf_str query);

#endif
