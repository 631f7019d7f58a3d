/* row.c -- rows in memory: fields, NULL, snapshots, and how templates see them.
 *
 * A row is one block of its session's arena: state, the model's struct, and a snapshot of the
 * struct as it was loaded or last written. What differs from the snapshot is what a flush writes.
 * The snapshot of a JSON column is its text, since lists and maps change in place. */
#include <carafe/json.h>

#include "db/session.h"

static size_t round_up(size_t size)
{
    return (size + 15) & ~(size_t)15;
}

cf_row *cf__row_with(cf_db *db, const cf__mapper *mapper, size_t bytes, char **room)
{
    size_t         state_size = round_up(sizeof(cf__row_state));
    size_t         size = round_up(mapper->model->record->size);
    char          *block = cf_alloc(db->arena, state_size + size + size + bytes);
    cf__row_state *state = (cf__row_state *)(void *)block;
    cf_row        *row = (cf_row *)(void *)(block + state_size);

    /* The snapshot is written before it is read. */
    memset(block, 0, state_size + size);
    state->db = db;
    state->mapper = mapper;
    state->snapshot = block + state_size + size;
    row->object.class = &mapper->class;
    row->state = state;
    *room = block + state_size + size + size;
    return row;
}

cf_row *cf__row_new(cf_db *db, const cf__mapper *mapper)
{
    char *room;

    return cf__row_with(db, mapper, 0, &room);
}

bool cf__bit(const cf_row *row, const cf__column *column)
{
    return row->nulls[column->index / 64] >> (column->index % 64) & 1;
}

void cf__set_bit(cf_row *row, const cf__column *column, bool null)
{
    uint64_t bit = UINT64_C(1) << (column->index % 64);

    if (null)
        row->nulls[column->index / 64] |= bit;
    else
        row->nulls[column->index / 64] &= ~bit;
}

bool cf__column_is_null(const cf_row *row, const cf__column *column)
{
    switch (column->kind) {
    case CF_KIND_TEXT:
        return CF__AT(row, column, const char *) == NULL;
    case CF_KIND_BYTES:
        return CF__AT(row, column, cf_str).ptr == NULL;
    case CF_KIND_VALUE:
        return cf_is_missing(CF__AT(row, column, cf_value));
    case CF_KIND_BOOL:
        return cf__bit(row, column) && !CF__AT(row, column, bool);
    case CF_KIND_INT32:
        return cf__bit(row, column) && !CF__AT(row, column, int32_t);
    case CF_KIND_INT64:
        return cf__bit(row, column) && !CF__AT(row, column, int64_t);
    case CF_KIND_TIME:
        return cf__bit(row, column) && !CF__AT(row, column, cf_time).us;
    case CF_KIND_DOUBLE: {
        double number = CF__AT(row, column, double);

        return cf__bit(row, column) && !(number < 0 || number > 0);
    }
    case CF_KIND_CLOCK:
        return cf__bit(row, column) && !CF__AT(row, column, cf_clock).us;
    case CF_KIND_DECIMAL:
        return cf__bit(row, column) && !CF__AT(row, column, cf_decimal).coefficient;
    case CF_KIND_ENUM:
        return cf__bit(row, column) && !CF__AT(row, column, unsigned);
    case CF_KIND_DATE:
        return !CF__AT(row, column, cf_date).month;
    case CF_KIND_UUID:
        return cf_uuid_is_none(CF__AT(row, column, cf_uuid));
    case CF_KIND_NONE:
        break;
    }
    return true;
}

static size_t kind_size(cf_kind kind)
{
    static const size_t sizes[] = {
        [CF_KIND_BOOL] = sizeof(bool),          [CF_KIND_INT32] = sizeof(int32_t),
        [CF_KIND_INT64] = sizeof(int64_t),      [CF_KIND_DOUBLE] = sizeof(double),
        [CF_KIND_TEXT] = sizeof(char *),        [CF_KIND_BYTES] = sizeof(cf_str),
        [CF_KIND_TIME] = sizeof(cf_time),       [CF_KIND_VALUE] = sizeof(cf_value),
        [CF_KIND_DATE] = sizeof(cf_date),       [CF_KIND_CLOCK] = sizeof(cf_clock),
        [CF_KIND_DECIMAL] = sizeof(cf_decimal), [CF_KIND_UUID] = sizeof(cf_uuid),
        [CF_KIND_ENUM] = sizeof(unsigned),
    };

    return sizes[kind];
}

void cf__column_clear(cf_row *row, const cf__column *column)
{
    memset((char *)row + column->offset, 0, kind_size(column->kind));
    if (column->kind == CF_KIND_VALUE)
        CF__AT(row, column, cf_value) = cf_none();
    cf__set_bit(row, column, true);
}

