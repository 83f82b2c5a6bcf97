DROP DATABASE IF EXISTS `ddl_comments`; CREATE DATABASE `ddl_comments` CHARACTER SET utf8mb4; USE `ddl_comments`;
CREATE TABLE t (id INT PRIMARY KEY /* c1 */, -- c2
 a INT COMMENT 'a''s comment' # c3
) COMMENT 'it';
