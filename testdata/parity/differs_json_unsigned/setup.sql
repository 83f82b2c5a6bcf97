DROP DATABASE IF EXISTS `differs_json_unsigned`; CREATE DATABASE `differs_json_unsigned` CHARACTER SET utf8mb4; USE `differs_json_unsigned`;
CREATE TABLE t (id INT PRIMARY KEY, j JSON);
