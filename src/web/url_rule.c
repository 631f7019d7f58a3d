/* url_rule.c -- reads a rule's text: "/blog/<int:id>/<path:rest>" into parts and pieces. */
#include "web/url_internal.h"

#include <carafe/url.h>

/* The part that is being read. */
typedef struct rule_reader {
    cf_url_map  *map;
    cf_url_rule *rule;
    cf_str       text; /* The whole rule. */
    size_t       pos;
    cf_buf       content; /* Fixed text, then, once there is a variable, a regular expression. */
    url_part     part;
    bool         lone; /* The part is nothing but one variable. */
    url_piece  **pieces;
    size_t      *npieces, cap_pieces;
} rule_reader;

static void begin_part(rule_reader *r)
{
    r->content = cf_buf_in(r->map->arena, 0);
    r->part = (url_part){ .is_static = true };
    r->lone = false;
}

static bool fail_at(const rule_reader *r, size_t pos, cf_error *err)
{
    cf_fail_prefix(err, "rule \"%.*s\"", CF_STR_ARG(r->text));
    return cf_fail_in(err, cf_str_dup(r->map->arena, r->text), 1, (int)pos + 1);
}

static bool compile_part(rule_reader *r, url_part *part, cf_error *err)
{
    int        code;
    PCRE2_SIZE at;

    part->regex = pcre2_compile((PCRE2_SPTR)part->content.ptr, part->content.len,
                                PCRE2_UTF | PCRE2_ANCHORED | PCRE2_DOLLAR_ENDONLY, &code, &at,
                                NULL);
    if (!part->regex) {
        PCRE2_UCHAR message[200];
        pcre2_get_error_message(code, message, sizeof message);
        cf_fail(err, CF_EPARSE, "the pattern \"%.*s\" is no regular expression: %s",
                CF_STR_ARG(part->content), (const char *)message);
        return fail_at(r, 0, err);
    }
    cf_arena_defer(r->map->arena, (void (*)(void *))pcre2_code_free, part->regex);
    pcre2_jit_compile(part->regex, PCRE2_JIT_COMPLETE);
    return true;
}

static bool end_part(rule_reader *r, bool last, cf_error *err)
{
    url_part *part = URL_PUSH(r->map->arena, r->rule->parts, r->rule->nparts, r->rule->cap_parts);

    *part = r->part;
    if (last && part->final && r->content.len && r->content.ptr[r->content.len - 1] == '/') {
        part->suffixed = true;
        part->test = URL_TEST_REGEX;
        r->content.len--;
        cf_buf_puts(&r->content, "(?<!/)(/?)");
    }
    if (!part->is_static)
        cf_buf_puts(&r->content, "\\z");
    part->content = cf_str_of(cf_buf_cstr(&r->content));
    part->content.len = r->content.len;
    if (!part->is_static && !r->lone)
        part->test = URL_TEST_REGEX;
    if (!part->is_static && !compile_part(r, part, err))
        return false;
    if (part->suffixed)
        *URL_PUSH(r->map->arena, r->rule->parts, r->rule->nparts,
                  r->rule->cap_parts) = (url_part){ .is_static = true, .weight = part->weight };
    begin_part(r);
    return true;
}

static void add_piece(rule_reader *r, url_piece piece)
{
    *URL_PUSH(r->map->arena, *r->pieces, *r->npieces, r->cap_pieces) = piece;
}

static void add_text_piece(rule_reader *r, cf_str text)
{
    cf_buf quoted = cf_buf_in(r->map->arena, 0);

    cf_url_encode(&quoted, text, URL_PATH_SAFE);
    add_piece(r, (url_piece){ .text = text, .quoted = cf_buf_view(&quoted) });
}

/* Fixed text inside a regular expression. */
static void add_literal(cf_buf *out, cf_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if ((unsigned char)c < 0x80 && !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
            !(c >= '0' && c <= '9') && c != '_')
            cf_buf_putc(out, '\\');
        cf_buf_putc(out, c);
    }
}

