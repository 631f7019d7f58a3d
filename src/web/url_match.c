/* url_match.c -- finds the rule of a path: a walk over the compiled states, with backtracking.
 *
 * The walk decides by form alone; only then are the values read. A value that its converter
 * refuses (a number out of range) means "not found", as in werkzeug, not another rule. */
#include "web/url_internal.h"

#include <carafe/url.h>

/* What is left of the path: the segments from p on; none once `more` is false. */
typedef struct rest {
    const char *p, *end;
    bool        more;
} rest;

typedef enum outcome { NOTHING, FOUND, SLASH_MISSING } outcome;

typedef struct walker {
    const cf_url_map  *map;
    unsigned           method;
    bool               websocket;
    unsigned           allowed; /* Methods that rules of this path have. */
    bool               any_rule_for_other_protocol;
    const cf_url_rule *rule;
    cf_str             values[CF_URL_ARGS];
    pcre2_match_data  *match_data;
} walker;

static rest next_rest(rest r, cf_str *segment)
{
    const char *slash = memchr(r.p, '/', (size_t)(r.end - r.p));

    if (!slash) {
        *segment = cf_str_n(r.p, (size_t)(r.end - r.p));
        return (rest){ r.end, r.end, false };
    }
    *segment = cf_str_n(r.p, (size_t)(slash - r.p));
    return (rest){ slash + 1, r.end, true };
}

