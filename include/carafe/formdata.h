/* formdata.h -- reads posted forms as they come: urlencoded and multipart, fields and files.
 *
 * Fields and small files stay in memory; a file that grows large goes to a sink of the caller's,
 * since nothing here does input or output. */
#ifndef CARAFE_FORMDATA_H
#define CARAFE_FORMDATA_H

#include <carafe/http.h>
#include <carafe/params.h>

/* One posted file. */
typedef struct cf_upload {
    cf_str     name;         /* The form field's. */
    cf_str     filename;     /* As sent, may be empty; never a path: see cf_secure_filename(). */
    cf_str     content_type; /* ptr NULL when none was sent. */
    cf_headers headers;      /* The part's own. */
    cf_str     data;         /* The content, while the sink has none. */
    void      *spool;        /* What the sink opened; NULL while the content is in `data`. */
    int64_t    size;         /* Bytes of content. */
} cf_upload;

typedef struct cf_formdata {
    cf_params  fields;
    cf_upload *files;
    size_t     file_count;
    bool       complete; /* False: the content was no form or was cut off; fields and files are
                          * empty then. */
} cf_formdata;

/* Where large files go. Each function returns false with `err` set to end the parse. The sink must
 * clean up what it opened when a parse is given up: cf_arena_defer() does. */
typedef struct cf_upload_sink {
    /* A file has outgrown memory: open a place for it and set *spool (not NULL). */
    bool (*open)(void *data, const cf_upload *upload, void **spool, cf_error *err) CF_SUSPENDS;
    bool (*write)(void *data, void *spool, cf_str bytes, cf_error *err) CF_SUSPENDS;
    /* All of the file has been written. */
    bool (*close)(void *data, void *spool, cf_error *err) CF_SUSPENDS;
    void *data;
} cf_upload_sink;

/* Zero means the default. Sizes in bytes. */
typedef struct cf_form_limits {
    int64_t max_body;         /* 16 MiB: the whole content. */
    int64_t max_memory;       /* 500,000: all fields' values together, or a urlencoded body. */
    size_t  max_parts;        /* 1,000 fields and files, of multipart. */
    size_t  max_fields;       /* 1,000 pairs, of urlencoded. */
    int64_t max_part_size;    /* As max_body: one part. */
    size_t  max_header_size;  /* 8 KiB: all fields of one part. */
    size_t  max_header_count; /* 16: fields of one part. */
    size_t  spool_above;      /* 64 KiB: a larger file goes to the sink. */
} cf_form_limits;

typedef struct cf_form_parser cf_form_parser;

/* Begins a form.
 *
 * Args:
 *   content_type: the request's; anything but the two form types gives an empty form.
 *   limits: copied; NULL for the defaults.
 *   sink: copied; NULL keeps every file in memory.
 */
cf_form_parser *cf_form_parser_new(cf_arena *arena, cf_str content_type,
                                   const cf_form_limits *limits, const cf_upload_sink *sink);

/* Takes the next bytes of the body. Errors: CF_EPARSE (400), CF_ELIMIT (413), the sink's. */
bool cf_form_parser_feed(cf_form_parser *parser, cf_str bytes, cf_error *err) CF_SUSPENDS;

/* Ends the form; *out's content lives in the arena. Errors: as above. */
bool cf_form_parser_finish(cf_form_parser *parser, cf_formdata *out, cf_error *err) CF_SUSPENDS;

/* The first file of a name, NULL when absent. */
const cf_upload *cf_formdata_file(const cf_formdata *form, const char *name);

/* Whether a Content-Type is one of the two. */
bool cf_is_form_type(cf_str content_type);

#endif
