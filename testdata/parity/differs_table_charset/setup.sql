DROP DATABASE IF EXISTS `differs_table_charset`; CREATE DATABASE `differs_table_charset` CHARACTER SET utf8mb4; USE `differs_table_charset`;
CREATE TABLE t (id INT PRIMARY KEY) CHARACTER SET utf8mb4;
