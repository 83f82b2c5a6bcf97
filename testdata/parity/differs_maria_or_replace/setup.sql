DROP DATABASE IF EXISTS `differs_maria_or_replace`; CREATE DATABASE `differs_maria_or_replace` CHARACTER SET utf8mb4; USE `differs_maria_or_replace`;
CREATE TABLE t (id INT PRIMARY KEY, a INT, b VARCHAR(10) NOT NULL DEFAULT 'd'); INSERT INTO t (id,a) VALUES (1,1);
