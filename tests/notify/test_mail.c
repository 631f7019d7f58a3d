/* test_mail.c -- what may be sent, and what the outbox and its inbox hold. */
#include <criterion/criterion.h>

#include <string.h>

#include <carafe.h>
#include <carafe/job.h>

static cf_arena   *arena;
static cf_app     *app;
static cf_request *req;

static bool create_app(cf_app *made)
{
    return cf_use(made, &cf_notify);
}

static void begin(const char *const *settings, bool testing)
{
    cf_error     err = { 0 };
    cf_database *database;

    arena = cf_arena_new();
    app = cf_app_new(create_app,
                     &(cf_app_options){ .testing = testing, .env_file = "", .settings = settings },
                     &err);
    cr_assert(app, "%s", err.message);
    database = cf_app_database(app, &err);
    cr_assert(database && cf_schema_create_all(database, &err), "%s", err.message);
    req = cf_request_detached(app, arena);
}

static void set_up(void)
{
    static const char *const settings[] = { "DATABASE_URL=sqlite://:memory:",
                                            "MAIL_DEFAULT_SENDER=Site <site@example.org>", NULL };

    begin(settings, true);
}

static void tear_down(void)
{
    cf_request_finish(req);
    cf_arena_free(arena);
    cf_app_free(app);
}

TestSuite(mail, .init = set_up, .fini = tear_down);

Test(mail, a_message_goes_to_the_outbox_as_it_was_given)
{
    cf_attachment files[] = { { "täst.txt", NULL, CF_STR("hello") }, { 0 } };
    cf_mail       mail = { .to = CF_TO("Ada <ada@example.org>", "bob@example.org"),
                           .bcc = CF_TO("eve@example.org"),
                           .reply_to = "ask@example.org",
                           .subject = "Grüße",
                           .text = "Hällo",
                           .html = "<p>Hällo</p>",
                           .attachments = files };
    OutboxMail   *row;

    cr_assert(cf_mail_send(req, &mail), "%s", cf_request_error(req)->message);
    cr_assert(cf_commit(req));
    row = cf_query_one(cf_select(req, OutboxMail));
    cr_assert_str_eq(row->sender, "Site <site@example.org>");
    cr_assert_str_eq(row->recipients, "[\"Ada <ada@example.org>\",\"bob@example.org\"]");
    cr_assert_str_eq(row->bcc, "[\"eve@example.org\"]");
    cr_assert_str_eq(row->subject, "Grüße");
    cr_assert(strstr(row->attachments, "aGVsbG8="));
    cr_assert(strstr(row->attachments, "text/plain"));
    cr_assert_str_eq(row->status, "suppressed");
}

Test(mail, headers_cannot_be_injected)
{
    static const char *const to[] = { "ada@example.org", NULL };
    const cf_mail            bad[] = {
                   { .to = to, .subject = "Hi\r\nBcc: eve@example.org", .text = "x" },
                   { .to = to, .subject = "Hi\nthere", .text = "x" },
                   { .to = CF_TO("ada@example.org\r\nBcc: eve@example.org"), .subject = "Hi", .text = "x" },
                   { .to = CF_TO("ada@example.org, eve@example.org"), .subject = "Hi", .text = "x" },
                   { .to = to, .from = "me@example.org\nX: y", .subject = "Hi", .text = "x" },
                   { .to = to, .reply_to = "Me\r\n <me@example.org>", .subject = "Hi", .text = "x" },
                   { .to = CF_TO("nobody"), .subject = "Hi", .text = "x" },
                   { .to = NULL, .subject = "Hi", .text = "x" },
                   { .to = to, .subject = "", .text = "x" },
                   { .to = to, .subject = "Hi" },
    };

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        cr_assert_not(cf_mail_send(req, &bad[i]), "case %zu", i);
        cr_assert_eq(cf_request_error(req)->code, CF_EINVAL);
        cf_error_clear(cf_request_error(req));
    }
    cr_assert_eq(cf_query_count(cf_select(req, OutboxMail)), 0);
}

Test(mail, nothing_leaves_when_the_work_is_rolled_back)
{
    cf_mail mail = { .to = CF_TO("ada@example.org"), .subject = "Hi", .text = "x" };

    cr_assert(cf_mail_send(req, &mail));
    cf_rollback(req);
    cr_assert_eq(cf_query_count(cf_select(req, OutboxMail)), 0);
}

Test(mail, addresses_come_with_and_without_names)
{
    static const struct {
        const char *text, *name, *address;
    } cases[] = {
        { "ada@example.org", "", "ada@example.org" },
        { "Ada L. <ada@example.org>", "Ada L.", "ada@example.org" },
        { " \"Lovelace, Ada\" <ada@example.org> ", "Lovelace, Ada", "ada@example.org" },
        { "Ada <ada@example.org", NULL, NULL },
        { "<>", NULL, NULL },
        { "", NULL, NULL },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cf_str name, address;
        bool   ok = cf_mail_address(cf_str_of(cases[i].text), &name, &address);

        cr_assert_eq(ok, cases[i].address != NULL, "%s", cases[i].text);
        if (ok) {
            cr_assert(cf_str_is(name, cases[i].name), "%s", cases[i].text);
            cr_assert(cf_str_is(address, cases[i].address), "%s", cases[i].text);
        }
    }
}

TestSuite(production, .fini = tear_down);

Test(production, mails_are_queued_for_delivery)
{
    static const char *const settings[] = { "CARAFE_ENV=production",
                                            "SECRET_KEY=0123456789abcdef0123456789abcdef",
                                            "DATABASE_URL=sqlite://:memory:", NULL };
    cf_mail     mail = { .to = CF_TO("ada@example.org"), .subject = "Hi", .text = "x" };
    OutboxMail *row;
    Job        *job;

    begin(settings, false);
    cr_assert(cf_mail_send(req, &mail), "%s", cf_request_error(req)->message);
    cr_assert(cf_commit(req));
    row = cf_query_one(cf_select(req, OutboxMail));
    cr_assert_str_eq(row->status, "queued");
    job = cf_query_one(cf_select(req, Job));
    cr_assert_str_eq(job->name, "mail.deliver");
    cr_assert_str_eq(job->args, cf_printf(arena, "{\"id\":%lld}", (long long)row->id));
}

Test(production, has_no_development_inbox)
{
    static const char *const settings[] = { "CARAFE_ENV=production",
                                            "SECRET_KEY=0123456789abcdef0123456789abcdef",
                                            "DATABASE_URL=sqlite://:memory:", NULL };
    cf_client               *client;

    begin(settings, false);
    client = cf_client_new(arena, app);
    cr_assert_eq(cf_client_get(client, "/_dev/inbox")->status, 404);
    cr_assert_eq(cf_client_get(client, "/_dev/inbox.json")->status, 404);
}
