DROP DATABASE IF EXISTS `naming_regex_key`; CREATE DATABASE `naming_regex_key` CHARACTER SET utf8mb4; USE `naming_regex_key`;
CREATE TABLE orders_1 (id INT PRIMARY KEY, v VARCHAR(10)); CREATE TABLE orders_2 (id INT PRIMARY KEY, v VARCHAR(10)); CREATE TABLE other (id INT PRIMARY KEY); CREATE TABLE `key less_3` (v INT);
