DROP DATABASE IF EXISTS `ddl_sql_mode`; CREATE DATABASE `ddl_sql_mode` CHARACTER SET utf8mb4; USE `ddl_sql_mode`;
CREATE TABLE t (id INT PRIMARY KEY, `we"ird` INT);
