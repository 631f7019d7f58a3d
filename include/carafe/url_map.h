/* url_map.h -- which rule a path belongs to, and the URL of an endpoint.
 *
 * Rules are written as in Flask: "/article/<slug>", "/blog/edit/<int:post_id>". The most specific
 * rule wins, whatever the order. Everything here works on text; no request is needed. */
#ifndef CARAFE_URL_MAP_H
#define CARAFE_URL_MAP_H

#include <carafe/http.h>
#include <carafe/value.h>

typedef struct cf_url_map  cf_url_map;
typedef struct cf_url_rule cf_url_rule;

/* What stands between the brackets after the converter's name: <int(min=1):page>. */
typedef struct cf_converter_args {
    const cf_value *args;
    size_t          nargs;
    const cf_kwarg *kwargs;
    size_t          nkwargs;
} cf_converter_args;

/* A kind of URL variable. The app's own are added with cf_app_converter(). */
typedef struct cf_converter {
    const char *name;    /* As written in rules. */
    const char *pattern; /* Regular expression of one value, without groups; NULL: "[^/]+". */
    int         weight;  /* Lower is tried earlier among equals; 0 means 100. */
    bool        slashes; /* The value may contain '/'. */
    /* Reads a value. Returns false when the text is none: the rule then does not match. NULL: the
     * text as it stands. The result may be a view of `text` or lie in the arena. */
    bool (*read)(const cf_converter_args *args, cf_arena *arena, cf_str text, cf_value *out);
    /* Writes a value unquoted. NULL: its text form. False: the value does not fit. */
    bool (*write)(const cf_converter_args *args, cf_value value, cf_buf *out);
    /* Checks the arguments when the rule is compiled; NULL: none are allowed. */
    bool (*check)(const cf_converter_args *args, cf_error *err);
} cf_converter;

/* A rule as it is added. Zero means the default everywhere. */
typedef struct cf_rule_options {
    const char     *rule;          /* Begins with '/'. Copied. */
    const char     *endpoint;      /* Copied. */
    unsigned        methods;       /* Bits of cf_method; 0: any. GET brings HEAD. */
    const char     *subdomain;     /* May hold variables; NULL: the map's default. */
    const char     *host;          /* With host_matching, instead of a subdomain. */
    const cf_named *defaults;      /* Ended by a NULL name; NULL: none. */
    bool            loose_slashes; /* "/x/" also answers "/x" without redirect, and the reverse. */
    bool            keep_slashes;  /* "//" is not merged into "/". */
    bool            build_only;    /* Makes URLs, never matches. */
    bool            alias;         /* Redirects to the endpoint's rule that is none. */
    bool            websocket;
    const char     *redirect_to; /* Answers 308 with this URL; <names> are replaced. */
    void           *data;        /* The caller's, from cf_rule_data(). */
} cf_rule_options;

typedef struct cf_url_map_options {
    bool host_matching;
    bool loose_slashes;
    bool keep_slashes;
    bool keep_defaults; /* No redirect from /page/1 to the rule that has page=1 as default. */
    bool sort_parameters;
    const char *default_subdomain; /* "" */
} cf_url_map_options;

/* An empty map; the arena owns it. options may be NULL. */
cf_url_map *cf_url_map_new(cf_arena *arena, const cf_url_map_options *options);

/* Adds a kind of variable; the struct must live as long as the map. */
void cf_url_map_converter(cf_url_map *map, const cf_converter *converter);

/* Adds a rule.
 *
 * Errors: CF_EPARSE with the rule and the column: bad syntax, unknown converter (with the nearest
 * one), a variable twice, bad converter arguments.
 */
bool cf_url_map_add(cf_url_map *map, const cf_rule_options *rule, cf_error *err);

/* Compiles the rules for matching. Adding afterwards fails. */
bool cf_url_map_compile(cf_url_map *map, cf_error *err);

/* Where a request or a link stands: what Flask binds a map to. */
typedef struct cf_url_base {
    cf_str scheme;      /* "http", "https", "ws", "wss"; ptr NULL: "http" */
    cf_str server_name; /* "example.org:8080" without the subdomain; with host_matching: the host */
    cf_str script_name; /* Where the app is mounted: "/" */
    cf_str subdomain;   /* NULL ptr: the map's default. */
} cf_url_base;

typedef enum cf_match_kind {
    CF_MATCH_FOUND,
    CF_MATCH_NOT_FOUND,
    CF_MATCH_BAD_METHOD,
    CF_MATCH_REDIRECT,
    CF_MATCH_WEBSOCKET, /* The path exists for the other of HTTP and WebSocket. */
} cf_match_kind;

/* Most variables that one rule may have. */
#define CF_URL_ARGS 16

typedef struct cf_url_match {
    cf_match_kind      kind;
    const cf_url_rule *rule; /* When found. */
    cf_named           args[CF_URL_ARGS];
    size_t             nargs;
    unsigned           allowed;  /* When the method is bad: bits of the methods there are. */
    cf_str             location; /* When redirecting: the absolute URL. */
} cf_url_match;

/* Finds the rule of a path.
 *
 * Args:
 *   arena: owns converted values and redirect URLs; nothing else is allocated.
 *   path: decoded (UTF-8), beginning with '/'.
 *   query: as sent, kept in redirects.
 */
void cf_url_map_match(const cf_url_map *map, cf_arena *arena, const cf_url_base *base, cf_str path,
                      cf_method method, bool websocket, cf_str query, cf_url_match *out);

/* How to build a URL. Zero means the default. */
typedef struct cf_url_options {
    cf_method   method;       /* Prefer the rule with this method. */
    bool        external;     /* Absolute, with scheme and host. */
    bool        drop_unknown; /* Values no rule has are dropped instead of put in the query. */
    const char *scheme;       /* Of external ones; "" gives "//host/…". */
    const char *anchor;       /* Without '#'; quoted. */
} cf_url_options;

/* Builds the URL of an endpoint.
 *
 * Args:
 *   values: `count` of them; none and undefined ones are dropped, lists repeat in the query.
 *
 * Errors: CF_ENOTFOUND naming the nearest endpoint, the missing values or the methods there are.
 */
bool cf_url_map_build(const cf_url_map *map, cf_arena *arena, const cf_url_base *base,
                      cf_str endpoint, const cf_named *values, size_t count,
                      const cf_url_options *options, cf_str *out, cf_error *err);

/* Rule `i` in the order they were added, or NULL past the end. */
const cf_url_rule *cf_url_map_rule(const cf_url_map *map, size_t i);

const char *cf_rule_text(const cf_url_rule *rule);
const char *cf_rule_endpoint(const cf_url_rule *rule);
unsigned    cf_rule_methods(const cf_url_rule *rule);
void       *cf_rule_data(const cf_url_rule *rule);
const char *cf_rule_domain(const cf_url_rule *rule);

#endif
