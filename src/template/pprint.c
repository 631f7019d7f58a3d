/* pprint.c -- values over several lines, as Python's pprint shows them in 80 columns. */
#include "base/bigint.h"
#include "template/filters.h"
#include "template/lexer.h"

#define WIDTH   80
#define DEEPEST 60

typedef struct printer {
    vm     *m;
    cf_buf *out;
} printer;

static bool format(printer *p, cf_value v, int64_t indent, int64_t allowance, int level);

/* Keys with the numbers of their entries, to be sorted together. */
typedef struct entry_order {
    const cf_map *map;
    cf_value     *keys, *numbers;
} entry_order;

/* Sorts a part of the entries; those without an order stay as they are. */
static bool sort_part(vm *m, const entry_order *o, size_t from, size_t to, bool *ordered)
{
    size_t    size = (to - from) * sizeof(cf_value);
    cf_value *before = cf_memdup(m->eval.arena, o->numbers + from, size);

    *ordered = cf__sort(m, o->numbers + from, o->keys + from, to - from, false);
    if (*ordered)
        return true;
    if (m->eval.err->code != CF_ETYPE)
        return false;
    cf_error_clear(m->eval.err);
    memcpy(o->numbers + from, before, size);
    for (size_t i = from; i < to; i++)
        o->keys[i] = o->map->entries[o->numbers[i].as.integer].key;
    return true;
}

/* The type that a key's order goes by among those of other types. */
static cf_value type_of_key(cf_value key)
{
    return cf_string(key.type == CF_TYPE_FLOAT || cf__is_integer(key) ? "int"
                     : key.type == CF_TYPE_STRING && !key.bytes       ? "str"
                                                                      : cf_type_name(key));
}

/* Sorts by the names of types, then within each. */
static bool sort_by_type(vm *m, const entry_order *o)
{
    size_t    count = o->map->len;
    cf_value *types = cf_new_array(m->eval.arena, cf_value, count);
    bool      ordered;

    for (size_t i = 0; i < count; i++)
        types[i] = type_of_key(o->keys[i]);
    if (!cf__sort(m, o->numbers, types, count, false))
        return false;
    for (size_t i = 0; i < count; i++)
        o->keys[i] = o->map->entries[o->numbers[i].as.integer].key;
    for (size_t from = 0, to; from < count; from = to) {
        for (to = from + 1; to < count && cf_equal(types[from], types[to]); to++)
            ;
        if (!sort_part(m, o, from, to, &ordered))
            return false;
    }
    return true;
}

/* A dict with its keys in order; those of types that have none among them go by the types' names.
 * NULL at a limit. */
static const cf_map *sorted_map(vm *m, const cf_map *map)
{
    cf_map     *copy = cf_map_new(m->eval.arena);
    entry_order o = { .map = map };
    bool        ordered;

    o.keys = cf_new_array(m->eval.arena, cf_value, map->len + 1);
    o.numbers = cf_new_array(m->eval.arena, cf_value, map->len + 1);
    for (size_t i = 0; i < map->len; i++) {
        o.keys[i] = map->entries[i].key;
        o.numbers[i] = cf_int((int64_t)i);
    }
    if (!sort_part(m, &o, 0, map->len, &ordered) || (!ordered && !sort_by_type(m, &o)))
        return NULL;
    for (size_t i = 0; i < map->len; i++)
        cf_map_put(copy, o.keys[i], map->entries[o.numbers[i].as.integer].value);
    return copy;
}

/* The value with all dicts in it sorted, in place of itself. */
static bool sort_inside(vm *m, cf_value *v, int depth)
{
    if (!cf__step(m))
        return false;
    if (depth > DEEPEST)
        return true;
    if (v->type == CF_TYPE_LIST) {
        const cf_list *from = v->as.list;
        cf_list *copy = from->tuple ? cf_tuple_new(m->eval.arena) : cf_list_new(m->eval.arena);
        for (size_t i = 0; i < from->len; i++) {
            cf_list_add(copy, from->items[i]);
            if (!sort_inside(m, &copy->items[i], depth + 1))
                return false;
        }
        *v = cf_from_list(copy);
    } else if (v->type == CF_TYPE_MAP) {
        const cf_map *from = sorted_map(m, v->as.map);
        cf_map       *copy = cf_map_new(m->eval.arena);
        for (size_t i = 0; from && i < from->len; i++) {
            cf_value value = from->entries[i].value;
            if (!sort_inside(m, &value, depth + 1))
                return false;
            cf_map_put(copy, from->entries[i].key, value);
        }
        *v = cf_from_map(copy);
        return from != NULL;
    }
    return true;
}

