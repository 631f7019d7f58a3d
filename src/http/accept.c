/* accept.c -- content negotiation: what the client sent, sorted, and the offers held against it. */
#include <carafe/accept.h>

#include <carafe/field.h>

#define MAX_ITEMS 100
#define MAX_PARTS 32

/* The pieces of "text/html; level=1". */
typedef struct mime {
    cf_str parts[MAX_PARTS];
    size_t count;
} mime;

static mime split_mime(cf_str text)
{
    mime   result = { .count = 0 };
    size_t end;

    while (result.count < MAX_PARTS) {
        for (end = 0; end < text.len && text.ptr[end] != '/' && text.ptr[end] != ';'; end++)
            ;
        result.parts[result.count++] = cf_str_trim(cf_str_slice(text, 0, end));
        if (end == text.len)
            break;
        text = cf_str_slice(text, end + 1, text.len);
    }
    return result;
}

/* Two bits a piece, the first on top: compares as the pieces do, a longer list above its front. */
static uint64_t specificity(cf_accept_kind kind, cf_str value)
{
    uint64_t bits = 0;
    mime     m;

    if (kind != CF_ACCEPT_MIME)
        return cf_str_is(value, "*") ? 1 : 2;
    m = split_mime(value);
    for (size_t i = 0; i < m.count; i++)
        bits |= (uint64_t)(cf_str_is(m.parts[i], "*") ? 1 : 2) << (2 * (MAX_PARTS - 1 - i));
    return bits;
}

/* Whether both have the same parameters in any order. */
static bool same_parameters(const mime *a, const mime *b)
{
    bool taken[MAX_PARTS] = { false };

    if (a->count != b->count)
        return false;
    for (size_t i = 2; i < a->count; i++) {
        size_t j = 2;
        while (j < b->count && (taken[j] || !cf_str_ieq(a->parts[i], b->parts[j])))
            j++;
        if (j == b->count)
            return false;
        taken[j] = true;
    }
    return true;
}

static bool mime_matches(cf_str offer, cf_str item)
{
    mime a = split_mime(offer), b = split_mime(item);
    bool any_a, any_b;

    if (a.count < 2 || b.count < 2)
        return false;
    any_a = cf_str_is(a.parts[0], "*");
    any_b = cf_str_is(b.parts[0], "*");
    /* "*" before anything but "*" means nothing. */
    if ((any_a && !cf_str_is(a.parts[1], "*")) || (any_b && !cf_str_is(b.parts[1], "*")))
        return false;
    if (any_a || any_b)
        return true;
    if (!cf_str_ieq(a.parts[0], b.parts[0]))
        return false;
    if (cf_str_is(a.parts[1], "*") || cf_str_is(b.parts[1], "*"))
        return true;
    return cf_str_ieq(a.parts[1], b.parts[1]) && same_parameters(&a, &b);
}

/* "en_GB" and "en-gb" are one. */
static bool language_matches(cf_str a, cf_str b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++) {
        cf_str x = cf_str_slice(a, i, i + 1), y = cf_str_slice(b, i, i + 1);
        bool   dashes = strchr("_-", *x.ptr) && strchr("_-", *y.ptr) && *x.ptr && *y.ptr;
        if (!dashes && !cf_str_ieq(x, y))
            return false;
    }
    return true;
}

/* The usual name of a charset known by several. */
static const char *charset_name(cf_str name)
{
    static const char *const names[][8] = {
        { "utf-8", "utf8", "utf_8", "u8" },
        { "iso-8859-1", "iso8859-1", "iso_8859_1", "iso_8859-1", "latin1", "latin-1", "l1" },
        { "ascii", "us-ascii", "us_ascii", "646" },
        { "iso-8859-15", "iso8859-15", "iso_8859_15", "latin9", "latin-9", "l9" },
        { "windows-1252", "cp1252", "windows_1252", "1252" },
        { "utf-16", "utf16", "utf_16", "u16" },
    };

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        for (size_t j = 0; j < 8 && names[i][j]; j++)
            if (cf_str_iis(name, names[i][j]))
                return names[i][0];
    return NULL;
}

static bool charset_matches(cf_str a, cf_str b)
{
    const char *name = charset_name(a);

    return cf_str_ieq(a, b) || (name && name == charset_name(b));
}

static bool matches(cf_accept_kind kind, cf_str offer, cf_str item)
{
    if (kind == CF_ACCEPT_MIME)
        return mime_matches(offer, item);
    if (cf_str_is(item, "*"))
        return true;
    if (kind == CF_ACCEPT_LANGUAGE)
        return language_matches(offer, item);
    if (kind == CF_ACCEPT_CHARSET)
        return charset_matches(offer, item);
    return cf_str_ieq(offer, item);
}

static bool before(cf_accept_kind kind, const cf_accept_item *a, const cf_accept_item *b)
{
    uint64_t x = specificity(kind, a->value), y = specificity(kind, b->value);

    return x != y ? x > y : a->quality > b->quality;
}