void cf__column_copy(cf_row *to, const cf__column *to_column, const cf_row *from,
                     const cf__column *column)
{
    memcpy((char *)to + to_column->offset, (const char *)from + column->offset,
           kind_size(column->kind));
    cf__set_bit(to, to_column, cf__column_is_null(from, column));
}

/* ---- snapshots ---- */

static cf_value json_text(cf_arena *arena, cf_value value)
{
    cf_buf  out = cf_buf_in(arena, 0);
    cf_eval eval = { .arena = arena };

    if (cf_is_missing(value) || !cf_json_write(&eval, value, NULL, &out, NULL))
        return cf_none();
    return cf_string_of(cf_buf_view(&out));
}

void cf__row_snapshot(cf_row *row)
{
    const cf__mapper *mapper = row->state->mapper;
    cf_row           *snapshot = row->state->snapshot;

    memcpy(snapshot, row, mapper->model->record->size);
    for (size_t i = 0; mapper->has_values && i < mapper->ncolumns; i++)
        if (mapper->columns[i].kind == CF_KIND_VALUE)
            CF__AT(snapshot, &mapper->columns[i], cf_value) = json_text(
                row->state->db->arena, CF__AT(row, &mapper->columns[i], cf_value));
}

void cf__row_restore(cf_row *row)
{
    const cf__mapper *mapper = row->state->mapper;
    const cf_row     *snapshot = row->state->snapshot;
    cf_row            head = *row;

    memcpy(row, snapshot, mapper->model->record->size);
    row->object = head.object;
    row->state = head.state;
    for (size_t i = 0; mapper->has_values && i < mapper->ncolumns; i++) {
        const cf__column *column = &mapper->columns[i];
        cf_value          text;

        if (column->kind != CF_KIND_VALUE)
            continue;
        text = CF__AT(snapshot, column, cf_value);
        if (cf_is_missing(text) || !cf_json_parse(row->state->db->arena, cf_text(text),
                                                  &CF__AT(row, column, cf_value), NULL))
            CF__AT(row, column, cf_value) = cf_none();
    }
}

bool cf__column_changed(const cf_row *row, const cf__column *column)
{
    const cf_row *old = row->state->snapshot;
    bool          null = cf__column_is_null(row, column);

    if (null != cf__column_is_null(old, column))
        return true;
    if (null)
        return false;
    switch (column->kind) {
    case CF_KIND_TEXT: {
        const char *a = CF__AT(row, column, const char *), *b = CF__AT(old, column, const char *);

        return a != b && strcmp(a, b) != 0;
    }
    case CF_KIND_BYTES:
        return !cf_str_eq(CF__AT(row, column, cf_str), CF__AT(old, column, cf_str));
    case CF_KIND_VALUE:
        return !cf_equal(json_text(row->state->db->arena, CF__AT(row, column, cf_value)),
                         CF__AT(old, column, cf_value));
    case CF_KIND_DECIMAL:
        return cf_decimal_compare(CF__AT(row, column, cf_decimal),
                                  CF__AT(old, column, cf_decimal)) != 0;
    case CF_KIND_BOOL:
    case CF_KIND_INT32:
    case CF_KIND_INT64:
    case CF_KIND_DOUBLE:
    case CF_KIND_TIME:
    case CF_KIND_DATE:
    case CF_KIND_CLOCK:
    case CF_KIND_UUID:
    case CF_KIND_ENUM:
    case CF_KIND_NONE:
        break;
    }
    return memcmp((const char *)row + column->offset, (const char *)old + column->offset,
                  kind_size(column->kind)) != 0;
}

bool cf__row_changed(const cf_row *row)
{
    const cf__mapper *mapper = row->state->mapper;
    const char       *old = row->state->snapshot;
    size_t            head = offsetof(cf_row, nulls);

    if (!mapper->has_values &&
        memcmp((const char *)row + head, old + head, mapper->model->record->size - head) == 0)
        return false;
    for (size_t i = 0; i < mapper->ncolumns; i++)
        if (cf__column_changed(row, &mapper->columns[i]))
            return true;
    return false;
}

cf__slot *cf__row_slot(cf_row *row, const cf__relation *relation)
{
    cf__row_state *state = row->state;

    if (!state->slots)
        state->slots = cf_new_array(state->db->arena, cf__slot, state->mapper->nrelations);
    return &state->slots[relation->index];
}

/* ---- the public reads ---- */

const cf_model *cf_row_model(const void *row)
{
    const cf_row *r = row;

    return r && cf__is_row(&r->object) ? r->state->mapper->model : NULL;
}

cf_db *cf_row_db(const void *row)
{
    return ((const cf_row *)row)->state->db;
}

