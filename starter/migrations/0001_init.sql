-- up
CREATE TABLE role (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name VARCHAR(80) NOT NULL UNIQUE,
    description VARCHAR(255)
);

CREATE TABLE "user" (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    first_name VARCHAR(155),
    last_name VARCHAR(155),
    phone VARCHAR(20),
    address TEXT,
    about TEXT,
    image VARCHAR(125),
    email VARCHAR(255) NOT NULL UNIQUE,
    password VARCHAR(255),
    uniquifier VARCHAR(64) NOT NULL UNIQUE,
    active BOOLEAN NOT NULL DEFAULT TRUE,
    public_profile BOOLEAN NOT NULL DEFAULT TRUE,
    confirmed_at TIMESTAMP,
    last_seen TIMESTAMP,
    created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP
);
CREATE INDEX ix_user_image ON "user" (image);
CREATE INDEX ix_user_created_at ON "user" (created_at);

CREATE TABLE roles_users (
    user_id INTEGER NOT NULL REFERENCES "user" (id) ON DELETE CASCADE,
    role_id INTEGER NOT NULL REFERENCES role (id) ON DELETE CASCADE,
    PRIMARY KEY (user_id, role_id)
);
CREATE INDEX ix_roles_users_role_id ON roles_users (role_id);

CREATE TABLE post (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id INTEGER NOT NULL REFERENCES "user" (id) ON DELETE CASCADE,
    title VARCHAR(80) NOT NULL,
    subtitle VARCHAR(80),
    slug VARCHAR(125) NOT NULL UNIQUE,
    image VARCHAR(125),
    status VARCHAR(20) NOT NULL DEFAULT 'published'
        CHECK (status IN ('draft', 'published', 'archived')),
    publish_date TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    live BOOLEAN NOT NULL DEFAULT TRUE,
    body TEXT -- last, as what stands after a long text is slow to reach
);
CREATE INDEX ix_post_user_id ON post (user_id);
CREATE INDEX ix_post_image ON post (image);
CREATE INDEX ix_post_published ON post (status, live, publish_date);

CREATE TABLE tag (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name VARCHAR(50) NOT NULL UNIQUE
);

CREATE TABLE tags_posts (
    post_id INTEGER NOT NULL REFERENCES post (id) ON DELETE CASCADE,
    tag_id INTEGER NOT NULL REFERENCES tag (id) ON DELETE CASCADE,
    PRIMARY KEY (post_id, tag_id)
);
CREATE INDEX ix_tags_posts_tag_id ON tags_posts (tag_id);

CREATE TABLE buzz (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id INTEGER REFERENCES "user" (id) ON DELETE SET NULL,
    post_id INTEGER REFERENCES post (id) ON DELETE SET NULL,
    title VARCHAR(120) NOT NULL,
    body TEXT,
    event_type VARCHAR(50),
    created_on TIMESTAMP DEFAULT CURRENT_TIMESTAMP
);
CREATE INDEX ix_buzz_user_id ON buzz (user_id);
CREATE INDEX ix_buzz_post_id ON buzz (post_id);
CREATE INDEX ix_buzz_created_on ON buzz (created_on);

-- down
DROP TABLE buzz;
DROP TABLE tags_posts;
DROP TABLE tag;
DROP TABLE post;
DROP TABLE roles_users;
DROP TABLE "user";
DROP TABLE role;
