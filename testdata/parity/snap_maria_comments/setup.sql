DROP DATABASE IF EXISTS `snap_maria_comments`; CREATE DATABASE `snap_maria_comments` CHARACTER SET utf8mb4; USE `snap_maria_comments`;
CREATE TABLE t (id INT PRIMARY KEY COMMENT 'the key', a INT COMMENT 'a''s "note"') COMMENT 'a table';
INSERT INTO t VALUES (1,1); ALTER TABLE t ADD b INT COMMENT 'later', COMMENT 'changed'; INSERT INTO t VALUES (2,2,2);
