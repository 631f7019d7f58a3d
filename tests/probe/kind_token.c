/* kind_token.c -- probe kind "token": itsdangerous' serializers. */
#include "probe.h"

#include <carafe/itsdangerous.h>

static cf_key_derivation derivation_of(cf_str name)
{
    return cf_str_is(name, "hmac")     ? CF_DERIVE_HMAC
           : cf_str_is(name, "concat") ? CF_DERIVE_CONCAT
           : cf_str_is(name, "none")   ? CF_DERIVE_NONE
                                       : CF_DERIVE_DJANGO_CONCAT;
}

void probe_token(probe_case *c)
{
    cf_str                  what = probe_text(c, "what");
    cf_value                signer = cf_map_get(c->in, "signer"), value;
    cf_itsdangerous_options options = {
        .secret = probe_text(c, "key"),
        .salt = probe_text(c, "salt"),
        .url_safe = cf_str_starts(what, CF_STR("URLSafe")),
        .timed = cf_str_find(what, CF_STR("Timed")) != CF_NPOS,
    };
    cf_error err = { 0 };

    if (signer.type == CF_TYPE_MAP) {
        options.derivation = derivation_of(cf_text(cf_map_get(signer.as.map, "key_derivation")));
        options.digest = cf_cstr(c->arena, cf_map_get(signer.as.map, "digest_method"), NULL);
    }
    if (cf_itsdangerous_load(c->arena, &options, probe_text(c, "token"), probe_int(c, "now", 0),
                             probe_int(c, "max_age", 0), &value, &err))
        probe_put(c, "value", value);
    else
        probe_error(c, err.code == CF_EEXPIRED ? "expired" : "bad");
}