/* Inserts behind all that are not less. */
static void add(cf_accept *accept, cf_accept_item item)
{
    size_t at = accept->len;

    if (accept->len == accept->cap) {
        size_t cap = accept->cap ? 2 * accept->cap : 8;
        accept->items = cf_grow(accept->arena, accept->items, accept->cap * sizeof item,
                                cap * sizeof item);
        accept->cap = cap;
    }
    while (at > 0 && before(accept->kind, &item, &accept->items[at - 1])) {
        accept->items[at] = accept->items[at - 1];
        at--;
    }
    accept->items[at] = item;
    accept->len++;
}

cf_accept cf_accept_make(cf_arena *arena, cf_accept_kind kind, const cf_accept_item *items,
                         size_t count)
{
    cf_accept accept = { .kind = kind, .arena = arena };

    for (size_t i = 0; i < count && i < MAX_ITEMS; i++)
        add(&accept, items[i]);
    return accept;
}

/* Takes "q" out of the options. False when it is no number from 0 to 1. */
static bool take_quality(cf_params *options, double *quality)
{
    size_t kept = 0;
    bool   good = true;

    *quality = 1;
    for (size_t i = 0; i < options->len; i++) {
        cf_str value = cf_str_trim(options->items[i].value);
        if (!cf_str_is(options->items[i].name, "q")) {
            options->items[kept++] = options->items[i];
            continue;
        }
        /* Digits and a dot only: no exponent, no sign. */
        for (size_t k = 0; k < value.len; k++)
            good = good && (value.ptr[k] == '.' || (value.ptr[k] >= '0' && value.ptr[k] <= '9'));
        good = good && cf_str_to_double(value, quality) && *quality <= 1 && value.ptr[0] != '.' &&
               value.ptr[value.len - 1] != '.';
    }
    options->len = kept;
    return good;
}

cf_accept cf_accept_parse(cf_arena *arena, cf_accept_kind kind, cf_str header)
{
    cf_accept accept = { .kind = kind, .arena = arena };
    cf_str   *items;
    size_t    count = cf_field_list(arena, header, &items);

    for (size_t i = 0; i < count && accept.len < MAX_ITEMS; i++) {
        cf_params      options = cf_params_in(arena);
        cf_accept_item item = { .value = cf_field_options(arena, items[i], &options) };
        cf_buf         whole = cf_buf_in(arena, 0);
        if (!take_quality(&options, &item.quality))
            continue;
        if (options.len) {
            cf_field_write_options(&whole, item.value, &options);
            item.value = cf_buf_view(&whole);
        }
        add(&accept, item);
    }
    return accept;
}

static const cf_accept_item *match(const cf_accept *accept, cf_str offer)
{
    for (size_t i = 0; i < accept->len; i++)
        if (matches(accept->kind, offer, accept->items[i].value))
            return &accept->items[i];
    return NULL;
}

double cf_accept_quality(const cf_accept *accept, cf_str offer)
{
    const cf_accept_item *item = match(accept, offer);

    return item ? item->quality : 0;
}

/* The number of the best offer; `count` when none is accepted. */
static size_t best(const cf_accept *accept, const cf_str *offers, size_t count)
{
    size_t   found = count;
    double   quality = 0;
    uint64_t rank = 0;

    for (size_t i = 0; i < count; i++) {
        const cf_accept_item *item = match(accept, offers[i]);
        uint64_t              own;
        if (!item || item->quality <= 0 || item->quality < quality)
            continue;
        own = specificity(accept->kind, item->value);
        if (found < count && item->quality <= quality && own <= rank)
            continue;
        found = i;
        quality = item->quality;
        rank = own;
    }
    return found;
}

static cf_str primary_tag(cf_str tag)
{
    size_t i = 0;

    while (i < tag.len && tag.ptr[i] != '-' && tag.ptr[i] != '_')
        i++;
    return cf_str_slice(tag, 0, i);
}

/* Client's "en-GB" takes the offer "en"; its "en" takes the offer "en-GB". */
static size_t best_language(const cf_accept *accept, const cf_str *offers, size_t count)
{
    cf_accept primary = { .kind = CF_ACCEPT_PLAIN, .arena = accept->arena };
    cf_str   *tags = cf_new_array(accept->arena, cf_str, count);
    size_t    found;

    for (size_t i = 0; i < accept->len; i++)
        add(&primary,
            (cf_accept_item){ primary_tag(accept->items[i].value), accept->items[i].quality });
    found = best(&primary, offers, count);
    if (found < count)
        return found;
    for (size_t i = 0; i < count; i++)
        tags[i] = primary_tag(offers[i]);
    found = best(accept, tags, count);
    for (size_t i = 0; found < count && i < count; i++)
        if (cf_str_starts(offers[i], tags[found]))
            return i;
    return found;
}

cf_str cf_accept_best(const cf_accept *accept, const cf_str *offers, size_t count, cf_str fallback)
{
    size_t found = best(accept, offers, count);

    if (found == count && accept->kind == CF_ACCEPT_LANGUAGE)
        found = best_language(accept, offers, count);
    return found < count ? offers[found] : fallback;
}
