DROP DATABASE IF EXISTS `maria_ddl_flush`; CREATE DATABASE `maria_ddl_flush` CHARACTER SET utf8mb4; USE `maria_ddl_flush`;
CREATE TABLE t (id INT PRIMARY KEY, a INT);
