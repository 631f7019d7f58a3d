/* url_map.c -- gathers rules and compiles them into the states that matching walks. */
#include "web/url_internal.h"

#include <stdlib.h>

/* Work one regular expression may do on one path; past it the part does not match. */
#define MATCH_LIMIT 100000

cf_url_map *cf_url_map_new(cf_arena *arena, const cf_url_map_options *options)
{
    cf_url_map *map = cf_new(arena, cf_url_map);

    map->arena = arena;
    if (options)
        map->options = *options;
    if (!map->options.default_subdomain)
        map->options.default_subdomain = "";
    map->root = cf_new(arena, url_state);
    map->match_context = pcre2_match_context_create(NULL);
    cf_arena_defer(arena, (void (*)(void *))pcre2_match_context_free, map->match_context);
    map->match_data = pcre2_match_data_create(CF_URL_ARGS + 2, NULL);
    cf_arena_defer(arena, (void (*)(void *))pcre2_match_data_free, map->match_data);
    pcre2_set_match_limit(map->match_context, MATCH_LIMIT);
    for (size_t i = 0; cf__url_converters[i]; i++)
        cf_url_map_converter(map, cf__url_converters[i]);
    return map;
}

void cf_url_map_converter(cf_url_map *map, const cf_converter *converter)
{
    *URL_PUSH(map->arena, map->converters, map->nconverters, map->cap_converters) = converter;
}

static const cf_named *copy_defaults(cf_arena *arena, const cf_named *defaults)
{
    size_t    n = 0;
    cf_named *copy;

    if (!defaults || !defaults[0].name)
        return NULL;
    while (defaults[n].name)
        n++;
    copy = cf_new_array(arena, cf_named, n + 1);
    for (size_t i = 0; i < n; i++) {
        copy[i] = defaults[i];
        copy[i].name = cf_strdup(arena, defaults[i].name);
        if (copy[i].value.type == CF_TYPE_STRING)
            copy[i].value = cf_string_copy(arena, cf_text(copy[i].value));
    }
    return copy;
}

static url_endpoint *find_endpoint(cf_url_map *map, const char *name)
{
    for (size_t i = 0; i < map->nendpoints; i++)
        if (!strcmp(map->endpoints[i].name, name))
            return &map->endpoints[i];
    url_endpoint *endpoint = URL_PUSH(map->arena, map->endpoints, map->nendpoints,
                                      map->cap_endpoints);
    *endpoint = (url_endpoint){ .name = name };
    return endpoint;
}

bool cf_url_map_add(cf_url_map *map, const cf_rule_options *options, cf_error *err)
{
    cf_url_rule *rule = cf_new(map->arena, cf_url_rule);

    if (map->compiled)
        return cf_fail(err, CF_EINVAL, "rule \"%s\" comes too late: the rules are compiled",
                       options->rule);
    rule->options = *options;
    rule->options.rule = cf_strdup(map->arena, options->rule ? options->rule : "");
    rule->options.endpoint = cf_strdup(map->arena, options->endpoint ? options->endpoint : "");
    rule->options.redirect_to = cf_strdup(map->arena, options->redirect_to);
    rule->options.defaults = copy_defaults(map->arena, options->defaults);
    rule->options.loose_slashes |= map->options.loose_slashes;
    rule->options.keep_slashes |= map->options.keep_slashes;
    if (map->options.host_matching)
        rule->domain = options->host ? options->host : "";
    else
        rule->domain = options->subdomain ? options->subdomain : map->options.default_subdomain;
    rule->domain = cf_strdup(map->arena, rule->domain);
    rule->methods = options->methods | (options->methods & CF_GET ? (unsigned)CF_HEAD : 0);
    rule->order = map->nrules;
    if (!cf__url_rule_parse(map, rule, err))
        return false;
    *URL_PUSH(map->arena, map->rules, map->nrules, map->cap_rules) = rule;
    url_endpoint *endpoint = find_endpoint(map, rule->options.endpoint);
    *URL_PUSH(map->arena, endpoint->rules, endpoint->nrules, endpoint->cap_rules) = rule;
    return true;
}

/* ---- compiling ---- */
static int compare_ints(const int *a, int na, const int *b, int nb, int sign)
{
    for (int i = 0; i < na && i < nb; i++)
        if (a[i] != b[i])
            return sign * (a[i] < b[i] ? -1 : 1);
    return na < nb ? -1 : na > nb;
}

/* More fixed texts first, longer ones before shorter ones, more variables first, lower weights. */
static int compare_weights(const url_weight *a, const url_weight *b)
{
    int order;

    if (a->nstatics != b->nstatics)
        return a->nstatics > b->nstatics ? -1 : 1;
    order = compare_ints(a->statics, a->nstatics, b->statics, b->nstatics, -1);
    if (order)
        return order;
    if (a->nvariables != b->nvariables)
        return a->nvariables > b->nvariables ? -1 : 1;
    return compare_ints(a->variables, a->nvariables, b->variables, b->nvariables, 1);
}

