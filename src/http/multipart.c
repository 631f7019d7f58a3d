/* multipart.c -- splits multipart/form-data into parts as the bytes come (RFC 7578, RFC 2046).
 *
 * A part ends at a line break, "--", the boundary, and either "--" or a line's end; anything else
 * that begins alike is content. Lines end in CR LF, or, throughout, in what the first boundary's
 * line ended in: some clients send bare LF or CR. Bytes that cannot be judged yet wait in `buf`. */
#include "http/formdata_internal.h"

#include "http/chars.h"

#define MAX_PADDING 256

typedef enum stage {
    IN_PREAMBLE,
    IN_HEADERS,
    BEFORE_CONTENT, /* At the empty line, whose break may already begin the next boundary. */
    IN_CONTENT,
    IN_EPILOGUE,
} stage;

struct cf__multipart {
    cf_form_parser *form;
    stage           stage;
    char            delimiter[264]; /* Line break, "--", boundary. */
    size_t          delimiter_len;
    size_t          break_len; /* Of the line break at its front; 0 while it is not known. */
    cf_buf          buf;
    size_t          pos;      /* Bytes of buf that are done with. */
    size_t          scanned;  /* Bytes behind pos that hold no line break. */
    bool            preamble; /* There was text before the first boundary. */
    cf_buf          line;     /* The header being gathered, with its continuation lines. */
    cf_headers      headers;
    size_t          header_bytes;
};

/* What follows a boundary. */
typedef enum tail {
    TAIL_MORE, /* Cannot be told yet. */
    TAIL_PART, /* A line's end: a part follows. */
    TAIL_LAST, /* "--" */
    TAIL_NONE, /* It was no boundary. */
} tail;

cf__multipart *cf__multipart_new(cf_form_parser *form, cf_str boundary)
{
    cf__multipart *reader = cf_new(form->arena, cf__multipart);

    reader->form = form;
    reader->buf = cf_buf_in(form->arena, 0);
    reader->line = cf_buf_in(form->arena, 0);
    memcpy(reader->delimiter, "\r\n--", 4);
    memcpy(reader->delimiter + 4, boundary.ptr, boundary.len);
    reader->delimiter_len = boundary.len + 4;
    return reader;
}

bool cf__multipart_done(const cf__multipart *reader)
{
    return reader->stage == IN_EPILOGUE;
}

static cf_str pending(const cf__multipart *reader)
{
    return cf_str_n(reader->buf.ptr + reader->pos, reader->buf.len - reader->pos);
}

/* "--" and the boundary, without the line break. */
static cf_str dashes(const cf__multipart *reader)
{
    return cf_str_n(reader->delimiter + 2, reader->delimiter_len - 2);
}

/* The line break of this body, and the whole delimiter with it. */
static cf_str line_break(const cf__multipart *reader)
{
    return cf_str_n(reader->delimiter + 2 - reader->break_len, reader->break_len);
}

static cf_str delimiter(const cf__multipart *reader)
{
    return cf_str_n(reader->delimiter + 2 - reader->break_len,
                    reader->delimiter_len - 2 + reader->break_len);
}

/* Learns the body's line break from the first boundary's line: 0 when more bytes are needed. */
static size_t learn_break(cf__multipart *reader, cf_str rest)
{
    if (rest.len == 0 || (rest.ptr[0] == '\r' && rest.len == 1))
        return 0;
    if (rest.ptr[0] == '\r' && rest.ptr[1] == '\n')
        return reader->break_len = 2;
    /* A single byte: the delimiter begins with it instead. */
    reader->delimiter[1] = rest.ptr[0];
    return reader->break_len = 1;
}

/* Judges what follows a boundary; *size receives its length. */
static tail judge_tail(cf__multipart *reader, cf_str rest, size_t *size)
{
    size_t i = 0;
    cf_str end;

    if (rest.len >= 2 && rest.ptr[0] == '-' && rest.ptr[1] == '-') {
        *size = 2;
        return TAIL_LAST;
    }
    if (rest.len == 1 && rest.ptr[0] == '-')
        return TAIL_MORE;
    while (i < rest.len && (rest.ptr[i] == ' ' || rest.ptr[i] == '\t'))
        i++;
    if (i > MAX_PADDING)
        return TAIL_NONE;
    rest = cf_str_slice(rest, i, rest.len);
    if (rest.len == 0)
        return TAIL_MORE;
    if (!reader->break_len) {
        if (rest.ptr[0] != '\r' && rest.ptr[0] != '\n')
            return TAIL_NONE;
        if (!learn_break(reader, rest))
            return TAIL_MORE;
    }
    end = line_break(reader);
    *size = i + end.len;
    if (cf_str_starts(rest, end))
        return TAIL_PART;
    return cf_str_starts(end, rest) ? TAIL_MORE : TAIL_NONE;
}

