DROP DATABASE IF EXISTS `differs_rename_swap`; CREATE DATABASE `differs_rename_swap` CHARACTER SET utf8mb4; USE `differs_rename_swap`;
CREATE TABLE t (id INT PRIMARY KEY, a INT, b VARCHAR(10) NOT NULL DEFAULT 'd'); INSERT INTO t (id,a) VALUES (1,1);
