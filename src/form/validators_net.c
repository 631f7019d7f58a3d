/* validators_net.c -- e-mail and IP addresses, URLs, MAC addresses, UUIDs. */
#include <arpa/inet.h>
#include <string.h>

#include <carafe/address.h>

#include "form/validator_internal.h"

static bool hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

cf_verdict cf_check_email(const cf_validator *self, cf_input *input)
{
    return cf_is_email(cf_text(input->data)) ? CF_PASS
                                             : cf__refuse(self, input, "Invalid email address.");
}

static bool is_ip(cf_str text, int family)
{
    char          copy[INET6_ADDRSTRLEN + 1];
    unsigned char bytes[16];

    if (!text.len || text.len >= sizeof copy || memchr(text.ptr, 0, text.len))
        return false;
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    return inet_pton(family, copy, bytes) == 1;
}

cf_verdict cf_check_ip(const cf_validator *self, cf_input *input)
{
    cf_str text = cf_text(input->data);

    if ((!self->no_ipv4 && is_ip(text, AF_INET)) || (self->ipv6 && is_ip(text, AF_INET6)))
        return CF_PASS;
    return cf__refuse(self, input, "Invalid IP address.");
}

cf_verdict cf_check_mac(const cf_validator *self, cf_input *input)
{
    cf_str text = cf_text(input->data);
    bool   ok = text.len == 17;

    for (size_t i = 0; ok && i < 17; i++)
        ok = i % 3 == 2 ? text.ptr[i] == ':' : hex(text.ptr[i]);
    return ok ? CF_PASS : cf__refuse(self, input, "Invalid Mac address.");
}

/* What Python's uuid.UUID() reads: 32 hex digits, with hyphens, braces or "urn:uuid:" around. */
cf_verdict cf_check_uuid(const cf_validator *self, cf_input *input)
{
    cf_str text = cf_text(input->data);
    size_t digits = 0;
    bool   ok = true;

    if (cf_str_starts(text, CF_STR("urn:uuid:")))
        text = cf_str_slice(text, 9, text.len);
    text = cf_str_trim_set(text, "{}");
    for (size_t i = 0; ok && i < text.len; i++) {
        digits += hex(text.ptr[i]);
        ok = hex(text.ptr[i]) || text.ptr[i] == '-';
    }
    return ok && digits == 32 ? CF_PASS : cf__refuse(self, input, "Invalid UUID.");
}

/* The part of a URL between "//" and the path: [user[:password]@]host[:port]. */
static bool is_authority(const cf_validator *self, cf_str authority)
{
    cf_str  user, host = authority, name, port;
    int64_t n;

    if (cf_str_rchr(authority, '@') != CF_NPOS)
        cf_str_rcut(authority, '@', &user, &host);
    if (cf_str_starts(host, CF_STR("["))) {
        size_t end = cf_str_chr(host, ']');
        if (end == CF_NPOS || !is_ip(cf_str_slice(host, 1, end), AF_INET6))
            return false;
        port = cf_str_slice(host, end + 1, host.len);
        if (!port.len)
            return true;
        return port.ptr[0] == ':' && cf_str_to_i64(cf_str_slice(port, 1, port.len), &n) && n > 0 &&
               n < 65536;
    }
    if (cf_str_cut(host, ':', &name, &port) && !(cf_str_to_i64(port, &n) && n > 0 && n < 65536))
        return false;
    return is_ip(name, AF_INET) || cf_is_domain(name, !self->no_tld);
}

cf_verdict cf_check_url(const cf_validator *self, cf_input *input)
{
    cf_str text = cf_text(input->data);
    size_t colon = cf_str_find(text, CF_STR("://"));
    cf_str rest = cf_str_slice(text, colon == CF_NPOS ? text.len : colon + 3, text.len);
    size_t end = 0;
    bool   ok = colon != CF_NPOS && colon > 0 && rest.len;

    for (size_t i = 0; ok && i < colon; i++)
        ok = (text.ptr[i] >= 'a' && text.ptr[i] <= 'z') ||
             (text.ptr[i] >= 'A' && text.ptr[i] <= 'Z');
    for (size_t i = 0; ok && i < text.len; i++)
        ok = (unsigned char)text.ptr[i] > ' ' && text.ptr[i] != 0x7F;
    while (end < rest.len && !strchr("/?#", rest.ptr[end]))
        end++;
    ok = ok && is_authority(self, cf_str_slice(rest, 0, end));
    return ok ? CF_PASS : cf__refuse(self, input, "Invalid URL.");
}
