/* template.h -- Jinja2 templates: compiled once, rendered straight into a buffer.
 *
 * A cf_templates is an environment: a loader, options, and the app's globals, filters and tests.
 * Everything an application sees behaves as Jinja 3.1 documents it for template designers. Set an
 * environment up before the first render; rendering may suspend the fiber when a callback does. */
#ifndef CARAFE_TEMPLATE_H
#define CARAFE_TEMPLATE_H

#include <carafe/asset.h>
#include <carafe/value.h>

typedef struct cf_templates  cf_templates;
typedef struct cf_template   cf_template;
typedef struct cf_expression cf_expression;

/* What a missing variable does. */
typedef enum cf_undefined_kind {
    CF_UNDEFINED_DEFAULT,   /* Prints nothing, is false; its attributes and arithmetic fail. */
    CF_UNDEFINED_CHAINABLE, /* The same, but its attributes and items are undefined again. */
    CF_UNDEFINED_DEBUG,     /* Prints as {{ name }}. */
    CF_UNDEFINED_STRICT,    /* Every use but `is defined` and default() fails. */
} cf_undefined_kind;

/* Which templates escape what they print. */
typedef enum cf_autoescape {
    CF_AUTOESCAPE_SELECT, /* Names ending in .html, .htm, .xml, .xhtml, .svg. */
    CF_AUTOESCAPE_ON,
    CF_AUTOESCAPE_OFF,
} cf_autoescape;

/* Templates written by people one does not trust. */
typedef enum cf_sandbox {
    CF_SANDBOX_OFF,
    CF_SANDBOX_ON,        /* Names beginning with '_' are refused, range() is bounded. */
    CF_SANDBOX_IMMUTABLE, /* Lists and dicts cannot be changed either. */
} cf_sandbox;

/* Statements beyond the core language; a bit set. */
#define CF_JINJA_DO           1u /* {% do list.append(1) %} */
#define CF_JINJA_LOOPCONTROLS 2u /* {% break %}, {% continue %} */
#define CF_JINJA_I18N         4u /* {% trans %}, _() and gettext() */
#define CF_JINJA_DEBUG        8u /* {% debug %} */

/* A template's text as its loader found it. */
typedef struct cf_template_source {
    cf_str      text;    /* Owned by the arena the loader was given, or longer-lived. */
    uint64_t    version; /* Changes when the text does; 0 never changes. */
    const char *path;    /* The file, for messages; NULL when there is none. */
} cf_template_source;

/* Finds templates by name. */
typedef struct cf_template_loader {
    /* Fetches a template. Errors: CF_ENOTFOUND when there is none of that name. */
    bool (*load)(void *data, cf_arena *arena, cf_str name, cf_template_source *out, cf_error *err);
    /* Today's version of a template, 0 when it is gone. NULL: templates never change. */
    uint64_t (*version)(void *data, cf_str name);
    /* Appends the names of all templates as strings, for suggestions and checks. May be NULL. */
    void (*names)(void *data, cf_list *out);
    void *data;
} cf_template_loader;

/* Looks a message up in the language of the render that is going on.
 *
 * Args:
 *   context: the message's context (pgettext), or empty.
 *   plural: empty for a message without plural.
 *   n: the number that chooses the form.
 *   out: receives the translation, or `singular` or `plural` where there is none.
 */
typedef bool cf_translate(void *data, cf_eval *eval, cf_str context, cf_str singular, cf_str plural,
                          int64_t n, cf_str *out);

