-- kit.postgresql.sql -- the tables of the original kit, as SQLAlchemy writes them for PostgreSQL.
CREATE TABLE role (
	id SERIAL NOT NULL, 
	name VARCHAR(80), 
	description VARCHAR(255), 
	PRIMARY KEY (id), 
	UNIQUE (name)
);
CREATE TABLE "user" (
	id SERIAL NOT NULL, 
	first_name VARCHAR(155), 
	last_name VARCHAR(155), 
	phone VARCHAR(20), 
	address TEXT, 
	about TEXT, 
	image VARCHAR(125), 
	email VARCHAR(255), 
	password VARCHAR(255), 
	fs_uniquifier VARCHAR(255) NOT NULL, 
	active BOOLEAN, 
	public_profile BOOLEAN, 
	confirmed_at TIMESTAMP WITHOUT TIME ZONE, 
	last_seen TIMESTAMP WITHOUT TIME ZONE, 
	created_at TIMESTAMP WITHOUT TIME ZONE DEFAULT now(), 
	PRIMARY KEY (id), 
	UNIQUE (email), 
	UNIQUE (fs_uniquifier)
);
CREATE TABLE roles_users (
	user_id INTEGER, 
	role_id INTEGER, 
	FOREIGN KEY(user_id) REFERENCES "user" (id), 
	FOREIGN KEY(role_id) REFERENCES role (id)
);
CREATE TYPE poststatus AS ENUM ('draft', 'published', 'archived');
CREATE TABLE post (
	id SERIAL NOT NULL, 
	user_id INTEGER NOT NULL, 
	title VARCHAR(80), 
	subtitle VARCHAR(80), 
	body TEXT, 
	slug VARCHAR(125), 
	image VARCHAR(125), 
	publish_date TIMESTAMP WITHOUT TIME ZONE, 
	live BOOLEAN, 
	status poststatus, 
	PRIMARY KEY (id), 
	FOREIGN KEY(user_id) REFERENCES "user" (id), 
	UNIQUE (slug)
);
CREATE TABLE buzz (
	id SERIAL NOT NULL, 
	user_id INTEGER, 
	post_id INTEGER, 
	title VARCHAR(120) NOT NULL, 
	body TEXT, 
	event_type VARCHAR(50), 
	created_on TIMESTAMP WITHOUT TIME ZONE, 
	PRIMARY KEY (id), 
	FOREIGN KEY(user_id) REFERENCES "user" (id), 
	FOREIGN KEY(post_id) REFERENCES post (id)
);
CREATE INDEX ix_buzz_created_on ON buzz (created_on);
CREATE TABLE tag (
	id SERIAL NOT NULL, 
	name VARCHAR(50), 
	PRIMARY KEY (id)
);
CREATE UNIQUE INDEX ix_tag_name ON tag (name);
CREATE TABLE tags_posts (
	tag_id INTEGER NOT NULL, 
	post_id INTEGER NOT NULL, 
	PRIMARY KEY (tag_id, post_id), 
	FOREIGN KEY(tag_id) REFERENCES tag (id) ON DELETE CASCADE, 
	FOREIGN KEY(post_id) REFERENCES post (id) ON DELETE CASCADE
);
CREATE TABLE revoked_tokens (
	id SERIAL NOT NULL, 
	jti VARCHAR(120), 
	PRIMARY KEY (id)
);
INSERT INTO role (name) VALUES ('admin'), ('end-user');
INSERT INTO "user" (email, fs_uniquifier, active) VALUES ('ada@example.com', 'x', true);
INSERT INTO roles_users VALUES (1, 1);
INSERT INTO post (user_id, title, slug, live, status) VALUES (1, 'Notes', 'notes', true, 'draft');
