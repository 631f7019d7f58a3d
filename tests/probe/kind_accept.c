/* kind_accept.c -- probe kind "accept": the best of some offers for what a client accepts. */
#include "probe.h"

#include <carafe/accept.h>

static cf_accept_kind kind_of(cf_str type)
{
    if (cf_str_is(type, "MIMEAccept"))
        return CF_ACCEPT_MIME;
    if (cf_str_is(type, "LanguageAccept"))
        return CF_ACCEPT_LANGUAGE;
    return cf_str_is(type, "CharsetAccept") ? CF_ACCEPT_CHARSET : CF_ACCEPT_PLAIN;
}

static double number(cf_value value)
{
    return cf_is(value, CF_TYPE_INT)     ? (double)value.as.integer
           : cf_is(value, CF_TYPE_FLOAT) ? value.as.number
                                         : 0;
}

/* The items of a list member; an empty list when it is absent. */
static const cf_list *list(const probe_case *c, const char *name)
{
    cf_value value = cf_map_get(c->in, name);

    return cf_is(value, CF_TYPE_LIST) ? value.as.list : cf_list_new(c->arena);
}

void probe_accept(probe_case *c)
{
    const cf_list  *sent = list(c, "accept"), *given = list(c, "offers");
    cf_accept_item *items = cf_new_array(c->arena, cf_accept_item, sent->len + 1);
    cf_str         *offers = cf_new_array(c->arena, cf_str, given->len + 1), best;
    cf_accept       accept;
    cf_value        fallback;
    size_t          count = 0;

    for (size_t i = 0; i < sent->len; i++) {
        const cf_list *pair = sent->items[i].as.list;
        if (cf_is(sent->items[i], CF_TYPE_LIST) && pair->len == 2)
            items[count++] = (cf_accept_item){ cf_text(pair->items[0]), number(pair->items[1]) };
    }
    for (size_t i = 0; i < given->len; i++)
        offers[i] = cf_text(given->items[i]);
    accept = cf_accept_make(c->arena, kind_of(probe_text(c, "type")), items, count);
    best = cf_accept_best(&accept, offers, given->len, (cf_str){ 0 });
    fallback = cf_map_get(c->in, "default");
    if (cf_is_missing(fallback))
        fallback = cf_none();
    probe_put(c, "value", best.ptr ? cf_string_of(best) : fallback);
}
