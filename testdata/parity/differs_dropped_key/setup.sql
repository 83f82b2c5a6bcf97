DROP DATABASE IF EXISTS `differs_dropped_key`; CREATE DATABASE `differs_dropped_key` CHARACTER SET utf8mb4; USE `differs_dropped_key`;
CREATE TABLE t (id INT NOT NULL, u INT NOT NULL, UNIQUE KEY u (u));
