/* error.c -- how failures travel. */
#include <carafe/error.h>

#include <stdio.h>
#include <string.h>

static const struct {
    const char *name, *text;
} codes[] = {
#define CF_X(name, text) { #name, text },
    CF_ERROR_CODES(CF_X)
#undef CF_X
};

bool cf_fail_va(cf_error *err, cf_code code, const char *file, int line, const char *format,
                va_list args)
{
    char message[sizeof err->message];

    if (!err)
        return false;
    /* The old message may be one of the arguments. */
    vsnprintf(message, sizeof message, format, args);
    memset(err, 0, offsetof(cf_error, message));
    memcpy(err->message, message, sizeof message);
    err->code = code;
    err->file = file;
    err->line = line;
    return false;
}

bool cf_fail_at(cf_error *err, cf_code code, const char *file, int line, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    cf_fail_va(err, code, file, line, format, args);
    va_end(args);
    return false;
}

bool cf_fail_in(cf_error *err, const char *input, int line, int column)
{
    if (err && !err->input[0]) {
        snprintf(err->input, sizeof err->input, "%s", input ? input : "");
        err->input_line = line;
        err->input_column = column;
    }
    return false;
}

bool cf_fail_prefix(cf_error *err, const char *format, ...)
{
    char    prefix[sizeof err->message], message[sizeof err->message];
    va_list args;

    if (!err)
        return false;
    va_start(args, format);
    vsnprintf(prefix, sizeof prefix, format, args);
    va_end(args);
    memcpy(message, err->message, sizeof message);
    int size = snprintf(err->message, sizeof err->message, "%s: ", prefix);
    if (size > 0 && (size_t)size < sizeof err->message)
        memccpy(err->message + size, message, '\0', sizeof err->message - (size_t)size);
    err->message[sizeof err->message - 1] = '\0';
    return false;
}

void cf_error_clear(cf_error *err)
{
    if (!err)
        return;
    err->code = CF_OK;
    err->line = err->input_line = err->input_column = 0;
    err->file = NULL;
    err->input[0] = err->message[0] = '\0';
}

const char *cf_code_name(cf_code code)
{
    return (size_t)code < sizeof codes / sizeof codes[0] ? codes[code].name : "EUNKNOWN";
}

const char *cf_code_text(cf_code code)
{
    return (size_t)code < sizeof codes / sizeof codes[0] ? codes[code].text : "unknown error";
}