/* Zero everywhere means Jinja2's default. Strings must live as long as the environment. */
typedef struct cf_template_options {
    cf_template_loader loader;

    const char *block_start, *block_end;       /* {% %} */
    const char *variable_start, *variable_end; /* {{ }} */
    const char *comment_start, *comment_end;   /* {# #} */
    const char *line_statement_prefix;         /* None. */
    const char *line_comment_prefix;           /* None. */
    const char *newline_sequence;              /* "\n", "\r\n" or "\r"; "\n" is the default. */
    bool        trim_blocks;                   /* The newline after a block tag goes. */
    bool        lstrip_blocks;                 /* Blanks before a block tag on its line go. */
    bool        keep_trailing_newline;         /* The one at the end of a template stays. */

    unsigned          extensions; /* CF_JINJA_… */
    cf_autoescape     autoescape;
    cf_undefined_kind undefined;
    cf_sandbox        sandbox;
    bool              reload; /* Ask the loader for changes before each use. */

    /* Limits; a render that passes one fails with CF_ELIMIT. */
    unsigned max_depth;       /* Of nested macro calls, includes, recursive loops; 200. */
    size_t   max_output;      /* Bytes of a page or of one string; 64 MiB. */
    uint64_t max_steps;       /* Loop passes and calls; none, 10 million in a sandbox. */
    int64_t  max_time_us;     /* Microseconds; none, 5 seconds in a sandbox. */
    size_t   max_memory;      /* Bytes of values a render makes; none, 256 MiB in a sandbox. */
    int64_t  max_range;       /* Items of range(); none, 100000 in a sandbox. */
    const volatile int *stop; /* Ends a render with CF_ECANCELED once not zero; NULL: never. */
    uint64_t            seed; /* For random and lipsum(); 0: a fresh one each render. */

    cf_translate *translate; /* NULL: messages stay as they are. */
    void         *translate_data;
    bool          newstyle_gettext; /* gettext(…, name=value) formats and escapes. */
    bool          trimmed_gettext;  /* {% trans %} trims by default. */
    int64_t       truncate_leeway;  /* 5; -1 means none. */
    const char   *urlize_rel;       /* "noopener"; "" means none. */
    const char   *urlize_target;    /* None. */
    const char   *urlize_schemes;   /* More schemes to link, such as "tel: ftp:". */
    bool          json_keep_order;  /* tojson keeps the keys' order; Jinja2 sorts them. */
} cf_template_options;

/* Makes an environment; it lives as long as the arena.
 *
 * Args:
 *   options: NULL for the defaults; copied.
 */
cf_templates *cf_templates_new(cf_arena *arena, const cf_template_options *options);

/* Adds a name that every template sees. Names are not copied. */
void cf_templates_global(cf_templates *env, const char *name, cf_value value);

/* Adds a name whose value is computed at its first use in a render, such as the current request's
 * session; `get` sees the render's context in eval->context. */
void cf_templates_computed(cf_templates *env, const char                               *name,
                           bool (*get)(void *data, cf_eval *eval, cf_value *out), void *data);

/* Adds a filter: {{ value|name(args) }} calls it with the value as first argument. */
void cf_templates_filter(cf_templates *env, const char *name, cf_callback *filter, void *data);

/* Adds a test: {% if value is name(args) %}; its result is read as a truth value. */
void cf_templates_test(cf_templates *env, const char *name, cf_callback *test, void *data);

/* Forgets all compiled templates; renders that are going on keep theirs. */
void cf_templates_clear(cf_templates *env);

/* ---- loaders ---- */

/* One place to look for templates; the folder, when set and there, wins over the bundle. */
typedef struct cf_template_place {
    const cf_bundle *bundle; /* May be NULL. */
    const char      *folder; /* Absolute or relative to the working folder; may be NULL. */
    const char      *prefix; /* Put before the template's name: "templates/". NULL is none. */
} cf_template_place;

/* A loader that searches places in order. A bundle's own source folder is used when `develop` is
 * set and it is there, so that edits show without a build. */
cf_template_loader cf_template_places(cf_arena *arena, const cf_template_place *places,
                                      size_t count, bool develop);

/* A loader over a map of names to sources. */
cf_template_loader cf_template_map(const cf_map *sources);

/* ---- templates ---- */

/* A compiled template by name; compiled at first use, and again when `reload` sees a change.
 *
 * Returns: the template, to be used before the fiber suspends; NULL on error.
 * Errors: CF_ENOTFOUND (with the nearest name), CF_ESYNTAX with template, line and column.
 */
cf_template *cf_template_get(cf_templates *env, cf_str name, cf_error *err);

/* Checks a template without running it: that it compiles, that the templates exist which it
 * extends, includes or imports by a constant name, and that each block it overrides is in one of
 * those it extends, since one that is not would never show.
 *
 * Errors: as cf_template_get(), with template, line and column.
 */
bool cf_template_check(cf_templates *env, cf_str name, cf_error *err);

