-- up
CREATE TABLE world (id INTEGER PRIMARY KEY NOT NULL, random_number INTEGER NOT NULL);
CREATE TABLE fortune (id INTEGER PRIMARY KEY NOT NULL, message VARCHAR(2048) NOT NULL);
WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n WHERE id < 10000)
INSERT INTO world (id, random_number) SELECT id, id * 7919 % 10000 + 1 FROM n;
INSERT INTO fortune (id, message) VALUES
    (1, 'fortune: No such file or directory'),
    (2, 'A computer scientist is someone who fixes things that aren''t broken.'),
    (3, 'After enough decimal places, nobody gives a damn.'),
    (4, 'A bad random number generator: 1, 1, 1, 1, 1, 4.33e+67, 1, 1, 1'),
    (5, 'A computer program does what you tell it to do, not what you want it to do.'),
    (6, 'Emacs is a nice operating system, but I prefer UNIX.'),
    (7, 'Any program that runs right is obsolete.'),
    (8, 'A list is only as strong as its weakest link.'),
    (9, 'Feature: A bug with seniority.'),
    (10, 'Computers make very fast, very accurate mistakes.'),
    (11, '<script>alert("This should not be displayed in a browser alert box.");</script>'),
    (12, 'フレームワークのベンチマーク');
-- down
DROP TABLE fortune;
DROP TABLE world;
