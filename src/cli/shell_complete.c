/* shell_complete.c -- what may follow what has been typed.
 *
 * The text before the cursor is read once for open brackets and strings. An attribute's owner is
 * found by following the chain before the dot: names that are bound give their values, and what a
 * model, a query or a row leads to is known from the models. So User.query.first().user. completes
 * without any query being sent. */
#include "cli/shell.h"

#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>

#define DEPTH 64

/* What is known of an expression. */
typedef enum shape_kind {
    UNKNOWN,
    VALUE,  /* value */
    ROW,    /* A row of model. */
    ROWS,   /* A list of such rows. */
    QUERY,  /* A query for them. */
    METHOD, /* `name` of one of the above, before its call. */
} shape_kind;

typedef struct shape {
    shape_kind      kind, owner; /* METHOD: of what. */
    cf_value        value;
    const cf_model *model;
    cf_str          name;
} shape;

typedef struct completion {
    shell    *sh;
    cf_arena *arena;
    cf_eval   eval;
    cf_error  err;
    cf_list  *out;
    cf_str    word; /* What is there already. */
} completion;

static bool is_word(char c)
{
    return (c >= '0' && c <= '9') || c == '_' || ((unsigned char)c | 32u) - 'a' < 26 ||
           (unsigned char)c >= 0x80;
}

static void offer(completion *c, cf_str name, const char *suffix)
{
    cf_value text;

    if (!cf_str_starts(name, c->word) || (name.ptr[0] == '_' && !c->word.len))
        return;
    /* What would steer the terminal is neither shown nor typed. */
    if (!cf_str_eq(cf__text_line(c->arena, name), name))
        return;
    text = cf_string_printf(c->arena, "%.*s%s", CF_STR_ARG(name), suffix);
    for (size_t i = 0; i < c->out->len; i++)
        if (cf_equal(c->out->items[i], text))
            return;
    cf_list_add(c->out, text);
}

/* ---- chains ---- */

/* The end of the bracket or string that begins at i; the text's end when it is not closed. */
static size_t skip_group(cf_str text, size_t i)
{
    size_t depth = 0;

    for (; i < text.len; i++) {
        char ch = text.ptr[i];

        if (ch == '"' || ch == '\'') {
            for (i++; i < text.len && text.ptr[i] != ch; i++)
                i += text.ptr[i] == '\\';
        } else if (strchr("([{", ch)) {
            depth++;
        } else if (strchr(")]}", ch) && depth) {
            depth--;
        }
        if (!depth)
            return i < text.len ? i + 1 : text.len;
    }
    return text.len;
}

/* Where the chain that ends at `end` begins: names, dots, and groups behind them. */
static size_t chain_start(cf_str text, size_t end)
{
    size_t start = end, at = 0, groups[DEPTH], count = 0;

    /* Groups are found from the left, since strings can only be told from there. */
    while (at < end) {
        size_t after = at + 1;

        if (strchr("([{\"'", text.ptr[at])) {
            after = skip_group(cf_str_slice(text, 0, end), at);
            /* An open bracket: what is inside begins anew. */
            if (after >= end && !strchr(")]}\"'", text.ptr[end - 1]))
                after = at + 1, count = 0;
            else if (count < DEPTH)
                groups[count++] = at;
        }
        at = after;
    }
    while (start > 0) {
        char ch = text.ptr[start - 1];

        if (is_word(ch) || ch == '.')
            start--;
        else if (strchr(")]}\"'", ch) && count)
            start = groups[--count];
        else
            break;
        while (count && groups[count - 1] >= start)
            count--;
    }
    return start;
}

static const cf_models *models_of(const completion *c)
{
    return c->sh->now.db ? cf_database_models(cf_db_database(c->sh->now.db)) : NULL;
}

static shape value_shape(cf_value v)
{
    shape     s = { .kind = v.type == CF_TYPE_UNDEFINED ? UNKNOWN : VALUE, .value = v };
    cf_query *q;

    if (v.type == CF_TYPE_OBJECT && cf_value_query(v, &q)) {
        s.kind = QUERY;
        s.model = cf_query_model(q);
    }
    return s;
}

static shape lookup(const completion *c, cf_str name)
{
    cf_value *found = cf_map_find(c->sh->names, cf_string_of(name));

    return value_shape(found ? *found : cf_script_global(c->sh->env, name));
}

/* A relationship leads to a row, or to rows. */
static shape relation_shape(const completion *c, const cf_model *model, cf_str name)
{
    const cf_models *models = models_of(c);
    cf_relation_info info;

    for (size_t i = 0; models && cf_models_relation(models, model, i, &info); i++) {
        bool many = info.kind == CF_MEMBER_HAS_MANY || info.kind == CF_MEMBER_MANY_TO_MANY;

        if (cf_str_is(name, info.name))
            return (shape){ .kind = !many                     ? ROW
                                    : info.lazy == CF_DYNAMIC ? QUERY
                                                              : ROWS,
                            .model = info.target };
    }
    return (shape){ 0 };
}

