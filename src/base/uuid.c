/* uuid.c -- universally unique identifiers: made, read, written, and as objects of templates. */
#include <carafe/uuid.h>

#include <carafe/crypto.h>

cf_uuid cf_uuid_random(void)
{
    cf_uuid uuid;

    cf_random(uuid.bytes, sizeof(uuid.bytes));
    uuid.bytes[6] = (uint8_t)((uuid.bytes[6] & 0x0f) | 0x40); /* Version 4, */
    uuid.bytes[8] = (uint8_t)((uuid.bytes[8] & 0x3f) | 0x80); /* of RFC 9562's variant. */
    return uuid;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 32);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Whether a dash stands before byte `i`. */
static bool dash_before(size_t i)
{
    return i == 4 || i == 6 || i == 8 || i == 10;
}

bool cf_uuid_parse(cf_str text, cf_uuid *out)
{
    bool        dashes = text.len == 36;
    const char *p = text.ptr;
    cf_uuid     uuid;

    if (!dashes && text.len != 32)
        return false;
    for (size_t i = 0; i < 16; i++) {
        int high, low;

        if (dashes && dash_before(i) && *p++ != '-')
            return false;
        high = hex_digit(*p++);
        low = hex_digit(*p++);
        if (high < 0 || low < 0)
            return false;
        uuid.bytes[i] = (uint8_t)(high * 16 + low);
    }
    *out = uuid;
    return true;
}

static void put_hex(cf_uuid uuid, bool dashes, char *out)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < 16; i++) {
        if (dashes && dash_before(i))
            *out++ = '-';
        *out++ = digits[uuid.bytes[i] >> 4];
        *out++ = digits[uuid.bytes[i] & 15];
    }
    *out = '\0';
}

void cf_uuid_text(cf_uuid uuid, char out[37])
{
    put_hex(uuid, true, out);
}

bool cf_uuid_is_none(cf_uuid uuid)
{
    return cf_uuid_equal(uuid, (cf_uuid){ { 0 } });
}

bool cf_uuid_equal(cf_uuid a, cf_uuid b)
{
    return memcmp(a.bytes, b.bytes, sizeof(a.bytes)) == 0;
}

/* ---- as an object ---- */

typedef struct uuid_object {
    cf_object head;
    cf_uuid   uuid;
} uuid_object;

static cf_uuid uuid_of(const cf_object *self)
{
    return ((const uuid_object *)self)->uuid;
}

static bool uuid_get(cf_eval *eval, cf_object *self, cf_str name, cf_value *out)
{
    char text[37];

    *out = cf_undefined(NULL);
    if (cf_str_is(name, "hex")) {
        put_hex(uuid_of(self), false, text);
        *out = cf_string_copy(eval->arena, cf_str_of(text));
    } else if (cf_str_is(name, "version")) {
        *out = cf_int(uuid_of(self).bytes[6] >> 4);
    }
    return true;
}

static bool uuid_text(cf_eval *eval, cf_object *self, cf_buf *out, bool *safe)
{
    char text[37];

    (void)eval;
    *safe = false;
    cf_uuid_text(uuid_of(self), text);
    cf_buf_puts(out, text);
    return true;
}

static bool uuid_json(cf_eval *eval, cf_object *self, cf_value *out)
{
    char text[37];

    cf_uuid_text(uuid_of(self), text);
    *out = cf_string_copy(eval->arena, cf_str_of(text));
    return true;
}

static bool uuid_equal(cf_object *a, cf_value b)
{
    cf_uuid other;

    return cf_value_uuid(b, &other) && cf_uuid_equal(uuid_of(a), other);
}

static bool uuid_compare(cf_object *a, cf_value b, int *order, cf_error *err)
{
    cf_uuid uuid = uuid_of(a), other;

    if (!cf_value_uuid(b, &other))
        return cf_fail(err, CF_ETYPE, "a UUID cannot be compared with %s", cf_type_name(b));
    *order = memcmp(uuid.bytes, other.bytes, sizeof(other.bytes));
    return true;
}

static void uuid_names(cf_eval *eval, cf_object *self, cf_list *out)
{
    (void)eval;
    (void)self;
    cf_list_add(out, cf_string("hex"));
    cf_list_add(out, cf_string("version"));
}

static const cf_class uuid_class = { .name = "UUID",
                                     .get = uuid_get,
                                     .text = uuid_text,
                                     .equal = uuid_equal,
                                     .compare = uuid_compare,
                                     .json = uuid_json,
                                     .names = uuid_names };

cf_value cf_uuid_value(cf_arena *arena, cf_uuid uuid)
{
    uuid_object *object;

    if (cf_uuid_is_none(uuid))
        return cf_none();
    object = cf_new(arena, uuid_object);
    object->head.class = &uuid_class;
    object->uuid = uuid;
    return cf_from_object(object);
}

bool cf_value_uuid(cf_value v, cf_uuid *out)
{
    if (v.type != CF_TYPE_OBJECT || v.as.object->class != &uuid_class)
        return false;
    if (out)
        *out = uuid_of(v.as.object);
    return true;
}
