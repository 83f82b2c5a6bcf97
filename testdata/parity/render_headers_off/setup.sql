DROP DATABASE IF EXISTS `render_headers_off`; CREATE DATABASE `render_headers_off` CHARACTER SET utf8mb4; USE `render_headers_off`;
CREATE TABLE a1 (id INT PRIMARY KEY, x INT, y INT); CREATE TABLE a2 (id INT PRIMARY KEY, x INT, y INT); CREATE TABLE b1 (id INT PRIMARY KEY, x INT, y INT);
