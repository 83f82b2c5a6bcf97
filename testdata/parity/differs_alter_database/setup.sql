DROP DATABASE IF EXISTS `differs_alter_database`; CREATE DATABASE `differs_alter_database` CHARACTER SET utf8mb4; USE `differs_alter_database`;
CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(10));
