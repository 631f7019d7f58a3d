/* log.h -- one line an event on standard error: text for people, or JSON lines by setting. */
#ifndef CARAFE_LOG_H
#define CARAFE_LOG_H

#include <stdbool.h>

#include <carafe/error.h>
#include <carafe/value.h>

typedef enum cf_log_level { CF_DEBUG = 1, CF_INFO, CF_WARNING, CF_ERROR } cf_log_level;

typedef struct cf_log_options {
    cf_log_level level; /* Lowest that is written; 0 means CF_INFO. */
    bool         json;  /* JSON lines instead of text. */
    int          fd;    /* 0 means standard error. */
    void (*sink)(void *data, const char *line, size_t size); /* Tests: instead of fd. */
    void *data;
} cf_log_options;

/* Sets how the process logs. NULL: the defaults. */
void cf_log_setup(const cf_log_options *options);

/* Logs one sentence. Control characters are escaped, so that outside input cannot forge lines. */
void cf_log(cf_log_level level, const char *format, ...) CF_PRINTF(2, 3);

/* Logs a sentence with named facts: cf_log_with(CF_INFO, "request", facts, 3). */
void cf_log_with(cf_log_level level, const char *message, const cf_named *facts, size_t count);

/* Logs an error with its code and place, under a sentence saying what was being done. */
void cf_log_error(const cf_error *err, const char *format, ...) CF_PRINTF(2, 3);

bool cf_log_enabled(cf_log_level level);

#endif
