/* conditional.h -- conditional and range requests: ETags, If-*, Range. */
#ifndef CARAFE_CONDITIONAL_H
#define CARAFE_CONDITIONAL_H

#include <carafe/http.h>

/* An entity tag without its quotes. */
typedef struct cf_etag {
    cf_str tag;
    bool   weak;
} cf_etag;

/* Parses one tag: "x", W/"x", and bare x. False for ill-formed ones. */
bool cf_etag_parse(cf_str text, cf_etag *out);

/* Appends "x" or W/"x". Errors: CF_EINVAL for a tag with quotes or control characters. */
bool cf_etag_write(cf_buf *out, cf_etag etag, cf_error *err);

/* Steps over the tags of an If-Match or If-None-Match field; *star for "*". False at the end. */
bool cf_etag_next(cf_str *rest, cf_etag *etag, bool *star);

/* A strong tag of content: its SHA-256, in base64url without padding. */
cf_str cf_etag_of(cf_arena *arena, cf_str content);

/* What a representation is compared by. */
typedef struct cf_validators {
    cf_etag etag;     /* tag.ptr NULL: none. */
    cf_time modified; /* Whole seconds count. */
    bool    has_modified;
} cf_validators;

typedef enum cf_condition {
    CF_CONDITION_PROCEED,
    CF_CONDITION_NOT_MODIFIED, /* Answer 304. */
    CF_CONDITION_FAILED,       /* Answer 412. */
} cf_condition;

/* Evaluates If-Match, If-Unmodified-Since, If-None-Match, If-Modified-Since, in that order.
 *
 * Args:
 *   exists: whether there is a current representation ("*" matches then).
 *
 * Source: RFC 9110, 13.2.2.
 */
cf_condition cf_condition_check(const cf_headers *headers, cf_method method,
                                const cf_validators *current, bool exists);

/* One span of bytes: [first, last], both counted from 0. */
typedef struct cf_range {
    int64_t first, last;
} cf_range;

/* A Range field as sent: either bound may be missing. */
typedef struct cf_range_spec {
    int64_t first; /* -1: the last `last` bytes. */
    int64_t last;  /* -1: to the end. */
} cf_range_spec;

#define CF_MAX_RANGES 16

typedef struct cf_ranges {
    cf_str        unit;
    cf_range_spec specs[CF_MAX_RANGES];
    size_t        count;
} cf_ranges;

/* Parses a Range field; false when it is ill-formed or has too many spans, and is to be ignored. */
bool cf_ranges_parse(cf_str field, cf_ranges *out);

typedef enum cf_range_answer {
    CF_RANGE_WHOLE,         /* Answer 200 with everything. */
    CF_RANGE_PART,          /* Answer 206 with the span. */
    CF_RANGE_UNSATISFIABLE, /* Answer 416 with "bytes *\/size". */
} cf_range_answer;

/* Decides what a GET with Range and If-Range gets. Several spans are answered whole.
 *
 * Args:
 *   size: bytes of the representation.
 *   range: receives the span after CF_RANGE_PART.
 *
 * Source: RFC 9110, 13.1.5 and 14.
 */
cf_range_answer cf_range_select(const cf_headers *headers, cf_method method,
                                const cf_validators *current, int64_t size, cf_range *range);

/* Appends the value of a Content-Range field: "bytes 0-9/100"; "bytes *\/100" for NULL. */
void cf_content_range_write(cf_buf *out, const cf_range *range, int64_t size);

/* Parses a Content-Range field. Args: *size -1 for "*"; first -1 for "*". */
bool cf_content_range_parse(cf_str field, cf_range *range, int64_t *size);

#endif
