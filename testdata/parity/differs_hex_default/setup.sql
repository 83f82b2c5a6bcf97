DROP DATABASE IF EXISTS `differs_hex_default`; CREATE DATABASE `differs_hex_default` CHARACTER SET utf8mb4; USE `differs_hex_default`;
CREATE TABLE t (id INT PRIMARY KEY, h VARBINARY(10) DEFAULT 0x00FF);
