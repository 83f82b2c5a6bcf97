DROP DATABASE IF EXISTS `differs_snap_maria_year`; CREATE DATABASE `differs_snap_maria_year` CHARACTER SET utf8mb4; USE `differs_snap_maria_year`;
CREATE TABLE a (id INT PRIMARY KEY, y YEAR); INSERT INTO a VALUES (1,0);
