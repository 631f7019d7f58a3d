/* commands.c -- `user create|list|role|password`, in every app that uses accounts. */
#include "auth/auth_internal.h"

#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static int fail(const char *message)
{
    fprintf(stderr, "error: %s\n", message);
    return 1;
}

static int fail_with(cf_request *req, const cf_error *err)
{
    const cf_error *told = err->code ? err : cf_request_error(req);

    return fail(told->code ? told->message : "the command did not succeed");
}

static int usage(const char *text)
{
    fprintf(stderr, "usage: %s\n", text);
    return 2;
}

/* Reads a line without showing it when a person types it. */
static bool read_secret(const char *prompt, char *out, size_t size)
{
    struct termios old, quiet;
    bool           terminal = isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &old) == 0;
    bool           ok;

    if (terminal) {
        fputs(prompt, stderr);
        quiet = old;
        quiet.c_lflag &= ~(tcflag_t)ECHO;
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
    }
    ok = fgets(out, (int)size, stdin) != NULL;
    if (terminal) {
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &old);
        fputc('\n', stderr);
    }
    if (ok)
        out[strcspn(out, "\r\n")] = '\0';
    return ok && *out;
}

static const char *option(int argc, char **argv, const char *name)
{
    for (int i = 1; i + 1 < argc; i++)
        if (strcmp(argv[i], name) == 0)
            return argv[i + 1];
    return NULL;
}

static bool flag(int argc, char **argv, const char *name)
{
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], name) == 0)
            return true;
    return false;
}

/* A password from the option, from standard input, or made up and shown once. */
static const char *new_password(cf_request *req, int argc, char **argv, bool *made)
{
    static char typed[1100];

    *made = flag(argc, argv, "--generate");
    if (*made)
        return cf_random_token(cf_request_arena(req), 12);
    if (option(argc, argv, "--password"))
        return option(argc, argv, "--password");
    return read_secret("Password: ", typed, sizeof typed) ? typed : NULL;
}

static int create(cf_request *req, int argc, char **argv)
{
    const char *role = option(argc, argv, "--role");
    cf_new_user account = { .email = argc > 1 ? argv[1] : NULL,
                            .confirmed = !flag(argc, argv, "--unconfirmed"),
                            .roles = role ? CF_TO(role) : NULL };
    cf_error    err = { 0 };
    bool        made;

    if (argc < 2 || argv[1][0] == '-')
        return usage("user create EMAIL [--role NAME] [--password TEXT | --generate] "
                     "[--unconfirmed]");
    account.password = new_password(req, argc, argv, &made);
    if (!account.password)
        return fail("no password was given: type one, or say --generate");
    if (!cf_auth_create_user(req, &account, &err) || !cf_commit(req))
        return fail_with(req, &err);
    printf("Created %s%s%s.\n", argv[1], role ? " with role " : "", role ? role : "");
    if (made)
        printf("Password (shown only now): %s\n", account.password);
    return 0;
}

static const char *roles_text(cf_request *req, void *user)
{
    cf_list *roles = cf_related_list(user, "roles");
    cf_buf   out = cf_buf_in(cf_request_arena(req), 0);

    for (size_t i = 0; roles && i < roles->len; i++) {
        cf_buf_puts(&out, i ? ", " : "");
        cf_buf_str(&out, cf_text(cf_row_get(cf_row_at(roles, i), CF_STR("name"))));
    }
    return cf_buf_cstr(&out);
}

static int list(cf_request *req, int argc, char **argv)
{
    cf__auth *auth = cf__auth_of(cf_request_app(req));
    cf_db    *db = cf_request_db(req);
    cf_list  *users = db ? cf_query_all(cf_query_order_by(cf__db_query(db, auth->user), "email"))
                         : NULL;

    (void)argc;
    (void)argv;
    if (!users)
        return fail(db ? cf_db_error(db)->message : cf_request_error(req)->message);
    printf("%-6s %-40s %-9s %-9s %s\n", "id", "email", "active", "confirmed", "roles");
    for (size_t i = 0; i < users->len; i++) {
        void *user = cf_row_at(users, i);

        printf("%-6lld %-40s %-9s %-9s %s\n", (long long)cf_row_key(user).as.integer,
               cf__user_text(user, "email"), cf__user_is_active(user) ? "yes" : "no",
               cf__user_is_confirmed(user) ? "yes" : "no", roles_text(req, user));
    }
    return 0;
}

static void *known_user(cf_request *req, const char *email)
{
    void *user = cf_auth_find(req, email);

    if (!user)
        fprintf(stderr, "error: %s\n",
                cf_request_error(req)->code
                    ? cf_request_error(req)->message
                    : cf_printf(cf_request_arena(req),
                                "there is no user \"%s\"; `user list` shows them", email));
    return user;
}

static int role(cf_request *req, int argc, char **argv)
{
    cf_error err = { 0 };
    void    *user;
    bool     remove = flag(argc, argv, "--remove");

    if (argc < 3 || argv[1][0] == '-' || argv[2][0] == '-')
        return usage("user role EMAIL ROLE [--remove]");
    user = known_user(req, argv[1]);
    if (!user)
        return 1;
    if (!(remove ? cf_auth_remove_role(req, user, argv[2], &err)
                 : cf_auth_add_role(req, user, argv[2], &err)) ||
        !cf_commit(req))
        return fail_with(req, &err);
    printf("%s now has the roles: %s\n", argv[1], roles_text(req, user));
    return 0;
}

static int password(cf_request *req, int argc, char **argv)
{
    cf_error    err = { 0 };
    const char *text;
    void       *user;
    bool        made;

    if (argc < 2 || argv[1][0] == '-')
        return usage("user password EMAIL [--password TEXT | --generate]");
    user = known_user(req, argv[1]);
    if (!user)
        return 1;
    text = new_password(req, argc, argv, &made);
    if (!text)
        return fail("no password was given: type one, or say --generate");
    if (!cf_auth_set_password(req, user, text, &err) || !cf_commit(req))
        return fail_with(req, &err);
    printf("The password of %s is changed; its sessions are over.\n", argv[1]);
    if (made)
        printf("Password (shown only now): %s\n", text);
    return 0;
}

void cf__auth_commands(cf_app *app)
{
    static const char *const create_options[] = { "--role", "--password", "--generate",
                                                  "--unconfirmed", NULL };
    static const char *const role_options[] = { "--remove", NULL };
    static const char *const password_options[] = { "--password", "--generate", NULL };
    static const cf_command  commands[] = {
         { "user create", "EMAIL [--role NAME] [--password TEXT | --generate] [--unconfirmed]",
           "make an account", create, create_options,
           "Without --password or --generate the password is read from standard input." },
         { "user list", "", "list the accounts and their roles", list, NULL, NULL },
         { "user role", "EMAIL ROLE [--remove]", "give a role to an account, or take it", role,
           role_options, NULL },
         { "user password", "EMAIL [--password TEXT | --generate]",
           "set an account's password; signs it out everywhere", password, password_options, NULL },
    };

    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        cf_app_command(app, &commands[i]);
}