static shape attribute(completion *c, shape s, cf_str name)
{
    const cf_model *model = s.kind == VALUE ? cf__shell_model_of(s.value) : s.model;
    const cf_model *row = s.kind == ROW ? s.model : NULL;
    cf_value        v = cf_undefined(NULL);

    if (s.kind == VALUE && s.value.type == CF_TYPE_OBJECT && !row)
        row = cf_row_model(s.value.as.object);
    if (row) {
        if (s.kind == VALUE && cf_model_column(row, name))
            return value_shape(cf_row_get(s.value.as.object, name));
        return relation_shape(c, row, name);
    }
    if (s.kind == VALUE && model && cf_str_is(name, "query"))
        return (shape){ .kind = QUERY, .model = model };
    if (s.kind == VALUE && s.value.type == CF_TYPE_MAP)
        return value_shape(cf_map_get_str(s.value.as.map, name));
    if (s.kind == VALUE && !model &&
        (!cf_get_attr(&c->eval, s.value, name, &v) || v.type == CF_TYPE_UNDEFINED))
        cf_error_clear(&c->err);
    if (v.type != CF_TYPE_UNDEFINED)
        return value_shape(v);
    return (
        shape){ .kind = METHOD, .owner = s.kind, .value = s.value, .model = model, .name = name };
}

static bool one_of(cf_str name, const char *words)
{
    cf_str rest = cf_str_of(words), word;

    while (rest.len) {
        cf_str_cut(rest, ' ', &word, &rest);
        if (cf_str_eq(word, name))
            return true;
    }
    return false;
}

/* The model that is the first argument: db.session.query(User). */
static const cf_model *model_argument(const completion *c, cf_str inside)
{
    size_t end = 0;
    shape  s;

    inside = cf_str_trim(inside);
    while (end < inside.len && is_word(inside.ptr[end]))
        end++;
    s = lookup(c, cf_str_slice(inside, 0, end));
    return s.kind == VALUE ? cf__shell_model_of(s.value) : NULL;
}

static shape call(const completion *c, shape s, cf_str inside)
{
    shape gone = { 0 };

    if (s.kind == VALUE && cf__shell_model_of(s.value))
        return (shape){ .kind = ROW, .model = cf__shell_model_of(s.value) };
    if (s.kind != METHOD)
        return gone;
    if (s.owner == VALUE && s.value.type == CF_TYPE_OBJECT &&
        strcmp(s.value.as.object->class->name, "Session") == 0)
        s.model = one_of(s.name, "query get") ? model_argument(c, inside) : NULL;
    if (!s.model)
        return gone;
    if (s.owner == VALUE)
        return (shape){ .kind = cf_str_is(s.name, "query") ? QUERY : ROW, .model = s.model };
    if (s.owner != QUERY)
        return gone;
    if (one_of(s.name, "all"))
        return (shape){ .kind = ROWS, .model = s.model };
    if (one_of(s.name, "first one one_or_none get"))
        return (shape){ .kind = ROW, .model = s.model };
    if (one_of(s.name, "count exists paginate keyset update delete scalar with_entities"))
        return gone;
    return (shape){ .kind = QUERY, .model = s.model };
}

static shape item(shape s, cf_str inside)
{
    bool    slice = cf_str_chr(inside, ':') != CF_NPOS;
    int64_t at;

    if (s.kind == ROWS || s.kind == QUERY)
        return (shape){ .kind = slice ? s.kind : ROW, .model = s.model };
    if (s.kind != VALUE || slice)
        return slice ? s : (shape){ 0 };
    inside = cf_str_trim(inside);
    if (s.value.type == CF_TYPE_LIST && cf_str_to_i64(inside, &at)) {
        at += at < 0 ? (int64_t)s.value.as.list->len : 0;
        if (at >= 0 && (uint64_t)at < s.value.as.list->len)
            return value_shape(s.value.as.list->items[at]);
    }
    if (s.value.type == CF_TYPE_MAP && inside.len > 2)
        return value_shape(cf_map_get_str(s.value.as.map, cf_str_trim_set(inside, "'\"")));
    return (shape){ 0 };
}

