/* kind_json.c -- probe kind "json": whether a text is JSON. */
#include "probe.h"

#include <carafe/json.h>

void probe_json(probe_case *c)
{
    cf_value value;
    cf_str   raw;

    if (!probe_b64(c, "raw_b64", &raw)) {
        probe_error(c, "raw_b64 is missing or malformed");
        return;
    }
    probe_put(c, "verdict",
              cf_string(cf_json_parse(c->arena, raw, &value, NULL) ? "accept" : "reject"));
}