static void skip(cf__multipart *reader, size_t size)
{
    reader->pos += size;
    reader->scanned = 0;
}

/* Steps over a boundary and what follows it, into the next part or the end. */
static void enter_part(cf__multipart *reader, tail kind, size_t size)
{
    skip(reader, size);
    reader->stage = kind == TAIL_LAST ? IN_EPILOGUE : IN_HEADERS;
    reader->headers = cf_headers_in(reader->form->arena);
    reader->header_bytes = 0;
}

/* Notes whether bytes before the first boundary were more than line breaks. */
static void skip_preamble(cf__multipart *reader, size_t size)
{
    cf_str text = cf_str_trim(cf_str_slice(pending(reader), 0, size));

    reader->preamble |= text.len > 0;
    skip(reader, size);
}

static bool read_preamble(cf__multipart *reader, bool *more, cf_error *err)
{
    cf_str rest = pending(reader), wanted = dashes(reader);
    size_t at = cf_str_find(rest, wanted), size = 0;
    tail   kind;

    if (at == CF_NPOS) {
        /* The byte before a boundary is kept too: it must be a line break. */
        if (rest.len > wanted.len)
            skip_preamble(reader, rest.len - wanted.len);
        return *more = true;
    }
    if (at ? rest.ptr[at - 1] != '\n' && rest.ptr[at - 1] != '\r' : reader->preamble) {
        skip_preamble(reader, at + 1); /* In the middle of a line. */
        return true;
    }
    kind = judge_tail(reader, cf_str_slice(rest, at + wanted.len, rest.len), &size);
    if (kind == TAIL_NONE)
        return cf_fail(err, CF_EPARSE, "the first boundary's line goes on after the boundary");
    if (kind == TAIL_MORE)
        return *more = true;
    skip_preamble(reader, at);
    if (kind == TAIL_LAST && reader->preamble)
        return cf_fail(err, CF_EPARSE, "the form has text but no part before its last boundary");
    enter_part(reader, kind, wanted.len + size);
    return true;
}

/* Adds the header whose lines have been gathered, if any. */
static bool add_header(cf__multipart *reader, cf_error *err)
{
    cf_arena *arena = reader->form->arena;
    cf_str    line = cf_buf_view(&reader->line), name, value;

    if (line.len == 0)
        return true;
    if (!cf_str_cut(line, ':', &name, &value) || !cf_is_token(name))
        return cf_fail(err, CF_EPARSE, "a part's header line is not name: value");
    if (!cf_str_is_utf8(value))
        return cf_fail(err, CF_EPARSE, "a part's header is not UTF-8");
    if (reader->headers.len >= reader->form->limits.max_header_count)
        return cf_fail(err, CF_ELIMIT, "a part has more than %zu headers",
                       reader->form->limits.max_header_count);
    value = cf_str_trim(value);
    cf_headers_push(&reader->headers, cf_str_n(cf_str_dup(arena, name), name.len),
                    cf_str_n(cf_str_dup(arena, value), value.len));
    cf_buf_clear(&reader->line);
    return true;
}

/* Gathers a line: one that begins with white space goes on with the header before it. */
static bool add_line(cf__multipart *reader, cf_str line, cf_error *err)
{
    for (size_t i = 0; i < line.len; i++)
        if (!cf__is(line.ptr[i], CF__VALUE))
            return cf_fail(err, CF_EPARSE, "a part's header has a control character");
    if (line.ptr[0] != ' ' && line.ptr[0] != '\t') {
        if (!add_header(reader, err))
            return false;
    } else if (reader->line.len == 0) {
        return cf_fail(err, CF_EPARSE, "a part's headers begin with white space");
    } else {
        cf_buf_putc(&reader->line, ' ');
        line = cf_str_trim(line);
    }
    cf_buf_str(&reader->line, line);
    return true;
}

