/* conditional.c -- preconditions and ranges, in the order of RFC 9110, 13.2.2. */
#include <carafe/conditional.h>

#include "http/chars.h"

/* Whole seconds, as HTTP's dates have them. */
static int64_t seconds(cf_time t)
{
    return t.us / CF_SECOND - (t.us % CF_SECOND < 0);
}

static bool field_is(const cf_header *field, const char *name)
{
    return cf_str_iis(field->name, name);
}

/* Whether any tag of the fields with a name is the current one. */
static bool etag_matches(const cf_headers *headers, const char *name, const cf_validators *current,
                         bool exists, bool strong)
{
    cf_etag etag;
    bool    star;

    for (size_t i = 0; i < headers->len; i++) {
        cf_str rest = headers->items[i].value;
        if (!field_is(&headers->items[i], name))
            continue;
        while (cf_etag_next(&rest, &etag, &star)) {
            if (star && exists)
                return true;
            if (!current->etag.tag.ptr || !cf_str_eq(etag.tag, current->etag.tag))
                continue;
            if (!strong || (!etag.weak && !current->etag.weak))
                return true;
        }
    }
    return false;
}

/* Whether the date of a field is at or after the last change; an unreadable date is as none. */
static bool unchanged_since(const cf_headers *headers, const char *name,
                            const cf_validators *current, bool *known)
{
    cf_time since;

    *known = current->has_modified && cf_headers_count(headers, name) == 1 &&
             cf_time_from_http(cf_headers_get(headers, name), &since);
    return *known && seconds(current->modified) <= seconds(since);
}

cf_condition cf_condition_check(const cf_headers *headers, cf_method method,
                                const cf_validators *current, bool exists)
{
    bool read = method == CF_GET || method == CF_HEAD, known, unchanged;

    if (cf_headers_get(headers, "If-Match").ptr) {
        if (!etag_matches(headers, "If-Match", current, exists, true))
            return CF_CONDITION_FAILED;
    } else {
        unchanged = unchanged_since(headers, "If-Unmodified-Since", current, &known);
        if (known && !unchanged)
            return CF_CONDITION_FAILED;
    }
    if (cf_headers_get(headers, "If-None-Match").ptr) {
        if (!etag_matches(headers, "If-None-Match", current, exists, false))
            return CF_CONDITION_PROCEED;
        return read ? CF_CONDITION_NOT_MODIFIED : CF_CONDITION_FAILED;
    }
    if (read && unchanged_since(headers, "If-Modified-Since", current, &known))
        return CF_CONDITION_NOT_MODIFIED;
    return CF_CONDITION_PROCEED;
}

/* Digits only; what is beyond all sizes counts as the largest. */
static bool number(cf_str text, int64_t *out)
{
    *out = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (!cf__is(text.ptr[i], CF__DIGIT))
            return false;
        *out = *out > (INT64_MAX - 9) / 10 ? INT64_MAX : *out * 10 + (text.ptr[i] - '0');
    }
    return text.len > 0;
}

static bool parse_spec(cf_str text, cf_range_spec *spec)
{
    cf_str first, last;

    *spec = (cf_range_spec){ -1, -1 };
    if (!cf_str_cut(cf_str_trim(text), '-', &first, &last))
        return false;
    first = cf_str_trim(first);
    last = cf_str_trim(last);
    if (first.len == 0)
        return number(last, &spec->last);
    if (!number(first, &spec->first))
        return false;
    return last.len == 0 || (number(last, &spec->last) && spec->first <= spec->last);
}

bool cf_ranges_parse(cf_str field, cf_ranges *out)
{
    cf_str specs, spec;

    *out = (cf_ranges){ .count = 0 };
    if (!cf_str_cut(field, '=', &out->unit, &specs) || specs.len == 0)
        return false;
    out->unit = cf_str_trim(out->unit);
    while (specs.len) {
        cf_str_cut(specs, ',', &spec, &specs);
        if (out->count == CF_MAX_RANGES || !parse_spec(spec, &out->specs[out->count]))
            return false;
        out->count++;
    }
    return true;
}

/* The bytes a spec means; false when there are none. */
static bool resolve(const cf_range_spec *spec, int64_t size, cf_range *range)
{
    if (spec->first < 0) {
        *range = (cf_range){ spec->last > size ? 0 : size - spec->last, size - 1 };
        return spec->last > 0;
    }
    *range = (cf_range){ spec->first, size - 1 };
    if (spec->last >= 0 && spec->last < size)
        range->last = spec->last;
    return spec->first < size;
}

/* Whether If-Range lets the range stand: a strong tag, or exactly the date, of what is there. */
static bool range_is_current(const cf_headers *headers, const cf_validators *current)
{
    cf_str  field = cf_headers_get(headers, "If-Range");
    cf_etag etag;
    cf_time date;

    if (!field.ptr)
        return true;
    if (cf_time_from_http(field, &date))
        return current->has_modified && seconds(date) == seconds(current->modified);
    return field.len >= 2 && field.ptr[0] == '"' && cf_etag_parse(field, &etag) &&
           current->etag.tag.ptr && !current->etag.weak && cf_str_eq(etag.tag, current->etag.tag);
}

cf_range_answer cf_range_select(const cf_headers *headers, cf_method method,
                                const cf_validators *current, int64_t size, cf_range *range)
{
    cf_ranges ranges;
    size_t    satisfiable = 0;

    if (method != CF_GET || cf_headers_count(headers, "Range") != 1 ||
        !cf_ranges_parse(cf_headers_get(headers, "Range"), &ranges) ||
        !cf_str_iis(ranges.unit, "bytes") || !range_is_current(headers, current))
        return CF_RANGE_WHOLE;
    for (size_t i = 0; i < ranges.count; i++)
        satisfiable += resolve(&ranges.specs[i], size, range);
    if (satisfiable == 0)
        return CF_RANGE_UNSATISFIABLE;
    if (ranges.count > 1 || size == 0)
        return CF_RANGE_WHOLE;
    return CF_RANGE_PART;
}

void cf_content_range_write(cf_buf *out, const cf_range *range, int64_t size)
{
    cf_buf_puts(out, "bytes ");
    if (range)
        cf_buf_printf(out, "%lld-%lld", (long long)range->first, (long long)range->last);
    else
        cf_buf_putc(out, '*');
    cf_buf_printf(out, "/%lld", (long long)size);
}

bool cf_content_range_parse(cf_str field, cf_range *range, int64_t *size)
{
    cf_str unit, span, length, first, last;

    *range = (cf_range){ -1, -1 };
    *size = -1;
    if (!cf_str_cut(cf_str_trim(field), ' ', &unit, &span) || !cf_str_iis(unit, "bytes") ||
        !cf_str_cut(cf_str_trim(span), '/', &span, &length))
        return false;
    if (!cf_str_is(length, "*") && !number(length, size))
        return false;
    if (cf_str_is(span, "*"))
        return true;
    if (!cf_str_cut(span, '-', &first, &last) || !number(first, &range->first) ||
        !number(last, &range->last))
        return false;
    return range->first <= range->last && (*size < 0 || range->last < *size);
}