/* Appends the names of all templates that the loader knows, sorted, each once. */
void cf_templates_names(cf_templates *env, cf_list *out);

/* Compiles text that no loader knows.
 *
 * Args:
 *   name: for messages and autoescape.
 *   source: copied.
 *
 * Returns: a template to end with cf_template_release(), or NULL.
 */
cf_template *cf_template_from_string(cf_templates *env, cf_str name, cf_str source, cf_error *err);

/* Gives back a template of cf_template_from_string(). */
void cf_template_release(cf_template *t);

cf_str cf_template_name(const cf_template *t);

/* Renders a page.
 *
 * Args:
 *   eval: its arena owns what the render makes, its context reaches the callbacks, its err
 *     receives the error.
 *   vars: the names this render adds to the globals; they win.
 *   out: the page is appended; on failure it holds what came before the error.
 *
 * Errors: CF_EUNDEFINED, CF_ENOTFOUND, CF_ESYNTAX, CF_ESECURITY, CF_ERUNTIME, CF_ETYPE, CF_ELIMIT,
 *   with template, line and column in input, input_line and input_column; or a callback's own.
 */
bool cf_template_render(cf_template *t, cf_eval *eval, const cf_named *vars, size_t count,
                        cf_buf *out) CF_SUSPENDS;

/* Renders one block of a page, as overridden by the template; for answers to scripts.
 *
 * Errors: as cf_template_render(); CF_ENOTFOUND with the nearest name when there is no such block.
 */
bool cf_template_render_block(cf_template *t, cf_eval *eval, const char *block,
                              const cf_named *vars, size_t count, cf_buf *out) CF_SUSPENDS;

/* Renders a page piece by piece, in memory that does not grow with it: what a pass of a loop makes
 * is released after the pass, unless the template puts it where it outlives that (a list's append,
 * a namespace). A callback must therefore keep neither its arguments nor anything in eval->arena
 * beyond its call; what it wants to keep belongs in an arena of its own. Items that a generator
 * with a memory (batch, unique) makes last as long as it does. Pieces have 16 KiB unless the sink
 * says otherwise. In a view, cf_render_stream() answers with such a page. */
bool cf_template_stream(cf_template *t, cf_eval *eval, const cf_named *vars, size_t count,
                        const cf_sink *sink) CF_SUSPENDS;

/* A map's entries with string keys as named values, in the arena. Returns how many. */
size_t cf_named_of_map(cf_arena *arena, const cf_map *map, cf_named **out);

/* ---- for callbacks: the render that is going on ---- */

/* What a name means where the callback is called from: variables, then globals; undefined outside
 * a render. */
cf_value cf_template_variable(cf_eval *eval, const char *name);

/* A value's text as {{ value }} shows it before escaping, by the environment's rules for undefined
 * values.
 *
 * Errors: CF_EUNDEFINED for one that may not be shown; CF_ERUNTIME outside a render.
 */
bool cf_template_text(cf_eval *eval, cf_value value, cf_str *out) CF_SUSPENDS;

/* Whether the place that called the callback escapes what it prints; false outside a render. */
bool cf_template_escapes(const cf_eval *eval);

/* ---- errors ---- */

/* The source line of an error and a caret under its column:
 *
 *     12 | <p>{{ usre.name }}</p>
 *        |       ^
 *
 * Returns: the excerpt with a trailing newline, or "" when the source is not known.
 */
const char *cf_template_excerpt(cf_templates *env, cf_arena *arena, const cf_error *err);

/* ---- expressions, for the shell ---- */

/* Compiles one expression of the template language, without delimiters.
 *
 * Args:
 *   arena: owns the result; the source is copied.
 *
 * Errors: CF_ESYNTAX with the column.
 */
cf_expression *cf_expression_compile(cf_templates *env, cf_arena *arena, cf_str source,
                                     cf_error *err);

/* Evaluates it.
 *
 * Args:
 *   vars: the scope; the environment's globals lie below.
 *   out: receives the value; undefined when the expression names nothing.
 */
bool cf_expression_eval(cf_expression *expression, cf_eval *eval, const cf_named *vars,
                        size_t count, cf_value *out) CF_SUSPENDS;

#endif
