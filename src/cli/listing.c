/* listing.c -- `routes` and `config`: what an app answers, and how it is set. */
#include "cli/cli_internal.h"

#include <stdio.h>
#include <string.h>

static const char *methods_text(cf_arena *arena, unsigned methods)
{
    cf_buf out = cf_buf_in(arena, 0);

    for (unsigned bit = CF_GET; bit <= CF_OPTIONS; bit <<= 1)
        if (methods & bit)
            cf_buf_printf(&out, "%s%s", out.len ? ", " : "", cf_method_name((cf_method)bit));
    return cf_buf_cstr(&out);
}

int cf__command_routes(cf_request *req, int argc, char **argv)
{
    cf_app       *app = cf_request_app(req);
    cf_route_info route;
    int           rule = 4, endpoint = 8, methods = 7;

    (void)argc;
    (void)argv;
    for (size_t i = 0; cf_app_route_at(app, i, &route); i++) {
        int m = (int)strlen(methods_text(cf_request_arena(req), route.methods));

        rule = (int)strlen(route.rule) > rule ? (int)strlen(route.rule) : rule;
        endpoint = (int)strlen(route.endpoint) > endpoint ? (int)strlen(route.endpoint) : endpoint;
        methods = m > methods ? m : methods;
    }
    printf("%-*s  %-*s  %-*s  %s\n", rule, "Rule", methods, "Methods", endpoint, "Endpoint",
           "Who may use it");
    for (size_t i = 0; cf_app_route_at(app, i, &route); i++)
        printf("%-*s  %-*s  %-*s  %s%s\n", rule, route.rule, methods,
               methods_text(cf_request_arena(req), route.methods), endpoint, route.endpoint,
               cf_guard_text(cf_request_arena(req), route.guard),
               route.csrf == CF_CSRF_OFF ? " (no CSRF check)" : "");
    return 0;
}

int cf__command_config(cf_request *req, int argc, char **argv)
{
    cf_config        *config = cf_app_config(cf_request_app(req));
    const cf_setting *setting;
    int               width = 0;

    (void)argc;
    (void)argv;
    for (size_t i = 0; (setting = cf_config_setting(config, i)) != NULL; i++)
        width = (int)strlen(setting->name) > width ? (int)strlen(setting->name) : width;
    for (size_t i = 0; (setting = cf_config_setting(config, i)) != NULL; i++) {
        const char *value = cf_config_text(config, setting->name);

        if (setting->secret && value && *value)
            value = "********";
        printf("%-*s  %s\n%-*s    %s\n", width, setting->name, value ? value : "(not set)", width,
               "", setting->help ? setting->help : "");
    }
    return 0;
}
