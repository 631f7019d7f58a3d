/* origin.c -- which scheme, host and address a request has, behind proxies that are trusted. */
#include "web/web.h"

#include <arpa/inet.h>

#include <carafe/url.h>

/* An address as bytes; IPv4 as IPv6 sees it, so that ::ffff:10.0.0.1 is 10.0.0.1. */
static bool parse_address(cf_str text, unsigned char out[16])
{
    char copy[64];

    if (!text.len || text.len >= sizeof copy)
        return false;
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    if (inet_pton(AF_INET6, copy, out) == 1)
        return true;
    memset(out, 0, 10);
    out[10] = out[11] = 0xff;
    return inet_pton(AF_INET, copy, out + 12) == 1;
}

/* "10.0.0.1", "10.0.0.0/8", "fd00::/8" or "*". */
static bool address_matches(cf_str address, cf_str pattern)
{
    unsigned char a[16], b[16];
    cf_str        bits_text;
    int64_t       bits = 128;

    if (cf_str_is(pattern, "*"))
        return true;
    bool v4 = cf_str_chr(pattern, ':') == CF_NPOS;
    if (cf_str_cut(pattern, '/', &pattern, &bits_text)) {
        if (!cf_str_to_i64(bits_text, &bits) || bits < 0 || bits > (v4 ? 32 : 128))
            return false;
        bits += v4 ? 96 : 0;
    }
    if (!parse_address(address, a) || !parse_address(pattern, b))
        return cf_str_eq(address, pattern);
    for (int i = 0; i < 16 && bits > 0; i++, bits -= 8) {
        unsigned mask = bits >= 8 ? 0xffu : (0xffu << (8 - bits)) & 0xffu;
        if ((a[i] & mask) != (b[i] & mask))
            return false;
    }
    return true;
}

static bool is_trusted(const cf_app *app, cf_str address)
{
    for (size_t i = 0; i < app->settings.ntrusted_proxies; i++)
        if (address_matches(address, cf_str_of(app->settings.trusted_proxies[i])))
            return true;
    return false;
}

/* The last element of a comma-separated field, cut off its end. */
static cf_str take_last(cf_str *field)
{
    cf_str last = *field;

    if (!cf_str_rcut(*field, ',', field, &last)) {
        last = *field;
        *field = (cf_str){ 0 };
    }
    return cf_str_trim(last);
}

/* The address that the nearest proxy we do not trust, or the client, had. */
static cf_str client_address(cf_request *req)
{
    cf_str address = req->http->peer;
    cf_str forwarded = cf_headers_joined(req->arena, &req->http->headers, "X-Forwarded-For");

    while (forwarded.len && is_trusted(req->app, address)) {
        unsigned char ignored[16];
        cf_str        before = take_last(&forwarded);
        if (!parse_address(before, ignored))
            break;
        address = before;
    }
    return address;
}

static void read_forwarded(cf_request *req, web_origin *o)
{
    cf_str proto = cf_headers_joined(req->arena, &req->http->headers, "X-Forwarded-Proto");
    cf_str host = cf_headers_joined(req->arena, &req->http->headers, "X-Forwarded-Host");
    cf_str last = take_last(&proto);

    o->proxied = true;
    o->remote_addr = cf_str_dup(req->arena, client_address(req));
    if (cf_str_iis(last, "https") || cf_str_iis(last, "http"))
        o->secure = cf_str_iis(last, "https");
    last = take_last(&host);
    if (last.len && cf_host_is_valid(last))
        o->host = cf_str_dup(req->arena, cf_str_lower(req->arena, last));
}

/* The default port of a scheme is not part of the host's name. */
static cf_str without_default_port(cf_str host, bool secure)
{
    cf_str port = secure ? CF_STR(":443") : CF_STR(":80");

    return cf_str_ends(host, port) ? cf_str_slice(host, 0, host.len - port.len) : host;
}

/* Whether the server listens at one address, by which the site is known then. */
static bool has_own_address(const char *host)
{
    return *host && strcmp(host, "0.0.0.0") != 0 && strcmp(host, "::") != 0;
}

static const char *fallback_host(const cf_request *req)
{
    const cf_app *app = req->app;
    const char   *host = cf_config_text(app->config, "HOST");
    long long     port = cf_config_int(app->config, "PORT");

    if (app->settings.server_name)
        return app->settings.server_name;
    if (!has_own_address(host) || app->settings.testing)
        host = "localhost";
    return cf_printf(req->arena, strchr(host, ':') ? "[%s]:%lld" : "%s:%lld", host, port);
}

