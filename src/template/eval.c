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

static bool hashable(vm *m, cf_value key)
{
    if ((key.type == CF_TYPE_LIST && !key.as.list->tuple) || key.type == CF_TYPE_MAP)
        return cf_fail(m->eval.err, CF_ETYPE, "unhashable type: '%s'", cf_type_name(key));
    return true;
}

static bool eval_dict(vm *m, const node *n, cf_value *out)
{
    const node_list *items = &n->as.list.items;
    cf_map          *map = cf_map_new(m->eval.arena);

    for (uint32_t i = 0; i < items->len; i += 2) {
        cf_value key, value;
        if (!cf__eval(m, items->items[i], &key) || !hashable(m, key) ||
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

    if (!cf__eval(m, n->as.binary.left, &v))
        return false;
    if (n->op != OP_NOT)
        return cf__unary(m, (operator_kind)n->op, v, out);
    if (!cf__truth(m, v, &truth))
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
    cf_value v;
    bool     truth;

    if (!cf__eval(m, n->as.cond.test, &v) || !cf__truth(m, v, &truth))
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
    cf_value v;

    if (!cf__eval(m, n->as.attr.value, &v))
        return false;
    if (n->as.attr.loop && v.type == CF_TYPE_OBJECT && v.as.object->class == &cf__loop_class)
        return cf__forloop_get(m, (loop_state *)v.as.object, (loop_field)n->as.attr.loop, out);
    return cf__get_attr(m, v, cf_str_n(n->as.attr.name, n->as.attr.len), n, out);
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
    return eval_part(m, index->as.slice.start, &key) && eval_part(m, index->as.slice.stop, &stop) &&
           eval_part(m, index->as.slice.step, &step) && cf__slice(m, v, key, stop, step, out);
}

static bool eval_test(vm *m, const node *n, cf_value *out)
{
    bool truth;

    if (!cf__apply_test(m, n, &truth))
        return false;
    *out = cf_bool(truth != n->as.filter.negated);
    return true;
}

/* A slice outside of brackets' direct reach, as in x[1:2, 3]; nothing takes one. */
static bool eval_slice(vm *m, cf_value *out)
{
    *out = cf_none();
    return cf_fail(m->eval.err, CF_ETYPE, "indices must be integers, not slices in a tuple");
}

static bool eval_parts(vm *m, const node *n, cf_value *out)
{
    switch ((node_kind)n->kind) {
    case N_LIST:
    case N_TUPLE:
        return eval_list(m, n, out);
    case N_DICT:
        return eval_dict(m, n, out);
    case N_BINARY:
        return eval_binary(m, n, out);
    case N_AND:
    case N_OR:
        return eval_logic(m, n, out);
    case N_UNARY:
        return eval_unary(m, n, out);
    case N_CONCAT:
        return eval_concat(m, n, out);
    case N_COMPARE:
        return eval_compare(m, n, out);
    case N_COND:
        return eval_cond(m, n, out);
    case N_FILTER:
        return cf__apply_filter(m, n, out);
    case N_TEST:
        return eval_test(m, n, out);
    case N_CALL:
        return cf__eval_call(m, n, out, NULL, false, NULL);
    case N_GETATTR:
        return eval_attr(m, n, out);
    case N_GETITEM:
        return eval_item(m, n, out);
    case N_MARKSAFE:
        if (!cf__eval(m, n->as.binary.left, out))
            return false;
        if (m->escape && out->type == CF_TYPE_STRING)
            out->safe = true;
        return true;
    default:
        return eval_slice(m, out);
    }
}

bool cf__eval(vm *m, const node *n, cf_value *out)
{
    if (n->kind == N_CONST) {
        *out = n->as.constant.value;
        return true;
    }
    if (n->kind == N_NAME) {
        if (cf__load(m, n->as.name.text, n->as.name.ref, out))
            return true;
    } else if (eval_parts(m, n, out)) {
        return true;
    }
    return cf__fail_node(m, n);
}

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

bool cf__print(vm *m, cf_value v, bool escape, cf_buf *out)
{
    switch ((cf_type)v.type) {
    case CF_TYPE_STRING:
        if (v.bytes)
            return escape ? print_escaped(m, v, out) : cf_to_text(&m->eval, v, out);
        if (escape && !v.safe)
            cf_buf_html(out, cf_text(v));
        else
            cf__put(out, v.as.text, v.len);
        return true;
    case CF_TYPE_INT:
        cf_buf_i64(out, v.as.integer);
        return true;
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
    case CF_TYPE_LIST:
    case CF_TYPE_MAP:
    case CF_TYPE_OBJECT:
    case CF_TYPE_FUNCTION:
        return escape ? print_escaped(m, v, out) : cf_to_text(&m->eval, v, out);
    default:
        return cf_to_text(&m->eval, v, out);
    }
}

bool cf__output(vm *m, const node *n)
{
    bool     written = false;
    cf_value v;

    if (n->kind == N_CALL) {
        if (!cf__eval_call(m, n, &v, NULL, true, &written))
            return cf__fail_node(m, n);
        if (written)
            return true;
    } else if (!cf__eval(m, n, &v)) {
        return false;
    }
    return cf__print(m, v, m->escape, m->out) || cf__fail_node(m, n);
}
