DROP DATABASE IF EXISTS `differs_maria_compressed`; CREATE DATABASE `differs_maria_compressed` CHARACTER SET utf8mb4; USE `differs_maria_compressed`;
CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(500) COMPRESSED, b TEXT COMPRESSED, c BLOB COMPRESSED);