static url_state *static_child(const url_state *state, cf_str segment)
{
    size_t low = 0, high = state->nstatics;

    while (low < high) {
        size_t middle = (low + high) / 2;
        int    order = cf_str_cmp(segment, state->statics[middle].part->content);
        if (!order)
            return state->statics[middle].to;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

/* Whether a rule answers this method and protocol; remembers what it would answer. */
static bool answers(walker *w, const cf_url_rule *rule)
{
    if (rule->methods && !(rule->methods & w->method)) {
        w->allowed |= rule->methods;
        return false;
    }
    if (rule->options.websocket != w->websocket) {
        w->any_rule_for_other_protocol = true;
        return false;
    }
    w->rule = rule;
    return true;
}

/* All segments are used: a rule that ends here, or one that lacks only its final slash. */
static outcome at_end(walker *w, const url_state *state)
{
    const url_state *slash;

    for (size_t i = 0; i < state->nrules; i++)
        if (answers(w, state->rules[i]))
            return FOUND;
    slash = static_child(state, (cf_str){ "", 0 });
    for (size_t i = 0; slash && i < slash->nrules; i++) {
        const cf_url_rule *rule = slash->rules[i];
        if (rule->options.websocket != w->websocket ||
            (rule->methods && !(rule->methods & w->method)))
            continue;
        if (!rule->options.loose_slashes)
            return SLASH_MISSING;
        w->rule = rule;
        return FOUND;
    }
    return NOTHING;
}

static bool all_digits(cf_str s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.ptr[i] < '0' || s.ptr[i] > '9')
            return false;
    return s.len > 0;
}

/* Matches one part; puts its groups at values[n…]. */
static bool test_part(walker *w, const url_part *part, cf_str target, size_t n, bool *slash)
{
    PCRE2_SIZE *at;

    switch (part->test) {
    case URL_TEST_SEGMENT:
        w->values[n] = target;
        return target.len > 0;
    case URL_TEST_DIGITS:
        w->values[n] = target;
        return all_digits(target);
    case URL_TEST_REST:
        w->values[n] = target;
        return target.len && target.ptr[0] != '/' && !memchr(target.ptr, '\n', target.len);
    case URL_TEST_REGEX:
        break;
    }
    if (pcre2_match(part->regex, (PCRE2_SPTR)(target.ptr ? target.ptr : ""), target.len, 0, 0,
                    w->match_data, w->map->match_context) < 0)
        return false;
    at = pcre2_get_ovector_pointer(w->match_data);
    for (size_t g = 0; g < part->groups; g++)
        w->values[n + g] = cf_str_slice(target, at[2 * g + 2], at[2 * g + 3]);
    if (part->suffixed)
        *slash = at[2 * part->groups + 3] > at[2 * part->groups + 2];
    return true;
}

static outcome walk(walker *w, const url_state *state, rest r, size_t n);

static outcome walk_dynamics(walker *w, const url_state *state, rest r, cf_str segment, rest after,
                             size_t n)
{
    for (size_t i = 0; i < state->ndynamics; i++) {
        const url_part *part = state->dynamics[i].part;
        rest            remaining = after;
        cf_str          target = segment;
        bool            slash = false;
        if (part->final) {
            target = cf_str_n(r.p, (size_t)(r.end - r.p));
            remaining = (rest){ r.end, r.end, false };
        }
        if (!test_part(w, part, target, n, &slash))
            continue;
        remaining.more |= slash; /* The slash leads to the empty segment after it. */
        outcome found = walk(w, state->dynamics[i].to, remaining, n + part->groups);
        if (found != NOTHING)
            return found;
    }
    return NOTHING;
}

static outcome walk(walker *w, const url_state *state, rest r, size_t n)
{
    cf_str     segment;
    url_state *child;
    outcome    found;

    if (!r.more)
        return at_end(w, state);
    rest after = next_rest(r, &segment);
    child = static_child(state, segment);
    if (child) {
        found = walk(w, child, after, n);
        if (found != NOTHING)
            return found;
    }
    found = walk_dynamics(w, state, r, segment, after, n);
    if (found != NOTHING)
        return found;
    if (!segment.len && !after.more)
        for (size_t i = 0; i < state->nrules; i++)
            if (state->rules[i]->options.loose_slashes && answers(w, state->rules[i]))
                return FOUND;
    return NOTHING;
}

/* The first step goes by the domain, the others by the path. */
static outcome walk_domain(walker *w, cf_str domain, cf_str path)
{
    rest       r = { path.ptr, path.ptr + path.len, true };
    url_state *child = static_child(w->map->root, domain);
    outcome    found;

    if (child) {
        found = walk(w, child, r, 0);
        if (found != NOTHING)
            return found;
    }
    for (size_t i = 0; i < w->map->root->ndynamics; i++) {
        const url_edge *edge = &w->map->root->dynamics[i];
        bool            slash = false;
        if (!test_part(w, edge->part, domain, 0, &slash))
            continue;
        found = walk(w, edge->to, r, edge->part->groups);
        if (found != NOTHING)
            return found;
    }
    return NOTHING;
}

/* Every pair of slashes becomes one. */
static cf_str merged(cf_arena *arena, cf_str path)
{
    char  *out = cf_alloc(arena, path.len + 1);
    size_t n = 0;

    for (size_t i = 0; i < path.len; i++) {
        out[n++] = path.ptr[i];
        if (path.ptr[i] == '/' && i + 1 < path.len && path.ptr[i + 1] == '/')
            i++;
    }
    out[n] = '\0';
    return cf_str_n(out, n);
}

static void redirect_to_path(const walker *w, cf_arena *arena, const cf_url_base *base, cf_str path,
                             bool slash, cf_str query, cf_url_match *out)
{
    cf_buf quoted = cf_buf_in(arena, 0);

    cf_url_encode(&quoted, path, URL_PATH_SAFE);
    if (slash)
        cf_buf_putc(&quoted, '/');
    out->kind = CF_MATCH_REDIRECT;
    out->location = cf__url_absolute(w->map, arena, base, NULL, cf_buf_view(&quoted), query);
}

/* Reads the values and adds the defaults. False: a converter refused one. */
static bool read_values(const walker *w, cf_arena *arena, cf_url_match *out)
{
    const cf_url_rule *rule = w->rule;

    out->rule = rule;
    for (size_t i = 0; i < rule->nvariables; i++) {
        const url_variable *variable = &rule->variables[i];
        cf_named           *arg = &out->args[out->nargs++];
        arg->name = variable->name;
        if (!variable->converter->read)
            arg->value = cf_string_of(w->values[i]);
        else if (!variable->converter->read(&variable->args, arena, w->values[i], &arg->value))
            return false;
    }
    for (size_t i = 0; i < rule->ndefaults; i++) {
        const cf_named *given = &rule->options.defaults[i];
        size_t          k = 0;
        while (k < out->nargs && strcmp(out->args[k].name, given->name) != 0)
            k++;
        if (k == CF_URL_ARGS)
            continue;
        if (k == out->nargs)
            out->nargs++;
        out->args[k] = *given;
    }
    return true;
}

/* The rule that has as defaults what this path spells out: /page/1 is better called /. */
static bool redirect_to_defaults(const walker *w, cf_arena *arena, const cf_url_base *base,
                                 cf_str query, cf_url_match *out)
{
    const cf_url_rule  *rule = w->rule;
    const url_endpoint *endpoint = cf__url_endpoint(w->map, cf_str_of(rule->options.endpoint));
    cf_str              domain, path;

    for (size_t i = 0; endpoint && i < endpoint->nrules; i++) {
        const cf_url_rule *other = endpoint->rules[i];
        if (other == rule)
            return false;
        if (other->options.build_only || !other->ndefaults || other->narguments != rule->narguments)
            continue;
        bool same = true;
        for (size_t k = 0; k < rule->narguments && same; k++)
            same = !strcmp(rule->arguments[k], other->arguments[k]);
        if (!same || !cf__url_rule_suits(other, out->args, out->nargs, w->method))
            continue;
        if (!cf__url_rule_build(w->map, other, arena, out->args, out->nargs, true, &domain, &path))
            continue;
        out->kind = CF_MATCH_REDIRECT;
        out->location = cf__url_absolute(w->map, arena, base, &domain, path, query);
        return true;
    }
    return false;
}

/* The canonical URL of an alias. */
static void redirect_alias(const walker *w, cf_arena *arena, const cf_url_base *base, cf_str query,
                           cf_url_match *out)
{
    cf_url_options options = { .method = (cf_method)w->method,
                               .external = true,
                               .drop_unknown = true };
    cf_str         url;

    if (!cf_url_map_build(w->map, arena, base, cf_str_of(w->rule->options.endpoint), out->args,
                          out->nargs, &options, &url, NULL)) {
        out->kind = CF_MATCH_NOT_FOUND;
        return;
    }
    out->kind = CF_MATCH_REDIRECT;
    out->location = url;
    if (query.len)
        out->location = cf_str_of(
            cf_printf(arena, "%.*s?%.*s", CF_STR_ARG(url), CF_STR_ARG(query)));
}

/* Fills the <names> of redirect_to. */
static void redirect_to_target(const walker *w, cf_arena *arena, const cf_url_base *base,
                               cf_url_match *out)
{
    cf_str text = cf_str_of(w->rule->options.redirect_to), before, name;
    cf_buf target = cf_buf_in(arena, 0), root = cf_buf_in(arena, 0);

    while (cf_str_cut(text, '<', &before, &text)) {
        cf_buf_str(&target, before);
        if (!cf_str_cut(text, '>', &name, &text))
            break;
        for (size_t i = 0; i < w->rule->nvariables; i++)
            if (cf_str_is(name, w->rule->variables[i].name))
                cf__url_write(&w->rule->variables[i], out->args[i].value, &target);
    }
    cf_buf_str(&target, before);
    cf_buf_str(&root, cf__url_absolute(w->map, arena, base, NULL, CF_STR("/"), (cf_str){ 0 }));
    out->kind = CF_MATCH_REDIRECT;
    out->location = cf_url_join(arena, cf_buf_view(&root), cf_buf_view(&target));
}

static void finish(const walker *w, cf_arena *arena, const cf_url_base *base, cf_str query,
                   cf_url_match *out)
{
    out->kind = CF_MATCH_FOUND;
    if (!read_values(w, arena, out)) {
        out->kind = w->allowed ? CF_MATCH_BAD_METHOD : CF_MATCH_NOT_FOUND;
        out->allowed = w->allowed;
        return;
    }
    if (w->rule->options.alias && !w->map->options.keep_defaults) {
        redirect_alias(w, arena, base, query, out);
        return;
    }
    if (!w->map->options.keep_defaults && w->rule->narguments &&
        redirect_to_defaults(w, arena, base, query, out))
        return;
    if (w->rule->options.redirect_to)
        redirect_to_target(w, arena, base, out);
}

static cf_str domain_of(const cf_url_map *map, const cf_url_base *base)
{
    if (map->options.host_matching)
        return base->server_name;
    return base->subdomain.ptr ? base->subdomain : cf_str_of(map->options.default_subdomain);
}

void cf_url_map_match(const cf_url_map *map, cf_arena *arena, const cf_url_base *base, cf_str path,
                      cf_method method, bool websocket, cf_str query, cf_url_match *out)
{
    walker  w;
    outcome found;
    cf_str  domain = domain_of(map, base);

    w.map = map;
    w.method = method;
    w.websocket = websocket;
    w.allowed = 0;
    w.any_rule_for_other_protocol = false;
    w.rule = NULL;
    w.match_data = map->match_data;
    out->rule = NULL;
    out->nargs = 0;
    out->allowed = 0;
    out->location = (cf_str){ 0 };
    while (path.len > 1 && path.ptr[0] == '/' && path.ptr[1] == '/')
        path = cf_str_slice(path, 1, path.len);

    found = walk_domain(&w, domain, path);
    if (found == FOUND) {
        finish(&w, arena, base, query, out);
        return;
    }
    if (found == NOTHING && !map->options.keep_slashes &&
        cf_str_find(path, CF_STR("//")) != CF_NPOS) {
        path = merged(arena, path);
        found = walk_domain(&w, domain, path);
        if (found == FOUND && !w.rule->options.keep_slashes) {
            redirect_to_path(&w, arena, base, path, false, query, out);
            return;
        }
    }
    if (found == SLASH_MISSING) {
        redirect_to_path(&w, arena, base, path, true, query, out);
        return;
    }
    out->allowed = w.allowed;
    out->kind = w.allowed                       ? CF_MATCH_BAD_METHOD
                : w.any_rule_for_other_protocol ? CF_MATCH_WEBSOCKET
                                                : CF_MATCH_NOT_FOUND;
}
