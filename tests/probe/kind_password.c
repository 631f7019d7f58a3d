/* kind_password.c -- probe kind "password": whether a password fits a hash. */
#include "probe.h"

#include <carafe/crypto.h>

void probe_password(probe_case *c)
{
    bool     matches = false;
    cf_str   password;
    cf_error err = { 0 };

    if (!probe_b64(c, "password_b64", &password))
        probe_error(c, "password_b64 is missing or malformed");
    else if (cf_password_verify(password, probe_text(c, "hash"), &matches, NULL, &err))
        probe_put(c, "valid", cf_bool(matches));
    else
        probe_error(c, "malformed");
}
