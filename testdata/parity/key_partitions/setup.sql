DROP DATABASE IF EXISTS `key_partitions`; CREATE DATABASE `key_partitions` CHARACTER SET utf8mb4; USE `key_partitions`;
CREATE TABLE t (a INT PRIMARY KEY, v INT);
