/* eval.c -- evaluating expressions. */
#include "template/runtime.h"

#include "template/loop.h"

static bool eval_list(vm *m, const node *n, cf_value *out)
{
    const node_list *items = &n->as.list.items;
    cf_list *list = n->kind == N_TUPLE ? cf_tuple_new(m->eval.arena) : cf_list_new(m->eval.arena);

    if (items->len) {
        list->items = cf_alloc(m->eval.arena, items->len * sizeof(cf_value));
        list->cap = items->len;
    }
    for (uint32_t i = 0; i < items->len; i++) {
        cf_value v;
        if (!cf__eval(m, items->items[i], &v))
            return false;
        cf_list_add(list, v);
    }
    *out = cf_from_list(list);
    return true;
}

static bool eval_dict(vm *m, const node *n, cf_value *out)
{
    const node_list *items = &n->as.list.items;
    cf_map          *map = cf_map_new(m->eval.arena);

    for (uint32_t i = 0; i < items->len; i += 2) {
        cf_value key, value;
        if (!cf__eval(m, items->items[i], &key) || !cf__hashable(m, key) ||
            !cf__eval(m, items->items[i + 1], &value))
            return false;
        cf_map_put(map, key, value);
    }
    *out = cf_from_map(map);
    return true;
}

static bool eval_binary(vm *m, const node *n, cf_value *out)
{
    cf_value a, b;

    return cf__eval(m, n->as.binary.left, &a) && cf__eval(m, n->as.binary.right, &b) &&
           cf__binary(m, (operator_kind)n->op, a, b, out);
}

static bool eval_logic(vm *m, const node *n, cf_value *out)
{
    bool truth;

    if (!cf__eval(m, n->as.binary.left, out) || !cf__truth(m, *out, &truth))
        return false;
    if (truth == (n->kind == N_OR))
        return true;
    return cf__eval(m, n->as.binary.right, out);
}

static bool eval_unary(vm *m, const node *n, cf_value *out)
{
    cf_value v;
    bool     truth;

    if (n->op != OP_NOT)
        return cf__eval(m, n->as.binary.left, &v) && cf__unary(m, (operator_kind)n->op, v, out);
    if (!cf__holds(m, n->as.binary.left, &truth))
        return false;
    *out = cf_bool(!truth);
    return true;
}

/* a ~ b: text side by side. Where the place escapes, one HTML part makes the whole HTML, with the
 * other parts escaped. */
static bool eval_concat(vm *m, const node *n, cf_value *out)
{
    const node_list *items = &n->as.list.items;
    cf_value        *values = cf__push(m, items->len);
    cf_buf           text = cf_buf_in(m->eval.arena, m->env->options.max_output);
    bool             safe = false, ok = true;

    for (uint32_t i = 0; ok && i < items->len; i++) {
        ok = cf__eval(m, items->items[i], &values[i]);
        safe |= ok && m->escape && !n->plain && values[i].type == CF_TYPE_STRING && values[i].safe;
    }
    for (uint32_t i = 0; ok && i < items->len; i++)
        ok = cf__print(m, values[i], safe, &text);
    cf__pop(m, items->len);
    *out = cf_string_of(cf_buf_view(&text));
    out->safe = safe;
    return ok && cf_buf_ok(&text, m->eval.err);
}

static bool eval_compare(vm *m, const node *n, cf_value *out)
{
    cf_value left, right;
    bool     holds = true;

    if (!cf__eval(m, n->as.compare.left, &left))
        return false;
    for (uint32_t i = 0; holds && i < n->as.compare.count; i++) {
        const compare_op *op = &n->as.compare.ops[i];
        if (!cf__eval(m, op->right, &right) || !cf__compare(m, op->op, left, right, &holds))
            return false;
        left = right;
    }
    *out = cf_bool(holds);
    return true;
}

static bool eval_cond(vm *m, const node *n, cf_value *out)
{
    bool truth;

    if (!cf__holds(m, n->as.cond.test, &truth))
        return false;
    if (truth)
        return cf__eval(m, n->as.cond.then, out);
    if (n->as.cond.other)
        return cf__eval(m, n->as.cond.other, out);
    *out = cf__undefined_hint(m, "",
                              cf_printf(m->eval.arena,
                                        "the inline if-expression on line %u in '%s' evaluated to "
                                        "false and no else section was defined.",
                                        n->line, m->tmpl->name),
                              CF_EUNDEFINED, true);
    return true;
}