static bool read_static(rule_reader *r, cf_error *err)
{
    size_t end = r->pos;

    while (end < r->text.len && r->text.ptr[end] != '<' && r->text.ptr[end] != '/')
        end++;
    cf_str text = cf_str_slice(r->text, r->pos, end);
    if (r->part.weight.nstatics == 8) {
        cf_fail(err, CF_ELIMIT, "more than 8 fixed texts between two slashes");
        return fail_at(r, r->pos, err);
    }
    r->part.weight.statics[r->part.weight.nstatics++] = (int)text.len;
    if (r->part.is_static)
        cf_buf_str(&r->content, text);
    else
        add_literal(&r->content, text);
    r->lone = false;
    add_text_piece(r, text);
    r->pos = end;
    return true;
}

static bool is_name(cf_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
              (i && c >= '0' && c <= '9')))
            return false;
    }
    return s.len > 0;
}

/* The end of <converter(args):name>: the '>' that stands in no quotes and no parentheses. */
static size_t variable_end(cf_str text, size_t pos)
{
    char quote = 0;
    int  depth = 0;

    for (; pos < text.len; pos++) {
        char c = text.ptr[pos];
        if (quote)
            quote = c == quote ? 0 : quote;
        else if (depth && (c == '"' || c == '\''))
            quote = c;
        else if (c == '(')
            depth++;
        else if (c == ')')
            depth--;
        else if (c == '>' && depth <= 0)
            return pos;
    }
    return CF_NPOS;
}

/* Cuts "converter(args):name" into its three. */
static bool split_variable(cf_str inner, cf_str *converter, cf_str *args, cf_str *name)
{
    *converter = CF_STR("default");
    *args = (cf_str){ 0 };
    if (!cf_str_rcut(inner, ':', &inner, name)) {
        *name = inner;
        return is_name(*name);
    }
    *converter = inner;
    if (inner.len && inner.ptr[inner.len - 1] == ')') {
        if (!cf_str_cut(cf_str_slice(inner, 0, inner.len - 1), '(', converter, args))
            return false;
    }
    return is_name(*converter) && is_name(*name);
}

static bool add_variable(rule_reader *r, cf_str converter, cf_str args, cf_str name, cf_error *err)
{
    cf_url_rule  *rule = r->rule;
    cf_arena     *arena = r->map->arena;
    url_variable *variable = &rule->variables[rule->nvariables];

    if (rule->nvariables == CF_URL_ARGS)
        return cf_fail(err, CF_ELIMIT, "more than %d variables", CF_URL_ARGS);
    for (size_t i = 0; i < rule->nvariables; i++)
        if (cf_str_is(name, rule->variables[i].name))
            return cf_fail(err, CF_EPARSE, "variable '%.*s' is used twice", CF_STR_ARG(name));
    variable->name = cf_str_dup(arena, name);
    variable->converter = cf__url_converter(r->map, converter, err);
    if (!variable->converter || !cf__url_converter_args(arena, args, &variable->args, err))
        return false;
    if (variable->converter->check) {
        if (!variable->converter->check(&variable->args, err))
            return cf_fail_prefix(err, "converter '%s'", variable->converter->name);
    } else if (args.len) {
        return cf_fail(err, CF_EPARSE, "converter '%s' takes no arguments",
                       variable->converter->name);
    }
    rule->nvariables++;
    return true;
}

/* Turns the part into a regular expression if it is none yet, and adds the variable's group. */
static void add_group(rule_reader *r, const url_variable *variable)
{
    url_weight *weight = &r->part.weight;
    cf_buf      pattern = cf_buf_in(r->map->arena, 0);

    if (r->part.is_static) {
        add_literal(&pattern, cf_buf_view(&r->content));
        r->lone = !r->content.len;
        r->content = pattern;
        r->part.is_static = false;
        r->part.test = cf__url_converter_test(variable);
    } else {
        r->lone = false;
    }
    cf_buf_putc(&r->content, '(');
    cf__url_converter_pattern(variable, &r->content);
    cf_buf_putc(&r->content, ')');
    r->part.groups++;
    r->part.final |= variable->converter->slashes;
    weight->variables[weight->nvariables++] = variable->converter->weight
                                                  ? variable->converter->weight
                                                  : 100;
}