static bool same_part(const url_part *a, const url_part *b)
{
    return cf_str_eq(a->content, b->content) && a->final == b->final &&
           a->suffixed == b->suffixed && !compare_weights(&a->weight, &b->weight);
}

static url_state *follow(cf_url_map *map, url_state *state, const url_part *part)
{
    url_edge *edges = part->is_static ? state->statics : state->dynamics;
    size_t    n = part->is_static ? state->nstatics : state->ndynamics;
    url_edge *edge;

    for (size_t i = 0; i < n; i++)
        if (part->is_static ? cf_str_eq(edges[i].part->content, part->content)
                            : same_part(edges[i].part, part))
            return edges[i].to;
    if (part->is_static)
        edge = URL_PUSH(map->arena, state->statics, state->nstatics, state->cap_statics);
    else
        edge = URL_PUSH(map->arena, state->dynamics, state->ndynamics, state->cap_dynamics);
    *edge = (url_edge){ part, cf_new(map->arena, url_state) };
    return edge->to;
}

static int compare_static_edges(const void *a, const void *b)
{
    return cf_str_cmp(((const url_edge *)a)->part->content, ((const url_edge *)b)->part->content);
}

/* Insertion sort: stable, so that equals stay in the order they were added. */
static void sort_dynamics(url_state *state)
{
    for (size_t i = 1; i < state->ndynamics; i++) {
        url_edge edge = state->dynamics[i];
        size_t   k = i;
        for (; k && compare_weights(&edge.part->weight, &state->dynamics[k - 1].part->weight) < 0;
             k--)
            state->dynamics[k] = state->dynamics[k - 1];
        state->dynamics[k] = edge;
    }
}

static void sort_state(url_state *state)
{
    if (state->nstatics)
        qsort(state->statics, state->nstatics, sizeof *state->statics, compare_static_edges);
    sort_dynamics(state);
    for (size_t i = 0; i < state->nstatics; i++)
        sort_state(state->statics[i].to);
    for (size_t i = 0; i < state->ndynamics; i++)
        sort_state(state->dynamics[i].to);
}

/* For building: rules that are no alias, with many arguments, with many defaults come first. */
static bool builds_before(const cf_url_rule *a, const cf_url_rule *b)
{
    if (a->options.alias != b->options.alias)
        return b->options.alias;
    if (a->narguments != b->narguments)
        return a->narguments > b->narguments;
    return a->ndefaults > b->ndefaults;
}

static void sort_endpoint(url_endpoint *endpoint)
{
    for (size_t i = 1; i < endpoint->nrules; i++) {
        cf_url_rule *rule = endpoint->rules[i];
        size_t       k = i;
        for (; k && builds_before(rule, endpoint->rules[k - 1]); k--)
            endpoint->rules[k] = endpoint->rules[k - 1];
        endpoint->rules[k] = rule;
    }
}

static int compare_endpoints(const void *a, const void *b)
{
    return strcmp(((const url_endpoint *)a)->name, ((const url_endpoint *)b)->name);
}

bool cf_url_map_compile(cf_url_map *map, cf_error *err)
{
    (void)err;
    if (map->compiled)
        return true;
    for (size_t i = 0; i < map->nrules; i++) {
        cf_url_rule *rule = map->rules[i];
        url_state   *state = map->root;
        if (rule->options.build_only)
            continue;
        for (size_t k = 0; k < rule->nparts; k++)
            state = follow(map, state, &rule->parts[k]);
        *URL_PUSH(map->arena, state->rules, state->nrules, state->cap_rules) = rule;
    }
    sort_state(map->root);
    for (size_t i = 0; i < map->nendpoints; i++)
        sort_endpoint(&map->endpoints[i]);
    if (map->nendpoints)
        qsort(map->endpoints, map->nendpoints, sizeof *map->endpoints, compare_endpoints);
    map->compiled = true;
    return true;
}

const url_endpoint *cf__url_endpoint(const cf_url_map *map, cf_str name)
{
    size_t low = 0, high = map->nendpoints;

    while (low < high) {
        size_t middle = (low + high) / 2;
        int    order = cf_str_cmp(name, cf_str_of(map->endpoints[middle].name));
        if (!order)
            return &map->endpoints[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

const cf_url_rule *cf_url_map_rule(const cf_url_map *map, size_t i)
{
    return i < map->nrules ? map->rules[i] : NULL;
}

const char *cf_rule_text(const cf_url_rule *rule)
{
    return rule->options.rule;
}

const char *cf_rule_endpoint(const cf_url_rule *rule)
{
    return rule->options.endpoint;
}

unsigned cf_rule_methods(const cf_url_rule *rule)
{
    return rule->methods;
}

void *cf_rule_data(const cf_url_rule *rule)
{
    return rule->options.data;
}

const char *cf_rule_domain(const cf_url_rule *rule)
{
    return rule->domain;
}