static bool eval_attr(vm *m, const node *n, cf_value *out)
{
    const cf_value *found;

    /* The owner is kept where the result goes, which spares a value on the stack. */
    if (!cf__eval(m, n->as.attr.value, out))
        return false;
    if (out->type == CF_TYPE_MAP && n->as.attr.plain &&
        (found = cf__hinted_entry(out->as.map, n))) {
        *out = *found;
        return true;
    }
    if (n->as.attr.loop && out->type == CF_TYPE_OBJECT && out->as.object->class == &cf__loop_class)
        return cf__forloop_get(m, (loop_state *)out->as.object, (loop_field)n->as.attr.loop, out);
    return cf__get_attr(m, *out, cf_str_n(n->as.attr.name, n->as.attr.len), n, out);
}

static bool eval_part(vm *m, const node *n, cf_value *out)
{
    *out = cf_none();
    return !n || cf__eval(m, n, out);
}

static bool eval_item(vm *m, const node *n, cf_value *out)
{
    const node *index = n->as.item.index;
    cf_value    v, key, stop, step;

    if (!cf__eval(m, n->as.item.value, &v))
        return false;
    if (index->kind != N_SLICE)
        return cf__eval(m, index, &key) && cf__get_item(m, v, key, out);
    if (!eval_part(m, index->as.slice.start, &key) || !eval_part(m, index->as.slice.stop, &stop) ||
        !eval_part(m, index->as.slice.step, &step))
        return false;
    if (cf__slice(m, v, key, stop, step, out))
        return true;
    if (!n->plain || m->eval.err->code != CF_ETYPE)
        return false;
    /* Jinja2's optimizer asks for a part of a constant as for an item. */
    cf_error_clear(m->eval.err);
    *out = cf__undefined_item(m, v, cf_none());
    return true;
}

static bool eval_test(vm *m, const node *n, cf_value *out)
{
    bool truth;

    if (!cf__apply_test(m, n, &truth))
        return false;
    *out = cf_bool(truth);
    return true;
}

bool cf__holds(vm *m, const node *n, bool *out)
{
    cf_value v;

    if (n->kind == N_TEST)
        return cf__apply_test(m, n, out) || cf__fail_node(m, n);
    return cf__eval(m, n, &v) && (cf__truth(m, v, out) || cf__fail_node(m, n));
}

/* A slice outside of brackets' direct reach, as in x[1:2, 3]; nothing takes one. */
static bool eval_slice(vm *m, const node *n, cf_value *out)
{
    (void)n;
    *out = cf_none();
    return cf_fail(m->eval.err, CF_ETYPE, "indices must be integers, not slices in a tuple");
}

static bool eval_mark_safe(vm *m, const node *n, cf_value *out)
{
    if (!cf__eval(m, n->as.binary.left, out))
        return false;
    if (m->escape && out->type == CF_TYPE_STRING)
        out->safe = true;
    return true;
}

static bool eval_constant(vm *m, const node *n, cf_value *out)
{
    (void)m;
    *out = n->as.constant.value;
    return true;
}

static bool eval_name(vm *m, const node *n, cf_value *out)
{
    return cf__load(m, n->as.name.text, n->as.name.ref, out);
}

static bool eval_call(vm *m, const node *n, cf_value *out)
{
    return cf__eval_call(m, n, out, NULL, false, NULL);
}

cf__evaluator *const cf__evaluators[N_DATA] = {
    [N_CONST] = eval_constant, [N_NAME] = eval_name,          [N_NSREF] = eval_slice,
    [N_LIST] = eval_list,      [N_TUPLE] = eval_list,         [N_DICT] = eval_dict,
    [N_BINARY] = eval_binary,  [N_AND] = eval_logic,          [N_OR] = eval_logic,
    [N_UNARY] = eval_unary,    [N_CONCAT] = eval_concat,      [N_COMPARE] = eval_compare,
    [N_COND] = eval_cond,      [N_FILTER] = cf__apply_filter, [N_TEST] = eval_test,
    [N_CALL] = eval_call,      [N_GETATTR] = eval_attr,       [N_GETITEM] = eval_item,
    [N_SLICE] = eval_slice,    [N_MARKSAFE] = eval_mark_safe,
};

