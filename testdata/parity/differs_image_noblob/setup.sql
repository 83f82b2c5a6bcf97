DROP DATABASE IF EXISTS `differs_image_noblob`; CREATE DATABASE `differs_image_noblob` CHARACTER SET utf8mb4; USE `differs_image_noblob`;
CREATE TABLE t (id INT PRIMARY KEY, a INT, b VARCHAR(10) NOT NULL DEFAULT 'd', c TEXT, j JSON);
