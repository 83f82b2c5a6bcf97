DROP DATABASE IF EXISTS `mask_chars`; CREATE DATABASE `mask_chars` CHARACTER SET utf8mb4; USE `mask_chars`;
CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(20), b VARCHAR(20) NOT NULL, c CHAR(10), d TEXT, e ENUM('one','two'), f SET('x','y'), g VARCHAR(12) CHARACTER SET latin1, n INT);
