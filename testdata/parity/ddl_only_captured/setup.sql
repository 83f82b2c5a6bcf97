DROP DATABASE IF EXISTS `ddl_only_captured`; CREATE DATABASE `ddl_only_captured` CHARACTER SET utf8mb4; USE `ddl_only_captured`;
CREATE TABLE t (id INT PRIMARY KEY); CREATE TABLE u (id INT PRIMARY KEY);
