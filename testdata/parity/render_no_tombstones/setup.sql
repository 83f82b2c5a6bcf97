DROP DATABASE IF EXISTS `render_no_tombstones`; CREATE DATABASE `render_no_tombstones` CHARACTER SET utf8mb4; USE `render_no_tombstones`;
CREATE TABLE a1 (id INT PRIMARY KEY, x INT, y INT); CREATE TABLE a2 (id INT PRIMARY KEY, x INT, y INT); CREATE TABLE b1 (id INT PRIMARY KEY, x INT, y INT);