static const cf__column *column_at(const cf_row *row, size_t offset)
{
    const cf__mapper *mapper = row->state->mapper;

    for (size_t i = 0; i < mapper->ncolumns; i++)
        if (mapper->columns[i].offset == offset)
            return &mapper->columns[i];
    return NULL;
}

bool cf__is_null(const void *row, size_t offset)
{
    const cf__column *column = column_at(row, offset);

    return !column || cf__column_is_null(row, column);
}

void cf__set_null(void *row, size_t offset, bool null)
{
    const cf__column *column = column_at(row, offset);

    if (column && null)
        cf__column_clear(row, column);
    else if (column)
        cf__set_bit(row, column, false);
}

static cf_value column_value(cf_arena *arena, const cf_row *row, const cf__column *column)
{
    if (cf__column_is_null(row, column))
        return cf_none();
    return cf_field_get(arena, &column->field, row);
}

cf_value cf_row_get(const void *row, cf_str name)
{
    const cf_row     *r = row;
    const cf__column *column = cf__mapper_column(r->state->mapper, name);

    if (!column)
        return cf_undefined(cf_str_dup(r->state->db->arena, name));
    return column_value(r->state->db->arena, r, column);
}

bool cf_row_set(void *row, cf_str name, cf_value value, cf_error *err)
{
    cf_row           *r = row;
    const cf__column *column = cf__mapper_column(r->state->mapper, name);

    if (!column)
        return cf__no_member(r->state->mapper, "column", name, err);
    if (cf_is_missing(value)) {
        cf__column_clear(r, column);
        return true;
    }
    if (!cf_field_set(r->state->db->arena, &column->field, r, value, err))
        return false;
    cf__set_bit(r, column, false);
    return true;
}

bool cf_row_is_stored(const void *row)
{
    unsigned char status = ((const cf_row *)row)->state->status;

    return status == CF__STORED || status == CF__DOOMED;
}

cf_value cf_row_key(const void *row)
{
    const cf_row     *r = row;
    const cf__mapper *mapper = r->state->mapper;

    cf_arena *arena = r->state->db->arena;
    cf_list  *all;

    if (mapper->generated_key && !CF__AT(r, mapper->key, int64_t))
        return cf_none();
    if (mapper->nkeys == 1)
        return column_value(arena, r, mapper->key);
    all = cf_tuple_new(arena);
    for (size_t i = 0; i < mapper->nkeys; i++) {
        if (cf__column_is_null(r, mapper->keys[i]))
            return cf_none();
        cf_list_add(all, column_value(arena, r, mapper->keys[i]));
    }
    return cf_from_list(all);
}

/* ---- as objects ---- */

static bool row_get(cf_eval *eval, cf_object *self, cf_str name, cf_value *out)
{
    cf_row         *row = (cf_row *)(void *)self;
    const cf__name *found = cf__mapper_name(row->state->mapper, name);

    if (!found)
        return true;
    if (found->column)
        *out = column_value(eval->arena, row, found->column);
    else if (found->property)
        return found->property(eval, self, out);
    else
        return cf__related_value(row, found->relation, out, eval->err);
    return true;
}

static bool row_set(cf_eval *eval, cf_object *self, cf_str name, cf_value value)
{
    cf_row         *row = (cf_row *)(void *)self;
    const cf__name *found = cf__mapper_name(row->state->mapper, name);

    if (found && found->relation)
        return cf__related_assign(row, found->relation, value, eval->err);
    return cf_row_set(row, name, value, eval->err);
}

static bool row_text(cf_eval *eval, cf_object *self, cf_buf *out, bool *safe)
{
    const cf_row *row = (const cf_row *)(const void *)self;

    *safe = false;
    cf_buf_printf(out, "<%s ", row->state->mapper->model->name);
    if (!cf_to_repr(eval, cf_row_key(row), out))
        return false;
    cf_buf_putc(out, '>');
    return true;
}

static void row_names(cf_eval *eval, cf_object *self, cf_list *out)
{
    const cf_row     *row = (const cf_row *)(const void *)self;
    const cf__mapper *mapper = row->state->mapper;

    (void)eval;
    for (size_t i = 0; i < mapper->ncolumns; i++)
        cf_list_add(out, cf_string(mapper->columns[i].name));
    for (size_t i = 0; i < mapper->nrelations; i++)
        cf_list_add(out, cf_string(mapper->relations[i].name));
    for (size_t i = 0; i < mapper->model->count; i++)
        if (mapper->model->members[i].kind == CF_MEMBER_PROPERTY)
            cf_list_add(out, cf_string(mapper->model->members[i].field.name));
}

void cf__row_class(cf_class *class, const char *name)
{
    *class = (cf_class){
        .name = name, .get = row_get, .set = row_set, .text = row_text, .names = row_names
    };
}

bool cf__is_row(const cf_object *object)
{
    return object->class->get == row_get;
}