/* Bytes that a part's headers have come to with this line, of which `size` bytes are there. */
static size_t header_total(const cf__multipart *reader, cf_str rest, size_t size, bool whole)
{
    cf_str end = line_break(reader);

    if (whole ? size == 0 : cf_str_starts(end, rest))
        return reader->header_bytes; /* The empty line does not count. */
    return reader->header_bytes + size + (whole ? end.len : 0);
}

static bool read_header(cf__multipart *reader, bool *more, cf_error *err)
{
    cf_str rest = pending(reader), end = line_break(reader);
    size_t from = reader->scanned > end.len ? reader->scanned - end.len : 0;
    size_t found = cf_str_find(cf_str_slice(rest, from, rest.len), end);
    size_t size = found == CF_NPOS ? rest.len : from + found;
    size_t total = header_total(reader, rest, size, found != CF_NPOS);

    if (total > reader->form->limits.max_header_size)
        return cf_fail(err, CF_ELIMIT, "a part's headers are longer than %zu bytes",
                       reader->form->limits.max_header_size);
    if (found == CF_NPOS) {
        reader->scanned = rest.len;
        return *more = true;
    }
    if (size == 0) {
        reader->stage = BEFORE_CONTENT;
        return add_header(reader, err) && cf__form_part(reader->form, &reader->headers, err);
    }
    reader->header_bytes = total;
    if (!add_line(reader, cf_str_slice(rest, 0, size), err))
        return false;
    skip(reader, size + end.len);
    return true;
}

/* A part without content may have the empty line's break in common with the next boundary. */
static bool read_before_content(cf__multipart *reader, bool *more, cf_error *err)
{
    cf_str rest = pending(reader), whole = delimiter(reader);
    size_t size;

    if (rest.len < whole.len && cf_str_starts(whole, rest))
        return *more = true;
    if (cf_str_starts(rest, whole)) {
        tail kind = judge_tail(reader, cf_str_slice(rest, whole.len, rest.len), &size);
        if (kind == TAIL_MORE)
            return *more = true;
        if (kind != TAIL_NONE) {
            enter_part(reader, kind, whole.len + size);
            return cf__form_part_end(reader->form, err);
        }
    }
    skip(reader, reader->break_len);
    reader->stage = IN_CONTENT;
    return true;
}

static bool read_content(cf__multipart *reader, bool *more, cf_error *err)
{
    cf_str rest = pending(reader), whole = delimiter(reader);
    size_t at = cf_str_find(rest, whole), size = 0;
    tail   kind = TAIL_MORE;

    if (at != CF_NPOS)
        kind = judge_tail(reader, cf_str_slice(rest, at + whole.len, rest.len), &size);
    if (at == CF_NPOS)
        at = rest.len >= whole.len ? rest.len - whole.len + 1 : 0;
    else if (kind == TAIL_NONE)
        at++;
    *more = kind == TAIL_MORE;
    if (at && !cf__form_content(reader->form, cf_str_slice(rest, 0, at), err))
        return false;
    skip(reader, at);
    if (kind != TAIL_PART && kind != TAIL_LAST)
        return true;
    enter_part(reader, kind, whole.len + size);
    return cf__form_part_end(reader->form, err);
}

static bool step(cf__multipart *reader, bool *more, cf_error *err)
{
    switch (reader->stage) {
    case IN_PREAMBLE:
        return read_preamble(reader, more, err);
    case IN_HEADERS:
        return read_header(reader, more, err);
    case BEFORE_CONTENT:
        return read_before_content(reader, more, err);
    case IN_CONTENT:
        return read_content(reader, more, err);
    default:
        reader->pos = reader->buf.len;
        return *more = true;
    }
}

/* Large input goes through in slices, so that the buffer stays small. */
bool cf__multipart_feed(cf__multipart *reader, cf_str bytes, cf_error *err)
{
    while (bytes.len) {
        cf_str slice = cf_str_slice(bytes, 0, CF_KIB(64));
        bool   more = false;
        bytes = cf_str_slice(bytes, slice.len, bytes.len);
        cf_buf_str(&reader->buf, slice);
        while (!more)
            if (!step(reader, &more, err))
                return false;
        cf_buf_shift(&reader->buf, reader->pos);
        reader->pos = 0;
    }
    return true;
}
