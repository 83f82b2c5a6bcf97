DROP DATABASE IF EXISTS `differs_maria_sequences`; CREATE DATABASE `differs_maria_sequences` CHARACTER SET utf8mb4; USE `differs_maria_sequences`;
CREATE TABLE t (id INT PRIMARY KEY, a INT); CREATE SEQUENCE s START WITH 10;
