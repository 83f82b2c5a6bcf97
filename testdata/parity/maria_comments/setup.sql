DROP DATABASE IF EXISTS `maria_comments`; CREATE DATABASE `maria_comments` CHARACTER SET utf8mb4; USE `maria_comments`;
CREATE TABLE t (id INT PRIMARY KEY COMMENT 'the key', a INT COMMENT 'a''s "note"') COMMENT 'a table';
