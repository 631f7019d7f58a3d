-- up
CREATE TABLE revoked_token (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    jti VARCHAR(64) NOT NULL UNIQUE,
    expires_at TIMESTAMP NOT NULL
);
CREATE INDEX ix_revoked_token_expires_at ON revoked_token (expires_at);

-- down
DROP TABLE revoked_token;
