-- erp.sql -- what grew for twenty years: names of C and SQL, digits and umlauts first, money in odd types, keys of five
-- columns and of none, references to what is no key, tables that only lead to each other, columns computed, and a second schema.
CREATE TABLE "T001_Mandant" (
    "MANDT" CHAR(3) NOT NULL PRIMARY KEY,
    "BEZ" VARCHAR(40) DEFAULT 'it''s; "so" -- \n' NOT NULL,
    "WÄHRUNG" CHAR(3) DEFAULT 'EUR' NOT NULL CHECK ("WÄHRUNG" IN ('EUR', 'USD', 'CHF')),
    "1ST_DAY" DATE DEFAULT '1999-12-31' NOT NULL
);
CREATE TABLE "KONTO" (
    "MANDT" CHAR(3) NOT NULL REFERENCES "T001_Mandant" ("MANDT"),
    "NR" VARCHAR(10) NOT NULL,
    "int" INTEGER DEFAULT -1 NOT NULL,
    "struct" TEXT,
    "return" BOOLEAN DEFAULT FALSE NOT NULL,
    "two  words" DOUBLE PRECISION DEFAULT 1.5e-3,
    saldo NUMERIC(18,2) DEFAULT 0 NOT NULL,
    saldo_kurz NUMERIC(12,2) DEFAULT -0.50 NOT NULL,
    PRIMARY KEY ("MANDT", "NR"),
    CHECK ("int" >= -1 AND "int" <> 0 OR "struct" IS NOT NULL),
    CONSTRAINT "saldo>=limit" CHECK (saldo_kurz >= -1000.00)
);
CREATE TABLE "BELEG" (
    id INTEGER NOT NULL PRIMARY KEY,
    "MANDT" CHAR(3) NOT NULL,
    "KONTO_NR" VARCHAR(10) NOT NULL,
    "GEGENKONTO" VARCHAR(10),
    "class" SMALLINT DEFAULT 0 NOT NULL CHECK ("class" IN (0, 1, 2, 5)),
    betrag NUMERIC(12,2) NOT NULL CHECK (betrag <> 0),
    steuer NUMERIC(12,2) GENERATED ALWAYS AS (betrag * 0.19) STORED,
    gebucht TIMESTAMP,
    storno_von INTEGER REFERENCES "BELEG" (id),
    storno_durch INTEGER REFERENCES "BELEG" (id) ON DELETE SET NULL ON UPDATE CASCADE,
    ref VARCHAR(20) UNIQUE,
    FOREIGN KEY ("MANDT", "KONTO_NR") REFERENCES "KONTO" ("MANDT", "NR"),
    FOREIGN KEY ("MANDT", "GEGENKONTO") REFERENCES "KONTO" ("MANDT", "NR"),
    CHECK (storno_von IS NULL OR storno_durch IS NULL),
    CHECK (coalesce(length(ref), 1) > 0)
);
CREATE INDEX "BELEG~1" ON "BELEG" ("MANDT", "KONTO_NR", gebucht DESC);
CREATE INDEX "BELEG~2" ON "BELEG" (gebucht) WHERE storno_von IS NULL AND betrag > 1000;
CREATE INDEX "BELEG~3" ON "BELEG" ((betrag * 100));
CREATE TABLE mahnung (
    beleg_ref VARCHAR(20) NOT NULL REFERENCES "BELEG" (ref),
    stufe INTEGER NOT NULL,
    text VARCHAR(2000),
    PRIMARY KEY (beleg_ref, stufe)
);
CREATE TABLE umsatz (
    jahr INTEGER NOT NULL,
    monat INTEGER NOT NULL CHECK (monat BETWEEN 1 AND 12),
    land CHAR(2) NOT NULL,
    sparte VARCHAR(10) NOT NULL,
    kanal VARCHAR(10) NOT NULL,
    betrag NUMERIC(15,2),
    PRIMARY KEY (jahr, monat, land, sparte, kanal)
);
CREATE TABLE log (wann TIMESTAMP, was TEXT);
CREATE TABLE kurs (
    tag DATE NOT NULL,
    von CHAR(3) NOT NULL,
    nach CHAR(3) NOT NULL,
    wert DOUBLE PRECISION NOT NULL CHECK (wert > 0),
    PRIMARY KEY (tag, von, nach)
);
CREATE TABLE messung (zeit TIMESTAMP NOT NULL PRIMARY KEY, wert REAL);
CREATE TABLE a (id INTEGER NOT NULL PRIMARY KEY, b_id INTEGER);
CREATE TABLE b (id INTEGER NOT NULL PRIMARY KEY, a_id INTEGER NOT NULL REFERENCES a (id));
ALTER TABLE a ADD CONSTRAINT a_b FOREIGN KEY (b_id) REFERENCES b (id); --pg
CREATE TABLE eins (id INTEGER NOT NULL PRIMARY KEY REFERENCES a (id), x INTERVAL); --pg
CREATE TABLE eins (id INTEGER NOT NULL PRIMARY KEY REFERENCES a (id), x INTERVAL); --sqlite
CREATE SCHEMA archiv; --pg
CREATE TABLE archiv.beleg (id INTEGER PRIMARY KEY, mandt CHAR(3) REFERENCES "T001_Mandant" ("MANDT")); --pg
CREATE VIEW "offene Belege" AS SELECT id, betrag FROM "BELEG" WHERE gebucht IS NULL;
INSERT INTO "T001_Mandant" ("MANDT") VALUES ('001');