static shape follow(completion *c, cf_str chain)
{
    shape  s = { 0 };
    size_t at = 0, end;

    while (at < chain.len) {
        char ch = chain.ptr[at];
        bool first = at == 0;

        if (is_word(ch) || ch == '.') {
            at += ch == '.';
            for (end = at; end < chain.len && is_word(chain.ptr[end]);)
                end++;
            s = first ? lookup(c, cf_str_slice(chain, at, end))
                      : attribute(c, s, cf_str_slice(chain, at, end));
        } else {
            cf_str inside;

            end = skip_group(chain, at);
            inside = cf_str_slice(chain, at + 1, end - 1);
            if (ch == '"' || ch == '\'')
                s = (shape){ .kind = VALUE, .value = cf_string("") };
            else if (first && ch == '(')
                s = follow(c, inside);
            else if (first)
                s = (shape){ .kind = VALUE,
                             .value = ch == '[' ? cf_from_list(cf_list_new(c->arena))
                                                : cf_from_map(cf_map_new(c->arena)) };
            else
                s = ch == '(' ? call(c, s, inside) : item(s, inside);
        }
        if (end <= at || s.kind == UNKNOWN)
            return end <= at ? (shape){ 0 } : s;
        at = end;
    }
    return s;
}

/* ---- offering ---- */

static void offer_members(completion *c, const cf_model *model, const char *suffix, bool computed)
{
    const cf_models *models = models_of(c);
    cf_relation_info info;

    for (size_t i = 0; i < model->count; i++)
        if (model->members[i].kind == CF_MEMBER_COLUMN ||
            (computed && model->members[i].kind == CF_MEMBER_PROPERTY))
            offer(c, cf_str_of(model->members[i].field.name), suffix);
    for (size_t i = 0; models && cf_models_relation(models, model, i, &info); i++)
        offer(c, cf_str_of(info.name), suffix);
}

static void offer_names_of(completion *c, cf_value v)
{
    cf_list *names = cf_list_new(c->arena);

    cf_value_names(&c->eval, v, names);
    for (size_t i = 0; i < names->len; i++)
        offer(c, cf_text(names->items[i]), "");
}

static void offer_attributes(completion *c, shape s)
{
    if (s.kind == VALUE)
        offer_names_of(c, s.value);
    else if (s.kind == ROW)
        offer_members(c, s.model, "", true);
    else if (s.kind == ROWS)
        offer_names_of(c, cf_from_list(cf_list_new(c->arena)));
    else if (s.kind == QUERY && c->sh->now.db)
        offer_names_of(c, cf_from_object(cf__db_query(c->sh->now.db, s.model)));
}

/* Arguments by name: columns of a constructor or filter_by(), what a function's usage names. */
static void offer_arguments(completion *c, cf_str callee)
{
    shape                 s = follow(c, callee);
    const shell_function *f = s.kind == VALUE ? cf__shell_function_of(s.value) : NULL;
    cf_str                usage, part;

    if (s.kind == VALUE && cf__shell_model_of(s.value))
        offer_members(c, cf__shell_model_of(s.value), "=", false);
    if (s.kind == METHOD && s.owner == QUERY && one_of(s.name, "filter_by update"))
        offer_members(c, s.model, "=", false);
    for (usage = cf_str_of(f ? f->usage : ""); usage.len;) {
        size_t start;

        if (!cf_str_cut(usage, '=', &part, &usage))
            break;
        for (start = part.len; start && is_word(part.ptr[start - 1]);)
            start--;
        if (start < part.len)
            offer(c, cf_str_slice(part, start, part.len), "=");
    }
}

static void offer_globals(completion *c)
{
    static const char *const words[] = { "true", "false", "none", "not", "and", "or",   "in",
                                         "is",   "if",    "else", "for", "del", "while" };
    cf_list                 *names = cf_list_new(c->arena);

    for (size_t i = 0; i < c->sh->names->len; i++)
        offer(c, cf_text(c->sh->names->entries[i].key), "");
    cf_script_globals(c->sh->env, names);
    for (size_t i = 0; i < names->len; i++)
        offer(c, cf_text(names->items[i]), "");
    for (size_t i = 0; c->word.len && i < sizeof words / sizeof words[0]; i++)
        offer(c, cf_str_of(words[i]), "");
}

static void offer_files(completion *c)
{
    cf_str         folder, name = c->word;
    size_t         slash = cf_str_rchr(name, '/');
    const char    *path = ".";
    DIR           *dir;
    struct dirent *entry;

    if (slash != CF_NPOS) {
        folder = cf_str_slice(name, 0, slash + 1);
        path = cf_str_dup(c->arena, folder);
        name = cf_str_slice(name, slash + 1, name.len);
    }
    dir = opendir(path);
    while (dir && (entry = readdir(dir)) && c->out->len < 1000) {
        struct stat about;
        const char *file = cf_printf(c->arena, "%s/%s", path, entry->d_name);

        if (!cf_str_starts(cf_str_of(entry->d_name), name) ||
            (entry->d_name[0] == '.' && !name.len))
            continue;
        offer(c,
              cf_str_of(cf_printf(c->arena, "%.*s%s", (int)(c->word.len - name.len), c->word.ptr,
                                  entry->d_name)),
              stat(file, &about) == 0 && S_ISDIR(about.st_mode) ? "/" : "");
    }
    if (dir)
        closedir(dir);
}

