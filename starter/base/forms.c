/* forms.c -- settings and contact. */
#include "forms.h"

/* clang-format off */
CF_FORM(SettingsForm,
    CF_STRING("first_name", .label = "First name", .max = 155),
    CF_STRING("last_name", .label = "Last name", .max = 155),
    CF_TEXTAREA("about", .label = "About", .max = 2000),
    CF_BOOLEAN("public_profile", .label = "Public profile"),
    CF_TEL("phone", .label = "Phone", .optional = true, .max = 20,
           .validators = CF_VALIDATORS(CF_REGEXP("^\\+?[0-9][0-9 ()/.-]{3,}$",
               .message = "Write digits, with the country code if you like: +46 70 123 45 67."))),
    CF_TEXTAREA("address", .label = "Address", .max = 500),
    CF_FILE("image", .label = "New picture", .allowed = PICTURE_ENDINGS, .max_size = PICTURE_MAX_SIZE),
    CF_BOOLEAN("remove_image", .label = "Remove the picture"));

/* What goes into the head of a mail. */
#define ONE_LINE CF_VALIDATORS(CF_REGEXP("^[^\\x00-\\x1f\\x7f]*$", .message = "Write this in one line."))

CF_FORM(ContactForm,
    CF_STRING("name", .label = "Your name", .required = true, .max = 155, .validators = ONE_LINE),
    CF_EMAIL("email", .label = "Your e-mail", .required = true, .max = 255,
             .validators = CF_VALIDATORS(CF_VALID_EMAIL())),
    CF_STRING("subject", .label = "Subject", .required = true, .max = 120, .validators = ONE_LINE),
    CF_TEXTAREA("message", .label = "Message", .required = true, .max = 5000));
/* clang-format on */
