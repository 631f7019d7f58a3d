/* address.c -- what an e-mail address and a domain name look like. */
#include <carafe/address.h>

#include <string.h>

static bool alnum(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool is_label(cf_str label)
{
    if (!label.len || label.len > 63 || label.ptr[0] == '-' || label.ptr[label.len - 1] == '-')
        return false;
    for (size_t i = 0; i < label.len; i++)
        if (!alnum(label.ptr[i]) && label.ptr[i] != '-' && (unsigned char)label.ptr[i] < 0x80)
            return false;
    return true;
}

bool cf_is_domain(cf_str host, bool needs_dot)
{
    cf_str rest = host, label;
    int    labels = 0;
    bool   digits_only = true;

    if (!host.len || host.len > 253 || !cf_str_is_utf8(host))
        return false;
    do {
        bool more = cf_str_cut(rest, '.', &label, &rest);

        if (!is_label(label))
            return false;
        labels++;
        if (!more)
            break;
        if (!rest.len)
            return false;
    } while (rest.len);
    for (size_t i = 0; i < label.len; i++)
        digits_only = digits_only && label.ptr[i] >= '0' && label.ptr[i] <= '9';
    return !digits_only && (!needs_dot || labels > 1);
}

/* RFC 5322 dot-atom text; RFC 6531 adds any well-formed non-ASCII character. */
static bool is_local_part(cf_str local)
{
    if (!local.len || local.len > 64 || local.ptr[0] == '.' || local.ptr[local.len - 1] == '.' ||
        !cf_str_is_utf8(local) || cf_str_find(local, CF_STR("..")) != CF_NPOS)
        return false;
    for (size_t i = 0; i < local.len; i++) {
        char c = local.ptr[i];
        if (!alnum(c) && !(c && strchr("!#$%&'*+-/=?^_`{|}~.", c)) && (unsigned char)c < 0x80)
            return false;
    }
    return true;
}

/* No top-level domain ends in a digit. */
static bool ends_like_domain(cf_str domain)
{
    char last = domain.len ? domain.ptr[domain.len - 1] : '0';

    return last < '0' || last > '9';
}

bool cf_is_email(cf_str text)
{
    cf_str local, domain;

    return text.len <= 254 && cf_str_rcut(text, '@', &local, &domain) && is_local_part(local) &&
           cf_is_domain(domain, true) && ends_like_domain(domain);
}
