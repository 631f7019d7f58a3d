/* front_matter.c -- a Markdown file as a post: the lines before the text that say what it is.
 *
 * The keys title, subtitle, tags and date are ours; others, which other programs' files have, are
 * passed over together with their indented or dashed continuation lines. */
#include "front_matter.h"

#include "../base/base.h"
#include "models.h"

typedef struct reader {
    cf_arena   *arena;
    const char *name;
    cf_str      rest;
    int         line; /* Of the line read last, from 1. */
    cf_error   *err;
} reader;

static bool fail(reader *in, const char *problem)
{
    cf_fail(in->err, CF_EPARSE, "%s:%d: %s", in->name, in->line, problem);
    return cf_fail_in(in->err, in->name, in->line, 0);
}

static bool next_line(reader *in, cf_str *line)
{
    if (!in->rest.len)
        return false;
    cf_str_cut(in->rest, '\n', line, &in->rest);
    if (cf_str_ends(*line, CF_STR("\r")))
        line->len--;
    in->line++;
    return true;
}

/* The whole file must be UTF-8 without NUL bytes; says which line is not. */
static bool check_text(reader *in)
{
    reader scan = *in;
    cf_str line;

    while (next_line(&scan, &line))
        if (!cf_str_is_utf8(line) || cf_str_chr(line, '\0') != CF_NPOS)
            return fail(&scan, "this line is not UTF-8 text");
    return true;
}

static cf_str unquote(cf_str text)
{
    text = cf_str_trim(text);
    if (text.len >= 2 && (text.ptr[0] == '"' || text.ptr[0] == '\'') &&
        text.ptr[text.len - 1] == text.ptr[0])
        return cf_str_slice(text, 1, text.len - 1);
    return text;
}

/* "[a, 'b']" and "a, b" as "a,b". */
static const char *tag_list(reader *in, cf_str value)
{
    cf_buf out = cf_buf_in(in->arena, 4096);
    if (cf_str_starts(value, CF_STR("[")) && cf_str_ends(value, CF_STR("]")))
        value = cf_str_slice(value, 1, value.len - 1);
    while (value.len) {
        cf_str tag;
        cf_str_cut(value, ',', &tag, &value);
        cf_buf_str(&out, unquote(tag));
        cf_buf_putc(&out, ',');
    }
    return cf_buf_cstr(&out);
}

static bool take_text(reader *in, const char **slot, cf_str value, size_t max)
{
    if (*slot && **slot)
        return fail(in, "this key was given before");
    if (cf_utf8_count(value) > max)
        return fail(in, cf_printf(in->arena, "this is longer than %zu characters", max));
    *slot = cf_str_dup(in->arena, value);
    return true;
}

static bool take_pair(reader *in, cf_str key, cf_str value, front_matter *out)
{
    if (cf_str_is(key, "title"))
        return take_text(in, &out->title, value, POST_TITLE_MAX);
    if (cf_str_is(key, "subtitle"))
        return take_text(in, &out->subtitle, value, POST_SUBTITLE_MAX);
    if (cf_str_is(key, "tags"))
        out->tags = tag_list(in, value);
    if (cf_str_is(key, "date") && !cf_time_from_iso(value, &out->date))
        return fail(in, "this is not a date such as 2026-11-23 or 2026-11-23T16:25:33Z");
    return true;
}

static bool read_block(reader *in, front_matter *out)
{
    bool   in_tags = false;
    cf_str line, key, value;

    while (next_line(in, &line)) {
        cf_str bare = cf_str_trim(line);
        if (cf_str_is(bare, "---"))
            return true;
        if (!bare.len || bare.ptr[0] == '#')
            continue;
        if (line.ptr[0] == ' ' || line.ptr[0] == '\t' || line.ptr[0] == '-') {
            /* A line of a list or of a longer text; a list of tags is ours. */
            if (in_tags && bare.ptr[0] == '-')
                out->tags = cf_printf(in->arena, "%s%.*s,", out->tags,
                                      CF_STR_ARG(unquote(cf_str_slice(bare, 1, bare.len))));
            continue;
        }
        if (!cf_str_cut(line, ':', &key, &value))
            return fail(in, "expected \"key: value\" or the closing \"---\"");
        key = cf_str_trim(key);
        in_tags = cf_str_is(key, "tags");
        if (!take_pair(in, key, unquote(value), out))
            return false;
    }
    return fail(in, "the block that the first line opens has no closing \"---\"");
}

/* The text of a heading: "# Title" or a line that "===" underlines; empty when it is none. */
static cf_str heading_of(cf_str line, cf_str next)
{
    cf_str bare = cf_str_trim(line), under = cf_str_trim(next);
    if (cf_str_starts(bare, CF_STR("# ")))
        return cf_str_trim(cf_str_trim_set(bare, "#"));
    if (bare.len && under.len >= 3 && !cf_str_trim_set(under, "=").len)
        return bare;
    return (cf_str){ 0 };
}

/* A heading at the very top is the title, and leaves the text unless it had to be cut. */
static void take_heading(reader *in, front_matter *out)
{
    reader before = *in;
    cf_str line = { 0 }, next, rest, heading;

    while (in->rest.len && !cf_str_trim(line).len)
        next_line(in, &line);
    cf_str_cut(in->rest, '\n', &next, &rest);
    heading = heading_of(line, next);
    if (!heading.len) {
        *in = before;
        return;
    }
    heading = cf_markdown_plain(in->arena, heading, 1000);
    out->title = clip(in->arena, cf_str_dup(in->arena, heading), POST_TITLE_MAX);
    if (!cf_str_starts(cf_str_trim(line), CF_STR("# ")))
        next_line(in, &next);
    if (cf_utf8_count(heading) > POST_TITLE_MAX)
        *in = before;
}

bool front_matter_read(cf_arena *arena, const char *name, cf_str text, front_matter *out,
                       cf_error *err)
{
    reader in = { arena, name, text, 0, err };
    cf_str first, rest;

    *out = (front_matter){ .subtitle = "", .tags = "" };
    if (cf_str_starts(text, CF_STR("\xEF\xBB\xBF")))
        in.rest = text = cf_str_slice(text, 3, text.len);
    if (!check_text(&in))
        return false;
    cf_str_cut(text, '\n', &first, &rest);
    if (cf_str_is(cf_str_trim(first), "---")) {
        next_line(&in, &first);
        if (!read_block(&in, out))
            return false;
    }
    if (!out->title)
        take_heading(&in, out);
    out->body = cf_str_trim(in.rest);
    return out->body.len ? true : fail(&in, "there is no text");
}