static bool repr(printer *p, cf_value v, cf_str *out)
{
    cf_buf text = cf_buf_in(p->m->eval.arena, p->m->env->options.max_output);

    *out = cf_str_n(NULL, 0);
    if (!cf_to_repr(&p->m->eval, v, &text) || !cf_buf_ok(&text, p->m->eval.err))
        return false;
    *out = cf_buf_view(&text);
    return true;
}

static void newline(printer *p, int64_t indent)
{
    cf_buf_putc(p->out, '\n');
    for (; indent > 0; indent--)
        cf_buf_putc(p->out, ' ');
}

static bool format_list(printer *p, const cf_list *list, int64_t indent, int64_t allowance,
                        int level)
{
    const char *end = !list->tuple ? "]" : list->len == 1 ? ",)" : ")";

    cf_buf_putc(p->out, list->tuple ? '(' : '[');
    allowance += (int64_t)strlen(end);
    for (size_t i = 0; i < list->len; i++) {
        if (i) {
            cf_buf_putc(p->out, ',');
            newline(p, indent + 1);
        }
        if (!format(p, list->items[i], indent + 1, i + 1 == list->len ? allowance : 1, level))
            return false;
    }
    cf_buf_puts(p->out, end);
    return true;
}

static bool format_map(printer *p, const cf_map *map, int64_t indent, int64_t allowance, int level)
{
    cf_str key;

    cf_buf_putc(p->out, '{');
    for (size_t i = 0; i < map->len; i++) {
        if (i) {
            cf_buf_putc(p->out, ',');
            newline(p, indent + 1);
        }
        if (!repr(p, map->entries[i].key, &key))
            return false;
        cf_buf_str(p->out, key);
        cf_buf_puts(p->out, ": ");
        if (!format(p, map->entries[i].value, indent + 1 + (int64_t)cf_utf8_count(key) + 2,
                    i + 1 == map->len ? allowance + 1 : 1, level))
            return false;
    }
    cf_buf_putc(p->out, '}');
    return true;
}

static int64_t repr_width(printer *p, cf_str s, cf_str *out)
{
    repr(p, cf_string_of(s), out);
    return (int64_t)cf_utf8_count(*out);
}

/* A line too long for its place, cut behind white space. */
static void cut_line(printer *p, cf_str line, int64_t width, int64_t allowance, bool last,
                     cf_list *chunks)
{
    cf_str current = { line.ptr, 0 }, text;
    size_t at = 0;

    while (at < line.len) {
        size_t end = at, size;
        while (end < line.len && !cf__space(line.ptr + end, line.ptr + line.len))
            end++;
        while (end < line.len && (size = cf__space(line.ptr + end, line.ptr + line.len)))
            end += size;
        if (end == line.len && last)
            width -= allowance;
        if (repr_width(p, cf_str_n(current.ptr, current.len + end - at), &text) > width) {
            if (current.len) {
                repr_width(p, current, &text);
                cf_list_add(chunks, cf_string_of(text));
            }
            current = cf_str_slice(line, at, end);
        } else {
            current.len += end - at;
        }
        at = end;
    }
    if (current.len) {
        repr_width(p, current, &text);
        cf_list_add(chunks, cf_string_of(text));
    }
}

static bool format_text(printer *p, cf_value v, int64_t indent, int64_t allowance, int level)
{
    cf_list *chunks = cf_list_new(p->m->eval.arena);
    cf_str   s = cf_text(v), *lines, text;
    size_t   count;

    indent += level == 1;
    allowance += level == 1;
    lines = cf__split_lines(p->m->eval.arena, s, &count);
    for (size_t i = 0; i < count; i++) {
        size_t  end = (size_t)(lines[i].ptr - s.ptr) + lines[i].len;
        cf_str  line = cf_str_n(lines[i].ptr,
                                lines[i].len + (end < s.len ? cf__line_end(s, end) : 0));
        int64_t width = WIDTH - indent - (i + 1 == count ? allowance : 0);
        if (repr_width(p, line, &text) <= width)
            cf_list_add(chunks, cf_string_of(text));
        else
            cut_line(p, line, WIDTH - indent, allowance, i + 1 == count, chunks);
    }
    if (level == 1 && chunks->len > 1)
        cf_buf_putc(p->out, '(');
    for (size_t i = 0; i < chunks->len; i++) {
        if (i)
            newline(p, indent);
        cf_buf_str(p->out, cf_text(chunks->items[i]));
    }
    if (level == 1 && chunks->len > 1)
        cf_buf_putc(p->out, ')');
    return true;
}

