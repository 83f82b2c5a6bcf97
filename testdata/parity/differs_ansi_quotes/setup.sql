DROP DATABASE IF EXISTS `differs_ansi_quotes`; CREATE DATABASE `differs_ansi_quotes` CHARACTER SET utf8mb4; USE `differs_ansi_quotes`;
CREATE TABLE t (id INT PRIMARY KEY, `we"ird` INT);