static bool read_variable(rule_reader *r, cf_error *err)
{
    size_t end = variable_end(r->text, r->pos), at = r->pos;
    cf_str converter, args, name;

    if (end == CF_NPOS) {
        cf_fail(err, CF_EPARSE, "'<' is not closed");
        return fail_at(r, at, err);
    }
    if (!split_variable(cf_str_slice(r->text, r->pos + 1, end), &converter, &args, &name)) {
        cf_fail(err, CF_EPARSE, "\"%.*s\" is no variable: write <name> or <converter:name>",
                CF_STR_ARG(cf_str_slice(r->text, at, end + 1)));
        return fail_at(r, at, err);
    }
    if (!add_variable(r, converter, args, name, err))
        return fail_at(r, at, err);
    add_group(r, &r->rule->variables[r->rule->nvariables - 1]);
    add_piece(r,
              (url_piece){ .dynamic = true,
                           .variable = r->rule->nvariables - 1,
                           .text = cf_str_of(r->rule->variables[r->rule->nvariables - 1].name) });
    r->pos = end + 1;
    return true;
}

static bool read_slash(rule_reader *r, cf_error *err)
{
    add_text_piece(r, CF_STR("/"));
    r->pos++;
    if (r->part.final) {
        cf_buf_putc(&r->content, '/');
        r->lone = false;
        return true;
    }
    return end_part(r, false, err);
}

static bool read_text(rule_reader *r, cf_error *err)
{
    begin_part(r);
    while (r->pos < r->text.len) {
        char c = r->text.ptr[r->pos];
        if (!(c == '/'   ? read_slash(r, err)
              : c == '<' ? read_variable(r, err)
                         : read_static(r, err)))
            return false;
    }
    return end_part(r, true, err);
}

static cf_str merge_slashes(cf_arena *arena, cf_str text)
{
    cf_buf out = cf_buf_in(arena, 0);

    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] != '/' || !i || text.ptr[i - 1] != '/')
            cf_buf_putc(&out, text.ptr[i]);
    return cf_buf_view(&out);
}

static bool read_domain(cf_url_map *map, cf_url_rule *rule, cf_error *err)
{
    rule_reader r = { .map = map,
                      .rule = rule,
                      .text = cf_str_of(rule->domain),
                      .pieces = &rule->domain_pieces,
                      .npieces = &rule->ndomain_pieces };

    if (!r.text.len) {
        begin_part(&r);
        return end_part(&r, true, err);
    }
    if (!read_text(&r, err))
        return false;
    if (rule->nparts != 1 || rule->parts[0].final) {
        cf_fail(err, CF_EPARSE, "a domain has no slashes");
        return fail_at(&r, 0, err);
    }
    rule->ndomain_variables = rule->nvariables;
    return true;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The names that the rule needs or knows: its variables and its defaults, each once. */
static void collect_arguments(cf_url_map *map, cf_url_rule *rule)
{
    const cf_named *defaults = rule->options.defaults;

    while (defaults && defaults[rule->ndefaults].name)
        rule->ndefaults++;
    rule->arguments = cf_new_array(map->arena, const char *, rule->nvariables + rule->ndefaults);
    for (size_t i = 0; i < rule->nvariables; i++)
        rule->arguments[rule->narguments++] = rule->variables[i].name;
    for (size_t i = 0; i < rule->ndefaults; i++)
        if (!cf__url_rule_has_argument(rule, defaults[i].name))
            rule->arguments[rule->narguments++] = defaults[i].name;
    qsort(rule->arguments, rule->narguments, sizeof *rule->arguments, compare_names);
}

bool cf__url_rule_has_argument(const cf_url_rule *rule, const char *name)
{
    for (size_t i = 0; i < rule->narguments; i++)
        if (!strcmp(rule->arguments[i], name))
            return true;
    return false;
}

bool cf__url_rule_parse(cf_url_map *map, cf_url_rule *rule, cf_error *err)
{
    rule_reader r = { .map = map,
                      .rule = rule,
                      .text = cf_str_of(rule->options.rule),
                      .pieces = &rule->path_pieces,
                      .npieces = &rule->npath_pieces };

    if (!r.text.len || r.text.ptr[0] != '/') {
        cf_fail(err, CF_EPARSE, "must begin with '/'");
        return fail_at(&r, 0, err);
    }
    if (!read_domain(map, rule, err))
        return false;
    if (!rule->options.keep_slashes)
        r.text = merge_slashes(map->arena, r.text);
    if (!read_text(&r, err))
        return false;
    collect_arguments(map, rule);
    return true;
}