/* Bytes in lines of whole fours, as many as find room. */
static bool format_bytes(printer *p, cf_value v, int64_t indent, int64_t allowance, int level)
{
    int64_t  width = WIDTH - indent - (level == 1);
    cf_value line = v;
    cf_str   text = { 0 }, longer;

    allowance += level == 1;
    indent += level == 1;
    if (level == 1)
        cf_buf_putc(p->out, '(');
    line.len = 0;
    for (uint32_t at = 0; at < v.len; at += 4) {
        uint32_t size = v.len - at < 4 ? v.len - at : 4;
        if (size < 4)
            width -= allowance;
        line.len += size;
        if (!cf__step(p->m) || !repr(p, line, &longer))
            return false;
        if (line.len > size && (int64_t)longer.len > width) {
            cf_buf_str(p->out, text);
            newline(p, indent);
            line.as.text = v.as.text + at;
            line.len = size;
            if (!repr(p, line, &longer))
                return false;
        }
        text = longer;
    }
    cf_buf_str(p->out, text);
    if (level == 1)
        cf_buf_putc(p->out, ')');
    return true;
}

static bool format(printer *p, cf_value v, int64_t indent, int64_t allowance, int level)
{
    cf_str text;

    if (!cf__step(p->m) || !repr(p, v, &text))
        return false;
    if ((int64_t)cf_utf8_count(text) > WIDTH - indent - allowance && level < DEEPEST) {
        if (v.type == CF_TYPE_LIST)
            return format_list(p, v.as.list, indent, allowance, level + 1);
        if (v.type == CF_TYPE_MAP && v.as.map->len)
            return format_map(p, v.as.map, indent, allowance, level + 1);
        if (v.type == CF_TYPE_STRING && v.bytes && v.len > 4)
            return format_bytes(p, v, indent, allowance, level + 1);
        if (v.type == CF_TYPE_STRING && !v.safe && !v.bytes)
            return format_text(p, v, indent, allowance, level + 1);
    }
    cf_buf_str(p->out, text);
    return true;
}

bool cf__pprint(vm *m, cf_value v, cf_buf *out)
{
    printer p = { m, out };

    return sort_inside(m, &v, 0) && format(&p, v, 0, 0, 0);
}

/* ---- {% debug %} ---- */

static cf_value names_list(vm *m, const char **names, size_t count)
{
    cf_list  *list = cf_list_new(m->eval.arena);
    cf_value *keys;

    for (size_t i = 0; i < count; i++)
        cf_list_add(list, cf_string(names[i]));
    keys = cf_memdup(m->eval.arena, list->items, list->len * sizeof(cf_value));
    cf__sort(m, list->items, keys, list->len, false);
    return cf_from_list(list);
}

bool cf__print_debug(vm *m, const node *n)
{
    cf_map      *all = cf_map_new(m->eval.arena), *vars = cf_map_new(m->eval.arena);
    cf_buf       text = cf_buf_in(m->eval.arena, m->env->options.max_output);
    const char **names;

    for (size_t i = 0; i < m->env->globals->len; i++)
        cf_map_put(vars, m->env->globals->entries[i].key, m->env->globals->entries[i].value);
    for (const context *c = m->context; c; c = c->parent) {
        for (size_t i = 0; i < c->nnamed; i++)
            cf_map_set(vars, c->named[i].name, c->named[i].value);
        for (size_t i = 0; c->vars && i < c->vars->len; i++)
            cf_map_put(vars, c->vars->entries[i].key, c->vars->entries[i].value);
    }
    (void)n;
    cf_map_set(all, "context", cf_from_map(vars));
    size_t count = cf__filter_names(m->env, m->eval.arena, &names);
    cf_map_set(all, "filters", names_list(m, names, count));
    count = cf__test_names(m->env, m->eval.arena, &names);
    cf_map_set(all, "tests", names_list(m, names, count));
    if (!cf__pprint(m, cf_from_map(all), &text))
        return false;
    return cf__print(m, cf_string_of(cf_buf_view(&text)), m->escape, m->out);
}
