/* forms.c -- the forms of the account pages. */
#include "auth/auth_internal.h"

static void good_password(cf_form *form, cf_input *input)
{
    cf_error    err = { 0 };
    const char *email = cf_form_input(form, "email") ? cf_form_text(form, "email") : NULL;

    if (!cf_auth_check_password(cf_cstr(cf_form_arena(form), input->data, ""), email, &err))
        cf_input_error(input, "%s", err.message);
}

#define EMAIL_FIELD                                                                                \
    CF_EMAIL("email", .label = "Email Address", .required = true, .max = 254,                      \
             .message = "Email not provided", .autocomplete = "email",                             \
             .validators = CF_VALIDATORS(CF_VALID_EMAIL(.message = "Invalid email address")))
#define NEXT_FIELD  CF_HIDDEN("next")
#define SAME(field) .equal_to_message = "Passwords do not match", .equal_to = (field)

CF_FORM(cf__login_form, EMAIL_FIELD,
        CF_PASSWORD("password", .label = "Password", .required = true,
                    .message = "Password not provided", .autocomplete = "current-password"),
        CF_BOOLEAN("remember", .label = "Remember Me"), NEXT_FIELD,
        CF_SUBMIT("submit", .label = "Login"));

CF_FORM(cf__register_form, EMAIL_FIELD,
        CF_PASSWORD("password", .label = "Password", .required = true,
                    .message = "Password not provided", .autocomplete = "new-password",
                    .validate = good_password),
        CF_PASSWORD("password_confirm", .label = "Retype Password", .autocomplete = "new-password",
                    SAME("password")),
        NEXT_FIELD, CF_SUBMIT("submit", .label = "Register"));

CF_FORM(cf__confirm_form, EMAIL_FIELD,
        CF_SUBMIT("submit", .label = "Resend Confirmation Instructions"));

CF_FORM(cf__forgot_form, EMAIL_FIELD, CF_SUBMIT("submit", .label = "Recover Password"));

CF_FORM(cf__reset_form,
        CF_PASSWORD("password", .label = "Password", .required = true,
                    .message = "Password not provided", .autocomplete = "new-password",
                    .validate = good_password),
        CF_PASSWORD("password_confirm", .label = "Retype Password", .autocomplete = "new-password",
                    SAME("password")),
        CF_SUBMIT("submit", .label = "Reset Password"));

CF_FORM(cf__change_form,
        CF_PASSWORD("password", .label = "Current Password", .required = true,
                    .message = "Password not provided", .autocomplete = "current-password"),
        CF_PASSWORD("new_password", .label = "New Password", .required = true,
                    .message = "Password not provided", .autocomplete = "new-password",
                    .validate = good_password),
        CF_PASSWORD("new_password_confirm", .label = "Retype Password",
                    .autocomplete = "new-password", SAME("new_password")),
        CF_SUBMIT("submit", .label = "Change Password"));
