DROP DATABASE IF EXISTS `ops_skip_update_delete`; CREATE DATABASE `ops_skip_update_delete` CHARACTER SET utf8mb4; USE `ops_skip_update_delete`;
CREATE TABLE t (id INT PRIMARY KEY, a INT NOT NULL, b VARCHAR(10)); CREATE TABLE u (x INT, y VARCHAR(5)); CREATE TABLE w (id INT PRIMARY KEY, z INT);
