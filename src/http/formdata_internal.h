/* formdata_internal.h -- what the multipart reader and the form behind it share. */
#ifndef CARAFE_HTTP_FORMDATA_INTERNAL_H
#define CARAFE_HTTP_FORMDATA_INTERNAL_H

#include <carafe/formdata.h>

typedef struct cf__multipart cf__multipart;

/* What a part's content is encoded in, and the bits of it that are not decoded yet. */
typedef struct cf__transfer {
    enum { CF__TRANSFER_PLAIN, CF__TRANSFER_BASE64, CF__TRANSFER_QUOTED } kind;
    char   held[80]; /* Quoted-printable: an unfinished escape or white space at a line's end. */
    size_t held_len;
    int    bits, count; /* Base64: digits not given out yet. */
    bool   padded;
} cf__transfer;

/* One form being read. */
struct cf_form_parser {
    cf_arena      *arena;
    cf_form_limits limits;
    cf_upload_sink sink;
    cf_formdata    data;
    enum { CF__FORM_NONE, CF__FORM_URLENCODED, CF__FORM_MULTIPART } kind;
    cf__multipart *multipart;
    size_t         file_cap;
    int64_t        total;  /* Bytes of the body so far. */
    int64_t        memory; /* Bytes of field values so far. */
    cf_error       failed; /* The error that ended the form. */

    /* The part being read. */
    cf_upload    upload;
    bool         is_file;
    cf_str       charset;
    size_t       parts;
    cf_buf       content; /* Scratch, used again by each part. */
    cf__transfer transfer;
};

/* Args: boundary: without the leading hyphens; at most 256 bytes. */
cf__multipart *cf__multipart_new(cf_form_parser *form, cf_str boundary);
bool           cf__multipart_feed(cf__multipart *reader, cf_str bytes, cf_error *err) CF_SUSPENDS;
/* Whether the closing boundary has been read. */
bool cf__multipart_done(const cf__multipart *reader);

/* Called by the reader: a part's headers, pieces of its content, its end. */
bool cf__form_part(cf_form_parser *form, const cf_headers *headers, cf_error *err);
bool cf__form_content(cf_form_parser *form, cf_str bytes, cf_error *err) CF_SUSPENDS;
bool cf__form_part_end(cf_form_parser *form, cf_error *err) CF_SUSPENDS;

/* Decodes content and appends it to `out`. `last`: no more follows. */
void cf__transfer_decode(cf__transfer *transfer, cf_str bytes, bool last, cf_buf *out);

#endif
