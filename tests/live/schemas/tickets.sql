-- tickets.sql -- a tracker of tickets: several references to one table, a tree, defaults by functions, JSON, UUIDs, a table
-- with a composite foreign key, partial and unique indexes, and reserved words as names.
CREATE TABLE "user" (
    id UUID DEFAULT gen_random_uuid() NOT NULL PRIMARY KEY, --pg
    id CHAR(36) NOT NULL PRIMARY KEY, --sqlite
    email VARCHAR(254) NOT NULL,
    "group" VARCHAR(20) DEFAULT 'staff' NOT NULL CHECK ("group" IN ('staff', 'client', 'bot')),
    settings JSONB DEFAULT '{}' NOT NULL, --pg
    settings JSON DEFAULT '{}' NOT NULL, --sqlite
    created_at TIMESTAMPTZ DEFAULT now() NOT NULL, --pg
    created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL, --sqlite
    token VARCHAR(32) DEFAULT md5(random()::text) NOT NULL, --pg
    token VARCHAR(32) DEFAULT (lower(hex(randomblob(16)))) NOT NULL, --sqlite
    CONSTRAINT email_is_lower CHECK (email = lower(email))
);
CREATE UNIQUE INDEX user_email ON "user" (lower(email));
CREATE TABLE project (
    id BIGSERIAL PRIMARY KEY, --pg
    id INTEGER PRIMARY KEY AUTOINCREMENT, --sqlite
    code VARCHAR(10) NOT NULL UNIQUE,
    name VARCHAR(100) NOT NULL,
    parent_id BIGINT REFERENCES project (id) ON DELETE SET NULL,
    lead_id UUID REFERENCES "user" (id), --pg
    lead_id CHAR(36) REFERENCES "user" (id), --sqlite
    archived BOOLEAN DEFAULT FALSE NOT NULL,
    CHECK (code = upper(code) AND length(code) >= 2),
    CHECK (parent_id IS NULL OR parent_id <> id)
);
CREATE TABLE version (
    project_id BIGINT NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    number VARCHAR(20) NOT NULL,
    released DATE,
    PRIMARY KEY (project_id, number)
);
CREATE TABLE ticket (
    id BIGSERIAL PRIMARY KEY, --pg
    id INTEGER PRIMARY KEY AUTOINCREMENT, --sqlite
    project_id BIGINT NOT NULL REFERENCES project (id),
    number INTEGER NOT NULL,
    title VARCHAR(200) NOT NULL,
    status VARCHAR(12) DEFAULT 'new' NOT NULL CHECK (status IN ('new', 'open', 'in progress', 'closed')),
    priority SMALLINT DEFAULT 3 NOT NULL CHECK (priority BETWEEN 1 AND 5),
    reporter_id UUID NOT NULL REFERENCES "user" (id), --pg
    assignee_id UUID REFERENCES "user" (id) ON DELETE SET NULL, --pg
    closed_by UUID REFERENCES "user" (id), --pg
    reporter_id CHAR(36) NOT NULL REFERENCES "user" (id), --sqlite
    assignee_id CHAR(36) REFERENCES "user" (id) ON DELETE SET NULL, --sqlite
    closed_by CHAR(36) REFERENCES "user" (id), --sqlite
    duplicate_of BIGINT REFERENCES ticket (id),
    fixed_in VARCHAR(20),
    "order" DOUBLE PRECISION DEFAULT 0.0 NOT NULL,
    due DATE,
    opened TIMESTAMPTZ DEFAULT CURRENT_TIMESTAMP NOT NULL, --pg
    closed TIMESTAMPTZ, --pg
    search TSVECTOR GENERATED ALWAYS AS (to_tsvector('simple', title)) STORED, --pg
    opened TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL, --sqlite
    closed TIMESTAMP, --sqlite
    shout VARCHAR(200) GENERATED ALWAYS AS (upper(title)) STORED, --sqlite
    UNIQUE (project_id, number),
    CHECK ((status = 'closed') = (closed IS NOT NULL)),
    CHECK (CASE WHEN status = 'closed' THEN closed_by IS NOT NULL ELSE TRUE END),
    CHECK (due IS NULL OR due > '2000-01-01'),
    FOREIGN KEY (project_id, fixed_in) REFERENCES version (project_id, number)
);
CREATE INDEX ticket_open ON ticket (assignee_id, priority DESC) WHERE status NOT IN ('closed', 'in progress');
CREATE INDEX ticket_search ON ticket USING gin (search); --pg
CREATE TABLE watcher (
    ticket_id BIGINT NOT NULL REFERENCES ticket (id) ON DELETE CASCADE,
    user_id UUID NOT NULL REFERENCES "user" (id) ON DELETE CASCADE, --pg
    user_id CHAR(36) NOT NULL REFERENCES "user" (id) ON DELETE CASCADE, --sqlite
    PRIMARY KEY (ticket_id, user_id)
);
CREATE TABLE label (
    id BIGSERIAL PRIMARY KEY, --pg
    id INTEGER PRIMARY KEY AUTOINCREMENT, --sqlite
    project_id BIGINT NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    name VARCHAR(40) NOT NULL,
    color CHAR(7) DEFAULT '#cccccc' NOT NULL CHECK (color LIKE '#______'),
    UNIQUE (project_id, name)
);
CREATE TABLE ticket_label (
    ticket_id BIGINT NOT NULL REFERENCES ticket (id) ON DELETE CASCADE,
    label_id BIGINT NOT NULL REFERENCES label (id) ON DELETE CASCADE,
    PRIMARY KEY (ticket_id, label_id)
);
CREATE TABLE ticket_link (
    from_id BIGINT NOT NULL REFERENCES ticket (id) ON DELETE CASCADE,
    to_id BIGINT NOT NULL REFERENCES ticket (id) ON DELETE CASCADE,
    kind VARCHAR(10) NOT NULL CHECK (kind IN ('blocks', 'relates', 'copies')),
    PRIMARY KEY (from_id, to_id, kind),
    CHECK (from_id <> to_id)
);
CREATE TABLE comment (
    id BIGSERIAL PRIMARY KEY, --pg
    id INTEGER PRIMARY KEY AUTOINCREMENT, --sqlite
    ticket_id BIGINT NOT NULL REFERENCES ticket (id) ON DELETE CASCADE,
    author_id UUID NOT NULL REFERENCES "user" (id), --pg
    author_id CHAR(36) NOT NULL REFERENCES "user" (id), --sqlite
    body TEXT NOT NULL CHECK (trim(body) <> ''),
    written TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL
);
CREATE TABLE worklog (
    ticket_id BIGINT NOT NULL REFERENCES ticket (id),
    day DATE NOT NULL,
    user_id UUID NOT NULL REFERENCES "user" (id), --pg
    user_id CHAR(36) NOT NULL REFERENCES "user" (id), --sqlite
    minutes INTEGER NOT NULL CHECK (minutes > 0 AND minutes % 5 = 0),
    PRIMARY KEY (ticket_id, day, user_id)
);
CREATE VIEW open_tickets AS SELECT * FROM ticket WHERE status <> 'closed';
INSERT INTO project (code, name) VALUES ('WEB', 'Web');
