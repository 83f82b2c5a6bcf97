DROP DATABASE IF EXISTS `snap_naming_regex`; CREATE DATABASE `snap_naming_regex` CHARACTER SET utf8mb4; USE `snap_naming_regex`;
CREATE TABLE orders_1 (id INT PRIMARY KEY, v VARCHAR(10)); CREATE TABLE orders_2 (id INT PRIMARY KEY, v VARCHAR(10)); CREATE TABLE other (id INT PRIMARY KEY); CREATE TABLE `key less_3` (v INT);
INSERT INTO orders_1 VALUES (1,'a'),(2,'b'); INSERT INTO orders_2 VALUES (1,'c'); UPDATE orders_2 SET id=7 WHERE id=1; UPDATE orders_1 SET v='x' WHERE id=2; INSERT INTO other VALUES (1); INSERT INTO `key less_3` VALUES (1),(2); UPDATE `key less_3` SET v=3 WHERE v=2;
