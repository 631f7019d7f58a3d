-- up
CREATE TABLE outbox_mail (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    sender VARCHAR(320) NOT NULL,
    recipients TEXT NOT NULL,
    cc TEXT,
    bcc TEXT,
    reply_to VARCHAR(320),
    subject VARCHAR(998) NOT NULL,
    text TEXT,
    html TEXT,
    attachments TEXT,
    status VARCHAR(20) NOT NULL DEFAULT 'queued'
        CHECK (status IN ('queued', 'sent', 'failed', 'suppressed')),
    last_error TEXT,
    attempts INTEGER NOT NULL DEFAULT 0,
    sent_at TIMESTAMP
);
CREATE INDEX ix_outbox_mail_status ON outbox_mail (status);

CREATE TABLE rate_limit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    key VARCHAR(500) NOT NULL UNIQUE,
    count INTEGER NOT NULL DEFAULT 0,
    expires_at TIMESTAMP NOT NULL
);
CREATE INDEX ix_rate_limit_expires_at ON rate_limit (expires_at);

CREATE TABLE job (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name VARCHAR(80) NOT NULL,
    args TEXT NOT NULL,
    status VARCHAR(20) NOT NULL DEFAULT 'queued'
        CHECK (status IN ('queued', 'running', 'failed')),
    attempts INTEGER NOT NULL DEFAULT 0,
    last_error TEXT,
    created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    run_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    locked_until TIMESTAMP
);
CREATE INDEX ix_job_run_at ON job (run_at);

-- down
DROP TABLE job;
DROP TABLE rate_limit;
DROP TABLE outbox_mail;