static void offer_endpoints(completion *c)
{
    cf_route_info route;

    for (size_t i = 0; cf_app_route_at(c->sh->app, i, &route); i++)
        if (route.endpoint)
            offer(c, cf_str_of(route.endpoint), "");
}

/* Inside a string: columns for a query's methods, endpoints for url_for(), else files. */
static void offer_in_string(completion *c, cf_str callee, size_t *from)
{
    shape s = callee.len ? follow(c, callee) : (shape){ 0 };

    if (s.kind == METHOD && s.owner == QUERY &&
        one_of(
            s.name,
            "order_by where filter exclude group_by join outerjoin with_entities options load")) {
        size_t lead = 0;

        for (size_t i = 0; i < c->word.len; i++)
            if (c->word.ptr[i] == '-' || c->word.ptr[i] == ',' || c->word.ptr[i] == ' ')
                lead = i + 1;
        c->word = cf_str_slice(c->word, lead, c->word.len);
        *from += lead;
        offer_members(c, s.model, "", false);
    } else if (cf_str_is(callee, "url_for")) {
        offer_endpoints(c);
    } else {
        offer_files(c);
    }
}

/* ---- reading the line ---- */

typedef struct place {
    size_t open[DEPTH]; /* Brackets that are open. */
    size_t depth;
    size_t string; /* Behind the quote of an open string; CF_NPOS when there is none. */
} place;

static void read_line(cf_str line, place *p)
{
    p->depth = 0;
    p->string = CF_NPOS;
    for (size_t i = 0; i < line.len; i++) {
        char ch = line.ptr[i];

        if (ch == '"' || ch == '\'') {
            size_t end = i + 1;

            while (end < line.len && line.ptr[end] != ch)
                end += line.ptr[end] == '\\' ? 2 : 1;
            if (end >= line.len) {
                p->string = i + 1;
                return;
            }
            i = end;
        } else if (ch == '#') {
            while (i + 1 < line.len && line.ptr[i] != '\n')
                i++;
        } else if (strchr("([{", ch)) {
            if (p->depth < DEPTH)
                p->open[p->depth] = i;
            p->depth++;
        } else if (strchr(")]}", ch) && p->depth) {
            p->depth--;
        }
    }
}

/* The chain before the innermost open parenthesis; empty when there is no call. */
static cf_str callee_of(cf_str line, const place *p)
{
    size_t open;

    if (!p->depth || p->depth > DEPTH)
        return (cf_str){ 0 };
    open = p->open[p->depth - 1];
    if (line.ptr[open] != '(')
        return (cf_str){ 0 };
    return cf_str_slice(line, chain_start(line, open), open);
}

/* Whether an argument may begin at a place: behind '(' or ','. */
static bool begins_argument(cf_str line, size_t at)
{
    while (at && strchr(" \t\n", line.ptr[at - 1]))
        at--;
    return at && (line.ptr[at - 1] == '(' || line.ptr[at - 1] == ',');
}

static int by_text(const void *a, const void *b)
{
    return cf_str_cmp(cf_text(*(const cf_value *)a), cf_text(*(const cf_value *)b));
}

cf_list *cf__shell_complete(shell *sh, cf_arena *arena, cf_str line, size_t *from)
{
    completion c = { .sh = sh, .arena = arena, .out = cf_list_new(arena) };
    place      p;
    size_t     start = line.len;

    c.eval = (cf_eval){ .arena = arena, .context = sh->now.req, .err = &c.err };
    read_line(line, &p);
    if (p.string != CF_NPOS) {
        *from = p.string;
        c.word = cf_str_slice(line, p.string, line.len);
        offer_in_string(&c, callee_of(line, &p), from);
    } else {
        while (start && is_word(line.ptr[start - 1]))
            start--;
        *from = start;
        c.word = cf_str_slice(line, start, line.len);
        if (start && line.ptr[start - 1] == '.') {
            size_t chain = chain_start(line, start - 1);

            offer_attributes(&c, follow(&c, cf_str_slice(line, chain, start - 1)));
        } else {
            cf_str callee = callee_of(line, &p);

            if (callee.len && begins_argument(line, start))
                offer_arguments(&c, callee);
            if (!c.out->len)
                offer_globals(&c);
        }
    }
    if (c.out->len)
        qsort(c.out->items, c.out->len, sizeof(cf_value), by_text);
    return c.out;
}