/* ---- output ---- */

/* Text of a list, dict or object, escaped as a whole. */
static bool print_escaped(vm *m, cf_value v, cf_buf *out)
{
    cf_buf text = cf_buf_in(m->eval.arena, m->env->options.max_output);
    bool   safe = false;

    if (v.type == CF_TYPE_OBJECT && v.as.object->class->text) {
        if (!v.as.object->class->text(&m->eval, v.as.object, &text, &safe))
            return false;
    } else if (!cf_to_text(&m->eval, v, &text)) {
        return false;
    }
    if (safe)
        cf_buf_str(out, cf_buf_view(&text));
    else
        cf_buf_html(out, cf_buf_view(&text));
    return true;
}

/* The text of anything but plain strings and integers. */
static bool print_other(vm *m, cf_value v, bool escape, cf_buf *out)
{
    switch ((cf_type)v.type) {
    case CF_TYPE_UNDEFINED:
        if (cf__undefined_strict(m, v))
            return cf__undefined_fail(m, v);
        if (escape) {
            cf_buf text = cf_buf_in(m->eval.arena, 0);
            cf__undefined_print(m, v, &text);
            cf_buf_html(out, cf_buf_view(&text));
        } else {
            cf__undefined_print(m, v, out);
        }
        return true;
    case CF_TYPE_STRING:
    case CF_TYPE_LIST:
    case CF_TYPE_MAP:
    case CF_TYPE_OBJECT:
    case CF_TYPE_FUNCTION:
        return escape ? print_escaped(m, v, out) : cf_to_text(&m->eval, v, out);
    default:
        return cf_to_text(&m->eval, v, out);
    }
}

/* Writes text and integers, which most values are; false for others. */
static inline bool print_plain(const cf_value *v, bool escape, cf_buf *out)
{
    if (v->type == CF_TYPE_STRING && !v->bytes) {
        if (escape && !v->safe)
            cf_buf_html(out, cf_str_n(v->as.text, v->len));
        else
            cf_buf_add(out, v->as.text, v->len);
        return true;
    }
    if (v->type != CF_TYPE_INT)
        return false;
    cf_buf_i64(out, v->as.integer);
    return true;
}

bool cf__print(vm *m, cf_value v, bool escape, cf_buf *out)
{
    return print_plain(&v, escape, out) || print_other(m, v, escape, out);
}

/* A call whose result, if it is a macro's, is written as it is made. */
static bool output_call(vm *m, const node *n)
{
    bool     written = false;
    cf_value v;

    if (!cf__eval_call(m, n, &v, NULL, true, &written))
        return cf__fail_node(m, n);
    return written || cf__print(m, v, m->escape, m->out) || cf__fail_node(m, n);
}

/* Where the value lies of a variable or of an attribute of a variable's dict; NULL when it has to
 * be computed. */
static inline const cf_value *place_of(vm *m, const node *n)
{
    const cf_value *v;

    if (n->kind == N_NAME) {
        v = cf__slot(m, n->as.name.ref);
        return v->type == CF_TYPE_UNDEFINED ? NULL : v;
    }
    if (n->kind != N_GETATTR || !n->as.attr.plain || n->as.attr.value->kind != N_NAME)
        return NULL;
    v = cf__slot(m, n->as.attr.value->as.name.ref);
    return v->type == CF_TYPE_MAP ? cf__hinted_entry(v->as.map, n) : NULL;
}

bool cf__output(vm *m, const node *n)
{
    const cf_value *place = place_of(m, n);
    cf_value        v;

    if (!place) {
        if (n->kind == N_CALL)
            return output_call(m, n);
        if (!cf__eval(m, n, &v))
            return false;
        place = &v;
    }
    return print_plain(place, m->escape, m->out) || print_other(m, *place, m->escape, m->out) ||
           cf__fail_node(m, n);
}
