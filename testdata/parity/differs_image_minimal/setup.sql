DROP DATABASE IF EXISTS `differs_image_minimal`; CREATE DATABASE `differs_image_minimal` CHARACTER SET utf8mb4; USE `differs_image_minimal`;
CREATE TABLE t (id INT PRIMARY KEY, a INT, b VARCHAR(10) NOT NULL DEFAULT 'd', c TEXT, j JSON);
