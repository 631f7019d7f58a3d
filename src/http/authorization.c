/* authorization.c -- the credentials of an Authorization field (RFC 9110, 11.4; RFC 7617). */
#include <carafe/crypto.h>
#include <carafe/field.h>
#include <carafe/http.h>

static bool basic(cf_arena *arena, cf_str text, cf_authorization *out, cf_error *err)
{
    cf_str plain;

    if (!cf_b64_decode(arena, text, &plain, NULL) || !cf_str_is_utf8(plain) ||
        cf_str_chr(plain, '\0') != CF_NPOS || !cf_str_cut(plain, ':', &out->user, &out->password))
        return cf_fail(err, CF_EPARSE, "basic credentials are not base64 of user:password");
    return true;
}

bool cf_authorization_parse(cf_arena *arena, cf_str field, cf_authorization *out, cf_error *err)
{
    cf_str rest, bare;

    *out = (cf_authorization){ .parameters = cf_params_in(arena) };
    cf_str_cut(cf_str_trim(field), ' ', &out->scheme, &rest);
    if (!cf_is_token(out->scheme))
        return cf_fail(err, CF_EPARSE, "Authorization has no scheme");
    out->scheme = cf_str_lower(arena, out->scheme);
    rest = cf_str_trim(rest);
    if (cf_str_is(out->scheme, "basic"))
        return basic(arena, rest, out, err);
    bare = rest;
    while (bare.len && bare.ptr[bare.len - 1] == '=')
        bare.len--;
    if (cf_str_chr(bare, '=') != CF_NPOS)
        cf_field_pairs(arena, rest, &out->parameters);
    else
        out->token = rest;
    return true;
}
