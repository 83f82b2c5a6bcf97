DROP DATABASE IF EXISTS `tx_metadata_filtered`; CREATE DATABASE `tx_metadata_filtered` CHARACTER SET utf8mb4; USE `tx_metadata_filtered`;
CREATE TABLE t (id INT PRIMARY KEY, a INT NOT NULL, b VARCHAR(10)); CREATE TABLE u (x INT, y VARCHAR(5)); CREATE TABLE w (id INT PRIMARY KEY, z INT);