const web_origin *cf__origin(cf_request *req)
{
    web_origin *o = &req->origin;

    if (o->known)
        return o;
    o->known = true;
    if (!req->http) {
        o->secure = !strcmp(req->app->settings.scheme, "https");
        o->host = fallback_host(req);
        o->remote_addr = "";
    } else {
        o->secure = req->http->secure;
        if (req->http->host.len)
            o->host = cf_str_dup(req->arena, cf_str_lower(req->arena, req->http->host));
        o->remote_addr = cf_str_dup(req->arena, req->http->peer);
        if (req->app->settings.ntrusted_proxies && is_trusted(req->app, req->http->peer))
            read_forwarded(req, o);
        if (!o->host)
            o->host = fallback_host(req);
        o->host = cf_str_dup(req->arena, without_default_port(cf_str_of(o->host), o->secure));
    }
    o->scheme = o->secure ? "https" : "http";
    return o;
}

const char *cf_request_host(cf_request *req)
{
    return cf__origin(req)->host;
}

const char *cf_request_scheme(const cf_request *req)
{
    return cf__origin((cf_request *)(uintptr_t)req)->scheme;
}

bool cf_request_is_secure(const cf_request *req)
{
    if (req->http && !req->app->settings.ntrusted_proxies)
        return req->http->secure;
    return cf__origin((cf_request *)(uintptr_t)req)->secure;
}

const char *cf_request_remote_addr(cf_request *req)
{
    return cf__origin(req)->remote_addr;
}

static cf_str without_port(cf_str host)
{
    size_t colon = cf_str_rchr(host, ':');

    if (colon != CF_NPOS && cf_str_chr(cf_str_slice(host, colon, host.len), ']') == CF_NPOS)
        host = cf_str_slice(host, 0, colon);
    return host;
}

bool cf__host_is_trusted(cf_request *req)
{
    const web_settings *s = &req->app->settings;
    cf_str              host;

    if (!s->ntrusted_hosts)
        return true;
    host = without_port(cf_str_of(cf_request_host(req)));
    for (size_t i = 0; i < s->ntrusted_hosts; i++) {
        cf_str trusted = cf_str_of(s->trusted_hosts[i]);
        if (cf_str_ieq(host, trusted) || cf_str_ieq(cf_str_of(cf_request_host(req)), trusted))
            return true;
        if (trusted.len && trusted.ptr[0] == '.' &&
            (cf_str_ends(host, trusted) || cf_str_ieq(host, cf_str_slice(trusted, 1, trusted.len))))
            return true;
    }
    return false;
}

/* What stands before ".server_name" in the host; none when the host is another. */
static cf_str subdomain_of(cf_str host, cf_str server_name)
{
    cf_str head;

    if (host.len <= server_name.len || !cf_str_ends(host, server_name))
        return CF_STR("");
    head = cf_str_slice(host, 0, host.len - server_name.len);
    return head.ptr[head.len - 1] == '.' ? cf_str_slice(head, 0, head.len - 1) : CF_STR("");
}

/* Whether the host that a request names is surely this site's: one of TRUSTED_HOSTS (others are
 * refused), HOST, or the machine itself, which means the reader's own to whoever gets the link. */
static bool host_is_known(cf_request *req)
{
    const char *own = cf_config_text(req->app->config, "HOST");
    cf_str      host = without_port(cf_str_of(cf_request_host(req)));

    if (req->app->settings.ntrusted_hosts || !req->http)
        return true;
    if (has_own_address(own) && cf_str_iis(cf_str_trim_set(host, "[]"), own))
        return true;
    return cf_str_is(host, "localhost") || cf_str_ends(host, CF_STR(".localhost")) ||
           cf_str_is(host, "[::1]") || address_matches(host, CF_STR("127.0.0.0/8"));
}

cf_url_base cf__external_base(cf_request *req)
{
    cf_url_base base = cf__url_base(req);

    if (req->app->settings.server_name || req->app->settings.host_matching || host_is_known(req))
        return base;
    base.server_name = cf_str_of(fallback_host(req));
    cf_log(CF_WARNING,
           "a link to this site names it %.*s: the request's host \"%s\" could be anybody's; "
           "set SERVER_NAME or TRUSTED_HOSTS",
           CF_STR_ARG(base.server_name), cf_request_host(req));
    return base;
}

cf_url_base cf__url_base(cf_request *req)
{
    const web_settings *s = &req->app->settings;
    const web_origin   *o = cf__origin(req);
    cf_url_base         base = { .scheme = cf_str_of(o->scheme),
                                 .server_name = cf_str_of(o->host),
                                 .script_name = cf_str_of(s->script_name),
                                 .subdomain = CF_STR("") };

    if (s->subdomains)
        base.subdomain = subdomain_of(base.server_name, cf_str_of(s->server_name));
    if (s->server_name && !s->host_matching)
        base.server_name = cf_str_of(s->server_name);
    return base;
}
